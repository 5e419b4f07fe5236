"""When what was asked for has been said whole, judged by its words. No clock, no I/O.

A recogniser ends turns by how speech sounds, which is wrong for numbers: callers dictate them in
groups with pauses between. Here the count decides: a number that is whole ends its turn early, and
one that is not holds it open.
"""

import re
from typing import Literal

from voice.figures import SAID, dictated
from voice.ports import Expectation

Progress = Literal["none", "part", "perhaps", "whole"]
"""Nothing of it yet; some of it; it may be all, or go on; all of it."""

PHONE_DIGITS = 10
VIN_CHARACTERS = 17
ZIP_DIGITS = 5
# Most plates in the United States have six or seven characters, none more than eight.
PLATE_PERHAPS, PLATE_WHOLE, PLATE_MOST = 5, 7, 8

PHONE_PAUSE_MS = 400
VIN_PAUSE_MS = 300
PLATE_PAUSE_MS = 600
PERHAPS_PAUSE_MS = 1700
"""Longer than the pauses of 1.2 s between the groups of a number that is dictated."""
DATE_PAUSE_MS = 700
ZIP_PAUSE_MS = 500
BARE_ZIP_PAUSE_MS = 1000
YES_PAUSE_MS = 400
NO_PAUSE_MS = 600
"""A "no", or an "okay", often begins a sentence."""
OTHERWISE_PAUSE_MS = 1000

COUNTED: frozenset[Expectation] = frozenset({"phone", "vin", "plate", "birth_date"})
"""What is dictated in groups, and known by its length to be whole."""

_MONTH = re.compile(r"\b(?:jan|feb|mar|apr|may|june?|july?|aug|sep|oct|nov|dec)[a-z]*\b")
_YEAR = re.compile(r"(?:19|20)\d\d$")
_UNFINISHED = re.compile(
    r"(?:\b(?:is|it's|its|my|the|a|um|uh|and|so|number|plate|vin|phone|born|on|in|at))[\s,.]*$"
    r"|\b(?:hold on|hang on|one moment|let me|give me|just a (?:sec|minute|moment))\b",
    re.IGNORECASE,
)
_YES = re.compile(
    r"(?:yes|yeah|yep|yup|correct|right|sure|absolutely|exactly|perfect|please do|go ahead"
    r"|of course|(?:yes |yeah |yep )?(?:please|that's (?:right|correct|fine|good|it)|it is"
    r"|sounds good|that works|i do|correct|go ahead)|no (?:thank you|thanks|that's all))"
)
_NO = re.compile(r"(?:okay|ok|no|nope|nah|no it isn't|no it's not|not really|i don't)")


def progress(text: str, expected: Expectation) -> Progress:
    """How much of what was asked for has been said."""
    if expected == "birth_date":
        return _date(text)
    if expected == "address":
        return "whole" if len(dictated(text, letters=False)) == ZIP_DIGITS else "none"
    if expected not in COUNTED:
        return "none"
    run = dictated(text, letters=expected != "phone")
    if len(run) < 2 and len(text.split()) > 2:  # "I don't have one"
        return "none"
    if not any(c.isdecimal() for c in run) and (len(run) < 2 or expected == "phone"):
        return "none"
    if expected == "phone":
        return "whole" if len(run) >= PHONE_DIGITS + run.startswith("1") else "part"
    if expected == "vin":
        return "whole" if len(run) >= VIN_CHARACTERS else "part"
    if len(run) > PLATE_MOST:
        return "none"
    if len(run) >= PLATE_WHOLE:
        return "whole"
    return "perhaps" if len(run) >= PLATE_PERHAPS else "part"


def _date(text: str) -> Progress:
    run = dictated(text, letters=False)
    named = bool(_MONTH.search(text.casefold()))
    if _YEAR.search(run) and (named or len(run) > len("1985")):
        return "whole"
    return "part" if run or named else "none"


def pause_ms(text: str, expected: Expectation) -> int | None:
    """After how much quiet this is the whole answer; None while that is not to be told from it."""
    if not text.strip():
        return None
    if expected == "yes_no":
        return _yes_no(text)
    said = progress(text, expected)
    if said == "perhaps":
        return PERHAPS_PAUSE_MS
    if said == "whole":
        return _WHOLE[expected] if expected != "address" else _zip(text)
    if said == "none" and expected in COUNTED and not _UNFINISHED.search(text):
        return OTHERWISE_PAUSE_MS
    return None


_WHOLE: dict[Expectation, int] = {
    "phone": PHONE_PAUSE_MS,
    "vin": VIN_PAUSE_MS,
    "plate": PLATE_PAUSE_MS,
    "birth_date": DATE_PAUSE_MS,
}


def _zip(text: str) -> int:
    """Five figures alone may be the number of a house."""
    return ZIP_PAUSE_MS if any(c.isdecimal() for c in _before_zip(text)) else BARE_ZIP_PAUSE_MS


def _before_zip(text: str) -> str:
    words = text.split()
    while words and dictated(words[-1], letters=False):
        words.pop()
    return " ".join(str(SAID.get(word.casefold().strip(",."), word)) for word in words)


def _yes_no(text: str) -> int | None:
    said = " ".join(re.sub(r"[^a-z' ]", " ", text.casefold().replace("\u2019", "'")).split())
    if _YES.fullmatch(said):
        return YES_PAUSE_MS
    return NO_PAUSE_MS if _NO.fullmatch(said) else None

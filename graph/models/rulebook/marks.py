"""What is spelled out to tell one car from all others: its plate and its VIN, in any sentence."""

import re
from collections.abc import Iterator

from graph.models.rulebook.words import plain
from shop.cars import vin as vins
from shop.words import spelled

_AS_IN = re.compile(r"\b([a-z]) (?:as in|for|like(?: in)?) [a-z]+\b")
_WORD = re.compile(r"[a-z0-9'-]+")
_MIXED = re.compile(r"(?=.*\d)[a-z0-9-]{2,10}")
_TIMES = ("double", "triple")
_NOT_SPELLED = frozenset(("see", "are", "you", "why", "oh", "ten", "i"))
"""Names of letters and figures that are also words: they end no plate."""

_PLATE = re.compile(
    r"\b(?:licen[sc]e plates?|plates?|licen[sc]e|tags?|registration)(?: numbers?)?"
    r"(?: (?:is|was|are|should be|reads|says|now|wrong|actually|it|it's|that's|no|not|sorry|um|uh"
    r"|the|a))*\b"
)
_JOINED = re.compile(r"[a-z]{1,4}")
_VIN = 17
_SHORTEST, _LONGEST = 2, 8


def vin_within(text: str) -> str:
    """The vehicle identification number in a sentence, typed or spelled; empty if there is none."""
    for run in _runs(_said(text)):
        found = vins.clean(" ".join(run))
        if (number := _vin_of(found)) and any(c.isdecimal() for c in number):
            return number
    return ""


def plate_within(text: str) -> str:
    """The plate in a sentence that speaks of one; empty if there is none."""
    words = _said(text)
    found = ""
    for spoken_of in _PLATE.finditer(words):
        plate = spelled.characters(" ".join(_plate_words(words[spoken_of.end() :])))
        if _SHORTEST <= len(plate) <= _LONGEST and any(c.isdecimal() for c in plate):
            found = plate
    return found


def without_marks(text: str) -> str:
    """The sentence without its plate and its VIN, so that "x five" in one is no BMW."""
    words = _said(text)
    for run in _runs(words):
        if len(vins.clean(" ".join(run))) >= _VIN:
            words = words.replace(" ".join(run), " ")
    for spoken_of in reversed(list(_PLATE.finditer(words))):
        rest = words[spoken_of.end() :]
        for word in _plate_words(rest):
            rest = rest.replace(word, "", 1)
        words = f"{words[: spoken_of.start()]} {rest}"
    return " ".join(words.split())


def _said(text: str) -> str:
    return _AS_IN.sub(r"\1", plain(text))


def _vin_of(found: str) -> str:
    """Seventeen of the characters; an "a" or an "is" before them may have been taken for one."""
    windows = [found[at : at + _VIN] for at in range(len(found) - _VIN + 1)]
    return next((one for one in windows if vins.adds_up(one)), windows[-1] if windows else "")


def _runs(words: str) -> Iterator[list[str]]:
    """Characters that are spelled one after the other."""
    run: list[str] = []
    for word in (*_WORD.findall(words), ""):
        if _is_spelled(word):
            run.append(word)
            continue
        if run:
            yield run
        run = []


def _is_spelled(word: str) -> bool:
    return bool(word) and (
        len(word) == 1 or word.isdecimal() or bool(re.fullmatch(r"(?=.*\d)[a-z0-9-]+", word))
        or word in _TIMES or spelled.has_words(word)
    )  # fmt: skip


def _plate_words(rest: str) -> list[str]:
    """The words right after "the plate is" that spell it."""
    taken: list[str] = []
    for word in rest.split():
        if not (_is_spelled(word) or (_JOINED.fullmatch(word) and not taken)):
            break
        taken.append(word)
    while taken and taken[-1] in _NOT_SPELLED:
        taken.pop()
    return taken

"""Numbers and letters as callers dictate them, and as a voice says them. Pure."""

import re

UNITS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
DECADES = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
SAID = {word: str(value) for value, word in enumerate(UNITS)} | {"oh": "0", "o": "0", "niner": "9"}
"""What a word for a number below twenty is in figures."""

_ALPHABET = frozenset(
    (
        "alpha", "alfa", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india",
        "juliet", "juliett", "kilo", "lima", "mike", "november", "oscar", "papa", "quebec", "romeo",
        "sierra", "tango", "uniform", "victor", "whiskey", "xray", "yankee", "zulu",
    )
)  # fmt: skip
_REPEATED = {"double": 2, "triple": 3}
_BETWEEN = frozenset(
    ("and", "dash", "hyphen", "space", "then", "area", "code", "um", "uh", "so", "with")
)
_MOST_TOGETHER = 17
"""Characters that are written together: those of a VIN."""

_TOKEN = re.compile(r"[A-Za-z']+|\d+")
_X_RAY = re.compile(r"\bx-ray\b", re.IGNORECASE)
_AS_IN = re.compile(r"\b([A-Za-z])(?:,? as in|,? for|,? like) [a-z]+", re.IGNORECASE)


def dictated(text: str, *, letters: bool) -> str:
    """The digits, and letters if wanted, that were said one by one at the end of a transcript.

    Spoken ones are written: "it's B as in boy, X forty one" is BX41. Letters are capitals.
    """
    said = _AS_IN.sub(r"\1", _X_RAY.sub("xray", text.replace("\u2019", "'")))
    tokens = _TOKEN.findall(said)
    run, at = "", 0
    while at < len(tokens):
        one, used = _said(tokens, at, letters=letters)
        run = "" if one is None else run + one
        at += used
    return run


def _said(tokens: list[str], at: int, *, letters: bool) -> tuple[str | None, int]:
    """The characters of a token, and how many tokens they took; none if it is other talk."""
    token = tokens[at]
    word, after = token.casefold(), tokens[at + 1].casefold() if at + 1 < len(tokens) else ""
    if word.isdecimal() or word in SAID:
        return SAID.get(word, word), 1
    if word in DECADES:
        tens = str(DECADES.index(word) + 2)
        return (tens + SAID[after], 2) if after in UNITS[1:10] else (f"{tens}0", 1)
    if word in _REPEATED and after:
        one, used = _said(tokens, at + 1, letters=letters)
        return (None if one is None else one * _REPEATED[word]), used + 1
    if word == "hundred":
        return "00", 1
    if letters and (len(word) == 1 or (token.isupper() and len(token) <= _MOST_TOGETHER)):
        return token.upper(), 1
    if letters and word in _ALPHABET:
        return word[0].upper(), 1
    return ("", 1) if word in _BETWEEN else (None, 1)

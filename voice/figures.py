"""Numbers and letters as callers dictate them, and as a voice says them. Pure."""

import re

UNITS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
DECADES = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
SAID = {word: str(value) for value, word in enumerate(UNITS)} | {"oh": "0", "o": "0", "niner": "9"}
"""What a word for a number below twenty is in figures."""

_NTH = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth",
    "nine": "ninth", "twelve": "twelfth",
}  # fmt: skip
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


def count(value: int) -> str:
    """A whole number below a million, as it is counted: 120 is "one hundred twenty"."""
    if value < 20:
        return UNITS[value]
    if value < 100:
        return DECADES[value // 10 - 2] + (f"-{UNITS[value % 10]}" if value % 10 else "")
    size, name = (100, "hundred") if value < 1000 else (1000, "thousand")
    rest = f" {count(value % size)}" if value % size else ""
    return f"{count(value // size)} {name}{rest}"


def nth(value: int) -> str:
    """A place below a hundred: 24 is "twenty-fourth"."""
    head, dash, last = count(value).rpartition("-")
    plain = f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th"
    return f"{head}{dash}{_NTH.get(last, plain)}"


def in_pairs(value: int) -> str:
    """A number below ten thousand as years, houses and models are called: 150 is "one fifty"."""
    head, rest = divmod(value, 100)
    if not head or (head % 10 == 0 and rest < 10):
        return count(value)
    if not rest:
        return f"{count(head)} hundred"
    return f"{count(head)} {'oh ' if rest < 10 else ''}{count(rest)}"


def one_by_one(characters: str) -> str:
    """Letters and digits by themselves: BX4 is "B X four"."""
    said = (UNITS[int(c)] if c.isdecimal() else c.upper() for c in characters if c.isalnum())
    return " ".join(said)

"""Takes out of what callers say what must not be kept anywhere: card and social security numbers.

A card number is 13 to 19 digits with a Luhn check digit (ISO/IEC 7812-1), however it is grouped, in
figures or in words. It is cut before anything else sees the words, so no record, checkpoint,
transcript, model or log can hold it.
"""

import re

CARD = "[card number withheld]"
SSN = "[social security number withheld]"

_WORDS = {
    "zero": "0", "oh": "0", "o": "0", "one": "1", "two": "2", "three": "3", "four": "4",
    "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
}  # fmt: skip
_DIGIT = rf"(?:\d|\b(?:{'|'.join(_WORDS)})\b)"
_BETWEEN = r"[\s,.\-–/]*"
_RUN = re.compile(rf"{_DIGIT}(?:{_BETWEEN}{_DIGIT}){{12,}}", re.IGNORECASE)
_SSN = re.compile(r"\b\d{3}[\s-]\d{2}[\s-]\d{4}\b")
_TOKEN = re.compile(rf"\d|\b(?:{'|'.join(_WORDS)})\b", re.IGNORECASE)
_SHORTEST, _LONGEST = 13, 19


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def cleaned(text: str) -> str:
    """The text without characters that no database takes: controls and halves of characters."""
    return _CONTROL.sub("", text)


def redacted(text: str) -> str:
    """The text without card and social security numbers."""
    return _SSN.sub(SSN, _RUN.sub(_without_card, text))


def _without_card(run: re.Match[str]) -> str:
    """A run of digits without the first card number in it; the rest is looked at again."""
    tokens = list(_TOKEN.finditer(run.group()))
    digits = [_WORDS.get(token.group().lower(), token.group()) for token in tokens]
    for size in range(min(_LONGEST, len(digits)), _SHORTEST - 1, -1):
        for start in range(len(digits) - size + 1):
            if _luhn(digits[start : start + size]):
                before = run.group()[: tokens[start].start()]
                after = run.group()[tokens[start + size - 1].end() :]
                return f"{before}{CARD}{_RUN.sub(_without_card, after)}"
    return run.group()


def _luhn(digits: list[str]) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0 and any(digit != "0" for digit in digits)

"""Days that are stated in full, as birthdays are; relative ones are in `shop.words.dates`. Pure."""

import re
from datetime import date

_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_UNITS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_NTH = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth",
    "eighteenth", "nineteenth", "twentieth",
)  # fmt: skip
_VALUES = {word: n for n, word in enumerate(_UNITS)} | {"oh": 0, "o": 0}
_VALUES |= {word: 20 + 10 * n for n, word in enumerate(_TENS)}
_ORDINALS = {word: n for n, word in enumerate(_NTH, start=1)} | {"thirtieth": 30}


def dates_in(text: str, *, year: int | None = None) -> set[date]:
    """The days a text may mean; empty if it states none in full.

    `year` stands in where none is stated. A year of two digits may be of either century.
    """
    months = sorted(months_in(text))
    if len(months) > 1:
        return set()
    numbers = numbers_in(text)
    readings = _with_month(months[0], numbers, year) if months else _in_figures(numbers)
    return {day for y, m, d in readings for day in _days(y, m, d)}


def months_in(text: str) -> set[int]:
    """The months that are named in a text."""
    words = re.findall(r"[a-z]+", text.lower())
    return {
        n
        for n, month in enumerate(_MONTHS, start=1)
        for word in words
        if word == month or (len(word) in (3, 4) and word in (month[:3], month[:4]))
    }


def is_ordinal(word: str) -> bool:
    """Whether a word is the nth of something."""
    return word in _ORDINALS


def _with_month(month: int, numbers: list[int], year: int | None) -> list[tuple[int, int, int]]:
    if len(numbers) == 1 and year is not None:
        return [(year, month, numbers[0])]
    if len(numbers) != 2:
        return []
    first, second = numbers
    return [(first, month, second)] if first > 31 else [(second, month, first)]


def _in_figures(numbers: list[int]) -> list[tuple[int, int, int]]:
    """Month, day and year as Americans write them, or the year first."""
    if len(numbers) == 1 and 1_01_1900 <= numbers[0] <= 99_99_9999:
        return _in_one_piece(f"{numbers[0]:08d}")
    if len(numbers) != 3:
        return []
    first, second, third = numbers
    return [(first, second, third)] if first > 31 else [(third, first, second)]


def _in_one_piece(figures: str) -> list[tuple[int, int, int]]:
    if figures[:2] in ("19", "20"):
        return [(int(figures[:4]), int(figures[4:6]), int(figures[6:]))]
    return [(int(figures[4:]), int(figures[:2]), int(figures[2:4]))]


def _days(year: int, month: int, day: int) -> list[date]:
    years = (1900 + year, 2000 + year) if year < 100 else (year,)
    found = []
    for candidate in years:
        try:
            found.append(date(candidate, month, day))
        except ValueError:
            continue
    return found


def numbers_in(text: str) -> list[int]:
    """The numbers of a text in order; "nineteen eighty five" and "two thousand four" are one."""
    words = re.findall(r"[a-z]+|\d+", re.sub(r"(?<=\d)(st|nd|rd|th)\b", "", text.lower()))
    found: list[int] = []
    at = 0
    while at < len(words):
        value, used = _number(words, at)
        if value is not None:
            found.append(value)
        at += used
    return found


def _number(words: list[str], at: int) -> tuple[int | None, int]:
    word, rest = words[at], words[at + 1 :]
    if word.isdecimal():
        return int(word[:9]), 1
    if word in _ORDINALS:
        return _ORDINALS[word], 1
    if word not in _VALUES:
        return None, 1
    if word == "two" and rest[:1] == ["thousand"]:
        skipped = 1 if rest[1:2] == ["and"] else 0
        value, used = _below_hundred(words, at + 2 + skipped)
        return 2000 + (value or 0), 2 + (skipped + used if used else 0)
    value, used = _below_hundred(words, at)
    if value in (19, 20) and used == 1:
        century = value
        if words[at + 1 : at + 2] == ["hundred"]:
            return century * 100, 2
        rest_of_year, more = _below_hundred(words, at + 1)
        if rest_of_year is not None and (rest_of_year > 9 or words[at + 1] in ("oh", "o", "zero")):
            return century * 100 + rest_of_year, 1 + more
    return value, used


def _below_hundred(words: list[str], at: int) -> tuple[int | None, int]:
    word = words[at] if at < len(words) else ""
    after = words[at + 1] if at + 1 < len(words) else ""
    value = _VALUES.get(word)
    if value is None:
        return None, 0
    if value >= 20:
        if after in _ORDINALS and _ORDINALS[after] < 10:
            return value + _ORDINALS[after], 2
        if 1 <= _VALUES.get(after, 0) <= 9:
            return value + _VALUES[after], 2
    if word in ("oh", "o", "zero") and after in _VALUES and _VALUES[after] < 10:
        return _VALUES[after], 2
    return value, 1

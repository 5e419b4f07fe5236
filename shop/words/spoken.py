"""Text for the ear: dates, times, money and numbers as people say them. Pure."""

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise
from zoneinfo import ZoneInfo

_UNITS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_IRREGULAR = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth",
    "nine": "ninth", "twelve": "twelfth",
}  # fmt: skip
_UNCOUNTED = ("maintenance", "work", "diagnostics", "repairs")


def number(value: int) -> str:
    """A whole number below a million: 120 is "one hundred twenty".

    Raises:
        ValueError: It is negative or too big to be said usefully.
    """
    if not 0 <= value < 1_000_000:
        raise ValueError("only whole numbers from 0 to 999,999 are said in words")
    if value < 20:
        return _UNITS[value]
    if value < 100:
        tens, unit = divmod(value, 10)
        return _TENS[tens] + (f"-{_UNITS[unit]}" if unit else "")
    size, name = (100, "hundred") if value < 1000 else (1000, "thousand")
    count, rest = divmod(value, size)
    return f"{number(count)} {name}" + (f" {number(rest)}" if rest else "")


def ordinal(value: int) -> str:
    """The nth: 24 is "twenty-fourth"."""
    words = number(value)
    cut = max(words.rfind("-"), words.rfind(" ")) + 1
    head, last = words[:cut], words[cut:]
    if last in _IRREGULAR:
        return head + _IRREGULAR[last]
    return f"{head}{last[:-1]}ieth" if last.endswith("y") else f"{head}{last}th"


def day(value: dt.date) -> str:
    """A day: "Tuesday, November twenty-fourth"."""
    return f"{value:%A, %B} {ordinal(value.day)}"


def time(value: dt.datetime | dt.time) -> str:
    """A time of day as its own clock shows it: "two thirty PM", "noon"."""
    if (value.hour, value.minute) in ((0, 0), (12, 0)):
        return "noon" if value.hour else "midnight"
    hour = number(value.hour % 12 or 12)
    half = "AM" if value.hour < 12 else "PM"
    if value.minute == 0:
        return f"{hour} {half}"
    minute = number(value.minute)
    return f"{hour} {'oh ' if value.minute < 10 else ''}{minute} {half}"


def moment(value: dt.datetime, zone: ZoneInfo) -> str:
    """An aware moment on the shop's clock: "Tuesday, November twenty-fourth at nine AM"."""
    local = value.astimezone(zone)
    return f"{day(local.date())} at {time(local)}"


def duration(minutes: int) -> str:
    """How long: "thirty minutes", "an hour", "two and a half hours"."""
    hours, rest = divmod(minutes, 60)
    if hours == 0 or rest not in (0, 30):
        return "one minute" if minutes == 1 else f"{number(minutes)} minutes"
    if hours == 1:
        return "an hour and a half" if rest else "an hour"
    return f"{number(hours)}{' and a half' if rest else ''} hours"


def money(cents: int) -> str:
    """An amount in whole cents: "eighty dollars", "nine dollars and fifty cents"."""
    dollars, rest = divmod(cents, 100)
    parts = []
    if dollars or not rest:
        parts.append("one dollar" if dollars == 1 else f"{number(dollars)} dollars")
    if rest:
        parts.append("one cent" if rest == 1 else f"{number(rest)} cents")
    return " and ".join(parts)


def money_range(low: int, high: int) -> str:
    """A range of amounts in whole cents: "forty to eighty dollars"."""
    if low == high:
        return money(low)
    if low % 100 or high % 100:
        return f"{money(low)} to {money(high)}"
    return f"{number(low // 100)} to {money(high)}"


def phone(e164: str) -> str:
    """A number to be read back, in groups: "two one seven, five five five, zero one four two"."""
    digits = "".join(c for c in e164 if c.isdecimal())
    if e164.startswith("+1") and len(digits) == 11:
        groups = [digits[1:4], digits[4:7], digits[7:]]
    else:
        groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    return ", ".join(spell(group) for group in groups)


def vehicle(year: int, make: str, model: str) -> str:
    """A car: "twenty nineteen Honda Civic"."""
    return f"{_year(year)} {make} {model}".rstrip()


def spell(characters: str) -> str:
    """Letters and digits one by one: "BX 41920" is "B X four one nine two zero"."""
    return " ".join(
        _UNITS[int(c)] if c.isdecimal() else c.upper() for c in characters if c.isalnum()
    )


def plate(text: str) -> str:
    """A licence plate, letters and digits apart: "B X, four one nine two zero"."""
    groups: list[str] = []
    for character in (c for c in text if c.isalnum()):
        if groups and groups[-1][-1].isdecimal() == character.isdecimal():
            groups[-1] += character
        else:
            groups.append(character)
    return ", ".join(spell(group) for group in groups)


def vin(text: str) -> str:
    """A vehicle identification number in the groups people read it in: 3, 6, 4 and 4."""
    edges = (0, 3, 9, 13, 17)
    groups = [text[start:end] for start, end in pairwise(edges)]
    return ", ".join(spell(group) for group in groups if group)


def one_of(words: Sequence[str]) -> str:
    """A choice: "nine AM, ten thirty AM or two PM"."""
    return _joined(words, "or")


def all_of(words: Sequence[str]) -> str:
    """A list: "oil changes, brakes and tires"."""
    return _joined(words, "and")


def a(name: str) -> str:
    """A name with its article: "an oil change"; none before what is not counted."""
    if name.endswith(_UNCOUNTED):
        return name
    # Letters are enough for the words a garage uses; "hour" and "unit" are not among them.
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def _joined(words: Sequence[str], last: str) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def _year(value: int) -> str:
    century, rest = divmod(value, 100)
    if 2000 <= value < 2010 or not 1000 <= value < 10_000:
        return number(value)
    if rest == 0:
        return f"{number(century)} hundred"
    return f"{number(century)} {'oh ' if rest < 10 else ''}{number(rest)}"

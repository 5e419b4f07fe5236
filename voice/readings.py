"""How what is written in figures or short is read aloud, one reading after the other. Pure."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from voice.figures import count, in_pairs, nth, one_by_one

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)[a-z]*\.?"
_DAYS = {
    "Mon": "Monday", "Tue": "Tuesday", "Wed": "Wednesday", "Thu": "Thursday", "Fri": "Friday",
    "Sat": "Saturday", "Sun": "Sunday",
}  # fmt: skip
_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d{1,6})"
_DASH = r"\s?[-\u2013]\s?"
_HALF_DAY = r"(?:[ap]\.m\.|[ap]m\b)"
_UNITS = {
    "hr": "hour", "min": "minute", "mi": "mile", "lb": "pound", "mo": "month", "yr": "year",
    "qt": "quart", "mph": "mile per hour", "gal": "gallon",
}  # fmt: skip
_UNIT = r"(hr|min|mi|lb|yr|qt|gal|mph)s?\b\.?"
_PARTS = {"1/2": "one half", "1/4": "one quarter", "3/4": "three quarters", "1/3": "one third"}
_SHORT = {
    "ave": "Avenue", "blvd": "Boulevard", "rd": "Road", "ln": "Lane", "ct": "Court",
    "hwy": "Highway", "apt": "apartment", "ste": "suite", "approx": "approximately",
    "appt": "appointment", "appts": "appointments", "incl": "including", "etc": "et cetera",
    "vs": "versus", "mr": "Mister", "mrs": "Missus",
}  # fmt: skip
_NAMES = {
    "RAV4": "rav four", "4Runner": "four runner", "4WD": "four wheel drive", "A/C": "A C",
    "AWD": "all wheel drive", "FWD": "front wheel drive", "2WD": "two wheel drive",
    "24/7": "twenty-four seven", "and/or": "and or", "e.g.": "for example", "i.e.": "that is",
}  # fmt: skip
_LONGEST_COUNTED = 6
_STREET_BEFORE = re.compile(r"\d+ (?:[NSEW]\.? )?(?:\w+ ){1,3}$")
_NAME_BEFORE = re.compile(r"[A-Z][\w']+ $")

_Say = Callable[["re.Match[str]"], str]


@dataclass(frozen=True, slots=True)
class Reading:
    """Something that is written, and how to say it.

    Attributes:
        pattern: A regular expression, which has no named groups.
    """

    pattern: str
    say: _Say
    pattern_alone: "re.Pattern[str]" = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pattern_alone", re.compile(self.pattern))


def _value(figures: str) -> int:
    return int(figures.replace(",", ""))


def _number(figures: str) -> str:
    whole = figures.replace(",", "")
    starts_idly = len(whole) > 1 and whole.startswith("0")
    return one_by_one(whole) if len(whole) > _LONGEST_COUNTED or starts_idly else count(int(whole))


def _money(found: "re.Match[str]") -> str:
    dollars, cents = _value(found[1]), int(found[2] or 0)
    if found[3]:
        return f"{_amount(dollars, cents, bare=not cents)} to {_money_of(found[3])}"
    return _amount(dollars, cents)


def _money_of(text: str) -> str:
    dollars, _, cents = text.lstrip("$ ").partition(".")
    return _amount(_value(dollars), int(cents or 0))


def _amount(dollars: int, cents: int, *, bare: bool = False) -> str:
    if bare:
        return count(dollars)
    parts = [_counted(dollars, "dollar")] if dollars or not cents else []
    parts += [_counted(cents, "cent")] if cents else []
    return " and ".join(parts)


def _counted(number: int, thing: str) -> str:
    first, space, rest = thing.partition(" ")
    return f"{count(number)} {first}{'' if number == 1 else 's'}{space}{rest}"


def _measured(found: "re.Match[str]") -> str:
    start = f"{_number(found[1])} to " if found[1] else ""
    return start + _counted(_value(found[2]), _UNITS[found[3]]) + _stop(found)


def _time(found: "re.Match[str]") -> str:
    hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "")
    half = half.replace(".", "").upper()
    if hour > 12:
        hour, half = hour - 12, "PM"
    words = count(hour) if hour else "twelve"
    if minute:
        words += f" {'oh ' if minute < 10 else ''}{count(minute)}"
    elif not half:
        return f"{words} o'clock"
    return f"{words} {half}".rstrip() + _stop(found)


def _stop(found: "re.Match[str]") -> str:
    """A full stop that ended the sentence as well."""
    return "." if found[0].endswith(".") and found.end() == len(found.string) else ""


def _hours(found: "re.Match[str]") -> str:
    return f"{count(int(found[1]))} to "


def _date(found: "re.Match[str]") -> str:
    month, day = int(found[1]), int(found[2])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return " slash ".join(_number(part) for part in found[0].split("/"))
    return _day(_MONTHS[month - 1], day, found[3])


def _day(month: str, day: int, year: str | None) -> str:
    full = f"20{year}" if year is not None and len(year) == 2 else year
    return f"{month} {nth(day)}" + (f", {in_pairs(int(full))}" if full else "")


def _iso(found: "re.Match[str]") -> str:
    return _day(_MONTHS[int(found[2]) - 1], int(found[3]), found[1])


def _named_day(found: "re.Match[str]") -> str:
    month = next(name for name in _MONTHS if name[:3] == found[1][:3])
    day = int(found[2])
    return _day(month, day, None) if 1 <= day <= 31 else f"{month} {count(day)}"


def _phone(found: "re.Match[str]") -> str:
    digits = "".join(c for c in found[0] if c.isdecimal())[-10:]
    groups = (digits[:-7], digits[-7:-4], digits[-4:])
    return ", ".join(one_by_one(group) for group in groups if group)


def _vin(found: "re.Match[str]") -> str:
    vin = found[0]
    return ", ".join(one_by_one(part) for part in (vin[:3], vin[3:9], vin[9:13], vin[13:]))


def _plate(found: "re.Match[str]") -> str:
    return ", ".join(one_by_one(group) for group in re.findall(r"[A-Z]+|\d+", found[0]))


def _model(found: "re.Match[str]") -> str:
    return f"{one_by_one(found[1])} {in_pairs(int(found[2]))}"


def _address_short(found: "re.Match[str]") -> str:
    """St. and Dr. belong to the street before them, or to the name after them."""
    before, after = found.string[: found.start()], found.string[found.end() :]
    named = re.match(r" [A-Z]", after) is not None
    street = _STREET_BEFORE.search(before) or (_NAME_BEFORE.search(before) and not named)
    words = ("Street", "Saint") if found[0].startswith("St") else ("Drive", "Doctor")
    return words[0 if street else 1] + (_stop(found) if street else "")


def _web(found: "re.Match[str]") -> str:
    return found[1].replace(".", " dot ")


def _mail(found: "re.Match[str]") -> str:
    marks = {".": " dot ", "@": " at ", "_": " underscore ", "-": " dash "}
    return "".join(marks.get(c, c) for c in found[0])


READINGS: Sequence[Reading] = (
    Reading(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", _mail),
    Reading(r"(?:https?://|www\.)(?:www\.)?([\w-]+(?:\.[\w-]+)+)(?:/[^\s.,;!?]*)*", _web),
    Reading(r"\b((?:[A-Za-z]\w+\.)+(?:com|net|org|us))\b", _web),
    Reading(
        rf"\$\s?({_NUMBER})(?:\.(\d\d))?\b(?:{_DASH}(\$?\s?{_NUMBER}(?:\.\d\d)?)\b)?", _money
    ),
    Reading(
        r"(?<![\w.])(?:\+?1[-. ]?)?(?:\(\d{3}\) ?|\d{3}[-. ]?)\d{3}[-. ]?\d{4}\b"
        r"|(?<![\w.-])\d{3}[-.]\d{4}\b",
        _phone,
    ),
    Reading(r"\b(?=[A-Z]*\d)[A-HJ-NPR-Z\d]{17}\b", _vin),
    Reading(r"\b((?:19|20)\d\d)-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])\b", _iso),
    Reading(r"(?:24/7|4WD|2WD|AWD|FWD|RAV4|4Runner|A/C|and/or)\b|\b(?:e\.g|i\.e)\.",
            lambda found: _NAMES[found[0]]),
    Reading(r"\b(?:[13]/4|1/[23])(?= (?:inch|cup|tank|mile|hour|quart|of\b))",
            lambda found: _PARTS[found[0]]),
    Reading(r"\b(\d{1,2})/(\d{1,2})(?:/(\d{4}|\d{2}))?\b", _date),
    Reading(rf"\b({_MONTH}) (\d{{1,2}})(?:st|nd|rd|th)?\b(?![:\d])", _named_day),
    Reading(rf"\b(\d{{1,2}}){_DASH}(?=\d{{1,2}}(?::\d\d)? ?{_HALF_DAY})", _hours),
    Reading(r"(?:(?<=[\d ][ap]m)|(?<=[\d ][AP]M)|(?<=[ap]\.m\.)) ?[-\u2013] ?(?=\d)",
            lambda _: " to "),
    Reading(rf"\b([01]?\d|2[0-3]):([0-5]\d)(?: ?({_HALF_DAY}|[AP]\.?M\b\.?))?", _time),
    Reading(rf"\b(\d{{1,2}})()(?: ?)({_HALF_DAY}|[AP]\.M\.|[AP]M\b)", _time),
    Reading(
        r"(?:(?<=[Pp]late )|(?<=[Pp]late is )|(?<=[Pp]late number )|(?<=[Pp]late number is ))"
        r"[A-Z\d]{1,4}[ -][A-Z\d]{2,6}\b|\b(?=[A-Z]+\d|\d+[A-Z])[A-Z\d]{5,8}\b(?<!W\d\d)",
        _plate,
    ),
    Reading(r"\b(\d{1,2})W-?(\d\d)\b",
            lambda found: f"{count(int(found[1]))} W {count(int(found[2]))}"),
    Reading(r"\b([A-Z]{1,3})-(\d{1,4})\b", _model),
    Reading(r"\b[A-Z]{1,2}-[A-Z]\b", lambda found: one_by_one(found[0])),
    Reading(r"\b(?:Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)\b\.?(?=,? (?:\d|[A-Z][a-z]+ \d|at\b))",
            lambda found: _DAYS[found[0][:3]]),
    Reading(r"\b(\d{1,2})(?:st|nd|rd|th)\b", lambda found: nth(int(found[1]))),
    Reading(r"\b(\d{1,4})(?= (?:[NSEW]\.? )?[A-Z]\w+ (?:St|Av|Rd|Dr|Blvd|Ln|La|Ct|Co|Ro|Way))",
            lambda found: in_pairs(int(found[1]))),
    Reading(r"\b(?:19[5-9]|20[0-4])\d\b(?! (?:miles|dollars|pounds|hours))(?![,.]\d)",
            lambda found: in_pairs(int(found[0]))),
    Reading(r"\b\d{5}(?:-\d{4})?\b(?![,.]\d| (?:mi\b|miles|dollars))",
            lambda found: one_by_one(found[0])),
    Reading(rf"\b(?:({_NUMBER}){_DASH})?({_NUMBER}) ?{_UNIT}", _measured),
    Reading(rf"\b({_NUMBER}){_DASH}({_NUMBER})\b",
            lambda found: f"{_number(found[1])} to {_number(found[2])}"),
    Reading(rf"\b({_NUMBER})\.(\d+)\b",
            lambda found: f"{_number(found[1])} point {one_by_one(found[2])}"),
    Reading(rf"\b({_NUMBER}) ?%", lambda found: f"{_number(found[1])} percent"),
    Reading(rf"#({_NUMBER})\b|\bNo\. (?=\d)",
            lambda found: f"number {_number(found[1]) if found[1] else ''}"),
    Reading(r"/(hr|mo|yr|qt|lb)\b\.?", lambda found: f" per {_UNITS[found[1]]}"),
    Reading(rf"(?<![\w.,]){_NUMBER}\b(?![,.]?\d)|\b\d{{7,}}\b", lambda found: _number(found[0])),
    Reading(r"\b(?:St|Dr)\.|\b(?:St|Dr)\b(?=,|$)", _address_short),
    Reading(r"\b(?:Ave|Blvd|Rd|Ln|Ct|Hwy|Apt|Ste|Mrs?)\b\.?|\b(?:approx|appts?|incl|etc|vs)\b\.?",
            lambda found: _SHORT[found[0].rstrip(".").casefold()]
            + ("" if found[0][0] == "M" else _stop(found))),
    Reading(r"\bw/o\b", lambda _: "without"),
    Reading(r"\bw/", lambda _: "with "),
    Reading(r" ?& ?", lambda _: " and "),
)  # fmt: skip

"""Roundabout names of a day, put plainly before days are looked for.

"the first monday in december" is 2026-12-07, "a week on tuesday" is "a weeks from tuesday".
Works on the text `shop.words.numerals.figures` gives.
"""

import calendar
import re
from collections.abc import Callable
from datetime import date, timedelta

_WEEKDAYS = tuple(day.lower() for day in calendar.day_name)
_MONTHS = tuple(month.lower() for month in calendar.month_name)
_WEEKDAY = rf"(?P<weekday>{'|'.join(_WEEKDAYS)})"
_OF_MONTH = rf"(?:of|in) (?:(?P<which>the|this|next) month|(?P<month>{'|'.join(_MONTHS[1:])}))\b"

_DOTTED = re.compile(r"\b(\d{1,2})([-.])(\d{1,2})\2(20\d\d)\b")
_CLOCK = r"(\d{1,2}(?:(?::| )\d\d)?(?: [ap]m)?)"
_AT_MOST = re.compile(rf"\b{_CLOCK} at the (lat|earli)est\b|\bat the (lat|earli)est {_CLOCK}\b")
_OFF_AT = re.compile(
    r"\b(?:i|we)(?:'m| am|'re| are)? (?:don't |only )?(?:get |come )?(?:off|done|finish|out)"
    r"(?: (?:of |from |with )?(?:work|school|class|my shift))? (?:at|by) (?=\d)"
)
"""When somebody's work is over is where what suits them begins."""

_COUNT = r"(?P<count>an?|one|\d{1,2})"
_SINCE = re.compile(
    r"\b(?:haven't|hasn't|hadn't|never|not been)\b(?: [\w']+){0,6}? in (?:over |about |almost )?"
    r"(?:an?|one|\d{1,2}) (?:day|week|month|year|fortnight)s?\b"
    rf"|\b(?:{'|'.join(_WEEKDAYS)}) (?:an?|one|\d{{1,2}}) (?:week|month|fortnight)s? ago\b"
)
"""A stretch of time that is over, as in "I haven't driven it in two weeks"."""

_FORTNIGHT = re.compile(r"\b(?:an? |one )?fortnights?\b")
_WEEKS_ON = re.compile(
    r"(?<!been )(?<!twice )(?<!once )(?<!in )\b(?P<weeks>an?|one|\d{1,2}) weeks? (?:on )?"
    rf"(?={'|'.join(_WEEKDAYS)}\b|today\b|tomorrow\b)"
)
_WEEKS_BEHIND = re.compile(
    rf"\b(?P<day>tomorrow|today|{'|'.join(_WEEKDAYS)}) (?P<weeks>2 weeks|week)\b"
    r"(?! (?:from|after|ago|before|notice))"
)
_AFTER_NEXT = re.compile(
    rf"\b{_WEEKDAY}(?: of| in|,)? (?:the )?week after next\b|\bweek after next,? (?:on )?(?:the )?"
    rf"(?P<behind>{'|'.join(_WEEKDAYS)})\b"
)
_DAYS_FROM = re.compile(
    rf"\b{_COUNT} days? (?:from|after) (?:(?P<tomorrow>tomorrow)|(?P<today>today)|{_WEEKDAY})\b"
)
_IN_MONTHS = re.compile(
    rf"\b(?:in {_COUNT} months?(?: time)?|(?P<other>an?|one|\d{{1,2}}) months? from"
    r" (?:now|today))\b"
)
_NTH_WEEKDAY = re.compile(
    rf"\b(?:the )?(?P<nth>first|second|3(?:rd|th)|4th|last) {_WEEKDAY} {_OF_MONTH}"
)
_NTH_DAY = re.compile(
    r"\b(?:the )?(?:(?P<day>\d{1,2}(?:st|nd|rd|th)|first|second)|(?P<last>last day)) "
    r"of (?P<which>the|this|next) month\b"
)
_LAST_DAY = re.compile(rf"\b(?:the )?last day of (?P<month>{'|'.join(_MONTHS[1:])})\b")
_NTH = {"first": 1, "second": 2, "3rd": 3, "3th": 3, "4th": 4, "last": -1}

# The legal holidays are those of 5 U.S.C. 6103(a).
_FIXED = {
    "christmas eve": (12, 24), "christmas day": (12, 25), "christmas": (12, 25),
    "new year's eve": (12, 31), "new years eve": (12, 31), "new year's day": (1, 1),
    "new years day": (1, 1), "new year's": (1, 1), "new years": (1, 1), "halloween": (10, 31),
    "valentine's day": (2, 14), "valentines day": (2, 14), "veterans day": (11, 11),
    "juneteenth": (6, 19), "independence day": (7, 4),
}  # fmt: skip
_MOVING = {
    "thanksgiving day": (11, 3, 4), "thanksgiving": (11, 3, 4), "labor day": (9, 0, 1),
    "memorial day": (5, 0, -1), "presidents day": (2, 0, 3), "presidents' day": (2, 0, 3),
    "president's day": (2, 0, 3), "mlk day": (1, 0, 3), "martin luther king day": (1, 0, 3),
    "columbus day": (10, 0, 2),
}  # fmt: skip
_NAMES = "|".join(sorted((*_FIXED, *_MOVING, "black friday"), key=len, reverse=True))
_FESTIVAL = re.compile(
    rf"(?:^|\b(?:on|(?:the )?(?P<step>day|{'|'.join(_WEEKDAYS)}) (?P<way>after|before|following)) )"
    rf"(?P<name>{_NAMES})\b(?!'| weekend| week\b| sale| party| trip| dinner)"
)
"""A festival is a wish only where it is named as a day, not as in "we drive off for christmas"."""


def reworded(text: str, today: date) -> str:
    """The text with what it names in a roundabout way as an ISO date or in plainer words."""
    text = _OFF_AT.sub("after ", _DOTTED.sub(r"\1/\3/\4", text))
    text = _AT_MOST.sub(_limit, text)
    text = _FORTNIGHT.sub("2 weeks", _SINCE.sub(" # ", text))
    text = _AFTER_NEXT.sub(lambda m: f"{m['weekday'] or m['behind']} after next", text)
    text = _WEEKS_ON.sub(lambda m: f"{m['weeks']} weeks from ", text)
    text = _WEEKS_BEHIND.sub(lambda m: f"{_figure(m['weeks'][0])} weeks from {m['day']}", text)
    text = _DAYS_FROM.sub(lambda m: _days_from(m, today).isoformat(), text)
    text = _IN_MONTHS.sub(lambda m: _months_on(today, _figure(m["count"] or m["other"])), text)
    text = _NTH_WEEKDAY.sub(lambda m: _nth_weekday(m, today), text)
    text = _NTH_DAY.sub(lambda m: _nth_day(m, today), text)
    text = _LAST_DAY.sub(lambda m: _last_day(_year_of(m["month"], today), m["month"]), text)
    return _FESTIVAL.sub(lambda m: f"on {_festival(m, today).isoformat()}", text)


def _limit(match: re.Match[str]) -> str:
    side, clock = match[2] or match[3], match[1] or match[4]
    return f"no {'later' if side == 'lat' else 'earlier'} than {clock}"


def _days_from(match: re.Match[str], today: date) -> date:
    start = today + timedelta(days=1 if match["tomorrow"] else 0)
    if match["weekday"]:
        start = _from(today + timedelta(days=1), match["weekday"])
    return start + timedelta(days=_figure(match["count"]))


def _months_on(today: date, count: int) -> str:
    """The same day of a later month, or that month's last."""
    year, month = _month_after(today.year, today.month, count)
    return date(year, month, min(today.day, calendar.monthrange(year, month)[1])).isoformat()


def _nth_weekday(match: re.Match[str], today: date) -> str:
    weekday, nth = _WEEKDAYS.index(match["weekday"]), _NTH[match["nth"]]
    if match["month"]:
        month = _MONTHS.index(match["month"])
        return _yearly(today, lambda year: _nth_of(year, month, weekday, nth)).isoformat()
    year, month = _month_after(today.year, today.month, int(match["which"] == "next"))
    day = _nth_of(year, month, weekday, nth)
    if day < today:
        day = _nth_of(*_month_after(year, month, 1), weekday, nth)
    return day.isoformat()


def _nth_day(match: re.Match[str], today: date) -> str:
    """A day of a month that is meant relatively; the text may come to name one that is none."""
    year, month = _month_after(today.year, today.month, int(match["which"] == "next"))
    if match["last"]:
        return f"{year}-{month:02}-{calendar.monthrange(year, month)[1]}"
    number = _NTH.get(match["day"]) or int(re.sub(r"\D", "", match["day"]))
    if match["which"] == "the" and number < today.day:
        year, month = _month_after(year, month, 1)
    return f"{year}-{month:02}-{number:02}"


def _last_day(year: int, name: str) -> str:
    month = _MONTHS.index(name)
    return date(year, month, calendar.monthrange(year, month)[1]).isoformat()


def _festival(match: re.Match[str], today: date) -> date:
    name = match["name"]
    step = match["step"] or ""
    back = match["way"] == "before"
    if name == "black friday":
        day = _yearly(today, lambda year: _nth_of(year, 11, 3, 4) + timedelta(days=1))
    elif name in _FIXED:
        month, number = _FIXED[name]
        day = _yearly(today, lambda year: date(year, month, number))
    else:
        day = _yearly(today, lambda year: _nth_of(year, *_MOVING[name]))
    if step in ("", "day"):
        return day + timedelta(days=0 if not step else -1 if back else 1)
    return _from(day - timedelta(days=7) if back else day + timedelta(days=1), step)


def _yearly(today: date, find: Callable[[int], date]) -> date:
    day = find(today.year)
    return day if day >= today else find(today.year + 1)


def _year_of(month: str, today: date) -> int:
    return today.year + (_MONTHS.index(month) < today.month)


def _nth_of(year: int, month: int, weekday: int, nth: int) -> date:
    """The nth such weekday of a month, Monday being 0; -1 is the last."""
    if nth < 0:
        last = date(year, month, calendar.monthrange(year, month)[1])
        return last - timedelta(days=(last.weekday() - weekday) % 7)
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7, weeks=nth - 1)


def _from(day: date, weekday: str) -> date:
    """The first such weekday that is not before the day."""
    return day + timedelta(days=(_WEEKDAYS.index(weekday) - day.weekday()) % 7)


def _month_after(year: int, month: int, count: int) -> tuple[int, int]:
    years, month0 = divmod(month - 1 + count, 12)
    return year + years, month0 + 1


def _figure(said: str) -> int:
    return int(said) if said.isdigit() else 1

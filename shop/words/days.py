"""Calendar days in what a caller said. Works on the text `shop.words.numerals.figures` gives."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from shop.words.numerals import ordinal_word
from shop.words.times import DAY_WORDS

_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_NTH = r"(?:\d{1,2}(?:st|nd|rd|th)|first|second)"
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAY = (
    r"(?P<weekday>mon(?:day)?s?|tue(?:s(?:day)?)?s?|wed(?:nesday)?s?|thu(?:r(?:s(?:day)?)?)?s?"
    r"|fri(?:day)?s?|saturdays?|sundays?|(?<=on )sat|(?<=on )sun|(?<=next )sat|(?<=this )sat|^sat"
    r"|^sun)"
)
_YEAR = r"(?: (?P<year>(?:19|20)\d\d|(?:19|20) \d\d)(?! ?[ap]m)\b)?"

_PAST = re.compile(
    rf"\b(?:last|since|past|previous|every|ever since)\s+(?:{DAY_WORDS}|week|month|year|january"
    r"|february|march|april|may|june|july|august|september|october|november|december)\b"
    r"|\b(?:\d+|an?|few|couple(?: of)?|one) (?:days?|weeks?|months?|years?) ago\b|\b24/7\b"
)
_ISO = re.compile(
    r"\b(?P<day>\d{4}-\d{2}-\d{2})(?:[t ](?P<clock>\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(?P<offset>z"
    r"|[+-]\d{2}:?\d{2})?)?"
)
_SLASHED = re.compile(
    r"(?<![\d/])(?P<month>\d{1,2})/(?P<day>\d{1,2})(?:/(?P<year>\d{4}|\d\d))?(?![\d/])(?! (?:ton"
    r"|tank|of|inch|mile))"
)
_MONTH_DAY = re.compile(
    rf"\b{_MONTH}\.? (?:the )?(?P<day>{_NTH}|\d{{1,2}})(?![\d:]| [ap]m| o'?clock)\b{_YEAR}"
)
_DAY_MONTH = re.compile(
    rf"\b(?:the )?(?:(?P<nth>{_NTH}) (?:of )?|(?P<day>\d{{1,2}}) (?:of |(?!may"
    rf"|mar(?:ch)?\b))){_MONTH}\b{_YEAR}"
)
_WEEKS_FROM = re.compile(
    r"\b(?P<weeks>an?|one|\d{1,2}) weeks? (?:from|after) (?:(?P<now>now|today)"
    rf"|(?P<tomorrow>tomorrow)|(?:this |the )?{_WEEKDAY})\b"
)
_IN = re.compile(
    r"\b(?:in )?(?P<count>an?|one|\d{1,2}) (?P<unit>day|week)s?(?P<tail>'? time| from now)?\b"
)
_NAMED_WEEK = re.compile(
    rf"\bnext week(?: on)? {_WEEKDAY}\b|\b(?:week after next)(?: on)? (?P<after>\w+)\b"
)
_NAMED = re.compile(
    r"\b(?P<lead>next|this coming|coming|this|following"
    rf"|upcoming)? ?\b{_WEEKDAY}\b(?P<tail> (?:of )?next week| after next| week\b| in a week)?"
)
_CLOCK_WORD = (
    r"(?:in|the|at|around|about|by|early|late|mid|morning|afternoon|evening|noon|lunchtime|o'clock"
    r"|[ap]\.?m\b\.?|\d{1,2}(?::\d\d)?|half|quarter|past|to)"
)
_WEEK_AFTER_CLOCK = re.compile(
    rf"\b{_WEEKDAY}(?P<between>(?:,? {_CLOCK_WORD}){{1,5}}),? (?:of )?next week\b"
)
"""The week stands behind the time of day, as in "Tuesday morning next week"."""

_RELATIVE = re.compile(
    r"\b(?:(?P<after>day after tomorrow)|(?P<tomorrow>tomorrow|tmrw|tomorow)|(?P<today>today"
    r"|tonight|this (?:morning|afternoon|evening)))\b"
)
_NTH_ALONE = re.compile(
    rf"(?:\b(?P<lead>on|for|by|until|weekday) )?\bthe (?P<day>{_NTH})\b(?! (?:one|ones|time|option"
    r"|choice|car|vehicle|appointment|slot|gear|row|floor|place|street|st|avenue|ave|road|thing"
    r"|available|opening|of (?:those|these|the|them)|half|party|person|week|issue|problem"
    r"|reason)\b)"
)

_JOINS = re.compile(r" *(?:the|on|on the|that's|which is|it's)? *")

Found = tuple[list[date], list[time], str]


def days_named(text: str, now: datetime) -> Found:
    """The days a text names, any time that is part of an ISO date, and the text without them.

    Raises:
        ValueError: There is no such date. The message is a sentence fit to be spoken.
    """
    text = _WEEK_AFTER_CLOCK.sub(r"\g<weekday> next week\g<between>", _PAST.sub(" # ", text))
    zoned: list[time] = []
    original = text
    named: list[tuple[int, int, date]] = []
    weekdays: list[tuple[int, int, date]] = []
    for finder in (_iso, _slashed, _months, _relative, _weekday, _ordinal):
        kept = text
        for match, day, clock in finder(text, now):
            (weekdays if finder is _weekday else named).append((*match.span(), day))
            zoned += [clock] if clock else []
            kept = _mask(kept, match)
        text = kept
    return _reconciled(named, weekdays, original), zoned, re.sub("~+", "#", text)


Finds = Iterator[tuple[re.Match[str], date, time | None]]


def _iso(text: str, now: datetime) -> Finds:
    for match in _ISO.finditer(text):
        year, month, number = (int(piece) for piece in match["day"].split("-"))
        day = _date(year, month, number)
        if not match["clock"]:
            yield match, day, None
            continue
        clock = _iso_clock(match["clock"])
        if match["offset"]:
            moment = datetime.fromisoformat(f"{day.isoformat()}T{clock}{match['offset'].upper()}")
            moment = moment.astimezone(now.tzinfo)
            yield match, moment.date(), moment.time()
        else:
            yield match, day, clock


def _iso_clock(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise ValueError(f"There is no such time as {text}.") from None


def _slashed(text: str, now: datetime) -> Finds:
    for match in _SLASHED.finditer(text):
        month, number = int(match["month"]), int(match["day"])
        yield match, _dated(match["year"], month, number, now), None


def _months(text: str, now: datetime) -> Finds:
    taken = text
    for pattern in (_MONTH_DAY, _DAY_MONTH):
        for match in pattern.finditer(taken):
            month = next(
                n for n, name in enumerate(_MONTHS, start=1) if name[:3] == match["month"][:3]
            )
            said = match["day"] or match.groupdict().get("nth") or ""
            yield match, _dated(match["year"], month, _number(said), now), None
            taken = _mask(taken, match)


def _relative(text: str, now: datetime) -> Finds:
    today = now.date()
    taken = text
    for match in _WEEKS_FROM.finditer(taken):
        weeks = timedelta(weeks=_count(match["weeks"]))
        start = today + timedelta(days=1) if match["tomorrow"] else today
        if match["weekday"]:
            start = _coming(match["weekday"], today)
        yield match, start + weeks, None
        taken = _mask(taken, match)
    for match in _IN.finditer(taken):
        if not (match[0].startswith("in ") or match["tail"]):
            continue
        days = _count(match["count"]) * (7 if match["unit"] == "week" else 1)
        yield match, today + timedelta(days=days), None
        taken = _mask(taken, match)
    for match in _RELATIVE.finditer(taken):
        ahead = 2 if match["after"] else 1 if match["tomorrow"] else 0
        yield match, today + timedelta(days=ahead), None


def _weekday(text: str, now: datetime) -> Finds:
    today = now.date()
    for match in _NAMED_WEEK.finditer(text):
        name = match["weekday"] or match["after"]
        if _index(name) is not None:
            yield match, _in_week(name, today, weeks=1 if match["weekday"] else 2), None
            text = _mask(text, match)
    for match in _NAMED.finditer(text):
        name, lead, tail = match["weekday"], match["lead"] or "", (match["tail"] or "").strip()
        if tail == "after next":
            day = _in_week(name, today, weeks=2)
        elif lead == "next" or tail.endswith("next week"):
            day = _in_week(name, today, weeks=1)
        elif tail:
            day = _coming(name, today) + timedelta(weeks=1)
        elif lead == "this" and _index(name) == today.weekday():
            day = today
        else:
            day = _coming(name, today)
        yield match, day, None


def _ordinal(text: str, now: datetime) -> Finds:
    for match in _NTH_ALONE.finditer(text):
        beside_weekday = text[: match.start()].rstrip().endswith("~")
        if match["day"] in ("first", "second") and not (match["lead"] or beside_weekday):
            continue
        yield match, _next_monthday(_number(match["day"]), now.date()), None
    for match in re.finditer(rf"(?<=~ )(?P<day>{_NTH})\b(?! thing)", text):
        yield match, _next_monthday(_number(match["day"]), now.date()), None


def _reconciled(
    named: list[tuple[int, int, date]], weekdays: list[tuple[int, int, date]], text: str
) -> list[date]:
    """Let "Tuesday the 24th" be one day, and refuse it when the 24th is no Tuesday."""
    if len(named) == 1 and len(weekdays) == 1:
        first, second = sorted((*named, *weekdays))
        day, weekday = named[0][2], weekdays[0][2]
        if _JOINS.fullmatch(text[first[1] : second[0]]):
            if day.weekday() != weekday.weekday():
                raise ValueError(
                    f"{_spoken(day)} is a {day:%A}, not a {weekday:%A}. Which day do you mean?"
                )
            return [day]
    return list(dict.fromkeys(day for _, _, day in sorted(named + weekdays)))


def _dated(year: str | None, month: int, number: int, now: datetime) -> date:
    today = now.date()
    if year:
        digits = year.replace(" ", "")
        if len(digits) == 2:
            digits = ("20" if int(digits) <= today.year % 100 + 2 else "19") + digits
        return _date(int(digits), month, number)
    if (month, number) < (today.month, today.day):
        return _date(today.year + 1, month, number)
    return _date(today.year, month, number)


def _date(year: int, month: int, number: int) -> date:
    try:
        return date(year, month, number)
    except ValueError:
        pass
    if not 1 <= month <= 12:
        raise ValueError(f"There is no month number {month}. Which day do you mean?")
    name = _MONTHS[month - 1].capitalize()
    tail = f" in {year}" if (month, number) == (2, 29) else ""
    raise ValueError(f"There is no {name} {ordinal_word(number)}{tail}. Which day do you mean?")


def _next_monthday(number: int, today: date) -> date:
    if not 1 <= number <= 31:
        raise ValueError(f"No month has a {ordinal_word(number)}. Which day do you mean?")
    year, month = today.year, today.month
    for _ in range(13):
        try:
            day = date(year, month, number)
        except ValueError:
            day = date.min
        if day >= today:
            return day
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    raise AssertionError("every day of the month comes within a year")


def _spoken(day: date) -> str:
    return f"{day:%B} {ordinal_word(day.day)}"


def _number(said: str) -> int:
    return {"first": 1, "second": 2}.get(said) or int(re.sub(r"\D", "", said))


def _count(said: str) -> int:
    return int(said) if said.isdigit() else 1


def _index(name: str) -> int | None:
    return next((n for n, full in enumerate(_WEEKDAYS) if full[:3] == name[:3]), None)


def _coming(name: str, today: date) -> date:
    ahead = ((_index(name) or 0) - today.weekday() - 1) % 7 + 1
    return today + timedelta(days=ahead)


def _in_week(name: str, today: date, *, weeks: int) -> date:
    monday = today - timedelta(days=today.weekday())
    return monday + timedelta(weeks=weeks, days=_index(name) or 0)


def _mask(text: str, match: re.Match[str]) -> str:
    """Blank out a find, keeping every other position; the last sign tells what stood there."""
    width = match.end() - match.start()
    return text[: match.start()] + "~" * width + text[match.end() :]

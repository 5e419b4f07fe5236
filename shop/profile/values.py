"""The kinds of values in a shop's file. What is refused says what it must be."""

import datetime as dt
import re
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, Strict

Span = tuple[dt.time, dt.time]
"""From and until, as the clock on the wall shows it; the end is not part of it."""

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def _time(value: Any) -> dt.time:
    # Left to itself, pydantic reads a number as the seconds since midnight.
    if isinstance(value, str) and _CLOCK.fullmatch(value):
        return dt.time.fromisoformat(value)
    if isinstance(value, dt.time) and not (value.second or value.microsecond):
        return value
    raise ValueError('must be a time of day from "00:00" to "23:59", with two digits each')


def _date(value: Any) -> dt.date:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    raise ValueError("must be a date without quotes, year first")


def _pair(value: Any) -> Any:
    if isinstance(value, list | tuple) and len(value) == 2:
        return value
    raise ValueError("must be two in brackets, the first and the last")


def _forwards(span: Span) -> Span:
    if span[0] >= span[1]:
        raise ValueError("the first time must be before the second")
    return span


def _onwards(days: tuple[dt.date, dt.date]) -> tuple[dt.date, dt.date]:
    if days[0] > days[1]:
        raise ValueError("the first day must not be after the last")
    return days


def _rising(price: tuple[int, int]) -> tuple[int, int]:
    if price[0] > price[1]:
        raise ValueError("the lower price comes first")
    return price


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        name = ""
    # Systems have these too, but calendars do not know them, and some count leap seconds.
    if not name or name in ("localtime", "Factory") or name.startswith(("posix", "right/")):
        raise ValueError("must be a time zone of the IANA list")
    return name


def _on_one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must be plain text on one line")
    return text


Whole = Annotated[int, Strict()]
Truth = Annotated[bool, Strict()]
Words = Annotated[str, Field(min_length=1)]
Name = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_on_one_line)]
Number = Annotated[str, Field(pattern=r"^\+[1-9][0-9]{6,14}$")]
Date = Annotated[dt.date, BeforeValidator(_date)]
Dates = Annotated[tuple[Date, Date], BeforeValidator(_pair), AfterValidator(_onwards)]
Time = Annotated[dt.time, BeforeValidator(_time)]
Times = Annotated[tuple[Time, Time], BeforeValidator(_pair), AfterValidator(_forwards)]
Dollars = Annotated[Whole, Field(ge=0, le=100_000)]
Zone = Annotated[str, AfterValidator(_known_zone)]
Price = Annotated[tuple[Dollars, Dollars], BeforeValidator(_pair), AfterValidator(_rising)]

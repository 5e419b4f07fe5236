"""How a shop is written down: TOML, checked field by field and then as a whole."""

import datetime as dt
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from shop.catalog import Category, Service, ways_to_say

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
"""Names of the days as the file spells them, in the order of `date.weekday`."""

Span = tuple[dt.time, dt.time]
"""From and until, as the clock on the wall shows it; the end is not part of it."""


class ProfileRefused(Exception):
    """The file does not describe a shop. The text names the file, the place in it and the mend."""


Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


def _forwards(span: Span) -> Span:
    if span[0] >= span[1]:
        raise ValueError("the first time must be before the second, as in ['08:00', '18:00']")
    return span


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("must be a time zone such as America/Chicago") from None
    return name


def _rising(price: tuple[int, int]) -> tuple[int, int]:
    if price[0] > price[1]:
        raise ValueError("the lower price comes first, as in [40, 80]")
    return price


SpanText = Annotated[Span, AfterValidator(_forwards)]
Words = Annotated[str, Field(min_length=1)]
Number = Annotated[str, Field(pattern=r"^\+[1-9]\d{6,14}$")]
Dollars = Annotated[int, Field(ge=0, le=100_000)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class _Week(_Part):
    monday: SpanText | None = None
    tuesday: SpanText | None = None
    wednesday: SpanText | None = None
    thursday: SpanText | None = None
    friday: SpanText | None = None
    saturday: SpanText | None = None
    sunday: SpanText | None = None

    def days(self) -> tuple[Span | None, ...]:
        return tuple(getattr(self, day) for day in DAYS)


class _Bookable(_Week):
    lunch: SpanText | None = None


class _Holiday(_Part):
    name: Words
    date: dt.date | None = None
    month: Annotated[int, Field(ge=1, le=12)] | None = None
    day: Annotated[int, Field(ge=1, le=31)] | None = None
    weekday: Day | None = None
    nth: Annotated[int, Field(ge=-5, le=5)] | None = None


class _Service(_Part):
    name: Words
    aliases: tuple[Words, ...] = ()
    minutes: Annotated[int, Field(ge=5, le=600)]
    price: Annotated[tuple[Dollars, Dollars], AfterValidator(_rising)] | None = None
    category: Category
    auto_book: bool = True
    drop_off: bool = False
    mentioned: bool = True


class _Technician(_Part):
    services: Annotated[tuple[str, ...], Field(min_length=1)]
    calendar: Words | None = None
    away: tuple[tuple[dt.date, dt.date], ...] = ()


class _Transfer(_Part):
    name: Words
    number: Number
    hours: _Week


class ShopFile(_Part):
    """The keys of the file."""

    name: Words
    address: Words
    phone: Number
    zone: Annotated[str, AfterValidator(_known_zone)]
    horizon_days: Annotated[int, Field(ge=1, le=365)]
    lead_minutes: Annotated[int, Field(ge=0, le=10_080)]
    grid_minutes: Annotated[int, Field(ge=5, le=240)]
    hold_minutes: Annotated[int, Field(ge=1, le=30)] = 5
    undo_hours: Annotated[int, Field(ge=0, le=168)] = 24
    offer_minutes: Annotated[int, Field(ge=10, le=1440)] = 120
    payment_note: Words
    towing_note: Words
    advisors: tuple[Words, ...] = ()
    technicians: dict[str, _Technician] = {}
    hours: _Week
    bookable: _Bookable
    holidays: tuple[_Holiday, ...] = ()
    bays: Annotated[dict[str, tuple[str, ...]], Field(min_length=1)]
    services: Annotated[dict[str, _Service], Field(min_length=1)]
    transfer: dict[str, _Transfer] = {}


def read(path: Path) -> ShopFile:
    """What a file says, once it makes sense.

    Raises:
        ProfileRefused: The file is missing, or something in it is; one line for each fault.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        written = ShopFile.model_validate(raw)
    except OSError as error:
        raise ProfileRefused(
            f"{path} cannot be read ({error.strerror}); copy barts.toml there and edit it"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProfileRefused(f"{path} is not TOML: {error}") from error
    except ValidationError as error:
        faults = [_fault(path, fault["loc"], fault["msg"]) for fault in error.errors()]
        raise ProfileRefused("\n".join(faults)) from error
    faults = [f"{path.name}, {fault}" for fault in _contradictions(written)]
    if faults:
        raise ProfileRefused("\n".join(faults))
    return written


def _fault(path: Path, location: tuple[int | str, ...], message: str) -> str:
    said = message.removeprefix("Value error, ")
    mend = {
        "Field required": "is missing; add it",
        "Extra inputs are not permitted": "is not a known key; check the spelling or remove it",
    }.get(said, said[0].lower() + said[1:])
    return f"{path.name}, {'.'.join(map(str, location))}: {mend}"


def _contradictions(written: ShopFile) -> Iterator[str]:
    for number, holiday in enumerate(written.holidays):
        ways = (
            holiday.date is not None,
            holiday.month is not None and holiday.day is not None,
            holiday.month is not None and holiday.weekday is not None and bool(holiday.nth),
        )
        if sum(ways) != 1:
            yield (
                f"holidays.{number}: give {holiday.name} either date, or month and day, or month,"
                " weekday and nth"
            )
    yield from _unstaffed_work(written)
    yield from _unreachable_bookings(written)
    yield from _shared_names(written)


def _unstaffed_work(written: ShopFile) -> Iterator[str]:
    for bay, keys in written.bays.items():
        for key in keys:
            if key not in written.services:
                yield f"bays.{bay}: there is no service {key!r}; add it or remove it here"
    for name, technician in written.technicians.items():
        for key in technician.services:
            if key not in written.services:
                yield f"technicians.{name}: there is no service {key!r}; add it or remove it here"
    done = {key for keys in written.bays.values() for key in keys}
    for key in written.services.keys() - done:
        yield f"services.{key}: no bay can do it; name it in one of the bays"
    able = {key for technician in written.technicians.values() for key in technician.services}
    for key in written.services.keys() - able if written.technicians else ():
        yield f"services.{key}: no technician can do it; name it at one of them"


def _unreachable_bookings(written: ShopFile) -> Iterator[str]:
    for day in DAYS:
        bookable: Span | None = getattr(written.bookable, day)
        opening: Span | None = getattr(written.hours, day)
        if bookable is None:
            continue
        if opening is None:
            yield f"bookable.{day}: the shop is closed that day; remove it or add hours.{day}"
        elif bookable[0] < opening[0] or bookable[1] > opening[1]:
            yield f"bookable.{day}: must lie within hours.{day}"


def _shared_names(written: ShopFile) -> Iterator[str]:
    meaning: dict[str, str] = {}
    for service in services(written):
        for words in sorted(ways_to_say(service)):
            other = meaning.setdefault(words, service.key)
            if other != service.key:
                yield f"services.{service.key}: {words!r} already means {other}; keep it in one"


def services(written: ShopFile) -> Iterator[Service]:
    """The catalogue of a file, prices in cents."""
    for key, service in written.services.items():
        dollars = service.price
        price = (dollars[0] * 100, dollars[1] * 100) if dollars else None
        fields = service.model_dump(exclude={"price"})
        yield Service(key=key, price=price, **fields)

"""The shop's own facts, read from a file and checked once, and what is closed at short notice."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Literal
from zoneinfo import ZoneInfo

from shop.profile import reading as profile_reading
from shop.profile.catalog import Catalog, Service
from shop.profile.checks import closure_days
from shop.profile.file import DAYS, ShopFile
from shop.profile.reading import ProfileRefused
from shop.profile.values import Span
from shop.words.numerals import plain

__all__ = [
    "DAYS", "Bay", "Closure", "Holiday", "ProfileRefused", "Shop", "Span", "Technician",
    "TransferTarget", "Week", "load_shop",
]  # fmt: skip

PACKAGE_FILE = Path(__file__).parents[1] / "barts.toml"

Week = tuple[Span | None, ...]
"""One entry for each of `DAYS`; None where the day is closed."""

ClosureKind = Literal["holiday", "weather", "other"]


@dataclass(frozen=True, slots=True)
class Closure:
    """Why a day is closed: the name as in "closed for …" or, of weather, "on account of …"."""

    name: str
    kind: ClosureKind


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day on which the shop is closed: one date, a day of each year, or an nth weekday of it."""

    name: str
    date: dt.date | None = None
    month: int = 0
    day: int | None = None
    weekday: int | None = None
    nth: int = 1

    def falls_on(self, day: dt.date) -> bool:
        """Whether `day` is this holiday. `nth` counts from the end of the month when negative."""
        if self.date is not None:
            return day == self.date
        if day.month != self.month:
            return False
        if self.day is not None:
            return day.day == self.day
        week = (day.day - 1) // 7 + 1 if self.nth > 0 else -((_days_in(day) - day.day) // 7 + 1)
        return day.weekday() == self.weekday and week == self.nth


def _days_in(day: dt.date) -> int:
    following = dt.date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return (following - day.replace(day=1)).days


@dataclass(frozen=True, slots=True)
class Bay:
    """A place to work on a car, and the keys of the services it can do."""

    name: str
    services: frozenset[str]


@dataclass(frozen=True, slots=True)
class Technician:
    """Somebody who works on cars, and the keys of the services they can do.

    Attributes:
        calendar: The id of a calendar whose busy times are theirs.
        away: First and last days of absences.
    """

    name: str
    services: frozenset[str]
    calendar: str | None = None
    away: tuple[tuple[dt.date, dt.date], ...] = ()

    def is_away(self, day: dt.date) -> bool:
        """Whether they have the day off."""
        return any(first <= day <= last for first, last in self.away)


@dataclass(frozen=True, slots=True)
class TransferTarget:
    """Somebody a call can be put through to, and when they answer."""

    key: str
    name: str
    number: str
    hours: Week


@dataclass(frozen=True, slots=True)
class Shop:
    """Everything that is true of the shop whoever calls.

    Attributes:
        hours: When somebody is there.
        bookable: When a car may be in a bay by appointment, lunch aside.
        horizon_days: How many days ahead the schedule is open.
        lead_minutes: How much notice a booking needs.
        grid_minutes: Distance between possible starts.
        buffer_minutes: How long a bay and a technician stay free between two cars.
        hold_minutes: How long an offered time is kept for the caller.
        undo_hours: For how long a cancelled appointment can be brought back.
        offer_minutes: How long a freed time is kept for somebody on the waiting list.
        bays: In the order they are filled.
        technicians: In the order of the file; with none, only bays count.
        closures: Single days that are closed, beside the holidays of every year.
        person_words: Words for which the owner wants a person, in lower case.
    """

    name: str
    address: str
    phone: str
    zone: ZoneInfo
    horizon_days: int
    lead_minutes: int
    grid_minutes: int
    hold_minutes: int
    undo_hours: int
    offer_minutes: int
    payment_note: str
    towing_note: str
    hours: Week
    bookable: Week
    lunch: Span | None
    holidays: tuple[Holiday, ...]
    bays: tuple[Bay, ...]
    catalog: Catalog
    transfers: Mapping[str, TransferTarget]
    advisors: tuple[str, ...]
    technicians: tuple[Technician, ...]
    closures: Mapping[dt.date, Closure] = field(default_factory=lambda: MappingProxyType({}))
    buffer_minutes: int = 0
    person_words: tuple[str, ...] = ()

    def changed(self, closures: Mapping[dt.date, Closure], unavailable: frozenset[str]) -> "Shop":
        """The same shop with further closures, and without the people who cannot be reached."""
        there = {key: one for key, one in self.transfers.items() if key not in unavailable}
        return replace(
            self,
            closures=MappingProxyType({**self.closures, **closures}),
            transfers=MappingProxyType(there),
        )

    def transfer_target(self, key: str) -> TransferTarget | None:
        """Whom a key such as `service_advisor` stands for, if anybody."""
        return self.transfers.get(key)

    def bays_for(self, service_key: str) -> tuple[str, ...]:
        """The names of the bays that can do a service."""
        return tuple(bay.name for bay in self.bays if service_key in bay.services)

    def technicians_for(self, service_key: str) -> tuple[Technician, ...]:
        """Who can do a service."""
        return tuple(one for one in self.technicians if service_key in one.services)


def load_shop(path: Path = PACKAGE_FILE) -> Shop:
    """The shop that a TOML file describes.

    Raises:
        ProfileRefused: The file is missing, or something in it is; one line for each fault.
    """
    written = profile_reading.read(path)
    return Shop(
        name=written.name,
        address=written.address,
        phone=written.phone,
        zone=ZoneInfo(written.zone),
        horizon_days=written.horizon_days,
        lead_minutes=written.lead_minutes,
        grid_minutes=written.grid_minutes,
        hold_minutes=written.hold_minutes,
        undo_hours=written.undo_hours,
        offer_minutes=written.offer_minutes,
        payment_note=written.payment_note,
        towing_note=written.towing_note,
        hours=written.hours.days(),
        bookable=written.bookable.days(),
        lunch=written.bookable.lunch,
        holidays=_holidays(written),
        bays=tuple(Bay(name, frozenset(keys)) for name, keys in written.bays.items()),
        catalog=_catalog(written),
        transfers=_transfers(written),
        advisors=written.advisors,
        technicians=tuple(
            Technician(name, frozenset(one.services), one.calendar, one.away)
            for name, one in written.technicians.items()
        ),
        closures=_closures(written),
        buffer_minutes=written.buffer_minutes,
        person_words=_person_words(written),
    )


def _catalog(written: ShopFile) -> Catalog:
    return Catalog(
        tuple(
            Service(
                key=key,
                name=one.name,
                minutes=one.minutes,
                category=one.category,
                aliases=one.aliases,
                price=(one.price[0] * 100, one.price[1] * 100) if one.price else None,
                auto_book=one.booking == "auto_book",
                visit=one.visit,
                mentioned=one.mentioned,
            )
            for key, one in written.services.items()
        )
    )


def _closures(written: ShopFile) -> Mapping[dt.date, Closure]:
    closed: dict[dt.date, Closure] = {}
    for one in written.closures:
        first, last = closure_days(one) or (dt.date.max, dt.date.min)
        for ahead in range((last - first).days + 1):
            closed[first + dt.timedelta(days=ahead)] = Closure(one.name, one.kind)
    return MappingProxyType(closed)


def _holidays(written: ShopFile) -> tuple[Holiday, ...]:
    return tuple(
        Holiday(
            name=holiday.name,
            date=holiday.date,
            month=holiday.month or 0,
            day=holiday.day,
            weekday=DAYS.index(holiday.weekday) if holiday.weekday else None,
            nth=holiday.nth or 1,
        )
        for holiday in written.holidays
    )


def _person_words(written: ShopFile) -> tuple[str, ...]:
    return tuple(plain(words) for words in written.escalation.words) if written.escalation else ()


def _transfers(written: ShopFile) -> Mapping[str, TransferTarget]:
    return MappingProxyType(
        {
            key: TransferTarget(key, target.name, target.number, target.hours.days())
            for key, target in written.transfer.items()
        }
    )

"""Which times of a day are free, in which bay and with whom. Pure: the schedule is handed in.

A time is free when a bay that can do the service and, if the shop names technicians, one who can do
it and is not away that day are both free for its whole length, with `Shop.buffer_minutes` between
two cars. Bays fill in the order of the shop file. Of the technicians, those who can do the fewest
services go first, so that versatile ones stay free for what only they can do; of equals, the first
in the shop file.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeVar

from shop.errors import BeyondHorizon, InThePast, OutsideHours, TooSoon
from shop.profile import hours
from shop.profile.catalog import Service
from shop.profile.shop import Shop, Technician

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Busy:
    """What is taken from a moment until another; the end is free again.

    A bay, a technician, or both; with neither, the whole shop.

    Attributes:
        promised: Somebody has only been offered it so far.
        blocked: No car is in it: it needs no time before and after.
    """

    bay: str | None
    starts_at: datetime
    ends_at: datetime
    technician: str | None = None
    promised: bool = False
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A bay, and who works in it; nobody in a shop that names no technicians."""

    bay: str
    technician: str | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """A bookable time. `starts_at` is in UTC; the caller never hears of bay and technician."""

    service_key: str
    starts_at: datetime
    minutes: int
    bay: str
    technician: str | None = None

    @property
    def ends_at(self) -> datetime:
        """When it is over, in UTC."""
        return self.starts_at + timedelta(minutes=self.minutes)

    @property
    def place(self) -> Place:
        """Where it is, and with whom."""
        return Place(self.bay, self.technician)


def starts(shop: Shop, service: Service, day: date) -> Iterator[datetime]:
    """Every start on the grid at which the service fits between opening, lunch and closing."""
    step, length = timedelta(minutes=shop.grid_minutes), timedelta(minutes=service.minutes)
    for begins, ends in hours.windows(shop, day):
        start = begins
        while start + length <= ends:
            yield start
            start += step


def bookable_starts(shop: Shop, service: Service, day: date, *, now: datetime) -> list[datetime]:
    """The starts that are neither gone, too soon nor too far ahead."""
    earliest = now + timedelta(minutes=shop.lead_minutes)
    if day > last_day(shop, now):
        return []
    return [start for start in starts(shop, service, day) if start >= earliest]


def free(
    shop: Shop, service: Service, day: date, *, busy: Iterable[Busy], now: datetime
) -> tuple[Slot, ...]:
    """The free times of a day in order, each with the place it would be given."""
    taken = tuple(busy)
    able = candidates(shop, service, day)
    found = []
    for start in bookable_starts(shop, service, day, now=now):
        ends_at = start + timedelta(minutes=service.minutes)
        where = _first_free(able, _meeting(shop, start, ends_at, taken))
        if where is not None:
            found.append(Slot(service.key, start, service.minutes, where.bay, where.technician))
    return tuple(found)


def place(
    shop: Shop,
    service: Service,
    starts_at: datetime,
    busy: Sequence[Busy],
    *,
    prefer: Place | None = None,
) -> Place | None:
    """Where a service can be done at a time: in the bay and by whom one prefers, if they can."""
    bays, technicians = candidates(shop, service, starts_at.astimezone(shop.zone).date())
    if prefer is not None:
        bays = _first(bays, prefer.bay)
        technicians = _first(technicians, prefer.technician)
    ends_at = starts_at + timedelta(minutes=service.minutes)
    return _first_free((bays, technicians), _meeting(shop, starts_at, ends_at, busy))


def candidates(
    shop: Shop, service: Service, day: date
) -> tuple[tuple[str, ...], tuple[str | None, ...]]:
    """Which bays and technicians can do a service on a day, best first."""
    if not shop.technicians:
        return shop.bays_for(service.key), (None,)
    able = [one for one in shop.technicians_for(service.key) if not one.is_away(day)]
    return shop.bays_for(service.key), tuple(one.name for one in sorted(able, key=_skills))


def _skills(technician: Technician) -> int:
    return len(technician.services)


def _first(names: tuple[_T, ...], wished: _T) -> tuple[_T, ...]:
    return tuple(sorted(names, key=lambda name: name != wished))


def _meeting(
    shop: Shop, starts_at: datetime, ends_at: datetime, busy: Sequence[Busy]
) -> list[Busy]:
    """What is too close to a stretch of time for a car to be there then."""
    gap = timedelta(minutes=shop.buffer_minutes)
    since, until = starts_at - gap, ends_at + gap
    return [
        b
        for b in busy
        if (b.starts_at < ends_at and starts_at < b.ends_at)
        or (not b.blocked and b.starts_at < until and since < b.ends_at)
    ]


def _first_free(
    able: tuple[tuple[str, ...], tuple[str | None, ...]], then: Sequence[Busy]
) -> Place | None:
    if any(b.bay is None and b.technician is None for b in then):
        return None
    bays = {b.bay for b in then}
    people = {b.technician for b in then if b.technician is not None}
    bay = next((name for name in able[0] if name not in bays), None)
    if bay is None:
        return None
    for name in able[1]:
        if name not in people:
            return Place(bay, name)
    return None


def nearest(slots: Iterable[Slot], near: time, *, shop: Shop, limit: int) -> tuple[Slot, ...]:
    """The slots closest to a wall-clock time, closest first, the earlier of two first."""

    def distance(slot: Slot) -> tuple[int, datetime]:
        local = slot.starts_at.astimezone(shop.zone)
        gap = (local.hour - near.hour) * 60 + local.minute - near.minute
        return abs(gap), slot.starts_at

    return tuple(sorted(slots, key=distance)[:limit])


def spread(slots: Sequence[Slot], limit: int) -> tuple[Slot, ...]:
    """A few of many, from the first to the last with even gaps; all of a few."""
    count = len(slots)
    if count <= limit or limit < 2:
        return tuple(slots[:limit])
    return tuple(slots[min(n * count // (limit - 1), count - 1)] for n in range(limit))


def last_day(shop: Shop, now: datetime) -> date:
    """The last day the schedule is open for."""
    return now.astimezone(shop.zone).date() + timedelta(days=shop.horizon_days)


def days_of(shop: Shop, starts_at: datetime, ends_at: datetime) -> tuple[date, ...]:
    """The local days that a stretch of time lies in; its end is not part of it."""
    first = starts_at.astimezone(shop.zone).date()
    last = (ends_at - timedelta(microseconds=1)).astimezone(shop.zone).date()
    return tuple(first + timedelta(days=on) for on in range(max(0, (last - first).days) + 1))


def check(
    shop: Shop, service: Service, starts_at: datetime, *, now: datetime, promised: bool = False
) -> None:
    """Refuse a start that no schedule, however empty, could hold.

    Somebody who was promised the time in time may take it later than others could ask for it.

    Raises:
        InThePast, TooSoon, BeyondHorizon, OutsideHours: Without alternatives.
    """
    if starts_at <= now:
        raise InThePast("That time has already gone.")
    if starts_at < now + timedelta(minutes=shop.lead_minutes) and not promised:
        raise TooSoon("That's too soon for us to be ready.")
    day = starts_at.astimezone(shop.zone).date()
    if day > last_day(shop, now):
        raise BeyondHorizon("Our schedule isn't open that far ahead yet.")
    if starts_at not in starts(shop, service, day):
        raise OutsideHours("We can't take the car in at that time.")

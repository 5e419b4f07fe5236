"""Which times of a day are free, and in which bay. Pure: the schedule is handed in."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from shop import hours
from shop.catalog import Service
from shop.errors import BeyondHorizon, InThePast, OutsideHours, TooSoon
from shop.profile import Shop


@dataclass(frozen=True, slots=True)
class Busy:
    """A bay that is taken from a moment until another; the end is free again."""

    bay: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Slot:
    """A bookable time. `starts_at` is in UTC; the caller never hears of the bay."""

    service_key: str
    starts_at: datetime
    minutes: int
    bay: str


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
    """The free times of a day in order, each in the first bay that is free then."""
    taken = [b for b in busy if b.bay in shop.bays_for(service.key)]
    found = []
    for start in bookable_starts(shop, service, day, now=now):
        bay = free_bay(shop, service, start, taken)
        if bay is not None:
            found.append(Slot(service.key, start, service.minutes, bay))
    return tuple(found)


def free_bay(shop: Shop, service: Service, starts_at: datetime, busy: Sequence[Busy]) -> str | None:
    """The first bay that can do the service and is free for all of it."""
    ends_at = starts_at + timedelta(minutes=service.minutes)
    taken = {b.bay for b in busy if b.starts_at < ends_at and starts_at < b.ends_at}
    return next((bay for bay in shop.bays_for(service.key) if bay not in taken), None)


def nearest(slots: Iterable[Slot], near: time, *, shop: Shop, limit: int) -> tuple[Slot, ...]:
    """The slots closest to a wall-clock time, closest first, the earlier of two first."""

    def distance(slot: Slot) -> tuple[int, datetime]:
        local = slot.starts_at.astimezone(shop.zone)
        gap = (local.hour - near.hour) * 60 + local.minute - near.minute
        return abs(gap), slot.starts_at

    return tuple(sorted(slots, key=distance)[:limit])


def last_day(shop: Shop, now: datetime) -> date:
    """The last day the schedule is open for."""
    return now.astimezone(shop.zone).date() + timedelta(days=shop.horizon_days)


def check(shop: Shop, service: Service, starts_at: datetime, *, now: datetime) -> None:
    """Refuse a start that no schedule, however empty, could hold.

    Raises:
        InThePast, TooSoon, BeyondHorizon, OutsideHours: Without alternatives.
    """
    if starts_at <= now:
        raise InThePast("That time has already gone.")
    if starts_at < now + timedelta(minutes=shop.lead_minutes):
        raise TooSoon("That's too soon for us to be ready.")
    day = starts_at.astimezone(shop.zone).date()
    if day > last_day(shop, now):
        raise BeyondHorizon("Our schedule isn't open that far ahead yet.")
    if starts_at not in starts(shop, service, day):
        raise OutsideHours("We can't take the car in at that time.")

"""Which times are free, found the slow way: minute by minute, from the clock on the wall."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from shop.profile.catalog import Service
from shop.profile.shop import Shop
from shop.schedule.slots import Busy

MINUTE = timedelta(minutes=1)


@lru_cache(maxsize=256)
def minutes_of(zone: ZoneInfo, day: date) -> tuple[tuple[datetime, time], ...]:
    """Every minute of a local day, in UTC and on the wall, which may skip or repeat some."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    found = []
    for on in range(-36 * 60, 36 * 60):
        moment = noon + on * MINUTE
        wall = moment.astimezone(zone)
        if wall.date() == day:
            found.append((moment, wall.time().replace(fold=0)))
    return tuple(found)


def stretches(shop: Shop, day: date) -> list[tuple[datetime, datetime]]:
    """From when until when cars are taken in: from the first minute that is late enough on."""
    span = shop.bookable[day.weekday()]
    minutes = minutes_of(shop.zone, day)
    if span is None or not minutes or any(h.falls_on(day) for h in shop.holidays):
        return []

    def first(edge: time) -> datetime:
        return next(moment for moment, wall in minutes if wall >= edge)

    pieces = [span]
    if shop.lunch is not None:
        pieces = [(span[0], min(shop.lunch[0], span[1])), (max(shop.lunch[1], span[0]), span[1])]
    return [(first(begins), first(ends)) for begins, ends in pieces if begins < ends]


def _too_close(busy: Busy, start: datetime, end: datetime, buffer_minutes: int) -> bool:
    between = max(busy.starts_at, start) - min(busy.ends_at, end)
    return between < (timedelta() if busy.blocked else buffer_minutes * MINUTE)


def free_starts(
    shop: Shop, service: Service, day: date, busy: Iterable[Busy], now: datetime
) -> dict[datetime, tuple[list[str], list[str | None]]]:
    """Every start that can be had, with the bays and technicians that are free all the while."""
    today = now.astimezone(shop.zone).date()
    earliest = now + timedelta(minutes=shop.lead_minutes)
    found = {}
    for begins, ends in stretches(shop, day):
        for on in range(int((ends - begins) / MINUTE)):
            start, end = begins + on * MINUTE, begins + (on + service.minutes) * MINUTE
            if on % shop.grid_minutes or end > ends or start < earliest:
                continue
            if day > today + timedelta(days=shop.horizon_days):
                continue
            then = [b for b in busy if _too_close(b, start, end, shop.buffer_minutes)]
            if any(b.bay is None and b.technician is None for b in then):
                continue
            bays = [
                bay.name
                for bay in shop.bays
                if service.key in bay.services and all(b.bay != bay.name for b in then)
            ]
            people: list[str | None] = [
                one.name
                for one in shop.technicians
                if service.key in one.services
                and not any(first <= day <= last for first, last in one.away)
                and all(b.technician != one.name for b in then)
            ]
            if not shop.technicians:
                people = [None]
            if bays and people:
                found[start] = bays, people
    return found

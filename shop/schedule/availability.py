"""What is free: the pure rules of `shop.schedule.slots` over the schedule as it is now."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from shop.profile import hours
from shop.profile.catalog import Service
from shop.profile.shop import Shop
from shop.schedule import slots, taken
from shop.schedule.slots import Busy, Slot
from shop.schedule.within import ANY_TIME, Choice, Within, choose

_SEARCHED_DAYS = 14
_OTHER_DAYS = 3
_FULL = "fully booked"
_PROMISED = "holding our last times for other callers just now"


@dataclass(frozen=True, slots=True)
class DaySlots:
    """What a day offers for a service.

    Attributes:
        open: Whether cars are taken in by appointment that day.
        reason: Why there is nothing, as the end of "That day we're …"; None if there is.
        slots: Free times; the nearest to the wished time come first.
        other_days: Where there is nothing: the nearest days on which there is.
        more: The day has more times that would suit.
        met: They are at the time of day that was wished.
    """

    day: date
    service: Service
    open: bool
    reason: str | None
    slots: tuple[Slot, ...]
    other_days: tuple[date, ...]
    more: bool = False
    met: bool = True

    @classmethod
    def of(cls, service: Service, day: date, chosen: Choice) -> "DaySlots":
        """What was chosen of a day that has free times."""
        return cls(day, service, True, None, chosen.slots, (), chosen.more, chosen.met)


def why_closed(shop: Shop, service: Service, day: date, *, now: datetime) -> str | None:
    """Why no car could be taken in on a day even if nothing were booked; None if it could."""
    if day < now.astimezone(shop.zone).date():
        return "not able to book a day that has passed"
    if day > slots.last_day(shop, now):
        return "not taking bookings that far ahead yet"
    if not hours.windows(shop, day):
        return hours.closed_spoken(shop, day) or "not taking cars in by appointment"
    if not slots.bookable_starts(shop, service, day, now=now):
        return "out of times for the day"
    return None


@dataclass(frozen=True, slots=True)
class Availability:
    """Reads the schedule over a connection that the caller owns; holds and locks nothing.

    What `holders` are promised is free to them, and to nobody else. A `car` is not free while it is
    booked in somewhere.
    """

    conn: AsyncConnection[Any]
    shop: Shop
    now: datetime
    holders: Collection[str] = ()
    car: UUID | None = None

    async def on(
        self,
        service: Service,
        day: date,
        *,
        near: time | None,
        limit: int,
        within: Within = ANY_TIME,
    ) -> DaySlots:
        """The free times of a day: the nearest to a wished time first, or from early to late."""
        if why_closed(self.shop, service, day, now=self.now):
            return await self.instead(service, day, ())
        busy = await self._busy(day, day)
        free = slots.free(self.shop, service, day, busy=busy, now=self.now)
        chosen = choose(free, within, near=near, shop=self.shop, limit=limit)
        if chosen.slots:
            return DaySlots.of(service, day, chosen)
        return await self.instead(service, day, busy, met=chosen.met)

    async def instead(
        self, service: Service, day: date, busy: Sequence[Busy], *, met: bool = True
    ) -> DaySlots:
        """Why a day on which so much is taken has no free time, and which days near it have.

        Of a day that has some, only not when they were wished (`met`), there is no reason to tell.
        """
        reason = why_closed(self.shop, service, day, now=self.now)
        if reason is None and met:
            booked = [one for one in busy if not one.promised]
            free = slots.free(self.shop, service, day, busy=booked, now=self.now)
            reason = _PROMISED if free else _FULL
        days = await self.days_with_room(service, self._days_around(day))
        is_open = bool(hours.windows(self.shop, day)) and self._within(day)
        return DaySlots(day, service, is_open, reason, (), days, met=met)

    async def days_with_room(self, service: Service, days: Sequence[date]) -> tuple[date, ...]:
        """The first few of some days, best first, that have a free time; in calendar order."""
        free = await self._free(service, [day for day in days if self._within(day)])
        found = list(dict.fromkeys(self._local_day(slot) for slot in free))[:_OTHER_DAYS]
        return tuple(sorted(found))

    async def near(
        self,
        service: Service,
        moment: datetime,
        *,
        limit: int,
        busy: Sequence[Busy] | None = None,
    ) -> tuple[Slot, ...]:
        """Free times around a moment that cannot be had, soonest first: that day, then others.

        Whoever knows what is taken on that day says so by `busy`.
        """
        local = moment.astimezone(self.shop.zone)
        day = local.date()
        found: Sequence[Slot] = ()
        if self._within(day):
            known = await self._busy(day, day) if busy is None else busy
            found = slots.free(self.shop, service, day, busy=known, now=self.now)
        if not found:
            found = await self._free(service, self._days_around(day))
            nearest_day = self._local_day(found[0]) if found else day
            found = [slot for slot in found if self._local_day(slot) == nearest_day]
        chosen = slots.nearest(found, local.time(), shop=self.shop, limit=limit)
        return tuple(sorted(chosen, key=lambda slot: slot.starts_at))

    async def _free(self, service: Service, days: Sequence[date]) -> list[Slot]:
        """The free slots of these days, day by day in the order given."""
        if not days:
            return []
        busy = await self._busy(min(days), max(days))
        return [
            slot
            for day in days
            for slot in slots.free(self.shop, service, day, busy=busy, now=self.now)
        ]

    async def _busy(self, first: date, last: date) -> tuple[Busy, ...]:
        span = taken.bounds(self.shop, first, last)
        found = await taken.read(self.conn, self.shop, span, now=self.now, holders=self.holders)
        if self.car is None:
            return found.busy
        return (*found.busy, *await taken.of_car(self.conn, self.car, span))

    def _days_around(self, day: date) -> list[date]:
        """The days to look at instead, best first: later ones, or back from the horizon."""
        last = slots.last_day(self.shop, self.now)
        if day > last:
            ahead = (last - timedelta(days=back) for back in range(_SEARCHED_DAYS))
        else:
            first = max(day + timedelta(days=1), self._today)
            ahead = (first + timedelta(days=on) for on in range(_SEARCHED_DAYS))
        return [other for other in ahead if self._within(other)]

    @property
    def _today(self) -> date:
        return self.now.astimezone(self.shop.zone).date()

    def _within(self, day: date) -> bool:
        return self._today <= day <= slots.last_day(self.shop, self.now)

    def _local_day(self, slot: Slot) -> date:
        return slot.starts_at.astimezone(self.shop.zone).date()

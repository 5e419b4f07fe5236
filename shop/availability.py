"""What is free: the pure rules of `shop.slots` over the schedule as it is now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from psycopg import AsyncConnection

from shop import hours, slots
from shop.appointments import Appointments
from shop.catalog import Service
from shop.profile import Shop
from shop.slots import Slot

_SEARCHED_DAYS = 14
_OTHER_DAYS = 3


@dataclass(frozen=True, slots=True)
class DaySlots:
    """What a day offers for a service.

    Attributes:
        open: Whether cars are taken in by appointment that day.
        reason: Why there is nothing, as the end of "That day we're …"; None if there is.
        slots: Free times; the nearest to the wished time come first.
        other_days: Where there is nothing: the nearest days on which there is.
    """

    day: date
    service: Service
    open: bool
    reason: str | None
    slots: tuple[Slot, ...]
    other_days: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Availability:
    """Reads the schedule over a connection that the caller owns."""

    conn: AsyncConnection[Any]
    shop: Shop
    now: datetime

    async def on(self, service: Service, day: date, *, near: time | None, limit: int) -> DaySlots:
        """The free times of a day, soonest first, or nearest first to a wished time."""
        closed = self._why_closed(service, day)
        free = [] if closed else await self._free(service, [day])
        if free:
            wished = near or time.min
            chosen = slots.nearest(free, wished, shop=self.shop, limit=limit)
            return DaySlots(day, service, True, None, chosen, ())
        others = await self._free(service, self._days_around(day))
        days = list(dict.fromkeys(self._local_day(slot) for slot in others))[:_OTHER_DAYS]
        is_open = bool(hours.windows(self.shop, day)) and self._within(day)
        return DaySlots(day, service, is_open, closed or "fully booked", (), tuple(sorted(days)))

    async def near(self, service: Service, moment: datetime, *, limit: int) -> tuple[Slot, ...]:
        """Free times around a moment that cannot be had, soonest first: that day, then others."""
        local = moment.astimezone(self.shop.zone)
        day = local.date()
        found = list(await self._free(service, [day])) if self._within(day) else []
        if not found:
            found = await self._free(service, self._days_around(day))
            nearest_day = self._local_day(found[0]) if found else day
            found = [slot for slot in found if self._local_day(slot) == nearest_day]
        chosen = slots.nearest(found, local.time(), shop=self.shop, limit=limit)
        return tuple(sorted(chosen, key=lambda slot: slot.starts_at))

    def _why_closed(self, service: Service, day: date) -> str | None:
        if day < self._today:
            return "not able to book a day that has passed"
        if not self._within(day):
            return "not taking bookings that far ahead yet"
        if not hours.windows(self.shop, day):
            holiday = hours.holiday(self.shop, day)
            return f"closed for {holiday}" if holiday else "closed"
        if not slots.bookable_starts(self.shop, service, day, now=self.now):
            return "out of times for the day"
        return None

    async def _free(self, service: Service, days: Sequence[date]) -> list[Slot]:
        """The free slots of these days, day by day in the order given."""
        if not days:
            return []
        busy = await Appointments(self.conn).busy(
            self._midnight(min(days)), self._midnight(max(days) + timedelta(days=1))
        )
        return [
            slot
            for day in days
            for slot in slots.free(self.shop, service, day, busy=busy, now=self.now)
        ]

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

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time.min, tzinfo=self.shop.zone).astimezone(UTC)

"""What of a stretch of time that has come free can be offered to whom. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from shop.errors import UnknownService
from shop.profile import hours
from shop.profile.catalog import Service
from shop.profile.shop import Shop
from shop.schedule import slots
from shop.schedule.slots import Busy, Slot
from shop.schedule.waitrows import Entry
from shop.words.times import Part


def part_of(shop: Shop, moment: datetime) -> Part:
    """The part of the day a moment is in, on the shop's clock."""
    hour = moment.astimezone(shop.zone).hour
    return "morning" if hour < 12 else "afternoon" if hour < 17 else "evening"


class Freed:
    """What of a freed stretch of time is still to be had while it is being offered."""

    def __init__(
        self,
        shop: Shop,
        now: datetime,
        days: Sequence[date],
        starts_at: datetime,
        ends_at: datetime,
        busy: list[Busy],
    ) -> None:
        self._shop, self._now, self._days = shop, now, days
        self._starts_at, self._ends_at = starts_at, ends_at
        self._busy = busy
        self._known: dict[str, tuple[Slot, ...]] = {}

    def first_for(self, entry: Entry) -> Slot | None:
        """The first time in it that is right for somebody and can still be told to them."""
        service = service_of(self._shop, entry)
        if service is None:
            return None
        return next((slot for slot in self._free(service) if self._suits(entry, slot)), None)

    def take(self, slot: Slot) -> None:
        """Somebody has been offered that."""
        busy = Busy(slot.bay, slot.starts_at, slot.ends_at, slot.technician, promised=True)
        self._busy.append(busy)
        self._known.clear()

    def _free(self, service: Service) -> Iterable[Slot]:
        if service.key not in self._known:
            self._known[service.key] = tuple(
                slot
                for day in self._days
                for slot in slots.free(self._shop, service, day, busy=self._busy, now=self._now)
                if slot.starts_at < self._ends_at and self._starts_at < slot.ends_at
                if held_until(self._shop, slot, self._now) is not None
            )
        return self._known[service.key]

    def _suits(self, entry: Entry, slot: Slot) -> bool:
        day = slot.starts_at.astimezone(self._shop.zone).date()
        return entry.first_day <= day <= entry.last_day and entry.part in (
            None,
            part_of(self._shop, slot.starts_at),
        )


def held_until(shop: Shop, slot: Slot, now: datetime) -> datetime | None:
    """Until when a time is held for somebody whom staff have to ring; None if they cannot before.

    The time to answer begins when there is somebody who rings.
    """
    rung_at = now if hours.is_open(shop, now) else hours.next_opening(shop, now)
    if rung_at is None or rung_at >= slot.starts_at:
        return None
    return min(rung_at + timedelta(minutes=shop.offer_minutes), slot.starts_at)


def service_of(shop: Shop, entry: Entry) -> Service | None:
    """What somebody waits for; None if the shop has stopped doing it."""
    try:
        return shop.catalog.find(entry.service_type)
    except UnknownService:
        return None

"""Finds a place for a time and keeps it, inside a transaction that the caller owns."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from shop.errors import SlotTaken
from shop.profile.catalog import Service
from shop.profile.shop import Shop
from shop.schedule import slots, taken
from shop.schedule.slots import Place, Slot
from shop.schedule.taken import Span, Taken

JUST_TAKEN = "That time has just been taken."


@dataclass(frozen=True, slots=True)
class Placing:
    """The schedule from the point of view of somebody who holds promises."""

    conn: AsyncConnection[Any]
    shop: Shop
    now: datetime
    holders: Collection[str] = ()

    async def day(self, day: date, *, lock: bool = False) -> Taken:
        """What is taken on a local day; with `lock` it stays so until the transaction ends."""
        span = taken.bounds(self.shop, day, day)
        return await self._read(span, locking=[day] if lock else ())

    async def secure(
        self,
        service: Service,
        starts_at: datetime,
        *,
        besides: UUID | None = None,
        leaving: Iterable[date] = (),
        prefer: Place | None = None,
    ) -> Place:
        """A place that is free for a service and stays so until the transaction ends.

        What was promised comes first, then what is preferred. An appointment that moves does not
        stand in its own way (`besides`), and the days it leaves are locked with those it goes to.

        Raises:
            SlotTaken: There is none.
        """
        ends_at = starts_at + timedelta(minutes=service.minutes)
        days = [*slots.days_of(self.shop, starts_at, ends_at), *leaving]
        found = await self._read((starts_at, ends_at), besides=besides, locking=days)
        promise = found.promise(service.key, starts_at)
        wished = promise.place if promise else prefer
        where = slots.place(self.shop, service, starts_at, found.busy, prefer=wished)
        if where is None:
            raise SlotTaken(JUST_TAKEN)
        return where

    async def still_free(self, wished: Sequence[Slot]) -> tuple[Slot, ...]:
        """Those of some slots that can be had, and stay so until the transaction ends."""
        if not wished:
            return ()
        span = min(slot.starts_at for slot in wished), max(slot.ends_at for slot in wished)
        days = [d for s in wished for d in slots.days_of(self.shop, s.starts_at, s.ends_at)]
        found = await self._read(span, locking=days)
        return tuple(slot for each in wished if (slot := self._again(each, found)) is not None)

    def _again(self, wished: Slot, found: Taken) -> Slot | None:
        service = replace(self.shop.catalog.find(wished.service_key), minutes=wished.minutes)
        promise = found.promise(wished.service_key, wished.starts_at) or wished
        where = slots.place(self.shop, service, wished.starts_at, found.busy, prefer=promise.place)
        if where is None:
            return None
        return replace(wished, bay=where.bay, technician=where.technician)

    async def _read(
        self,
        span: Span,
        *,
        besides: UUID | None = None,
        locking: Iterable[date] = (),
    ) -> Taken:
        return await taken.read(
            self.conn,
            self.shop,
            span,
            now=self.now,
            holders=self.holders,
            besides=besides,
            locking=locking,
        )

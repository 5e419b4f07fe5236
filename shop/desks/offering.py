"""The part of the desk that looks for free times and holds them for callers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from shop.desks.records import Conn
from shop.desks.waiting import WaitDesk
from shop.errors import TimeRefused
from shop.profile.catalog import Service
from shop.schedule.availability import Availability, DaySlots, why_closed
from shop.schedule.booking import ALTERNATIVES
from shop.schedule.holds import Holds, Offer, Promises
from shop.schedule.slots import Slot
from shop.schedule.within import ANY_TIME, Choice, Within


@dataclass(frozen=True, slots=True)
class OfferDesk(WaitDesk):
    """Free times, as callers are told of them."""

    async def free_slots(
        self,
        service_key: str,
        day: date,
        *,
        near: time | None = None,
        limit: int = 3,
        within: Within = ANY_TIME,
        car: UUID | None = None,
        call_sid: str | None = None,
    ) -> DaySlots:
        """The free times of a day in the shop's zone; see `DaySlots` for a day without any.

        Only looks: nothing is held. What others are offered is not free; what `call_sid` is, is.
        A `car` is not free while it is booked in somewhere.
        """
        service = self.shop.catalog.find(service_key)
        async with self._records() as conn:
            look = self._availability(conn, call_sid, car)
            return await look.on(service, day, near=near, limit=limit, within=within)

    async def offer(
        self,
        call_sid: str,
        service_key: str,
        day: date,
        *,
        near: time | None = None,
        limit: int = 3,
        within: Within = ANY_TIME,
        car: UUID | None = None,
    ) -> DaySlots:
        """Free times of a day, held for the call for `Shop.hold_minutes` instead of earlier ones.

        The nearest to a wished time come first; with none, they spread over the day. If there is no
        free time, `DaySlots` says why and what is held stays held.
        """
        service = self.shop.catalog.find(service_key)
        offered = Offer(Choice(), ())
        if why_closed(self.shop, service, day, now=self._now) is None:

            async def write(conn: Conn) -> Offer:
                promises = Promises(conn, self.shop, self._now, call_sid)
                return await promises.offer(
                    service, day, near=near, limit=limit, within=within, car=car
                )

            offered = await self._write(write)
        chosen = offered.chosen
        if chosen.slots:
            return DaySlots.of(service, day, chosen)
        async with self._records() as conn:
            look = self._availability(conn, call_sid, car)
            return await look.instead(service, day, offered.busy, met=chosen.met)

    async def days_with_room(
        self, call_sid: str, service_key: str, first: date, last: date, *, car: UUID | None = None
    ) -> tuple[date, ...]:
        """Up to three days from the first to the last that have a free time, the latest of them."""
        service = self.shop.catalog.find(service_key)
        days = [last - timedelta(days=back) for back in range((last - first).days + 1)]
        async with self._records() as conn:
            return await self._availability(conn, call_sid, car).days_with_room(service, days)

    async def hold(self, call_sid: str, wished: Sequence[Slot]) -> tuple[Slot, ...]:
        """Hold those of some slots that are still free, instead of what the call held before."""
        if not wished:
            return ()

        async def write(conn: Conn) -> tuple[Slot, ...]:
            return await Promises(conn, self.shop, self._now, call_sid).hold(wished)

        return await self._write(write)

    async def keep(self, call_sid: str, slot: Slot) -> Slot:
        """Go on holding the slot a caller has settled on, as long again, and release the others.

        Raises:
            SlotTaken: Its hold had expired and somebody else has it; with alternatives.
        """
        service = self.shop.catalog.find(slot.service_key)

        async def write(conn: Conn) -> Slot:
            return await Promises(conn, self.shop, self._now, call_sid).keep(slot)

        try:
            return await self._write(write)
        except TimeRefused as refusal:
            wished = slot.starts_at
            raise await self._with_alternatives(refusal, service, wished, call_sid) from None

    async def release(self, call_sid: str) -> None:
        """Let go of everything that is held for a call; for when it is over."""
        async with self._records() as conn:
            await Holds(conn).release(call_sid)

    def _availability(
        self, conn: Conn, call_sid: str | None, car: UUID | None = None
    ) -> Availability:
        holders = (call_sid,) if call_sid else ()
        return Availability(conn, self.shop, self._now, holders, car)

    async def _with_alternatives(
        self,
        refusal: TimeRefused,
        service: Service,
        wished: datetime,
        call_sid: str,
        car: UUID | None = None,
    ) -> TimeRefused:
        if refusal.alternatives:
            return refusal
        async with self._records() as conn:
            near = self._availability(conn, call_sid, car).near
            found = await near(service, wished, limit=ALTERNATIVES)
        return type(refusal)(str(refusal), alternatives=found)

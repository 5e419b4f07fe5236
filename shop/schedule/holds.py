"""Times that are promised to somebody: offered, and kept free for a short while.

Two holders are never promised the same bay or the same technician at the same time. What one
holder is offered may overlap: they take one of it. A promise ends by being taken, given back, or
replaced by the next offer; what nobody ends, because a process died, simply expires.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from shop.errors import SlotTaken
from shop.profile.catalog import Service
from shop.profile.shop import Shop
from shop.schedule import slots, taken
from shop.schedule.placing import JUST_TAKEN, Placing
from shop.schedule.slots import Busy, Slot
from shop.schedule.within import ANY_TIME, Choice, Within, choose

WAITLIST = "waitlist:"
"""Begins the holder of a time that is held for an entry of the waiting list; its id follows."""


class Holds:
    """The slot_holds table. The caller owns the connection and so the transaction."""

    def __init__(self, conn: AsyncConnection[Any]) -> None:
        self._conn = conn

    async def release(self, *holders: str) -> None:
        """Let go of all that is held for these."""
        # In one order everywhere, so that two who let go of the same do not wait for each other.
        await self._conn.execute(
            """
            DELETE FROM slot_holds WHERE id IN (
                SELECT id FROM slot_holds WHERE holder = ANY(%s) ORDER BY id FOR UPDATE)
            """,
            [list(holders)],
        )

    async def forget(self, *, now: datetime) -> None:
        """Remove what has expired; what somebody else is removing already is left to them."""
        await self._conn.execute(
            """
            DELETE FROM slot_holds WHERE id IN (
                SELECT id FROM slot_holds WHERE expires_at <= %s ORDER BY id FOR UPDATE SKIP LOCKED)
            """,
            [now],
        )

    async def add(
        self, holder: str, held: Sequence[Slot], *, now: datetime, expires_at: datetime
    ) -> None:
        """Hold some slots. Their days are locked and they are known to be free."""
        await self._conn.execute(
            """
            INSERT INTO slot_holds (holder, service_type, during, service_bay, technician,
                                    expires_at, created_at)
            SELECT %(holder)s, s.service, tstzrange(s.starts_at, s.ends_at), b.id, t.id,
                   %(expires_at)s, %(now)s
              FROM unnest(%(services)s::text[], %(starts)s::timestamptz[], %(ends)s::timestamptz[],
                          %(bays)s::text[], %(technicians)s::text[])
                   AS s (service, starts_at, ends_at, bay, technician)
              JOIN bays b ON b.name = s.bay
              LEFT JOIN technicians t ON t.name = s.technician
            """,
            {
                "holder": holder,
                "now": now,
                "expires_at": expires_at,
                "services": [slot.service_key for slot in held],
                "starts": [slot.starts_at for slot in held],
                "ends": [slot.ends_at for slot in held],
                "bays": [slot.bay for slot in held],
                "technicians": [slot.technician for slot in held],
            },
        )


@dataclass(frozen=True, slots=True)
class Offer:
    """What somebody was promised of a day, and what was taken of it then."""

    chosen: Choice
    busy: tuple[Busy, ...]


@dataclass(frozen=True, slots=True)
class Promises:
    """What one holder is promised, in a transaction that the caller owns."""

    conn: AsyncConnection[Any]
    shop: Shop
    now: datetime
    holder: str

    async def offer(
        self,
        service: Service,
        day: date,
        *,
        near: time | None,
        limit: int,
        within: Within = ANY_TIME,
        car: UUID | None = None,
    ) -> Offer:
        """Hold a few free times of a day, instead of what was held before.

        The nearest to a wished time, else some from early to late; none at which a `car` is booked
        in already. If there are none, what was held before stays held.
        """
        busy = (await self._placing.day(day, lock=True)).busy
        if car is not None:
            span = taken.bounds(self.shop, day, day)
            busy = (*busy, *await taken.of_car(self.conn, car, span))
        free = slots.free(self.shop, service, day, busy=busy, now=self.now)
        chosen = choose(free, within, near=near, shop=self.shop, limit=limit)
        await self._replace(chosen.slots)
        return Offer(chosen, busy)

    async def hold(self, wished: Sequence[Slot]) -> tuple[Slot, ...]:
        """Hold those of some slots that are still free, instead of what was held before."""
        found = await self._placing.still_free(wished)
        await self._replace(found)
        return found

    async def keep(self, wished: Slot) -> Slot:
        """Go on holding one slot, as long again, and let go of the others.

        Raises:
            SlotTaken: It was not held any more, and somebody else has it; nothing has changed.
        """
        found = await self._placing.still_free([wished])
        if not found:
            raise SlotTaken(JUST_TAKEN)
        await self._replace(found)
        return found[0]

    @property
    def _placing(self) -> Placing:
        return Placing(self.conn, self.shop, self.now, (self.holder,))

    async def _replace(self, chosen: Sequence[Slot]) -> None:
        if not chosen:
            return
        holds = Holds(self.conn)
        async with self.conn.pipeline():
            await holds.forget(now=self.now)
            await holds.release(self.holder)
            await holds.add(
                self.holder,
                chosen,
                now=self.now,
                expires_at=self.now + timedelta(minutes=self.shop.hold_minutes),
            )

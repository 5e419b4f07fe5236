"""A desk on a test's own records, with a clock that only the test moves, and short ways to ask."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx

from shop.cars.nhtsa import Vpic
from shop.db import Pool
from shop.desk import DaySlots, Desk, NewCustomer, NewVehicle, Slot
from shop.profile.shop import Bay, Shop, Technician, load_shop
from shop.schedule.booking import Booking

SHOP = load_shop()
ZONE = SHOP.zone
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
"""A Monday, nine in the morning in Springfield; Thursday is Thanksgiving Day."""

TUESDAY = date(2026, 11, 24)
WEDNESDAY = date(2026, 11, 25)
DANIEL = NewCustomer("Daniel", "Brooks", "217-555-0131", "Daniel@Example.com")
CIVIC = NewVehicle(2018, "Honda", "Civic", color="Blue")
EVERYTHING = frozenset(service.key for service in SHOP.catalog.services)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """A time on the shop's wall."""
    return datetime.combine(day, time(hour, minute), tzinfo=ZONE)


def shop_with(bays: int, *technicians: str) -> Shop:
    """Bays A1, A2, … and people, all of whom can do everything."""
    return replace(
        SHOP,
        bays=tuple(Bay(f"A{n + 1}", EVERYTHING) for n in range(bays)),
        technicians=tuple(Technician(name, EVERYTHING) for name in technicians),
    )


def caller(number: int) -> NewCustomer:
    """A new customer of their own for each number."""
    letters = "".join(chr(65 + int(digit)) for digit in f"{number:04d}")
    return NewCustomer("Caller", f"Number {letters}", f"217555{1000 + number:04d}")


@dataclass(slots=True)
class Clock:
    """Says the time it was told."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        """Let time pass."""
        self.now += timedelta(**by)


@dataclass(frozen=True, slots=True)
class Front:
    """A desk, and shorter ways to ask it."""

    desk: Desk
    pool: Pool
    clock: Clock = field(default_factory=Clock)

    async def book(
        self,
        starts_at: datetime,
        *,
        key: str | None = None,
        call_sid: str = "CA1",
        customer: UUID | NewCustomer = DANIEL,
        vehicle: UUID | NewVehicle = CIVIC,
        service_key: str = "oil_change",
        holder: str | None = None,
    ) -> Booking:
        """Book, as another wish each time unless a key is given."""
        return await self.desk.book(
            call_sid=call_sid,
            key=key or str(uuid4()),
            customer=customer,
            vehicle=vehicle,
            service_key=service_key,
            starts_at=starts_at,
            notes=None,
            holder=holder,
        )

    async def move(
        self, what: Booking, starts_at: datetime, *, call_sid: str = "CA1", key: str | None = None
    ) -> Booking:
        """Move what was booked."""
        return await self.desk.move(
            call_sid=call_sid,
            key=key or str(uuid4()),
            appointment_id=what.appointment.id,
            starts_at=starts_at,
        )

    async def cancel(self, what: Booking, *, key: str = "c") -> None:
        """Cancel what was booked."""
        await self.desk.cancel(
            call_sid="CA1", key=key, appointment_id=what.appointment.id, reason="other"
        )

    async def offer(
        self,
        call_sid: str,
        day: date = TUESDAY,
        *,
        near: time | None = time(10),
        limit: int = 1,
        service_key: str = "oil_change",
    ) -> DaySlots:
        """Offer a call the one time nearest to ten."""
        return await self.desk.offer(call_sid, service_key, day, near=near, limit=limit)

    async def free(
        self, call_sid: str | None = None, day: date = TUESDAY, service_key: str = "oil_change"
    ) -> dict[datetime, Slot]:
        """Every free time of a day."""
        found = await self.desk.free_slots(service_key, day, limit=100, call_sid=call_sid)
        return {slot.starts_at: slot for slot in found.slots}

    async def fetch(self, query: str, values: Any = None) -> list[tuple[Any, ...]]:
        """What a query finds."""
        async with self.pool.connection() as conn:
            return await (await conn.execute(query, values)).fetchall()

    async def count(self, table: str) -> int:
        """How many rows there are."""
        ((found,),) = await self.fetch(f"SELECT count(*) FROM {table}")
        return int(found)


@asynccontextmanager
async def opened(pool: Pool, shop: Shop = SHOP) -> AsyncIterator[Front]:
    """A desk of a shop; no registry of vehicles answers it."""
    clock = Clock()
    async with httpx.AsyncClient() as client:
        yield Front(Desk(pool, shop, clock, Vpic("http://127.0.0.1:9", client)), pool, clock)


DOUBLE_PROMISES = """
WITH spoken_for AS (
    SELECT holder, during, service_bay AS bay, technician FROM slot_holds WHERE expires_at > %s
    UNION ALL
    SELECT id::text, during, service_bay, assigned_technician FROM appointments
     WHERE status IN ('scheduled', 'confirmed', 'in_progress')
)
SELECT count(*) FROM spoken_for a JOIN spoken_for b
    ON a.holder < b.holder AND a.during && b.during
   AND (a.bay = b.bay OR a.technician = b.technician)
"""
"""How many times one bay or technician is spoken for twice at once, now (a value)."""

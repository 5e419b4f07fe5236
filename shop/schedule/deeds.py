"""What every write to the schedule has in common.

Locks are taken in one order everywhere, so that no two transactions wait for each other: the ledger
entry, the customer's number, the customer, the appointment, the days (see `shop.schedule.taken`),
and then whoever waits for a time.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, errors

from shop.audit import Audit
from shop.effects import Effects
from shop.errors import OutsideHours, SlotTaken
from shop.profile.shop import Shop
from shop.schedule.appointments import Appointment, Appointments
from shop.schedule.placing import JUST_TAKEN, Placing
from shop.schedule.waitlist import Waitlist


@dataclass(frozen=True, slots=True)
class Booking:
    """What a booking or a change led to. `replayed` means it had been done before."""

    appointment: Appointment
    customer_id: UUID
    vehicle_id: UUID
    replayed: bool

    @classmethod
    def of(cls, appointment: Appointment, *, replayed: bool = False) -> "Booking":
        """The booking that an appointment is."""
        return cls(appointment, appointment.customer_id, appointment.vehicle_id, replayed)


@dataclass(frozen=True, slots=True)
class Deed:
    """One intent of one call, in a transaction that the caller owns.

    What is promised to the call, or to another `holder` whom it answers for, is free to it.
    """

    conn: AsyncConnection[Any]
    shop: Shop
    now: datetime
    call_sid: str
    key: str
    holder: str | None = None

    @property
    def _appointments(self) -> Appointments:
        return Appointments(self.conn)

    @property
    def _audit(self) -> Audit:
        return Audit(self.conn, self.call_sid, self.now)

    @property
    def _holders(self) -> tuple[str, ...]:
        return (self.call_sid,) if self.holder is None else (self.call_sid, self.holder)

    @property
    def _placing(self) -> Placing:
        return Placing(self.conn, self.shop, self.now, self._holders)

    @property
    def _waitlist(self) -> Waitlist:
        return Waitlist(self.conn, self.shop, self.now, self.call_sid)

    async def _before(self, kind: str, request: dict[str, Any]) -> Appointment | None:
        """The appointment this intent has already led to.

        Whether it still stands is for the caller to see: somebody who cancels and then books the
        same time once more wants a new booking, not to hear of the old one.
        """
        earlier = await Effects(self.conn).claim(self.call_sid, self.key, kind, request)
        if earlier is None:
            return None
        return await self._appointments.get(UUID(earlier["appointment_id"]))

    async def _check_open(self, starts_at: datetime) -> None:
        """See that staff have not closed a day, which this process may not have heard of yet.

        They close it under its lock, and are told then who is to come: nobody else may book after.

        Raises:
            OutsideHours: They have.
        """
        day = starts_at.astimezone(self.shop.zone).date()
        rows = await self.conn.execute("SELECT FROM holidays WHERE day = %s", [day])
        if rows.rowcount:
            raise OutsideHours("We've had to close on that day.")

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[None]:
        """Statements that need no answers, sent together.

        Raises:
            SlotTaken: Somebody wrote to the schedule without locking the day first.
        """
        try:
            async with self.conn.pipeline():
                yield
        except errors.ExclusionViolation:
            raise SlotTaken(JUST_TAKEN) from None

    async def _note(self, kind: str, appointment_id: UUID, **details: str) -> None:
        """Write into audit log and ledger what was done."""
        await self._audit.note(kind, "appointments", appointment_id, details)
        await self._record(appointment_id)

    async def _record(self, appointment_id: UUID) -> None:
        result = {"appointment_id": str(appointment_id)}
        await Effects(self.conn).record(self.call_sid, self.key, result)

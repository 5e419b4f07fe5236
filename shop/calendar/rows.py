"""Appointments as a calendar is told of them, with what it was told last."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from shop.schedule.appointments import Status

OVER = timedelta(days=1)
"""How long after its end an appointment is still shown and listened to."""


@dataclass(frozen=True, slots=True)
class Row:
    """One appointment. Times are in UTC.

    Attributes:
        revision: Counts what a calendar must be told.
        updated_at: When the appointment last changed.
        shown: The revision that the calendar shows; None if that is not known.
        etag: The event as the calendar had it when it was last written or read.
        put_back: Whether the event is to be written over whatever it says.
        deleting_at: When a deletion was sent of which nobody knows what became.
        attempts: How often in a row the calendar could not be told.
    """

    id: UUID
    revision: int
    starts_at: datetime
    ends_at: datetime
    status: Status
    service: str
    year: int
    make: str
    model: str
    bay: str
    technician: str | None
    staff_confirmation_needed: bool
    updated_at: datetime
    first_name: str = field(repr=False)
    last_name: str = field(repr=False)
    phone: str = field(repr=False)
    concerns: str | None = field(repr=False)
    shown: int | None = None
    etag: str | None = None
    put_back: bool = False
    deleting_at: datetime | None = None
    attempts: int = 0

    @property
    def cancelled(self) -> bool:
        """Whether it is off the schedule, and so off the calendar."""
        return self.status == "cancelled"

    @property
    def pending(self) -> bool:
        """Whether the calendar has yet to be told of it."""
        return self.put_back or self.shown != self.revision

    def is_over(self, now: datetime) -> bool:
        """Whether it is so long past that calendars no longer matter."""
        return self.ends_at + OVER < now


async def load(
    conn: AsyncConnection[Any], ids: Collection[UUID], *, hold: bool = False
) -> dict[UUID, Row]:
    """Those of some appointments that there are; with `hold` kept from changing meanwhile."""
    lock = "FOR NO KEY UPDATE OF a" if hold else ""
    async with conn.cursor(row_factory=class_row(Row)) as cur:
        await cur.execute(f"{_ROWS} WHERE a.id = ANY(%s) {lock}", [list(ids)])
        return {row.id: row for row in await cur.fetchall()}


_ROWS = """
SELECT a.id, a.revision, lower(a.during) AS starts_at, upper(a.during) AS ends_at, a.status,
       a.service_description AS service, v.year, v.make, v.model, b.name AS bay,
       t.name AS technician, a.staff_confirmation_needed, a.updated_at, c.first_name, c.last_name,
       c.phone, a.customer_concerns AS concerns, o.shown, o.etag,
       COALESCE(o.put_back, false) AS put_back, o.deleting_at,
       COALESCE(o.attempts, 0) AS attempts
  FROM appointments a
  JOIN customers c ON c.id = a.customer_id
  JOIN vehicles v ON v.id = a.vehicle_id
  JOIN bays b ON b.id = a.service_bay
  LEFT JOIN technicians t ON t.id = a.assigned_technician
  LEFT JOIN calendar_outbox o ON o.appointment_id = a.id
"""

"""Appointments as rows. The rules of booking are in `shop.booking`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from shop import spoken
from shop.catalog import Service
from shop.errors import NotFound
from shop.slots import Busy

Status = Literal["scheduled", "confirmed", "in_progress", "completed", "cancelled", "no_show"]

LIVE: tuple[Status, ...] = ("scheduled", "confirmed", "in_progress")
"""The statuses in which an appointment holds its bay."""

MOVABLE: tuple[Status, ...] = ("scheduled", "confirmed")
"""The statuses in which it may still be moved or cancelled."""

_FROM = """
SELECT a.id, a.customer_id, a.vehicle_id, v.year, v.make, v.model, a.service_type,
       a.service_description AS service_name, a.scheduled_at, a.duration_minutes, a.status,
       b.name AS bay, a.staff_confirmation_needed, a.customer_concerns, a.cancellation_reason
  FROM appointments a
  JOIN vehicles v ON v.id = a.vehicle_id
  JOIN bays b ON b.id = a.service_bay
"""


@dataclass(frozen=True, slots=True)
class Appointment:
    """A car that is to be in a bay. `scheduled_at` is in UTC."""

    id: UUID
    customer_id: UUID
    vehicle_id: UUID
    year: int
    make: str
    model: str
    service_type: str
    service_name: str
    scheduled_at: datetime
    duration_minutes: int
    status: Status
    bay: str
    staff_confirmation_needed: bool
    customer_concerns: str | None = None
    cancellation_reason: str | None = None

    @property
    def vehicle(self) -> str:
        """The car in words: "twenty nineteen Honda Civic"."""
        return spoken.vehicle(self.year, self.make, self.model)


class Appointments:
    """The appointments table. The caller owns the connection and so the transaction."""

    def __init__(self, conn: AsyncConnection[Any]) -> None:
        self._conn = conn

    async def get(self, appointment_id: UUID, *, hold: bool = False) -> Appointment:
        """One appointment; with `hold` nobody else can change it until the transaction ends.

        Raises:
            NotFound: There is no such appointment.
        """
        lock = "FOR NO KEY UPDATE OF a" if hold else ""
        async with self._conn.cursor(row_factory=class_row(Appointment)) as cur:
            await cur.execute(f"{_FROM} WHERE a.id = %s {lock}", [appointment_id])
            found = await cur.fetchone()
        if found is None:
            raise NotFound("I can't find that appointment.")
        return found

    async def upcoming(self, customer_id: UUID, *, now: datetime, limit: int) -> list[Appointment]:
        """What the customer has booked that is not over yet, soonest first."""
        async with self._conn.cursor(row_factory=class_row(Appointment)) as cur:
            await cur.execute(
                f"""{_FROM}
                 WHERE a.customer_id = %(customer_id)s
                   AND a.status = ANY(%(live)s)
                   AND upper(a.during) > %(now)s
                 ORDER BY a.scheduled_at, a.id
                 LIMIT %(limit)s
                """,
                {"customer_id": customer_id, "live": list(LIVE), "now": now, "limit": limit},
            )
            return await cur.fetchall()

    async def of_car(
        self, vehicle_id: UUID, starts_at: datetime, ends_at: datetime
    ) -> Appointment | None:
        """What a car is booked in for at some time between two moments, if anything."""
        async with self._conn.cursor(row_factory=class_row(Appointment)) as cur:
            await cur.execute(
                f"""
                {_FROM}
                 WHERE a.vehicle_id = %(vehicle_id)s
                   AND a.status = ANY(%(live)s)
                   AND a.during && tstzrange(%(starts_at)s, %(ends_at)s)
                 LIMIT 1
                """,
                {
                    "vehicle_id": vehicle_id,
                    "live": list(LIVE),
                    "starts_at": starts_at,
                    "ends_at": ends_at,
                },
            )
            return await cur.fetchone()

    async def count_open(self, customer_id: UUID, *, now: datetime) -> int:
        """How many bookings the customer has ahead."""
        rows = await self._conn.execute(
            """
            SELECT count(*) FROM appointments
             WHERE customer_id = %s AND status = ANY(%s) AND upper(during) > %s
            """,
            [customer_id, list(MOVABLE), now],
        )
        row = await rows.fetchone()
        assert row is not None
        return int(row[0])

    async def busy(
        self, since: datetime, until: datetime, *, besides: UUID | None = None
    ) -> list[Busy]:
        """When which bay is taken between two moments, one appointment left out if wished."""
        rows = await self._conn.execute(
            """
            SELECT b.name, lower(a.during), upper(a.during)
              FROM appointments a
              JOIN bays b ON b.id = a.service_bay
             WHERE a.status = ANY(%(live)s)
               -- No appointment is longer than a day; this is what the index can be used for.
               AND a.scheduled_at BETWEEN %(since)s - interval '1 day' AND %(until)s
               AND a.during && tstzrange(%(since)s, %(until)s)
               AND a.id IS DISTINCT FROM %(besides)s
            """,
            {"live": list(LIVE), "since": since, "until": until, "besides": besides},
        )
        return [Busy(*row) for row in await rows.fetchall()]

    async def hold_bays(self, names: Sequence[str]) -> dict[str, int]:
        """Lock these bays until the transaction ends; returns their ids by name.

        Always in the order of their ids: whoever wants several waits for them one after the other,
        and so no two bookings ever wait for each other. A bay that is new in the profile is added.
        """
        held = await self._locked_bays(names)
        missing = [name for name in names if name not in held]
        if missing:
            await self._conn.execute(
                "INSERT INTO bays (name) SELECT unnest(%s::text[]) ON CONFLICT (name) DO NOTHING",
                [missing],
            )
            held = await self._locked_bays(names)
        return held

    async def _locked_bays(self, names: Sequence[str]) -> dict[str, int]:
        rows = await self._conn.execute(
            "SELECT name, id FROM bays WHERE name = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
            [list(names)],
        )
        return dict(await rows.fetchall())

    async def add(
        self,
        service: Service,
        *,
        customer_id: UUID,
        vehicle_id: UUID,
        bay_id: int,
        starts_at: datetime,
        notes: str | None,
    ) -> UUID:
        """Write a booking down."""
        rows = await self._conn.execute(
            """
            INSERT INTO appointments (customer_id, vehicle_id, scheduled_at, duration_minutes,
                                      service_type, service_category, service_description,
                                      customer_concerns, staff_confirmation_needed, service_bay)
            VALUES (%(customer_id)s, %(vehicle_id)s, %(starts_at)s, %(minutes)s, %(key)s,
                    %(category)s, %(name)s, %(notes)s, %(confirm)s, %(bay_id)s)
            RETURNING id
            """,
            {
                "customer_id": customer_id,
                "vehicle_id": vehicle_id,
                "starts_at": starts_at,
                "minutes": service.minutes,
                "key": service.key,
                "category": service.category,
                "name": service.name,
                "notes": notes,
                "confirm": not service.auto_book,
                "bay_id": bay_id,
            },
        )
        row = await rows.fetchone()
        assert row is not None
        made: UUID = row[0]
        return made

    async def move(self, appointment_id: UUID, *, starts_at: datetime, bay_id: int) -> None:
        """Give it another time. What was confirmed or reminded of was the old one."""
        await self._conn.execute(
            """
            UPDATE appointments
               SET scheduled_at = %s, service_bay = %s, status = 'scheduled',
                   confirmation_sent = false, reminder_sent = false
             WHERE id = %s
            """,
            [starts_at, bay_id, appointment_id],
        )

    async def cancel(self, appointment_id: UUID, *, reason: str, now: datetime) -> None:
        """Take it off the schedule; the row stays, and staff can bring it back."""
        await self._conn.execute(
            """
            UPDATE appointments
               SET status = 'cancelled', cancellation_reason = %s, cancelled_at = %s
             WHERE id = %s
            """,
            [reason, now, appointment_id],
        )

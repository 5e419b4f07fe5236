"""Appointments as rows. The rules of booking are in `shop.schedule.booking`."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from shop.errors import NotFound
from shop.profile.catalog import Service
from shop.schedule.coming import NOT_SAID, Coming, Ride, Visit
from shop.schedule.slots import Place
from shop.words import spoken

Status = Literal["scheduled", "confirmed", "in_progress", "completed", "cancelled", "no_show"]

LIVE: tuple[Status, ...] = ("scheduled", "confirmed", "in_progress")
"""The statuses in which an appointment holds its bay."""

MOVABLE: tuple[Status, ...] = ("scheduled", "confirmed")
"""The statuses in which it may still be moved or cancelled."""

_FROM = """
SELECT a.id, a.customer_id, a.vehicle_id, v.year, v.make, v.model, a.service_type,
       a.service_description AS service_name, a.scheduled_at, a.duration_minutes, a.status,
       b.name AS bay, t.name AS technician, a.staff_confirmation_needed, a.customer_concerns,
       a.cancellation_reason, a.cancelled_at, a.visit, a.ride
  FROM appointments a
  JOIN vehicles v ON v.id = a.vehicle_id
  JOIN bays b ON b.id = a.service_bay
  LEFT JOIN technicians t ON t.id = a.assigned_technician
"""
_HOLD = "SELECT FROM appointments WHERE id = %s FOR NO KEY UPDATE"
_PLACE = """
(SELECT id FROM bays WHERE name = %(bay)s), (SELECT id FROM technicians WHERE name = %(technician)s)
"""


@dataclass(frozen=True, slots=True)
class Appointment:
    """A car that is to be in a bay. `scheduled_at` and `cancelled_at` are in UTC.

    What staff wrote down without a technician takes its bay alone.
    """

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
    technician: str | None = None
    cancelled_at: datetime | None = None
    visit: Visit | None = None
    ride: Ride | None = None

    @property
    def ends_at(self) -> datetime:
        """When the bay is free again, in UTC."""
        return self.scheduled_at + timedelta(minutes=self.duration_minutes)

    @property
    def place(self) -> Place:
        """Where it is, and with whom."""
        return Place(self.bay, self.technician)

    @property
    def vehicle(self) -> str:
        """The car in words: "twenty nineteen Honda Civic"."""
        return spoken.vehicle(self.year, self.make, self.model)


@dataclass(frozen=True, slots=True)
class Standing:
    """What is booked already: for the car at some time, and how much for the customer ahead."""

    same_car: Appointment | None
    ahead: int


class Appointments:
    """The appointments table. The caller owns the connection and so the transaction."""

    def __init__(self, conn: AsyncConnection[Any]) -> None:
        self._conn = conn

    async def get(self, appointment_id: UUID, *, hold: bool = False) -> Appointment:
        """One appointment; with `hold` nobody else can change it until the transaction ends.

        Raises:
            NotFound: There is no such appointment.
        """
        async with self._conn.cursor(row_factory=class_row(Appointment)) as cur:
            async with self._conn.pipeline():
                if hold:
                    # First by itself: whoever waits for a lock in a join gets no row at all if the
                    # appointment went to another bay meanwhile.
                    await self._conn.execute(_HOLD, [appointment_id])
                await cur.execute(f"{_FROM} WHERE a.id = %s", [appointment_id])
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

    async def standing(
        self,
        vehicle_id: UUID,
        customer_id: UUID,
        starts_at: datetime,
        ends_at: datetime,
        *,
        now: datetime,
        besides: UUID | None = None,
    ) -> Standing:
        """What speaks against one more booking of a car and its owner, one left out if wished."""
        values = {
            "vehicle_id": vehicle_id,
            "customer_id": customer_id,
            "starts_at": starts_at,
            "ends_at": ends_at,
            "now": now,
            "besides": besides,
            "live": list(LIVE),
            "movable": list(MOVABLE),
        }
        async with self._conn.cursor(row_factory=class_row(Appointment)) as same_car:
            async with self._conn.pipeline():
                await same_car.execute(
                    f"""
                    {_FROM}
                     WHERE a.vehicle_id = %(vehicle_id)s
                       AND a.status = ANY(%(live)s)
                       AND a.during && tstzrange(%(starts_at)s, %(ends_at)s)
                       AND a.id IS DISTINCT FROM %(besides)s
                     ORDER BY a.scheduled_at
                     LIMIT 1
                    """,
                    values,
                )
                ahead = await self._conn.execute(
                    """
                    SELECT count(*) FROM appointments
                     WHERE customer_id = %(customer_id)s
                       AND status = ANY(%(movable)s)
                       AND upper(during) > %(now)s
                    """,
                    values,
                )
            row = await ahead.fetchone()
            assert row is not None
            return Standing(await same_car.fetchone(), int(row[0]))

    async def is_somebodys(
        self, starts_at: datetime, service_key: str, *, customer_id: UUID | None, phone: str | None
    ) -> bool:
        """Whether a customer, or anybody with a number, has just this booked already."""
        rows = await self._conn.execute(
            """
            SELECT 1 FROM appointments a JOIN customers c ON c.id = a.customer_id
             WHERE a.scheduled_at = %s AND a.service_type = %s AND a.status = ANY(%s)
               AND (c.id = %s OR c.phone = %s)
             LIMIT 1
            """,
            [starts_at, service_key, list(LIVE), customer_id, phone],
        )
        return await rows.fetchone() is not None

    async def add(  # noqa: PLR0913 - a booking needs as many things
        self,
        service: Service,
        *,
        appointment_id: UUID,
        customer_id: UUID,
        vehicle_id: UUID,
        place: Place,
        starts_at: datetime,
        notes: str | None,
        coming: Coming = NOT_SAID,
    ) -> None:
        """Write a booking down. Its day is locked, and its place is known to be free."""
        await self._conn.execute(
            f"""
            INSERT INTO appointments (id, customer_id, vehicle_id, scheduled_at, duration_minutes,
                                      service_type, service_category, service_description,
                                      customer_concerns, staff_confirmation_needed, visit, ride,
                                      service_bay, assigned_technician)
            VALUES (%(id)s, %(customer_id)s, %(vehicle_id)s, %(starts_at)s, %(minutes)s, %(key)s,
                    %(category)s, %(name)s, %(notes)s, %(confirm)s, %(visit)s, %(ride)s, {_PLACE})
            """,
            {
                "id": appointment_id,
                "customer_id": customer_id,
                "vehicle_id": vehicle_id,
                "starts_at": starts_at,
                "minutes": service.minutes,
                "key": service.key,
                "category": service.category,
                "name": service.name,
                "notes": notes,
                "visit": coming.visit,
                "ride": coming.ride,
                "confirm": not service.auto_book,
                "bay": place.bay,
                "technician": place.technician,
            },
        )

    async def move(self, appointment_id: UUID, *, starts_at: datetime, place: Place) -> None:
        """Give it another time. What was confirmed or reminded of was the old one."""
        await self._conn.execute(
            f"""
            UPDATE appointments
               SET scheduled_at = %(starts_at)s, (service_bay, assigned_technician) = ({_PLACE}),
                   status = 'scheduled', confirmation_sent = false, reminder_sent = false
             WHERE id = %(id)s
            """,
            {
                "id": appointment_id,
                "starts_at": starts_at,
                "bay": place.bay,
                "technician": place.technician,
            },
        )

    async def arrange(self, appointment_id: UUID, coming: Coming) -> None:
        """Note how somebody comes; what they said nothing of stays as it was."""
        await self._conn.execute(
            "UPDATE appointments SET visit = COALESCE(%s, visit), ride = COALESCE(%s, ride)"
            " WHERE id = %s",
            [coming.visit, coming.ride, appointment_id],
        )

    async def confirm(self, appointment_id: UUID, *, reminded: bool) -> None:
        """Somebody has said that they will come, perhaps when they were reminded."""
        await self._conn.execute(
            """
            UPDATE appointments SET status = 'confirmed', reminder_sent = reminder_sent OR %s
             WHERE id = %s
            """,
            [reminded, appointment_id],
        )

    async def cancel(self, appointment_id: UUID, *, reason: str, now: datetime) -> None:
        """Take it off the schedule; the row stays, and it can be brought back."""
        await self._conn.execute(
            """
            UPDATE appointments
               SET status = 'cancelled', cancellation_reason = %s, cancelled_at = %s
             WHERE id = %s
            """,
            [reason, now, appointment_id],
        )

    async def restore(self, appointment_id: UUID, *, place: Place) -> None:
        """Put a cancelled one back on the schedule at its time."""
        await self._conn.execute(
            f"""
            UPDATE appointments
               SET status = 'scheduled', cancellation_reason = NULL, cancelled_at = NULL,
                   (service_bay, assigned_technician) = ({_PLACE}),
                   confirmation_sent = false, reminder_sent = false
             WHERE id = %(id)s
            """,
            {"id": appointment_id, "bay": place.bay, "technician": place.technician},
        )

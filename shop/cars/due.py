"""Which service a car is due for, as the last visit's record says: by its date, or by its mileage.

Nothing is worked out from how a car is driven; what mechanics wrote down is all there is.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

SOON = timedelta(days=30)
"""How long before its date a service may be spoken of."""


@dataclass(frozen=True, slots=True)
class Due:
    """A service that a car should have by now, by its key, and since when if a date was set."""

    vehicle_id: UUID
    service_type: str
    since: date | None


class DueServices:
    """The newest entry of each car in service_history. The caller owns the connection."""

    def __init__(self, conn: AsyncConnection[Any]) -> None:
        self._conn = conn

    async def of(self, customer_id: UUID, *, today: date) -> list[Due]:
        """What a customer's cars are due for and not booked in for already."""
        async with self._conn.cursor(row_factory=class_row(Due)) as cur:
            await cur.execute(
                """
                SELECT last.vehicle_id, last.next_service_type AS service_type,
                       last.next_service_due_date AS since
                  FROM (SELECT DISTINCT ON (h.vehicle_id) h.*, v.current_mileage
                          FROM service_history h
                          JOIN vehicles v ON v.id = h.vehicle_id
                         WHERE v.customer_id = %(customer)s AND v.status = 'active'
                         ORDER BY h.vehicle_id, h.service_date DESC, h.id) last
                 WHERE last.next_service_type IS NOT NULL
                   AND (last.next_service_due_date <= %(soon)s
                        OR last.next_service_due_mileage <= last.current_mileage)
                   AND NOT EXISTS (
                       SELECT FROM appointments a
                        WHERE a.vehicle_id = last.vehicle_id
                          AND a.service_type = last.next_service_type
                          AND a.status IN ('scheduled', 'confirmed')
                          AND a.scheduled_at >= %(today)s)
                 ORDER BY last.vehicle_id
                """,
                {"customer": customer_id, "soon": today + SOON, "today": today},
            )
            return await cur.fetchall()

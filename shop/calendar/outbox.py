"""Which appointments the calendar has yet to be told of.

A trigger writes here in the transaction that changes an appointment, so nothing is told that was
not done, and nothing that was done is forgotten. A process leases what it is about to tell; one
that dies leaves a lease that ends. Telling twice changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from psycopg import AsyncConnection

from shop.calendar.rows import OVER

CalendarState = Literal["none", "pending", "shown"]
"""Whether the calendar outside shows an appointment as it is; "none" where there is no calendar."""

LEASE = timedelta(seconds=120)
"""Longer than any telling takes."""

_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much the calendar has yet to be told; the age of the oldest of it in seconds."""

    pending: int
    oldest_s: float


@dataclass(frozen=True, slots=True)
class Told:
    """What an event was left as.

    Attributes:
        revision: The revision it shows.
        etag: None where it is to be looked at again before it is written over.
        gone: Whether it was taken off.
        put_back: Whether it was written over on purpose.
    """

    appointment_id: UUID
    revision: int
    etag: str | None
    gone: bool
    put_back: bool


class Outbox:
    """The calendar_outbox table. The caller owns the connection."""

    def __init__(self, conn: AsyncConnection[Any]) -> None:
        self._conn = conn

    async def due(self, now: datetime, *, limit: int) -> list[UUID]:
        """Lease some appointments that the calendar is to be told of now, soonest first."""
        rows = await self._conn.execute(
            """
            UPDATE calendar_outbox SET leased_until = %(until)s WHERE appointment_id IN (
                SELECT o.appointment_id
                  FROM calendar_outbox o JOIN appointments a ON a.id = o.appointment_id
                 WHERE o.shown IS DISTINCT FROM o.revision
                   AND o.next_try_at <= %(now)s AND o.leased_until <= %(now)s
                   AND upper(a.during) >= %(over)s
                 ORDER BY o.next_try_at, a.scheduled_at, o.appointment_id
                 LIMIT %(limit)s
                   FOR UPDATE OF o SKIP LOCKED)
            RETURNING appointment_id
            """,
            {"now": now, "until": now + LEASE, "over": now - OVER, "limit": limit},
        )
        return [found for (found,) in await rows.fetchall()]

    async def settle_past(self, now: datetime) -> int:
        """Call what is long over shown: no calendar needs to hear of it. At most a few thousand."""
        settled = await self._conn.execute(
            """
            UPDATE calendar_outbox
               SET shown = revision, put_back = false, last_fault = NULL
             WHERE appointment_id IN (
                SELECT o.appointment_id
                  FROM calendar_outbox o JOIN appointments a ON a.id = o.appointment_id
                 WHERE o.shown IS DISTINCT FROM o.revision
                   AND upper(a.during) < %s
                 LIMIT %s
                   FOR UPDATE OF o SKIP LOCKED)
            """,
            [now - OVER, _AT_ONCE],
        )
        return settled.rowcount

    async def mark(self, told: Told) -> None:
        """Say what the calendar shows now. If the appointment has changed since, it stays due."""
        await self._conn.execute(
            """
            UPDATE calendar_outbox
               SET shown = CASE WHEN put_back AND NOT %(put_back)s THEN NULL ELSE %(revision)s END,
                   put_back = put_back AND NOT %(put_back)s,
                   etag = %(etag)s, attempts = 0, last_fault = NULL, leased_until = 'epoch',
                   deleting_at = CASE WHEN %(gone)s THEN NULL ELSE deleting_at END
             WHERE appointment_id = %(id)s
            """,
            {
                "id": told.appointment_id,
                "revision": told.revision,
                "etag": told.etag,
                "gone": told.gone,
                "put_back": told.put_back,
            },
        )

    async def name_event(self, appointment_id: UUID, event_id: str) -> None:
        """Write into the appointment which event is its own, unless that stands there."""
        await self._conn.execute(
            """
            UPDATE appointments SET calendar_event_id = %(event_id)s
             WHERE id = %(id)s AND calendar_event_id IS DISTINCT FROM %(event_id)s
            """,
            {"id": appointment_id, "event_id": event_id},
        )

    async def deleting(self, appointment_id: UUID, *, now: datetime) -> None:
        """Note that a deletion is about to be sent, of which no answer may come."""
        await self._conn.execute(
            "UPDATE calendar_outbox SET deleting_at = %s WHERE appointment_id = %s",
            [now, appointment_id],
        )

    async def failed(self, appointment_id: UUID, *, fault: str, next_try_at: datetime) -> None:
        """Note that the calendar could not be told, and when to try again."""
        await self._conn.execute(
            """
            UPDATE calendar_outbox
               SET attempts = attempts + 1, last_fault = %s, next_try_at = %s,
                   leased_until = 'epoch'
             WHERE appointment_id = %s
            """,
            [fault, next_try_at, appointment_id],
        )

    async def release(self, appointment_id: UUID) -> None:
        """Give up a lease: there was nothing to tell."""
        await self._conn.execute(
            "UPDATE calendar_outbox SET leased_until = 'epoch' WHERE appointment_id = %s",
            [appointment_id],
        )

    async def shown(self, since: datetime, until: datetime) -> list[UUID]:
        """The appointments within some time that the calendar should be showing as they are."""
        rows = await self._conn.execute(
            """
            SELECT a.id FROM calendar_outbox o JOIN appointments a ON a.id = o.appointment_id
             WHERE o.shown = o.revision AND NOT o.put_back AND o.leased_until = 'epoch'
               AND a.status IN ('scheduled', 'confirmed', 'in_progress')
               AND a.during && tstzrange(%s, %s)
            """,
            [since, until],
        )
        return [found for (found,) in await rows.fetchall()]

    async def put_back(self, etags: Mapping[UUID, str | None]) -> None:
        """Have events written over as their appointments are, whatever they say.

        With an ETag the event is only written over as it was then.
        """
        await self._conn.execute(
            """
            UPDATE calendar_outbox o
               SET put_back = true, shown = NULL, etag = e.etag, next_try_at = 'epoch'
              FROM unnest(%s::uuid[], %s::text[]) AS e (id, etag)
             WHERE o.appointment_id = e.id
            """,
            [list(etags), list(etags.values())],
        )
        await self._conn.execute("SELECT pg_notify('calendar_outbox', '')")

    async def seen(self, appointment_id: UUID, *, revision: int, etag: str) -> None:
        """Note the state of an event that shows what it should, however it came to."""
        await self._conn.execute(
            """
            UPDATE calendar_outbox SET etag = %(etag)s, shown = %(revision)s
             WHERE appointment_id = %(id)s AND NOT put_back AND revision = %(revision)s
               AND (etag, shown) IS DISTINCT FROM (%(etag)s, %(revision)s)
            """,
            {"id": appointment_id, "revision": revision, "etag": etag},
        )

    async def know(self, appointment_id: UUID, *, etag: str) -> None:
        """Note the event that the next telling is to write over, and no other."""
        await self._conn.execute(
            "UPDATE calendar_outbox SET etag = %s WHERE appointment_id = %s", [etag, appointment_id]
        )

    async def state(self, appointment_id: UUID) -> CalendarState:
        """Whether the calendar outside shows an appointment as it is."""
        rows = await self._conn.execute(
            """
            SELECT o.shown IS NOT DISTINCT FROM o.revision AND NOT o.put_back
              FROM calendar_outbox o
             WHERE o.appointment_id = %s AND EXISTS (SELECT FROM calendar_reading)
            """,
            [appointment_id],
        )
        row = await rows.fetchone()
        if row is None:
            return "none"
        return "shown" if row[0] else "pending"

    async def backlog(self, now: datetime) -> Backlog:
        """How much there is to tell, and since when."""
        rows = await self._conn.execute(
            """
            SELECT count(*), COALESCE(extract(epoch FROM clock_timestamp() - min(a.updated_at)), 0)
              FROM calendar_outbox o JOIN appointments a ON a.id = o.appointment_id
             WHERE o.shown IS DISTINCT FROM o.revision AND upper(a.during) >= %s
            """,
            [now - OVER],
        )
        row = await rows.fetchone()
        assert row is not None
        return Backlog(int(row[0]), max(0.0, float(row[1])))

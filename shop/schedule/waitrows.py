"""The waiting list as rows. Its rules are in `shop.schedule.waitlist`."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from shop.errors import NotFound
from shop.words.times import Part

WaitStatus = Literal["waiting", "offered", "booked", "expired", "withdrawn"]

_COLUMNS = """id, call_sid, customer_id, phone, name, service_type, first_day, last_day, part,
              created_at, status, offer_starts_at, offer_expires_at"""


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody who waits for a time.

    Attributes:
        call_sid: The call on which they asked.
        first_day: In the shop's zone, as `last_day` is; both count.
        part: The part of the day that suits them; None if any does.
        offer_starts_at: The last time they were offered, in UTC.
        offer_expires_at: Until when it is held for them.
    """

    id: UUID
    call_sid: str
    customer_id: UUID | None
    phone: str = field(repr=False)
    name: str | None = field(repr=False)
    service_type: str
    first_day: date
    last_day: date
    part: Part | None
    created_at: datetime
    status: WaitStatus = "waiting"
    offer_starts_at: datetime | None = None
    offer_expires_at: datetime | None = None


class Entries:
    """The waitlist table. The caller owns the connection and so the transaction."""

    def __init__(self, conn: AsyncConnection[Any]) -> None:
        self._conn = conn

    async def keep_number(self, phone: str) -> None:
        """Let nobody else join under a number until the transaction ends."""
        await self._conn.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('waitlist ' || %s, 0))", [phone]
        )

    async def add(self, entry: Entry) -> None:
        """Write down that somebody waits."""
        await self._conn.execute(
            """
            INSERT INTO waitlist (id, call_sid, customer_id, phone, name, service_type, first_day,
                                  last_day, part, created_at)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
            """,
            [
                entry.id, entry.call_sid, entry.customer_id, entry.phone, entry.name,
                entry.service_type, entry.first_day, entry.last_day, entry.part, entry.created_at,
            ],
        )  # fmt: skip

    async def get(self, entry_id: UUID, *, hold: bool = False) -> Entry:
        """One entry; with `hold` nobody else can change it until the transaction ends.

        Raises:
            NotFound: There is none.
        """
        lock = "FOR NO KEY UPDATE" if hold else ""
        found = await self._select(f"id = %s {lock}", [entry_id])
        if not found:
            raise NotFound("I can't find that on our waiting list.")
        return found[0]

    async def open(self, phone: str) -> list[Entry]:
        """What a number waits for or is offered, the oldest wish first."""
        return await self._select(
            "phone = %s AND status IN ('waiting', 'offered') ORDER BY created_at, id", [phone]
        )

    async def any_wait(self, days: Collection[date]) -> bool:
        """Whether anybody waits for one of some days."""
        rows = await self._conn.execute(
            """
            SELECT EXISTS (SELECT FROM waitlist
                            WHERE status = 'waiting' AND first_day <= %s AND last_day >= %s)
            """,
            [max(days), min(days)],
        )
        row = await rows.fetchone()
        return row is not None and bool(row[0])

    async def hold_waiting(self, days: Collection[date]) -> list[Entry]:
        """Who waits for one of some days, the longest first; nobody else can change them now."""
        return await self._select(
            """status = 'waiting' AND first_day <= %s AND last_day >= %s
               ORDER BY created_at, id FOR NO KEY UPDATE""",
            [max(days), min(days)],
        )

    async def unanswered(self, *, now: datetime) -> list[UUID]:
        """Whose offers have expired without an answer, the oldest first."""
        rows = await self._conn.execute(
            """
            SELECT id FROM waitlist WHERE status = 'offered' AND offer_expires_at <= %s
             ORDER BY offer_expires_at, id
            """,
            [now],
        )
        return [entry_id for (entry_id,) in await rows.fetchall()]

    async def expire_before(self, day: date, *, now: datetime) -> list[UUID]:
        """Close the entries whose days have all gone without an offer; returns their ids."""
        rows = await self._conn.execute(
            """
            UPDATE waitlist SET status = 'expired', closed_at = %s
             WHERE status = 'waiting' AND last_day < %s
            RETURNING id
            """,
            [now, day],
        )
        return [entry_id for (entry_id,) in await rows.fetchall()]

    async def offer(
        self, entry_id: UUID, starts_at: datetime, *, now: datetime, expires_at: datetime
    ) -> None:
        """Note that somebody is offered a time."""
        await self._conn.execute(
            """
            UPDATE waitlist SET status = 'offered', offered_at = %s, offer_starts_at = %s,
                                offer_expires_at = %s
             WHERE id = %s
            """,
            [now, starts_at, expires_at, entry_id],
        )

    async def close(
        self,
        entry_id: UUID,
        status: Literal["booked", "expired", "withdrawn"],
        *,
        now: datetime,
    ) -> None:
        """Somebody waits no longer."""
        await self._conn.execute(
            "UPDATE waitlist SET status = %s, closed_at = %s WHERE id = %s", [status, now, entry_id]
        )

    async def _select(self, where: str, values: list[Any]) -> list[Entry]:
        async with self._conn.cursor(row_factory=class_row(Entry)) as cur:
            await cur.execute(f"SELECT {_COLUMNS} FROM waitlist WHERE {where}".encode(), values)
            return await cur.fetchall()

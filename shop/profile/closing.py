"""What staff write down between calls: a day that is closed, somebody who cannot be reached."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from shop.audit import Audit
from shop.profile.shop import Closure, Shop
from shop.schedule import taken

LONGEST_NAME = 100

_FARTHEST = timedelta(days=3 * 366)


class StaffRefused(Exception):
    """It cannot be written down so. The text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Staff:
    """Writes for staff over a connection that the caller owns; every change is audited."""

    conn: AsyncConnection[Any]
    shop: Shop
    now: datetime

    async def close(self, day: date, closure: Closure) -> None:
        """Close a day, or give another reason for one that staff have closed.

        Raises:
            StaffRefused: The day is over, years away or closed by the shop's file, or the reason
                cannot be said.
        """
        today = self.now.astimezone(self.shop.zone).date()
        if day < today:
            raise StaffRefused(f"{day} is over; close today or a day to come")
        if day > today + _FARTHEST:
            raise StaffRefused(f"{day} is too far ahead; is the year right?")
        if not 0 < len(closure.name) <= LONGEST_NAME or not closure.name.isprintable():
            raise StaffRefused(
                f'the reason must be 1 to {LONGEST_NAME} characters of plain text, as in "the ice'
                ' storm"'
            )
        async with self.conn.transaction():
            # Whoever is booking that day is let finish first, and so is among `booked` afterwards.
            await taken.lock_days(self.conn, self.shop, [day])
            written = await self.conn.execute(
                """
                INSERT INTO holidays (day, name, kind) VALUES (%s, %s, %s)
                ON CONFLICT (day) DO UPDATE SET name = EXCLUDED.name, kind = EXCLUDED.kind
                 WHERE NOT holidays.from_file
                """,
                [day, closure.name, closure.kind],
            )
            if not written.rowcount:
                raise StaffRefused(f"{day} is closed already, by the shop's file")
            await self._note("close", day, kind=closure.kind)

    async def open(self, day: date) -> None:
        """Open a day that staff have closed.

        Raises:
            StaffRefused: They have not; what the shop's file closes is opened there.
        """
        async with self.conn.transaction():
            gone = await self.conn.execute(
                "DELETE FROM holidays WHERE day = %s AND NOT from_file", [day]
            )
            if not gone.rowcount:
                found = await self.conn.execute("SELECT name FROM holidays WHERE day = %s", [day])
                row = await found.fetchone()
                if row is None:
                    raise StaffRefused(f"{day} has not been closed; there is nothing to open")
                raise StaffRefused(
                    f"{day} is closed by the shop's file ({row[0]}); change it there and start the"
                    " service again"
                )
            await self._note("open", day)

    async def reachable(self, key: str, *, available: bool) -> None:
        """Say whether calls may be put through to somebody of the shop's file.

        Raises:
            StaffRefused: There is nobody of that key; the text names who there is.
        """
        async with self.conn.transaction():
            written = await self.conn.execute(
                "UPDATE transfer_targets SET available = %s WHERE key = %s", [available, key]
            )
            if not written.rowcount:
                rows = await self.conn.execute("SELECT key FROM transfer_targets ORDER BY key")
                keys = ", ".join(row[0] for row in await rows.fetchall()) or "nobody yet"
                raise StaffRefused(f"there is no {key!r} to put calls through to; there is {keys}")
            await Audit(self.conn, None, self.now, "staff").note(
                "update", "transfer_target", None, {"key": key, "available": available}
            )

    async def booked(self, day: date) -> Sequence[tuple[UUID, datetime]]:
        """Which appointments stand on a day, with their local times, soonest first."""
        begins = datetime.combine(day, time(), tzinfo=self.shop.zone)
        ends = datetime.combine(day + timedelta(days=1), time(), tzinfo=self.shop.zone)
        rows = await self.conn.execute(
            """
            SELECT id, scheduled_at FROM appointments
             WHERE scheduled_at >= %s AND scheduled_at < %s AND status IN ('scheduled', 'confirmed')
             ORDER BY scheduled_at, id
            """,
            [begins.astimezone(UTC), ends.astimezone(UTC)],
        )
        return [(id_, at.astimezone(self.shop.zone)) for id_, at in await rows.fetchall()]

    async def _note(self, action: str, day: date, **details: str) -> None:
        await Audit(self.conn, None, self.now, "staff").note(
            action, "holiday", None, {"day": day.isoformat(), **details}
        )

"""When calendars say that somebody or something is not to be had."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection

from shop.calendar.events import Block
from shop.profile.shop import Shop
from shop.schedule import taken

_NTH = "#"
"""No event's id holds it, so that an event can block several."""

_Values = tuple[str, str, datetime, datetime, str | None, str | None]


@dataclass(frozen=True, slots=True)
class Blocks:
    """The calendar_blocks table. The caller owns the connection and so the transaction."""

    conn: AsyncConnection[Any]
    shop: Shop

    async def put(self, calendar_id: str, blocks: Collection[Block]) -> None:
        """Write down what some events block, instead of what they did."""
        await self.remove(calendar_id, [block.event_id for block in blocks])
        # Every bay and technician that a title can name has a row then.
        await taken.lock_days(self.conn, self.shop, [])
        async with self.conn.cursor() as cur:
            await cur.executemany(
                """
                INSERT INTO calendar_blocks (calendar_id, event_id, during, service_bay, technician)
                VALUES (%s, %s, tstzrange(%s, %s), (SELECT id FROM bays WHERE name = %s),
                        (SELECT id FROM technicians WHERE name = %s))
                ON CONFLICT DO NOTHING
                """,
                list(_values(calendar_id, blocks)),
            )

    async def remove(self, calendar_id: str, event_ids: Collection[str]) -> None:
        """Forget what some events blocked."""
        await self.conn.execute(
            """
            DELETE FROM calendar_blocks
             WHERE calendar_id = %s AND split_part(event_id, %s, 1) = ANY(%s)
            """,
            [calendar_id, _NTH, list(event_ids)],
        )

    async def replace(self, calendar_id: str, blocks: Collection[Block]) -> None:
        """Write down all that a calendar blocks: what it blocked before, it no longer does."""
        await self.conn.execute("DELETE FROM calendar_blocks WHERE calendar_id = %s", [calendar_id])
        await self.put(calendar_id, blocks)

    async def keep_only(self, calendar_ids: Collection[str]) -> int:
        """Forget the calendars that are not among these; returns how many blocks those had."""
        gone = await self.conn.execute(
            "DELETE FROM calendar_blocks WHERE NOT calendar_id = ANY(%s)", [list(calendar_ids)]
        )
        return gone.rowcount


def _values(calendar_id: str, blocks: Iterable[Block]) -> Iterable[_Values]:
    for block in blocks:
        for nth, whom in enumerate(block.whom):
            event_id = f"{block.event_id}{_NTH}{nth}" if nth else block.event_id
            yield (
                calendar_id,
                event_id,
                block.starts_at,
                block.ends_at,
                whom.bay,
                whom.technician,
            )

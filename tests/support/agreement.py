"""Whether the records agree with the ledger, whatever has happened to whoever wrote them."""

from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection, sql

from shop.desk import Desk
from tests.support.deeds import SHOP, Deed, Given

_STAYS = ("schema_migrations", "bays", "technicians", "holidays", "transfer_targets")


async def check(
    conn: AsyncConnection[Any], desk: Desk, deed: Deed, given: Given, *, before: dict[str, int]
) -> tuple[bool, str]:
    """Check a deed that was cut short: it is there wholly or not at all, and once when asked again.

    Returns:
        Whether it had been done, and what it led to.
    """
    left = await counts(conn)
    assert await disagreements(conn) == []
    led_to = await deed(desk, given)
    after = await counts(conn)
    assert await disagreements(conn) == []
    assert left in (before, after)
    assert await deed(desk, given) == led_to
    assert await counts(conn) == after
    return left == after, led_to


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was on file at one moment. It is brought back more quickly than made again."""

    statements: tuple[sql.Composed, ...]

    @classmethod
    async def take(cls, conn: AsyncConnection[Any]) -> "Snapshot":
        """Keep a copy of each table beside it."""
        await conn.execute("CREATE SCHEMA kept")
        statements = []
        for name in await _tables(conn):
            table, kept = sql.Identifier(name), sql.Identifier("kept", name)
            columns = sql.SQL(", ").join(map(sql.Identifier, await _columns(conn, name)))
            await conn.execute(sql.SQL("CREATE TABLE {} AS TABLE {}").format(kept, table))
            statements += [
                sql.SQL("DELETE FROM {}").format(table),
                sql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM {}").format(
                    table, columns, columns, kept
                ),
            ]
        return cls(tuple(statements))

    async def bring_back(self, conn: AsyncConnection[Any]) -> None:
        """Put on file what was on file then, and nothing else."""
        async with conn.pipeline(), conn.transaction():
            # As a replica would: without the triggers, such as the one that keeps the audit log.
            await conn.execute("SET LOCAL session_replication_role = replica")
            for statement in self.statements:
                await conn.execute(statement)


async def counts(conn: AsyncConnection[Any]) -> dict[str, int]:
    """How many rows each table has, all at one moment."""
    tables = await _tables(conn)
    numbers = sql.SQL(", ").join(
        sql.SQL("(SELECT count(*) FROM {})").format(sql.Identifier(table)) for table in tables
    )
    rows = await conn.execute(sql.SQL("SELECT {}").format(numbers))
    row = await rows.fetchone()
    assert row is not None
    return dict(zip(tables, row, strict=True))


async def _tables(conn: AsyncConnection[Any]) -> list[str]:
    rows = await conn.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> ALL(%s)"
        " ORDER BY tablename",
        [list(_STAYS)],
    )
    return [row[0] for row in await rows.fetchall()]


async def _columns(conn: AsyncConnection[Any], table: str) -> list[str]:
    rows = await conn.execute(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER'",
        [table],
    )
    return [row[0] for row in await rows.fetchall()]


async def disagreements(conn: AsyncConnection[Any]) -> list[str]:
    """What does not fit together in the records, in words; nothing if all does."""
    asked = sql.SQL(" UNION ALL ").join(
        sql.SQL("(SELECT {} WHERE EXISTS ({}))").format(sql.Literal(said), sql.SQL(query))
        for said, query in _NEVER.items()
    )
    rows = await conn.execute(asked)
    return [row[0] for row in await rows.fetchall()]


_LONGEST = max(SHOP.hold_minutes, SHOP.offer_minutes)

_NEVER = {
    "a ledger entry without a result": "SELECT FROM effects WHERE result IS NULL",
    "a ledger entry for a record that is not there": """
        SELECT FROM effects e WHERE NOT EXISTS (
            SELECT FROM (
                SELECT id FROM appointments UNION ALL SELECT id FROM customers
                UNION ALL SELECT id FROM vehicles UNION ALL SELECT id FROM callbacks
                UNION ALL SELECT id FROM tow_requests UNION ALL SELECT id FROM consents
                UNION ALL SELECT id FROM waitlist
            ) AS records
             WHERE id::text IN (e.result->>'appointment_id', e.result->>'id'))
    """,
    "a record that is not in the ledger": """
        SELECT FROM (
            SELECT id FROM appointments UNION ALL SELECT id FROM tow_requests
            UNION ALL SELECT id FROM consents UNION ALL SELECT id FROM waitlist
            UNION ALL SELECT id FROM callbacks WHERE waitlist_entry IS NULL
        ) AS records
         WHERE NOT EXISTS (
            SELECT FROM effects
             WHERE id::text IN (result->>'appointment_id', result->>'id')
               AND kind IN ('book', 'callback', 'tow', 'consent', 'join_waitlist'))
    """,
    "a change of an appointment that is not audited once, as it is in the ledger": """
        SELECT FROM effects e
         WHERE kind IN ('book', 'move', 'cancel', 'restore', 'confirm', 'arrange') AND 1 <> (
            SELECT count(*) FROM audit_log l
             WHERE l.call_sid = e.call_sid AND l.action = e.kind AND l.entity = 'appointments'
               AND l.record_id::text = e.result->>'appointment_id')
    """,
    "a record whose making is not audited once": """
        SELECT FROM (
            SELECT id FROM customers UNION ALL SELECT id FROM vehicles
            UNION ALL SELECT id FROM callbacks UNION ALL SELECT id FROM tow_requests
            UNION ALL SELECT id FROM consents UNION ALL SELECT id FROM waitlist
        ) AS records
         WHERE 1 <> (
            SELECT count(*) FROM audit_log WHERE record_id = records.id AND action = 'create')
    """,
    "a cancelled appointment nobody cancelled, or the other way about": """
        SELECT FROM appointments a WHERE (status = 'cancelled') <> coalesce((
            SELECT l.action = 'cancel' FROM audit_log l
             WHERE l.record_id = a.id AND l.action IN ('cancel', 'restore')
             ORDER BY l.id DESC LIMIT 1), false)
    """,
    "an appointment at another time than it was booked for or moved to": """
        SELECT FROM appointments a WHERE scheduled_at <> (
            SELECT (e.request->>'starts_at')::timestamptz FROM effects e
             WHERE e.result->>'appointment_id' = a.id::text AND e.kind IN ('book', 'move')
             ORDER BY e.kind = 'move' DESC LIMIT 1)
    """,
    "an appointment the calendar is not told of": """
        SELECT FROM appointments a WHERE NOT EXISTS (
            SELECT FROM calendar_outbox
             WHERE appointment_id = a.id AND revision = a.revision AND shown IS NULL)
    """,
    "an offer without a hold or without a call back, or the other way about": """
        SELECT FROM waitlist w WHERE (status = 'offered') <> EXISTS (
            SELECT FROM slot_holds WHERE holder = 'waitlist:' || w.id)
        UNION ALL
        SELECT FROM waitlist w WHERE (status = 'offered') <> EXISTS (
            SELECT FROM callbacks WHERE waitlist_entry = w.id AND status = 'open')
    """,
    "a hold that blocks for longer than it may": f"""
        SELECT FROM slot_holds WHERE expires_at > created_at + interval '{_LONGEST} minutes'
    """,
    "a customer twice": """
        SELECT FROM customers GROUP BY phone, lower(first_name), lower(last_name)
        HAVING count(*) > 1
    """,
    "a car twice": """
        SELECT FROM vehicles GROUP BY customer_id, year, make, model HAVING count(*) > 1
    """,
    "an opted-out customer who is still reminded": """
        SELECT FROM customers JOIN opt_outs USING (phone) WHERE receive_reminders
    """,
}

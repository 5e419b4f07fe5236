"""Whether the records agree with the ledger, whatever has happened to whoever wrote them."""

from typing import Any

from psycopg import AsyncConnection, sql

from shop.desk import Desk
from tests.support.deeds import Deed, Given

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


async def clear(conn: AsyncConnection[Any]) -> None:
    """Take everything out again but what was there from the start."""
    deletions = sql.SQL(", ").join(
        sql.SQL("{0} AS (DELETE FROM {0})").format(sql.Identifier(table))
        for table in await _tables(conn)
    )
    async with conn.transaction():
        # As a replica would: without the triggers, such as the one that keeps the audit log.
        await conn.execute("SET LOCAL session_replication_role = replica")
        await conn.execute(sql.SQL("WITH {} SELECT").format(deletions))


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


async def disagreements(conn: AsyncConnection[Any]) -> list[str]:
    """What does not fit together in the records, in words; nothing if all does."""
    asked = sql.SQL(" UNION ALL ").join(
        sql.SQL("(SELECT {} WHERE EXISTS ({}))").format(sql.Literal(said), sql.SQL(query))
        for said, query in _NEVER.items()
    )
    rows = await conn.execute(asked)
    return [row[0] for row in await rows.fetchall()]


_NEVER = {
    "a ledger entry without a result": "SELECT FROM effects WHERE result IS NULL",
    "a ledger entry for an appointment that is not there": """
        SELECT FROM effects e WHERE kind IN ('book', 'move', 'cancel', 'restore') AND NOT EXISTS (
            SELECT FROM appointments WHERE id::text = e.result->>'appointment_id')
    """,
    "an appointment that is not in the ledger": """
        SELECT FROM appointments a WHERE NOT EXISTS (
            SELECT FROM effects WHERE kind = 'book' AND result->>'appointment_id' = a.id::text)
    """,
    "a change of an appointment that is not noted once, as it is in the ledger": """
        SELECT FROM effects e WHERE kind IN ('book', 'move', 'cancel', 'restore') AND 1 <> (
            SELECT count(*) FROM audit_log l
             WHERE l.call_sid = e.call_sid AND l.action = e.kind AND l.entity = 'appointments'
               AND l.record_id::text = e.result->>'appointment_id')
    """,
    "a cancelled appointment nobody cancelled, or the other way about": """
        SELECT FROM appointments a WHERE (status = 'cancelled') <> coalesce((
            SELECT l.action = 'cancel' FROM audit_log l
             WHERE l.record_id = a.id AND l.action IN ('cancel', 'restore')
             ORDER BY l.id DESC LIMIT 1), false)
    """,
    "a move in the ledger that the appointment did not make, or the other way about": """
        SELECT FROM effects e JOIN appointments a ON a.id::text = e.result->>'appointment_id'
         WHERE e.kind = 'move' AND a.scheduled_at <> (e.request->>'starts_at')::timestamptz
        UNION ALL
        SELECT FROM appointments a
          JOIN effects b ON b.kind = 'book' AND a.id::text = b.result->>'appointment_id'
         WHERE a.scheduled_at <> (b.request->>'starts_at')::timestamptz AND NOT EXISTS (
            SELECT FROM effects m
             WHERE m.kind = 'move' AND a.id::text = m.result->>'appointment_id')
    """,
    "an appointment the calendar is not told of": """
        SELECT FROM appointments a WHERE NOT EXISTS (
            SELECT FROM calendar_outbox
             WHERE appointment_id = a.id AND revision = a.revision AND shown IS NULL)
    """,
    "a ledger entry for a record that is not there": """
        SELECT FROM effects e WHERE kind IN ('add_customer', 'add_vehicle', 'callback', 'tow')
           AND NOT EXISTS (
            SELECT FROM customers WHERE id::text = e.result->>'id'
            UNION ALL SELECT FROM vehicles WHERE id::text = e.result->>'id'
            UNION ALL SELECT FROM callbacks WHERE id::text = e.result->>'id'
            UNION ALL SELECT FROM tow_requests WHERE id::text = e.result->>'id')
    """,
    "a promise to a caller that is not in the ledger": """
        SELECT FROM (SELECT id FROM callbacks UNION ALL SELECT id FROM tow_requests) AS promised
         WHERE NOT EXISTS (SELECT FROM effects WHERE result->>'id' = promised.id::text)
    """,
    "a customer or car whose making is not noted once": """
        SELECT FROM (SELECT id FROM customers UNION ALL SELECT id FROM vehicles) AS made
         WHERE 1 <> (
            SELECT count(*) FROM audit_log WHERE record_id = made.id AND action = 'create')
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

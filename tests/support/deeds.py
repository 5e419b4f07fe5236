"""Everything the desk can be asked to write, and whether the records agree with the ledger."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

import httpx
from psycopg import AsyncConnection, sql

from shop.db import Pool
from shop.desk import Desk, NewCustomer, NewVehicle
from shop.nhtsa import Vpic
from shop.profile import load_shop

SHOP = load_shop()
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
"""A Monday morning in Springfield."""

CALL = "CA1"
STRANGER = NewCustomer("Daniel", "Brooks", "217-555-0131", "daniel@example.com")
REGULAR = NewCustomer("Ann", "Able", "217-555-0133", "ann@example.com")
CIVIC = NewVehicle(2018, "Honda", "Civic", color="Blue")
CAMRY = NewVehicle(2016, "Toyota", "Camry", license_plate="AB 12 345")
PERSONAL = (
    "Daniel", "Brooks", "daniel@example.com", "5550131", "555-0131",
    "Ann", "Able", "ann@example.com", "5550133", "555-0133", "AB12345", "AB 12 345",
)  # fmt: skip
"""What must never be found in a log or in an exception."""

Given = Mapping[str, str]
"""What is on file before a deed: the ids of a regular customer, their car and appointments."""

Deed = Callable[[Desk, Given], Awaitable[str]]
"""Asks for one write, always under the same key; returns what it led to in a word."""

_STAYS = ("schema_migrations", "bays", "technicians", "holidays", "transfer_targets")


def desk_on(pool: Pool, client: httpx.AsyncClient) -> Desk:
    """The desk of the shop, whose clock stands still."""
    return Desk(pool, SHOP, lambda: NOW, Vpic("http://127.0.0.1:9", client))


def at(hour: int, *, day: int = 24) -> datetime:
    """A time of Tuesday, or of another day of that November."""
    return datetime.combine(date(2026, 11, day), time(hour), tzinfo=SHOP.zone)


async def prepare(desk: Desk) -> Given:
    """Put a regular customer, their car and two appointments on file, one of them cancelled."""
    made = [
        await desk.book(
            call_sid="CA0", key=f"k{hour}", customer=REGULAR, vehicle=CAMRY,
            service_key="oil_change", starts_at=at(hour), notes=None,
        )
        for hour in (9, 14)
    ]  # fmt: skip
    given = {
        "customer": str(made[0].customer_id),
        "vehicle": str(made[0].vehicle_id),
        "appointment": str(made[0].appointment.id),
        "cancelled": str(made[1].appointment.id),
    }
    await desk.cancel(
        call_sid="CA0", key="c", appointment_id=made[1].appointment.id, reason="other"
    )
    return given


async def _book_stranger(desk: Desk, given: Given) -> str:
    made = await desk.book(
        call_sid=CALL, key="k", customer=STRANGER, vehicle=CIVIC, service_key="oil_change",
        starts_at=at(10), notes="a rattle",
    )  # fmt: skip
    return str(made.appointment.id)


async def _book_regular(desk: Desk, given: Given) -> str:
    made = await desk.book(
        call_sid=CALL, key="k", customer=UUID(given["customer"]), vehicle=UUID(given["vehicle"]),
        service_key="inspection", starts_at=at(10), notes=None,
    )  # fmt: skip
    return str(made.appointment.id)


async def _move(desk: Desk, given: Given) -> str:
    moved = await desk.move(
        call_sid=CALL, key="k", appointment_id=UUID(given["appointment"]), starts_at=at(11)
    )
    return f"{moved.appointment.id} at {moved.appointment.scheduled_at}"


async def _cancel(desk: Desk, given: Given) -> str:
    gone = await desk.cancel(
        call_sid=CALL, key="k", appointment_id=UUID(given["appointment"]), reason="vehicle_sold"
    )
    return f"{gone.id} {gone.status}"


async def _add_customer(desk: Desk, given: Given) -> str:
    return str(await desk.add_customer(call_sid=CALL, key="k", customer=STRANGER))


async def _add_vehicle(desk: Desk, given: Given) -> str:
    customer_id = UUID(given["customer"])
    return str(
        await desk.add_vehicle(call_sid=CALL, key="k", customer_id=customer_id, vehicle=CIVIC)
    )


async def _request_callback(desk: Desk, given: Given) -> str:
    asked = await desk.request_callback(
        call_sid=CALL, key="k", phone=STRANGER.phone, topic="a bill", summary="Too high",
        name="Daniel Brooks",
    )  # fmt: skip
    return str(asked.id)


async def _request_tow(desk: Desk, given: Given) -> str:
    asked = await desk.request_tow(
        call_sid=CALL, key="k", phone=STRANGER.phone, location="on Route 4", problem="no start"
    )
    return str(asked.id)


async def _opt_out(desk: Desk, given: Given) -> str:
    await desk.opt_out(call_sid=CALL, key="k", phone=REGULAR.phone)
    return "out"


async def _close_call(desk: Desk, given: Given) -> str:
    await desk.close_call(CALL, outcome="booked", customer_id=UUID(given["customer"]))
    return "closed"


DEEDS: dict[str, Deed] = {
    "book for a stranger": _book_stranger,
    "book for a regular customer": _book_regular,
    "move": _move,
    "cancel": _cancel,
    "write a customer down": _add_customer,
    "write a car down": _add_vehicle,
    "ask for a call back": _request_callback,
    "ask for a tow": _request_tow,
    "opt out": _opt_out,
    "close a call": _close_call,
}


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

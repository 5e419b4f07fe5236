"""What the database itself makes impossible."""

from collections.abc import Iterator

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import errors

from shop.db import Pool
from shop.schedule.appointments import Status

_PEOPLE = (
    """
    INSERT INTO customers (id, phone, first_name, last_name) VALUES
        ('00000000-0000-0000-0000-00000000000a', '+12175550100', 'Ann', 'Able'),
        ('00000000-0000-0000-0000-00000000000b', '+12175550100', 'Bob', 'Able')
    """,
    """
    INSERT INTO vehicles (id, customer_id, year, make, model, vin) VALUES
        ('00000000-0000-0000-0000-0000000000a1', '00000000-0000-0000-0000-00000000000a',
         2019, 'Honda', 'Civic', '1HGCM82633A004352')
    """,
    "INSERT INTO bays (name) VALUES ('A1'), ('A2')",
)
_BOOK = """
INSERT INTO appointments (customer_id, vehicle_id, scheduled_at, duration_minutes, service_type,
                          service_category, service_description, service_bay, status, cancelled_at)
VALUES ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-0000000000a1',
        %(at)s, 60, 'inspection', 'inspection', 'vehicle inspection',
        (SELECT id FROM bays WHERE name = %(bay)s), %(status)s::text,
        CASE WHEN %(status)s::text = 'cancelled' THEN now() END)
RETURNING id
"""


async def _book(
    pool: Pool, at: str, *, bay: str = "A1", status: str = "scheduled"
) -> tuple[object, ...]:
    async with pool.connection() as connection:
        rows = await connection.execute(_BOOK, {"at": at, "bay": bay, "status": status})
        row = await rows.fetchone()
        assert row is not None
        return row


async def _run(pool: Pool, statement: str, values: list[object] | None = None) -> None:
    async with pool.connection() as connection:
        await connection.execute(statement, values)


@pytest.fixture
async def peopled(pool: Pool) -> Pool:
    for statement in _PEOPLE:
        await _run(pool, statement)
    await _book(pool, "2026-12-01T15:00Z")
    return pool


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("at", "bay", "status"),
    [
        ("2026-12-01T16:00Z", "A1", "scheduled"),
        ("2026-12-01T14:00Z", "A1", "scheduled"),
        ("2026-12-01T15:00Z", "A2", "scheduled"),
        ("2026-12-01T15:00Z", "A1", "cancelled"),
        ("2026-12-01T15:30Z", "A1", "completed"),
    ],
    ids=[
        "the next car may come when the last one leaves",
        "one may leave when the next one comes",
        "another bay is another matter",
        "a cancelled appointment holds no bay",
        "a completed one neither",
    ],
)
async def test_what_fits_in_a_bay(peopled: Pool, at: str, bay: str, status: str) -> None:
    await _book(peopled, at, bay=bay, status=status)


@pytest.mark.anyio
@pytest.mark.parametrize("at", ["2026-12-01T15:00Z", "2026-12-01T14:30Z", "2026-12-01T09:30-06:00"])
@pytest.mark.parametrize("status", ["scheduled", "confirmed", "in_progress"])
async def test_two_cars_never_share_a_bay(peopled: Pool, at: str, status: str) -> None:
    with pytest.raises(errors.ExclusionViolation):
        await _book(peopled, at, status=status)


@pytest.mark.anyio
async def test_a_cancelled_appointment_comes_back_only_into_a_free_bay(peopled: Pool) -> None:
    (gone,) = await _book(peopled, "2026-12-01T15:30Z", status="cancelled")
    with pytest.raises(errors.ExclusionViolation):
        await _run(peopled, "UPDATE appointments SET status = 'scheduled' WHERE id = %s", [gone])


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("was", "becomes", "allowed"),
    [
        ("scheduled", "confirmed", True),
        ("confirmed", "in_progress", True),
        ("in_progress", "completed", True),
        ("confirmed", "no_show", True),
        ("cancelled", "scheduled", True),
        ("scheduled", "completed", False),
        ("completed", "scheduled", False),
        ("completed", "cancelled", False),
        ("no_show", "confirmed", False),
        ("cancelled", "in_progress", False),
    ],
)
async def test_an_appointment_goes_only_where_it_can(
    peopled: Pool, was: str, becomes: str, allowed: bool
) -> None:
    (one,) = await _book(peopled, "2026-12-02T15:00Z", status=was)
    change = "UPDATE appointments SET status = %s WHERE id = %s"
    if allowed:
        await _run(peopled, change, [becomes, one])
    else:
        with pytest.raises(errors.CheckViolation):
            await _run(peopled, change, [becomes, one])


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("statement", "error"),
    [
        (
            "UPDATE appointments SET customer_id = '00000000-0000-0000-0000-00000000000b'",
            errors.ForeignKeyViolation,
        ),
        ("UPDATE customers SET phone = '217-555-0100'", errors.CheckViolation),
        ("UPDATE customers SET email = 'Ann@Example.com'", errors.CheckViolation),
        ("UPDATE customers SET email = 'ann@example.com'", errors.UniqueViolation),
        ("UPDATE vehicles SET vin = '1HGCM82633A00435O'", errors.CheckViolation),
        (
            "INSERT INTO vehicles (customer_id, year, make, model, vin) VALUES"
            " ('00000000-0000-0000-0000-00000000000b', 2019, 'A', 'B', '1HGCM82633A004352')",
            errors.UniqueViolation,
        ),
        ("DELETE FROM audit_log", errors.InsufficientPrivilege),
        ("UPDATE audit_log SET action = 'none'", errors.InsufficientPrivilege),
        ("TRUNCATE audit_log", errors.InsufficientPrivilege),
    ],
    ids=[
        "a car of another customer",
        "a telephone number that is not E.164",
        "an e-mail address in capitals",
        "one e-mail address for two people",
        "a VIN with the letter O",
        "one VIN on two active cars",
        "audit entries taken out",
        "audit entries changed",
        "the audit emptied",
    ],
)
async def test_what_is_refused(peopled: Pool, statement: str, error: type[psycopg.Error]) -> None:
    with pytest.raises(error):
        await _run(peopled, statement)


# Where an appointment can go from where it is; in the order in which a good day goes.
GOES: dict[Status, set[Status]] = {
    "scheduled": {"confirmed", "in_progress", "cancelled", "no_show"},
    "confirmed": {"scheduled", "in_progress", "cancelled", "no_show"},
    "in_progress": {"completed", "cancelled"},
    "completed": set(),
    "cancelled": {"scheduled"},
    "no_show": set(),
}


@pytest.fixture
def one_appointment(dsn: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(dsn, autocommit=True) as conn:
        for statement in _PEOPLE:
            conn.execute(statement.encode())
        conn.execute(_BOOK, {"at": "2026-12-01T15:00Z", "bay": "A1", "status": "scheduled"})
        yield conn


def _become(conn: psycopg.Connection[tuple[object, ...]], status: Status) -> None:
    with conn.transaction():
        conn.execute("UPDATE appointments SET status = %s, cancelled_at = now()", [status])


@settings(
    deadline=None,
    max_examples=80,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(wishes=st.lists(st.sampled_from(sorted(GOES)), max_size=12))
def test_whatever_is_tried_an_appointment_goes_only_where_it_can(
    one_appointment: psycopg.Connection[tuple[object, ...]], wishes: list[Status]
) -> None:
    conn = one_appointment
    status: Status = "scheduled"
    with conn.transaction(force_rollback=True):
        for wish in wishes:
            allowed = wish == status or wish in GOES[status]
            if allowed:
                _become(conn, wish)
                status = wish
            else:
                with pytest.raises(errors.CheckViolation, match=f"from {status} to {wish}"):
                    _become(conn, wish)
            assert conn.execute("SELECT status FROM appointments").fetchone() == (status,)


@pytest.mark.anyio
async def test_money_is_counted_exactly(pool: Pool) -> None:
    async with pool.connection() as conn:
        inexact = await conn.execute(
            """
            SELECT table_name, column_name FROM information_schema.columns
             WHERE table_schema = 'public' AND data_type IN ('real', 'double precision', 'money')
               AND column_name NOT LIKE '%ms'
            """
        )
        assert await inexact.fetchall() == []
        amounts = await conn.execute(
            """
            SELECT column_name, numeric_scale FROM information_schema.columns
             WHERE table_schema = 'public' AND column_name ~ '_cost$' ORDER BY 1
            """
        )
        found = await amounts.fetchall()
    assert found == [("actual_cost", 2), ("estimated_cost", 2), ("total_cost", 2)]

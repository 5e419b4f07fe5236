"""What is remembered of customers' files, and that it is never out of date."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from typing import Any
from uuid import UUID

import httpx
import pytest
from psycopg import AsyncConnection

from shop.cars.nhtsa import Vpic
from shop.db import Pool
from shop.desk import Desk, NewCustomer, NewVehicle
from shop.people.customers import CustomerFile
from shop.people.filecache import KEPT_S, FileCache, open_files
from shop.profile.shop import load_shop
from shop.seed.demo import demo_id, load_demo

pytestmark = pytest.mark.anyio

SHOP = load_shop()
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
MARIA, HER_NUMBER = demo_id("Maria Lopez"), "+12175550142"
NOBODYS = "+12175550166"


@dataclass(slots=True)
class Timer:
    """A clock that stands until it is moved."""

    at: float = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def timer() -> Timer:
    return Timer()


@pytest.fixture
async def desk(pool: Pool, dsn: str, timer: Timer) -> AsyncIterator[Desk]:
    await load_demo(pool, SHOP, lambda: NOW)
    async with httpx.AsyncClient() as client, open_files(dsn, timer) as files:
        await files.until_listening()
        yield Desk(pool, SHOP, lambda: NOW, Vpic("http://127.0.0.1:9", client), files=files)


async def looked_until(desk: Desk, phone: str, seen: Callable[[list[CustomerFile]], bool]) -> None:
    """Look until something is seen. The database tells at once, but through another connection."""
    async with asyncio.timeout(30):
        while not seen(await desk.callers(phone)):  # noqa: ASYNC110 - other processes set no event
            await asyncio.sleep(0.01)


@asynccontextmanager
async def questions(pool: Pool) -> AsyncIterator[Callable[[], int]]:
    """Counts the connections borrowed, and so the questions to the database, from here on."""
    before = pool.get_stats()["requests_num"]
    yield lambda: pool.get_stats()["requests_num"] - before


def remembering(desk: Desk) -> FileCache:
    assert desk.files is not None
    return desk.files


def is_called(name: str, found: list[CustomerFile]) -> bool:
    return found[0].customer.first_name == name


async def staff(dsn: str, statement: str, values: list[Any]) -> None:
    """Somebody else changes the records: another process, or a person at the database."""
    async with await AsyncConnection.connect(dsn, autocommit=True) as conn:
        await conn.execute(statement, values)


async def test_a_file_is_read_once_and_then_remembered_for_five_minutes(
    desk: Desk, pool: Pool, timer: Timer
) -> None:
    async with questions(pool) as asked:
        first = await desk.callers(HER_NUMBER)
        assert asked() == 1
        assert await desk.callers(HER_NUMBER) == first
        assert await desk.callers(NOBODYS) == [] == await desk.callers(NOBODYS)
        assert asked() == 2
        timer.at = KEPT_S - 1
        assert await desk.callers(HER_NUMBER) == first
        assert asked() == 2
        timer.at = KEPT_S + 1
        assert await desk.callers(HER_NUMBER) == first
        assert asked() == 3


async def test_what_is_remembered_cannot_be_changed_by_who_reads_it(desk: Desk) -> None:
    found = await desk.callers(HER_NUMBER)
    found.clear()
    (file,) = await desk.callers(HER_NUMBER)
    with pytest.raises(AttributeError):
        file.customer.first_name = "Mary"  # type: ignore[misc]  # what must not work
    assert isinstance(file.vehicles, tuple)


async def test_a_write_is_seen_by_the_next_look(desk: Desk) -> None:
    who = NewCustomer("Zoe", "Quinn", NOBODYS)
    assert await desk.callers(NOBODYS) == []
    zoe = await desk.add_customer(call_sid="CA1", key="c", customer=who)
    (file,) = await desk.callers(NOBODYS)
    assert (file.customer.id, file.vehicles) == (zoe, ())
    car = NewVehicle(2019, "Honda", "Civic", color="red")
    made = await desk.add_vehicle(call_sid="CA1", key="v", customer_id=zoe, vehicle=car)
    (file,) = await desk.callers(NOBODYS)
    assert [vehicle.id for vehicle in file.vehicles] == [made]
    await desk.opt_out(call_sid="CA1", key="o", phone=NOBODYS)
    (file,) = await desk.callers(NOBODYS)
    assert not file.customer.receive_reminders


async def test_what_a_booking_adds_is_seen_by_the_next_look(desk: Desk) -> None:
    assert await desk.callers(NOBODYS) == []
    (slot, *_) = (await desk.free_slots("oil_change", date(2026, 11, 24))).slots
    await desk.book(
        call_sid="CA1",
        key="b",
        customer=NewCustomer("Zoe", "Quinn", NOBODYS),
        vehicle=NewVehicle(2019, "Honda", "Civic"),
        service_key="oil_change",
        starts_at=slot.starts_at,
        notes=None,
    )
    (file,) = await desk.callers(NOBODYS)
    assert [vehicle.model for vehicle in file.vehicles] == ["Civic"]


@pytest.mark.parametrize(
    ("statement", "values", "seen"),
    [
        (
            "UPDATE customers SET first_name = 'Mary' WHERE id = %s",
            [MARIA],
            lambda found: found[0].customer.first_name == "Mary",
        ),
        (
            "UPDATE vehicles SET status = 'sold' WHERE customer_id = %s",
            [MARIA],
            lambda found: found[0].vehicles == (),
        ),
        (
            "INSERT INTO service_history (vehicle_id, service_date, services_performed)"
            " VALUES (%s, '2026-11-22', '{oil change}')",
            [demo_id("Maria Lopez Honda")],
            lambda found: found[0].last_service == "oil change",
        ),
        (
            "UPDATE customers SET phone = '+12175550199' WHERE id = %s",
            [MARIA],
            lambda found: found == [],
        ),
    ],
    ids=["a name", "her cars", "what was done to one", "her number"],
)
async def test_what_others_change_is_heard_of(
    desk: Desk,
    dsn: str,
    statement: str,
    values: list[UUID],
    seen: Callable[[list[CustomerFile]], bool],
) -> None:
    assert not seen(await desk.callers(HER_NUMBER))
    await staff(dsn, statement, values)
    await looked_until(desk, HER_NUMBER, seen)


async def test_what_was_read_while_it_changed_is_not_remembered(desk: Desk, pool: Pool) -> None:
    files = remembering(desk)
    reading, changed = asyncio.Event(), asyncio.Event()

    async def load() -> list[CustomerFile]:
        reading.set()
        await changed.wait()
        return []

    slow = asyncio.create_task(files.get(HER_NUMBER, load))
    await reading.wait()
    files.forget(HER_NUMBER)
    changed.set()
    assert await slow == ()
    assert len(await desk.callers(HER_NUMBER)) == 1


async def test_nothing_is_remembered_while_changes_are_not_heard_of(desk: Desk, pool: Pool) -> None:
    files = FileCache()
    aside = replace(desk, files=files)
    files.listen()
    await aside.callers(HER_NUMBER)
    files.stop_listening()
    async with questions(pool) as asked:
        for _ in range(3):
            await aside.callers(HER_NUMBER)
        assert asked() == 3
        files.listen()
        for _ in range(3):
            await aside.callers(HER_NUMBER)
        assert asked() == 4


async def test_what_was_asked_before_changes_were_heard_of_is_not_remembered(desk: Desk) -> None:
    files = FileCache()

    async def load() -> list[CustomerFile]:
        files.listen()
        return []

    assert await files.get(HER_NUMBER, load) == ()
    assert len(await replace(desk, files=files).callers(HER_NUMBER)) == 1


async def test_a_channel_that_breaks_is_mended(desk: Desk, dsn: str) -> None:
    await desk.callers(HER_NUMBER)
    cut = """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND query LIKE '%%pg_notify(''customer_files''%%'
           AND pid <> pg_backend_pid()
    """
    await staff(dsn, cut, [])
    change = "UPDATE customers SET first_name = %s WHERE id = %s"
    for name in ("Mary", "Marie"):
        await staff(dsn, change, [name, MARIA])
        await looked_until(desk, HER_NUMBER, partial(is_called, name))
        await remembering(desk).until_listening()


async def test_without_the_channel_every_look_is_a_question(pool: Pool, desk: Desk) -> None:
    deaf = replace(desk, files=FileCache())
    async with questions(pool) as asked:
        await deaf.callers(HER_NUMBER)
        await deaf.callers(HER_NUMBER)
        assert asked() == 2


async def test_a_database_that_is_not_there_is_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    async with (
        open_files("postgresql://nobody:secret@127.0.0.1:9/none") as files,
        asyncio.timeout(30),
    ):
        while "not remembered" not in caplog.text:  # noqa: ASYNC110 - a log sets no event
            await asyncio.sleep(0.01)
        assert not files.listening
    assert "secret" not in caplog.text


async def test_nobody_is_named_where_the_memory_is_shown(
    desk: Desk, dsn: str, caplog: pytest.LogCaptureFixture
) -> None:
    await desk.callers(HER_NUMBER)
    assert "5550142" not in repr(desk)
    assert "Lopez" not in repr(desk)
    assert "5550142" not in caplog.text


async def test_memory_is_bounded(desk: Desk) -> None:
    files = remembering(desk)

    async def nobody() -> list[CustomerFile]:
        return []

    for line in range(6_000):
        await files.get(f"+1217555{line:04d}", nobody)
    assert len(files._files) == 5_000  # what the process would hold on to


MANY = """
INSERT INTO customers (phone, first_name, last_name)
SELECT '+1217' || 2000000 + n, 'First' || n % 97, 'Last' || n % 997
  FROM generate_series(1, 10000) n;
INSERT INTO vehicles (customer_id, year, make, model)
SELECT id, 2015, 'Honda', 'Civic' FROM customers;
INSERT INTO service_history (vehicle_id, service_date, services_performed)
SELECT id, '2026-01-01', '{oil change}' FROM vehicles;
ANALYZE
"""
LOOK_UPS: dict[str, tuple[str, list[Any]]] = {
    "by number": ("SELECT * FROM customers WHERE phone = %s ORDER BY created_at", ["+12172000007"]),
    "by name": (
        "SELECT * FROM customers WHERE lower(last_name) = lower(%s) AND lower(first_name) = %s",
        ["Last5", "first5"],
    ),
    "their cars": (
        "SELECT * FROM vehicles WHERE customer_id = ANY(%s) AND status = 'active'",
        [[MARIA]],
    ),
    "what was done last": (
        "SELECT * FROM service_history h JOIN vehicles v ON v.id = h.vehicle_id"
        " WHERE v.customer_id = ANY(%s)",
        [[MARIA]],
    ),
}


async def test_among_ten_thousand_customers_every_look_up_goes_by_an_index(
    dsn: str, pool: Pool
) -> None:
    async with await AsyncConnection.connect(dsn, autocommit=True) as conn:
        for statement in MANY.split(";"):
            await conn.execute(statement.encode())
        for name, (query, values) in LOOK_UPS.items():
            rows = await conn.execute(f"EXPLAIN {query}".encode(), values)
            plan = "\n".join(line for (line,) in await rows.fetchall())
            assert "Seq Scan" not in plan, f"{name}: {plan}"

"""Days closed and people away at short notice, as a running service comes to know of them."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest

from api.core import open_records
from shop.cars.nhtsa import Vpic
from shop.db import Pool
from shop.desk import Desk, NewCustomer, NewVehicle
from shop.errors import OutsideHours
from shop.profile import closures, hours
from shop.profile.closing import Staff, StaffRefused
from shop.profile.closures import LiveShop, open_live
from shop.profile.shop import Closure, Holiday, Shop, load_shop
from tests.support.service import settings

pytestmark = pytest.mark.anyio

SHOP = load_shop()
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
TUESDAY = date(2026, 12, 1)
STORM = Closure("the ice storm", "weather")
PATIENCE_S = 20.0


@asynccontextmanager
async def following(dsn: str, pool: Pool, **options: Any) -> AsyncIterator[Desk]:
    """A desk in a process of its own, as far as the database can tell."""
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(httpx.AsyncClient())
        live = await stack.enter_async_context(open_live(dsn, SHOP, lambda: NOW, **options))
        vpic = Vpic("http://127.0.0.1:9", client)
        yield Desk(pool, SHOP, lambda: NOW, vpic, live=live)


@pytest.fixture
async def desk(dsn: str, pool: Pool) -> AsyncIterator[Desk]:
    async with following(dsn, pool) as opened:
        yield opened


@asynccontextmanager
async def staff(pool: Pool, *, now: datetime = NOW) -> AsyncIterator[Staff]:
    async with pool.connection() as conn:
        yield Staff(conn, SHOP, now)


async def until(seen: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not seen():  # noqa: ASYNC110 - another process may have changed it
            await asyncio.sleep(0.01)


async def fetch(pool: Pool, query: str) -> list[tuple[Any, ...]]:
    async with pool.connection() as conn:
        return await (await conn.execute(query)).fetchall()


async def booked(desk: Desk, day: date) -> UUID:
    starts_at = datetime.combine(day, time(10), tzinfo=SHOP.zone).astimezone(UTC)
    booking = await desk.book(
        call_sid="CA1",
        key=f"book-{day}",
        customer=NewCustomer("Ada", "King", "+12175550160"),
        vehicle=NewVehicle(2019, "Honda", "Civic"),
        service_key="oil_change",
        starts_at=starts_at,
        notes=None,
    )
    return booking.appointment.id


async def test_a_closed_day_is_seen_by_everybody_who_runs(dsn: str, pool: Pool) -> None:
    async with following(dsn, pool) as one, following(dsn, pool) as other:
        assert (await one.free_slots("oil_change", TUESDAY)).open
        async with staff(pool) as writing:
            await writing.close(TUESDAY, STORM)
        for desk in (one, other):
            await until(lambda desk=desk: TUESDAY in desk.shop.closures)  # type: ignore[misc]  # bound early
            assert hours.closed_spoken(desk.shop, TUESDAY) == "closed on account of the ice storm"
            found = await desk.free_slots("oil_change", TUESDAY)
            assert (found.open, found.slots) == (False, ())
            assert date(2026, 12, 2) in found.other_days
            with pytest.raises(OutsideHours):
                await booked(desk, TUESDAY)
        async with staff(pool) as writing:
            await writing.open(TUESDAY)
        await until(lambda: TUESDAY not in one.shop.closures)
        assert await booked(one, TUESDAY)


async def test_a_change_is_seen_though_nothing_was_heard_of_it(dsn: str, pool: Pool) -> None:
    async with following(dsn, pool, poll_s=0.05) as desk:
        async with pool.connection() as conn:
            await conn.execute("ALTER TABLE holidays DISABLE TRIGGER holidays_changed")
            await conn.execute("INSERT INTO holidays (day, name) VALUES (%s, 'x')", [TUESDAY])
        await until(lambda: TUESDAY in desk.shop.closures)


async def test_what_was_known_stays_while_the_database_is_away(
    dsn: str, pool: Pool, caplog: pytest.LogCaptureFixture
) -> None:
    async with following(dsn, pool, poll_s=0.05) as desk:
        async with staff(pool) as writing:
            await writing.close(TUESDAY, STORM)
        await until(lambda: TUESDAY in desk.shop.closures)
        async with pool.connection() as conn:
            await conn.execute("ALTER TABLE holidays RENAME TO hidden")
            await conn.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            await until(lambda: caplog.text.count("changes are not heard of for now") > 1)
            assert TUESDAY in desk.shop.closures
            await conn.execute("ALTER TABLE hidden RENAME TO holidays")
            await conn.execute("DELETE FROM holidays WHERE day = %s", [TUESDAY])
        await until(lambda: TUESDAY not in desk.shop.closures)


async def test_a_person_who_is_away_is_not_put_through_to(desk: Desk, pool: Pool) -> None:
    assert desk.shop.transfer_target("service_advisor")
    async with staff(pool) as writing:
        await writing.reachable("service_advisor", available=False)
    await until(lambda: desk.shop.transfer_target("service_advisor") is None)
    async with staff(pool) as writing:
        await writing.reachable("service_advisor", available=True)
    await until(lambda: desk.shop.transfer_target("service_advisor") is not None)


async def test_the_file_is_copied_and_what_staff_wrote_stays(pool: Pool) -> None:
    async def sync(shop: Shop) -> None:
        async with pool.connection() as conn:
            await closures.sync(conn, shop, today=TODAY)

    await sync(replace(SHOP, closures=MappingProxyType({TUESDAY: Closure("a fair", "other")})))
    file = "SELECT day, name, kind FROM holidays WHERE from_file ORDER BY day LIMIT 3"
    assert await fetch(pool, file) == [
        (date(2026, 11, 26), "Thanksgiving Day", "holiday"),
        (TUESDAY, "a fair", "other"),
        (date(2026, 12, 25), "Christmas Day", "holiday"),
    ]
    assert await fetch(pool, "SELECT max(day) FROM holidays") == [(date(2028, 1, 1),)]
    async with staff(pool) as writing:
        await writing.close(date(2026, 11, 24), STORM)
        await writing.reachable("service_advisor", available=False)
    night = replace(SHOP.transfers["service_advisor"], key="night", number="+12175550109")
    moved = replace(SHOP.transfers["service_advisor"], number="+12175550108")
    await sync(
        replace(
            SHOP,
            holidays=(Holiday("Yule", date=date(2026, 12, 25)),),
            transfers=MappingProxyType({"night": night, "service_advisor": moved}),
        )
    )
    assert await fetch(pool, "SELECT day, name, from_file FROM holidays ORDER BY day") == [
        (date(2026, 11, 24), "the ice storm", False),
        (date(2026, 12, 25), "Yule", True),
    ]
    people = "SELECT key, number, available, hours->'monday' FROM transfer_targets ORDER BY key"
    assert await fetch(pool, people) == [
        ("night", "+12175550109", True, ["08:00", "18:00"]),
        ("service_advisor", "+12175550108", False, ["08:00", "18:00"]),
    ]
    names = await fetch(pool, "SELECT name FROM bays UNION ALL SELECT name FROM technicians")
    assert {name for (name,) in names} >= {"A1", "C2", "Tom Anderson"}


async def test_processes_that_start_together_copy_the_file_once(dsn: str) -> None:
    async def start() -> LiveShop:
        async with open_live(dsn, SHOP, lambda: NOW) as live:
            return live

    started = await asyncio.gather(*(start() for _ in range(6)))
    assert len({frozenset(live.changes.closures) for live in started}) == 1


@pytest.mark.parametrize(
    ("day", "name", "said"),
    [
        (date(2026, 11, 22), "rain", "2026-11-22 is over; close today or a day to come"),
        (date(2026, 12, 25), "rain", "2026-12-25 is closed already, by the shop's file"),
        (TUESDAY, "", "the reason must be 1 to 100 characters"),
        (TUESDAY, "x" * 101, "the reason must be 1 to 100 characters"),
        (TUESDAY, "an ice\nstorm", "the reason must be 1 to 100 characters"),
    ],
)
async def test_a_day_that_cannot_be_closed(
    desk: Desk, pool: Pool, day: date, name: str, said: str
) -> None:
    async with staff(pool) as writing:
        with pytest.raises(StaffRefused, match=said):
            await writing.close(day, Closure(name, "weather"))
    assert await fetch(pool, "SELECT count(*) FROM audit_log") == [(0,)]


async def test_what_cannot_be_opened_or_reached(desk: Desk, pool: Pool) -> None:
    async with staff(pool) as writing:
        with pytest.raises(StaffRefused, match="has not been closed"):
            await writing.open(TUESDAY)
        with pytest.raises(StaffRefused, match=r"by the shop's file \(Christmas Day\); change it"):
            await writing.open(date(2026, 12, 25))
        with pytest.raises(StaffRefused, match="there is service_advisor"):
            await writing.reachable("the_moon", available=False)


async def test_every_change_of_staff_is_audited(desk: Desk, pool: Pool) -> None:
    async with staff(pool) as writing:
        await writing.close(TUESDAY, STORM)
        await writing.open(TUESDAY)
        await writing.reachable("service_advisor", available=False)
    assert await fetch(pool, "SELECT actor, action, entity FROM audit_log ORDER BY id") == [
        ("staff", "close", "holiday"),
        ("staff", "open", "holiday"),
        ("staff", "update", "transfer_target"),
    ]


async def test_the_service_has_it_all_wired(dsn: str, pool: Pool) -> None:
    async with open_records(settings(dsn), lambda: NOW) as records:
        async with staff(pool) as writing:
            await writing.close(TUESDAY, STORM)
        await until(lambda: TUESDAY in records.desk.shop.closures)


def run(dsn: str, *arguments: str) -> tuple[int, str]:
    """`python -m shop`; its exit status and everything it says."""
    done = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "shop", *arguments],
        input=f"{dsn}\n",
        capture_output=True,
        text=True,
        timeout=PATIENCE_S * 3,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


async def test_staff_close_and_open_a_day_from_a_terminal(dsn: str, pool: Pool) -> None:
    now = datetime.now(UTC)
    ahead = (now.astimezone(SHOP.zone).date() + timedelta(days=on) for on in range(2, 12))
    day = next(day for day in ahead if hours.windows(SHOP, day) and day.weekday() < 5)
    async with httpx.AsyncClient() as client:
        desk = Desk(pool, SHOP, lambda: now, Vpic("http://127.0.0.1:9", client))
        id_ = await booked(desk, day)
    closed = ("close", str(day), "the ice storm", "--kind", "weather")
    assert await asyncio.to_thread(run, dsn, *closed) == (
        0,
        f"{day}, a {day:%A}, is closed on account of the ice storm; 1 appointment stands on it, so"
        f" call whoever is to come:\n  10:00  {id_}\n",
    )
    assert await asyncio.to_thread(run, dsn, "open", str(day)) == (
        0,
        f"{day} is as any other {day:%A} again\n",
    )
    status, said = await asyncio.to_thread(run, dsn, "open", str(day))
    assert (status, said) == (
        1,
        f"nothing changed: {day} has not been closed; there is nothing to open\n",
    )


async def test_a_database_that_is_not_there_is_said_without_its_password(dsn: str) -> None:
    parts = psycopg.conninfo.conninfo_to_dict(dsn) | {"port": 9, "host": "127.0.0.1"}
    wrong = psycopg.conninfo.make_conninfo("", **(parts | {"password": "hush-hush"}))
    status, said = await asyncio.to_thread(run, wrong, "open", "2099-12-01")
    assert (status, said) == (1, "nothing changed: the database does not answer\n")
    assert await asyncio.to_thread(run, "", "open", "2099-12-01") == (
        1,
        "nothing changed: the connection string is empty; it looks like"
        " postgresql://user:password@host:5432/database\n",
    )

"""What processes do about the calendar by themselves, and what they tell of it."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from psycopg import AsyncConnection

from evals.standins.google_calendar import CALENDAR, Fault
from shop.calendar.channels import LASTS, PATH, RENEWED, Channels, known
from shop.calendar.errors import CalendarError
from shop.calendar.events import event_id
from shop.calendar.health import Health
from shop.calendar.listening import tell_of_change
from shop.calendar.reading import disconnect
from shop.calendar.retry import Policy
from shop.calendar.worker import Timing, Worker, open_worker
from shop.db import Pool, open_pool
from tests.support.calendar import PUBLIC_URL as URL
from tests.support.calendar import Calendared, calendared
from tests.support.front import NOW, TUESDAY, Front, at, caller

pytestmark = pytest.mark.anyio
EAGER = Timing(push_s=0.2, read_s=0.2, technicians_s=0.2, channels_s=0.2, quiet_s=0.0, listen_s=0.2)
NEVER = Timing(push_s=600, read_s=600, technicians_s=600, channels_s=600, quiet_s=0, listen_s=600)
ONCE = Policy(attempts=1, attempt_s=0.3, budget_s=0.5)
PATIENCE_S = 20.0


@dataclass
class Flowing:
    """It is Monday morning, and time passes; quicker than on the wall, so that waits are short."""

    speed: float = 20.0
    began: float = field(default_factory=time.monotonic)

    def __call__(self) -> datetime:
        return NOW + timedelta(seconds=self.speed * (time.monotonic() - self.began))


@asynccontextmanager
async def at_work(
    shop: Calendared,
    dsn: str,
    *,
    processes: int = 1,
    timing: Timing = EAGER,
    url: str | None = None,
) -> AsyncIterator[list[Worker]]:
    """Some processes that look after the calendar, each with connections of its own."""
    async with AsyncExitStack() as stack:
        workers = []
        for _ in range(processes):
            pool = await stack.enter_async_context(open_pool(dsn, max_size=4))
            connected = replace(shop.connected, pool=pool)
            worker = open_worker(connected, dsn=dsn, public_url=url, timing=timing)
            workers.append(await stack.enter_async_context(worker))
        yield workers


async def until(wanted: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            if await wanted():
                return
            await asyncio.sleep(0.02)


async def at_rest(shop: Calendared) -> None:
    """Wait until the calendar has been told of everything."""
    await until(lambda: _nothing_pending(shop))


async def _nothing_pending(shop: Calendared) -> bool:
    return not await shop.pending()


async def _health(worker: Worker, wanted: Callable[[Health], bool]) -> Health:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            found = await worker.health()
            if wanted(found):
                return found
            await asyncio.sleep(0.02)


async def test_what_is_booked_is_told_without_anybody_looking(pool: Pool, dsn: str) -> None:
    async with (
        calendared(pool, clock=Flowing()) as shop,
        at_work(shop, dsn, timing=NEVER) as (one,),
    ):
        await _health(one, lambda h: h.reads)
        made = await shop.front.book(at(TUESDAY, 10))
        await at_rest(shop)
        await shop.agree()
        assert shop.event(made)
        told = await _health(one, lambda h: h.connected)
        assert told.faults == {}
        assert told.seen is not None
        assert told.seen.backlog.pending == 0


async def test_what_staff_do_is_found_by_looking(pool: Pool, dsn: str) -> None:
    async with calendared(pool, clock=Flowing()) as shop, at_work(shop, dsn):
        made = await shop.front.book(at(TUESDAY, 10))
        await at_rest(shop)
        shop.move(made, at(TUESDAY, 15))
        await until(lambda: _is_at(shop, made.appointment.id, at(TUESDAY, 15)))
        await at_rest(shop)
        await shop.agree()


async def _is_at(shop: Calendared, appointment_id: Any, when: datetime) -> bool:
    return (await shop.row(appointment_id)).starts_at == when


async def test_a_notification_has_the_calendar_read_by_whoever_reads(pool: Pool, dsn: str) -> None:
    async with (
        calendared(pool, clock=Flowing()) as shop,
        at_work(shop, dsn, processes=2, timing=NEVER) as workers,
    ):
        await until(lambda: _one_reads(workers))
        shop.staff.blocks(at(TUESDAY, 10), at(TUESDAY, 11))
        async with pool.connection() as conn:
            await tell_of_change(conn)
        await until(lambda: _counts(shop.front, "calendar_blocks", 1))


async def _one_reads(workers: list[Worker]) -> bool:
    return sum([(await one.health()).reads for one in workers]) == 1


async def _counts(front: Front, table: str, wanted: int) -> bool:
    return await front.count(table) == wanted


async def test_one_process_reads_and_another_takes_over(pool: Pool, dsn: str) -> None:
    async with calendared(pool, clock=Flowing()) as shop:
        async with at_work(shop, dsn) as (first,):
            await _health(first, lambda h: h.reads)
            async with at_work(shop, dsn) as (second,):
                await _health(second, lambda h: h.connected)
                assert not (await second.health()).reads
                lists = _lists(shop)
                await until(lambda: _more_lists(shop, lists + 3))
                assert await _one_reads([first, second])
        async with at_work(shop, dsn) as (third,):
            await _health(third, lambda h: h.reads)


def _lists(shop: Calendared) -> int:
    return sum(one.method == "calendar.events.list" for one in shop.google.exchanges)


async def _more_lists(shop: Calendared, wanted: int) -> bool:
    return _lists(shop) >= wanted


async def test_two_processes_tell_each_thing_once(pool: Pool, dsn: str) -> None:
    async with calendared(pool, clock=Flowing()) as shop, at_work(shop, dsn, processes=2):
        for hour in (9, 10, 11, 13, 14, 15):
            await shop.front.book(at(TUESDAY, hour), customer=caller(hour))
        await at_rest(shop)
        await shop.agree()
        written = [one for one in shop.google.exchanges if one.method == "calendar.events.insert"]
        assert len(written) == 6


async def test_google_is_down_for_a_while(
    pool: Pool, dsn: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with calendared(pool, policy=ONCE, clock=Flowing()) as shop:
        shop.google.faults.always = Fault("unavailable")
        async with at_work(shop, dsn) as (one,):
            for hour in (9, 10, 11):
                await shop.front.book(at(TUESDAY, hour), customer=caller(hour))
            down = await _health(one, lambda h: {"push", "read"} <= h.faults.keys())
            assert not down.connected
            assert set(down.faults.values()) == {"server_trouble"}
            assert down.seen is not None
            assert down.seen.backlog.pending == 3
            assert down.seen.backlog.oldest_s >= 0
            shop.google.faults.always = None
            await at_rest(shop)
            await _health(one, lambda h: h.connected)
            await shop.agree()
    told = [r.getMessage() for r in caplog.records if r.name.startswith("shop.calendar")]
    assert len([line for line in told if "push fails" in line]) == 1
    assert "Number" not in caplog.text


async def test_one_appointment_that_cannot_be_shown_holds_up_no_other(pool: Pool, dsn: str) -> None:
    async with calendared(pool, clock=Flowing(speed=1)) as shop:
        made = await shop.front.book(at(TUESDAY, 9))
        shop.staff.blocks(at(TUESDAY, 9), at(TUESDAY, 10), id=event_id(made.appointment.id))
        async with at_work(shop, dsn) as (one,):
            others = [
                await shop.front.book(at(TUESDAY, h), customer=caller(h)) for h in (13, 14, 15)
            ]
            await until(lambda: _only_pending(shop, 1))
            assert all(shop.event(other) for other in others)
            assert (await _health(one, lambda h: h.connected)).faults == {}


async def _only_pending(shop: Calendared, wanted: int) -> bool:
    return await shop.pending() == wanted


async def test_stopping_waits_for_nobody(pool: Pool, dsn: str) -> None:
    async with calendared(pool, clock=Flowing()) as shop:
        shop.google.faults.always = Fault("hang")
        async with at_work(shop, dsn):
            await shop.front.book(at(TUESDAY, 9))
            await shop.google.faults.held.wait()
        assert [t for t in asyncio.all_tasks() if "calendar" in repr(t.get_coro())] == []
        shop.google.faults.always = None
        async with at_work(shop, dsn):
            await at_rest(shop)
        await shop.agree()


async def test_the_database_hangs_up_on_everybody(
    pool: Pool, dsn: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with calendared(pool, clock=Flowing()) as shop, at_work(shop, dsn) as (one,):
        await _health(one, lambda h: h.reads)
        async with await AsyncConnection.connect(dsn, autocommit=True) as conn:
            await conn.execute(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE datname = current_database() AND pid <> pg_backend_pid()
                """
            )
        await _health(one, lambda h: not h.reads)
        made = await shop.front.book(at(TUESDAY, 10))
        await at_rest(shop)
        await _health(one, lambda h: h.reads and h.connected)
        shop.delete(made)
        await until(lambda: _cancelled(shop, made.appointment.id))
    assert "the database is not heard" in caplog.text


async def test_the_database_says_when_there_is_no_calendar_any_more(pool: Pool) -> None:
    async with calendared(pool) as shop:
        shop.staff.blocks(at(TUESDAY, 10), at(TUESDAY, 11))
        made = await shop.front.book(at(TUESDAY, 14))
        await shop.settle()
        async with pool.connection() as conn:
            assert await disconnect(conn, shop.front.desk.shop) == 1
        assert await shop.state(made.appointment.id) == "none"
        await shop.reading.connect()
        await shop.settle()
        assert await shop.front.count("calendar_blocks") == 1
        assert await shop.state(made.appointment.id) == "shown"


# Channels


def channels(shop: Calendared, *, url: str | None = URL) -> Channels:
    return Channels.of(shop.connected, public_url=url)


async def _open(shop: Calendared) -> list[tuple[Any, ...]]:
    return await shop.front.fetch(
        "SELECT id, resource_id, token, expires_at, address FROM calendar_channels"
    )


async def test_a_channel_is_opened_once(pool: Pool) -> None:
    async with calendared(pool) as shop:
        assert await channels(shop).renew() is True
        assert await channels(shop).renew() is True
        ((channel_id, resource_id, token, expires_at, address),) = await _open(shop)
        (asked,) = [one.body for one in shop.google.exchanges]
        assert asked["address"] == address == URL + PATH
        assert (asked["id"], asked["token"], asked["type"]) == (channel_id, token, "web_hook")
        assert len(token) >= 40
        assert resource_id
        assert expires_at == shop.front.clock() + LASTS


async def test_a_channel_is_followed_by_another_before_it_ends(pool: Pool) -> None:
    async with calendared(pool) as shop:
        await channels(shop).renew()
        ((old, *_),) = await _open(shop)
        shop.front.clock.now += LASTS - RENEWED - timedelta(minutes=1)
        await channels(shop).renew()
        assert [row[0] for row in await _open(shop)] == [old]
        shop.front.clock.forward(minutes=2)
        await channels(shop).renew()
        ((new, *_),) = await _open(shop)
        assert new != old
        methods = [one.method for one in shop.google.exchanges]
        assert methods == ["calendar.events.watch"] * 2 + ["calendar.channels.stop"]
        assert shop.google.exchanges[-1].body["id"] == old


async def test_another_address_needs_another_channel(pool: Pool) -> None:
    async with calendared(pool) as shop:
        await channels(shop).renew()
        await channels(shop, url="https://127.0.0.1:9").renew()
        ((*_, address),) = await _open(shop)
        assert address == "https://127.0.0.1:9" + PATH
        assert await channels(shop, url=None).renew() is False
        assert await _open(shop) == []
        assert [one.method for one in shop.google.exchanges].count("calendar.channels.stop") == 2


async def test_a_channel_that_cannot_be_opened_leaves_none(pool: Pool) -> None:
    async with calendared(pool, policy=ONCE) as shop:
        for kind in ("server_error", "forbidden", "reset_after", "garbage"):
            shop.google.faults.coming.append(Fault(kind))
            with pytest.raises(CalendarError):
                await channels(shop).renew()
            assert await _open(shop) == []
        assert await channels(shop).renew() is True


async def test_an_old_channel_that_cannot_be_closed_is_closed_later(pool: Pool) -> None:
    async with calendared(pool, policy=ONCE) as shop:
        await channels(shop).renew()
        shop.front.clock.now += LASTS - RENEWED + timedelta(minutes=1)
        shop.google.faults.coming += [None, Fault("server_error")]
        with pytest.raises(CalendarError):
            await channels(shop).renew()
        assert len(await _open(shop)) == 2
        await channels(shop).renew()
        assert len(await _open(shop)) == 1


async def test_the_first_notification_may_come_before_the_answer(pool: Pool) -> None:
    async with calendared(pool) as shop:
        async with pool.connection() as conn:
            await conn.execute(
                """
                INSERT INTO calendar_channels VALUES ('c', %s, '', 'secret', %s, 'a')
                """,
                [CALENDAR, shop.front.clock()],
            )
            channel = await known(conn, "c")
            assert await known(conn, "d") is None
        assert channel is not None
        assert "secret" not in repr(channel)
        assert channel.is_from(token="secret", resource_id="anything")
        assert not channel.is_from(token="guess", resource_id="anything")


async def test_the_worker_keeps_a_channel_open(pool: Pool, dsn: str) -> None:
    async with calendared(pool, clock=Flowing()) as shop, at_work(shop, dsn, url=URL) as (one,):
        told = await _health(one, lambda h: h.seen is not None and bool(h.seen.notified_until))
        assert told.reads
        assert len(await _open(shop)) == 1


async def test_without_notifications_it_goes_on_by_looking(pool: Pool, dsn: str) -> None:
    async with calendared(pool, clock=Flowing()) as shop:
        bad = "http://not-https.example"
        async with at_work(shop, dsn, url=bad) as (one,):
            told = await _health(one, lambda h: "channels" in h.faults)
            assert told.faults["channels"] == "bad_request"
            made = await shop.front.book(at(TUESDAY, 10))
            await at_rest(shop)
            shop.delete(made)
            await until(lambda: _cancelled(shop, made.appointment.id))


async def _cancelled(shop: Calendared, appointment_id: Any) -> bool:
    return (await shop.row(appointment_id)).cancelled

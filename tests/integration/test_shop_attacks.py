"""What was found by trying to break the shop: each of these once went wrong."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import date
from typing import Any

import pytest
from psycopg import AsyncConnection

from shop.calendar.worker import open_worker
from shop.db import Pool
from shop.desk import Booking
from shop.errors import OutsideHours
from shop.people.filecache import open_files
from shop.profile.closing import Staff, StaffRefused
from shop.profile.closures import open_live
from shop.profile.shop import Closure
from tests.support.calendar import calendared
from tests.support.front import NOW, SHOP, TUESDAY, WEDNESDAY, Clock, Front, at, caller, opened
from tests.support.front import shop_with as shop_of

pytestmark = pytest.mark.anyio

PHONE = "+12175550131"
STORM = Closure("the ice storm", "weather")
PATIENCE_S = 10.0


@pytest.fixture
async def front(pool: Pool) -> AsyncIterator[Front]:
    async with opened(pool, shop_of(2, "Ann", "Ben")) as found:
        yield found


BLOCKED = """
SELECT 1 FROM pg_stat_activity
 WHERE %(pid)s = ANY(pg_blocking_pids(pid)) OR pid = %(pid)s AND pg_blocking_pids(pid) <> '{}'
"""


async def until_blocked(pool: Pool, party: AsyncConnection[Any]) -> None:
    """Wait until somebody waits for a connection's transaction, or that for somebody else's."""
    async with asyncio.timeout(PATIENCE_S), pool.connection() as conn:
        while True:
            rows = await conn.execute(BLOCKED, {"pid": party.info.backend_pid})
            if await rows.fetchone():
                return
            await asyncio.sleep(0.005)


# Two at one appointment


async def cancelled(front: Front, what: Booking) -> str:
    await front.cancel(what)
    return (await front.desk.appointment(what.appointment.id)).status


async def confirmed(front: Front, what: Booking) -> str:
    id_ = what.appointment.id
    return (await front.desk.confirm(call_sid="CA1", key="y", appointment_id=id_)).status


@pytest.mark.parametrize("deed", [cancelled, confirmed], ids=["cancelled", "confirmed"])
async def test_what_goes_to_another_bay_at_this_moment_is_still_found(
    front: Front, deed: Callable[[Front, Booking], Coroutine[Any, Any, str]]
) -> None:
    made = await front.book(at(TUESDAY, 10))
    assert (made.appointment.bay, made.appointment.technician) == ("A1", "Ann")
    async with front.pool.connection() as conn, conn.transaction():
        await conn.execute(
            """
                UPDATE appointments
                   SET service_bay = (SELECT id FROM bays WHERE name = 'A2'),
                       assigned_technician = (SELECT id FROM technicians WHERE name = 'Ben')
                """
        )
        doing = asyncio.create_task(deed(front, made))
        await until_blocked(front.pool, conn)
    assert await doing == deed.__name__


# The ledger


async def test_who_leaves_the_waiting_list_can_join_it_again_on_the_same_call(front: Front) -> None:
    async def join() -> str:
        entry = await front.desk.join_waitlist(
            call_sid="CA1",
            key="wait",
            phone=PHONE,
            service_key="oil_change",
            first_day=TUESDAY,
            last_day=TUESDAY,
        )
        return entry.status

    assert await join() == await join() == "waiting"
    (entry,) = await front.desk.waiting(PHONE)
    await front.desk.leave_waitlist(call_sid="CA1", key="unwait", entry_id=entry.id)
    assert await join() == await join() == "waiting"
    assert len(await front.desk.waiting(PHONE)) == 1


async def test_how_somebody_comes_can_be_changed_back_on_the_same_call(front: Front) -> None:
    made = (await front.book(at(TUESDAY, 10))).appointment.id
    for visit in ("wait", "drop_off", "wait"):
        await front.desk.arrange(call_sid="CA1", key=visit, appointment_id=made, visit=visit)
        assert (await front.desk.appointment(made)).visit == visit


async def test_a_key_that_was_used_for_one_appointment_does_nothing_to_another(
    front: Front,
) -> None:
    one = await front.book(at(TUESDAY, 10))
    other = await front.book(at(TUESDAY, 11), customer=caller(2))
    await front.move(one, at(TUESDAY, 14), key="k")
    with pytest.raises(ValueError, match="used again for something else"):
        await front.move(other, at(TUESDAY, 14), key="k")
    found = await front.desk.appointment(other.appointment.id)
    assert found.scheduled_at == at(TUESDAY, 11)


# Days that staff close


@asynccontextmanager
async def staff(front: Front) -> AsyncIterator[Staff]:
    async with front.pool.connection() as conn:
        yield Staff(conn, SHOP, NOW)


async def test_nobody_books_a_day_after_staff_were_told_who_is_to_come(front: Front) -> None:
    made = await front.book(at(TUESDAY, 10))
    gone = await front.book(at(WEDNESDAY, 10), customer=caller(2))
    await front.cancel(gone)
    async with staff(front) as writing:
        await writing.close(WEDNESDAY, STORM)
        assert await writing.booked(WEDNESDAY) == []
    # This process has not heard of it yet.
    with pytest.raises(OutsideHours):
        await front.book(at(WEDNESDAY, 9), customer=caller(3))
    with pytest.raises(OutsideHours):
        await front.move(made, at(WEDNESDAY, 9))
    with pytest.raises(OutsideHours):
        await front.desk.restore(call_sid="CA1", key="r", appointment_id=gone.appointment.id)
    async with staff(front) as writing:
        assert await writing.booked(WEDNESDAY) == []
        await writing.open(WEDNESDAY)
    await front.book(at(WEDNESDAY, 9), customer=caller(3))


async def test_who_books_while_the_day_is_being_closed_is_among_who_is_to_come(
    front: Front,
) -> None:
    async with front.pool.connection() as conn, staff(front) as writing:
        async with conn.transaction():
            await conn.execute("LOCK TABLE appointments IN SHARE MODE")
            late = asyncio.create_task(front.book(at(WEDNESDAY, 9)))
            await until_blocked(front.pool, conn)
            closing = asyncio.create_task(writing.close(WEDNESDAY, STORM))
            await until_blocked(front.pool, writing.conn)
        made = await late
        await closing
        assert await writing.booked(WEDNESDAY) == [(made.appointment.id, at(WEDNESDAY, 9))]


@pytest.mark.parametrize("day", [date.max, date(9000, 1, 1)], ids=str)
async def test_a_day_that_no_schedule_reaches_cannot_be_closed(front: Front, day: date) -> None:
    async with staff(front) as writing:
        with pytest.raises(StaffRefused, match="too far ahead"):
            await writing.close(day, STORM)
    assert await front.count("holidays") == 0


# The calendar


async def test_an_invitation_that_nobody_has_accepted_closes_nothing(pool: Pool) -> None:
    async with calendared(pool) as shop:
        event = shop.staff.blocks(at(TUESDAY, 8), at(TUESDAY, 18), summary="You have won")["id"]
        for answer, times in (("needsAction", 3), ("accepted", 0), ("declined", 3)):
            own = {"email": "shop@example.com", "self": True, "responseStatus": answer}
            shop.staff.edits(event, {"attendees": [own]})
            await shop.read()
            free = await shop.front.desk.free_slots("oil_change", TUESDAY)
            assert len(free.slots) == times, answer
        host = {"email": "shop@example.com", "self": True, "organizer": True}
        shop.staff.edits(event, {"attendees": [host | {"responseStatus": "needsAction"}]})
        await shop.read()
        assert not (await shop.front.desk.free_slots("oil_change", TUESDAY)).slots


# Being told to stop


@asynccontextmanager
async def closures(dsn: str, _: Pool) -> AsyncIterator[None]:
    async with open_live(dsn, SHOP, Clock()):
        yield


@asynccontextmanager
async def files(dsn: str, _: Pool) -> AsyncIterator[None]:
    async with open_files(dsn):
        yield


@asynccontextmanager
async def calendar(dsn: str, pool: Pool) -> AsyncIterator[None]:
    async with calendared(pool) as shop, open_worker(shop.connected, dsn=dsn):
        yield


@pytest.mark.parametrize("opened_", [closures, files, calendar], ids=lambda one: one.__name__)
async def test_who_is_told_to_stop_while_closing_stops(
    dsn: str, pool: Pool, opened_: Callable[[str, Pool], AbstractAsyncContextManager[None]]
) -> None:
    for ticks in range(4):
        leaving = asyncio.Event()

        async def use(leaving: asyncio.Event = leaving) -> None:
            async with opened_(dsn, pool):
                await asyncio.sleep(0.01)
                leaving.set()
            await asyncio.Event().wait()

        using = asyncio.create_task(use())
        await leaving.wait()
        for _ in range(ticks):
            await asyncio.sleep(0)
        using.cancel()
        done, _ = await asyncio.wait({using}, timeout=PATIENCE_S)
        assert using in done, f"told to stop {ticks} ticks after it began to close"
        assert using.cancelled()

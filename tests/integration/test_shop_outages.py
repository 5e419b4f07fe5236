"""The records away, slow, or lost in the middle of a word: one refusal, and nothing twice."""

import asyncio
import inspect
import logging
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import uuid4

import httpx
import psycopg
import pytest

from shop.db import Pool, open_pool
from shop.desk import Desk, Slot
from shop.errors import RecordsUnavailable
from tests.support.agreement import check, counts
from tests.support.deeds import DEEDS, REGULAR, WRITES, Given, at, desk_on, discreet, prepare
from tests.support.proxy import Fault, Line, line_to

pytestmark = pytest.mark.anyio

_PATIENCE_S = 0.3
_AT_MOST_S = 20.0
_SAID = "I can't get to our records just now."
_BOOK = DEEDS["book for a stranger"]


@pytest.fixture(autouse=True)
def _nothing_personal_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.DEBUG)
    yield
    discreet(caplog.text)


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as opened:
        yield opened


@dataclass(frozen=True, slots=True)
class Scene:
    """A desk that reaches its records by a line, and a way to the records that always works."""

    line: Line
    desk: Desk
    conn: psycopg.AsyncConnection[tuple[object, ...]]
    given: Given
    before: dict[str, int]


@pytest.fixture
async def scene(dsn: str, pool: Pool, client: httpx.AsyncClient) -> AsyncIterator[Scene]:
    given = await prepare(desk_on(pool, client))
    async with AsyncExitStack() as stack:
        conn = await stack.enter_async_context(pool.connection())
        line, way = await stack.enter_async_context(line_to(dsn))
        ours = await stack.enter_async_context(open_pool(way, patience_s=_PATIENCE_S))
        await ours.wait()
        yield Scene(line, desk_on(ours, client), conn, given, await counts(conn))


async def refused(wish: Awaitable[object]) -> None:
    """Check that a wish ends in the one refusal, in time, and that it tells nothing."""
    with pytest.raises(RecordsUnavailable) as refusal:
        async with asyncio.timeout(_AT_MOST_S):
            await wish
    assert str(refusal.value) == _SAID
    words = "".join(traceback.format_exception(refusal.value))
    discreet(words)
    assert "psycopg.errors" not in words


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("word", ["INSERT INTO effects", "INSERT INTO appointments", "COMMIT"])
async def test_a_line_that_breaks_in_a_booking_leaves_all_or_nothing(
    word: str, fault: Fault, scene: Scene
) -> None:
    scene.line.break_at(word.encode(), fault)
    await refused(_BOOK(scene.desk, scene.given))
    await scene.line.mend()
    was_done, _ = await check(scene.conn, scene.desk, _BOOK, scene.given, before=scene.before)
    heard = fault in (Fault.CUT_AFTER, Fault.HALF_ANSWERED, Fault.SILENT_AFTER)
    assert was_done == (heard and word == "COMMIT")


@pytest.mark.parametrize("name", DEEDS)
async def test_a_commit_whose_answer_is_lost_is_not_done_again(name: str, scene: Scene) -> None:
    scene.line.break_at(b"COMMIT", Fault.CUT_AFTER)
    await refused(DEEDS[name](scene.desk, scene.given))
    was_done, _ = await check(scene.conn, scene.desk, DEEDS[name], scene.given, before=scene.before)
    assert was_done


async def test_records_that_are_away_when_the_shop_opens_are_found_once_they_are_there(
    scene: Scene, dsn: str, client: httpx.AsyncClient
) -> None:
    async with line_to(dsn) as (line, way):
        line.close()
        async with open_pool(way) as pool:
            await refused(_BOOK(desk_on(pool, client), scene.given))
            await line.mend()
            await check(scene.conn, desk_on(pool, client), _BOOK, scene.given, before=scene.before)


async def test_after_a_long_outage_the_next_wish_is_served(scene: Scene) -> None:
    scene.line.close()
    for _ in range(4):
        await refused(_BOOK(scene.desk, scene.given))
    await scene.line.mend()
    await check(scene.conn, scene.desk, _BOOK, scene.given, before=scene.before)


async def test_sessions_that_were_lost_while_idle_cost_nobody_a_refusal(scene: Scene) -> None:
    everybody = asyncio.Barrier(10)

    async def hold() -> None:
        async with scene.desk.pool.connection():
            await everybody.wait()

    await asyncio.gather(*(hold() for _ in range(10)))
    scene.line.cut()
    await check(scene.conn, scene.desk, _BOOK, scene.given, before=scene.before)


async def test_a_silent_line_is_given_up_by_whoever_comes_next_too(scene: Scene) -> None:
    scene.line.break_at(b"INSERT INTO effects", Fault.SILENT_BEFORE)
    await refused(_BOOK(scene.desk, scene.given))
    await refused(_BOOK(scene.desk, scene.given))
    await scene.line.mend()
    await check(scene.conn, scene.desk, _BOOK, scene.given, before=scene.before)


async def test_a_caller_who_hangs_up_on_a_silent_line_is_let_go(scene: Scene) -> None:
    scene.line.break_at(b"INSERT INTO appointments", Fault.SILENT_BEFORE)
    booking = asyncio.ensure_future(_BOOK(scene.desk, scene.given))
    await scene.line.fell_silent()
    booking.cancel()
    async with asyncio.timeout(_AT_MOST_S):
        await asyncio.wait([booking])
    assert booking.done()
    await scene.line.mend()
    was_done, _ = await check(scene.conn, scene.desk, _BOOK, scene.given, before=scene.before)
    assert not was_done


READS: dict[str, Callable[[Desk], Awaitable[object]]] = {
    "callers": lambda desk: desk.callers("+12175550133"),
    "file": lambda desk: desk.file(uuid4()),
    "find_by_name": lambda desk: desk.find_by_name("Ann", "Able"),
    "vehicle": lambda desk: desk.vehicle(uuid4()),
    "appointment": lambda desk: desk.appointment(uuid4()),
    "upcoming": lambda desk: desk.upcoming(uuid4()),
    "free_slots": lambda desk: desk.free_slots("oil_change", date(2026, 11, 24)),
    "booked_then": lambda desk: desk.booked_then(uuid4(), at(10), 30),
    "days_with_room": lambda desk: desk.days_with_room(
        "CA1", "oil_change", date(2026, 11, 24), date(2026, 11, 27)
    ),
    "call": lambda desk: desk.call("CA1"),
    "broken_off": lambda desk: desk.broken_off("+12175550133", but="CA1"),
    "goes_on_elsewhere": lambda desk: desk.goes_on_elsewhere("CA1"),
    "parted": lambda desk: desk.parted("CA1"),
    "turns": lambda desk: desk.turns("CA1"),
    "due": lambda desk: desk.due(uuid4()),
    "models_used": lambda desk: desk.models_used(date(2026, 11, 23)),
    "verification_locked": lambda desk: desk.verification_locked(uuid4()),
    "may_contact": lambda desk: desk.may_contact("+12175550133", "text", "service"),
    "waiting": lambda desk: desk.waiting("+12175550133"),
    "offers": lambda desk: desk.offers("+12175550133"),
}

SINGLE: dict[str, Callable[[Desk], Awaitable[object]]] = {
    "open_call": lambda desk: desk.open_call(
        "CA1", direction="inbound", caller_phone=None, call_type="general", channel="phone",
        variant="control", model=None,
    ),
    "part": lambda desk: desk.part("CA1", "heard"),
    "sweep": lambda desk: desk.sweep(timedelta(hours=1)),
    "hold": lambda desk: desk.hold("CA1", [Slot("oil_change", at(10), 30, "A1")]),
    "release": lambda desk: desk.release("CA1"),
    "record_verification": lambda desk: desk.record_verification(
        call_sid="CA1", customer_id=None, factor="name", passed=False
    ),
    "disclosed": lambda desk: desk.disclosed(
        call_sid="CA1", entity="customers", records=[uuid4()], what=["phone"]
    ),
}  # fmt: skip
"""Writes that have no ledger: they change nothing the second time, or each time counts."""

ELSEWHERE = {"decode_vin", "recalls"}
"""Answered from outside while the records are away."""


def test_every_door_of_the_desk_is_tried() -> None:
    doors = {name for name, _ in inspect.getmembers(Desk, inspect.iscoroutinefunction)}
    tried = {*READS, *SINGLE, *ELSEWHERE, *WRITES}
    assert {name for name in doors if not name.startswith("_")} == tried


async def test_every_wish_is_refused_while_the_records_are_away(scene: Scene) -> None:
    scene.line.close()
    reads = (wish(scene.desk) for wish in (READS | SINGLE).values())
    writes = (deed(scene.desk, scene.given) for deed in DEEDS.values())
    await asyncio.gather(*(refused(wish) for wish in (*reads, *writes)))
    await scene.line.mend()
    assert await counts(scene.conn) == scene.before
    (found,) = await scene.desk.callers("+12175550133")
    assert found.customer.last_name == REGULAR.last_name


@asynccontextmanager
async def held_up(scene: Scene, statement: str) -> AsyncIterator[None]:
    """Somebody else's transaction that does not end until the block does."""
    async with scene.conn.transaction(force_rollback=True):
        await scene.conn.execute(statement)
        yield


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("LOCK TABLE effects", id="the ledger"),
        pytest.param("LOCK TABLE customers", id="the customers"),
        pytest.param("LOCK TABLE appointments", id="the schedule"),
        pytest.param(
            "INSERT INTO effects (call_sid, key, kind, request) VALUES ('CA1', 'k', 'book', '{}')",
            id="the very same wish",
        ),
    ],
)
async def test_what_somebody_else_holds_is_not_waited_for_long(
    statement: str, scene: Scene, dsn: str, client: httpx.AsyncClient
) -> None:
    async with open_pool(dsn) as pool:
        desk = desk_on(pool, client)
        async with held_up(scene, statement):
            await refused(_BOOK(desk, scene.given))
        was_done, _ = await check(scene.conn, desk, _BOOK, scene.given, before=scene.before)
    assert not was_done


async def test_more_wishes_than_sessions_are_refused_and_not_lost(
    scene: Scene, dsn: str, client: httpx.AsyncClient
) -> None:
    async with open_pool(dsn, max_size=1) as pool:
        desk = desk_on(pool, client)
        async with pool.connection():
            await refused(_BOOK(desk, scene.given))
        await check(scene.conn, desk, _BOOK, scene.given, before=scene.before)


async def test_records_that_can_only_be_read_are_read(
    scene: Scene, dsn: str, client: httpx.AsyncClient
) -> None:
    """As after a failover to a server that still follows another one."""
    async with open_pool(f"{dsn}&options=-cdefault_transaction_read_only%3Don") as pool:
        desk = desk_on(pool, client)
        await refused(_BOOK(desk, scene.given))
        assert len(await desk.callers("+12175550133")) == 1
    assert await counts(scene.conn) == scene.before

"""A call has one writer: the process that took it up last, from the moment it did."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date

import pytest

from graph.context import CallContext
from shop.calls.holding import check_held
from shop.calls.logs import CallStart
from shop.db import Pool, open_pool
from shop.desk import Desk
from shop.errors import CallElsewhere
from tests.support.conversation import (
    MONDAY_MORNING,
    STRANGER,
    Conversation,
    a_desk,
    answering,
    rows,
)

pytestmark = pytest.mark.anyio

START: CallStart = {
    "direction": "inbound",
    "caller_phone": "+12175550142",
    "call_type": "inbound_general",
    "channel": "phone",
    "variant": "control",
    "model": "rulebook",
}


@dataclass
class Two:
    """The same shop from two processes; `one` has taken the call up first."""

    one: Desk
    other: Desk


@pytest.fixture
async def two(pool: Pool, dsn: str) -> AsyncIterator[Two]:
    async with a_desk(pool, lambda: MONDAY_MORNING) as desk, open_pool(dsn) as elsewhere:
        await desk.open_call("CA1", **START)
        yield Two(desk, replace(desk, pool=elsewhere))


async def ask(desk: Desk, key: str) -> None:
    await desk.request_callback(
        call_sid="CA1", key=key, phone="217 555 0142", topic="tires", summary=""
    )


async def test_who_had_the_call_before_writes_nothing_more_for_it(two: Two) -> None:
    await ask(two.one, "first")
    await two.other.open_call("CA1", **START)
    with pytest.raises(CallElsewhere):
        await ask(two.one, "second")
    await ask(two.other, "third")
    assert len(await rows(two.one.pool, "callbacks")) == 2


async def test_who_had_the_call_before_ends_neither_it_nor_what_is_held_for_it(two: Two) -> None:
    await two.other.open_call("CA1", **START)
    days = await two.other.offer("CA1", "oil_change", date(2026, 11, 24))
    assert days.slots
    held = await rows(two.one.pool, "slot_holds")
    assert not await two.one.close_call("CA1", outcome="abandoned")
    assert await rows(two.one.pool, "slot_holds") == held
    assert await two.other.close_call("CA1", outcome="answered")
    assert not await rows(two.one.pool, "slot_holds")


async def test_once_a_call_is_over_any_process_may_write_for_it(two: Two) -> None:
    await two.one.close_call("CA1", outcome="abandoned")
    await ask(two.other, "what came of it")
    assert len(await rows(two.one.pool, "callbacks")) == 1


async def test_who_takes_a_call_up_waits_for_what_is_being_written_for_it(two: Two) -> None:
    async with two.one.pool.connection() as conn, conn.transaction():
        await check_held(conn, "CA1")
        taking = asyncio.create_task(two.other.open_call("CA1", **START))
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        while (await (await conn.execute(waiting)).fetchone()) == (0,):  # noqa: ASYNC110 - the database tells no event of it
            await asyncio.sleep(0.01)
        assert not taking.done()
    await taking
    assert await two.one.goes_on_elsewhere("CA1")
    assert not await two.other.goes_on_elsewhere("CA1")


async def test_what_is_said_to_who_had_the_call_before_is_not_remembered(two: Two) -> None:
    context = CallContext(call_sid="CA1", caller_number=STRANGER, channel="phone")
    before, after = [
        Conversation((await answering(desk, desk.pool))(context), desk.pool)
        for desk in (two.one, two.other)
    ]
    await before.say("what are your hours")
    await two.other.open_call("CA1", **START)
    assert await after.agent.resume()
    known = [message.id for message in after.agent.messages]
    await before.say("are you open on Sunday")
    await before.agent.aclose()
    again = Conversation((await answering(two.other, two.other.pool))(context), two.other.pool)
    assert await again.agent.resume()
    assert [message.id for message in again.agent.messages] == known

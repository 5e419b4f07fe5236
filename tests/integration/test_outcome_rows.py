"""Every call has one row with its outcome, whatever the records or the line did at its end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
import pytest

from api.calls import Calls
from graph.context import CallContext
from shop.db import Pool
from tests.support.conversation import MONDAY_MORNING, STRANGER, a_desk, answering, rows
from tests.support.hands import say

pytestmark = pytest.mark.anyio

CALL = "CA-row"


@asynccontextmanager
async def _calls(pool: Pool) -> AsyncIterator[Calls]:
    async with a_desk(pool, lambda: MONDAY_MORNING) as desk:
        yield Calls(desk, await answering(desk, pool), "rulebook", capacity=4)


async def _logs(pool: Pool) -> list[tuple[str, str, str | None]]:
    kept = await rows(pool, "call_logs")
    return [(one["call_sid"], one["status"], one["outcome"]) for one in kept]


@pytest.mark.parametrize("when", ["a while later", "at the end of the process"])
async def test_an_outcome_the_records_did_not_take_is_written_later(
    pool: Pool, dsn: str, when: str
) -> None:
    async with _calls(pool) as calls:
        call = await calls.open(CallContext(call_sid=CALL, caller_number=STRANGER))
        await say(call.agent, "when are you open?")
        async with await psycopg.AsyncConnection.connect(dsn) as holder:
            await holder.execute("LOCK TABLE call_logs IN SHARE MODE")
            await calls.end(CALL)
            assert list(calls.unwritten) == [CALL]
        assert await _logs(pool) == [(CALL, "open", None)]
        await (calls.write_again() if when == "a while later" else calls.end_all())
        assert await _logs(pool) == [(CALL, "closed", "information_provided")]
        assert calls.unwritten == {}


async def test_a_call_that_never_got_as_far_as_a_line_has_a_row(pool: Pool) -> None:
    async with _calls(pool) as calls:
        await calls.gone(CALL)
        await calls.gone(CALL)
        assert await _logs(pool) == [(CALL, "closed", "abandoned")]


async def test_a_call_of_a_process_that_was_killed_is_ended_by_another(pool: Pool) -> None:
    async with _calls(pool) as killed:
        call = await killed.open(CallContext(call_sid=CALL, caller_number=STRANGER))
        await say(call.agent, "when are you open?")
        other = Calls(killed.desk, killed.new_agent, "rulebook", capacity=4, another_s=0.01)
        await other.gone(CALL)
        assert await _logs(pool) == [(CALL, "open", None)]
        await asyncio.gather(*other.ending)
        assert await _logs(pool) == [(CALL, "closed", "information_provided")]
        (log,) = await rows(pool, "call_logs")
        assert len(log["transcript"]) == 3


async def test_a_call_that_another_process_closes_meanwhile_is_its_own(pool: Pool) -> None:
    async with _calls(pool) as calls:
        call = await calls.open(CallContext(call_sid=CALL, caller_number=STRANGER))
        other = Calls(calls.desk, calls.new_agent, "rulebook", capacity=4, another_s=0.05)
        await other.gone(CALL)
        await say(call.agent, "when are you open?")
        await calls.end(CALL)
        await asyncio.gather(*other.ending)
        assert await _logs(pool) == [(CALL, "closed", "information_provided")]
        assert other.live == other.ended == {}


async def test_a_call_that_goes_on_elsewhere_is_left_alone(pool: Pool) -> None:
    async with _calls(pool) as calls:
        await calls.open(CallContext(call_sid=CALL, caller_number=STRANGER))
        other = Calls(calls.desk, calls.new_agent, "rulebook", capacity=4)
        await other.gone(CALL)
        assert await _logs(pool) == [(CALL, "open", None)]
        await other.end_all()
        await calls.end_all()

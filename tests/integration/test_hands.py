"""Whatever stops a booking turn at whatever statement: one row, one record, and the truth told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from langchain_core.messages import convert_to_openai_messages

from api.call import Call
from api.calls import Calls
from api.phone import going_on
from evals.standins.openai_checks import check
from graph.context import CallContext
from graph.history import repair
from shop.db import Pool, open_pool
from shop.seed.demo import demo_id
from tests.support.conversation import MONDAY_MORNING, STRANGER, a_desk, answering, rows
from tests.support.crashing import Doomed, Moment, Order, Tap, doomed
from tests.support.hands import AGREE, UNTIL_THE_YES, YES, say
from tests.support.soak import sampled

pytestmark = pytest.mark.anyio

CALL = "CA-hands"
STATEMENTS = range(1, 60, sampled(12, 1))
"""Those of the turn in which the caller says yes; the last are after its end."""


@dataclass
class Booking:
    """A call in which everything is said but the yes, and what stops it."""

    calls: Calls
    call: Call
    tap: Tap
    pool: Pool
    stop: asyncio.Event

    async def agree(self) -> None:
        """Say yes, and be stopped as soon as the statement is struck."""
        agent = self.call.agent

        async def listen() -> None:
            async for _ in agent.turn(YES):
                pass

        talking = asyncio.create_task(listen())
        stopping = asyncio.create_task(self.stop.wait())
        await asyncio.wait({talking, stopping}, return_when=asyncio.FIRST_COMPLETED)
        for task in (talking, stopping):
            task.cancel()
        await asyncio.gather(talking, stopping, return_exceptions=True)
        agent.heard("")

    async def booked(self) -> list[dict[str, Any]]:
        """What was booked, without what the demo shop begins with."""
        maria = str(demo_id("Maria Lopez"))
        return [one for one in await rows(self.pool, "appointments") if one["customer_id"] != maria]


@asynccontextmanager
async def a_booking(dsn: str, *, statement: int) -> AsyncIterator[Booking]:
    stop = asyncio.Event()
    tap = Tap(stop.set)
    async with tap.put_on(open_pool(dsn)) as pool, a_desk(pool, lambda: MONDAY_MORNING) as desk:
        calls = Calls(desk, await answering(desk, pool), "rulebook", capacity=4)
        call = await calls.open(CallContext(call_sid=CALL, caller_number=STRANGER))
        for text in UNTIL_THE_YES:
            await say(call.agent, text)
        tap.arm(statement)
        yield Booking(calls, call, tap, pool, stop)


@pytest.mark.parametrize("statement", STATEMENTS)
@pytest.mark.parametrize("then", [YES, "is it booked now?"])
async def test_a_caller_who_cuts_in_anywhere_is_booked_once_and_told(
    dsn: str, statement: int, then: str
) -> None:
    async with a_booking(dsn, statement=statement) as booking:
        await booking.agree()
        told = await say(booking.call.agent, then)
        assert len(await booking.booked()) == 1
        assert "booked" in told
        history = convert_to_openai_messages(repair(booking.call.agent.messages))
        assert check({"model": "gpt-4o", "messages": history}) is None
        await booking.calls.end(CALL)
        (log,) = await rows(booking.pool, "call_logs")
        assert (log["outcome"], log["status"]) == ("appointment_booked", "closed")
        assert await rows(booking.pool, "callbacks") == []


@pytest.mark.parametrize("statement", STATEMENTS)
@pytest.mark.parametrize(
    "then",
    [
        "hold on a second",
        "how much is a brake job?",
        "I'd like to speak to a person, please.",
        "bye",
    ],
)
async def test_a_caller_who_cuts_in_with_other_words_is_told_or_rung(
    dsn: str, statement: int, then: str
) -> None:
    async with a_booking(dsn, statement=statement) as booking:
        await booking.agree()
        told = await say(booking.call.agent, then)
        await booking.calls.end(CALL)
        assert len(await booking.booked()) == 1
        rung = [one["topic"] for one in await rows(booking.pool, "callbacks")]
        confirms = "confirm: hung up before hearing it" in rung
        assert confirms != ("booked" in told), (told, rung)


@pytest.mark.parametrize("statement", STATEMENTS)
async def test_a_caller_who_hangs_up_anywhere_is_rung_if_it_was_booked(
    dsn: str, statement: int
) -> None:
    async with a_booking(dsn, statement=statement) as booking:
        await booking.agree()
        await booking.calls.end(CALL)
        booked, rung = await booking.booked(), await rows(booking.pool, "callbacks")
        (log,) = await rows(booking.pool, "call_logs")
        assert len(booked) in (0, 1)
        assert len(rung) == len(booked)
        assert log["status"] == "closed"
        assert (log["outcome"] == "appointment_booked") == bool(booked)


@pytest.fixture(scope="module")
async def mortals() -> AsyncIterator[Doomed]:
    async with doomed("tests.support.hands") as warm:
        yield warm


@pytest.mark.parametrize("moment", list(Moment))
@pytest.mark.parametrize("statement", STATEMENTS)
async def test_a_caller_whose_process_is_killed_anywhere_is_booked_once_and_told(
    dsn: str, mortals: Doomed, statement: int, moment: Moment
) -> None:
    async with a_booking(dsn, statement=0) as booking:
        done = await mortals.perform(Order(dsn, AGREE, {"call": CALL}, statement, moment))
        assert done is None or statement > 1
        other = Calls(booking.calls.desk, booking.calls.new_agent, "rulebook", capacity=4)
        call = await other.open(booking.call.context)
        assert call.resumed
        told = [going_on(call.state), await say(call.agent, YES)]
        assert len(await booking.booked()) == 1
        assert "You're booked" in " ".join(told)
        await other.end(CALL)
        (log,) = await rows(booking.pool, "call_logs")
        assert (log["outcome"], log["status"]) == ("appointment_booked", "closed")

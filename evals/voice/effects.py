"""A booking that is interrupted while it is being written: exactly once, whatever happens.

The turn in which the caller agrees is stopped after so many steps of the event loop, at moments
spread over all of it. The caller then says yes again, or is gone.
"""

import asyncio
from contextlib import AsyncExitStack, aclosing
from datetime import datetime
from typing import Any

import httpx

from api.call import Call
from api.calls import Calls
from api.core import agent_maker
from evals.afterwards import rows
from evals.voice.measures import Effects
from evals.voice.notes import chance
from evals.worlds.databases import Databases
from graph.agent import GraphAgent
from graph.build import Resources
from graph.context import CallContext
from graph.models.rulebook.model import RulebookModel
from graph.speech import Words
from shop.cars.nhtsa import Vpic
from shop.db import Pool, open_pool
from shop.desk import Desk

MOMENTS = 40
YES = "yes please"
UNTIL_THE_YES = (
    "I need an oil change",
    "my name is Ada Byron",
    "a 2018 Honda Civic",
    "tomorrow at ten",
)
_NOW = datetime.fromisoformat("2026-11-16T09:00:00-06:00")
_CALLER = "+12175550163"
_GONE_EVERY = 3
_NOWHERE = "http://127.0.0.1:9"


async def effects(databases: Databases, moments: int = MOMENTS, seed: int = 1) -> Effects:
    """Interrupt so many bookings, each on a copy of the demo shop."""
    steps = await _steps(databases)
    rng = chance(seed, "effects")
    wrong: list[str] = []
    for number in range(moments):
        at = rng.randrange(steps * number // moments, steps * (number + 1) // moments + 1)
        gone = number % _GONE_EVERY == 0
        wrong += await _interrupted(databases, at, gone=gone)
    return Effects(moments - len(wrong), moments, tuple(wrong))


async def _steps(databases: Databases) -> int:
    """How many steps the turn takes when nobody interrupts it."""
    async with AsyncExitStack() as stack:
        _, call, _ = await _asked(stack, databases)
        return await _agree(call.agent, until=None)


async def _interrupted(databases: Databases, at: int, *, gone: bool) -> list[str]:
    """What is wrong after one interruption, in one line; none if all is well."""
    how = f"a caller who {'hangs up' if gone else 'cuts in'} at step {at}"
    # A task of its own: a turn that was cancelled by mistake must not cancel whoever judges it.
    trying = asyncio.create_task(_tried(databases, at, gone=gone))
    try:
        await asyncio.wait({trying})
    finally:
        trying.cancel()
    error = None if trying.cancelled() else trying.exception()
    if trying.cancelled():
        found = "it broke: cancelled"
    elif error is not None:
        # All people in a call are made up, so the words of the error may be shown.
        found = f"it broke: {type(error).__name__}: {error}"
    else:
        found = trying.result()
    return [f"{how}: {found}"] if found else []


async def _tried(databases: Databases, at: int, *, gone: bool) -> str:
    async with AsyncExitStack() as stack:
        calls, call, pool = await _asked(stack, databases)
        before = len(await rows(pool, "appointments"))
        await _agree(call.agent, until=at)
        call.agent.heard("")
        told = "" if gone else await _say(call.agent, YES)
        await calls.end(call.context.call_sid)
        booked = len(await rows(pool, "appointments")) - before
        call_backs = len(await rows(pool, "callbacks"))
        return _wrong(gone, booked, told, await _outcome(pool), call_backs)


def _wrong(gone: bool, booked: int, told: str, outcome: str, call_backs: int) -> str:
    if (outcome == "appointment_booked") != (booked > 0):
        return f"{booked} appointments, and the call is recorded as {outcome}"
    if not gone:
        return "" if booked == 1 and "booked" in told else f"{booked} appointments, told {told!r}"
    # Who is gone cannot have heard that it was done, so somebody rings up.
    whole = booked in (0, 1) and call_backs == booked
    return "" if whole else f"{booked} appointments and {call_backs} call-backs"


async def _asked(stack: AsyncExitStack, databases: Databases) -> tuple[Calls, Call, Pool]:
    """A call in which everything is said but the yes."""
    dsn = await stack.enter_async_context(databases.demo(_NOW))
    pool = await stack.enter_async_context(open_pool(dsn))
    http = await stack.enter_async_context(httpx.AsyncClient())
    desk = Desk(pool, databases.shop, lambda: _NOW, Vpic(_NOWHERE, http))
    maker = await agent_maker(Resources(RulebookModel(), desk), pool)
    calls = Calls(desk, maker, "rulebook", capacity=1)
    call = await calls.open(
        CallContext(call_sid="CA-effects", caller_number=_CALLER, channel="phone")
    )
    for words in UNTIL_THE_YES:
        await _say(call.agent, words)
    return calls, call, pool


async def _say(agent: GraphAgent, text: str) -> str:
    async with aclosing(agent.turn(text)) as events:
        said = [event.text async for event in events if isinstance(event, Words)]
    await agent.settled()
    return "".join(said)


async def _agree(agent: GraphAgent, *, until: int | None) -> int:
    """Say yes, and stop listening after so many steps; returns how many there were."""
    talking = asyncio.create_task(_say(agent, YES))
    steps = 0
    while not talking.done() and steps != until:
        await asyncio.sleep(0)
        steps += 1
    talking.cancel()
    await asyncio.gather(talking, return_exceptions=True)
    return steps


async def _outcome(pool: Pool) -> str:
    (log,) = await rows(pool, "call_logs")
    found: Any = log["outcome"]
    return str(found)

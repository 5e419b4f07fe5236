"""The conversation of one trial: a caller and the text engine take turns."""

import asyncio
import uuid
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field

from api.call import Call
from api.calls import Calls
from evals.callers import Caller, caller_of
from evals.checks.run import Line
from evals.scenario import CallerScript, During, Scenario
from evals.worlds.changes import appointments_locked, take
from graph.context import CallContext
from graph.speech import Failed, ToolStarted, Words
from shop.db import Pool

_LONGEST_TURN_S = 120.0

Hearing = Callable[[str, int], str]
"""What is heard of a caller's words in one of their turns, the opening being the first."""


def clearly(words: str, _turn: int) -> str:
    """Every word as it was said."""
    return words


@dataclass(frozen=True, slots=True)
class Side:
    """The caller's side of the line.

    Attributes:
        caller: Makes who speaks of a script.
        hearing: What is heard of them.
    """

    caller: Callable[[CallerScript], Caller] = caller_of
    hearing: Hearing = clearly


@dataclass(slots=True)
class Talked:
    """What came of a call.

    Attributes:
        failed_turns: Turns that ended in an apology because something broke.
        topics: Which speaking node had the conversation after each turn.
    """

    call: Call
    lines: list[Line]
    failed_turns: int = 0
    topics: list[str] = field(default_factory=list)


async def converse(
    scenario: Scenario, script: CallerScript, calls: Calls, pool: Pool, side: Side, arm: str
) -> Talked:
    """Hold one call from the greeting until somebody hangs up."""
    context = CallContext(
        call_sid=f"eval-{scenario.id}-{uuid.uuid4().hex}",
        caller_number=script.number,
        call_type=scenario.call_type,
        channel="phone",
        variant=arm,
    )
    call = await calls.open(context)
    talked = Talked(call, [Line("sophie", call.agent.greeting)])
    try:
        await _talk(talked, scenario, script, pool, side)
    finally:
        await calls.end(context.call_sid)
    return talked


async def _talk(
    talked: Talked, scenario: Scenario, script: CallerScript, pool: Pool, side: Side
) -> None:
    """Take turns until somebody ends the call."""
    caller, lines, agent = side.caller(script), talked.lines, talked.call.agent
    number = 0
    while not agent.finished:
        words = await caller.says(lines[-1].text)
        if words is None:
            break
        number += 1
        heard = side.hearing(words, number)
        lines.append(Line("caller", heard, meant=words))
        async with AsyncExitStack() as stack:
            now = [one for one in scenario.during if one.turn == number]
            for one in now:
                if one.at is not None:
                    await take(pool, one.at)
                if one.what == "records_locked":
                    await stack.enter_async_context(appointments_locked(pool))
            line, broke, gone = await _turn(talked.call, heard, now)
        lines.append(line)
        talked.failed_turns += broke
        talked.topics.append(agent.state.get("topic", "answer"))
        if gone:
            break


async def _turn(call: Call, words: str, during: Sequence[During]) -> tuple[Line, bool, bool]:
    """One answer as far as it was listened to, whether it failed, and whether the caller went."""
    deaf = {one.tool: one for one in during if one.tool is not None}
    said, tools, failed, gone = "", [], False, False
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with asyncio.timeout(_LONGEST_TURN_S):
        async with aclosing(call.agent.turn(words)) as events:
            async for event in events:
                if isinstance(event, Words):
                    said += event.text
                failed = failed or isinstance(event, Failed)
                if isinstance(event, ToolStarted):
                    tools.append(event.name)
                    if event.name in deaf:
                        call.agent.heard(said)
                        gone = deaf[event.name].what == "hangs_up"
                        break
        await call.agent.settled()
    return Line("sophie", said.strip(), tuple(tools), loop.time() - began), failed, gone

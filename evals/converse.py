"""The conversation of one trial: a caller and the text engine take turns."""

import asyncio
import uuid
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from api.call import Call
from api.calls import Calls
from api.transfers import Transfers
from evals.callers import Caller, caller_of
from evals.checks.run import Line
from evals.scenario import CallerScript, Scenario
from evals.worlds.during import During
from evals.worlds.handing_on import carrier
from evals.worlds.outside import Outside
from graph.context import CallContext
from graph.speech import Failed, ToolStarted, Words

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
    scenario: Scenario, script: CallerScript, calls: Calls, world: Outside, side: Side, arm: str
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
    during = scenario.during if script is scenario.caller else []
    try:
        await _Talk(talked, side.caller(script), side.hearing, world, during, calls).hold()
    finally:
        await calls.end(context.call_sid)
    return talked


@dataclass(slots=True)
class _Talk:
    """One call, turn by turn.

    Attributes:
        turn: How often the caller has spoken.
        silent: They have come back from being put through and not spoken since.
    """

    talked: Talked
    caller: Caller
    hearing: Hearing
    world: Outside
    during: Sequence[During]
    calls: Calls
    turn: int = 0
    silent: bool = False

    async def hold(self) -> None:
        """Take turns until somebody ends the call."""
        talked, lines = self.talked, self.talked.lines
        while not talked.call.agent.finished or await self._comes_back():
            words = await self.caller.says(lines[-1].text)
            if words is None:
                break
            self.turn, self.silent = self.turn + 1, False
            heard = self.hearing(words, self.turn)
            lines.append(Line("caller", heard, meant=words))
            async with self.world.during(self.during, self.turn):
                now = [one for one in self.during if one.turn == self.turn]
                line, broke, gone = await _turn(talked.call, heard, now, self.world)
            lines.append(line)
            talked.failed_turns += broke
            talked.topics.append(talked.call.agent.state.get("topic", "answer"))
            if gone:
                break
        if self.silent:
            await Transfers(self.calls, None).closing(talked.call, returned=True)

    async def _comes_back(self) -> bool:
        """Whether the caller was to be put through, could not be, and is on the line again."""
        talked = self.talked
        ways = [
            one.how
            for one in self.during
            if one.what == "not_put_through" and one.turn == self.turn and one.how is not None
        ]
        if not ways or talked.call.state.get("transfer_to") is None:
            return False
        async with carrier(self.calls, self.world.http) as rings:
            back = await rings.not_put_through(talked.call, ways[0])
        if back is None:
            return False
        talked.call, words = back
        talked.lines.append(Line("sophie", words))
        self.silent = True
        return True


async def _turn(
    call: Call, words: str, during: Sequence[During], world: Outside
) -> tuple[Line, bool, bool]:
    """One answer as far as it was listened to, whether it failed, and whether the caller went."""
    deaf = {one.tool: one for one in during if one.what in ("cuts_in", "hangs_up")}
    cut = {one.tool: one.how for one in during if one.what == "records_cut"}
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
                    if (how := cut.pop(event.name, None)) is not None:
                        world.cut(how)
                    if event.name in deaf:
                        call.agent.heard(said)
                        gone = deaf[event.name].what == "hangs_up"
                        break
        await call.agent.settled()
    return Line("sophie", said.strip(), tuple(tools), loop.time() - began), failed, gone

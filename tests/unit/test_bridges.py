"""What is said while a tool takes its time, in virtual time; and words for recognisers."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field

import pytest
from langchain_core.messages import AIMessage, ToolMessage

from graph.bridges import OF_TOOL, bridge
from graph.speech import Mouth, ToolEnded, ToolStarted
from graph.state import CallState, Draft
from graph.vocabulary import cars
from tests.support.speech import Handset, Parrot, ScriptedEars, SpellingVoice, recordings
from tests.support.virtual_time import run_virtually
from tools.registry import get_all_tool_names
from voice.call import VoiceCall
from voice.events import CallerTurn, EarlyTurn, Heard
from voice.manners import Manners

LINE = "Let me look at the calendar."
REPLY = "Nine AM is free."
MANNERS = Manners(silence_s=8.0)
"""A caller who listens and says nothing is not asked."""

PROMISES = ("booked", "done", "will", "found")


@dataclass
class Busy(Parrot):
    """Uses a tool before it answers, and says something before that if it is told to."""

    before: str = ""
    thinks_first_s: float = 0.0
    tool_s: float = 0.0
    _since: float | None = None

    @property
    def doing(self) -> tuple[str, float] | None:
        return None if self._since is None or self._early else (LINE, self._since)

    @property
    def vocabulary(self) -> tuple[str, ...]:
        return ("Honda Civic",)

    async def respond(self, text: str) -> AsyncGenerator[str, None]:
        if self.before:
            yield self.before
        await self._use_tool()
        async for word in super().respond(text):
            yield word

    async def ahead(self, text: str) -> AsyncGenerator[str, None]:
        self._early = text
        await self._use_tool()
        async for word in super().ahead(text):
            yield word

    async def _use_tool(self) -> None:
        await asyncio.sleep(self.thinks_first_s)
        self._since = asyncio.get_running_loop().time()
        await asyncio.sleep(self.tool_s)
        self._since = None


@dataclass
class Outcome:
    """What came of a turn."""

    words: str = ""
    line_at_s: float | None = None
    remembered: list[str] = field(default_factory=list)
    phrases: list[tuple[str, ...]] = field(default_factory=list)


class PhraseEars(ScriptedEars):
    """Remembers which words it was told."""

    def __init__(self) -> None:
        super().__init__()
        self.phrases: list[tuple[str, ...]] = []

    def expect(self, expected: object, phrases: tuple[str, ...] = ()) -> None:
        self.phrases.append(phrases)


async def _call(agent: Busy, *events: Heard, cut_in_s: float | None = None) -> Outcome:
    ears, handset = PhraseEars(), Handset()
    call = VoiceCall(agent, ears, SpellingVoice(), "", recordings(""), manners=MANNERS)
    handset.on_mark = call.marked
    running = asyncio.create_task(call.run(handset))
    told = Outcome()
    loop = asyncio.get_running_loop()
    try:
        await asyncio.sleep(0.5)
        asked_at = loop.time()
        for event in events:
            ears.events.put_nowait(event)
        for _ in range(60):
            await asyncio.sleep(0.05)
            if cut_in_s is not None and loop.time() - asked_at >= cut_in_s:
                ears.events.put_nowait(CallerTurn("wait stop", 0))
                cut_in_s = None
            if told.line_at_s is None and handset.heard.strip():
                told.line_at_s = round(loop.time() - asked_at, 1)
        await asyncio.sleep(2)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await call.aclose()
    told.words, told.remembered, told.phrases = handset.heard, agent.was_heard, ears.phrases
    return told


def _virtually(test: Callable[[], Awaitable[None]]) -> None:
    run_virtually(test())  # type: ignore[arg-type]  # tests are coroutines


def _bare(text: str) -> str:
    return text.replace(" ", "")


TURN = CallerTurn("when could I come", 0)
BRIDGED: dict[str, tuple[float, float, str, str]] = {
    "a quick tool needs no words": (0.0, 0.5, "", REPLY),
    "a slow one gets its own": (0.0, 1.5, "", LINE + REPLY),
    "counted from when the tool began": (0.6, 0.5, "", REPLY),
    "not after words of the same turn": (0.0, 0.9, "Sure. ", "Sure." + REPLY),
}


@pytest.mark.parametrize(
    ("thinks_s", "tool_s", "before", "words"), BRIDGED.values(), ids=BRIDGED.keys()
)
def test_a_slow_tool_is_bridged_by_what_fits_it(
    thinks_s: float, tool_s: float, before: str, words: str
) -> None:
    async def scenario() -> None:
        agent = Busy([REPLY], thinks_first_s=thinks_s, tool_s=tool_s, before=before)
        told = await _call(agent, TURN)
        assert _bare(told.words) == _bare(words)

    _virtually(scenario)


def test_it_is_said_after_about_700_ms() -> None:
    async def scenario() -> None:
        told = await _call(Busy([REPLY], tool_s=1.5), TURN)
        assert told.line_at_s is not None
        assert 0.7 <= told.line_at_s <= 1.0

    _virtually(scenario)


def test_it_is_no_part_of_what_is_remembered() -> None:
    async def scenario() -> None:
        agent = Busy([REPLY, "All right."], tool_s=1.5)
        told = await _call(agent, TURN, cut_in_s=1.4)
        assert _bare(told.words).startswith(_bare("Let me"))
        assert told.remembered[0] == ""

    _virtually(scenario)


def test_a_turn_that_is_not_certain_is_not_bridged() -> None:
    async def scenario() -> None:
        agent = Busy([REPLY], tool_s=1.2)
        told = await _call(agent, EarlyTurn("when could I come", 0))
        assert LINE[:6] not in told.words

    _virtually(scenario)


def test_a_recogniser_is_told_the_words_of_the_caller() -> None:
    async def scenario() -> None:
        told = await _call(Busy([REPLY]), TURN)
        assert told.phrases == [("Honda Civic",)]

    _virtually(scenario)


def test_no_line_promises_anything_and_none_follows_itself() -> None:
    for tool in get_all_tool_names():
        lines = {bridge(tool, "booking", turn) for turn in range(2)}
        assert len(lines) == 2
        assert not any(
            word in line for line in lines for word in ("booked", "done", "will", "found")
        )
    assert set(OF_TOOL) <= set(get_all_tool_names())


@pytest.mark.anyio
async def test_a_mouth_knows_which_tools_are_at_work() -> None:
    mouth = Mouth()
    mouth.emit(ToolStarted("decode_vin", "{}", "1"))
    mouth.emit(ToolStarted("check_recalls", "{}", "2"))
    mouth.emit(ToolEnded("{}", "1"))
    assert [name for name, _ in mouth.running.values()] == ["check_recalls"]


def test_cars_that_were_spoken_of_are_words_to_listen_for() -> None:
    told = {"success": True, "data": {"vehicles": [{"vehicle": "twenty nineteen Honda Civic"}]}}
    state = CallState(
        messages=[
            AIMessage("vehicles"),
            ToolMessage(json.dumps(told), tool_call_id="1"),
            ToolMessage(json.dumps({"success": False, "data": None}), tool_call_id="2"),
        ],
        drafts={
            "v1": Draft(kind="vehicle", fields={"year": 2020, "make": "Mazda", "model": "CX-5"}),
            "c1": Draft(kind="customer", fields={"first_name": "Ada"}),
        },
    )
    assert cars(state) == ("Honda Civic", "Mazda CX-5")

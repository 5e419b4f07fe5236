"""Early ends of turn in the call's loop, in virtual time: sooner, never twice, never wrongly."""

import asyncio
import random

import pytest

from tests.support.soak import sampled
from tests.support.speech import Handset
from tests.unit.test_voice_call import GREETING, OnTheLine, on_the_line, virtually
from voice.events import CallerTurn, EarlyTurn, Heard, Interim, Resumed, SpeechStarted
from voice.manners import Manners

REPLY = "We open at eight."


def early(line: OnTheLine, text: str) -> None:
    line.hear(SpeechStarted(0), Interim(text, 0), EarlyTurn(text, 0))


def answered(handset: Handset) -> str:
    return handset.heard.removeprefix(GREETING)


def test_nothing_is_heard_before_the_turn_has_ended_and_then_at_once() -> None:
    async def scenario() -> None:
        async with on_the_line(REPLY) as line:
            line.agent.thinks_s = 0.3
            early(line, "when do you open")
            await asyncio.sleep(0.8)
            assert answered(line.handset) == ""
            assert line.handset.marks[-1][0] < 1.0
            line.hear(CallerTurn("When do you open?", 0))
            await asyncio.sleep(3)
            assert answered(line.handset) == REPLY
            assert line.agent.confirmed == ["when do you open"]
            assert line.agent.asked == []
            (timeline,) = line.call.timelines
            assert timeline.first_frame == timeline.turn_committed

    virtually(scenario)


def test_a_reply_still_being_thought_of_is_waited_for() -> None:
    async def scenario() -> None:
        async with on_the_line(REPLY) as line:
            line.agent.thinks_s = 0.5
            early(line, "when do you open")
            await asyncio.sleep(0.1)
            line.hear(CallerTurn("when do you open", 0))
            await asyncio.sleep(3)
            assert answered(line.handset) == REPLY
            (timeline,) = line.call.timelines
            assert timeline.first_frame is not None
            assert timeline.turn_committed is not None
            assert timeline.first_frame - timeline.turn_committed == pytest.approx(400, abs=5)

    virtually(scenario)


def test_a_caller_who_goes_on_hears_only_the_answer_to_everything() -> None:
    async def scenario() -> None:
        async with on_the_line(REPLY) as line:
            early(line, "when do you open")
            await asyncio.sleep(0.4)
            line.hear(Resumed(0), Interim("when do you open on sunday", 0))
            await asyncio.sleep(0.4)
            line.hear(CallerTurn("when do you open on sunday", 0))
            await asyncio.sleep(3)
            assert answered(line.handset) == REPLY
            assert line.agent.retracted == ["when do you open"]
            assert line.agent.asked == ["when do you open on sunday"]
            assert line.agent.was_heard == []

    virtually(scenario)


def test_an_early_turn_that_does_not_hold_is_asked_again() -> None:
    async def scenario() -> None:
        async with on_the_line(REPLY) as line:
            line.agent.confirms = False
            early(line, "when do you open")
            await asyncio.sleep(0.4)
            line.hear(CallerTurn("when do you open", 0))
            await asyncio.sleep(3)
            assert answered(line.handset) == REPLY
            assert line.agent.asked == ["when do you open"]

    virtually(scenario)


def test_a_recogniser_that_never_decides_is_not_waited_for() -> None:
    async def scenario() -> None:
        async with on_the_line(REPLY) as line:
            early(line, "when do you open")
            await asyncio.sleep(Manners().undecided_s + 3)
            assert answered(line.handset) == REPLY

    virtually(scenario)


def test_a_decided_turn_whose_reply_was_cut_off_is_answered_when_it_comes_again() -> None:
    """A recogniser that was lost hears the same words once more."""

    async def scenario() -> None:
        async with on_the_line(REPLY, REPLY) as line:
            early(line, "when do you open")
            await asyncio.sleep(Manners().undecided_s + 0.6)
            assert answered(line.handset)
            line.hear(SpeechStarted(0), Interim("when do", 0))
            await asyncio.sleep(0.1)
            line.hear(CallerTurn("when do you open", 0))
            await asyncio.sleep(4)
            assert answered(line.handset).endswith(REPLY)

    virtually(scenario)


def test_a_caller_who_hangs_up_leaves_nothing_behind() -> None:
    async def scenario() -> None:
        async with on_the_line(REPLY) as line:
            early(line, "when do you open")
            await asyncio.sleep(0.4)
            assert answered(line.handset) == ""
        assert line.agent.retracted == ["when do you open"]

    virtually(scenario)


@pytest.mark.parametrize("seed", range(sampled(60, 3000)))
def test_whatever_order_events_come_in_every_turn_is_answered_once(seed: int) -> None:
    """Each caller's turn has its own reply, so that what is said twice or for nobody shows."""
    rng = random.Random(seed)
    turns = [f"question {n}" for n in range(1, 5)]

    async def scenario() -> None:
        async with on_the_line(
            "Answer one.", "Answer two.", "Answer three.", "Answer four."
        ) as line:
            line.agent.thinks_s = rng.choice((0.0, 0.2, 0.7))
            for text in turns:
                for event in _said(text, rng):
                    line.hear(event)
                    await asyncio.sleep(rng.choice((0.0, 0.05, 0.4)))
                await asyncio.sleep(rng.choice((2.5, 4.0)))
            assert answered(line.handset) == "Answer one.Answer two.Answer three.Answer four."
            assert line.agent.replies == []
            assert sorted(line.agent.asked + line.agent.confirmed) == turns
            assert len(line.call.timelines) == len(turns)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert not others

    virtually(scenario)


def _said(text: str, rng: random.Random) -> list[Heard]:
    """One turn of a caller as a recogniser may tell of it."""
    events: list[Heard] = [SpeechStarted(0)]
    words = text.split()
    for _ in range(rng.randrange(3)):
        part = " ".join(words[: rng.randint(1, len(words))])
        events += [Interim(part, 0), EarlyTurn(part, 0)]
        if rng.random() < 0.3:
            events.append(SpeechStarted(0))
        if rng.random() < 0.8:
            events.append(Resumed(0))
    if rng.random() < 0.6:
        events.append(EarlyTurn(text, 0))
    if rng.random() < 0.3:
        events.append(Interim(text, 0))
    return [*events, CallerTurn(text, 0)]

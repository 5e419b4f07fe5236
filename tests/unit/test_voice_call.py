"""One call's loop, in virtual time: floor, barge-in, false starts, silence, the last word."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from tests.support.speech import Handset, Parrot, ScriptedEars, SpellingVoice, recordings
from tests.support.virtual_time import run_virtually
from voice.call import VoiceCall
from voice.events import CallerTurn, Heard, Interim, SpeechStarted
from voice.manners import A_PERSON, Manners

GREETING = "Hello."
PATIENT = Manners(silence_s=8.0, filler_s=3.0)
"""For tests of other things than silence."""


@dataclass
class OnTheLine:
    """A call under way and everything around it."""

    call: VoiceCall
    ears: ScriptedEars
    handset: Handset
    agent: Parrot
    running: asyncio.Task[None]

    def hear(self, *events: Heard) -> None:
        for event in events:
            self.ears.events.put_nowait(event)

    def said(self, text: str) -> None:
        """The caller says something, start to end, at once."""
        self.hear(SpeechStarted(0), Interim(text, 0), CallerTurn(text, 0))


@asynccontextmanager
async def on_the_line(
    *replies: str, manners: Manners | None = None, agent: Parrot | None = None, **more: object
) -> AsyncIterator[OnTheLine]:
    ears, voice, handset = ScriptedEars(), SpellingVoice(), Handset()
    parrot = agent or Parrot(list(replies), **more)  # type: ignore[arg-type]  # the test knows the fields
    manners = manners or PATIENT
    recorded = recordings(GREETING, manners=manners)
    call = VoiceCall(parrot, ears, voice, GREETING, recorded, manners=manners)
    handset.on_mark = call.marked
    running = asyncio.create_task(call.run(handset))
    line = OnTheLine(call, ears, handset, parrot, running)
    try:
        await asyncio.sleep(1.0)
        yield line
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await call.aclose()
        assert ears.closed
        assert voice.closed


def virtually(test: Callable[[], Awaitable[None]]) -> None:
    run_virtually(test())  # type: ignore[arg-type]  # tests are coroutines


def test_the_greeting_is_said_at_once_and_whole() -> None:
    async def scenario() -> None:
        async with on_the_line() as line:
            assert line.handset.heard == GREETING

    virtually(scenario)


def test_a_turn_is_answered_and_timed() -> None:
    async def scenario() -> None:
        async with on_the_line("We open at eight. Anything else?") as line:
            line.said("when do you open")
            await asyncio.sleep(4)
            assert line.handset.heard == GREETING + "We open at eight.Anything else?"
            timeline = line.call.timelines[0]
            assert timeline.first_token is not None
            assert timeline.last_mark_played is not None
            assert line.ears.expected == ["open"]

    virtually(scenario)


@pytest.mark.parametrize("offset", [n / 10 for n in range(1, 30)])
def test_what_was_heard_of_an_interrupted_reply_is_what_was_played(offset: float) -> None:
    reply = "One two three four five. Six seven eight nine ten."

    async def scenario() -> None:
        async with on_the_line(reply, "Sure.") as line:
            line.said("count please")
            await asyncio.sleep(offset)
            line.said("wait")
            await asyncio.sleep(0.01)
            truth = line.handset.heard.removeprefix(GREETING)
            assert len(line.handset.cleared_at) == 1
            claimed = " ".join(line.agent.was_heard[0].split())
            heard = truth.replace(".", ". ").split()
            words = claimed.replace(".", ". ").split()
            assert abs(len(words) - len(heard)) <= 1
            assert truth.replace(" ", "").startswith(claimed.replace(" ", "")[: len(truth)])
            await asyncio.sleep(2)
            assert line.handset.heard.endswith("Sure.")

    virtually(scenario)


@pytest.mark.parametrize("offset", [0.2, 0.9, 1.7, 2.6])
def test_a_cough_pauses_the_reply_and_not_a_word_is_lost_or_doubled(offset: float) -> None:
    reply = "One two three four five. Six seven eight nine ten."

    async def scenario() -> None:
        async with on_the_line(reply) as line:
            line.said("count please")
            await asyncio.sleep(offset)
            line.hear(SpeechStarted(0))
            await asyncio.sleep(9)
            assert line.handset.heard.removeprefix(GREETING) == reply.replace(". ", ".")
            assert line.agent.was_heard == []
            assert line.agent.closed_early == 0

    virtually(scenario)


def test_a_caller_who_goes_on_talking_is_answered_once_for_the_whole() -> None:
    async def scenario() -> None:
        async with on_the_line("Too early.", "Right.", thinks_s=1.0) as line:
            line.said("I need")
            await asyncio.sleep(0.5)
            line.said("an oil change")
            await asyncio.sleep(4)
            assert line.handset.heard == GREETING + "Right."
            assert line.agent.was_heard == [""]
            assert line.agent.closed_early == 1

    virtually(scenario)


def test_speech_over_the_greeting_is_answered() -> None:
    async def scenario() -> None:
        async with on_the_line("Of course.") as line:
            assert line.agent.asked == []
        async with on_the_line("Of course.", manners=Manners()) as line:
            line.said("oil change")
            await asyncio.sleep(2)
            assert line.agent.asked == ["oil change"]

    virtually(scenario)


class SaysGoodbyeAtOnce(Parrot):
    """Takes every reply for the last."""

    @property
    def finished(self) -> bool:
        return bool(self.asked)


@pytest.mark.parametrize("ticks", range(12))
def test_words_that_come_with_the_last_mark_are_answered_or_never_asked(ticks: int) -> None:
    async def scenario() -> None:
        agent = SaysGoodbyeAtOnce(["Goodbye.", "Sure."])
        async with on_the_line(agent=agent) as line:

            def on_mark(name: str) -> None:
                line.call.marked(name)
                if line.handset.heard.endswith("Goodbye."):
                    line.handset.on_mark = line.call.marked
                    _in_ticks(ticks, lambda: line.hear(CallerTurn("wait, one more thing", 0)))

            line.handset.on_mark = on_mark
            line.said("that's all")
            await asyncio.sleep(8)
            assert line.running.done()
            assert line.handset.heard.endswith("Sure.") == (len(agent.asked) == 2)

    virtually(scenario)


def _in_ticks(count: int, what: Callable[[], None]) -> None:
    """Do something after so many turns of the loop, in the same moment."""
    if count == 0:
        what()
    else:
        asyncio.get_running_loop().call_soon(_in_ticks, count - 1, what)


def test_silence_is_asked_about_twice_and_then_ends_the_call() -> None:
    async def scenario() -> None:
        manners = Manners(nudges=("Hello?", "Anybody?"), parting="Goodbye.")
        async with on_the_line(manners=manners) as line:
            await asyncio.wait_for(line.running, 60)
            assert line.handset.heard == GREETING + "Hello?Anybody?Goodbye."

    virtually(scenario)


def test_the_call_ends_only_after_its_last_word_was_heard() -> None:
    async def scenario() -> None:
        async with on_the_line("Thank you and goodbye.", last=True) as line:
            line.said("that is all")
            await asyncio.wait_for(line.running, 60)
            assert line.handset.heard.endswith("Thank you and goodbye.")

    virtually(scenario)


def test_lost_marks_delay_the_end_but_do_not_prevent_it() -> None:
    async def scenario() -> None:
        async with on_the_line("Thank you and goodbye.", last=True) as line:
            line.handset.lose_marks = True
            line.said("that is all")
            await asyncio.wait_for(line.running, 60)

    virtually(scenario)


@pytest.mark.parametrize(
    ("keys", "asked"),
    [
        ("0", "I'd like to speak to a person, please."),
        ("2175550142#", "2 1 7 5 5 5 0 1 4 2"),
        ("2175550142", "2 1 7 5 5 5 0 1 4 2"),
    ],
    ids=["zero asks for a person", "digits end with a hash", "or with a pause"],
)
def test_keys(keys: str, asked: str) -> None:
    async def scenario() -> None:
        async with on_the_line("Right.") as line:
            for key in keys:
                line.call.digit(key)
            await asyncio.sleep(4)
            assert line.agent.asked == [asked]

    virtually(scenario)


def test_a_question_after_silence_that_is_cut_short_does_not_touch_the_last_reply() -> None:
    async def scenario() -> None:
        manners = Manners(nudges=("Are you still there with me?",))
        async with on_the_line("Sure.", "Yes.", manners=manners) as line:
            line.said("hello")
            await asyncio.sleep(9.5)
            line.said("I am here")
            await asyncio.sleep(2)
            assert line.agent.was_heard == []
            assert line.handset.heard.endswith("Yes.")

    virtually(scenario)


def test_words_without_an_end_of_turn_do_not_leave_the_line_dead() -> None:
    async def scenario() -> None:
        async with on_the_line(manners=Manners(nudges=("Hello?",), parting="Goodbye.")) as line:
            line.hear(SpeechStarted(0), Interim("I would like", 0))
            await asyncio.wait_for(line.running, 60)
            assert line.handset.heard == GREETING + "Hello?Goodbye."

    virtually(scenario)


@pytest.mark.parametrize("late", [0.0, 0.3], ids=["at once", "a while later"])
def test_words_before_a_key_belong_to_it(late: float) -> None:
    """The recogniser finds their end after the key was pressed: a person is rung all the same."""

    async def scenario() -> None:
        async with on_the_line("One moment, I'll put you through.", "Sure.") as line:
            line.call.audio(b"\xff" * 8000)
            line.hear(SpeechStarted(200), Interim("hello hello", 700))
            await asyncio.sleep(0.05)
            line.call.digit("0")
            await asyncio.sleep(late)
            line.call.audio(b"\xff" * 1600)
            line.hear(Interim("hello hello", 800), CallerTurn("hello hello", 800))
            await asyncio.sleep(4)
            assert line.agent.asked == [f"hello hello {A_PERSON}"]
            assert line.handset.heard.endswith("I'll put you through.")
            line.call.audio(b"\xff" * 8000)
            line.hear(SpeechStarted(1700), Interim("are you there", 2000))
            line.hear(CallerTurn("are you there", 2000))
            await asyncio.sleep(2)
            assert line.agent.asked[1:] == ["are you there"]

    virtually(scenario)


def test_a_question_that_is_cut_off_is_remembered_as_far_as_it_was_heard() -> None:
    async def scenario() -> None:
        manners = Manners(nudges=("Are you still there with me?",))
        async with on_the_line("Right.", manners=manners) as line:
            await asyncio.sleep(2.9)
            line.said("yes")
            await asyncio.sleep(1)
            (said,) = line.agent.asides
            assert said
            assert manners.nudges[0].startswith(said)
            assert said != manners.nudges[0]
            assert bare(line.handset.heard).startswith(bare(GREETING + said))

    virtually(scenario)


def bare(text: str) -> str:
    return text.replace(" ", "")


def test_a_line_opened_again_that_is_talked_over_has_said_no_more_than_was_heard() -> None:
    """Else a "yes" would agree to what was read back to nobody."""

    async def scenario() -> None:
        ears, handset, agent = ScriptedEars(), Handset(), Parrot(["Sure."])
        opening = "Sorry, we were cut off. So that's an oil change on Monday at ten. Is that right?"
        call = VoiceCall(agent, ears, SpellingVoice(), opening, recordings(opening), resumed=True)
        handset.on_mark = call.marked
        running = asyncio.create_task(call.run(handset))
        await asyncio.sleep(1.5)
        ears.events.put_nowait(CallerTurn("yes", 0))
        await asyncio.sleep(1)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await call.aclose()
        assert agent.asides == ["Sorry, we were cut off. "[: len(agent.asides[0])]]
        assert 10 < len(agent.asides[0]) < 30

    virtually(scenario)


def test_a_line_opened_again_to_somebody_promised_a_person_ends_with_the_promise() -> None:
    @dataclass
    class Promised(Parrot):
        @property
        def finished(self) -> bool:
            return True

    async def scenario() -> None:
        ears, handset = ScriptedEars(), Handset()
        opening = "Sorry, we were cut off. I'll put you through."
        call = VoiceCall(Promised([]), ears, SpellingVoice(), opening, {}, resumed=True)
        handset.on_mark = call.marked
        await asyncio.wait_for(call.run(handset), 5)
        await call.aclose()
        assert bare(handset.heard) == bare(opening)

    virtually(scenario)

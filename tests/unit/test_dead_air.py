"""The line is never silent for four seconds, whatever fails, and no caller is left to silence.

A call in virtual time: a caller who speaks in audio, recognisers and voices that fail, a slow
agent.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from evals.standins.hearing import Ended
from evals.standins.verbatim import VerbatimHearing, verbatim
from tests.support.soak import sampled
from tests.support.speech import Handset, Parrot, recordings, spelled
from tests.support.virtual_time import VirtualTimeLoop, run_virtually
from tests.unit.test_hedge import NEVER, Vendor
from tests.unit.test_voice_call import on_the_line
from voice.call import VoiceCall
from voice.deadair import NOISE_MS, DeadAir
from voice.ears import LastingEars
from voice.events import CallerTurn, Heard, Interim, SpeechStarted
from voice.hedge import HedgedMouths
from voice.manners import A_PERSON, BY_KEYS, Manners
from voice.playback import BYTES_PER_MS
from voice.ports import CallBackReason, Expectation, VoiceError

GREETING = "Hello."
CEILING_S = 4.0
FRAME = 20 * BYTES_PER_MS
TONE = (b"\xa0" * 20 + b"\x20" * 20) * 4
QUIET = b"\xff" * FRAME * 5
ENDPOINT_S = 0.3


@dataclass
class EarVendor:
    """A recogniser that hears what the audio spells, and fails as it is told, once or for good.

    Attributes:
        opens_s: How long a connection takes.
        refuses: It takes no connection.
        deaf_s: It hears nothing, and so much later that is noticed.
        for_good: It is like that with every connection, else with the first.
    """

    opens_s: float = 0.1
    refuses: bool = False
    deaf_s: float | None = None
    for_good: bool = False
    connections: int = 0

    async def open(self, call_sid: str) -> "Ear":
        await asyncio.sleep(self.opens_s)
        self.connections += 1
        faulty = self.for_good or self.connections == 1
        if self.refuses and faulty:
            raise VoiceError("recogniser: refused")
        return Ear(self.deaf_s if faulty else None)

    async def aclose(self) -> None:
        """Nothing is held."""


class Ear:
    """One connection of a recogniser."""

    def __init__(self, deaf_s: float | None) -> None:
        self._deaf_s = deaf_s
        self._hearing = VerbatimHearing()
        self._events: asyncio.Queue[Heard | Exception | None] = asyncio.Queue()
        self._ms = 0
        self._timers: list[asyncio.TimerHandle] = []

    def feed(self, ulaw: bytes) -> None:
        self._ms += len(ulaw) // BYTES_PER_MS
        loud = any(code not in (0xFF,) for code in ulaw)
        if self._deaf_s is not None:
            if loud and not self._timers:
                lost = VoiceError("recogniser: gone silent")
                self._later(self._deaf_s, lost)
            return
        for cue in self._hearing.feed(ulaw):
            if isinstance(cue, Ended):
                self._events.put_nowait(SpeechStarted(cue.at_ms))
                self._events.put_nowait(Interim(cue.text, cue.at_ms))
                in_order_s = cue.at_ms / 1e6
                self._later(ENDPOINT_S + in_order_s, CallerTurn(cue.text, cue.at_ms))

    def _later(self, delay_s: float, event: Heard | Exception) -> None:
        loop = asyncio.get_running_loop()
        self._timers.append(loop.call_later(delay_s, self._events.put_nowait, event))

    async def heard(self) -> AsyncGenerator[Heard, None]:
        while (event := await self._events.get()) is not None:
            if isinstance(event, Exception):
                raise event
            yield event

    def expect(self, expected: Expectation, phrases: tuple[str, ...] = ()) -> None:
        """Means nothing here."""

    async def aclose(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._events.put_nowait(None)


@dataclass
class TimedHandset(Handset):
    """A telephone that remembers when it sounded."""

    sounded: list[tuple[float, float]] = field(default_factory=list)

    def play(self, ulaw: bytes) -> None:
        loop = asyncio.get_running_loop()
        begins = max(loop.time(), self._free_at)
        self.sounded.append((begins, begins + len(ulaw) / BYTES_PER_MS / 1000))
        super().play(ulaw)

    def clear(self) -> None:
        now = asyncio.get_running_loop().time()
        self.sounded = [(start, min(end, now)) for start, end in self.sounded if start < now]
        super().clear()


def bare(text: str) -> str:
    return text.replace(" ", "")


@dataclass
class Call:
    """A call under way and both sides of its timeline."""

    voice: VoiceCall
    handset: TimedHandset
    agent: Parrot
    running: asyncio.Task[None]
    spoke: list[tuple[float, float]] = field(default_factory=list)
    saying: asyncio.Queue[bytes] = field(default_factory=asyncio.Queue)
    told: list[CallBackReason] = field(default_factory=list)
    ended_at: float = 0.0

    def say(self, text: str, *, for_s: float = 0.6) -> None:
        """Speak for a while; the words come at its end."""
        self.saying.put_nowait(TONE * int(for_s * 50) + verbatim(text))

    async def line(self) -> None:
        """Carry the caller's audio, frame by frame."""
        loop = asyncio.get_running_loop()
        speech = b""
        while not self.running.done():
            if not speech and not self.saying.empty():
                speech = self.saying.get_nowait()
            frame, speech = speech[:FRAME] or QUIET, speech[FRAME:]
            lasts_s = len(frame) / BYTES_PER_MS / 1000
            if frame != QUIET:
                self.spoke.append((loop.time(), loop.time() + lasts_s))
            self.voice.audio(frame)
            await asyncio.sleep(lasts_s)
        self.ended_at = loop.time()

    async def silence(self, for_s: float) -> None:
        """Wait until the agent has been silent for so long, or the call is over."""
        loop = asyncio.get_running_loop()
        while not self.running.done():
            last = self.handset.sounded[-1][1] if self.handset.sounded else 0.0
            if loop.time() - last >= for_s:
                return
            await asyncio.sleep(0.05)

    async def hears(self, words: str) -> None:
        """Wait until the words have been heard, or the call is over."""
        for _ in range(5000):
            if bare(words) in self.heard or self.running.done():
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"not heard: {words}")

    @property
    def heard(self) -> str:
        """All that was heard, without spaces: a voice makes none between clauses."""
        return bare(self.handset.heard)

    @property
    def longest_gap_s(self) -> float:
        """The longest time in which neither side was to be heard."""
        until, longest = 0.0, 0.0
        for start, end in [*sorted(self.handset.sounded + self.spoke), (self.ended_at, 0.0)]:
            longest = max(longest, start - until)
            until = max(until, end)
        return longest


async def a_call(
    caller: Callable[[Call], Awaitable[None]],
    *,
    ears: list[EarVendor] | None = None,
    voices: list[Vendor] | None = None,
    agent: Parrot | None = None,
    manners: Manners | None = None,
    calls_back: bool = True,
    lose_marks: bool = False,
    gives_up: bool = False,
    recorded: bool = True,
    lasted_s: float = 0.0,
) -> Call:
    """A whole call, until the caller hangs up or the service does (`gives_up`: has no voice).

    Unless `recorded`, the process is so young that only the greeting is.
    """
    manners = manners or Manners()
    lasting, mouths = LastingEars(ears or [EarVendor()]), HedgedMouths(voices or [Vendor()])
    parrot, handset = agent or Parrot([]), TimedHandset(lose_marks=lose_marks)
    told: list[CallBackReason] = []

    async def call_back(reason: CallBackReason) -> bool:
        told.append(reason)
        await asyncio.sleep(0 if calls_back else NEVER)
        return True

    voice = VoiceCall(
        parrot,
        await lasting.open("CA1"),
        await mouths.open("CA1"),
        GREETING,
        recordings(GREETING, manners=manners) if recorded else {GREETING: spelled(GREETING)},
        manners=manners,
        call_back=call_back,
        lasted_s=lasted_s,
    )
    handset.on_mark = voice.marked
    call = Call(voice, handset, parrot, asyncio.create_task(voice.run(handset)), told=told)
    tasks = [asyncio.create_task(call.line()), asyncio.ensure_future(caller(call))]
    await asyncio.wait([call.running, tasks[1]], return_when=asyncio.FIRST_COMPLETED)
    if call.running.done():
        await asyncio.sleep(0.03)
        assert isinstance(call.running.exception(), VoiceError if gives_up else type(None))
    else:
        tasks[1].result()
    call.ended_at = call.ended_at or asyncio.get_running_loop().time()
    for task in [*tasks, call.running]:
        task.cancel()
    await asyncio.gather(*tasks, call.running, return_exceptions=True)
    await voice.aclose()
    await lasting.aclose()
    await mouths.aclose()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    return call


async def silent(call: Call) -> None:
    """A caller who says nothing."""
    await call.running


EARS = {
    "fine": EarVendor(),
    "slow to open": EarVendor(opens_s=1.4),
    "refuses at first": EarVendor(refuses=True),
    "refuses": EarVendor(refuses=True, for_good=True),
    "deaf at first": EarVendor(deaf_s=1.3),
    "deaf": EarVendor(deaf_s=1.3, for_good=True),
}
VOICES = {
    "fine": Vendor(begins_s=0.2),
    "never opens": Vendor(opens_s=NEVER),
    "never sounds": Vendor(begins_s=NEVER),
    "slow": Vendor(begins_s=0.65),
    "stalls in the middle": Vendor(stalls_after=25),
    "breaks in the middle": Vendor(breaks_after=25),
}
THINKS_S = [0.0, 0.4, 1.6, 3.1, 6.0, 14.0]


def _copy(vendor: Vendor) -> Vendor:
    return Vendor(vendor.opens_s, vendor.begins_s, vendor.stalls_after, vendor.breaks_after)


def _copied(ear: EarVendor) -> EarVendor:
    return EarVendor(ear.opens_s, ear.refuses, ear.deaf_s, ear.for_good)


@pytest.mark.parametrize("seed", range(sampled(60, 4000)))
def test_whatever_fails_the_line_is_not_silent_for_four_seconds(seed: int) -> None:
    """Recogniser fault × voice fault × slow agent × a caller who pauses and then falls silent.

    Every other caller dictates a number, whose turns may be joined.
    """
    rng = random.Random(seed)
    ears = rng.choices(sorted(EARS), k=rng.randint(1, 3))
    voice = rng.choice(sorted(VOICES))
    thinks_s = rng.choices(THINKS_S, k=rng.randint(1, 4))
    pauses_s = [rng.uniform(0.2, 9.0) for _ in range(rng.randint(0, 4))]
    lose_marks = rng.random() < 0.3
    dictates = rng.random() < 0.5
    recorded = rng.random() < 0.7

    async def scenario() -> None:
        said = "{0}{0}{0}" if dictates else "question {0}"
        turns = [said.format(number) for number in range(len(pauses_s))]
        agent = Slow([f"Answer {number}, and more." for number in range(20)], times=thinks_s)
        agent.asks = "phone" if dictates else "open"

        async def caller(call: Call) -> None:
            for text, pause_s in zip(turns, pauses_s, strict=True):
                await call.silence(0.3)
                await asyncio.sleep(pause_s)
                call.say(text)
                await asyncio.sleep(1.0)
            await call.running

        call = await a_call(
            caller,
            ears=[_copied(EARS[name]) for name in ears],
            voices=[_copy(VOICES[voice]), Vendor(begins_s=0.1)],
            agent=agent,
            lose_marks=lose_marks,
            recorded=recorded,
        )
        case = (ears, voice, thinks_s, pauses_s, lose_marks, recorded)
        assert call.longest_gap_s <= CEILING_S, case
        assert call.heard.endswith("Goodbye.")
        heard = " ".join(text for text in agent.asked if text.startswith(tuple(turns)))
        if any(not EARS[name].for_good for name in ears):
            assert heard == " ".join(turns), "every turn is heard, in order, and none twice"
        else:
            assert heard == ""

    run_virtually(scenario())


@pytest.mark.parametrize("lose_marks", [False, True], ids=["", "all marks lost"])
@pytest.mark.parametrize(
    "opens_s",
    [1.6 + 0.1 * step for step in range(27)],
    ids=lambda opens_s: f"a recogniser that takes {opens_s:.1f} s to connect",
)
def test_words_that_come_late_do_not_push_aside_the_question_about_to_sound(
    opens_s: float, lose_marks: bool
) -> None:
    """The caller spoke while the greeting was heard, and nobody listened for seconds."""
    recorded = opens_s > 3.0

    async def scenario() -> None:
        async def caller(call: Call) -> None:
            call.say("when do you open", for_s=0.2)
            await call.hears("We open at eight.")

        ears, agent = [EarVendor(opens_s=opens_s)], Parrot(["We open at eight."])
        voices = [Vendor(begins_s=0.65)]
        call = await a_call(
            caller,
            ears=ears,
            agent=agent,
            voices=voices,
            recorded=recorded,
            lose_marks=lose_marks,
        )
        assert agent.asked == ["when do you open"]
        assert call.heard.count(bare("We open at eight.")) == 1
        assert call.longest_gap_s <= CEILING_S

    run_virtually(scenario())


def test_a_caller_cuts_in_on_a_question_that_is_let_be_and_both_turns_are_answered() -> None:
    async def scenario() -> None:
        async def caller(call: Call) -> None:
            call.say("when do you open", for_s=0.2)
            await call.hears("Take")
            call.say("on Monday", for_s=0.2)
            await call.hears("At eight.")

        ears, agent = [EarVendor(opens_s=2.2)], Parrot(["At eight."])
        voices = [Vendor(begins_s=0.65)]
        call = await a_call(caller, ears=ears, agent=agent, voices=voices, recorded=False)
        assert agent.asked == ["when do you open on Monday"]
        assert bare("Take your time.") not in call.heard
        assert call.longest_gap_s <= CEILING_S

    run_virtually(scenario())


@dataclass
class Slow(Parrot):
    """Takes another time to think for each reply, in turn."""

    times: list[float] = field(default_factory=list)
    asks: Expectation = "open"

    @property
    def expecting(self) -> Expectation:
        return self.asks

    async def respond(self, text: str) -> AsyncGenerator[str, None]:
        self.thinks_s = self.times[len(self.asked) % len(self.times)]
        async for token in super().respond(text):
            yield token


def test_a_silent_caller_is_asked_and_then_parted_from() -> None:
    async def scenario() -> None:
        call = await a_call(silent)
        manners = Manners()
        assert call.heard == bare(GREETING + "".join(manners.nudges) + manners.parting)
        assert call.agent.asides == list(manners.nudges)
        assert call.longest_gap_s <= CEILING_S
        assert call.told == []

    run_virtually(scenario())


def test_a_caller_who_has_to_look_something_up_is_given_more_time() -> None:
    @dataclass
    class AsksForVin(Parrot):
        @property
        def expecting(self) -> Expectation:
            return "vin"

    async def scenario() -> None:
        call = await a_call(silent, agent=AsksForVin([]))
        manners = Manners()
        assert call.agent.asides == [*manners.looking_up, *manners.nudges[1:]]
        assert call.longest_gap_s <= CEILING_S

    run_virtually(scenario())


@pytest.mark.parametrize(
    ("thinks_s", "said"),
    [
        (0.4, ""),
        (2.5, "One moment, please."),
        (12.0, "One moment, please." + "".join(Manners().waiting)),
    ],
    ids=["a quick answer needs no bridge", "a slow one is bridged", "a very slow one, more often"],
)
def test_a_wait_is_bridged(thinks_s: float, said: str) -> None:
    async def scenario() -> None:
        async def caller(call: Call) -> None:
            await call.silence(0.5)
            call.say("when do you open")
            await call.silence(0.5)
            await call.hears("We open at eight.")

        call = await a_call(caller, agent=Parrot(["We open at eight."], thinks_s=thinks_s))
        assert call.heard == bare(GREETING + said + "We open at eight.")
        assert call.longest_gap_s <= CEILING_S

    run_virtually(scenario())


@pytest.mark.parametrize(
    ("recorded", "heard"),
    [(False, "We open at eight."), (True, "One moment, please. We open at eight.")],
    ids=["one to be voiced is dropped", "one that is recorded sounds at once"],
)
def test_a_bridge_is_not_heard_if_the_answer_comes_before_it_sounds(
    recorded: bool, heard: str
) -> None:
    async def scenario() -> None:
        async def caller(call: Call) -> None:
            await call.silence(0.5)
            call.say("when do you open")
            await asyncio.sleep(6)

        agent = Parrot(["We open at eight."], thinks_s=1.65)
        voices = [Vendor(begins_s=0.6)]
        call = await a_call(caller, agent=agent, voices=voices, recorded=recorded)
        assert call.heard.startswith(bare(GREETING + heard))

    run_virtually(scenario())


def test_what_was_heard_of_a_bridge_is_no_part_of_the_reply() -> None:
    async def scenario() -> None:
        async def caller(call: Call) -> None:
            await call.silence(0.5)
            call.say("when do you open")
            await call.hears("We open")
            call.say("stop", for_s=0.1)
            await asyncio.sleep(2)

        agent = Parrot(["We open at eight in the morning.", "All right."], thinks_s=2.5)
        call = await a_call(caller, agent=agent)
        assert bare("One moment, please.We open") in call.heard
        assert agent.was_heard[0].startswith("We open")
        assert "One moment" not in agent.was_heard[0]

    run_virtually(scenario())


@pytest.mark.parametrize(
    ("calls_back", "last"),
    [(True, Manners().call_back), (False, Manners().call_again)],
    ids=["the shop is told", "the records are out of reach"],
)
def test_a_caller_nobody_can_hear_is_offered_keys_and_then_called_back(
    calls_back: bool, last: str
) -> None:
    async def scenario() -> None:
        async def caller(call: Call) -> None:
            for _ in range(20):
                await call.silence(0.6)
                call.say("can you hear me")
                await asyncio.sleep(2.5)
            await call.running

        deaf = EarVendor(deaf_s=1.3, for_good=True)
        call = await a_call(caller, ears=[deaf], calls_back=calls_back)
        manners = Manners()
        assert call.agent.asides[:-1] == list(manners.unheard)
        assert call.heard.endswith(bare(f"{manners.unhearable} {last}"))
        assert call.told == ["unhearable"]
        assert call.longest_gap_s <= CEILING_S

    run_virtually(scenario())


@pytest.mark.parametrize(
    ("keys", "asked", "told"),
    [("0", [A_PERSON], []), ("1", [], ["asked"]), ("217", ["2 1 7"], [])],
    ids=["zero asks for a person", "one asks to be called back", "digits are what they say"],
)
def test_keys_work_where_nobody_listens(keys: str, asked: list[str], told: list[str]) -> None:
    async def scenario() -> None:
        async def caller(call: Call) -> None:
            await call.silence(0.5)
            call.say("hello")
            await call.hears(BY_KEYS)
            for key in keys:
                call.voice.digit(key)
            await asyncio.sleep(6)

        deaf = EarVendor(refuses=True, for_good=True)
        call = await a_call(caller, ears=[deaf], agent=Parrot(["Right."]))
        assert call.agent.asked == asked
        assert call.told == told

    run_virtually(scenario())


def test_a_recogniser_lost_for_good_is_replaced_and_every_turn_is_heard_once() -> None:
    async def scenario() -> None:
        turns = [f"question {number}" for number in range(5)]

        async def caller(call: Call) -> None:
            for text in turns:
                await call.silence(0.8)
                call.say(text)
                await asyncio.sleep(1.5)
            await call.silence(0.8)

        first, second = EarVendor(deaf_s=1.3, for_good=True), EarVendor()
        agent = Parrot([f"Answer {number}." for number in range(5)])
        call = await a_call(caller, ears=[first, second], agent=agent)
        assert agent.asked == turns
        assert second.connections == 1
        assert call.longest_gap_s <= CEILING_S

    run_virtually(scenario())


MUTE = {
    "do not open": Vendor(opens_s=NEVER),
    "make no sound": Vendor(begins_s=NEVER),
    "break off at once": Vendor(breaks_after=0),
}


@pytest.mark.parametrize("recorded", [True, False], ids=["recorded lines", "a young process"])
@pytest.mark.parametrize("count", [1, 2], ids=["one voice", "two voices"])
@pytest.mark.parametrize("thinks_s", [0.0, 0.5, 1.2, 1.9, 2.1, 3.0])
@pytest.mark.parametrize("voice", MUTE.values(), ids=MUTE.keys())
def test_where_no_voice_is_left_the_carrier_has_its_turn_in_time(
    voice: Vendor, thinks_s: float, count: int, recorded: bool
) -> None:
    async def scenario() -> None:
        async def caller(call: Call) -> None:
            await call.silence(0.5)
            call.say("when do you open")
            await call.running

        agent = Parrot(["We open at eight."], thinks_s=thinks_s)
        voices = [_copy(voice) for _ in range(count)]
        call = await a_call(caller, agent=agent, voices=voices, gives_up=True, recorded=recorded)
        filler = "One moment, please." if recorded and thinks_s > 1.5 else ""
        assert bare(GREETING + filler).startswith(call.heard)
        assert call.longest_gap_s <= CEILING_S

    run_virtually(scenario())


@pytest.mark.parametrize("recorded", [True, False], ids=["recorded lines", "a young process"])
@pytest.mark.parametrize("count", [1, 2], ids=["one voice", "two voices"])
@pytest.mark.parametrize("voice", MUTE.values(), ids=MUTE.keys())
def test_a_silent_caller_is_not_left_in_silence_where_every_voice_is_mute(
    voice: Vendor, count: int, recorded: bool
) -> None:
    async def scenario() -> None:
        manners = Manners()
        voices = [_copy(voice) for _ in range(count)]
        call = await a_call(silent, voices=voices, gives_up=not recorded, recorded=recorded)
        asked = "".join(manners.nudges) + manners.parting
        assert call.heard == bare(GREETING + (asked if recorded else ""))
        assert call.longest_gap_s <= CEILING_S

    run_virtually(scenario())


def test_a_reply_without_an_end_is_cut_when_the_time_for_it_is_over() -> None:
    async def scenario() -> None:
        manners = Manners(longest_s=8.0, wrap_up_s=5.0)

        async def caller(call: Call) -> None:
            await call.silence(0.5)
            call.say("tell me everything")
            await call.running

        agent = Parrot(["And another thing. " * 200])
        call = await a_call(caller, agent=agent, manners=manners)
        assert call.heard.endswith(bare(f"{manners.too_long} {manners.call_back}"))
        assert len(agent.was_heard) == 1
        assert call.ended_at < manners.longest_s + manners.wrap_up_s + 7
        assert call.longest_gap_s <= CEILING_S

    run_virtually(scenario())


@pytest.mark.parametrize(
    ("keys", "asks", "asked"),
    [
        ("1", "yes_no", "Yes."),
        ("2", "yes_no", "No."),
        ("04121985", "birth_date", "04/12/1985"),
        ("217 0", "phone", "2 1 7 0"),
        ("0", "phone", A_PERSON),
    ],
    ids=["one is yes", "two is no", "a date of birth", "zero in a number", "zero and a pause"],
)
def test_keys_say_what_was_asked_for(keys: str, asks: Expectation, asked: str) -> None:
    async def scenario() -> None:
        async def caller(call: Call) -> None:
            await call.silence(0.5)
            for key in keys.replace(" ", ""):
                call.voice.digit(key)
                await asyncio.sleep(0.3)
            await call.hears("Right.")

        agent = Slow(["Right."], times=[0.0])
        agent.asks = asks
        call = await a_call(caller, agent=agent)
        assert call.agent.asked == [asked]

    run_virtually(scenario())


def test_a_call_that_lasts_too_long_is_wrapped_up_after_the_answer_under_way() -> None:
    async def scenario() -> None:
        manners = Manners(longest_s=12.0)

        async def caller(call: Call) -> None:
            await call.silence(0.5)
            while not call.running.done():
                call.say("and another thing")
                await asyncio.sleep(1.2)
                await call.silence(0.5)

        agent = Parrot(["A fairly long answer to that."] * 20)
        call = await a_call(caller, agent=agent, manners=manners)
        goodbye = f"{manners.too_long} {manners.call_back}"
        assert call.heard.endswith(bare("A fairly long answer to that." + goodbye))
        assert call.told == ["too_long"]
        assert call.agent.asides[-1] == goodbye
        assert call.longest_gap_s <= CEILING_S

    run_virtually(scenario())


def test_a_loop_that_stands_still_for_300_ms_again_and_again_is_not_heard() -> None:
    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualTimeLoop)

        async def caller(call: Call) -> None:
            await call.silence(0.5)
            call.say("when do you open")
            await call.hears("We open")
            for _ in range(8):
                await asyncio.sleep(0.13)
                loop._virtual.jump += 0.3  # time passes and nothing runs
            await call.silence(0.5)

        reply = "We open at eight in the morning and we close at six in the evening of that day."
        call = await a_call(caller, agent=Parrot([reply]))
        assert bare(reply) in call.heard
        answered = [one for one in call.handset.sounded if one[0] > call.spoke[-1][1]]
        gaps = [start - end for (_, end), (start, _) in pairwise(answered)]
        assert max(gaps) < 0.001

    run_virtually(scenario())


@pytest.mark.parametrize("stalls", [False, True], ids=["a quick loop", "a loop that stalls"])
@pytest.mark.parametrize("after_ms", range(300, 1100, 130))
def test_who_cuts_in_has_silence_within_a_frame(after_ms: int, stalls: bool) -> None:
    """400 ms are sent ahead, so that a stall is not heard; a sound throws all of it away."""

    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualTimeLoop)
        async with on_the_line("One two three four five. Six seven eight nine ten.") as line:
            line.said("count please")
            await asyncio.sleep(after_ms / 1000)
            loop._virtual.jump += 0.3 * stalls
            await asyncio.sleep(0)
            before, cuts_in_at = len(line.handset.cleared_at), loop.time()
            line.hear(SpeechStarted(0))
            await asyncio.sleep(0.02)
            played = len(line.handset.played)
            assert len(line.handset.cleared_at) == before + 1
            assert line.handset.cleared_at[-1] - cuts_in_at < 0.02
            await asyncio.sleep(1.0)
            assert len(line.handset.played) == played

    run_virtually(scenario())


def test_noise_that_never_ends_does_not_hold_the_line_for_ever() -> None:
    air = DeadAir(Manners())
    for now in range(0, 60_000, 20):
        air.caller(TONE, now_ms=now, ear_until_ms=-1000)
    assert air.nudge_due(0) <= NOISE_MS + 3000
    air.made_out(60_000)
    assert not air.unheard


def test_an_echo_of_the_agent_is_not_the_caller() -> None:
    air = DeadAir(Manners())
    for now in range(0, 5_000, 20):
        air.caller(TONE, now_ms=now, ear_until_ms=now + 100)
    assert not air.unheard
    assert air.since(5_100) == 5_100


def test_a_number_that_is_keyed_in_slowly_is_not_talked_over() -> None:
    async def scenario() -> None:
        async def caller(call: Call) -> None:
            await call.silence(0.5)
            for key in "2175550":
                now = asyncio.get_running_loop().time()
                call.spoke.append((now, now + 0.1))
                call.voice.digit(key)
                await asyncio.sleep(1.9)
            await call.hears("Right.")

        agent = Slow(["Right."], times=[0.0])
        agent.asks = "phone"
        call = await a_call(caller, agent=agent, recorded=False)
        assert agent.asked == ["2 1 7 5 5 5 0"]
        assert agent.asides == []
        assert call.longest_gap_s <= CEILING_S

    run_virtually(scenario())


def test_a_line_that_was_opened_again_does_not_begin_the_longest_call_anew() -> None:
    async def scenario() -> None:
        manners = Manners(longest_s=900.0)
        call = await a_call(silent, manners=manners, lasted_s=898.0)
        assert call.ended_at < 12.0
        assert bare(manners.too_long) in call.heard
        assert call.voice.parted

    run_virtually(scenario())

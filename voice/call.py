"""One telephone call: caller audio in, turns, replies, audio out.

::

    audio ─► transcriber ─► turn ─► agent ─► tokens ─► mouth ─► line
    marks ─────────────────────────────────────────────┘

An early end of turn is answered without the floor: everything is made ready and nothing is sent.
The end of the turn then only gives the floor.

When the caller makes a sound, the ear is silenced at once and the floor is theirs. If words follow,
the reply is over and is remembered as far as it was heard. If none do (a cough, a door), the reply
goes on from the byte where it fell silent.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial

from voice.events import CallerTurn, EarlyTurn, Heard, Interim, Resumed, SpeechStarted
from voice.keys import Keypad
from voice.manners import Manners
from voice.mouth import SpeakingMouth
from voice.ports import Agent, Expectation, Line, Synthesizer, Transcriber, VoiceError
from voice.timings import Timeline

_LOOK_EVERY_S = 0.25
_NUMBERS: tuple[Expectation, ...] = ("phone", "birth_date", "address", "date_time", "vin", "plate")


@dataclass(slots=True)
class _Early:
    """A reply made ready for a turn that may not have ended."""

    turn: EarlyTurn
    since_ms: float
    timeline: Timeline
    sure: asyncio.Event = field(default_factory=asyncio.Event)

    def answers(self, text: str) -> bool:
        """Whether it is the reply to these words."""
        return _words(self.turn.text) == _words(text)


@dataclass(slots=True)
class VoiceCall:
    """The loop of one call. `audio`, `marked` and `digit` are called by whoever reads the line.

    Attributes:
        greeting: Said first; its audio is made before the call, or empty.
        resumed: The greeting only bridges a break, and is no part of the conversation.
        timelines: One for each turn, filled while the call runs.
    """

    agent: Agent
    transcriber: Transcriber
    synthesizer: Synthesizer
    greeting: str
    greeting_audio: bytes
    resumed: bool = False
    manners: Manners = field(default_factory=Manners)
    timelines: list[Timeline] = field(default_factory=list)
    _mouth: SpeakingMouth = field(init=False)
    _keypad: Keypad = field(init=False)
    _speaking: asyncio.Task[None] | None = None
    _is_reply: bool = False
    _false_start: asyncio.TimerHandle | None = None
    _over: asyncio.Event = field(default_factory=asyncio.Event)
    _nudged: int = 0
    _quiet_since: float | None = None
    _early: _Early | None = None

    def __post_init__(self) -> None:
        manners = self.manners
        self._mouth = SpeakingMouth(self.synthesizer, manners.lead_ms, manners.last_word_s)
        self._keypad = Keypad(manners.last_key_s)

    def audio(self, ulaw: bytes) -> None:
        """Take the caller's next audio."""
        self.transcriber.feed(ulaw)

    def marked(self, name: str) -> None:
        """The telephone has played up to a mark."""
        if self._mouth.marked(name) and self.timelines:
            self.timelines[-1].stamp("first_mark_played", self._mouth.now_ms())
            self.timelines[-1].stamp("last_mark_played", self._mouth.now_ms())

    def digit(self, digit: str) -> None:
        """Take a key press."""
        self._keypad.press(digit, in_number=self.agent.expecting in _NUMBERS)

    async def run(self, line: Line) -> None:
        """Carry the call until it is over. Cancelling it is hanging up on the caller's side.

        Raises:
            VoiceError: The recogniser or the voice is gone.
        """
        self._mouth.open(line)
        self._begin(self._greet, is_reply=not self.resumed)
        work = (self._listen(), self._listen_to_keys(), self._watch(), self._ended())
        tasks = [asyncio.create_task(one) for one in work]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._cut_short()

    async def aclose(self) -> None:
        """Release the recogniser and the voice."""
        self._keypad.close()
        if self._false_start is not None:
            self._false_start.cancel()
        await self._stop_speaking()
        await self.transcriber.aclose()
        await self.synthesizer.aclose()

    async def _ended(self) -> None:
        await self._over.wait()

    # Listening

    async def _listen(self) -> None:
        async for event in self.transcriber.heard():
            await self._take(event)

    async def _listen_to_keys(self) -> None:
        while True:
            text = await self._keypad.said()
            await self._stop_for_caller()
            self._answer_turn(text)

    async def _take(self, event: Heard) -> None:
        match event:
            case SpeechStarted():
                self._give_floor()
            case Interim(text=text):
                ready = self._early is not None and self._early.answers(text)
                if text.strip() and not ready:
                    await self._stop_for_caller()
            case EarlyTurn():
                await self._stop_for_caller()
                self._answer_early(event)
            case Resumed():
                await self._stop_for_caller()
            case CallerTurn(text=text, ended_ms=ended_ms):
                if not await self._confirm(text, ended_ms):
                    await self._stop_for_caller()
                    self._answer_turn(text, ended_ms)

    def _give_floor(self) -> None:
        """The caller makes a sound: fall silent now, decide later whether it was speech."""
        if self._mouth.give_floor() and self.timelines:
            self.timelines[-1].stamp("interrupted", self._mouth.now_ms())
        if self._false_start is not None:
            self._false_start.cancel()
        loop = asyncio.get_running_loop()
        self._false_start = loop.call_later(self.manners.false_start_s, self._take_floor_again)

    def _take_floor_again(self) -> None:
        if self._early is None:
            self._mouth.take_floor()

    async def _stop_for_caller(self) -> None:
        """The caller has words: the reply is over, and was heard as far as it was played."""
        if self._false_start is not None:
            self._false_start.cancel()
        self._nudged = 0
        # Should the end of the turn never come, it is the caller's silence that counts from here.
        self._quiet_since = self._mouth.now_ms()
        self._mouth.silence()
        await self._cut_short()

    async def _cut_short(self) -> None:
        """End what is being said; the agent learns how much of a reply was heard."""
        self._early = None
        if self._speaking is None:
            return
        cut_short = not self._speaking.done()
        heard = self._mouth.heard()
        await self._stop_speaking()
        await self.agent.retract()
        if cut_short and self._is_reply:
            self.agent.heard(heard)

    # Speaking

    def _answer_turn(self, text: str, ended_ms: float | None = None) -> None:
        self._mouth.take_floor()
        timeline = Timeline(turn=len(self.timelines) + 1)
        self._committed(timeline, ended_ms)
        tokens = partial(self.agent.respond, text)
        self._begin(partial(self._answer, tokens, timeline), is_reply=True)

    def _answer_early(self, turn: EarlyTurn) -> None:
        """Make the reply ready; it has no floor."""
        timeline = Timeline(turn=len(self.timelines) + 1)
        self._mouth.give_floor()
        tokens = partial(self.agent.ahead, turn.text)
        now_ms = self._mouth.now_ms()
        early = _Early(turn, now_ms, timeline)
        self._begin(partial(self._answer, tokens, timeline, early.sure))
        self._early = early

    async def _confirm(self, text: str, ended_ms: float) -> bool:
        """Let the reply that was made ready be heard, if it is the one to these words."""
        early = self._early
        if early is None or not early.answers(text) or not await self.agent.confirm():
            return False
        self._early = None
        self._is_reply = True
        self._nudged = 0
        self._committed(early.timeline, ended_ms)
        early.sure.set()
        self._mouth.take_floor()
        return True

    def _committed(self, timeline: Timeline, ended_ms: float | None) -> None:
        now = self._mouth.now_ms()
        timeline.stamp("caller_stopped", now if ended_ms is None else ended_ms)
        timeline.stamp("turn_committed", now)
        self.timelines.append(timeline)

    def _begin(self, speak: Callable[[], Awaitable[None]], *, is_reply: bool = False) -> None:
        previous, self._speaking = self._speaking, None
        self._mouth.begin()
        self._quiet_since = None
        self._is_reply = is_reply
        self._speaking = asyncio.create_task(_after(previous, speak))

    async def _greet(self) -> None:
        if self.resumed:
            self.agent.aside(self.greeting)
        await self._mouth.play(self.greeting, self.greeting_audio)
        await self._played_out()

    async def _answer(
        self,
        respond: Callable[[], AsyncGenerator[str, None]],
        timeline: Timeline,
        sure: asyncio.Event | None = None,
    ) -> None:
        async with aclosing(self._tokens(respond, timeline)) as tokens:
            await self._mouth.speak(tokens, timeline)
        if sure is not None:
            await sure.wait()
        self.transcriber.expect(self.agent.expecting)
        await self._played_out()
        if self.agent.finished:
            self._over.set()

    async def _tokens(
        self, respond: Callable[[], AsyncGenerator[str, None]], timeline: Timeline
    ) -> AsyncGenerator[str, None]:
        async with aclosing(respond()) as tokens:
            async for token in tokens:
                timeline.stamp("first_token", self._mouth.now_ms())
                yield token

    async def _say(self, text: str, *, last: bool = False) -> None:
        await self._mouth.say(text)
        self._quiet_since = self._mouth.now_ms()
        if last:
            self._over.set()

    async def _played_out(self) -> None:
        await self._mouth.played_out()
        self._quiet_since = self._mouth.now_ms()

    async def _stop_speaking(self) -> None:
        speaking, self._speaking = self._speaking, None
        if speaking is None:
            return
        speaking.cancel()
        try:
            await speaking
        except asyncio.CancelledError:
            if not speaking.cancelled():
                raise

    # Watching

    async def _watch(self) -> None:
        """Ask a silent caller twice, then part; end a call that never ends."""
        while self._mouth.now_ms() < self.manners.longest_s * 1000:
            await asyncio.sleep(_LOOK_EVERY_S)
            self._check_speaking()
            await self._decide()
            if self._quiet_since is None:
                continue
            quiet_ms = self._mouth.now_ms() - self._quiet_since
            if quiet_ms > self.manners.silence_s * 1000:
                self._nudge()

    async def _decide(self) -> None:
        """A recogniser that never says whether the turn has ended is not waited for."""
        early = self._early
        if early is None:
            return
        if self._mouth.now_ms() - early.since_ms > self.manners.undecided_s * 1000:
            await self._take(CallerTurn(early.turn.text, early.turn.at_ms))

    def _check_speaking(self) -> None:
        if self._speaking is None or not self._speaking.done() or self._speaking.cancelled():
            return
        error = self._speaking.exception()
        if error is not None:
            raise VoiceError("a reply could not be spoken") from error

    def _nudge(self) -> None:
        self._mouth.take_floor()
        if self._nudged >= len(self.manners.nudges):
            self._begin(partial(self._say, self.manners.parting, last=True))
            return
        words = self.manners.nudges[self._nudged]
        self._nudged += 1
        self.agent.aside(words)
        self._begin(partial(self._say, words))


def _words(text: str) -> list[str]:
    """What was said, whatever its marks and capitals."""
    return "".join(c if c.isalnum() else " " for c in text.casefold()).split()


async def _after(previous: asyncio.Task[None] | None, speak: Callable[[], Awaitable[None]]) -> None:
    """Speak once the reply before has let go of the voice."""
    if previous is not None and not previous.done():
        previous.cancel()
        await asyncio.gather(previous, return_exceptions=True)
    await speak()

"""One telephone call: caller audio in, turns, replies, audio out.

::

    audio ─► transcriber ─► turn ─► agent ─► tokens ─► clauses ─► synthesizer ─► playback ─► line
    marks ───────────────────────────────────────────────────────────────────────────┘

When the caller speaks, the ear is silenced at once and the floor is theirs. If words follow, the
reply is over and is remembered as far as it was heard. If none do (a cough, a door), the reply goes
on from the byte where it fell silent.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import Any

from voice.events import CallerTurn, Heard, Interim, SpeechStarted
from voice.phrases import clauses, plain
from voice.playback import Playback
from voice.ports import Agent, Line, Synthesizer, Transcriber, VoiceError
from voice.timings import Timeline

logger = logging.getLogger(__name__)

_A_PERSON = "I'd like to speak to a person, please."

_PIECE = 800
"""Bytes handed to the line at a time: 100 ms, so that a mark is at most that far away."""


@dataclass(frozen=True, slots=True)
class Manners:
    """How a call behaves when nothing goes as planned. Durations in seconds, `lead_ms` in ms.

    Attributes:
        lead_ms: How far ahead of the caller's ear audio is sent, so that a stall is not heard.
        false_start_s: Sound without words for this long was not the caller taking the floor.
        silence_s: How long the caller may be silent before they are asked.
        nudges: What is then said, one after the other.
        parting: What is said when they were all in vain; the call ends.
        last_key_s: A pause this long ends a number that is keyed in.
        last_word_s: How long the end of a call waits for its last word to be played.
        longest_s: The longest a call may last.
    """

    lead_ms: float = 400
    false_start_s: float = 1.5
    silence_s: float = 8.0
    nudges: tuple[str, ...] = ("Are you still there?", "Sorry, I can't hear you. Are you there?")
    parting: str = "I still can't hear you, so I'll hang up now. Please call again. Goodbye."
    last_key_s: float = 2.0
    last_word_s: float = 10.0
    longest_s: float = 900.0


@dataclass(slots=True)
class VoiceCall:
    """The loop of one call. `audio`, `marked` and `digit` are called by whoever reads the line.

    Attributes:
        greeting: Said first; its audio is made before the call.
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
    _playback: Playback = field(default_factory=Playback)
    _reply: asyncio.Task[None] | None = None
    _false_start: asyncio.TimerHandle | None = None
    _floor: asyncio.Event = field(default_factory=asyncio.Event)
    _echo: asyncio.Event = field(default_factory=asyncio.Event)
    _over: asyncio.Event = field(default_factory=asyncio.Event)
    _line: Line | None = None
    _began: float = 0.0
    _marks: int = 0
    _nudged: int = 0
    _digits: str = ""
    _digits_due: asyncio.TimerHandle | None = None
    _keys: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    _is_reply: bool = False
    _quiet_since: float | None = None

    def audio(self, ulaw: bytes) -> None:
        """Take the caller's next audio."""
        self.transcriber.feed(ulaw)

    def marked(self, name: str) -> None:
        """The telephone has played up to a mark."""
        now = self._now_ms()
        if self._playback.echoed(name, now_ms=now):
            if self.timelines:
                self.timelines[-1].stamp("first_mark_played", now)
                self.timelines[-1].stamp("last_mark_played", now)
            self._echo.set()

    def digit(self, digit: str) -> None:
        """Take a key press: 0 asks for a person, # ends a number, the rest collect."""
        if self._digits_due is not None:
            self._digits_due.cancel()
        if digit == "0" and not self._digits:
            self._keys.put_nowait(_A_PERSON)
        elif digit in "#*":
            self._keyed()
        else:
            self._digits += digit
            loop = asyncio.get_running_loop()
            self._digits_due = loop.call_later(self.manners.last_key_s, self._keyed)

    async def run(self, line: Line) -> None:
        """Carry the call until it is over. Cancelling it is hanging up on the caller's side."""
        self._line = line
        self._began = asyncio.get_running_loop().time()
        self._floor.set()
        self._begin(self._greet(), is_reply=not self.resumed)
        listening = asyncio.create_task(self._listen())
        keying = asyncio.create_task(self._listen_to_keys())
        watching = asyncio.create_task(self._watch())
        over = asyncio.create_task(self._over.wait())
        tasks = {listening, keying, watching, over}
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._stop_reply()

    async def aclose(self) -> None:
        """Release the recogniser and the voice."""
        for timer in (self._false_start, self._digits_due):
            if timer is not None:
                timer.cancel()
        await self._stop_reply()
        await self.transcriber.aclose()
        await self.synthesizer.aclose()

    def _keyed(self) -> None:
        """A number is complete."""
        number, self._digits = self._digits, ""
        if number:
            self._keys.put_nowait(" ".join(number))

    # Listening

    async def _listen(self) -> None:
        async for event in self.transcriber.heard():
            await self._take(event)

    async def _listen_to_keys(self) -> None:
        while True:
            text = await self._keys.get()
            await self._yield_turn()
            self._begin_turn(text)

    async def _take(self, event: Heard) -> None:
        self._quiet_since = None
        match event:
            case SpeechStarted():
                self._give_floor()
            case Interim(text=text):
                if text.strip():
                    await self._yield_turn()
            case CallerTurn(text=text, ended_ms=ended_ms):
                await self._yield_turn()
                self._begin_turn(text, ended_ms)

    def _give_floor(self) -> None:
        """The caller makes a sound: fall silent now, decide later whether it was speech."""
        self._floor.clear()
        self._silence()
        if self._false_start is not None:
            self._false_start.cancel()
        loop = asyncio.get_running_loop()
        self._false_start = loop.call_later(self.manners.false_start_s, self._floor.set)

    def _silence(self) -> None:
        """Throw away what the telephone still holds, and remember how far it had come."""
        if self._playback.sent <= self._playback.played:
            return
        now = self._now_ms()
        self._playback.rewind(now_ms=now)
        self._out.clear()
        if self.timelines:
            self.timelines[-1].stamp("interrupted", now)

    async def _yield_turn(self) -> None:
        """The caller has words: the reply is over, and was heard as far as it was played."""
        if self._false_start is not None:
            self._false_start.cancel()
        self._nudged = 0
        if self._reply is None:
            return
        cut_short = not self._reply.done()
        heard = self._playback.heard(self._now_ms())
        self._silence()
        await self._stop_reply()
        if cut_short and self._is_reply:
            self.agent.heard(heard)

    # Speaking

    def _begin_turn(self, text: str, ended_ms: float | None = None) -> None:
        self._floor.set()
        now = self._now_ms()
        timeline = Timeline(turn=len(self.timelines) + 1)
        timeline.stamp("caller_stopped", now if ended_ms is None else ended_ms)
        timeline.stamp("turn_committed", now)
        self.timelines.append(timeline)
        self._begin(self._answer(text, timeline), is_reply=True)

    def _begin(self, speaking: Coroutine[Any, Any, None], *, is_reply: bool = False) -> None:
        previous, self._reply = self._reply, None
        self._playback = Playback()
        self._is_reply = is_reply
        self._reply = asyncio.create_task(_after(previous, speaking))

    async def _greet(self) -> None:
        self._playback.begin(self.greeting)
        self._playback.voiced(self.greeting_audio, completes=True)
        await self._pump()
        await self._played_out()

    async def _answer(self, text: str, timeline: Timeline) -> None:
        async with aclosing(self._tokens(text, timeline)) as tokens:
            await self._speak(tokens, timeline)
        self.transcriber.expect(self.agent.expecting)
        await self._played_out()
        if self.agent.finished:
            self._over.set()

    async def _tokens(self, text: str, timeline: Timeline) -> AsyncGenerator[str, None]:
        async with aclosing(self.agent.respond(text)) as tokens:
            async for token in tokens:
                timeline.stamp("first_token", self._now_ms())
                yield token

    async def _say(self, text: str) -> None:
        async def once() -> AsyncIterator[str]:
            yield text

        await self._speak(once(), None)
        await self._played_out()

    async def _speak(self, tokens: AsyncIterator[str], timeline: Timeline | None) -> None:
        playback = self._playback

        async def handed() -> AsyncIterator[str]:
            silent = ""
            async for clause in clauses(tokens):
                if timeline is not None:
                    timeline.stamp("first_clause", self._now_ms())
                silent += clause
                if spoken := plain(clause):
                    playback.begin(silent)
                    silent = ""
                    yield spoken

        async with aclosing(self.synthesizer.speak(handed())) as sounds:
            async for sound in sounds:
                if timeline is not None:
                    timeline.stamp("first_voice_byte", self._now_ms())
                playback.voiced(sound.ulaw, completes=sound.completes is not None)
                await self._pump(timeline)
        playback.finish()

    async def _pump(self, timeline: Timeline | None = None) -> None:
        """Send what is there, never further ahead of the ear than the lead."""
        playback = self._playback
        while True:
            await self._floor.wait()
            ahead = playback.ahead_ms(self._now_ms()) - self.manners.lead_ms
            if ahead > 0:
                await asyncio.sleep(ahead / 1000)
                continue
            piece = playback.take(_PIECE, now_ms=self._now_ms())
            if not piece:
                return
            self._out.play(piece)
            if timeline is not None:
                timeline.stamp("first_frame", self._now_ms())
            self._marks += 1
            name = f"m{self._marks}"
            playback.mark(name)
            self._out.mark(name)

    async def _played_out(self) -> None:
        """Wait until everything has been heard, with a cap: a mark may be lost."""
        playback = self._playback
        with suppress(TimeoutError):
            async with asyncio.timeout(self.manners.last_word_s) as patience:
                while not playback.done:
                    self._echo.clear()
                    waiting = asyncio.create_task(self._echo.wait())
                    try:
                        await asyncio.wait({waiting}, timeout=self.manners.lead_ms / 1000)
                    finally:
                        waiting.cancel()
                    if playback.sent < len(playback.audio):
                        await self._pump()
                        patience.reschedule(self._loop_time() + self.manners.last_word_s)
        self._quiet_since = self._now_ms()

    async def _stop_reply(self) -> None:
        reply, self._reply = self._reply, None
        if reply is None:
            return
        reply.cancel()
        try:
            await reply
        except asyncio.CancelledError:
            if not reply.cancelled():
                raise

    # Watching

    async def _watch(self) -> None:
        """Ask a silent caller twice, then part; end a call that never ends."""
        while self._now_ms() < self.manners.longest_s * 1000:
            await asyncio.sleep(0.25)
            self._check_reply()
            silent = self._quiet_since is not None and (
                self._now_ms() - self._quiet_since > self.manners.silence_s * 1000
            )
            if silent:
                await self._nudge()

    def _check_reply(self) -> None:
        if self._reply is not None and self._reply.done() and not self._reply.cancelled():
            error = self._reply.exception()
            if error is not None:
                raise VoiceError("the reply could not be spoken") from error

    async def _nudge(self) -> None:
        self._quiet_since = None
        if self._nudged >= len(self.manners.nudges):
            self._begin(self._part())
            return
        words = self.manners.nudges[self._nudged]
        self._nudged += 1
        self._begin(self._say(words))

    async def _part(self) -> None:
        await self._say(self.manners.parting)
        self._over.set()

    @property
    def _out(self) -> Line:
        assert self._line is not None
        return self._line

    def _loop_time(self) -> float:
        return asyncio.get_running_loop().time()

    def _now_ms(self) -> float:
        return (self._loop_time() - self._began) * 1000


async def _after(previous: asyncio.Task[None] | None, speaking: Coroutine[Any, Any, None]) -> None:
    """Speak once the reply before has let go of the voice."""
    if previous is not None and not previous.done():
        previous.cancel()
        await asyncio.gather(previous, return_exceptions=True)
    await speaking

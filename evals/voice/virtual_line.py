"""One call of the voice loop in virtual time, with what both sides were heard to do.

Recogniser, voice and model are slow by exactly what is said here, so whatever else a caller waits
is the loop's own doing.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field

from evals.voice.observed import Spell
from evals.voice.rig import Handset, Parrot, ScriptedEars, SpellingVoice, recordings, spelled
from voice.call import VoiceCall
from voice.events import CallerTurn, EarlyTurn, Interim, Resumed, SpeechStarted
from voice.manners import Manners
from voice.playback import BYTES_PER_MS
from voice.ports import Expectation, Sound

NOTICED_MS, WORDS_MS, EARLY_MS, END_MS = 60, 250, 120, 300
"""When the recogniser tells of a sound and of words after they begin, and of a probable and a sure
end of turn after they stop."""

VOICE_MS = 120
GREETING = "Hello."

_FRAME_MS = 20
_TONE = (b"\xa0" * 20 + b"\x20" * 20) * 4
_QUIET = b"\xff" * BYTES_PER_MS * _FRAME_MS * 5
_LOOK_S = 0.01
_NEVER_S = 60.0


@dataclass
class Agent(Parrot):
    """Answers from a list, and asks for something with each reply."""

    asks: Expectation = "open"
    said: list[str] = field(default_factory=list)

    @property
    def expecting(self) -> Expectation:
        return self.asks

    async def respond(self, text: str) -> AsyncGenerator[str, None]:
        self.said.append(self.replies[0])
        async with aclosing(super().respond(text)) as words:
            async for word in words:
                yield word


class DelayedVoice(SpellingVoice):
    """Takes a while to begin each clause that it was not already speaking before."""

    async def speak(self, clauses: AsyncIterator[str]) -> AsyncGenerator[Sound, None]:
        async for clause in clauses:
            await asyncio.sleep(VOICE_MS / 1000)
            yield Sound(spelled(clause), completes=clause)


@dataclass
class TimedHandset(Handset):
    """Remembers when it sounded, in seconds of the loop's clock."""

    sounded: list[tuple[float, float]] = field(default_factory=list)

    def play(self, ulaw: bytes) -> None:
        super().play(ulaw)
        ends = self._free_at
        self.sounded.append((ends - len(ulaw) / BYTES_PER_MS / 1000, ends))

    def clear(self) -> None:
        now = asyncio.get_running_loop().time()
        self.sounded = [(start, min(end, now)) for start, end in self.sounded if start < now]
        super().clear()


@dataclass
class VirtualLine:
    """A caller's end of the call. All times are milliseconds since the line was opened."""

    voice: VoiceCall
    handset: TimedHandset
    ears: ScriptedEars
    agent: Agent
    running: asyncio.Task[None]
    spoke: list[Spell] = field(default_factory=list)
    _opened: float = field(default_factory=lambda: asyncio.get_running_loop().time())

    @property
    def now_ms(self) -> float:
        """The time."""
        return self.ms_of(asyncio.get_running_loop().time())

    def ms_of(self, loop_time: float) -> float:
        """A moment of the loop's clock."""
        return round((loop_time - self._opened) * 1000, 3)

    @property
    def sophie(self) -> list[Spell]:
        """When Sophie was to be heard so far."""
        return [Spell(self.ms_of(a), self.ms_of(b)) for a, b in self.handset.sounded]

    async def until_ms(self, at_ms: float) -> None:
        """Wait until a time."""
        await asyncio.sleep(max(0.0, at_ms - self.now_ms) / 1000)

    async def quiet(self, ms: float) -> None:
        """Wait until Sophie has been silent for so long."""
        while not self.running.done():
            last = self.handset.sounded[-1][1] if self.handset.sounded else self._opened
            if (asyncio.get_running_loop().time() - last) * 1000 >= ms:
                return
            await asyncio.sleep(_LOOK_S)

    async def answered(self, since_ms: float, patience_ms: float = 12_000) -> float | None:
        """When Sophie first began to sound after a time; none if she has not for too long."""
        while self.now_ms < since_ms + patience_ms:
            later = [spell.start_ms for spell in self.sophie if spell.start_ms >= since_ms - 0.01]
            if later:
                return later[0]
            await asyncio.sleep(_LOOK_S)
        return None

    async def sound(self, ms: float) -> float:
        """Make a sound without a word; returns when the recogniser told of it."""
        began = self._sounding(ms)
        await self.until_ms(began + NOTICED_MS)
        self.ears.events.put_nowait(SpeechStarted(round(began)))
        return self.now_ms

    async def say(
        self, words: str, *, ms: float, early: bool = False, resumes: bool = False
    ) -> tuple[float, float]:
        """Say something and fall silent; returns when it began and when it stopped.

        Args:
            words: What is said.
            ms: How long that takes.
            early: Whether the recogniser guesses the end of it.
            resumes: Whether it guesses one in the middle and takes it back.
        """
        began = self.now_ms
        await self.sound(ms)
        if resumes:
            await self.until_ms(began + ms / 2)
            self._tell(EarlyTurn(words.split()[0], round(self.now_ms)))
            await self.until_ms(began + ms / 2 + EARLY_MS)
            self._tell(Resumed(round(self.now_ms)))
        await self.until_ms(began + min(WORDS_MS, ms))
        stops = began + ms
        while self.now_ms < stops - 1:
            so_far = max(1, round(len(words.split()) * (self.now_ms - began) / ms))
            self._tell(Interim(" ".join(words.split()[:so_far]), round(self.now_ms)))
            await self.until_ms(min(self.now_ms + WORDS_MS, stops))
        self._tell(Interim(words, round(stops)))
        asyncio.get_running_loop().call_at(
            self._opened + (stops + END_MS) / 1000, self._tell, CallerTurn(words, round(stops))
        )
        if early:
            asyncio.get_running_loop().call_at(
                self._opened + (stops + EARLY_MS) / 1000, self._tell, EarlyTurn(words, round(stops))
            )
        return began, stops

    def _tell(self, event: SpeechStarted | Interim | EarlyTurn | Resumed | CallerTurn) -> None:
        self.ears.events.put_nowait(event)

    def _sounding(self, ms: float) -> float:
        began = self.now_ms
        self.spoke.append(Spell(began, began + ms))
        return began

    async def carry(self) -> None:
        """Bring the caller's audio to the call for as long as it lasts."""
        while not self.running.done():
            speaks = bool(self.spoke) and self.spoke[-1].end_ms > self.now_ms
            frame = _TONE if speaks else _QUIET
            self.voice.audio(frame)
            await asyncio.sleep(len(frame) / BYTES_PER_MS / 1000)


async def hold(
    agent: Agent,
    caller: Callable[[VirtualLine], Awaitable[None]],
    manners: Manners,
    *,
    lose_marks: bool = False,
) -> VirtualLine:
    """A whole call, until the caller is done or Sophie hangs up.

    Raises:
        Exception: Whatever broke the call or its caller.
    """
    ears, handset = ScriptedEars(), TimedHandset(lose_marks=lose_marks)
    recorded = recordings(GREETING, manners=manners)
    voice = VoiceCall(agent, ears, DelayedVoice(), GREETING, recorded, manners=manners)
    handset.on_mark = voice.marked
    line = VirtualLine(voice, handset, ears, agent, asyncio.create_task(voice.run(handset)))
    carrying = asyncio.create_task(line.carry())
    calling = asyncio.ensure_future(caller(line))
    try:
        await asyncio.wait({line.running, calling}, return_when=asyncio.FIRST_COMPLETED)
        for task in (line.running, calling):
            if task.done():
                task.result()
    finally:
        for task in (line.running, carrying, calling):
            task.cancel()
        await asyncio.gather(line.running, carrying, calling, return_exceptions=True)
        await voice.aclose()
    return line

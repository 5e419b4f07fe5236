"""Says one reply at a time on one line, and knows how much of it was heard."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from dataclasses import dataclass, field

from voice.phrases import clauses, plain
from voice.playback import Playback
from voice.ports import Line, Synthesizer
from voice.timings import Timeline

_PIECE = 800
"""Bytes handed to the line at a time: 100 ms, so that a mark is at most that far away."""


@dataclass(slots=True)
class SpeakingMouth:
    """Sends a voice to a line, never further ahead of the caller's ear than the lead.

    It speaks while it has the floor. Without it nothing is sent, and what the telephone still held
    is thrown away; with the floor back it goes on from the byte where it fell silent.
    """

    synthesizer: Synthesizer
    lead_ms: float
    last_word_s: float
    line: Line | None = None
    began: float = 0.0
    playback: Playback = field(default_factory=Playback)
    _floor: asyncio.Event = field(default_factory=asyncio.Event)
    _echo: asyncio.Event = field(default_factory=asyncio.Event)
    _marks: int = 0

    def open(self, line: Line) -> None:
        """Begin to speak on a line."""
        self.line = line
        self.began = asyncio.get_running_loop().time()
        self._floor.set()

    def begin(self) -> None:
        """A new reply: nothing of it has been heard."""
        self.playback = Playback()

    def now_ms(self) -> float:
        """Milliseconds since the line was opened."""
        return (asyncio.get_running_loop().time() - self.began) * 1000

    def take_floor(self) -> None:
        """Speak, or go on speaking."""
        self._floor.set()

    def give_floor(self) -> bool:
        """Fall silent at once. Whether there was anything to silence."""
        self._floor.clear()
        return self.silence()

    def silence(self) -> bool:
        """Throw away what the telephone still holds, and remember how far it had come."""
        if self.playback.sent <= self.playback.played:
            return False
        self.playback.rewind(now_ms=self.now_ms())
        self._out.clear()
        return True

    def heard(self) -> str:
        """How much of the reply has been heard."""
        return self.playback.heard(self.now_ms())

    def marked(self, name: str) -> bool:
        """The telephone has played up to a mark. Whether it was one of this reply's."""
        if not self.playback.echoed(name, now_ms=self.now_ms()):
            return False
        self._echo.set()
        return True

    async def play(self, text: str, ulaw: bytes) -> None:
        """Say what was voiced before; without its audio, voice it now."""
        if not ulaw:
            await self.speak(_only(text), None)
            return
        self.playback.begin(text)
        self.playback.voiced(ulaw, completes=True)
        await self._pump(None)

    async def say(self, text: str) -> None:
        """Voice a sentence, and wait until it was heard."""
        await self.speak(_only(text), None)
        await self.played_out()

    async def speak(self, tokens: AsyncIterator[str], timeline: Timeline | None) -> None:
        """Voice a reply while it is made. Returns when its last piece was sent."""
        playback = self.playback
        async with aclosing(self.synthesizer.speak(self._handed(tokens, timeline))) as sounds:
            async for sound in sounds:
                self._stamp(timeline, "first_voice_byte")
                playback.voiced(sound.ulaw, completes=sound.completes is not None)
                await self._pump(timeline)
        playback.finish()

    async def played_out(self) -> None:
        """Wait until everything has been heard, with a cap: a mark may be lost."""
        playback = self.playback
        with suppress(TimeoutError):
            async with asyncio.timeout(self.last_word_s) as patience:
                while not playback.done:
                    await self._echoed()
                    if playback.sent < len(playback.audio):
                        await self._pump(None)
                        loop = asyncio.get_running_loop()
                        patience.reschedule(loop.time() + self.last_word_s)

    async def _echoed(self) -> None:
        """Wait for the next mark, or for a moment: the floor may have been lost meanwhile."""
        self._echo.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(self.lead_ms / 1000):
                await self._echo.wait()

    async def _handed(
        self, tokens: AsyncIterator[str], timeline: Timeline | None
    ) -> AsyncIterator[str]:
        """The clauses as the voice gets them; what cannot be voiced belongs to the next one."""
        silent = ""
        async for clause in clauses(tokens):
            self._stamp(timeline, "first_clause")
            silent += clause
            if spoken := plain(clause):
                self.playback.begin(silent)
                silent = ""
                yield spoken

    async def _pump(self, timeline: Timeline | None) -> None:
        """Send what is there."""
        playback = self.playback
        while True:
            await self._floor.wait()
            ahead = playback.ahead_ms(self.now_ms()) - self.lead_ms
            if ahead > 0:
                await asyncio.sleep(ahead / 1000)
                continue
            piece = playback.take(_PIECE, now_ms=self.now_ms())
            if not piece:
                return
            self._out.play(piece)
            self._stamp(timeline, "first_frame")
            self._marks += 1
            name = f"m{self._marks}"
            playback.mark(name)
            self._out.mark(name)

    def _stamp(self, timeline: Timeline | None, event: str) -> None:
        if timeline is not None:
            timeline.stamp(event, self.now_ms())

    @property
    def _out(self) -> Line:
        assert self.line is not None
        return self.line


async def _only(text: str) -> AsyncIterator[str]:
    yield text

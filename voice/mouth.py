"""Says one reply at a time on one line, and knows how much of it was heard."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import cast

from voice.backchannel import Saying
from voice.normalise import spoken
from voice.phrases import clauses
from voice.playback import BYTES_PER_MS, Playback
from voice.ports import Expectation, Line, Synthesizer
from voice.timings import Timeline

_PIECE = 800
"""Bytes handed to the line at a time: 100 ms, so that a mark is at most that far away."""


@dataclass(slots=True)
class SpeakingMouth:
    """Sends a voice to a line, never further ahead of the caller's ear than the lead.

    It speaks while it has the floor. Without it nothing is sent, and what the telephone still held
    is thrown away; with the floor back it goes on from the byte where it fell silent.

    Attributes:
        recorded: The audio of lines that need no voice any more, by their text.
    """

    synthesizer: Synthesizer
    lead_ms: float
    last_word_s: float
    recorded: Mapping[str, bytes] = field(default_factory=dict)
    line: Line | None = None
    began: float = 0.0
    playback: Playback = field(default_factory=Playback)
    ear_until_ms: float = 0.0
    fillers: int = 0
    _droppable_until_ms: float = 0.0
    _thinking: bool = False
    _filler: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    _floor: asyncio.Event = field(default_factory=asyncio.Event)
    _echo: asyncio.Event = field(default_factory=asyncio.Event)
    _more: asyncio.Event = field(default_factory=asyncio.Event)
    _marks: int = 0

    def open(self, line: Line) -> None:
        """Begin to speak on a line."""
        self.line = line
        self.began = asyncio.get_running_loop().time()
        self._floor.set()

    def begin(self) -> None:
        """A new reply: nothing of it has been heard."""
        self.playback = Playback()
        self.fillers = 0
        self._thinking = False
        self._filler = asyncio.Queue()

    @property
    def waits_for_words(self) -> bool:
        """Whether a reply is under way, has the floor, and has nothing to say just now."""
        return self._thinking and self._floor.is_set() and not self.playback.awaited

    @property
    def has_words(self) -> bool:
        """Whether anything of this reply, or to bridge it, was handed to the voice."""
        return self.fillers > 0 or self.playback.begun

    @property
    def speaks(self) -> bool:
        """Whether a voice owes audio, or some of it is to be sent, or words are still to come."""
        return self._thinking or self.playback.awaited

    def fill(self, words: str, *, droppable_until_ms: float) -> None:
        """Bridge the wait for a reply's next words; no part of the reply as it is remembered.

        It is dropped if those words come by then and before it sounds: later, the time a voice
        takes for both would be too much.
        """
        self.fillers += 1
        self._droppable_until_ms = droppable_until_ms
        self._filler.put_nowait(words)

    def now_ms(self) -> float:
        """Milliseconds since the line was opened."""
        return self.at_ms(asyncio.get_running_loop().time())

    def at_ms(self, loop_time: float) -> float:
        """A moment of the loop's clock in milliseconds since the line was opened."""
        return (loop_time - self.began) * 1000

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
        self.ear_until_ms = min(self.ear_until_ms, self.now_ms())
        self._out.clear()
        return True

    def heard(self) -> str:
        """How much of the reply has been heard."""
        return self.playback.heard(self.now_ms())

    def saying(self, expecting: Expectation) -> Saying:
        """What is being said just now, and asks for this."""
        return Saying(self.heard(), self.playback.unheard(self.now_ms()), expecting)

    @property
    def estimated(self) -> bool:
        """Whether that is by the clock alone, because marks are lost."""
        return self.playback.estimated(self.now_ms())

    def marked(self, name: str) -> bool:
        """The telephone has played up to a mark. Whether it was one of this reply's."""
        if not self.playback.echoed(name, now_ms=self.now_ms()):
            return False
        if self.playback.sent <= self.playback.played:
            self.ear_until_ms = min(self.ear_until_ms, self.now_ms())
        self._echo.set()
        return True

    async def play(self, text: str) -> None:
        """Say a line that is none of the agent's replies. Returns when its last piece was sent."""
        ulaw = self.recorded.get(text)
        if ulaw is None:
            await self.speak(_only(text), None)
            return
        self.playback.begin(text)
        self.playback.voiced(ulaw, completes=True)
        await self._pump(None)

    async def say(self, text: str) -> None:
        """Say such a line, and wait until it was heard."""
        await self.play(text)
        await self.played_out()

    async def speak(self, tokens: AsyncIterator[str], timeline: Timeline | None) -> None:
        """Voice a reply while it is made. Returns when its last piece was sent."""
        # The voice is heard out at its own speed: how long a clause is must be known before it has
        # been played, or nobody can tell how many of its words were.
        voicing = asyncio.create_task(self._voice(tokens, timeline))
        voicing.add_done_callback(lambda _: self._more.set())
        try:
            while not voicing.done():
                self._more.clear()
                await self._pump(timeline)
                await self._more.wait()
            await voicing
            await self._pump(timeline)
        finally:
            voicing.cancel()
            await asyncio.gather(voicing, return_exceptions=True)

    async def _voice(self, tokens: AsyncIterator[str], timeline: Timeline | None) -> None:
        playback = self.playback
        async with (
            aclosing(self._handed(tokens, timeline)) as words,
            aclosing(self.synthesizer.speak(words)) as sounds,
        ):
            async for sound in sounds:
                self._stamp(timeline, "first_voice_byte")
                playback.voiced(sound.ulaw, completes=sound.completes is not None)
                self._more.set()
        playback.finish()

    async def played_out(self) -> None:
        """Wait until everything has been heard; if a mark is lost, a while longer than it takes."""
        playback = self.playback
        while not playback.done:
            if playback.sent < len(playback.audio):
                await self._pump(None)
            elif self.now_ms() > self.ear_until_ms + self.last_word_s * 1000:
                return
            await self._echoed()

    async def _echoed(self) -> None:
        """Wait for the next mark, or for a moment: the floor may have been lost meanwhile."""
        self._echo.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(self.lead_ms / 1000):
                await self._echo.wait()

    async def _handed(
        self, tokens: AsyncIterator[str], timeline: Timeline | None
    ) -> AsyncGenerator[str, None]:
        """The clauses as the voice gets them; what cannot be voiced belongs to the next one."""
        silent = ""
        async with aclosing(self._filled(tokens)) as filled:
            async for words, is_filler in filled:
                if is_filler:
                    if timeline is not None:
                        timeline.fillers += 1
                    recorded = None if self.playback.awaited else self.recorded.get(words)
                    self.playback.begin(words, is_filler=True)
                    if recorded is None:
                        yield words
                    else:
                        self._stamp(timeline, "first_voice_byte")
                        self.playback.voiced(recorded, completes=True)
                        self._more.set()
                    continue
                self._stamp(timeline, "first_clause")
                if self.now_ms() <= self._droppable_until_ms:
                    self.playback.drop_filler()
                silent += words
                said = spoken(silent)
                if said.text:
                    self.playback.begin(silent, said=said)
                    silent = ""
                    yield said.text

    async def _filled(self, tokens: AsyncIterator[str]) -> AsyncGenerator[tuple[str, bool], None]:
        """The clauses, and fillers in between; whether it is a filler."""
        cut = cast("AsyncGenerator[str, None]", clauses(tokens))
        coming = asyncio.ensure_future(anext(cut, None))
        filling = asyncio.ensure_future(self._filler.get())
        self._thinking = True
        try:
            while True:
                await asyncio.wait({coming, filling}, return_when=asyncio.FIRST_COMPLETED)
                if coming.done():
                    clause = coming.result()
                    if clause is None:
                        return
                    coming = asyncio.ensure_future(anext(cut, None))
                    yield clause, False
                elif filling.done():
                    yield filling.result(), True
                    filling = asyncio.ensure_future(self._filler.get())
        finally:
            self._thinking = False
            coming.cancel()
            filling.cancel()
            await asyncio.gather(coming, filling, return_exceptions=True)
            await cut.aclose()

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
            self.ear_until_ms = max(self.ear_until_ms, self.now_ms()) + len(piece) / BYTES_PER_MS
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

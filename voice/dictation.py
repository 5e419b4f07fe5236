"""Holds a turn open while a number is being dictated, whatever the recogniser takes for its end.

"three one two" ─► ended ─► held … "five five five" ─► ended ─► held … "0142" ─► whole: one turn
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace

from voice.endpointing import progress
from voice.events import CallerTurn, EarlyTurn, Heard, Interim, SpeechStarted
from voice.playback import BYTES_PER_MS
from voice.ports import Expectation, Transcriber

HELD_MS = 1900
"""How long, since the caller fell silent, more is waited for: for pauses of 1.2 s."""
AT_LEAST_S = 0.3
SPEAKING_S = 6.0
"""Who has begun to speak again is waited for so long; a recogniser may never say how it ended."""


class DictationTranscriber:
    """A `voice.ports.Transcriber` whose turns hold whole numbers, if those are asked for."""

    def __init__(self, transcriber: Transcriber) -> None:
        self._transcriber = transcriber
        self._expected: Expectation = "open"
        self._fed_ms = 0.0
        self._held: CallerTurn | None = None
        self._due: float | None = None

    def feed(self, ulaw: bytes) -> None:
        """Take the caller's next audio. Never blocks and never raises."""
        self._fed_ms += len(ulaw) / BYTES_PER_MS
        self._transcriber.feed(ulaw)

    def expect(self, expected: Expectation, phrases: tuple[str, ...] = ()) -> None:
        """Say what the caller is likely to answer, and words that may occur in it."""
        self._expected = expected
        self._transcriber.expect(expected, phrases)

    async def aclose(self) -> None:
        """Release everything the transcriber opened."""
        await self._transcriber.aclose()

    async def heard(self) -> AsyncGenerator[Heard, None]:
        """What was made out; a number that is said in pieces is one turn.

        Raises:
            VoiceError: The recogniser is gone and will not come back. A turn held by then comes
                first.
        """
        events = aiter(self._transcriber.heard())
        coming: asyncio.Task[Heard | None] | None = None
        try:
            while True:
                if self._held is not None or coming is not None:
                    coming = coming or asyncio.create_task(_next(events))
                    if not await self._settled(coming):
                        for event in self._let_go():
                            yield event
                # Nothing stands between a recogniser and the call while nothing is held.
                heard = await (_next(events) if coming is None else coming)
                coming = None
                if heard is None:
                    return
                for event in self._take(heard):
                    yield event
        finally:
            if coming is not None:
                coming.cancel()
                await asyncio.gather(coming, return_exceptions=True)

    async def _settled(self, coming: "asyncio.Task[Heard | None]") -> bool:
        """Wait for what comes next; whether it comes in time, and goes on what is held."""
        loop = asyncio.get_running_loop()
        wait_s = None if self._due is None else max(0.0, self._due - loop.time())
        done, _ = await asyncio.wait({coming}, timeout=wait_s)
        return bool(done) and coming.exception() is None and coming.result() is not None

    def _take(self, event: Heard) -> list[Heard]:
        if isinstance(event, CallerTurn):
            return self._ended(event)
        if self._held is not None:
            self._wait(SPEAKING_S)
        if isinstance(event, EarlyTurn | Interim):
            text = self._joined(event.text)
            if isinstance(event, EarlyTurn) and self._is_partial(text):
                return [Interim(text, event.at_ms)]
            return [replace(event, text=text)]
        if isinstance(event, SpeechStarted) and self._held is not None:
            self._wait(HELD_MS / 1000)  # perhaps it was only a noise
        return [event]

    def _ended(self, turn: CallerTurn) -> list[Heard]:
        sure = (
            turn.confidence if self._held is None else min(turn.confidence, self._held.confidence)
        )
        whole = replace(turn, text=self._joined(turn.text), confidence=sure)
        if not self._is_partial(whole.text):
            self._held = self._due = None
            return [whole]
        self._held = whole
        late_s = max(0.0, self._fed_ms - turn.ended_ms) / 1000
        self._wait(max(AT_LEAST_S, HELD_MS / 1000 - late_s))
        return [Interim(whole.text, whole.ended_ms)]

    def _let_go(self) -> list[Heard]:
        held, self._held, self._due = self._held, None, None
        return [] if held is None else [held]

    def _joined(self, text: str) -> str:
        return text if self._held is None else f"{self._held.text} {text}".strip()

    def _is_partial(self, text: str) -> bool:
        return progress(text, self._expected) in ("part", "perhaps")

    def _wait(self, seconds: float) -> None:
        self._due = asyncio.get_running_loop().time() + seconds


async def _next(events: AsyncIterator[Heard]) -> Heard | None:
    return await anext(events, None)

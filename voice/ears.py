"""A recogniser for a call that outlives its recognisers.

    caller ─► ring ─► Flux ✗ ─► Nova ✗ ─► local ✗ ─► Flux again …

When one is lost the next hears everything since the last turn that was heard, so no word is lost;
and nothing from before it, so no turn is heard twice.
"""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import replace

from voice.events import CallerTurn, Heard
from voice.ports import Ears, Expectation, Transcriber, VoiceError
from voice.ring import Ring

log = logging.getLogger(__name__)

KEPT_MS = 10_000
FIRST_WAIT_S = 0.25
LONGEST_WAIT_S = 4.0


class LastingEars:
    """Recognisers in the order in which a call tries them, behind one `voice.ports.Ears`.

    Args:
        ears: At least one; the first is the preferred one. They are closed with this.
        wait_s: How long, in seconds, until the first is tried again when all have failed; doubled
            each time, up to `LONGEST_WAIT_S`.

    Raises:
        ValueError: There is none.
    """

    def __init__(self, ears: Sequence[Ears], *, wait_s: float = FIRST_WAIT_S) -> None:
        if not ears:
            raise ValueError("give at least one recogniser")
        self._ears = tuple(ears)
        self._wait_s = wait_s

    async def open(self, call_sid: str) -> "LastingTranscriber":
        """A transcriber for one call, at once: it connects by itself, as often as need be."""
        return LastingTranscriber(self._ears, call_sid, self._wait_s)

    async def aclose(self) -> None:
        """Close every recogniser."""
        for one in self._ears:
            await one.aclose()


class LastingTranscriber:
    """A `voice.ports.Transcriber` that gives nobody up while the call lasts."""

    def __init__(self, ears: tuple[Ears, ...], call_sid: str, wait_s: float) -> None:
        self._ears = ears
        self._call_sid = call_sid
        self._wait_s = wait_s
        self._ring = Ring(KEPT_MS)
        self._heard: asyncio.Queue[Heard | Exception | None] = asyncio.Queue()
        self._expected: tuple[Expectation, tuple[str, ...]] | None = None
        self._listening: Transcriber | None = None
        self._turn_ended_ms = 0
        self._running = asyncio.create_task(self._run())

    def feed(self, ulaw: bytes) -> None:
        """Take the caller's next audio. Never blocks and never raises."""
        self._ring.put(ulaw)
        if self._listening is not None:
            self._listening.feed(ulaw)

    async def heard(self) -> AsyncGenerator[Heard, None]:
        """What was made out, by whichever recogniser; ends when the transcriber is closed."""
        while (event := await self._heard.get()) is not None:
            if isinstance(event, Exception):
                raise event
            yield event

    def expect(self, expected: Expectation, phrases: tuple[str, ...] = ()) -> None:
        """Say what the caller is likely to answer, to this recogniser and to any after it."""
        self._expected = (expected, phrases)
        if self._listening is not None:
            self._listening.expect(expected, phrases)

    async def aclose(self) -> None:
        """Stop listening."""
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)
        self._heard.put_nowait(None)

    async def _run(self) -> None:
        wait_s = self._wait_s
        try:
            while True:
                for ears in self._ears:
                    if await self._listen(ears):
                        wait_s = self._wait_s
                # Calls that lost a vendor together do not come back at the same moment.
                await asyncio.sleep(wait_s * random.uniform(0.5, 1.0))  # noqa: S311 - not a secret
                wait_s = min(wait_s * 2, LONGEST_WAIT_S)
        except Exception as exc:
            # A fault of ours and not of a vendor: whoever listens gets it.
            self._heard.put_nowait(exc)

    async def _listen(self, ears: Ears) -> bool:
        """Listen with one recogniser until it is lost. Whether it made anything out."""
        useful = False
        try:
            transcriber = await ears.open(self._call_sid)
            try:
                async for event in self._hear(transcriber):
                    self._heard.put_nowait(event)
                    useful = True
            finally:
                self._listening = None
                await transcriber.aclose()
        except VoiceError as exc:
            log.warning("a recogniser is lost, the next one takes over: %s", exc)
        return useful

    async def _hear(self, transcriber: Transcriber) -> AsyncIterator[Heard]:
        """What a recogniser makes out from the end of the last turn on, in the call's own time."""
        if self._expected is not None:
            transcriber.expect(*self._expected)
        offset_ms, missed = self._ring.since(self._turn_ended_ms)
        transcriber.feed(missed)
        self._listening = transcriber
        async for event in transcriber.heard():
            if isinstance(event, CallerTurn):
                self._turn_ended_ms = event.ended_ms + offset_ms
                yield replace(event, ended_ms=self._turn_ended_ms)
            else:
                yield replace(event, at_ms=event.at_ms + offset_ms)

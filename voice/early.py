"""Lets a call begin while its recogniser and its voice are still being opened.

The greeting was made before the call and needs neither, and a caller who talks at once is heard:
what they say is kept until somebody listens.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from contextlib import aclosing
from typing import Protocol, TypeVar

from voice.events import Heard
from voice.ports import Expectation, Sound, Synthesizer, Transcriber

_MOST_KEPT = 8000 * 30
"""Bytes, half a minute of speech: a recogniser that takes longer is not coming."""


class _Closable(Protocol):
    async def aclose(self) -> None: ...


_Part = TypeVar("_Part", bound=_Closable)


class EarlyTranscriber:
    """A transcriber that is still being opened."""

    def __init__(self, opening: Awaitable[Transcriber]) -> None:
        self._opening = asyncio.ensure_future(opening)
        self._kept = bytearray()
        self._expected: tuple[Expectation, tuple[str, ...]] | None = None
        self._open: Transcriber | None = None

    def feed(self, ulaw: bytes) -> None:
        """Keep the audio until it can be heard."""
        if self._open is not None:
            self._open.feed(ulaw)
        elif len(self._kept) < _MOST_KEPT:
            self._kept += ulaw

    async def heard(self) -> AsyncIterator[Heard]:
        """What was made out, from the first sound on."""
        transcriber = await asyncio.shield(self._opening)
        if self._expected is not None:
            transcriber.expect(*self._expected)
        transcriber.feed(bytes(self._kept))
        self._kept.clear()
        self._open = transcriber
        async for event in transcriber.heard():
            yield event

    def expect(self, expected: Expectation, phrases: tuple[str, ...] = ()) -> None:
        """Say it on, or keep it."""
        self._expected = (expected, phrases)
        if self._open is not None:
            self._open.expect(expected, phrases)

    async def aclose(self) -> None:
        """Close what was opened, or was about to be."""
        await _close(self._opening)


class EarlySynthesizer:
    """A synthesizer that is still being opened."""

    def __init__(self, opening: Awaitable[Synthesizer]) -> None:
        self._opening = asyncio.ensure_future(opening)

    async def speak(self, clauses: AsyncIterator[str]) -> AsyncGenerator[Sound, None]:
        """Voice the clauses once there is a voice."""
        synthesizer = await asyncio.shield(self._opening)
        async with aclosing(synthesizer.speak(clauses)) as sounds:
            async for sound in sounds:
                yield sound

    async def aclose(self) -> None:
        """Close what was opened, or was about to be."""
        await _close(self._opening)


async def _close(opening: "asyncio.Future[_Part]") -> None:
    """A part that is half open when the caller hangs up is opened and closed, or never opened."""
    if not opening.done():
        opening.cancel()
    (part,) = await asyncio.gather(opening, return_exceptions=True)
    if not isinstance(part, BaseException):
        await part.aclose()

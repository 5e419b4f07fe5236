"""One call's voice: clauses go to a connection, and what comes back is told apart by clause."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, Literal

from voice.deepgram.client import Connection, Deepgram, connect
from voice.deepgram.line import Signal
from voice.deepgram.lines import Lines
from voice.deepgram.reply import Reply
from voice.ports import Sound, VoiceError
from voice.script import Pace

log = logging.getLogger(__name__)

PART = "voice"
# How long a clause waits for another one before it is voiced without it.
PAUSE_S = 0.25

Event = Signal | Literal["flush sent", "written"]


class Speaker:
    """A `voice.ports.Synthesizer`.

    Args:
        deepgram: The SDK.
        model: An Aura voice.
        patience_s: How long audio that was asked for may fail to come.
        connect_within_s: How long a handshake may take.
    """

    def __init__(
        self, deepgram: Deepgram, model: str, *, patience_s: float, connect_within_s: float
    ) -> None:
        self._deepgram = deepgram
        self._model = model
        self._patience_s = patience_s
        self._connect_within_s = connect_within_s
        self._lines = Lines(self._connect, self._heard)
        self._sending = asyncio.Lock()
        self._pace = Pace()
        self._events: asyncio.Queue[bytes | Event | Exception] | None = None

    async def open(self) -> None:
        """Connect, or connect anew.

        Raises:
            VoiceError: Deepgram refused, was not there, or took too long.
        """
        await self._lines.open()

    async def speak(self, clauses: AsyncIterator[str]) -> AsyncGenerator[Sound, None]:
        """Voice the clauses in order. Closing the iterator stops the voice and drops the rest.

        When the voice fails it is tried once more on another connection, from about the word that
        was under way.

        Raises:
            VoiceError: The voice failed again, or could not be reached.
            RuntimeError: Another reply is still being spoken.
        """
        if self._events is not None:
            raise RuntimeError("close the reply that is being spoken before the next one")
        self._events = asyncio.Queue()
        self._lines.begin()
        reply = Reply(self._pace)
        writing: asyncio.Task[None] | None = None
        finished = False
        try:
            if self._lines.line is None:
                await self._lines.open()
            writing = asyncio.create_task(self._write(clauses, reply))
            async for sound in self._sounds(reply):
                yield sound
            finished = True
        finally:
            if writing is not None:
                writing.cancel()
                await asyncio.gather(writing, return_exceptions=True)
            self._events = None
            if not self._lines.end() and not finished and self._lines.line is not None:
                await self._lines.line.clear()

    async def aclose(self) -> None:
        """Stop speaking and close every connection."""
        await self._lines.aclose()

    async def _connect(self) -> Connection[Any]:
        speak = self._deepgram.sdk.speak.v1
        return await connect(
            speak.connect(model=self._model, encoding="mulaw", sample_rate=8000),
            part=PART,
            within_s=self._connect_within_s,
        )

    def _heard(self, what: bytes | Signal) -> None:
        if self._events is not None:
            self._events.put_nowait(what)

    async def _sounds(self, reply: Reply) -> AsyncIterator[Sound]:
        written, spare = False, True
        while not (written and not reply.groups):
            event = await self._next(reply)
            if isinstance(event, Exception):
                raise event
            if event == "lost" or (event == "flushed" and reply.silent):
                if not spare:
                    raise VoiceError(f"{PART}: Deepgram stopped speaking, after another attempt")
                spare = False
                await self._again(reply)
            elif event == "written":
                written = True
            elif event == "flushed":
                for sound in reply.complete():
                    yield sound
            elif isinstance(event, bytes):
                for sound in reply.audio(event):
                    yield sound

    async def _next(self, reply: Reply) -> bytes | Event | Exception:
        assert self._events is not None
        try:
            async with asyncio.timeout(self._patience_s if reply.groups else None):
                return await self._events.get()
        except TimeoutError:
            log.warning("the voice makes no sound")
            return "lost"

    async def _again(self, reply: Reply) -> None:
        """Say on another connection what was not complete on this one."""
        async with self._sending:
            await self._renew(reply)

    async def _renew(self, reply: Reply) -> None:
        await self._lines.open()
        self._forget_old()
        if self._lines.line is None:  # lost again already
            self._heard("lost")
        reply.restart()
        for group in reply.groups:
            for clause in group:
                await self._send_text(clause)
            await self._send_flush()
        for clause in reply.unflushed:
            await self._send_text(clause)

    def _forget_old(self) -> None:
        """Drop what the last connection still had to say; keep what the writing side said."""
        assert self._events is not None
        waiting = [self._events.get_nowait() for _ in range(self._events.qsize())]
        for event in waiting:
            if not isinstance(event, bytes) and event not in {"flushed", "lost"}:
                self._events.put_nowait(event)

    async def _write(self, clauses: AsyncIterator[str], reply: Reply) -> None:
        assert self._events is not None
        events = self._events
        try:
            await self._say(clauses, reply)
            events.put_nowait("written")
        except Exception as exc:
            # Whoever plays the reply gets it, whatever it is.
            events.put_nowait(exc)

    async def _say(self, clauses: AsyncIterator[str], reply: Reply) -> None:
        """Send every clause, and a flush after the first, where they pause, and at the end."""
        started = False
        coming = asyncio.ensure_future(anext(clauses, None))
        try:
            while True:
                pause_s = PAUSE_S if reply.unflushed else None
                await asyncio.wait({coming}, timeout=pause_s)
                if not coming.done():
                    await self._flush(reply, needed=False)
                    await asyncio.wait({coming})
                clause = coming.result()
                if clause is None:
                    break
                coming = asyncio.ensure_future(anext(clauses, None))
                if clause.strip():
                    await self._text(clause, reply)
                    if not started:
                        await self._flush(reply, needed=False)
                    started = True
            if reply.unflushed:
                await self._flush(reply, needed=True)
        finally:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)

    async def _text(self, clause: str, reply: Reply) -> None:
        async with self._sending:
            reply.said(clause)
            await self._send_text(clause)

    async def _flush(self, reply: Reply, *, needed: bool) -> None:
        now, lines = asyncio.get_running_loop().time(), self._lines
        if not needed and lines.line and not lines.line.flushes.to_spare(now, alone=lines.alone):
            return
        async with self._sending:
            if lines.line is not None and lines.line.flushes.spent(now):
                log.warning("the voice has no flushes left; another connection goes on")
                await self._renew(reply)
            reply.flushed()
            await self._send_flush()
        if self._events is not None:
            self._events.put_nowait("flush sent")

    async def _send_text(self, clause: str) -> None:
        if self._lines.line is not None:
            await self._lines.line.text(clause)

    async def _send_flush(self) -> None:
        if self._lines.line is not None:
            await self._lines.line.flush()

"""One call's voice: a websocket opened before it is needed, and replaced when it fails.

Messages: https://developers.deepgram.com/docs/tts-ws-flush and …/tts-ws-clear
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from typing import Any, Literal

from deepgram.speak.v1.types import SpeakV1Text
from websockets.exceptions import ConnectionClosed

from voice.deepgram.client import Connection, Deepgram, connect
from voice.deepgram.reply import Flushes, Reply
from voice.ports import Sound, VoiceError
from voice.script import Pace

log = logging.getLogger(__name__)

PART = "voice"
SEND_WITHIN_S = 1.0
# How long a clause waits for another one before it is voiced without it.
PAUSE_S = 0.25

Signal = Literal["flush sent", "flushed", "written", "lost"]


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
        self._connection: Connection[Any] | None = None
        self._reading: asyncio.Task[None] | None = None
        self._opening: asyncio.Task[None] | None = None
        self._leaving: set[asyncio.Task[None]] = set()
        self._sending = asyncio.Lock()
        self._flushes = Flushes()
        self._pace = Pace()
        self._clearing = 0
        self._events: asyncio.Queue[bytes | Signal | Exception] | None = None

    async def open(self) -> None:
        """Connect, or connect anew.

        Raises:
            VoiceError: Deepgram refused, was not there, or took too long.
        """
        self._leave()
        connection = await connect(
            self._deepgram.sdk.speak.v1.connect(
                model=self._model, encoding="mulaw", sample_rate=8000
            ),
            part=PART,
            within_s=self._connect_within_s,
        )
        self._connection, self._flushes, self._clearing = connection, Flushes(), 0
        self._reading = asyncio.create_task(self._read(connection))

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
        reply = Reply(self._pace)
        writing: asyncio.Task[None] | None = None
        finished = False
        try:
            await self._ready()
            writing = asyncio.create_task(self._write(clauses, reply))
            async for sound in self._sounds(reply):
                yield sound
            finished = True
        finally:
            if writing is not None:
                writing.cancel()
                await asyncio.gather(writing, return_exceptions=True)
            self._events = None
            if not finished:
                await self._clear()

    async def aclose(self) -> None:
        """Stop speaking and close the connection."""
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.gather(self._opening, return_exceptions=True)
        self._leave()
        await asyncio.gather(*self._leaving)

    def _leave(self) -> None:
        """Let go of the connection; it is closed while another one is already in use."""
        connection, reading = self._connection, self._reading
        self._connection = self._reading = None
        if connection is not None and reading is not None:
            task = asyncio.create_task(_close(connection, reading))
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)

    async def _ready(self) -> None:
        if self._opening is not None:
            await asyncio.gather(self._opening, return_exceptions=True)
            self._opening = None
        if self._connection is None:
            await self.open()

    async def _read(self, connection: Connection[Any]) -> None:
        end: Signal | Exception = "lost"
        try:
            async for message in connection.socket:
                self._take(message)
        except ConnectionClosed as exc:
            log.info("the voice closed the stream (%s)", exc.rcvd.code if exc.rcvd else "broken")
        except Exception as exc:
            log.exception("the voice sent what could not be taken")
            end = exc
        self._leave()
        if self._events is not None:
            self._events.put_nowait(end)
        elif self._opening is None:
            self._opening = asyncio.create_task(self._open_again())

    async def _open_again(self) -> None:
        """Replace a connection that ended between replies, before the next one needs it."""
        try:
            await self.open()
        except VoiceError as exc:
            log.warning("%s; the next reply will try again", exc)

    def _take(self, message: Any) -> None:
        # The SDK gives None for what it does not know, and classes that do not match the type.
        kind = getattr(message, "type", None)
        if kind == "Cleared":
            self._clearing = max(0, self._clearing - 1)
        elif kind == "Warning":
            log.warning("the voice warns: %s", message.code)
        elif self._clearing or self._events is None:
            return  # the rest of a reply that was stopped
        elif isinstance(message, bytes):
            self._events.put_nowait(message)
        elif kind == "Flushed":
            self._events.put_nowait("flushed")

    async def _sounds(self, reply: Reply) -> AsyncIterator[Sound]:
        written, spare = False, True
        while not (written and not reply.groups):
            event = await self._next(reply)
            if isinstance(event, Exception):
                raise event
            if event == "lost":
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

    async def _next(self, reply: Reply) -> bytes | Signal | Exception:
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
            await self.open()
            self._forget_old()
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
        loop = asyncio.get_running_loop()
        if not needed and not self._flushes.to_spare(loop.time()):
            return
        while (wait_s := self._flushes.wait_s(loop.time())) > 0:
            log.warning("the voice has no flushes left; the reply waits %.1f s", wait_s)
            await asyncio.sleep(wait_s)
        async with self._sending:
            reply.flushed()
            await self._send_flush()
        if self._events is not None:
            self._events.put_nowait("flush sent")

    async def _send_text(self, clause: str) -> None:
        if self._connection is not None:
            # Texts are joined as they are, so words need a space between two of them.
            text = SpeakV1Text(text=f"{clause.strip()} ")
            await self._soon(self._connection.socket.send_text(text))

    async def _send_flush(self) -> None:
        if self._connection is not None:
            self._flushes.sent(asyncio.get_running_loop().time())
            await self._soon(self._connection.socket.send_flush())

    async def _clear(self) -> None:
        if self._connection is not None:
            self._clearing += 1
            await self._soon(self._connection.socket.send_clear())

    async def _soon(self, sending: Awaitable[None]) -> None:
        try:
            async with asyncio.timeout(SEND_WITHIN_S):
                await sending
        except ConnectionClosed:
            return  # the reading side says so, and what was lost is said again
        except TimeoutError:
            if self._events is not None:
                self._events.put_nowait("lost")


async def _close(connection: Connection[Any], reading: asyncio.Task[None]) -> None:
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    await connection.aclose()

"""The recogniser that needs no account and no network: a guided demonstration, not a product.

Its words are the shop's own; docs/voice.md says how well it hears.
"""

import asyncio
import dataclasses
import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path

from voice.events import Heard
from voice.local.wire import Kind, Message, unpack_event
from voice.local.words import ShopWords
from voice.local.worker import Worker, WorkerGone
from voice.ports import Expectation, VoiceError

CALLS = 4

log = logging.getLogger(__name__)


class LocalEars:
    """Hears up to `calls` calls at once in one worker process; a further call waits its turn.

    If the process dies, the calls it served fail with VoiceError, and the next call starts
    another.
    """

    def __init__(self, words: ShopWords, cache: Path, calls: int = CALLS) -> None:
        self._begin = json.dumps(
            {"words": dataclasses.asdict(words), "cache": str(cache), "calls": calls}
        ).encode()
        self._seats = asyncio.Semaphore(calls)
        self._starting = asyncio.Lock()
        self._process: _Process | None = None

    async def warm(self) -> None:
        """Start the process ahead of the first call. Builds the language model if need be.

        Raises:
            VoiceError: The process does not start.
        """
        await self._running()

    async def open(self, call_sid: str) -> "LocalTranscriber":
        """A transcriber for the call, as soon as one is free.

        Raises:
            VoiceError: The process does not start.
        """
        await self._seats.acquire()
        try:
            process = await self._running()
        except BaseException:
            self._seats.release()
            raise
        return LocalTranscriber(process, self._seats)

    async def aclose(self) -> None:
        """End the process; transcribers still open end with VoiceError."""
        if self._process is not None:
            await self._process.aclose()
            self._process = None

    async def _running(self) -> "_Process":
        async with self._starting:
            if self._process is not None and self._process.gone:
                await self._process.aclose()
                self._process = None
            if self._process is None:
                self._process = _Process(await Worker.start("ears", self._begin))
            return self._process


class _Process:
    """The worker and the task that hands out what it has heard."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self.gone = False
        self._streams = 0
        self._open: dict[int, asyncio.Queue[Heard | None]] = {}
        self._task = asyncio.create_task(self._distribute())

    def join(self) -> tuple[int, asyncio.Queue[Heard | None]]:
        """A new stream, and the queue of what is heard on it; None ends it."""
        self._streams += 1
        queue: asyncio.Queue[Heard | None] = asyncio.Queue()
        self._open[self._streams] = queue
        if self.gone or not self.worker.send(Message(Kind.OPEN, self._streams)):
            queue.put_nowait(None)
        return self._streams, queue

    def leave(self, stream: int) -> None:
        """End a stream, and whoever waits on its queue."""
        queue = self._open.pop(stream, None)
        if queue is not None:
            self.worker.send(Message(Kind.CLOSE, stream))
            queue.put_nowait(None)

    async def _distribute(self) -> None:
        try:
            while True:
                message = await self.worker.receive()
                queue = self._open.get(message.stream)
                if queue is not None:
                    queue.put_nowait(unpack_event(message.payload))
        except WorkerGone:
            self.gone = True
        finally:
            self.gone = True
            for queue in self._open.values():
                queue.put_nowait(None)

    async def aclose(self) -> None:
        await self.worker.aclose()
        await self._task


class LocalTranscriber:
    """Listens to one call."""

    def __init__(self, process: _Process, seats: asyncio.Semaphore) -> None:
        self._process = process
        self._seats = seats
        self._stream, self._queue = process.join()
        self._closed = False
        self._behind = False

    def feed(self, ulaw: bytes) -> None:
        """Take the caller's next audio; it is dropped if the recogniser hangs."""
        if self._closed:
            return
        taken = self._process.worker.send(Message(Kind.AUDIO, self._stream, ulaw))
        if not taken and not self._behind:
            log.warning("the local recogniser does not keep up; the caller's audio is dropped")
        self._behind = not taken

    async def heard(self) -> AsyncIterator[Heard]:
        """What was made out, until the transcriber is closed.

        Raises:
            VoiceError: The recogniser's process has ended.
        """
        while (event := await self._queue.get()) is not None:
            yield event
        if not self._closed:
            raise VoiceError("the local recogniser has stopped")

    def expect(self, expected: Expectation, phrases: tuple[str, ...] = ()) -> None:
        """Listen for this from the next words on.

        `phrases` are not used: the words of the local recogniser are fixed when it starts.
        """
        if not self._closed:
            self._process.worker.send(
                Message(Kind.EXPECT, self._stream, json.dumps(expected).encode())
            )

    async def aclose(self) -> None:
        """Give the seat to the next call."""
        if not self._closed:
            self._closed = True
            self._process.leave(self._stream)
            self._seats.release()

"""The voice that needs no account and no network: SVOX Pico in a worker process."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

from voice.local.wire import Kind, Message
from voice.local.worker import Worker, WorkerGone
from voice.ports import Sound, VoiceError

PIECE = 800  # mu-law bytes: 100 ms


class LocalMouths:
    """Speaks for every call through a few worker processes, a clause at a time.

    A clause takes about 20 ms to say, so one worker is enough for many calls. If a worker dies,
    the clause it was saying is said again by a new one, once.
    """

    def __init__(self, workers: int = 1) -> None:
        self._idle: asyncio.Queue[_Mouth] = asyncio.Queue()
        self._mouths = [_Mouth() for _ in range(workers)]
        for mouth in self._mouths:
            self._idle.put_nowait(mouth)

    async def warm(self) -> None:
        """Start the processes ahead of the first call.

        Raises:
            VoiceError: A process does not start.
        """
        for mouth in self._mouths:
            await mouth.start()

    async def open(self, call_sid: str) -> "LocalSynthesizer":
        """A synthesizer for the call."""
        return LocalSynthesizer(self)

    async def voice(self, text: str) -> bytes:
        """The whole text as mu-law, for what can be said ahead of time, or one clause.

        Raises:
            VoiceError: The voice died twice over this text, or cannot say it.
        """
        mouth = await self._idle.get()
        try:
            return await mouth.say(text)
        finally:
            self._idle.put_nowait(mouth)

    async def aclose(self) -> None:
        """End the processes."""
        for mouth in self._mouths:
            await mouth.aclose()


class _Mouth:
    """One worker, started when first needed and again when it has died."""

    def __init__(self) -> None:
        self._worker: Worker | None = None
        self._clauses = 0

    async def start(self) -> Worker:
        if self._worker is None:
            self._worker = await Worker.start("mouth", b"")
        return self._worker

    async def say(self, clause: str) -> bytes:
        try:
            return await self._try(clause)
        except WorkerGone:
            await self.aclose()
            return await self._try(clause)

    async def _try(self, clause: str) -> bytes:
        worker = await self.start()
        self._clauses += 1
        worker.send(Message(Kind.SAY, self._clauses, clause.encode()))
        while True:
            answer = await worker.receive()
            if answer.stream != self._clauses:
                continue  # a clause nobody waits for any more
            if answer.kind is Kind.FAILED:
                raise VoiceError("the local voice cannot say a clause")
            return answer.payload

    async def aclose(self) -> None:
        if self._worker is not None:
            worker, self._worker = self._worker, None
            await worker.aclose()


class LocalSynthesizer:
    """Speaks on one call."""

    def __init__(self, mouths: LocalMouths) -> None:
        self._mouths = mouths

    async def speak(self, clauses: AsyncIterator[str]) -> AsyncGenerator[Sound, None]:
        """Voice the clauses in order, in pieces of at most 100 ms.

        Raises:
            VoiceError: The voice is gone.
        """
        async for clause in clauses:
            ulaw = await self._mouths.voice(clause)
            last = (len(ulaw) - 1) // PIECE * PIECE
            for start in range(0, len(ulaw), PIECE):
                completes = clause if start == last else None
                yield Sound(ulaw[start : start + PIECE], completes)

    async def aclose(self) -> None:
        """Nothing is held for the call."""

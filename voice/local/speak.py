"""The local voice: no account, no network. A clause is voiced as a whole, in about 20 ms."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress

from voice.ports import Sound, VoiceError

_PIECE = 800
_PATIENCE_S = 5.0
_MODULE = "voice.local.worker"


class LocalMouths:
    """One voice process shared by all calls; started with the first clause, again if it dies."""

    def __init__(self) -> None:
        self._process: Process | None = None
        self._turn = asyncio.Lock()
        self._voicing: set[asyncio.Task[bytes]] = set()

    async def open(self, call_sid: str) -> "LocalMouth":
        """A synthesizer for one call."""
        return LocalMouth(self)

    async def voice(self, text: str) -> bytes:
        """A clause as mu-law.

        Whoever waits may be cancelled; the clause is finished all the same, because its answer
        would otherwise be taken for the next one's.

        Raises:
            VoiceError: The process died twice over the same clause.
        """
        task = asyncio.create_task(self._voice(text))
        self._voicing.add(task)
        task.add_done_callback(self._voicing.discard)
        return await asyncio.shield(task)

    async def aclose(self) -> None:
        """Stop the process."""
        await asyncio.gather(*self._voicing, return_exceptions=True)
        async with self._turn:
            await self._stop()

    async def _voice(self, text: str) -> bytes:
        async with self._turn:
            with suppress(OSError, EOFError, TimeoutError):
                return await self._ask(text)
            await self._stop()
            try:
                return await self._ask(text)
            except (OSError, EOFError, TimeoutError) as error:
                await self._stop()
                raise VoiceError("the local voice does not answer") from error

    async def _ask(self, text: str) -> bytes:
        process = self._process or await self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        async with asyncio.timeout(_PATIENCE_S):
            process.stdin.write(" ".join(text.split()).encode() + b"\n")
            await process.stdin.drain()
            size = int.from_bytes(await process.stdout.readexactly(4), "big")
            return await process.stdout.readexactly(size)

    async def _start(self) -> Process:
        # A group of its own, so that Ctrl-C reaches the service first and the last words are said.
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", _MODULE, stdin=PIPE, stdout=PIPE, start_new_session=True
        )
        return self._process

    async def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(1):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


class LocalMouth:
    """Speaks on one call."""

    def __init__(self, mouths: LocalMouths) -> None:
        self._mouths = mouths

    async def speak(self, clauses: AsyncIterator[str]) -> AsyncGenerator[Sound, None]:
        """Voice the clauses in order, each as soon as it is there."""
        async for clause in clauses:
            ulaw = await self._mouths.voice(clause)
            for at in range(0, len(ulaw), _PIECE):
                piece = ulaw[at : at + _PIECE]
                last = at + _PIECE >= len(ulaw)
                yield Sound(piece, completes=clause if last else None)
            if not ulaw:
                yield Sound(b"", completes=clause)

    async def aclose(self) -> None:
        """Nothing of this call's own is open."""

"""A process that recognises or speaks, so that neither holds up the telephone.

pocketsphinx and SVOX Pico keep Python's lock while they work, for up to hundreds of milliseconds.
The worker reads its standard input; when that ends, however its starter died, so does the worker.
"""

import asyncio
import contextlib
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Literal

from voice.local.wire import HEADER, Kind, Message
from voice.ports import VoiceError

Role = Literal["ears", "mouth"]

_ROOT = Path(__file__).resolve().parents[2]
_PATIENCE_S = 5.0
# About two minutes of telephone audio: more than that waiting means the worker hangs.
_FULL = 1_000_000


class WorkerGone(VoiceError):
    """The worker's process has ended."""


class Worker:
    """A running worker, as the process that started it sees it."""

    def __init__(self, role: Role, process: Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._role = role
        self._process = process
        self._to = process.stdin
        self._from = process.stdout
        self._header: tuple[int, int, int] | None = None

    @classmethod
    async def start(cls, role: Role, begin: bytes) -> "Worker":
        """Start a worker and wait until it is ready.

        Raises:
            WorkerGone: It could not start; it has said why on standard error.
        """
        code = (
            f"import sys; sys.path.insert(0, {str(_ROOT)!r}); "
            f"from voice.local.{role}_process import main; main()"
        )
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", code, stdin=PIPE, stdout=PIPE, start_new_session=True
        )
        worker = cls(role, process)
        try:
            worker.send(Message(Kind.BEGIN, payload=begin))
            await worker.receive()
        except BaseException:
            await worker.aclose()
            raise
        return worker

    @property
    def pid(self) -> int:
        """The process, for those who watch it."""
        return self._process.pid

    def send(self, message: Message) -> bool:
        """Hand a message over without waiting; False if the worker does not keep up or is gone."""
        if self._to.is_closing() or self._to.transport.get_write_buffer_size() > _FULL:
            return False
        self._to.write(message.packed())
        return True

    async def receive(self) -> Message:
        """The worker's next message.

        Raises:
            WorkerGone: The worker has ended.
        """
        try:
            if self._header is None:  # else somebody stopped waiting between header and payload
                self._header = HEADER.unpack(await self._from.readexactly(HEADER.size))
            length, stream, kind = self._header
            payload = await self._from.readexactly(length)
            self._header = None
            return Message(Kind(kind), stream, payload)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise WorkerGone(f"the local {self._role} process has ended") from error

    async def aclose(self) -> None:
        """Let the worker end, and make it if it will not."""
        self._to.close()
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        # What it had not read when it ended is lost, as it would be anyway.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            await self._to.wait_closed()

"""The caller's ear: what is said to it is queued at once and sent by one writer."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from api.twilio import frames

_PIECE = 4_000  # half a second: far below the message limit, and few messages for a whole reply
_MOST_QUEUED = 4 * 1024 * 1024


class LineStuck(Exception):
    """The other side has stopped reading and minutes of audio have piled up."""


class SocketLine:
    """`voice.ports.Line` over a media stream. Every mark comes back once, also when cleared."""

    def __init__(self, send: Callable[[str], Awaitable[None]], stream_sid: str) -> None:
        self._send = send
        self._stream_sid = stream_sid
        self._queue: deque[bytes | str] = deque()  # audio, or a message ready to go
        self._queued = 0
        self._wake = asyncio.Event()
        self._ending = False

    def play(self, ulaw: bytes) -> None:
        """Queue audio.

        Raises:
            LineStuck: Too much is queued and nobody takes it.
        """
        if self._ending:
            return
        if self._queued + len(ulaw) > _MOST_QUEUED:
            raise LineStuck
        for start in range(0, len(ulaw), _PIECE):
            self._queue.append(ulaw[start : start + _PIECE])
        self._queued += len(ulaw)
        self._wake.set()

    def mark(self, name: str) -> None:
        """Queue a mark behind the audio."""
        if not self._ending:
            self._queue.append(frames.mark(self._stream_sid, name))
            self._wake.set()

    def clear(self) -> None:
        """Drop the audio here and at the phone. Marks not yet sent are kept, to come back."""
        if self._ending:
            return
        marks = [queued for queued in self._queue if isinstance(queued, str)]
        self._queue.clear()
        self._queued = 0
        self._queue.append(frames.clear(self._stream_sid))
        self._queue.extend(marks)
        self._wake.set()

    def hang_up(self) -> None:
        """Let what is queued be sent, then end the call; nothing said later is sent."""
        self._ending = True
        self._wake.set()

    async def write(self) -> None:
        """Send what is queued until `hang_up`. Run by the owner of the socket, once."""
        while True:
            while self._queue:
                await self._send_next()
            if self._ending:
                return
            self._wake.clear()
            await self._wake.wait()

    async def _send_next(self) -> None:
        queued = self._queue.popleft()
        if isinstance(queued, str):
            await self._send(queued)
            return
        self._queued -= len(queued)
        await self._send(frames.media(self._stream_sid, queued))

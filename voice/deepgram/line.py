"""One connection to Aura: what is asked of it, how often, and what comes back.

Messages: https://developers.deepgram.com/docs/tts-ws-flush and …/tts-ws-clear
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Literal

from deepgram.speak.v1.types import SpeakV1Text
from websockets.exceptions import ConnectionClosed

from voice.deepgram import fields
from voice.deepgram.client import Connection
from voice.deepgram.flushes import Flushes

log = logging.getLogger(__name__)

SEND_WITHIN_S = 1.0

Signal = Literal["flushed", "lost"]


class Line:
    """A websocket, read from the moment it is given.

    Args:
        connection: Closed with this.
        heard: Called with every piece of audio, with "flushed" when what was asked for has come,
            and with "lost", perhaps more than once. Nothing of a reply that was stopped comes.
    """

    def __init__(
        self, connection: Connection[Any], heard: Callable[["Line", bytes | Signal], None]
    ) -> None:
        self._connection = connection
        self._heard = heard
        self._loop = asyncio.get_running_loop()
        self._clearing = 0
        self.flushes = Flushes()
        self._reading = asyncio.create_task(self._read())

    async def text(self, clause: str) -> None:
        """Give it something to say."""
        # Texts are joined as they are, so words need a space between two of them.
        text = SpeakV1Text(text=f"{clause.strip()} ")
        await self._soon(self._connection.socket.send_text(text))

    async def flush(self) -> None:
        """Ask for the audio of what it was given."""
        self.flushes.sent(self._loop.time())
        await self._soon(self._connection.socket.send_flush())

    async def clear(self) -> None:
        """Drop what it was given, and the audio of it that is under way."""
        self._clearing += 1
        await self._soon(self._connection.socket.send_clear())

    async def aclose(self) -> None:
        """Close it, within a second."""
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        await self._connection.aclose()

    async def _read(self) -> None:
        try:
            async for message in self._connection.socket:
                self._take(message)
        except ConnectionClosed as exc:
            log.info("the voice closed the stream (%s)", exc.rcvd.code if exc.rcvd else "broken")
        self._heard(self, "lost")

    def _take(self, message: Any) -> None:
        # The SDK's classes need not match the type.
        kind = fields.kind(message)
        if kind == "Cleared":
            self._clearing = max(0, self._clearing - 1)
        elif kind == "Warning":
            self._warned(message)
        elif self._clearing:
            return  # the rest of a reply that was stopped
        elif isinstance(message, bytes):
            self._heard(self, message)
        elif kind == "Flushed":
            self._heard(self, "flushed")

    def _warned(self, message: Any) -> None:
        code = getattr(message, "code", None)
        log.warning("the voice warns: %.80r", code)
        # So Deepgram answers a flush that it does not serve: the audio of that one never comes. No
        # code is documented.
        if "flush" in f"{code} {getattr(message, 'description', None)}".lower():
            self._heard(self, "lost")

    async def _soon(self, sending: Awaitable[None]) -> None:
        try:
            async with asyncio.timeout(SEND_WITHIN_S):
                await sending
        except ConnectionClosed:
            return  # the reading side says so, and what was lost is said again
        except TimeoutError:
            self._heard(self, "lost")

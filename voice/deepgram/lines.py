"""A call's connections to Aura: the one that speaks, and the one that will when that is worn out.

10 flushes used ─► another one opens ─► the reply ends ─► that one speaks, the first is closed
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from voice.deepgram.client import Connection
from voice.deepgram.line import Line, Signal
from voice.ports import VoiceError

log = logging.getLogger(__name__)


class Lines:
    """Never more than two of them are open, one that is being closed among them.

    Args:
        connect: Opens a websocket; raises `VoiceError`.
        heard: Called with what comes from the one that speaks, while a reply is spoken.
    """

    def __init__(
        self,
        connect: Callable[[], Awaitable[Connection[Any]]],
        heard: Callable[[bytes | Signal], None],
    ) -> None:
        self._connect = connect
        self._heard = heard
        self._opening: asyncio.Task[Line] | None = None
        self._leaving: set[asyncio.Task[None]] = set()
        self._speaking = False
        self._mended = False
        self.line: Line | None = None
        self.alone = False
        """Whether no other connection was to be had when one was wanted."""

    def begin(self) -> None:
        """A reply begins; it keeps its connection for as long as that lasts."""
        self._speaking, self._mended = True, False

    def end(self) -> bool:
        """The reply is over: have a connection with flushes left. Whether it is another one."""
        self._speaking = False
        if self._use():
            return True
        if self.line is not None and self.line.flushes.low(asyncio.get_running_loop().time()):
            self._open_next()
        return False

    async def open(self) -> None:
        """Connect, or connect anew.

        Raises:
            VoiceError: Deepgram refused, was not there, or took too long.
        """
        self._leave()
        # Whoever gives up waiting does not give up the connection: the next reply takes it.
        await asyncio.shield(self._open_next())
        self._use()

    async def aclose(self) -> None:
        """Close what is open, and what is about to be."""
        opening, self._opening = self._opening, None
        if opening is not None:
            opening.cancel()
            (line,) = await asyncio.gather(opening, return_exceptions=True)
            if isinstance(line, Line):
                self._let_go(line)
        self._leave()
        await asyncio.gather(*self._leaving)

    def _leave(self) -> None:
        line, self.line = self.line, None
        if line is not None:
            self._let_go(line)

    def _let_go(self, line: Line) -> None:
        """Close a connection while another one is already in use."""
        task = asyncio.create_task(line.aclose())
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    def _open_next(self) -> asyncio.Task[Line]:
        if self._opening is None:
            self._opening = asyncio.create_task(self._open())
            self._opening.add_done_callback(self._opened)
        return self._opening

    async def _open(self) -> Line:
        while len(self._leaving) + (self.line is not None) > 1:
            await asyncio.wait(self._leaving, return_when=asyncio.FIRST_COMPLETED)
        return Line(await self._connect(), self._take)

    def _opened(self, opening: asyncio.Task[Line]) -> None:
        if opening.cancelled():
            return
        error = opening.exception()
        self.alone = error is not None
        if error is not None:
            self._opening = None
            expected = isinstance(error, VoiceError)
            log.warning("no other connection: %s", error, exc_info=None if expected else error)
        elif self.line is None or not self._speaking:
            self._use()

    def _use(self) -> bool:
        """Go over to the next connection, if it is open."""
        line = self._ahead()
        if line is not None:
            self._leave()
            self.line, self._opening = line, None
        return line is not None

    def _ahead(self) -> Line | None:
        opening = self._opening
        if opening is None or not opening.done() or opening.exception() is not None:
            return None
        return opening.result()

    def _take(self, line: Line, what: bytes | Signal) -> None:
        if line is self.line:
            if what == "lost":
                self._lost()
            if self._speaking:
                self._heard(what)
        elif what == "lost" and line is self._ahead():
            self._opening = None
            self._let_go(line)

    def _lost(self) -> None:
        self._leave()
        # Once between two replies, so that the next one finds it open: no peer that closes every
        # connection at once is called on for ever.
        if not self._speaking and not self._mended:
            self._mended = True
            self._open_next()

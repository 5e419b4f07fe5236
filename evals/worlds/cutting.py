"""A line to PostgreSQL that can be cut, or closed for a while."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from psycopg.conninfo import conninfo_to_dict, make_conninfo

_MOST = 65536
_COMMIT = b"COMMIT"


@dataclass(slots=True)
class Cuttable:
    """Carries what clients on a loopback port and the server say to each other.

    Attributes:
        server: The server's socket.
        closed: Whether nobody gets through.
    """

    server: str
    closed: bool = False
    _how: str | None = None
    _lines: set[asyncio.Task[None]] = field(default_factory=set)

    def cut_at_commit(self, how: str) -> None:
        """Cut the next line on which a transaction is to stand, "before" or "after" it does."""
        self._how = how

    def close(self) -> None:
        """Cut every line and take no more."""
        self.closed = True
        self.cut()

    def cut(self) -> None:
        """Cut every line there is."""
        for line in self._lines:
            line.cancel()

    async def aclose(self) -> None:
        """Wait until every line is cut."""
        self.close()
        await asyncio.gather(*self._lines, return_exceptions=True)

    async def carry(self, client: StreamReader, to_client: StreamWriter) -> None:
        """Serve one client until either side has gone, or the line is cut."""
        line = asyncio.current_task()
        assert line is not None
        self._lines.add(line)
        try:
            if not self.closed:
                await self._join(client, to_client)
        except asyncio.CancelledError:
            pass  # that is how it is cut
        finally:
            # Whoever is cut twice is closed all the same.
            to_client.close()
            with suppress(ConnectionError, asyncio.CancelledError):
                await to_client.wait_closed()
            self._lines.discard(line)

    async def _join(self, client: StreamReader, to_client: StreamWriter) -> None:
        server, to_server = await asyncio.open_unix_connection(self.server)
        done = asyncio.Event()
        ways = [
            asyncio.create_task(way)
            for way in (self._ask(client, to_server, done), _answer(server, to_client, done))
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            to_server.close()
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, to_server.wait_closed(), return_exceptions=True)

    async def _ask(
        self, client: StreamReader, to_server: StreamWriter, done: asyncio.Event
    ) -> None:
        while said := await client.read(_MOST):
            if self._how is not None and _COMMIT in said:
                how, self._how = self._how, None
                if how == "before":
                    return
                done.set()
            to_server.write(said)
            await to_server.drain()


async def _answer(server: StreamReader, to_client: StreamWriter, done: asyncio.Event) -> None:
    """Pass on what the server says; not that it is done."""
    while (said := await server.read(_MOST)) and not done.is_set():
        to_client.write(said)
        await to_client.drain()


@asynccontextmanager
async def cuttable(dsn: str) -> AsyncIterator[tuple[Cuttable, str]]:
    """A line to the server of a connection string, and the string for who goes by the line."""
    there = conninfo_to_dict(dsn)
    line = Cuttable(f"{there['host']}/.s.PGSQL.{there.get('port', 5432)}")
    listening = await asyncio.start_server(line.carry, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    try:
        yield line, make_conninfo(dsn, host="127.0.0.1", port=port)
    finally:
        listening.close()
        await line.aclose()
        await listening.wait_closed()

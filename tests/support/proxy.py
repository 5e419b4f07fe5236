"""A line to PostgreSQL that can be cut, fall silent, or break off in the middle of a message."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import StrEnum
from typing import NoReturn

from psycopg.conninfo import conninfo_to_dict, make_conninfo

_MOST = 65536


class Fault(StrEnum):
    """What becomes of the line when something is said that was waited for."""

    CUT_BEFORE = "cut before the server hears it"
    HALF_ASKED = "cut when the server has heard half of it"
    CUT_AFTER = "cut once the server has done it, before it is heard to say so"
    HALF_ANSWERED = "cut in the middle of the answer"
    SILENT_BEFORE = "silent from before the server hears it"
    SILENT_AFTER = "silent once the server has done it"


class _Cut(Exception):
    """Both ends of one connection are to be closed."""


class Line:
    """Carries what clients on a loopback port and the server say to each other."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._connections: set[asyncio.Task[None]] = set()
        self._word = b""
        self._fault: Fault | None = None
        self._silent = asyncio.Event()
        self._up = True

    def break_at(self, word: bytes, fault: Fault) -> None:
        """Break when a client next says this; a line that fell silent is so for everybody."""
        self._word, self._fault = word, fault

    def cut(self) -> None:
        """Cut every connection there is."""
        for connection in self._connections:
            connection.cancel()

    def close(self) -> None:
        """Cut every connection and take no more."""
        self._up = False
        self.cut()

    async def fell_silent(self) -> None:
        """Wait until what was to make it silent has been said."""
        await self._silent.wait()

    async def mend(self) -> None:
        """Carry everything again; what was silent is cut."""
        self._fault, self._up = None, True
        self._silent.clear()
        self.cut()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def carry(self, client: StreamReader, to_client: StreamWriter) -> None:
        """Serve one client to its end."""
        ours = asyncio.current_task()
        assert ours is not None
        self._connections.add(ours)
        try:
            if self._up:
                await self._join(client, to_client)
        except asyncio.CancelledError:
            pass
        finally:
            self._connections.discard(ours)
            await _close(to_client)

    async def _join(self, client: StreamReader, to_client: StreamWriter) -> None:
        server, to_server = await asyncio.open_unix_connection(self._server)
        broken: asyncio.Queue[Fault] = asyncio.Queue()
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._ask(client, to_server, broken))
                both.create_task(self._answer(server, to_client, broken))
        except* (_Cut, ConnectionError):
            pass
        finally:
            await _close(to_server)

    async def _ask(
        self, client: StreamReader, to_server: StreamWriter, broken: asyncio.Queue[Fault]
    ) -> NoReturn:
        while said := await client.read(_MOST):
            fault = self._fault_at(said)
            if fault is Fault.SILENT_BEFORE:
                await _silence()
            if fault is Fault.HALF_ASKED:
                to_server.write(said[: len(said) // 2])
            if fault in (Fault.CUT_BEFORE, Fault.HALF_ASKED):
                break
            if fault is not None:
                broken.put_nowait(fault)
            to_server.write(said)
        raise _Cut

    def _fault_at(self, said: bytes) -> Fault | None:
        if self._silent.is_set():
            return Fault.SILENT_BEFORE
        if self._fault is None or self._word not in said:
            return None
        fault, self._fault = self._fault, None
        if fault in (Fault.SILENT_BEFORE, Fault.SILENT_AFTER):
            self._silent.set()
        return fault

    async def _answer(
        self, server: StreamReader, to_client: StreamWriter, broken: asyncio.Queue[Fault]
    ) -> NoReturn:
        while said := await server.read(_MOST):
            fault = None if broken.empty() else broken.get_nowait()
            if self._silent.is_set():
                await _silence()
            if fault is Fault.HALF_ANSWERED:
                to_client.write(said[: len(said) // 2])
            if fault is not None:
                break
            to_client.write(said)
        raise _Cut


async def _silence() -> NoReturn:
    await asyncio.Event().wait()
    raise AssertionError("silence ends by being cut")


async def _close(writer: StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


@asynccontextmanager
async def line_to(dsn: str) -> AsyncIterator[tuple[Line, str]]:
    """A line to the server of a connection string, and the string for who goes by the line."""
    there = conninfo_to_dict(dsn)
    line = Line(f"{there['host']}/.s.PGSQL.{there.get('port', 5432)}")
    listening = await asyncio.start_server(line.carry, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    try:
        yield line, make_conninfo(dsn, host="127.0.0.1", port=port)
    finally:
        listening.close()
        await line.mend()
        await listening.wait_closed()

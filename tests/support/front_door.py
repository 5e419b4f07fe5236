"""One address before several processes, as a load balancer is: the first that answers is served."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

_MOST = 65536


class FrontDoor:
    """Where callers come in.

    Attributes:
        url: Its own address.
        behind: The addresses of the processes, in the order in which they are tried.
    """

    def __init__(self) -> None:
        self.url = ""
        self.behind: list[str] = []
        self._open: set[asyncio.Task[None]] = set()

    async def carry(self, client: StreamReader, to_client: StreamWriter) -> None:
        """Serve one connection to its end; without a process behind, close it at once."""
        ours = asyncio.current_task()
        assert ours is not None
        self._open.add(ours)
        try:
            asked = await client.read(_MOST)
            found = await self._process(asked) if asked else None
            if found is not None:
                server, to_server, answer = found
                to_client.write(answer)
                await _both(_pass_on(client, to_server), _pass_on(server, to_client))
                await _close(to_server)
        except ConnectionError:
            return  # the client has gone
        finally:
            self._open.discard(ours)
            await _close(to_client)

    async def _process(self, asked: bytes) -> tuple[StreamReader, StreamWriter, bytes] | None:
        """Who answers, and how the answer begins.

        A process that is being killed may still be connected to for a moment, and says nothing.
        """
        for url in self.behind:
            there = urlsplit(url)
            with suppress(OSError):
                server, to_server = await asyncio.open_connection(there.hostname, there.port)
                to_server.write(asked)
                if answer := await server.read(_MOST):
                    return server, to_server, answer
                await _close(to_server)
        return None

    async def aclose(self) -> None:
        """Close what is still open."""
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)


async def _both(*ways: Coroutine[Any, Any, None]) -> None:
    """Carry both ways until one of them ends."""
    tasks = [asyncio.create_task(way) for way in ways]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _pass_on(reader: StreamReader, writer: StreamWriter) -> None:
    with suppress(ConnectionError):
        while said := await reader.read(_MOST):
            writer.write(said)
            await writer.drain()


async def _close(writer: StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


@asynccontextmanager
async def a_front_door() -> AsyncIterator[FrontDoor]:
    """An open door on loopback."""
    door = FrontDoor()
    server = await asyncio.start_server(door.carry, "127.0.0.1", 0)
    door.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield door
    finally:
        server.close()
        await door.aclose()

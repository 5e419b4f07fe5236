"""Runs a stand-in on a loopback port, inside a test or as a program of its own."""

import argparse
import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    asynccontextmanager,
    contextmanager,
    nullcontext,
)
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

LOOPBACK = "127.0.0.1"


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers, which says when it is ready."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serve(
    app: ASGIApp, *, port: int = 0, receive_buffer: int | None = None
) -> AsyncIterator[str]:
    """Serve an ASGI app on loopback until the block ends.

    Args:
        app: What to serve.
        port: The port; 0 takes a free one.
        receive_buffer: Bytes the kernel may hold for a reader that has stopped reading.

    Yields:
        The base URL, such as `http://127.0.0.1:49152`.

    Raises:
        OSError: The port is taken.
    """
    # asyncio turns Nagle's algorithm off only where the protocol is named; else each answer takes
    # 40 ms, which is how long the other side waits to acknowledge its first half.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if receive_buffer is not None:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        listener.bind((LOOPBACK, port))
        server = _Server(_config(app))
        running = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            await _ready(server, running)
            yield f"http://{LOOPBACK}:{listener.getsockname()[1]}"
        finally:
            await _stop(server, running)
    finally:
        listener.close()


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        lifespan="off",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        log_config=None,
        log_level="critical",  # a scripted drop is an error to uvicorn and the purpose here
        access_log=False,
    )


async def _ready(server: _Server, running: asyncio.Task[None]) -> None:
    ready = asyncio.create_task(server.ready.wait())
    await asyncio.wait({ready, running}, return_when=asyncio.FIRST_COMPLETED)
    if not ready.done():
        ready.cancel()
        await running
        raise RuntimeError("the stand-in stopped before it was ready")


async def _stop(server: _Server, running: asyncio.Task[None]) -> None:
    # A scripted stall may hold a request open for ever, so nothing is waited for.
    server.should_exit = True
    server.force_exit = True
    await running
    left = set(server.server_state.tasks)
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


def parser(name: str, port: int) -> argparse.ArgumentParser:
    """The command line every stand-in shares: `--port N --script FILE`."""
    args = argparse.ArgumentParser(prog=f"python -m evals.standins.{name}")
    args.add_argument("--port", type=int, default=port, help="0 takes a free port")
    args.add_argument("--script", type=Path, help="a TOML or JSON file; see docs/standins.md")
    return args


def run(
    app: ASGIApp,
    *,
    name: str,
    port: int,
    settings: str,
    around: AbstractAsyncContextManager[None] | None = None,
) -> None:
    """Serve from the command line until interrupted, saying where.

    Args:
        app: What to serve.
        name: What it stands in for.
        port: The port; 0 takes a free one.
        settings: The line to put into `.env`, with `{url}` where the address goes.
        around: Entered while it serves, for what the stand-in does besides.
    """
    asyncio.run(_until_interrupted(app, name, port, settings, around or nullcontext()))


async def _until_interrupted(
    app: ASGIApp,
    name: str,
    port: int,
    settings: str,
    around: AbstractAsyncContextManager[None],
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with around, serve(app, port=port) as url:
        sys.stdout.write(f"stand-in for {name} at {url}\n{settings.format(url=url)}\n")
        sys.stdout.flush()
        await stop.wait()

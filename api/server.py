"""Binds the address, opens the service, serves it, and takes it apart in the right order.

uvicorn is told to leave the service's life and the signals alone. It would report a start that
fails as a stack trace, and hand SIGTERM on to the process before the last calls are written down.
"""

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.settings import Settings
from api.twilio.lines import Lines

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_LAST_WORDS_S = 5
"""How long a request under way may take to end once the service is told to stop."""

_LINGER_S = 1.0
"""How long requests are answered once streams were ended: less than `twiml.elsewhere` waits."""


class AddressRefused(Exception):
    """The address cannot be listened on; the text names the variables."""


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to whoever runs the server."""
        yield


@dataclass(slots=True)
class _Stopping:
    """SIGTERM lets callers finish, and sends new ones elsewhere; SIGINT, or a second SIGTERM, not.

    Whoever is still on the line then is cut off. Twilio asks the address again at once, and is told
    to do so once more in a moment: then another process on the same database goes on with the call.
    """

    server: _Server
    lines: Lines
    patience_s: float
    _draining: asyncio.Task[None] | None = None

    def told(self, number: int) -> None:
        """Take a signal."""
        if number == signal.SIGTERM and self._draining is None:
            self._draining = asyncio.create_task(self._drain())
        else:
            self.server.handle_exit(number, None)

    async def aclose(self) -> None:
        """Nothing is left to wait for."""
        if self._draining is not None:
            self._draining.cancel()
            await asyncio.gather(self._draining, return_exceptions=True)

    async def _drain(self) -> None:
        if await self.lines.drain(patience_s=self.patience_s):
            await asyncio.sleep(_LINGER_S)
        self.server.should_exit = True


def bound(host: str, port: int) -> socket.socket:
    """A socket on the address, not yet listening; port 0 takes a free one.

    Raises:
        AddressRefused: It is taken, or not this machine's.
    """
    listener = None
    try:
        (family, kind, protocol, _, address), *_ = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=socket.AI_PASSIVE
        )
        # Only of a socket that is known to speak TCP does asyncio turn Nagle's algorithm off.
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        if listener is not None:
            listener.close()
        raise AddressRefused(
            f"HOST {host}, PORT {port}: {error.strerror or 'cannot be used'}; "
            "set PORT to another one, or HOST to an address of this machine"
        ) from None
    return listener


async def serve(settings: Settings, listener: socket.socket, ready: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM; a second SIGINT waits for nobody.

    Args:
        settings: What to serve with.
        listener: Where; closed at the end.
        ready: Told once the service is open.

    Raises:
        CancelledError: It was told to stop before it was ready.
    """
    with listener:
        starting = asyncio.current_task()
        assert starting is not None
        _on_signals(lambda _: starting.cancel())
        app = create_app(settings)
        async with app.router.lifespan_context(app):
            server = _Server(_config(app))
            stopping = _Stopping(server, app.state.lines, settings.drain_s)
            _on_signals(stopping.told)
            ready()
            await server.serve(sockets=[listener])
            await stopping.aclose()
            # Those that had to be cancelled still write down what became of their calls.
            await asyncio.gather(*server.server_state.tasks, return_exceptions=True)


def _on_signals(act: Callable[[int], object]) -> None:
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, act, number)


def _config(app: FastAPI) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        lifespan="off",
        http="httptools",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_max_size=64 * 1024,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=_LAST_WORDS_S,
    )

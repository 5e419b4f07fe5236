"""Opening and closing websockets through the Deepgram SDK, with nothing secret in an error."""

import asyncio
import contextlib
import importlib
import warnings
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

import httpx
from websockets.exceptions import ConnectionClosed, WebSocketException

from voice.ports import VoiceError

with warnings.catch_warnings():
    # The SDK still uses the deprecated half of `websockets`. What it would import by itself in the
    # middle of a call is imported here, where the warning can be kept quiet.
    warnings.filterwarnings("ignore", "websockets", DeprecationWarning)
    for _part in ("listen.v1", "listen.v2", "speak.v1"):
        importlib.import_module(f"deepgram.{_part}.client")
    from deepgram import AsyncDeepgramClient
    from deepgram.core.api_error import ApiError
    from deepgram.environment import DeepgramClientEnvironment

CLOSE_WITHIN_S = 1.0

ConnectionT = TypeVar("ConnectionT")


class Deepgram:
    """The SDK's client with its HTTP side, one per process and part.

    Raises:
        ValueError: The key or the base URL cannot be used; says why, without the key.
    """

    def __init__(self, api_key: str, base_url: str | None) -> None:
        if not api_key or not api_key.isascii() or not api_key.isprintable() or " " in api_key:
            raise ValueError("the Deepgram API key is empty or has characters no key has")
        environment = _environment(base_url)
        self._http = httpx.AsyncClient()
        self.sdk = AsyncDeepgramClient(
            api_key=api_key, environment=environment, httpx_client=self._http
        )

    async def aclose(self) -> None:
        """Close what the SDK opened."""
        await self._http.aclose()


def _environment(base_url: str | None) -> DeepgramClientEnvironment:
    if base_url is None:
        return DeepgramClientEnvironment.PRODUCTION
    web, socket = _addresses(base_url)
    return DeepgramClientEnvironment(base=web, production=socket, agent=socket, agent_rest=web)


def _addresses(base_url: str) -> tuple[str, str]:
    """The base URL for HTTP and the one for websockets, whichever of the two was given."""
    try:
        parts = urlsplit(base_url.strip())
        host = parts.hostname
        _ = parts.port
    except ValueError as exc:
        raise ValueError(f"the Deepgram base URL is malformed: {exc}") from exc
    if parts.username is not None or parts.password is not None:
        raise ValueError("the Deepgram base URL must not hold a user name or password")
    if parts.scheme not in {"http", "https", "ws", "wss"} or not host:
        raise ValueError(
            "the Deepgram base URL must begin with https:// or http:// and name a host, "
            "as in https://api.deepgram.com"
        )
    if parts.query or parts.fragment:
        raise ValueError("the Deepgram base URL must end after the path, without ? or #")
    secure = parts.scheme in {"https", "wss"}
    rest = parts.netloc + parts.path.rstrip("/")
    return f"http{'s' * secure}://{rest}", f"ws{'s' * secure}://{rest}"


class Connection(Generic[ConnectionT]):
    """An open websocket and the way to close it for certain."""

    def __init__(self, socket: ConnectionT, stack: AsyncExitStack) -> None:
        self.socket = socket
        self._stack = stack

    async def aclose(self) -> None:
        """Close the websocket; one whose peer does not answer is cut off."""
        # The SDK has no abort, and its close waits ten seconds and more for a silent peer.
        protocol: Any = getattr(self.socket, "_websocket", None)
        loop = asyncio.get_running_loop()
        cut = loop.call_later(CLOSE_WITHIN_S, protocol.transport.abort)
        unread = asyncio.create_task(_read_out(protocol))
        try:
            await self._stack.aclose()
        except (OSError, WebSocketException):
            return  # it was broken already, which is as closed as can be
        finally:
            cut.cancel()
            unread.cancel()
            await asyncio.gather(unread, return_exceptions=True)


async def _read_out(protocol: Any) -> None:
    """Read what is left: the goodbye is not seen while messages nobody reads are before it."""
    with contextlib.suppress(ConnectionClosed):
        async for _ in protocol:
            pass


async def connect(
    socket: AbstractAsyncContextManager[ConnectionT], *, part: str, within_s: float
) -> Connection[ConnectionT]:
    """Open a websocket in time.

    Args:
        socket: What the SDK's `connect` gives.
        part: Who is asking, for the error.
        within_s: How long the handshake may take.

    Raises:
        VoiceError: Deepgram refused, was not there, or took too long.
    """
    stack = AsyncExitStack()
    try:
        async with asyncio.timeout(within_s):
            return Connection(await stack.enter_async_context(socket), stack)
    except TimeoutError:
        reason = f"did not answer within {within_s:g} s"
    except ApiError as exc:
        reason = f"refused the connection with status {exc.status_code}"
    except (OSError, WebSocketException) as exc:
        reason = f"cannot be reached ({type(exc).__name__})"
    # Raised out here, so that no cause with headers in it is attached.
    raise VoiceError(f"{part}: Deepgram {reason}")

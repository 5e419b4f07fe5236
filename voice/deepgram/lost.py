"""How a recogniser's stream ends before its time."""

import asyncio
from collections.abc import Awaitable

from websockets.exceptions import ConnectionClosed

SEND_WITHIN_S = 1.0


class Lost(Exception):
    """A stream is over; the message says why."""


async def soon(sending: Awaitable[None]) -> None:
    """Send, to a peer that reads.

    Raises:
        Lost: It does not, or has closed the stream.
    """
    try:
        async with asyncio.timeout(SEND_WITHIN_S):
            await sending
    except TimeoutError:
        raise Lost("stopped reading") from None
    except ConnectionClosed:
        raise Lost("closed the stream") from None

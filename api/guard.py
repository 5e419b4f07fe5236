"""Who may use the text channel, and how much anybody may send.

Without a token only this machine may: the peer is loopback, the request was meant for loopback (a
page of another site could otherwise reach it by a rebound name), and no proxy stands between.
"""

import hmac
from ipaddress import IPv6Address, ip_address
from typing import Any

from fastapi import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY = 64 * 1024
"""Bytes of a request's body; no request of ours is near it."""


_BETWEEN = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
"""Headers by which a proxy or a tunnel shows itself."""


def is_local(connection: HTTPConnection) -> bool:
    """Whether the request comes from this machine and was addressed to it."""
    peer = connection.client.host if connection.client else ""
    host = _name(connection.headers.get("host", ""))
    proxied = any(name in connection.headers for name in _BETWEEN)
    return _loopback(peer) and _loopback(host) and not proxied


def _name(authority: str) -> str:
    if authority.startswith("["):
        return authority[1:].partition("]")[0]
    return authority.partition(":")[0]


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    # Somebody who listens on all addresses sees IPv4 peers in this form.
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


async def local_or_token(connection: HTTPConnection) -> None:
    """Let the request pass, or refuse it and say how to be let in."""
    token: str | None = connection.app.state.api_token
    if token is None:
        if not is_local(connection):
            raise HTTPException(403, "only this machine may call; set API_TOKEN to let others in")
        return
    scheme, _, given = connection.headers.get("authorization", "").partition(" ")
    right = hmac.compare_digest(given.encode(), token.encode())
    if scheme.lower() != "bearer" or not right:
        raise HTTPException(401, "send the API_TOKEN as a bearer token")


class BodyLimit:
    """Refuses a body over `MAX_BODY` with 413, announced or not, before anything reads it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if not announced.isdigit() or int(announced) > MAX_BODY:
            await _refuse(send)
            return
        await self.app(scope, _Counted(receive), send)


class _Counted:
    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._size = 0

    async def __call__(self) -> Message:
        message = await self._receive()
        self._size += len(message.get("body", b""))
        if self._size > MAX_BODY:
            raise HTTPException(413, _REFUSAL)
        return message


_REFUSAL = "the body is larger than 64 KiB"


async def _refuse(send: Send) -> None:
    body = b'{"detail":"%b"}' % _REFUSAL.encode()
    headers: list[Any] = [(b"content-type", b"application/json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body})

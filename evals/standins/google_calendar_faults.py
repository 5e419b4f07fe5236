"""What can go wrong between the stand-in and whoever asks it, before or after the effect."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import ConfigDict
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from evals.standins.google_calendar_wire import ApiError
from evals.standins.script import STRICT

Kind = Literal[
    "slow", "hang", "hang_after", "server_error", "unavailable", "rate_limited",
    "user_rate_limited", "quota_exceeded", "too_many", "forbidden", "half_json", "cut", "garbage",
    "empty", "reset_before", "reset_after",
]  # fmt: skip

_USAGE = "usageLimits"
_REFUSED = {
    "server_error": (500, "backendError", "Backend Error", "global"),
    "unavailable": (503, "backendError", "Backend Error", "global"),
    "rate_limited": (403, "rateLimitExceeded", "Rate Limit Exceeded", _USAGE),
    "user_rate_limited": (403, "userRateLimitExceeded", "User Rate Limit Exceeded", _USAGE),
    "quota_exceeded": (403, "quotaExceeded", "Calendar usage limits exceeded.", _USAGE),
    "too_many": (429, "rateLimitExceeded", "Rate Limit Exceeded", _USAGE),
    "forbidden": (403, "forbidden", "Forbidden", "global"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One way for a request to go wrong.

    Attributes:
        kind: "hang_after", "half_json", "cut", "garbage", "empty" and "reset_after" come after
            the request has been served: only the answer is lost or spoilt.
        for_ms: How long "slow" waits before it serves.
        retry_after_s: What a refusal says in Retry-After.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    kind: Kind
    for_ms: int = 1000
    retry_after_s: int | None = None


class Faults:
    """Stands before an application. Requests of other paths than `root` pass.

    Attributes:
        coming: The faults of the next requests in their order; None is a good one.
        always: What every request meets that has no fault of its own.
        held: Set once a request hangs.
    """

    def __init__(self, app: ASGIApp, root: str, coming: Iterable[Fault | None]) -> None:
        self._app = app
        self._root = root
        self.coming: deque[Fault | None] = deque(coming)
        self.always: Fault | None = None
        self.held = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, well or badly."""
        if scope["type"] != "http" or not scope["path"].startswith(self._root):
            await self._app(scope, receive, send)
            return
        fault = self.coming.popleft() if self.coming else None
        fault = fault or self.always
        if fault is None:
            await self._app(scope, receive, send)
        else:
            await self._badly(fault, scope, receive, send)

    async def _badly(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.kind in _REFUSED:
            await _refusal(fault)(scope, receive, send)
        elif fault.kind == "slow":
            await asyncio.sleep(fault.for_ms / 1000)
            await self._app(scope, receive, send)
        elif fault.kind == "hang":
            await self._hang()
        elif fault.kind == "reset_before":
            await _reset(receive)
        else:
            await self._spoil(fault, scope, receive, send)

    async def _spoil(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        answer: list[Message] = []

        async def hold(message: Message) -> None:
            answer.append(message)

        await self._app(scope, receive, hold)
        if fault.kind == "hang_after":
            await self._hang()
        status = answer[0]["status"]
        body = b"".join(message.get("body", b"") for message in answer[1:])
        if fault.kind == "reset_after" or not body:
            await _reset(receive)
            return
        if fault.kind == "cut":
            headers = [(b"content-length", str(len(body) + 1).encode())]
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body[:-1], "more_body": True})
            await _reset(receive)
            return
        await _SPOILT[fault.kind](status, body)(scope, receive, send)

    async def _hang(self) -> None:
        self.held.set()
        await asyncio.Event().wait()


def _json(body: bytes, status: int) -> Response:
    return Response(body, status, media_type="application/json; charset=UTF-8")


_SPOILT: dict[str, Callable[[int, bytes], Response]] = {
    "half_json": lambda status, body: _json(body[: len(body) // 2], status),
    "empty": lambda status, _: _json(b"{}", status),
    "garbage": lambda _, __: HTMLResponse("<html><title>Sorry...</title></html>"),
}


def _refusal(fault: Fault) -> Response:
    status, reason, message, domain = _REFUSED[fault.kind]
    waits = {} if fault.retry_after_s is None else {"retry_after": str(fault.retry_after_s)}
    return ApiError(status, reason, message, domain=domain).response(**waits)


async def _reset(receive: Receive) -> None:
    """Tear the connection off. ASGI has no word for that; the server's own object has."""
    cycle = getattr(receive, "__self__", None)
    if cycle is None:
        raise RuntimeError("a connection can be reset only under uvicorn")
    cycle.transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass

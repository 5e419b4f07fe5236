"""How an answer of the stand-in model leaves: at its pace, with its fault, noticing who left."""

import asyncio
import json
import uuid
from dataclasses import dataclass, field
from typing import Any, Literal

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from evals.standins.openai_wire import Fault, Finished, Json, chunks, whole

Outcome = Literal["open", "answered", "refused", "dropped", "abandoned"]


@dataclass(slots=True)
class Captured:
    """A request that came in, and what became of it. The key is not kept.

    Attributes:
        body: The request's JSON, or its text where that could not be parsed.
        outcome: "abandoned" where the client went away before the end.
        done: Set when the outcome is final.
    """

    body: Any
    outcome: Outcome = "open"
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def close(self, outcome: Outcome) -> None:
        """Settle the outcome."""
        self.outcome = outcome
        self.done.set()


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds before the first token and between tokens, what goes wrong, and special headers."""

    ttft_s: float
    gap_s: float
    fault: Fault | None
    headers: dict[str, str] = field(default_factory=dict)

    def has(self, kind: str) -> bool:
        """Whether this is what goes wrong."""
        return self.fault is not None and self.fault.kind == kind

    def breaks(self, kind: str, sent: int) -> bool:
        """Whether this goes wrong after so many chunks."""
        return self.has(kind) and self.fault is not None and sent == self.fault.after_chunks


class Delivery(Response):
    """Sends an answer at its pace, with its fault, and notices when the client goes away."""

    def __init__(self, captured: Captured, request: Json, pace: Pace, answer: Finished) -> None:
        self._captured = captured
        self._request = request
        self._pace = pace
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sending = asyncio.create_task(self._send(send))
        leaving = asyncio.create_task(_left(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            finished = sending.done() and not sending.cancelled()
            for task in (sending, leaving):
                task.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)
            self._captured.close(sending.result() if finished else "abandoned")

    async def _send(self, send: Send) -> Outcome:
        if self._pace.has("stall_head"):
            await self._stall(send)
        if not self._request.get("stream"):
            await asyncio.sleep(self._pace.ttft_s)
            body = json.dumps(whole(self._answer)).encode()
            await self._start(send, "application/json")
            await send({"type": "http.response.body", "body": body})
            return "answered"
        await self._start(send, "text/event-stream; charset=utf-8")
        return await self._stream(send)

    async def _stream(self, send: Send) -> Outcome:
        if self._pace.has("stall_first_token"):
            await self._stall(send)
        await asyncio.sleep(self._pace.ttft_s)
        options = self._request.get("stream_options") or {}
        answer = chunks(self._answer, with_usage=bool(options.get("include_usage")))
        for sent, chunk in enumerate(answer):
            if self._pace.breaks("drop", sent):
                return "dropped"
            if self._pace.breaks("stall_inside", sent):
                await self._stall(send)
            if self._pace.breaks("malformed_chunk", sent):
                await _event(send, '{"id": "chatcmpl-')
            await _event(send, json.dumps(chunk))
            await asyncio.sleep(self._pace.gap_s)
        await _event(send, "[DONE]")
        await send({"type": "http.response.body", "body": b""})
        return "answered"

    async def _start(self, send: Send, content_type: str) -> None:
        named = headers() | self._pace.headers | {"content-type": content_type}
        raw = [(name.encode(), value.encode()) for name, value in named.items()]
        await send({"type": "http.response.start", "status": 200, "headers": raw})

    async def _stall(self, send: Send) -> None:
        fault = self._pace.fault
        assert fault is not None
        left = float("inf") if fault.for_ms is None else fault.for_ms / 1000
        while left > 0:
            step = min(left, 0.1)
            await asyncio.sleep(step)
            left -= step
            if fault.keep_alive and fault.kind != "stall_head":
                await _part(send, b": keep-alive\n\n")


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _event(send: Send, data: str) -> None:
    await _part(send, f"data: {data}\n\n".encode())


async def _part(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


def headers() -> dict[str, str]:
    """The headers every answer carries."""
    return {
        "x-request-id": f"req_{uuid.uuid4().hex}",
        "openai-processing-ms": "1",
        "openai-version": "2020-10-01",
        "x-ratelimit-limit-requests": "10000",
        "x-ratelimit-limit-tokens": "2000000",
        "x-ratelimit-remaining-requests": "9999",
        "x-ratelimit-remaining-tokens": "1999000",
        "x-ratelimit-reset-requests": "6ms",
        "x-ratelimit-reset-tokens": "30ms",
    }

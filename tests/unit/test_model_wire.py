"""Chunks are read whole however their bytes arrive, and what is no chunk is never taken for one."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from itertools import chain
from typing import Any

import httpx2
import orjson
import pytest

from graph.models.errors import Broke, ModelError, Overloaded, Refused
from graph.models.wire import Answer, Endpoint, Events

pytestmark = pytest.mark.anyio

HELLO: dict[str, Any] = {"choices": [{"delta": {"content": "Grüß dich"}}]}
DONE = b"data: [DONE]\n\n"


def event(chunk: object) -> bytes:
    return b"data: " + orjson.dumps(chunk) + b"\n\n"


@pytest.mark.parametrize(
    ("received", "data"),
    [
        (b"data: 1\n\ndata: 2\n\n", [b"1", b"2"]),
        (b"data:1\r\n\r\ndata: 2\r\n\r\n", [b"1", b"2"]),
        (b"data: {\ndata: }\n\n", [b"{\n}"]),
        (b": still here\n\ndata: 1\n\n", [b"1"]),
        (b"event: x\nid: 7\ndata: 1\n\n", [b"1"]),
        (b"\n\n\ndata: 1\n\n\n\n", [b"1"]),
        (b"data: 1\n", []),
    ],
    ids=["two", "CRLF, no space", "two lines", "a comment", "other fields", "blanks", "no end"],
)
def test_events_are_put_together_however_their_bytes_arrive(
    received: bytes, data: list[bytes]
) -> None:
    for cut in range(len(received) + 1):
        events = Events()
        assert [*events.feed(received[:cut]), *events.feed(received[cut:])] == data
    events = Events()
    assert [one for byte in received for one in events.feed(bytes([byte]))] == data


def test_an_event_without_end_is_not_gathered_for_ever() -> None:
    events = Events()
    with pytest.raises(Broke, match="megabyte"):
        list(chain.from_iterable(map(events.feed, [b"data: " + b"x" * 20_000] * 100)))


class Told(httpx2.AsyncByteStream):
    """A body in pieces; `read` says how many of them were asked for."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces, self.read = pieces, 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            self.read += 1
            yield piece


async def chunks(body: Told) -> list[dict[str, Any]]:
    answer = httpx2.Response(200, stream=body)
    async with Answer(answer, AsyncExitStack()) as answered:
        return [chunk async for chunk in answered]


async def test_an_answer_is_its_chunks_and_is_read_to_its_end() -> None:
    body = Told(event(HELLO)[:9], event(HELLO)[9:] + event(HELLO) + DONE, b"")
    assert await chunks(body) == [HELLO, HELLO]
    assert body.read == len(body.pieces)


@pytest.mark.parametrize(
    ("piece", "error"),
    [
        (b"data: {half\n\n", "no JSON"),
        (event([1]), "no chunk"),
        (event({"error": {"message": "the caller said 555-0100"}}), "in the middle"),
        (event({"choices": [{"delta": {"refusal": "I will not"}}]}), "declined"),
    ],
    ids=["half a chunk", "a list", "an error", "a refusal"],
)
async def test_what_is_no_chunk_ends_the_answer_and_is_not_quoted(piece: bytes, error: str) -> None:
    with pytest.raises(ModelError, match=error) as raised:
        await chunks(Told(event(HELLO), piece, DONE))
    assert "555" not in str(raised.value)


async def asked(status: int, body: bytes, **headers: str) -> tuple[ModelError, dict[str, str]]:
    """What a server's refusal becomes, and the headers that were heeded."""
    heeded: dict[str, str] = {}
    transport = httpx2.MockTransport(
        lambda _: httpx2.Response(status, content=body, headers=headers)
    )
    async with httpx2.AsyncClient(transport=transport) as client:
        url = httpx2.URL("http://127.0.0.1/v1/chat/completions")
        endpoint = Endpoint(client, url, httpx2.Headers(), httpx2.Timeout(1))
        with pytest.raises(ModelError) as raised:
            await endpoint.ask({"messages": []}, heed=heeded.update)
    return raised.value, heeded


async def test_a_refusal_is_told_by_its_status_and_code_and_its_headers_are_heeded() -> None:
    spent = orjson.dumps({"error": {"code": "insufficient_quota", "message": "of org-7"}})
    error, heeded = await asked(429, spent, **{"x-ratelimit-remaining-requests": "0"})
    assert isinstance(error, Refused)
    assert error.of_server
    assert "org-7" not in str(error)
    assert heeded["x-ratelimit-remaining-requests"] == "0"


async def test_a_refusal_that_says_nothing_readable_is_told_by_its_status() -> None:
    busy, _ = await asked(429, b"<html>busy</html>", **{"retry-after": "7"})
    assert isinstance(busy, Overloaded)
    assert busy.rest_s == 7
    broken, _ = await asked(502, b"\xff\xfe" * 100_000)
    assert isinstance(broken, Broke)
    assert broken.passing

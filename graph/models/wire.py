"""Chat Completions as they are on the wire: one request out as bytes, plain JSON back, as it comes.

The vendor's SDK walks through every message before it sends it, about 0.3 ms for each turn of the
conversation, and makes objects of every chunk, about 0.4 ms each; a caller hears both as silence.
What is sent here is plain JSON already, and what reads the answer wants nothing else.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Self

import httpx2
import orjson

from graph.models.errors import Broke, Refused, by_status

_DONE = b"[DONE]"
_LONGEST_EVENT = 1 << 20
_LONGEST_REFUSAL = 1 << 16
_TO_THE_END_S = 0.2

Chunk = dict[str, Any]
Heed = Callable[[Mapping[str, str]], None]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where completions are asked for.

    Attributes:
        headers: All there are beside the body's own; the key is among them.
    """

    client: httpx2.AsyncClient
    url: httpx2.URL
    headers: httpx2.Headers
    timeout: httpx2.Timeout

    async def ask(self, body: Mapping[str, Any], *, heed: Heed) -> httpx2.Response:
        """Send a request and wait for the answer's head; who gets it has to close it.

        Args:
            heed: Told the answer's headers, whatever the answer.

        Raises:
            ModelError: The server says no; the error knows no word of it, only its code.
            httpx2.TransportError: There is no server, or it is too slow.
        """
        request = httpx2.Request(
            "POST",
            self.url,
            headers=self.headers,
            content=orjson.dumps(body),
            extensions={"timeout": self.timeout.as_dict()},
        )
        answer = await self.client.send(request, stream=True, follow_redirects=True)
        heed(answer.headers)
        if answer.is_success:
            return answer
        try:
            code = _code(await _beginning(answer, _LONGEST_REFUSAL))
        finally:
            await answer.aclose()
        raise by_status(answer.status_code, code, answer.headers)


class Answer:
    """The chunks of a streamed answer. What `held` holds is let go of with its end."""

    def __init__(self, answer: httpx2.Response, held: AsyncExitStack) -> None:
        self._answer = answer
        self._held = held

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._held.aclose()

    async def __aiter__(self) -> AsyncIterator[Chunk]:
        events = Events()
        received = self._answer.aiter_bytes()
        async for data in received:
            for event in events.feed(data):
                if event.startswith(_DONE):
                    await _to_the_end(received)
                    return
                yield _chunk(event)


class Events:
    """The data of server-sent events, put together from bytes however they arrive.

    https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation, of
    which Chat Completions use the data alone. Lines end with LF or CRLF; a lone CR ends none.
    """

    def __init__(self) -> None:
        self._line = b""
        self._data: list[bytes] = []

    def feed(self, received: bytes) -> Iterator[bytes]:
        """What is whole now.

        Raises:
            Broke: An event is longer than any answer.
        """
        *lines, self._line = (self._line + received).split(b"\n")
        for line in lines:
            if line in (b"", b"\r"):
                if self._data:
                    yield b"\n".join(self._data)
                self._data = []
            elif line.startswith(b"data:"):
                self._data.append(line[5:].strip())
        if len(self._line) + sum(map(len, self._data)) > _LONGEST_EVENT:
            raise Broke("the stream holds an event of more than a megabyte")


def _chunk(event: bytes) -> Chunk:
    try:
        chunk = orjson.loads(event)
    except orjson.JSONDecodeError:
        raise Broke("the stream holds something that is no JSON") from None
    if not isinstance(chunk, dict):
        raise Broke("the stream holds something that is no chunk")
    if chunk.get("error"):
        raise Broke("its server failed in the middle of the answer")
    choices = chunk.get("choices") or ()
    # LangChain drops this field from streams, and an empty reply would be all one saw.
    if choices and (choices[0].get("delta") or {}).get("refusal"):
        raise Refused
    return chunk


async def _to_the_end(received: AsyncIterator[bytes]) -> None:
    """Read what follows the last event, so that the connection can be used again."""
    try:
        async with asyncio.timeout(_TO_THE_END_S):
            async for _ in received:
                pass
    except (TimeoutError, httpx2.TransportError):
        return  # it is closed instead; the answer is whole


async def _beginning(answer: httpx2.Response, most: int) -> bytes:
    found = b""
    async for data in answer.aiter_bytes():
        found += data
        if len(found) >= most:
            break
    return found


def _code(refusal: bytes) -> str | None:
    """The vendor's own name for what is wrong, from `{"error": {"code": …}}`."""
    try:
        error = orjson.loads(refusal)["error"]
        return str(error["code"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None

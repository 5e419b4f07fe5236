"""A chat model of OpenAI's, or of any server that speaks its Chat Completions, fit for a call."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self

import httpx2
import openai
from langchain_openai import ChatOpenAI
from openai import AsyncOpenAI, AsyncStream
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from pydantic import SecretStr

from graph.models.errors import Refused
from graph.models.limits import Limits
from graph.models.profiles import parameters, profile_of
from graph.models.tokens import CHARS_PER_TOKEN, counter

_PATH = "/chat/completions"

KEEP_ALIVE_S = 240
"""Longer than a caller thinks: the default of 5 s means a new TLS handshake on most turns."""

_CONNECT_S = 2.0


@dataclass(frozen=True, slots=True)
class Server:
    """Who answers.

    Attributes:
        base_url: None: OpenAI's own.
        gate: How many answers may stream from it at once, over all its models.
    """

    api_key: SecretStr
    base_url: str | None
    gate: asyncio.Semaphore


@asynccontextmanager
async def openai_model(
    server: Server,
    model: str,
    *,
    temperature: float,
    max_tokens: int,
    effort: str | None,
    first_token_s: float,
) -> AsyncIterator[ChatOpenAI]:
    """Open one client for the process.

    The library's defaults (no timeout, two retries with seconds of back-off) are unfit for a
    telephone: a caller hears silence, so a late model is given up instead.
    """
    connections = httpx2.Limits(
        max_connections=200, max_keepalive_connections=100, keepalive_expiry=KEEP_ALIVE_S
    )
    profile = profile_of(model)
    await asyncio.to_thread(counter, profile.encoding)  # so that no call waits for the file
    body = parameters(profile, temperature=temperature, max_tokens=max_tokens, effort=effort)
    async with httpx2.AsyncClient(limits=connections) as client:
        chat = ChatOpenAI(
            model=model,
            api_key=server.api_key,
            base_url=server.base_url,
            max_retries=0,
            stream_usage=True,
            stream_chunk_timeout=max(2.0, first_token_s),
            timeout=httpx2.Timeout(first_token_s, connect=_CONNECT_S),
            http_async_client=client,
            temperature=body.pop("temperature", None),
            reasoning_effort=body.pop("reasoning_effort", None),
            # The rest (the token limit under its family's name) goes out as it is: the library
            # would rename it.
            extra_body=body,
        )
        chat.async_client = Direct(chat.root_async_client, Limits(server.gate))
        yield chat


class Direct:
    """Sends a request as it is, when the vendor's limits allow it.

    The SDK's own `create` walks through every message of the conversation before it sends it, about
    0.3 ms for each turn so far; what arrives here is plain JSON already.
    """

    def __init__(self, client: AsyncOpenAI, limits: Limits) -> None:
        self._client = client
        self._limits = limits

    async def create(
        self, *, stream: bool = False, extra_body: dict[str, Any] | None = None, **body: Any
    ) -> "Answer | ChatCompletion":
        """Ask for a completion, streamed or whole.

        Raises:
            Overloaded: The vendor's limits leave no room just now.
            openai.OpenAIError: As the SDK raises it.
        """
        request = {**body, **(extra_body or {}), "stream": stream}
        async with AsyncExitStack() as held:
            await held.enter_async_context(self._limits.turn(_about(request)))
            if not stream:
                return await self._client.post(_PATH, body=request, cast_to=ChatCompletion)
            answer = await self._begun(request)
            held.push_async_callback(answer.close)
            return Answer(answer, held.pop_all())

    async def _begun(self, request: dict[str, Any]) -> AsyncStream[ChatCompletionChunk]:
        try:
            answer = await self._client.post(
                _PATH,
                body=request,
                cast_to=ChatCompletionChunk,
                stream=True,
                stream_cls=AsyncStream[ChatCompletionChunk],
            )
        except openai.APIStatusError as error:
            self._limits.note(error.response.headers)
            raise
        self._limits.note(answer.response.headers)
        return answer


class Answer:
    """A stream of chunks that keeps its place among the requests under way until it is closed."""

    def __init__(self, chunks: AsyncStream[ChatCompletionChunk], held: AsyncExitStack) -> None:
        self._chunks = chunks
        self._held = held

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._held.aclose()

    async def __aiter__(self) -> AsyncIterator[ChatCompletionChunk]:
        async for chunk in self._chunks:
            # The library drops this field from streams, and an empty reply would be all one saw.
            if chunk.choices and chunk.choices[0].delta.refusal:
                raise Refused
            yield chunk


def _about(request: dict[str, Any]) -> int:
    """About how many tokens a request takes from the limit: what it holds and what it may make."""
    letters = sum(len(str(message.get("content") or "")) for message in request["messages"])
    most = request.get("max_completion_tokens") or request.get("max_tokens") or 0
    return letters // CHARS_PER_TOKEN + int(most)

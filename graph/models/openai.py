"""A chat model of OpenAI's, or of any server that speaks its Chat Completions, fit for a call."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from langchain_openai import ChatOpenAI
from openai import AsyncOpenAI, AsyncStream
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from pydantic import SecretStr

from graph.models.profiles import parameters, profile_of

_PATH = "/chat/completions"

KEEP_ALIVE_S = 240
"""Longer than a caller thinks: the default of 5 s means a new TLS handshake on most turns."""


@asynccontextmanager
async def openai_model(
    *,
    api_key: SecretStr,
    base_url: str | None,
    model: str,
    temperature: float,
    max_tokens: int,
    effort: str | None,
    first_token_s: float,
) -> AsyncIterator[ChatOpenAI]:
    """Open one client for the process.

    The library's defaults (no timeout, two retries with seconds of back-off) are unfit for a
    telephone: a caller hears silence, so a late model is given up instead.
    """
    limits = httpx2.Limits(
        max_connections=200, max_keepalive_connections=100, keepalive_expiry=KEEP_ALIVE_S
    )
    body = parameters(
        profile_of(model), temperature=temperature, max_tokens=max_tokens, effort=effort
    )
    async with httpx2.AsyncClient(limits=limits) as client:
        chat = ChatOpenAI(
            model=model,
            api_key=api_key,
            base_url=base_url,
            max_retries=0,
            stream_usage=True,
            stream_chunk_timeout=max(2.0, first_token_s),
            timeout=httpx2.Timeout(first_token_s, connect=2.0),
            http_async_client=client,
            temperature=body.pop("temperature", None),
            reasoning_effort=body.pop("reasoning_effort", None),
            # The rest (the token limit under its family's name) goes out as it is: the library
            # would rename it.
            extra_body=body,
        )
        chat.async_client = Direct(chat.root_async_client)
        yield chat


class Direct:
    """Sends a request as it is.

    The SDK's own `create` walks through every message of the conversation before it sends it, about
    0.3 ms for each turn so far; what arrives here is plain JSON already.
    """

    def __init__(self, client: AsyncOpenAI) -> None:
        self._client = client

    async def create(
        self, *, stream: bool = False, extra_body: dict[str, Any] | None = None, **body: Any
    ) -> AsyncStream[ChatCompletionChunk] | ChatCompletion:
        """Ask for a completion, streamed or whole.

        Raises:
            openai.OpenAIError: As the SDK raises it.
        """
        request = {**body, **(extra_body or {}), "stream": stream}
        if not stream:
            return await self._client.post(_PATH, body=request, cast_to=ChatCompletion)
        return await self._client.post(
            _PATH,
            body=request,
            cast_to=ChatCompletionChunk,
            stream=True,
            stream_cls=AsyncStream[ChatCompletionChunk],
        )

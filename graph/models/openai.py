"""A chat model of OpenAI's, or of any server that speaks its Chat Completions, fit for a call."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
from langchain_openai import ChatOpenAI
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletion
from pydantic import SecretStr

from graph.models.limits import Limits
from graph.models.profiles import parameters, profile_of
from graph.models.tokens import CHARS_PER_TOKEN, counter
from graph.models.wire import Answer, Endpoint

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
            timeout=_patience(first_token_s),
            http_async_client=client,
            temperature=body.pop("temperature", None),
            reasoning_effort=body.pop("reasoning_effort", None),
            # The rest (the token limit under its family's name) goes out as it is: the library
            # would rename it.
            extra_body=body,
        )
        sdk = chat.root_async_client
        endpoint = Endpoint(client, _address(sdk), _headers(sdk), _patience(first_token_s))
        chat.async_client = Direct(sdk, endpoint, Limits(server.gate))
        yield chat


class Direct:
    """Takes the place of the SDK's `chat.completions`: asks when the vendor's limits allow it."""

    def __init__(self, sdk: AsyncOpenAI, endpoint: Endpoint, limits: Limits) -> None:
        self._sdk = sdk
        self._endpoint = endpoint
        self._limits = limits

    async def create(
        self, *, stream: bool = False, extra_body: dict[str, Any] | None = None, **body: Any
    ) -> Answer | ChatCompletion:
        """Ask for a completion, streamed or whole.

        Raises:
            ModelError: The server refuses, or the vendor's limits leave no room just now.
            httpx2.TransportError, openai.OpenAIError: There is no answer.
        """
        request = {**body, **(extra_body or {}), "stream": stream}
        async with AsyncExitStack() as held:
            await held.enter_async_context(self._limits.turn(_about(request)))
            if not stream:
                return await self._sdk.post(_PATH, body=request, cast_to=ChatCompletion)
            answer = await self._endpoint.ask(request, heed=self._limits.note)
            held.push_async_callback(answer.aclose)
            return Answer(answer, held.pop_all())


def _address(sdk: AsyncOpenAI) -> httpx2.URL:
    return httpx2.URL(str(sdk.base_url).rstrip("/") + _PATH)


def _headers(sdk: AsyncOpenAI) -> httpx2.Headers:
    """As the SDK would send them, without compression: it would hold tokens back."""
    told = {**sdk.default_headers, **sdk.auth_headers}
    usual = {name: value for name, value in told.items() if isinstance(value, str)}
    return httpx2.Headers({**usual, "Accept": "text/event-stream", "Accept-Encoding": "identity"})


def _patience(first_token_s: float) -> httpx2.Timeout:
    return httpx2.Timeout(first_token_s, connect=_CONNECT_S)


def _about(request: dict[str, Any]) -> int:
    """About how many tokens a request takes from the limit: what it holds and what it may make."""
    letters = sum(len(str(message.get("content") or "")) for message in request["messages"])
    most = request.get("max_completion_tokens") or request.get("max_tokens") or 0
    return letters // CHARS_PER_TOKEN + int(most)

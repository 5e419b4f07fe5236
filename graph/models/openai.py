"""A chat model of OpenAI's, or of any server that speaks its Chat Completions, fit for a call."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from graph.models.profiles import parameters, profile_of

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
        yield ChatOpenAI(
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

"""Several models in a row, so that a call outlives its model's vendor.

    model ──fails before its first word──► the same once more, if it failed quickly ──► next model
          └─fails after it───────────────► ModelBroke: words that were said cannot be taken back

A model that has failed rests for a while: the next callers do not wait for it again.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import openai
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, AnyMessage
from langchain_core.runnables import Runnable

from shop.faults import describe

logger = logging.getLogger(__name__)

QUICKLY_S = 0.7
"""A model that fails sooner may be asked once more: a caller does not notice."""

REST_S = 20.0
"""How long a model that has failed is passed over, unless its server says how long."""

_LONGEST_REST_S = 120.0


class ModelBroke(Exception):
    """No model answered, or one stopped in the middle. What went wrong is in the log."""


@dataclass(slots=True)
class Link:
    """One model and how much patience it is given.

    Attributes:
        first_token_s: How long it may take to begin, in seconds.
        stall_s: How long it may pause once it has begun, in seconds.
    """

    name: str
    model: BaseChatModel
    first_token_s: float = 8.0
    stall_s: float = 3.0
    _rests_until: float = field(default=float("-inf"), repr=False)

    @property
    def rests(self) -> bool:
        """Whether it has failed lately."""
        return asyncio.get_running_loop().time() < self._rests_until

    def rest(self, seconds: float) -> None:
        """Pass it over for a while."""
        self._rests_until = asyncio.get_running_loop().time() + min(seconds, _LONGEST_REST_S)


@dataclass(frozen=True, slots=True)
class ModelChain:
    """Models in the order they are asked; the last one is asked whatever happens."""

    links: tuple[Link, ...]

    def bind_tools(self, tools: Sequence[dict[str, Any]], **options: Any) -> "BoundChain":
        """The same models, each knowing these tools."""
        return BoundChain(
            tuple((link, link.model.bind_tools(tools, **options)) for link in self.links)
        )


@dataclass(frozen=True, slots=True)
class BoundChain:
    """Asks one model after the other until one begins to answer."""

    links: tuple[tuple[Link, Runnable[LanguageModelInput, AIMessage]], ...]

    async def astream(self, request: list[AnyMessage]) -> AsyncGenerator[AIMessageChunk]:
        """The answer, chunk by chunk.

        Raises:
            ModelBroke: Nobody answered, or whoever did stopped in the middle.
        """
        last = self.links[-1][0]
        for link, model in self.links:
            if link.rests and link is not last:
                continue
            for again in (True, False):
                began = asyncio.get_running_loop().time()
                spoke = False
                try:
                    async with aclosing(_patiently(link, model, request)) as chunks:
                        async for chunk in chunks:
                            spoke = spoke or bool(chunk.text or chunk.tool_call_chunks)
                            yield chunk
                    return
                except Exception as error:
                    logger.error("model %s failed: %s", link.name, describe(error))
                    took = asyncio.get_running_loop().time() - began
                    if spoke:
                        raise ModelBroke from error
                    if again and took < QUICKLY_S and _may_pass(error):
                        continue
                    link.rest(_rest_of(error))
                    break
        raise ModelBroke


async def _patiently(
    link: Link, model: Runnable[LanguageModelInput, AIMessage], request: list[AnyMessage]
) -> AsyncGenerator[AIMessageChunk]:
    patience = link.first_token_s
    stream = model.astream(request)
    async with aclosing(stream) as chunks:  # type: ignore[type-var]  # an async generator in fact
        while True:
            try:
                async with asyncio.timeout(patience):
                    chunk = await anext(chunks)
            except StopAsyncIteration:
                return
            assert isinstance(chunk, AIMessageChunk)
            if chunk.text or chunk.tool_call_chunks:
                patience = link.stall_s
            yield chunk


def _may_pass(error: Exception) -> bool:
    """Whether the same request may succeed a moment later."""
    if isinstance(error, openai.APIStatusError):
        return error.status_code >= 500 or error.status_code == 409
    if isinstance(error, TimeoutError | openai.APITimeoutError):
        return False
    return isinstance(error, openai.APIConnectionError | OSError)


def _rest_of(error: Exception) -> float:
    """How long the server wants to be left alone, else the usual."""
    if not isinstance(error, openai.APIStatusError):
        return REST_S
    if error.status_code in (400, 404, 413, 422):
        return 0.0  # it is this request that was wrong, not the server
    try:
        return float(error.response.headers.get("retry-after", REST_S))
    except ValueError:
        return REST_S

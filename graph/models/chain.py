"""Several models in a row, so that a call outlives its model's vendor.

    model ──fails before its first word──► the same once more, if it failed quickly ──► next model
          └─fails after it───────────────► the error: words that were said cannot be taken back

All of them together have one budget of silence; the last one, which is a part of this process,
needs none of it. A model that has failed rests: the next callers do not wait for it again.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

from langchain_core.messages import AIMessageChunk, AnyMessage
from langchain_core.messages.ai import UsageMetadata, add_ai_message_chunks
from langchain_core.runnables import Runnable

from graph.models.errors import Broke, ModelError, Refused, Stalled, translated
from graph.models.link import Link
from graph.models.meter import Meter
from graph.models.profiles import profile_of
from graph.models.usage import ASKED, estimate, usage_of
from shop.faults import describe

logger = logging.getLogger(__name__)

QUICKLY_S = 0.7
"""A model that fails sooner may be asked once more: a caller does not notice."""

VOICE_BUDGET_S = 4.0
"""Silence a caller bears before the first word, over all models and attempts."""

Bound = Runnable[Any, Any]


@dataclass(frozen=True, slots=True)
class ModelChain:
    """Models in the order they are asked; the last one is asked whatever happens.

    Attributes:
        budget_s: How long all of them together may take to begin, in seconds. A model of this
            process is asked even when that is over.
        meter: Counts what vendors' models take and says when it is enough.
    """

    links: tuple[Link, ...]
    budget_s: float = VOICE_BUDGET_S
    meter: Meter | None = None

    def bind_tools(self, tools: Sequence[dict[str, Any]], **options: Any) -> "BoundChain":
        """The same models, each knowing these tools; one that takes no temperature gets none."""
        bound = tuple(
            (link, link.model.bind_tools(tools, **_taken(link, options))) for link in self.links
        )
        return BoundChain(bound, self.budget_s, self.meter, tuple(tools))

    def led_by(self, first: Link) -> "ModelChain":
        """The same models behind another one; all share what is known of them."""
        return replace(self, links=(first, *self.links))


def _taken(link: Link, options: dict[str, Any]) -> dict[str, Any]:
    if profile_of(link.name).sampling:
        return options
    return {name: value for name, value in options.items() if name != "temperature"}


@dataclass(frozen=True, slots=True)
class BoundChain:
    """Asks one model after the other until one begins to answer."""

    links: tuple[tuple[Link, Bound], ...]
    budget_s: float
    meter: Meter | None
    tools: tuple[dict[str, Any], ...]

    async def astream(self, request: list[AnyMessage]) -> AsyncGenerator[AIMessageChunk]:
        """The answer, chunk by chunk; the first one names the model that makes it.

        Raises:
            ModelError: Nobody answered, or whoever did stopped in the middle.
        """
        deadline = asyncio.get_running_loop().time() + self.budget_s
        failed: ModelError | None = None
        for link, model in self._willing():
            if failed is not None and not self._next(link, failed, deadline):
                continue
            for again in (True, False):
                attempt = Attempt(link, model, deadline)
                try:
                    async with aclosing(attempt.chunks(request)) as chunks:
                        async for chunk in chunks:
                            yield chunk
                    link.finished()
                    return
                except ModelError as error:
                    failed = error
                    place = describe(error.__cause__ or error)
                    logger.error("model %s failed: %s (%s)", link.name, error, place)
                    if attempt.spoke:
                        link.broke_off(error)
                        raise
                    if again and attempt.may_repeat(error):
                        continue
                    link.failed(error)
                    break
                finally:
                    self._note(link, attempt, request)
        assert failed is not None
        raise failed

    def estimate(self, model: str, request: list[AnyMessage], said: str) -> UsageMetadata | None:
        """What an answer took that was cut before the vendor told; None: nobody was asked."""
        for link, _ in self.links:
            if link.name == model:
                count = link.counter
                sent = link.fit(request, count)
                return estimate(sent, said, count, tools=count.tools(self.tools))
        return None

    def _willing(self) -> Iterator[tuple[Link, Bound]]:
        """Those to be asked now. Decided one by one: much may happen while one is waited for."""
        last = self.links[-1][0]
        for link, model in self.links:
            spent = not link.local and self.meter is not None and self.meter.spent
            if link is last or not (spent or link.rests):
                yield link, model

    def _next(self, link: Link, failed: ModelError, deadline: float) -> bool:
        """Whether this one may still be asked after that failure."""
        if link.local:
            return True
        if failed.of_server and any(one.local for one, _ in self.links):
            return False  # another model of the server would cost time and fail likewise
        return asyncio.get_running_loop().time() < deadline

    def _note(self, link: Link, attempt: "Attempt", request: list[AnyMessage]) -> None:
        if self.meter is None or link.local:
            return
        took = attempt.took
        if took is None and attempt.said:
            took = self.estimate(link.name, request, attempt.said)
        if took is not None:
            self.meter.note(usage_of(took))


@dataclass(slots=True)
class Attempt:
    """One request to one model.

    Attributes:
        said: The words it has given out. Once there are any, nobody else can answer instead.
        took: What it took, once the vendor has told.
    """

    link: Link
    model: Bound
    deadline: float
    said: str = ""
    took: UsageMetadata | None = None
    _tries: bool = False
    _began: float = field(init=False)

    def __post_init__(self) -> None:
        self._began = asyncio.get_running_loop().time()

    @property
    def spoke(self) -> bool:
        """Whether words have been given out."""
        return bool(self.said.strip())

    def may_repeat(self, error: ModelError) -> bool:
        """Whether the same may be asked once more: it failed quickly, and nobody else noticed."""
        now = asyncio.get_running_loop().time()
        quickly = now - self._began < QUICKLY_S
        return error.passing and quickly and now < self.deadline and self.link.doubt()

    async def chunks(self, request: list[AnyMessage]) -> AsyncGenerator[AIMessageChunk]:
        """What the model sends; chunks without words only once they are whole.

        Nobody needs half a tool call, and while none is given out another model can still answer.

        Raises:
            ModelError: As the model failed.
        """
        held: list[AIMessageChunk] = []
        named = False
        self._tries = self.link.begin()
        try:
            async with aclosing(self._patiently(self.link.fit(request, self.link.counter))) as all_:
                async for chunk in all_:
                    held.append(chunk if named else _named(chunk, self.link.name))
                    named = True
                    self.took = chunk.usage_metadata or self.took
                    self.said += chunk.text
                    if chunk.text and self.spoke:
                        for one in held:
                            yield one
                        held.clear()
            if not self.spoke:
                _check_whole(held)
            for one in held:
                yield one
        finally:
            if self._tries:
                self.link.left()

    async def _patiently(self, request: list[AnyMessage]) -> AsyncGenerator[AIMessageChunk]:
        began = False
        stream = self.model.astream(request)
        async with aclosing(stream) as chunks:  # type: ignore[type-var]  # an async generator in fact
            while True:
                try:
                    async with asyncio.timeout(self.link.stall_s if began else self._patience()):
                        chunk = await anext(chunks)
                except StopAsyncIteration:
                    return
                except Exception as error:
                    raise _put(error, began) from error
                assert isinstance(chunk, AIMessageChunk)
                if not began and (chunk.text or chunk.tool_call_chunks):
                    began = True
                    if self._tries:
                        self.link.answered()
                yield chunk

    def _patience(self) -> float:
        """Seconds it may still take to begin."""
        by = self._began + self.link.first_token_s
        if not self.link.local:
            by = min(by, self.deadline)
        return max(0.0, by - asyncio.get_running_loop().time())


def _put(error: Exception, began: bool) -> ModelError:
    if isinstance(error, TimeoutError):
        return Stalled("it stopped in the middle" if began else "it did not begin in time")
    return translated(error)


def _named(chunk: AIMessageChunk, name: str) -> AIMessageChunk:
    told = {**chunk.response_metadata, ASKED: name}
    return chunk.model_copy(update={"response_metadata": told})


def _check_whole(chunks: list[AIMessageChunk]) -> None:
    """A reply without words must be whole tool calls.

    Raises:
        Refused: The vendor's filter held it back.
        Broke: It is empty or was cut short.
    """
    if not chunks:
        raise Broke("an empty reply", passing=True)
    reply = add_ai_message_chunks(*chunks)
    reason = reply.response_metadata.get("finish_reason")
    if reason == "content_filter":
        raise Refused
    if reason == "length" or reply.invalid_tool_calls:
        raise Broke("a tool call that was cut short")
    if not reply.tool_calls:
        raise Broke("an empty reply", passing=True)

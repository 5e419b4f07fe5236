"""A speaking node: asks the model once and lets its words out while they are made."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    AnyMessage,
    SystemMessage,
    message_chunk_to_message,
)
from langchain_core.messages.ai import add_ai_message_chunks
from langgraph.runtime import Runtime

from graph.context import CallContext
from graph.history import repair, tool_steps
from graph.models.chain import BoundChain
from graph.models.errors import Refused
from graph.models.simple import is_simple
from graph.models.usage import ASKED
from graph.speech import Failed, Mouth, mouth
from graph.state import CallState, Topic
from nodes.amends import APOLOGY, FILTERED, SORRY, amends, stopped_by, way_on
from nodes.evidence import evidence, truths
from nodes.facts import facts
from nodes.guard import FactGuard
from nodes.persona import build_system_prompt
from nodes.variants import Variant, Variants, variants
from shop.desk import Desk
from shop.faults import describe
from tools.bounded import bounded

__all__ = ["APOLOGY", "MAX_TOOL_STEPS", "Models", "Speaker", "TalkNode", "spent"]

logger = logging.getLogger(__name__)

MAX_TOOL_STEPS = 5
"""Rounds of tool calls in one turn; after that the model has to speak."""

_CANCEL_AGAIN_S = 0.02


@dataclass(frozen=True, slots=True)
class Models:
    """The model, once with its tools and once told to speak.

    Attributes:
        simple: A cheaper model first, for turns on which nothing hangs.
    """

    model: BoundChain
    speech_only: BoundChain
    simple: BoundChain | None = None


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who is asked, and what every request holds.

    Attributes:
        variants: The arms whose words a call may be answered with.
        warmed: The models at an arm's own temperature, by the arm's name.
    """

    models: Models
    desk: Desk
    variants: Variants = field(default_factory=variants)
    warmed: Mapping[str, Models] = field(default_factory=dict)

    async def speak(self, topic: Topic, state: CallState, context: CallContext) -> dict[str, Any]:
        """Ask once. Returns the state update: one message, or none if the caller has cut in."""
        lips = mouth()
        if lips.shut.is_set():
            return {}
        shop = self.desk.shop
        now: datetime = self.desk.clock().astimezone(shop.zone)
        variant = self.variants.named(context.variant)
        standing = build_system_prompt(context.call_type, shop=shop, variant=variant)
        known = facts(topic, state, context, shop=shop, now=now)
        request = [
            SystemMessage(standing),
            *repair(state["messages"]),
            SystemMessage(f"# Your task now: {topic}\n{variant.prompts[topic]}\n{known}"),
        ]
        guard = FactGuard(
            known=lambda: evidence(state, shop=shop, standing=standing, facts=known, now=now),
            truth=lambda: truths(state, shop),
            now=now,
        )
        reply = await Reply(
            self._asked(topic, state, request, variant), request, lips, guard
        ).made()
        return {"messages": [reply]} if reply is not None else {}

    def _asked(
        self, topic: Topic, state: CallState, request: list[AnyMessage], variant: Variant
    ) -> BoundChain:
        models = self.warmed.get(variant.name, self.models)
        if spent(request):
            return models.speech_only
        if models.simple is not None and is_simple(topic, state):
            return models.simple
        return models.model


@dataclass(slots=True)
class Reply:
    """One answer of the model on its way through the guard to the mouth."""

    model: BoundChain
    request: list[AnyMessage]
    lips: Mouth
    guard: FactGuard
    said: list[AIMessageChunk] = field(default_factory=list)

    async def made(self) -> AIMessage | None:
        """The answer; cut to what was said if the caller cuts in; amends if it fails.

        The model is read in a task of its own, so that shutting the mouth closes the model's
        stream at once and leaves the run, and any tool in it, alone.
        """
        reading = asyncio.create_task(self._read())
        shutting = asyncio.create_task(self.lips.shut.wait())
        try:
            await asyncio.wait({reading, shutting}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _stop(shutting)
            await _stop(reading)
        try:
            reading.result()
        except asyncio.CancelledError:
            return self._cut()
        except Refused as error:
            return self._ended_early(FILTERED) if error.declined else self._sorry()
        except Exception as error:
            logger.error("the model failed: %s", describe(error))
            return self._sorry()
        return self._whole()

    async def _read(self) -> None:
        async with aclosing(self.model.astream(self.request)) as chunks:
            async for chunk in chunks:
                self.said.append(chunk)
                self.lips.say(self.guard.feed(chunk.text))
        if stopped_by(self.said) is None:
            self.lips.say(self.guard.close())

    def _whole(self) -> AIMessage:
        if not self.said:
            return self._sorry()
        reason = stopped_by(self.said)
        if reason is not None:
            # A half-made tool call is not carried out, and a half-made claim not said.
            return self._ended_early(reason)
        reply = _withheld(_merged(self.said))
        if reply.tool_calls and (reply.invalid_tool_calls or spent(self.request)):
            reply = AIMessage(
                reply.text,
                id=reply.id,
                usage_metadata=reply.usage_metadata,
                response_metadata=reply.response_metadata,
            )
        if not reply.text.strip() and not reply.tool_calls:
            return self._sorry()
        if self.guard.faults:
            reply = reply.model_copy(update={"content": self.guard.said})
        return self._counted(reply)

    def _cut(self) -> AIMessage | None:
        if not self.guard.said:
            return None
        return self._partial(self.guard.said, interrupted=True)

    def _ended_early(self, reason: str) -> AIMessage:
        words = way_on(reason, self.guard.said)
        self.lips.say(words)
        return self._partial(self.guard.said + words)

    def _sorry(self) -> AIMessage:
        """Say so when the model fails; what a tool has just done is told in the tool's words."""
        text, words = self.guard.said.strip(), amends(self.request)
        self.lips.emit(Failed("The assistant could not answer."))
        self.lips.say(f" {words}" if text else words)
        return self._partial(f"{text} {words}".strip(), **{SORRY: True})

    def _partial(self, text: str, **marks: bool) -> AIMessage:
        """A message whose end the model has not told: what it took is counted here."""
        asked = str(self.said[0].response_metadata.get(ASKED)) if self.said else ""
        message = AIMessage(
            text,
            id=self.said[0].id if self.said else None,
            additional_kwargs=dict(marks),
            response_metadata={ASKED: asked} if asked else {},
            usage_metadata=self.model.estimate(asked, self.request, self.guard.said),
        )
        return self._counted(message)

    def _counted(self, reply: AIMessage) -> AIMessage:
        """The reply with a note of what the guard has put right in it."""
        if not self.guard.faults:
            return reply
        logger.warning("put right: %s", ", ".join(self.guard.faults))
        kept = {**reply.additional_kwargs, "put_right": self.guard.faults}
        return reply.model_copy(update={"additional_kwargs": kept})


async def _stop(task: asyncio.Task[Any]) -> None:
    """Cancel until it takes: a chunk that arrives at the same moment can swallow a cancellation.

    `asyncio.wait_for`, which the model's client waits with, does so before Python 3.12
    (https://github.com/python/cpython/issues/86296).
    """
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=_CANCEL_AGAIN_S)


def _merged(said: list[AIMessageChunk]) -> AIMessage:
    whole = message_chunk_to_message(add_ai_message_chunks(*said))
    assert isinstance(whole, AIMessage)
    return whole


def _withheld(reply: AIMessage) -> AIMessage:
    """The reply without what must not be kept of the tool calls in it."""
    if not (reply.tool_calls or reply.invalid_tool_calls):
        return reply
    calls = [bounded(call, place) for place, call in enumerate(reply.tool_calls)]
    broken = [{**call, "args": ""} for call in reply.invalid_tool_calls]
    return reply.model_copy(update={"tool_calls": calls, "invalid_tool_calls": broken})


def spent(request: list[AnyMessage]) -> bool:
    """Whether the turn has had all its rounds of tools."""
    return tool_steps(request) >= MAX_TOOL_STEPS


@dataclass(frozen=True, slots=True)
class TalkNode:
    """One topic of the conversation: its own words, the same model and tools."""

    topic: Topic
    speaker: Speaker

    async def __call__(self, state: CallState, runtime: Runtime[CallContext]) -> dict[str, Any]:
        context = runtime.context or CallContext()
        return await self.speaker.speak(self.topic, state, context)

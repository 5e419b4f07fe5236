"""A speaking node: asks the model once and lets its words out while they are made."""

import asyncio
import logging
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

import orjson
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    AnyMessage,
    SystemMessage,
    ToolMessage,
    message_chunk_to_message,
)
from langchain_core.messages.ai import add_ai_message_chunks
from langgraph.runtime import Runtime

from graph.context import CallContext
from graph.history import repair, tool_steps
from graph.models.chain import BoundChain
from graph.models.usage import estimate
from graph.speech import Failed, Mouth, mouth
from graph.state import CallState, Topic
from nodes.evidence import evidence, truths
from nodes.facts import facts
from nodes.guard import FactGuard
from nodes.persona import build_system_prompt
from shop.desk import Desk
from shop.faults import describe

logger = logging.getLogger(__name__)

APOLOGY = "I'm sorry, I lost my thread for a moment. Could you say that again?"

MAX_TOOL_STEPS = 5
"""Rounds of tool calls in one turn; after that the model has to speak."""

_CANCEL_AGAIN_S = 0.02

PROMPTS: dict[Topic, str] = {
    topic: (Path(__file__).parent / "prompts" / f"{topic}.md").read_text(encoding="utf-8").strip()
    for topic in get_args(Topic)
    if topic != "close"
}
"""The words of each topic's file. Read at import: a node must not wait for a disk."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """The model, once with its tools and once told to speak, and what every request holds."""

    model: BoundChain
    speech_only: BoundChain
    desk: Desk

    async def speak(self, topic: Topic, state: CallState, context: CallContext) -> dict[str, Any]:
        """Ask once. Returns the state update: one message, or none if the caller has cut in."""
        lips = mouth()
        if lips.shut.is_set():
            return {}
        shop = self.desk.shop
        now: datetime = self.desk.clock().astimezone(shop.zone)
        standing = build_system_prompt(context.call_type, shop=shop)
        known = facts(topic, state, context, shop=shop, now=now)
        request = [
            SystemMessage(standing),
            *repair(state["messages"]),
            SystemMessage(f"# Your task now: {topic}\n{PROMPTS[topic]}\n{known}"),
        ]
        guard = FactGuard(
            known=lambda: evidence(state, shop=shop, standing=standing, facts=known, now=now),
            truth=lambda: truths(state, shop),
            now=now,
        )
        reply = await self._reply(request, lips, guard)
        return {"messages": [reply]} if reply is not None else {}

    async def _reply(
        self, request: list[AnyMessage], lips: Mouth, guard: FactGuard
    ) -> AIMessage | None:
        """The model's answer; cut to what was said if the caller cuts in; an apology if it fails.

        The model is read in a task of its own, so that shutting the mouth closes the model's
        stream at once and leaves the run, and any tool in it, alone.
        """
        said: list[AIMessageChunk] = []
        reading = asyncio.create_task(self._read(request, said, lips, guard))
        shutting = asyncio.create_task(lips.shut.wait())
        try:
            await asyncio.wait({reading, shutting}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _stop(shutting)
            await _stop(reading)
        try:
            reading.result()
        except asyncio.CancelledError:
            return _cut(said, request, guard)
        except Exception as error:
            logger.error("the model failed: %s", describe(error))
            return _sorry(said, lips, request, guard)
        return _whole(said, lips, request, guard)

    async def _read(
        self,
        request: list[AnyMessage],
        said: list[AIMessageChunk],
        lips: Mouth,
        guard: FactGuard,
    ) -> None:
        model = self.speech_only if spent(request) else self.model
        async with aclosing(model.astream(request)) as chunks:
            async for chunk in chunks:
                said.append(chunk)
                lips.say(guard.feed(chunk.text))
        lips.say(guard.close())


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


def _whole(
    said: list[AIMessageChunk], lips: Mouth, request: list[AnyMessage], guard: FactGuard
) -> AIMessage:
    if not said:
        return _sorry(said, lips, request, guard)
    reply = _merged(said)
    cut_off = reply.response_metadata.get("finish_reason") == "length"
    if reply.tool_calls and (cut_off or reply.invalid_tool_calls or spent(request)):
        # A half-made or forbidden tool call is not carried out; the words before it were said.
        reply = AIMessage(reply.text, id=reply.id, usage_metadata=reply.usage_metadata)
    if not reply.text.strip() and not reply.tool_calls:
        return _sorry(said, lips, request, guard)
    return _put_right(reply, guard)


def spent(request: list[AnyMessage]) -> bool:
    """Whether the turn has had all its rounds of tools."""
    return tool_steps(request) >= MAX_TOOL_STEPS


def _put_right(reply: AIMessage, guard: FactGuard) -> AIMessage:
    """The reply as it was said, where the guard has changed it."""
    if not guard.faults:
        return reply
    return _counted(reply.model_copy(update={"content": guard.said}), guard)


def _counted(reply: AIMessage, guard: FactGuard) -> AIMessage:
    """The reply with a note of what the guard has put right in it."""
    if not guard.faults:
        return reply
    logger.warning("put right: %s", ", ".join(guard.faults))
    kept = {**reply.additional_kwargs, "put_right": guard.faults}
    return reply.model_copy(update={"additional_kwargs": kept})


def _cut(
    said: list[AIMessageChunk], request: list[AnyMessage], guard: FactGuard
) -> AIMessage | None:
    text = guard.said
    if not text:
        return None
    cut = AIMessage(
        text,
        id=said[0].id,
        additional_kwargs={"interrupted": True},
        usage_metadata=estimate(request, text),
    )
    return _counted(cut, guard)


def _sorry(
    said: list[AIMessageChunk], lips: Mouth, request: list[AnyMessage], guard: FactGuard
) -> AIMessage:
    """Say so when the model fails; what a tool has just done is told in the tool's own words."""
    text = guard.said.strip()
    words = _done(request) or APOLOGY
    lips.emit(Failed("The assistant could not answer."))
    lips.say(f" {words}" if text else words)
    sorry = AIMessage(f"{text} {words}".strip(), id=said[0].id if said else None)
    return _counted(sorry, guard)


def _done(request: list[AnyMessage]) -> str | None:
    results = [message for message in request if not isinstance(message, SystemMessage)]
    last = results[-1] if results else None
    if not isinstance(last, ToolMessage) or last.status != "success":
        return None
    return str(orjson.loads(str(last.text)).get("message") or "") or None


@dataclass(frozen=True, slots=True)
class TalkNode:
    """One topic of the conversation: its own words, the same model and tools."""

    topic: Topic
    speaker: Speaker

    async def __call__(self, state: CallState, runtime: Runtime[CallContext]) -> dict[str, Any]:
        context = runtime.context or CallContext()
        return await self.speaker.speak(self.topic, state, context)

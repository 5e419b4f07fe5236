"""Lets whoever carries a call talk to the graph, one turn at a time."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import cast
from uuid import uuid4

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.graph.state import CompiledStateGraph

from graph.checkpoints import WriteBehindSaver
from graph.context import CallContext
from graph.expect import Expectation, expectation
from graph.history import as_heard, turn_of
from graph.models.usage import Usage, total
from graph.speech import AgentEvent, Failed, Finished, Mouth, Words, open_mouth
from graph.state import CallState, Deed
from nodes.intent import last_reply
from nodes.talk import APOLOGY
from shop.faults import describe
from shop.words.redact import cleaned, redacted

logger = logging.getLogger(__name__)

RECURSION_LIMIT = 40
"""Supersteps of one turn; five rounds of tools need a dozen."""

CompiledGraph = CompiledStateGraph[CallState, CallContext, CallState, CallState]


@dataclass(slots=True)
class GraphAgent:
    """One call's side of the conversation.

    Closing a turn's iterator stops the speech, never the run: a tool that has started is allowed
    to finish, so no checkpoint holds a tool call without its result.
    """

    graph: CompiledGraph
    saver: WriteBehindSaver
    context: CallContext
    greeting: str
    state: CallState = field(default_factory=lambda: CallState(messages=[]))
    _run: asyncio.Task[None] | None = None
    _asked: str | None = None
    _asides: list[AIMessage] = field(default_factory=list)
    _heard: tuple[str | None, str] | None = None

    @property
    def expecting(self) -> Expectation:
        """What the last reply asked for."""
        return expectation(last_reply(self.messages))

    @property
    def finished(self) -> bool:
        """Whether the call ends, here or with a person, once the last reply has been heard."""
        return bool(self.state.get("ended")) or self.state.get("transfer_to") is not None

    @property
    def messages(self) -> list[AnyMessage]:
        """The conversation so far, the greeting included."""
        return self.state["messages"] or [self._greeting()]

    @property
    def usage(self) -> Usage:
        """Tokens of the whole call."""
        return total(self.state["messages"])

    async def resume(self) -> bool:
        """Take up the call where its last checkpoint left it. Whether there was one."""
        snapshot = await self.graph.aget_state(self._config)
        if not snapshot.values:
            return False
        self.state = cast(CallState, snapshot.values)
        return True

    async def turn(self, text: str) -> AsyncGenerator[AgentEvent, None]:
        """Answer what the caller said. Events arrive as they happen; the last is `Finished`."""
        await self.settled()
        mouth = Mouth()
        self._run = asyncio.create_task(self._think(text, mouth))
        try:
            while (event := await mouth.events.get()) is not None:
                yield event
        finally:
            mouth.shut.set()

    async def respond(self, text: str) -> AsyncGenerator[str, None]:
        """Answer what the caller said, as words only."""
        async with aclosing(self.turn(text)) as events:
            async for event in events:
                if isinstance(event, Words):
                    yield event.text

    def aside(self, text: str) -> None:
        """Sophie said this in between; an answer to it is no answer to what she said before."""
        self._asides.append(AIMessage(text, id=f"aside-{uuid4().hex}"))

    def take_back_transfer(self) -> None:
        """The caller could not be put through after all."""
        deeds = [d for d in self.state.get("deeds", []) if d["outcome"] != "transferred"]
        deeds.append(Deed(outcome="callback_requested", summary="a transfer that failed"))
        self.state = {**self.state, "transfer_to": None, "deeds": deeds}

    def heard(self, text: str) -> None:
        """The caller heard only this much of the last reply; remembered with the next turn."""
        self._heard = (self._asked, text)

    async def settled(self) -> None:
        """Wait until the last turn's tools are done and its checkpoint is stored."""
        if self._run is not None:
            await self._run

    async def aclose(self) -> None:
        """Finish what has begun and store what was heard last."""
        await self.settled()
        corrections = self._corrections()
        if corrections or not self.state["messages"]:
            last_words = corrections or [self._greeting()]
            await self.graph.aupdate_state(self._config, {"messages": last_words}, as_node="close")
            self._apply(last_words)
        await self.saver.flush()

    def _corrections(self) -> list[AIMessage]:
        """The last turn's messages as they were heard, if the caller cut it short.

        A turn that failed left no message behind; what was heard of it is then nobody's.
        """
        heard, self._heard = self._heard, None
        spoken_to = [m.id for m in self.messages if isinstance(m, HumanMessage)]
        if heard is None or heard[0] != (spoken_to[-1] if spoken_to else None):
            return []
        return as_heard(turn_of(self.messages), heard[1])

    @property
    def _config(self) -> RunnableConfig:
        return {
            "configurable": {"thread_id": self.context.call_sid},
            "recursion_limit": RECURSION_LIMIT,
        }

    def _greeting(self) -> AIMessage:
        return AIMessage(self.greeting, id=f"{self.context.call_sid}-greeting")

    def _input(self, text: str) -> CallState:
        # What was heard rides along with the next words: one write, and no model ever sees more
        # than the caller did.
        opening = [] if self.state["messages"] else [self._greeting()]
        corrections = self._corrections()
        turns = sum(isinstance(m, HumanMessage) for m in self.messages)
        self._asked = f"{self.context.call_sid}-u{turns + 1}"
        said = HumanMessage(redacted(cleaned(text)), id=self._asked)
        asides, self._asides = self._asides, []
        return {"messages": [*opening, *corrections, *asides, said]}

    async def _think(self, text: str, mouth: Mouth) -> None:
        open_mouth(mouth)
        before = self.usage
        try:
            result = await self.graph.ainvoke(
                self._input(text), self._config, context=self.context, durability="exit"
            )
            self.state = cast(CallState, result)
            mouth.emit(self._finished(before))
        except Exception as error:
            logger.error("a turn failed: %s", describe(error))
            mouth.emit(Failed("The assistant could not answer."))
            mouth.say(APOLOGY)
            mouth.emit(Finished("error", 0, 0))
            await self._recover()
        finally:
            mouth.events.put_nowait(None)
        await self._store()

    async def _recover(self) -> None:
        """What the turn had done before it failed is in its checkpoint, and must be remembered."""
        try:
            snapshot = await self.graph.aget_state(self._config)
        except Exception as error:
            logger.error("a failed turn could not be looked up: %s", describe(error))
            return
        if snapshot.values:
            self.state = cast(CallState, snapshot.values)

    async def _store(self) -> None:
        try:
            await self.saver.flush()
        except Exception as error:
            logger.error("a checkpoint was not stored: %s", describe(error))

    def _finished(self, before: Usage) -> Finished:
        now = self.usage
        last = self.messages[-1]
        metadata = last.response_metadata if isinstance(last, AIMessage) else {}
        return Finished(
            str(metadata.get("finish_reason") or "stop"),
            now.prompt_tokens - before.prompt_tokens,
            now.completion_tokens - before.completion_tokens,
        )

    def _apply(self, corrections: list[AIMessage]) -> None:
        by_id = {message.id: message for message in corrections}
        known = self.messages
        self.state = {**self.state, "messages": [by_id.get(m.id, m) for m in known]}

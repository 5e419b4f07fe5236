"""Lets whoever carries a call talk to the graph, one turn at a time.

ahead(text) ─► words … ──┬─ confirm() ─► as if it had been turn(text) from the beginning
                         └─ retract() ─► as if it had never been asked
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, cast

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.graph.state import CompiledStateGraph

from graph.bridges import bridge
from graph.checkpoints import HeldSaver, WriteBehindSaver
from graph.context import CallContext
from graph.expect import Expectation, expectation
from graph.models.usage import Usage, total
from graph.pending import Pending
from graph.speech import AgentEvent, Failed, Finished, Mouth, Words, open_mouth
from graph.state import CallState, Deed
from graph.tentative import NotKept, Tentative, think_ahead
from graph.unfinished import unfinished
from graph.vocabulary import Vocabulary
from nodes.intent import last_reply
from nodes.talk import APOLOGY
from shop.errors import ShopError
from shop.faults import describe

logger = logging.getLogger(__name__)

RECURSION_LIMIT = 40
"""Supersteps of one turn; five rounds of tools need a dozen."""

_CANCEL_AGAIN_S = 0.02

CompiledGraph = CompiledStateGraph[CallState, CallContext, CallState, CallState]


@dataclass(slots=True)
class _Early:
    """A turn that is thought through ahead.

    Attributes:
        based_on: What was still to be remembered when it began; else it answers something else.
        result: The state it led to, once it has come to its end.
        failed: Whether it broke; then it is thought again.
    """

    turn: Tentative
    saver: HeldSaver
    input: CallState
    based_on: tuple[object, ...]
    result: CallState | None = None
    failed: bool = False


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
    known_words: Vocabulary = field(default_factory=Vocabulary)
    _mouth: Mouth = field(default_factory=Mouth)
    _run: asyncio.Task[None] | None = None
    _early: _Early | None = None
    _pending: Pending = field(init=False)

    def __post_init__(self) -> None:
        self._pending = Pending(self.context.call_sid, self.greeting)

    @property
    def expecting(self) -> Expectation:
        """What the last reply asked for."""
        return expectation(last_reply(self.messages))

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """Words that the caller's next answer may hold."""
        return self.known_words.words(self.state)

    @property
    def doing(self) -> tuple[str, float] | None:
        """A line that fits the tool that runs, and since when; None for a turn not real yet."""
        if self._early is not None or not self._mouth.running:
            return None
        name, since = next(iter(self._mouth.running.values()))
        topic = self.state.get("topic", "answer")
        turn = sum(isinstance(m, HumanMessage) for m in self.state["messages"])
        return bridge(name, topic, turn), since

    @property
    def finished(self) -> bool:
        """Whether the call ends, here or with a person, once the last reply has been heard."""
        return bool(self.state.get("ended")) or self.state.get("transfer_to") is not None

    @property
    def messages(self) -> list[AnyMessage]:
        """The conversation so far, the greeting included."""
        return self._pending.messages(self.state)

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

    async def go_on_from(self, call_sid: str) -> None:
        """Know from the first turn on what an earlier call had come to."""
        earlier = cast(CallState, await self.saver.of_another(call_sid))
        self._pending.earlier = unfinished(earlier)

    async def turn(self, text: str) -> AsyncGenerator[AgentEvent, None]:
        """Answer what the caller said. Events arrive as they happen; the last is `Finished`.

        Closed before the turn before has settled, nothing is asked; the words wait for the next.
        """
        self._pending.words(text)
        await self.settled()
        asked = self._pending.turn(self.state)
        self._pending.written(asked)
        async with aclosing(self._events(lambda mouth: self._think(asked, mouth))) as events:
            async for event in events:
                yield event

    async def _events(
        self, think: Callable[[Mouth], Coroutine[Any, Any, None]]
    ) -> AsyncGenerator[AgentEvent, None]:
        mouth = self._mouth = Mouth()
        self._run = asyncio.create_task(think(mouth))
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

    async def ahead(self, text: str) -> AsyncGenerator[str, None]:
        """Answer what the caller seems to have said; nothing comes of it without `confirm`.

        The words are for making their audio ready, not to be heard. What only reads is done;
        whatever writes, discloses or tells somebody waits until the turn is real.
        """
        await self.settled()
        turn = Tentative()
        pending = self._pending
        early = _Early(turn, HeldSaver(self.saver), pending.turn(self.state, text), pending.key)
        self._early = early
        async with aclosing(self._events(lambda mouth: self._think_early(early, mouth))) as events:
            async for event in events:
                if isinstance(event, Words):
                    yield event.text

    async def confirm(self) -> bool:
        """The turn thought ahead is real. Whether it holds; if not, it has to be asked again."""
        early = self._early
        if early is None:
            return False
        try:
            if early.failed or early.based_on != self._pending.key:
                raise NotKept
            await early.turn.redeem()
        except (NotKept, ShopError):
            await self.retract()
            return False
        self._early = None
        self._pending.written(early.input)
        early.saver.release()
        if early.result is not None:
            self.state = early.result
        return True

    async def retract(self) -> None:
        """Forget the turn thought ahead, if there is one."""
        early, self._early = self._early, None
        run = self._run
        if early is None or run is None:
            return
        while not run.done():
            run.cancel()
            await asyncio.wait({run}, timeout=_CANCEL_AGAIN_S)
        self._run = None

    def aside(self, text: str) -> None:
        """Sophie said this in between; an answer to it is no answer to what she said before."""
        self._pending.aside(text)

    def take_back_transfer(self) -> None:
        """The caller could not be put through after all."""
        deeds = [d for d in self.state.get("deeds", []) if d["outcome"] != "transferred"]
        deeds.append(Deed(outcome="callback_requested", summary="a transfer that failed"))
        self.state = {**self.state, "transfer_to": None, "deeds": deeds}

    def heard(self, text: str, *, estimated: bool = False) -> None:
        """The caller heard only this much of the last reply; remembered with the next turn."""
        self._pending.heard(text, estimated=estimated)

    async def settled(self) -> None:
        """Wait until the last turn's tools are done and its checkpoint is stored."""
        await self.retract()
        if self._run is not None:
            # Awaited itself, it would be cancelled with whoever waits for it: a tool in mid-air.
            await asyncio.wait({self._run})
            self._run.result()

    async def aclose(self) -> None:
        """Finish what has begun and store what was heard last."""
        await self.settled()
        if last_words := self._pending.last(self.state):
            await self.graph.aupdate_state(self._config, {"messages": last_words}, as_node="close")
            self._apply(last_words)
        await self.saver.flush()

    @property
    def _config(self) -> RunnableConfig:
        return {
            "configurable": {"thread_id": self.context.call_sid},
            "recursion_limit": RECURSION_LIMIT,
            "metadata": {"variant": self.context.variant},
        }

    async def _think(self, asked: CallState, mouth: Mouth) -> None:
        open_mouth(mouth)
        before = self.usage
        try:
            self.state = await self._invoke(self.graph, asked)
            mouth.emit(self._finished(before))
        except Exception as error:
            await self._failed(error, mouth)
        finally:
            mouth.events.put_nowait(None)
        await self.known_words.learn(self.state)
        await self._store()

    async def _think_early(self, early: _Early, mouth: Mouth) -> None:
        """The same on a saver that keeps everything to itself until the turn is real."""
        open_mouth(mouth)
        think_ahead(early.turn)
        graph = self.graph.copy(update={"checkpointer": early.saver})
        try:
            result = await self._invoke(graph, early.input)
            if early.turn.real.is_set():
                self.state = result
            early.result = result
        except Exception as error:
            early.failed = True
            if early.turn.real.is_set():
                await early.saver.flush()
                await self._failed(error, mouth)
        finally:
            mouth.events.put_nowait(None)
        await early.turn.real.wait()
        await self.known_words.learn(self.state)
        await self._store(early.saver)

    async def _invoke(self, graph: CompiledGraph, asked: CallState) -> CallState:
        result = await graph.ainvoke(asked, self._config, context=self.context, durability="exit")
        return cast(CallState, result)

    async def _failed(self, error: Exception, mouth: Mouth) -> None:
        logger.error("a turn failed: %s", describe(error))
        mouth.emit(Failed("The assistant could not answer."))
        mouth.say(APOLOGY)
        mouth.emit(Finished("error", 0, 0))
        await self._recover()

    async def _recover(self) -> None:
        """What the turn had done before it failed is in its checkpoint, and must be remembered."""
        try:
            snapshot = await self.graph.aget_state(self._config)
        except Exception as error:
            logger.error("a failed turn could not be looked up: %s", describe(error))
            return
        if snapshot.values:
            self.state = cast(CallState, snapshot.values)

    async def _store(self, held: HeldSaver | None = None) -> None:
        try:
            if held is not None:
                await held.flush()
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

    def _apply(self, last_words: list[AnyMessage]) -> None:
        by_id = {message.id: message for message in last_words}
        known = [by_id.pop(message.id, message) for message in self.messages]
        self.state = {**self.state, "messages": [*known, *by_id.values()]}

"""Lets whoever carries a call talk to the graph, one turn at a time.

ahead(text) ─► words … ──┬─ confirm() ─► as if it had been turn(text) from the beginning
                         └─ retract() ─► as if it had never been asked
"""

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from typing import cast

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.graph.state import CompiledStateGraph

from graph.bridges import bridge
from graph.checkpoints import HeldSaver, WriteBehindSaver
from graph.context import CallContext
from graph.expect import Expectation, expectation
from graph.models.usage import Usage, total
from graph.pending import Pending
from graph.run import Run, Runs
from graph.speech import AgentEvent, Failed, Finished, Mouth, Words, open_mouth
from graph.state import CallState, Deed
from graph.tentative import NotKept, think_ahead
from graph.unfinished import unfinished
from graph.vocabulary import Vocabulary
from nodes.intent import last_reply
from nodes.talk import APOLOGY
from shop.errors import ShopError
from shop.faults import describe

logger = logging.getLogger(__name__)

RECURSION_LIMIT = 40
"""Supersteps of one turn; five rounds of tools need a dozen."""

CompiledGraph = CompiledStateGraph[CallState, CallContext, CallState, CallState]


@dataclass(slots=True)
class GraphAgent:
    """One call's side of the conversation.

    Closing a turn's iterator stops the speech, never the run: a tool that has started is allowed
    to finish, so no checkpoint holds a tool call without its result.

    Attributes:
        listens: Whether a run may begin before its words are known. Whoever records runs wants
            them to begin with the words.
    """

    graph: CompiledGraph
    saver: WriteBehindSaver
    context: CallContext
    greeting: str
    state: CallState = field(default_factory=lambda: CallState(messages=[]))
    known_words: Vocabulary = field(default_factory=Vocabulary)
    listens: bool = True
    _mouth: Mouth = field(default_factory=Mouth)
    _runs: Runs = field(init=False)
    _pending: Pending = field(init=False)

    def __post_init__(self) -> None:
        self._pending = Pending(self.context.call_sid, self.greeting)
        self._runs = Runs(self._think, lambda: HeldSaver(self.saver))

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
        if self._runs.early is not None or not self._mouth.running:
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

    def listen(self) -> None:
        """The caller begins to speak: have a run ready that waits for their words."""
        if self.listens:
            self._runs.listen()

    async def turn(self, text: str) -> AsyncGenerator[AgentEvent, None]:
        """Answer what the caller said. Events arrive as they happen; the last is `Finished`.

        Closed before the turn before has settled, nothing is asked; the words wait for the next.
        """
        self._pending.words(text)
        run = await self._runs.next(self._asked)
        self._pending.written(run.input)
        run.release()
        async with aclosing(self._events(run)) as events:
            async for event in events:
                yield event

    def _asked(self, text: str = "") -> tuple[CallState, tuple[object, ...]]:
        """What the caller says, with what is to be remembered before it, and what that is."""
        return self._pending.turn(self.state, text), self._pending.key

    async def _events(self, run: Run) -> AsyncGenerator[AgentEvent, None]:
        mouth = self._mouth = run.mouth
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
        run = self._runs.early = await self._runs.next(partial(self._asked, text))
        async with aclosing(self._events(run)) as events:
            async for event in events:
                if isinstance(event, Words):
                    yield event.text

    async def confirm(self) -> bool:
        """The turn thought ahead is real. Whether it holds; if not, it has to be asked again."""
        early = self._runs.early
        if early is None:
            return False
        try:
            if early.failed or early.based_on != self._pending.key:
                raise NotKept
            await early.turn.redeem()
        except (NotKept, ShopError):
            await self.retract()
            return False
        self._runs.early = None
        self._pending.written(early.input)
        early.release()
        if early.result is not None:
            self.state = early.result
        return True

    async def retract(self) -> None:
        """Forget the turn thought ahead, if there is one."""
        await self._runs.retract()

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
        await self._runs.settled()

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

    async def _think(self, run: Run) -> None:
        """One turn, on a saver that keeps everything to itself until the turn is real."""
        open_mouth(run.mouth)
        think_ahead(run.turn)
        before = self.usage
        try:
            graph = self.graph.copy(update={"checkpointer": run.saver})
            run.result = await self._invoke(graph, run.input)
            if run.turn.real.is_set():
                self.state = run.result
                run.mouth.emit(self._finished(before))
        except Exception as error:
            run.failed = True
            if run.turn.real.is_set():
                await run.saver.flush()
                await self._failed(error, run.mouth)
        finally:
            run.mouth.events.put_nowait(None)
        await run.turn.real.wait()
        await self.known_words.learn(self.state)
        await self._store(run.saver)

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

    async def _store(self, held: HeldSaver) -> None:
        try:
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

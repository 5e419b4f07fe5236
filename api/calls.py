"""Every call of this process, from the first word to its one row in `call_logs`."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast
from uuid import UUID

from langchain_core.messages import AIMessage, HumanMessage

from api.turns import as_rows
from api.twilio.dialing import DialOutcome
from api.unheard import unheard
from graph.agent import GraphAgent
from graph.context import CallContext, CallType
from graph.models.meter import Meter
from graph.models.usage import Usage, by_model, cost
from graph.state import CallState, Outcome, Topic
from nodes.intent import last_words
from shop.calls.logs import Direction
from shop.calls.usage import ModelUse
from shop.desk import Desk
from shop.errors import ShopError
from shop.faults import describe
from shop.words.redact import cleaned
from voice.timings import Timeline

logger = logging.getLogger(__name__)


class CallsFull(Exception):
    """As many calls as this process carries are already under way."""


@dataclass(slots=True)
class Transfer:
    """One attempt to put a caller through.

    Attributes:
        to: The key of who was to be rung.
        about: What staff should know, in at most sixty words.
        outcome: None while it rings.
        told: The caller came back and has heard how it ended.
    """

    to: str
    about: str
    outcome: DialOutcome | None = None
    told: bool = False


@dataclass(slots=True)
class Call:
    """One call under way or just over.

    Attributes:
        opened_at: When its first line was opened; a line that dropped does not begin it anew.
        turn: Serialises whoever speaks to it.
        before: How many messages there were when it was opened.
        line_at: When its line was opened, the zero of the timelines.
        over: The conversation came to its own end, whatever the line does.
        transfers: Attempts to put the caller through, in order, over all lines of the call.
    """

    agent: GraphAgent
    opened_at: datetime
    touched_at: datetime
    resumed: bool
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    timelines: list[Timeline] = field(default_factory=list)
    line_at: datetime | None = None
    before: int = 0
    outcome: Outcome | None = None
    over: bool = False
    transfers: list[Transfer] = field(default_factory=list)

    @property
    def context(self) -> CallContext:
        """The facts the call began with."""
        return self.agent.context

    @property
    def state(self) -> CallState:
        """What the conversation remembers."""
        return self.agent.state


@dataclass(slots=True)
class Calls:
    """Opens, finds and ends calls. The database row is the truth once a call is over."""

    desk: Desk
    new_agent: Callable[[CallContext], GraphAgent]
    model_name: str
    capacity: int
    meter: Meter | None = None
    report: Callable[[Call], Awaitable[None]] | None = None
    live: dict[str, Call] = field(default_factory=dict)
    ended: dict[str, Call] = field(default_factory=dict)

    async def open(self, context: CallContext, *, direction: Direction = "inbound") -> Call:
        """Begin a call, or go on with one whose line dropped.

        Raises:
            CallsFull: No room for another call.
            ShopError: The records are out of reach.
        """
        if context.call_sid in self.live:
            return self.live[context.call_sid]
        if len(self.live) >= self.capacity:
            raise CallsFull
        now = self.desk.clock()
        agent = self.new_agent(context)
        before = self.ended.get(context.call_sid)
        call = Call(agent, before.opened_at if before else now, now, resumed=False)
        call.transfers = before.transfers if before else []
        self.live[context.call_sid] = call
        try:
            async with call.turn:  # whoever finds the call meanwhile waits until it is whole
                # First the call is ours, then we read how far it is: nobody else adds to it now.
                await self._open(context, direction)
                call.resumed = await agent.resume()
                call.before = len(agent.state["messages"])
                if not call.resumed:
                    await self._look_back(agent)
        except BaseException:
            call.outcome = "failed"
            del self.live[context.call_sid]
            raise
        self.ended.pop(context.call_sid, None)
        return call

    async def _look_back(self, agent: GraphAgent) -> None:
        """Find the call that this one may be the other half of, and whose number it may be.

        The second is remembered, and so costs the caller's first turn nothing.
        """
        context = agent.context
        if not context.caller_number:
            return
        if context.channel == "phone":
            earlier = await self.desk.broken_off(context.caller_number, but=context.call_sid)
            if earlier is not None:
                await agent.go_on_from(earlier)
        await self.desk.callers(context.caller_number)

    async def take_up(self, call_sid: str) -> Call | None:
        """A typed call that is recorded as under way, but whose process was killed, if it is one.

        Raises:
            CallsFull: No room for another call.
            ShopError: The records are out of reach.
        """
        log = await self.desk.call(call_sid)
        if log is None or log.status != "open" or log.channel != "text":
            return None
        context = CallContext(
            call_sid=call_sid,
            caller_number=log.caller_phone or "",
            call_type=cast(CallType, log.call_type),
            channel="text",
            variant=log.variant,
        )
        return await self.open(context, direction=log.direction)

    def find(self, call_sid: str) -> Call | None:
        """A call of this process, under way or recently over."""
        return self.live.get(call_sid) or self.ended.get(call_sid)

    async def end(self, call_sid: str, *, failed: bool = False) -> Outcome | None:
        """Hang up: finish what has begun, store what was heard, write the outcome. Idempotent."""
        call = self.live.pop(call_sid, None)
        if call is None:
            over = self.ended.get(call_sid)
            return over.outcome if over else None
        self._remember(call)
        try:
            await call.agent.aclose()
        except Exception as error:
            logger.error("a call's last words were not stored: %s", describe(error))
        call.outcome = "failed" if failed and not call.state.get("deeds") else outcome(call.state)
        await self._have_confirmed(call)
        await self._log(call)
        if self.report is not None:
            await self.report(call)
        return call.outcome

    async def _have_confirmed(self, call: Call) -> None:
        """Have somebody ring a caller who was gone before they heard that it was done."""
        done, context = unheard(call.state), call.context
        if done is None or not context.caller_number:
            return
        try:
            await self.desk.request_callback(
                call_sid=context.call_sid,
                key="confirm-unheard",
                phone=context.caller_number,
                name=call.state.get("stated_name"),
                topic="confirm: hung up before hearing it",
                summary=done,
            )
        except ShopError as error:
            logger.error("nobody was asked to confirm what was not heard: %s", error.code)

    async def rewrite(self, call: Call) -> None:
        """Write the record of a call that is over again: something has become of it since."""
        try:
            await self._open(call.context, "inbound")
        except ShopError as error:
            logger.error("what became of a call was not written: %s", error.code)
            return
        call.outcome = outcome(call.state)
        await self._log(call)

    async def end_all(self) -> None:
        """Hang up every call; for the end of the process."""
        await asyncio.gather(*(self.end(sid) for sid in list(self.live)))

    async def end_idle(
        self, *, longer_than_s: float, sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        """Hang up text calls nobody has spoken to for a while; runs until cancelled."""
        while True:
            await sleep(longer_than_s / 10)
            now = self.desk.clock()
            for sid, call in list(self.live.items()):
                idle = (now - call.touched_at).total_seconds()
                if call.context.channel == "text" and idle > longer_than_s:
                    await self.end(sid)

    async def _open(self, context: CallContext, direction: Direction) -> None:
        await self.desk.open_call(
            call_sid=context.call_sid,
            direction=direction,
            caller_phone=context.caller_number or None,
            call_type=context.call_type,
            channel=context.channel,
            variant=context.variant,
            model=self.model_name,
        )

    def _remember(self, call: Call) -> None:
        self.ended[call.context.call_sid] = call
        while len(self.ended) > self.capacity * 2:
            del self.ended[next(iter(self.ended))]

    async def _log(self, call: Call) -> None:
        state, usage = call.state, call.agent.usage
        used = by_model(state["messages"])
        made = [d["appointment_id"] for d in state.get("deeds", []) if "appointment_id" in d]
        proved = state.get("access", "unknown") != "unknown"
        customer = state.get("customer_id") if proved else None
        try:
            await self.desk.close_call(
                call.context.call_sid,
                outcome=call.outcome or "failed",
                intent=intent(state),
                access=state.get("access", "unknown"),
                transcript=transcript(call),
                customer_id=UUID(customer) if customer else None,
                appointment_id=UUID(made[-1]) if made else None,
                prompt_tokens=usage.prompt_tokens,
                completion_tokens=usage.completion_tokens,
                cost_micros=cost(used) or 0,
                models=[as_row(name, took) for name, took in used.items()],
                model=self.model_name,
                summary=summary(state, call.transfers),
                turns=as_rows(call.line_at or call.opened_at, call.timelines),
            )
        except ShopError as error:
            logger.error("the outcome of a call was not written: %s", error.code)


def as_row(model: str, took: Usage) -> ModelUse:
    """What a model took, as the records keep it. An unknown price counts as nothing."""
    return ModelUse(
        model=model,
        replies=took.replies,
        prompt_tokens=took.prompt_tokens,
        cached_tokens=took.cached_tokens,
        completion_tokens=took.completion_tokens,
        cost_micros=took.cost_micros(model) or 0,
    )


def outcome(state: CallState) -> Outcome:
    """What came of a call: the last thing done, else whether the caller got to speak at all."""
    deeds = state.get("deeds", [])
    if deeds:
        return deeds[-1]["outcome"]
    return "information_provided" if _was_answered(state) else "abandoned"


def intent(state: CallState) -> Topic:
    """What the call was about: the topic in charge, a good-bye aside."""
    topic = state.get("topic", "answer")
    return (state.get("resume") or "answer") if topic == "close" else topic


def _was_answered(state: CallState) -> bool:
    """Whether a tool told the caller something, and nothing was left half done."""
    if state.get("proposal") is not None or state.get("drafts"):
        return False
    return any(
        message.type == "tool" and message.name in ("get_service_info", "get_upcoming_appointments")
        for message in state["messages"]
    )


def summary(state: CallState, transfers: Sequence[Transfer] = ()) -> str:
    """At most sixty words on what staff should know."""
    done = [f"{deed['outcome']}: {deed['summary']}" for deed in state.get("deeds", [])]
    rang = [f"Transfer to {one.to}: {one.outcome or 'not known'}." for one in transfers]
    last = [] if done else [f"No change. Last said: {last_words(state['messages'])}"]
    return brief(" ".join([*rang, "; ".join(done), *last]))


def brief(text: str) -> str:
    """The first sixty words of a text, without what must not be kept."""
    return cleaned(" ".join(text.split()[:60]))


def transcript(call: Call) -> list[dict[str, str]]:
    """Who said what, as it was heard."""
    lines = []
    for message in call.agent.messages:
        if isinstance(message, HumanMessage):
            lines.append({"role": "caller", "text": cleaned(str(message.text))})
        elif isinstance(message, AIMessage) and message.text.strip():
            lines.append({"role": "assistant", "text": cleaned(str(message.text)).strip()})
    return lines

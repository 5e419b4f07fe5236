"""Every call of this process, from the first word to its one row in `call_logs`."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import cast
from uuid import UUID

from api.call import Call
from api.outcomes import intent, outcome, summary, transcript, used
from api.turns import as_rows
from api.unheard import unheard
from graph.agent import GraphAgent
from graph.context import CallContext, CallType, Channel
from graph.models.meter import Meter
from graph.models.usage import by_model, cost
from graph.state import Outcome
from shop.calls.logs import CallLog, Direction
from shop.desk import Desk
from shop.errors import ShopError
from shop.faults import describe

logger = logging.getLogger(__name__)


class CallsFull(Exception):
    """As many calls as this process carries are already under way."""


@dataclass(slots=True)
class Calls:
    """Opens, finds and ends calls. The database row is the truth once a call is over.

    Attributes:
        unwritten: Calls that are over and whose outcome the records did not take yet.
        another_s: How long another process may take to close a call that the carrier has ended.
        ending: The calls of other processes that are waited for.
    """

    desk: Desk
    new_agent: Callable[[CallContext], GraphAgent]
    model_name: str
    capacity: int
    meter: Meter | None = None
    report: Callable[[Call], Awaitable[None]] | None = None
    live: dict[str, Call] = field(default_factory=dict)
    ended: dict[str, Call] = field(default_factory=dict)
    unwritten: dict[str, Call] = field(default_factory=dict)
    another_s: float = 10.0
    ending: set[asyncio.Task[None]] = field(default_factory=set)

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
        self.unwritten.pop(context.call_sid, None)
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
        return await self.open(_context_of(log), direction=log.direction)

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

    async def gone(self, call_sid: str) -> None:
        """The carrier says that a call is over: its row is closed, whoever has had the call.

        One that never had a line gets its row now. Another process closes what it has itself; if
        it has not done so after a while it was killed, and its calls are ended from here.
        """
        if self.find(call_sid) is not None:
            return
        try:
            log = await self.desk.call(call_sid)
            if log is None:
                await self.desk.close_call(call_sid, outcome="abandoned")
            elif log.status == "open":
                ending = asyncio.create_task(self._end_for_another(call_sid))
                self.ending.add(ending)
                ending.add_done_callback(self.ending.discard)
        except ShopError as error:
            logger.error("what became of a call was not written: %s", error.code)

    async def _end_for_another(self, call_sid: str) -> None:
        await asyncio.sleep(self.another_s)
        try:
            log = await self.desk.call(call_sid)
            if log is not None and log.status == "open":
                await self.open(_context_of(log), direction=log.direction)
                await self.end(call_sid)
        except (CallsFull, ShopError) as error:
            logger.error("a call that another process left open stays so: %s", error)

    async def write_again(self) -> None:
        """Write the outcomes that could not be written when their calls ended."""
        for call in list(self.unwritten.values()):
            await self._log(call)

    async def end_all(self) -> None:
        """Hang up every call; for the end of the process."""
        for ending in self.ending:
            ending.cancel()
        await asyncio.gather(*self.ending, return_exceptions=True)
        await asyncio.gather(*(self.end(sid) for sid in list(self.live)))
        await self.write_again()

    async def end_idle(
        self, *, longer_than_s: float, sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        """Hang up text calls nobody has spoken to for a while; runs until cancelled."""
        while True:
            await sleep(longer_than_s / 10)
            await self.write_again()
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
        models = by_model(state["messages"])
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
                cost_micros=cost(models) or 0,
                models=[used(name, took) for name, took in models.items()],
                model=self.model_name,
                summary=summary(state, call.transfers),
                turns=as_rows(call.line_at or call.opened_at, call.timelines),
            )
        except ShopError as error:
            logger.error("the outcome of a call is not written yet: %s", error.code)
            self.unwritten[call.context.call_sid] = call
        else:
            self.unwritten.pop(call.context.call_sid, None)


def _context_of(log: CallLog) -> CallContext:
    """The facts a call began with, as they are recorded."""
    return CallContext(
        call_sid=log.call_sid,
        caller_number=log.caller_phone or "",
        call_type=cast(CallType, log.call_type),
        channel=cast(Channel, log.channel),
        variant=log.variant,
    )

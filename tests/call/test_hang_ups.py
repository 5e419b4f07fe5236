"""Callers who are gone at any event of a call: one record, nothing twice, nothing half, no leak.

An event is what the telephone notes: a webhook, a stream's start, the first sound, a mark played, a
`clear`, a key. A caller puts the receiver down, which sends `stop`, or their socket is torn off.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest
from langchain_core.messages import convert_to_openai_messages

from evals.standins.openai_checks import check
from evals.standins.twilio_call import CallEnded
from graph.history import repair
from tests.support.conversation import rows
from tests.support.service import BOOKING, Caller, Service, a_service
from tests.support.soak import sampled

pytestmark = pytest.mark.anyio

How = Literal["hangs up", "torn off"]
NAMES = ("Abbot", "Baker", "Carver", "Draper", "Farmer", "Glover", "Hunter", "Mason", "Porter")
TRANSFER = ("I want to speak to a person", "it's about a bill", "yes please")
AT_ONCE = len(NAMES)
PACE = 8.0
_LONGEST_S = 60.0
_NO_STREAM_MS = 300
"""A call that has no stream just now cannot have it torn off."""


@dataclass
class Gone:
    """Somebody who is gone once so many events have happened; never, if it is none.

    Attributes:
        after: How many events.
        happened: How many there were in the end.
    """

    caller: Caller
    script: Sequence[str]
    after: int | None
    how: How
    happened: int = 0
    told: str = field(default="", init=False)

    async def call(self) -> None:
        """Say the script, and be gone meanwhile."""
        talking = asyncio.create_task(self._talk())
        try:
            async with asyncio.timeout(_LONGEST_S):
                if self.after is None:
                    await talking
                else:
                    await self._leave(self.after)
        except CallEnded:
            pass
        finally:
            talking.cancel()
            await asyncio.gather(talking, return_exceptions=True)
        self.caller.call.hang_up()
        await self.caller.call.over()
        self.told, self.happened = self.caller.ear(), len(self.caller.call.events)

    async def _talk(self) -> None:
        call = self.caller.call
        for words in self.script:
            await call.quiet(200)
            self.caller.speak(words)
            await call.said()
        await call.quiet(400)

    async def _leave(self, after: int) -> None:
        call = self.caller.call
        await call.until(lambda: len(call.events) >= after)
        if self.how == "torn off":
            call.drop()
            since_ms = call.now_ms
            await call.until(
                lambda: (
                    any(event.kind == "socket dropped" for event in call.events)
                    or call.now_ms - since_ms > _NO_STREAM_MS
                )
            )


@asynccontextmanager
async def _gone(
    service: Service, script: Sequence[str], afters: Sequence[int | None], how: How
) -> AsyncIterator[list[Gone]]:
    """Callers on the line at once, each of another name and number; all are gone at the end."""
    async with AsyncExitStack() as stack:
        found = []
        for at, after in enumerate(afters):
            call = service.twilio.call(caller=f"+12175552{at:03}", pace=PACE)
            caller = Caller(await stack.enter_async_context(call), service)
            said = [line.replace("Brooks", NAMES[at % len(NAMES)]) for line in script]
            found.append(Gone(caller, said, after, how))
        await asyncio.gather(*(one.call() for one in found))
        yield found


async def _left(service: Service, table: str, call_id: str) -> list[dict[str, Any]]:
    return [one for one in await rows(service.pool, table) if one.get("call_sid") == call_id]


async def _is_whole(service: Service, gone: Gone) -> dict[str, Any]:
    """The record of the call, of which there is one; and a history that any endpoint takes."""
    call_id = gone.caller.call_id
    await service.log(call_id)
    (log,) = await _left(service, "call_logs", call_id)
    call = service.calls.ended[call_id]
    history = convert_to_openai_messages(repair(call.agent.messages))
    assert not history or check({"model": "gpt-4o", "messages": history}) is None
    assert gone.caller.call.violations == []
    return log


def _spread(events: int, of: int) -> list[int]:
    """So many of the events of a call, from the first on; with `make soak` all of them."""
    step = max(1, events // sampled(of, events))
    return list(range(1, events + 1, step))


async def _events(service: Service, script: Sequence[str]) -> int:
    """How many events a call has that nobody breaks off."""
    async with _gone(service, script, [None], "hangs up") as (whole,):
        return whole.happened


@pytest.mark.parametrize("how", ["hangs up", "torn off"])
async def test_a_booking_is_whole_or_not_there_whenever_the_caller_goes(dsn: str, how: How) -> None:
    async with a_service(dsn, twilio=True) as service:
        before = {one["id"] for one in await rows(service.pool, "appointments")}
        afters = _spread(await _events(service, BOOKING), AT_ONCE)
        for begin in range(0, len(afters), AT_ONCE):
            async with _gone(service, BOOKING, afters[begin : begin + AT_ONCE], how) as callers:
                pass
            await service.nothing_open()
            for gone in callers:
                log = await _is_whole(service, gone)
                booked = [
                    one
                    for one in await rows(service.pool, "appointments")
                    if one["id"] == log["appointment_id"]
                ]
                assert (log["outcome"] == "appointment_booked") == bool(booked)
                rung = await _left(service, "callbacks", gone.caller.call_id)
                if booked and "You're booked" not in gone.told:
                    assert [one["topic"].split(":")[0] for one in rung] == ["confirm"]
                if not booked:
                    assert rung == []
        made = [one for one in await rows(service.pool, "appointments")
                if one["id"] not in before]  # fmt: skip
        logged = [one for one in await rows(service.pool, "call_logs")
                  if one["outcome"] == "appointment_booked"]  # fmt: skip
        assert len(made) == len(logged)


@pytest.mark.parametrize("how", ["hangs up", "torn off"])
async def test_who_wanted_a_person_is_put_through_or_called_back_whenever_they_go(
    dsn: str, how: How
) -> None:
    async with a_service(dsn, twilio=True) as service:
        afters = _spread(await _events(service, TRANSFER), AT_ONCE)
        for begin in range(0, len(afters), AT_ONCE):
            async with _gone(service, TRANSFER, afters[begin : begin + AT_ONCE], how) as callers:
                pass
            await service.nothing_open()
            for gone in callers:
                log = await _is_whole(service, gone)
                rung = await _left(service, "callbacks", gone.caller.call_id)
                dialled = gone.caller.call.dialed
                assert len(dialled) <= 1
                assert len(rung) <= 1
                assert not (dialled and log["outcome"] == "abandoned")
                if log["outcome"] == "callback_requested":
                    assert len(rung) == 1

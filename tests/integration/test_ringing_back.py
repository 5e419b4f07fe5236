"""A caller who was cut off rings back: what they had said counts once they say who they are."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
from langchain_core.messages import ToolMessage

from api.call import Call
from api.calls import Calls
from evals.models import Says, ScriptedModel
from graph.context import CallContext
from shop.db import Pool
from tests.support.conversation import MONDAY_MORNING, STRANGER, a_desk, answering

pytestmark = pytest.mark.anyio
ADA = {"first_name": "Ada", "last_name": "Byron"}
EVE = {"first_name": "Eve", "last_name": "Byron"}
CIVIC = {"year": 2018, "make": "Honda", "model": "Civic"}


@dataclass
class Clock:
    now: datetime = MONDAY_MORNING

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Shop:
    """The shop's telephone, and a model that does as it is told."""

    calls: Calls
    model: ScriptedModel
    clock: Clock

    async def call(self, sid: str, number: str = STRANGER) -> Call:
        context = CallContext(call_sid=sid, caller_number=number, channel="phone")
        return await self.calls.open(context)

    async def does(self, call: Call, *tools: tuple[str, Any]) -> list[str]:
        """One turn in which the model uses some tools; returns what they said."""
        self.model.replies[:] = [*(Says(calls=[tool]) for tool in tools), Says(text="Go on.")]
        async for _ in call.agent.turn("my name is Ada Byron"):
            pass
        await call.agent.settled()
        results = [m for m in call.agent.messages if isinstance(m, ToolMessage)][-len(tools) :]
        return [orjson.loads(str(result.text))["message"] for result in results]


@asynccontextmanager
async def _shop(pool: Pool) -> AsyncIterator[Shop]:
    clock = Clock()
    async with a_desk(pool, clock) as desk:
        model = ScriptedModel(replies=[])
        calls = Calls(desk, await answering(desk, pool, model), "scripted", 10)
        yield Shop(calls, model, clock)
        await calls.end_all()


async def _cut_off(shop: Shop, number: str = STRANGER) -> None:
    """A call on which Ada wanted an oil change for her Civic, and was gone."""
    call = await shop.call("CA-first", number)
    await shop.does(
        call,
        ("create_customer", ADA),
        ("create_vehicle", {"customer_id": "c1", **CIVIC}),
        ("get_available_slots", {"date": "Wednesday", "service_type": "oil change"}),
    )
    await shop.calls.end("CA-first")


async def test_the_same_name_at_the_same_number_is_asked_to_go_on(pool: Pool) -> None:
    async with _shop(pool) as shop:
        await _cut_off(shop)
        shop.clock.now += timedelta(minutes=3)
        call = await shop.call("CA-second")
        (told,) = await shop.does(call, ("create_customer", ADA))
        assert told == (
            "Thanks, Ada. We were cut off before: oil change for your twenty eighteen Honda Civic."
            " Shall we go on with that?"
        )
        cars = [d for d in call.state["drafts"].values() if d["kind"] == "vehicle"]
        assert [(c["fields"]["model"], c["fields"]["owner"]) for c in cars] == [("Civic", "c1")]
        (told,) = await shop.does(call, ("create_customer", ADA))
        assert told == "Thanks, Ada."


async def test_whoever_else_rings_from_there_learns_nothing(pool: Pool) -> None:
    async with _shop(pool) as shop:
        await _cut_off(shop)
        call = await shop.call("CA-second")
        await shop.does(call, ("create_customer", EVE))
        asked = " ".join(str(m.text) for request in shop.model.requests[-2:] for m in request)
        assert "Civic" not in asked
        assert "cut off" not in asked


@pytest.mark.parametrize(
    ("number", "minutes"), [("+12175550199", 1), (STRANGER, 11)], ids=["another number", "later"]
)
async def test_only_soon_and_from_the_same_number(pool: Pool, number: str, minutes: int) -> None:
    async with _shop(pool) as shop:
        await _cut_off(shop)
        shop.clock.now += timedelta(minutes=minutes)
        (told,) = await shop.does(await shop.call("CA-second", number), ("create_customer", ADA))
        assert told == "Thanks, Ada."


async def test_a_call_that_came_to_something_is_not_gone_on_with(pool: Pool) -> None:
    async with _shop(pool) as shop:
        await _cut_off(shop)
        shop.clock.now += timedelta(minutes=1)
        between = await shop.call("CA-between")
        await shop.does(between, ("get_service_info", {"topic": "hours"}))
        await shop.calls.end("CA-between")
        (told,) = await shop.does(await shop.call("CA-third"), ("create_customer", ADA))
        assert told == "Thanks, Ada."

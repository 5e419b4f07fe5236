"""Times held through the tools that a model asks for."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from graph.context import CallContext
from shop.db import Pool
from tests.support.front import SHOP, TUESDAY, Front, at, caller, opened, shop_with
from tools.calling import OnCall
from tools.router import ToolRouter

pytestmark = pytest.mark.anyio

TEN = at(TUESDAY, 10)
HOLD = timedelta(minutes=SHOP.hold_minutes)


@pytest.fixture
async def one(pool: Pool) -> AsyncIterator[Front]:
    """A shop with one bay and one technician."""
    async with opened(pool, shop_with(1, "Ann")) as front:
        yield front


def tools_of(front: Front, call_sid: str) -> ToolRouter:
    """What a model can ask for on a call that has described Daniel and his Civic."""
    context = CallContext(call_sid=call_sid, caller_number="+12175550131")
    return ToolRouter.on(OnCall(call_sid, context, {"messages": []}, front.desk, False))


async def describe(call: ToolRouter) -> dict[str, str]:
    who = await call.execute("create_customer", first_name="Daniel", last_name="Brooks")
    customer = who["data"]["customer_id"]
    car = await call.execute(
        "create_vehicle", customer_id=customer, year=2018, make="Honda", model="Civic"
    )
    return {"customer_id": customer, "vehicle_id": car["data"]["vehicle_id"]}


async def look(call: ToolRouter) -> list[str]:
    found = await call.execute(
        "get_available_slots", date="2026-11-24T10:00", service_type="oil change"
    )
    return [slot["start_time"] for slot in found["data"]["slots"]]


def agree(call: ToolRouter) -> None:
    """The caller has heard what was read back, and says yes."""
    proposal = call.call.state["proposal"]
    assert proposal is not None
    call.call.state["proposal"] = {**proposal, "status": "agreed"}


async def test_what_is_read_back_is_kept_until_the_caller_has_answered(one: Front) -> None:
    call, other = tools_of(one, "CA1"), tools_of(one, "CA2")
    known = await describe(call)
    offered = await look(call)
    assert TEN.isoformat() in offered
    assert not {*offered} & {*await look(other)}
    wish = {**known, "service_type": "oil change", "start_time": TEN.isoformat()}
    one.clock.now += HOLD - timedelta(seconds=1)
    asked = await call.execute("book_appointment", **wish)
    assert asked["error"] == "awaiting_assent"
    one.clock.now += HOLD - timedelta(seconds=1)
    assert TEN.isoformat() not in await look(other)
    agree(call)
    booked = await call.execute("book_appointment", **wish)
    assert booked["success"]
    agreed_twice = await one.fetch("SELECT count(*) FROM appointments")
    assert agreed_twice == [(1,)]


async def test_other_times_named_in_a_refusal_are_held_too(one: Front) -> None:
    call, other = tools_of(one, "CA1"), tools_of(one, "CA2")
    known = await describe(call)
    await look(call)
    wish = {**known, "service_type": "oil change", "start_time": TEN.isoformat()}
    await call.execute("book_appointment", **wish)
    agree(call)
    one.clock.now += HOLD
    await one.book(TEN, call_sid="CA3", customer=caller(3))
    refused = await call.execute("book_appointment", **wish)
    assert refused["error"] == "slot_taken"
    named = [slot["start_time"] for slot in refused["data"]["slots"]]
    assert len(named) == 3
    assert not {*named} & {*await look(other)}
    again = await call.execute("book_appointment", **{**wish, "start_time": named[0]})
    assert again["error"] == "awaiting_assent", "and can be booked"


async def test_a_time_that_went_before_it_is_read_back_is_said_to_have_gone(one: Front) -> None:
    call = tools_of(one, "CA1")
    known = await describe(call)
    await look(call)
    one.clock.now += HOLD
    await one.book(TEN, call_sid="CA3", customer=caller(3))
    wish = {**known, "service_type": "oil change", "start_time": TEN.isoformat()}
    refused = await call.execute("book_appointment", **wish)
    assert refused["error"] == "slot_taken"
    assert call.call.state.get("proposal") is None, "nothing is read back"
    named = [slot["start_time"] for slot in refused["data"]["slots"]]
    asked = await call.execute("book_appointment", **{**wish, "start_time": named[0]})
    assert asked["error"] == "awaiting_assent"

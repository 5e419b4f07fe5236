"""Free times as a caller asks for them: relative to what was offered, never where the car is."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from graph.context import CallContext
from graph.state import CallState
from shop.db import Pool
from shop.profile.closures import Changes
from shop.profile.shop import Closure
from tests.support.front import (
    CIVIC,
    DANIEL,
    TUESDAY,
    WEDNESDAY,
    Front,
    at,
    caller,
    opened,
    shop_with,
)  # fmt: skip
from tools.calling import OnCall
from tools.router import ToolRouter

pytestmark = pytest.mark.anyio

NUMBER = "+12175550131"
OIL = "oil_change"


@pytest.fixture
async def front(pool: Pool) -> AsyncIterator[Front]:
    """A shop with two bays and nobody named who works in them; it takes cars from nine to five."""
    async with opened(pool, shop_with(2)) as found:
        yield found


def on_call(front: Front, call_sid: str = "CA1", **state: Any) -> ToolRouter:
    known = CallState(messages=[], **state)  # type: ignore[typeddict-item]  # partial on purpose
    context = CallContext(call_sid=call_sid, caller_number=NUMBER)
    return ToolRouter.on(OnCall(call_sid, context, known, front.desk, False))


async def look(call: ToolRouter, date: str, **more: str) -> dict[str, Any]:
    return await call.execute("get_available_slots", date=date, service_type="oil change", **more)


def clocks(found: dict[str, Any]) -> list[str]:
    """The day of the month and the time of each start."""
    return [slot["start_time"][8:16].replace("T", " ") for slot in found["data"]["slots"]]


ASKED = [
    (["tuesday"], ["24 09:00", "24 13:30", "24 16:30"], True),
    (["tuesday at ten"], ["24 09:30", "24 10:00", "24 10:30"], True),
    (["tuesday at ten", "later"], ["24 11:00", "24 11:30", "24 13:00"], True),
    (["tuesday at ten", "anything earlier"], ["24 09:00"], False),
    (["tuesday at ten", "later", "later that day"], ["24 13:30", "24 14:00", "24 14:30"], True),
    (["tuesday at ten", "the earliest you have"], ["24 09:00", "24 09:30", "24 10:00"], True),
    (["tuesday at two", "the last appointment of the day"],
     ["24 15:30", "24 16:00", "24 16:30"], True),
    (["tuesday at two", "what about after three"], ["24 15:00", "24 15:30", "24 16:00"], True),
    (["wednesday afternoon", "the earliest one"], ["25 13:00", "25 13:30", "25 14:00"], True),
    (["right after lunch on tuesday"], ["24 13:00", "24 13:30", "24 14:00"], True),
    (["first thing tuesday"], ["24 09:00", "24 09:30", "24 10:00"], True),
    (["tuesday before ten"], ["24 09:00", "24 09:30"], False),
    (["tuesday between one and two"], ["24 13:00", "24 13:30"], False),
    (["tuesday no later than half past nine"], ["24 09:00", "24 09:30"], False),
    (["tuesday at ten", "wednesday, but later"], ["25 11:00", "25 11:30", "25 13:00"], True),
    (["later on friday"], ["27 13:00", "27 15:00", "27 16:30"], True),
    (["as soon as possible"], ["23 10:00", "23 10:30", "23 11:00"], True),
    (["next week"], ["30 09:00", "30 13:30", "30 16:30"], True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "told", "more"), ASKED, ids=["; then ".join(asked) for asked, _, _ in ASKED]
)
async def test_times_are_those_the_words_ask_for(
    front: Front, asked: list[str], told: list[str], more: bool
) -> None:
    call = on_call(front)
    for words in asked:
        found = await look(call, words)
    assert (clocks(found), found["data"]["more"]) == (told, more)
    ends = "the earliest I have" in found["message"] or "the latest I have" in found["message"]
    assert ("for instance" in found["message"]) == (more and not ends)


async def test_a_time_of_day_without_times_is_said_and_the_nearest_told(front: Front) -> None:
    found = await look(on_call(front), "tuesday evening")
    assert found["data"]["wished_part_free"] is False
    assert clocks(found) == ["24 15:30", "24 16:00", "24 16:30"]
    assert "nothing then" in found["message"]


async def test_where_there_is_nothing_later_other_days_are_named(front: Front) -> None:
    call = on_call(front)
    await look(call, "tuesday at half past four")
    none = await look(call, "later")
    assert none["data"]["slots"] == []
    assert [day["date"] for day in none["data"]["other_days"]] == [
        "2026-11-25", "2026-11-27", "2026-11-28",
    ]  # fmt: skip
    assert "nothing later" in none["message"]
    assert clocks(await look(call, "earlier then")) == ["24 14:00", "24 14:30", "24 15:00"]


async def test_where_there_is_nothing_earlier_the_days_before_are_named(front: Front) -> None:
    call = on_call(front)
    await look(call, "wednesday at nine")
    none = await look(call, "anything earlier")
    assert [day["date"] for day in none["data"]["other_days"]] == ["2026-11-23", "2026-11-24"]


async def test_no_time_is_offered_at_which_the_car_is_booked_already(front: Front) -> None:
    made = await front.book(at(TUESDAY, 10), service_key="inspection")
    car = {"v1": str(made.vehicle_id)}
    told = await look(on_call(front, handles=car), "tuesday at ten")
    assert clocks(told) == ["24 09:00", "24 09:30", "24 11:00"]
    two = {**car, "v2": str(made.customer_id)}
    named = await look(on_call(front, handles=two), "tuesday at ten", vehicle_id="v1")
    assert "24 10:00" not in clocks(named)
    for state in ({"handles": two}, {}, {"handles": car, "topic": "modify"}):
        assert "24 10:00" in clocks(await look(on_call(front, **state), "tuesday at ten"))


async def test_a_car_that_is_in_already_is_found_out_before_the_read_back(front: Front) -> None:
    made = await front.book(at(TUESDAY, 10), service_key="inspection")
    known = {"c1": str(made.customer_id), "v1": str(made.vehicle_id)}
    wish = {"customer_id": "c1", "vehicle_id": "v1", "service_type": "oil change"}
    for access, why in (("verified", "already booked in"), ("recognized", "just been taken")):
        call = on_call(front, f"CA-{access}", handles=known, access=access, topic="modify")
        await look(call, "tuesday at ten")
        start = at(TUESDAY, 10).isoformat()
        refused = await call.execute("book_appointment", **wish, start_time=start)
        assert (refused["error"], why in refused["message"]) == ("slot_taken", True)
        assert call.call.state.get("proposal") is None, "nothing is read back"
        other = refused["data"]["slots"][0]["start_time"]
        again = await call.execute("book_appointment", **wish, start_time=other)
        assert again["error"] == "awaiting_assent"
        await front.desk.release(f"CA-{access}")


def asked_of(front: Front) -> int:
    """How often the records were asked for a connection so far."""
    return front.pool.get_stats().get("requests_num", 0)


async def test_the_same_question_is_answered_from_what_is_held(front: Front) -> None:
    call = on_call(front)
    first = await look(call, "tuesday at ten")
    before = asked_of(front)
    assert await look(call, "tuesday at ten") == first
    assert asked_of(front) == before, "the records were left in peace"
    front.clock.now += (
        (front.desk.shop.hold_minutes * 60 / 2 + 1) * (at(TUESDAY, 9, 1) - at(TUESDAY, 9)) / 60
    )
    assert await look(call, "tuesday at ten") == first
    assert asked_of(front) > before, "what is held must be held anew"


async def test_another_question_a_wish_and_a_closed_day_make_it_look_again(front: Front) -> None:
    call = on_call(front)
    await look(call, "tuesday at ten")
    await look(call, "wednesday at ten")
    before = asked_of(front)
    assert clocks(await look(call, "tuesday at ten"))[1] == "24 10:00"
    assert asked_of(front) > before
    live = front.desk.live
    live.changes = replace(Changes(), closures={TUESDAY: Closure("the ice", "weather")})
    assert (await look(call, "tuesday at ten"))["data"]["slots"] == []


async def test_what_was_read_back_is_looked_for_again(front: Front) -> None:
    call = on_call(front)
    who = await call.execute("create_customer", first_name="Daniel", last_name="Brooks")
    car = await call.execute(
        "create_vehicle", customer_id=who["data"]["customer_id"], year=2018, make="Honda",
        model="Civic",
    )  # fmt: skip
    found = await look(call, "tuesday at ten")
    await call.execute(
        "book_appointment",
        **{
            key: value["data"][key]
            for key, value in {"customer_id": who, "vehicle_id": car}.items()
        },
        service_type="oil change",
        start_time=found["data"]["slots"][0]["start_time"],
    )
    before = asked_of(front)
    await look(call, "tuesday at ten")
    assert asked_of(front) > before


async def test_others_are_not_offered_what_a_repeated_answer_holds(front: Front) -> None:
    mine, theirs = on_call(front), on_call(front, "CA2")
    full = await front.book(at(WEDNESDAY, 10), customer=caller(1))
    assert full.appointment.bay
    for _ in range(3):
        held = clocks(await look(mine, "wednesday at ten"))
    assert held[1] == "25 10:00"
    assert "25 10:00" not in clocks(await look(theirs, "wednesday at ten"))
    booked = await front.book(at(WEDNESDAY, 10), customer=DANIEL, vehicle=CIVIC)
    assert booked.appointment.service_type == OIL

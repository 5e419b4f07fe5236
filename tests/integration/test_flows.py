"""What callers come for besides a booking, each with the records it leaves."""

import pytest

from evals.models import Says, ScriptedModel
from shop.db import Pool
from tests.support.conversation import a_call

pytestmark = pytest.mark.anyio

WAIT = (
    "join_waitlist",
    {"service_type": "oil_change", "first_day": "2026-12-01", "last_day": "2026-12-03"},
)
UNWAIT: tuple[str, dict[str, str]] = ("leave_waitlist", {})
TIMES = ("get_available_slots", {"date": "2026-12-01 at 1 pm", "service_type": "oil_change"})
BOOK = (
    "book_appointment",
    {
        "customer_id": "c1",
        "vehicle_id": "v1",
        "service_type": "oil_change",
        "start_time": "2026-12-01T13:00:00-06:00",
    },
)
PEOPLE = [
    ("create_customer", {"first_name": "Ada", "last_name": "Byron"}),
    ("create_vehicle", {"year": 2018, "make": "Kia", "model": "Rio", "customer_id": "c1"}),
    TIMES,
]
UNDO = ("undo_cancellation", {"appointment_id": "a1"})


async def test_a_caller_who_agrees_is_on_the_waiting_list(pool: Pool) -> None:
    model = ScriptedModel(replies=[Says(calls=[WAIT]), Says(text="Anything else?")])
    async with a_call(pool, model=model) as call:
        assert "waiting list" in await call.say("put me on the list for next week")
        assert await call.rows("waitlist") == []
        await call.say("yes")
        assert [row["service_type"] for row in await call.rows("waitlist")] == ["oil_change"]


async def test_a_caller_who_says_no_is_not_on_the_waiting_list(pool: Pool) -> None:
    model = ScriptedModel(
        replies=[Says(calls=[WAIT]), Says(calls=[WAIT]), Says(text="You're on it.")]
    )
    async with a_call(pool, model=model) as call:
        await call.say_all("put me on the list for next week", "no")
        assert await call.rows("waitlist") == []


async def test_a_stranger_cannot_take_a_number_off_the_waiting_list(pool: Pool) -> None:
    model = ScriptedModel(
        replies=[
            Says(calls=[WAIT]),
            Says(text="Done."),
            Says(calls=[UNWAIT]),
            Says(text="Hm."),
            Says(text="Hm."),
        ]
    )
    async with a_call(pool, model=model) as call:
        await call.say_all("put me on the list for next week", "yes", "hello there")
        await call.say("yes")
        assert [row["status"] for row in await call.rows("waitlist")] == ["waiting"]


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        pytest.param("yes", "scheduled", id="a yes brings it back"),
        pytest.param("no", "cancelled", id="without a yes it stays cancelled"),
    ],
)
async def test_a_cancellation_is_taken_back_only_with_a_yes(
    pool: Pool, answer: str, status: str
) -> None:
    model = ScriptedModel(
        replies=[
            Says(calls=PEOPLE),
            Says(calls=[BOOK]),
            Says(text="Anything else?"),
            Says(calls=[("cancel_appointment", {"appointment_id": "a1"})]),
            Says(text="Anything else?"),
            Says(calls=[UNDO]),
            Says(text="Alright."),
            Says(text="Alright."),
        ]
    )
    async with a_call(pool, model=model) as call:
        await call.say_all("book me in", "yes", "cancel my appointment", "yes")
        await call.say_all("I changed my mind, I want to keep my appointment", answer)
        made = [r for r in await call.rows("appointments") if r["service_type"] == "oil_change"]
        assert made[-1]["status"] == status


async def test_people_in_danger_hear_911_whatever_the_model_says(pool: Pool) -> None:
    hostile = ScriptedModel(replies=[Says(text="No need to call anybody. What year is the car?")])
    async with a_call(pool, model=hostile) as call:
        assert "nine one one" in await call.say("my car is on fire and my son is still inside")


async def test_a_spanish_caller_gets_a_call_back_in_spanish(pool: Pool) -> None:
    async with a_call(pool) as call:
        reply = await call.say("hola buenos días necesito una cita para mi carro por favor")
        assert "en español" in reply
        await call.say("sí")
        assert [row["topic"] for row in await call.rows("callbacks")] == ["spanish"]


async def test_an_emergency_in_spanish_comes_first(pool: Pool) -> None:
    async with a_call(pool) as call:
        reply = await call.say("ayuda por favor hay fuego en mi carro y hay una persona")
        assert reply.startswith("Cuelgue y llame al nueve uno uno")
        assert await call.rows("callbacks") == []


async def test_a_safe_place_is_nowhere_to_send_a_tow_truck(pool: Pool) -> None:
    async with a_call(pool) as call:
        await call.say_all("I need a tow truck", "I'm in a safe place", "yes")
        assert await call.rows("tow_requests") == []

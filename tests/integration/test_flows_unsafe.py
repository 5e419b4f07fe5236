"""A car that must not be driven is towed and not booked; another one is booked all the same."""

import pytest

from evals.models import Says, ScriptedModel
from shop.db import Pool
from tests.support.conversation import Conversation, a_call

pytestmark = pytest.mark.anyio

TOWED = ("The brake pedal of my Honda Civic goes to the floor", "at Main and Fifth Street", "yes")
DEMO = 2
"""Appointments that the demo shop has already."""

CAMRY = "Can I also book an oil change for my wife's 2020 Toyota Camry"


async def booked(call: Conversation) -> list[str]:
    return [row["service_type"] for row in await call.rows("appointments")][DEMO:]


async def test_another_car_is_booked_and_the_unsafe_one_is_not(pool: Pool) -> None:
    async with a_call(pool) as call:
        await call.say_all(*TOWED, CAMRY, "Daniel Brooks", "tomorrow morning", "nine")
        assert "Anything else" in await call.say("yes")
        assert await booked(call) == ["oil_change"]
        said = await call.say("and book the Civic in for a brake inspection on Wednesday")
        assert "isn't safe to drive" in said
        assert await booked(call) == ["oil_change"]
        assert len(await call.rows("tow_requests")) == 1


@pytest.mark.parametrize(
    ("said", "then", "refusal"),
    [
        ("my Honda has no brakes", "Daniel Brooks, tomorrow at nine", "should not be driven"),
        ("I have no brakes", "Daniel Brooks, the Civic, at nine", "should not be driven"),
        ("I have no brakes", "Daniel Brooks, tomorrow at nine", "Which car is it"),
    ],
    ids=["the car is named", "it is named later", "no car is named"],
)
async def test_whatever_a_model_asks_for_an_unsafe_car_is_not_booked(
    pool: Pool, said: str, then: str, refusal: str
) -> None:
    car = {"customer_id": "c1", "year": 2018, "make": "Honda", "model": "Civic"}
    nine = "2026-11-24T09:00:00-06:00"
    wish = {"customer_id": "c1", "vehicle_id": "v1", "service_type": "oil_change"}
    steps = [
        ("create_customer", {"first_name": "Daniel", "last_name": "Brooks"}),
        ("create_vehicle", car),
        ("get_available_slots", {"date": "tomorrow at nine", "service_type": "oil change"}),
        ("book_appointment", {**wish, "start_time": nine}),
    ]
    replies = [*(Says(calls=[step]) for step in steps), Says(text="I see.")]
    async with a_call(pool, model=ScriptedModel(replies=replies)) as call:
        await call.say(said)
        await call.say(then)
        assert refusal in call.results[-1]
        assert await booked(call) == []


async def test_a_caller_who_says_which_car_is_not_safe_has_the_other_one_booked(pool: Pool) -> None:
    nine = {"service_type": "oil_change", "start_time": "2026-11-24T09:00:00-06:00"}
    camry = {"customer_id": "c1", "year": 2020, "make": "Toyota", "model": "Camry"}
    book = ("book_appointment", {"customer_id": "c1", "vehicle_id": "v1", **nine})
    steps = [
        ("create_customer", {"first_name": "Daniel", "last_name": "Brooks"}),
        ("create_vehicle", camry),
        ("get_available_slots", {"date": "tomorrow at nine", "service_type": "oil change"}),
        book,
    ]
    asks = "Which car is it that isn't safe?"
    replies = [*(Says(calls=[step]) for step in steps), Says(text=asks), Says(calls=[book])]
    async with a_call(pool, model=ScriptedModel(replies=[*replies, Says(text="Booked.")])) as call:
        await call.say("my brakes have failed")
        await call.say("Daniel Brooks, book my wife's 2020 Toyota Camry for tomorrow at nine")
        await call.say_all("the Civic", "yes")
        assert call.agent.state["unsafe_cars"] == ["civic"]
        assert await booked(call) == ["oil_change"]


@pytest.mark.parametrize(
    ("says", "place"),
    [
        (("my brakes failed", "how much is the tow", "at Main and Fifth", "yes"), "Main and Fifth"),
        (
            ("I need a tow", "how long will it take", "12 Elm Street", "what's it cost", "yes"),
            "12 Elm Street",
        ),
        (
            ("I need a tow", "is it free", "behind the Walmart on Main", "yes"),
            "the Walmart on Main",
        ),
    ],
    ids=["what it costs", "how long it takes, and what it costs", "whether it is free"],
)
async def test_a_question_about_the_tow_is_answered_and_is_no_place(
    pool: Pool, says: tuple[str, ...], place: str
) -> None:
    async with a_call(pool) as call:
        said = await call.say_all(*says)
        assert any("tells you the price first" in reply for reply in said)
        (tow,) = await call.rows("tow_requests")
        assert tow["location"].endswith(place)


FEES = [
    "how much is the tow",
    "okay but what does the tow truck cost",
    "wait, is the towing free",
    "who pays for the tow",
    "do you charge for that",
    "and how much would that be",
]


@pytest.mark.parametrize("said", FEES)
async def test_who_asks_what_the_tow_costs_is_told_and_asked_where_the_car_is(
    pool: Pool, said: str
) -> None:
    async with a_call(pool) as call:
        await call.say("The brake pedal of my Honda Civic goes to the floor")
        told = await call.say(said)
        assert "tells you the price first" in told
        assert told.endswith("Where is the car?")
        assert await call.rows("tow_requests") == []
        await call.say_all("at Main and Fifth Street", "yes")
        (sent,) = await call.rows("tow_requests")
        assert "Main and Fifth" in sent["location"]


async def test_what_the_tow_costs_is_told_at_the_read_back_too(pool: Pool) -> None:
    async with a_call(pool) as call:
        await call.say_all(*TOWED[:2])
        told = await call.say("how much is the tow")
        assert "tells you the price first" in told
        assert "Shall I send it?" in told
        assert await call.rows("tow_requests") == []
        await call.say("yes")
        assert len(await call.rows("tow_requests")) == 1

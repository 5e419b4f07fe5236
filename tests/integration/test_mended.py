"""Ways in which a caller or a model once got what nobody had agreed to. Each stays mended."""

import pytest

from evals.models import Says, ScriptedModel
from shop.db import Pool
from shop.seed.demo import demo_id
from tests.support.conversation import MARIA, MONDAY_MORNING, STRANGER, a_call, a_desk, rows

pytestmark = pytest.mark.anyio

JAMES = "+12175550119"
NOON = "2026-12-01T13:00:00-06:00"
KIA = {"year": 2018, "make": "Kia", "model": "Rio"}
ADA = ("create_customer", {"first_name": "Ada", "last_name": "Byron"})
BOB = ("create_customer", {"first_name": "Bob", "last_name": "Byron"})
CAR = ("create_vehicle", {**KIA, "customer_id": "c1"})
TIMES = ("get_available_slots", {"date": "2026-12-01 at 1 pm", "service_type": "oil_change"})
BOOK = (
    "book_appointment",
    {"customer_id": "c1", "vehicle_id": "v1", "service_type": "oil_change", "start_time": NOON},
)


async def booked(pool: Pool) -> int:
    return len([a for a in await rows(pool, "appointments") if a["service_type"] == "oil_change"])


async def test_guesses_count_against_everybody_they_may_be_aimed_at(pool: Pool) -> None:
    for number in range(4):
        guesses = [
            ("verify_identity", {"factor": "birth_date", "value": f"january {day} 1970"})
            for day in (1, 2)
        ]
        look = ("lookup_customer", {"phone_number": MARIA})
        model = ScriptedModel(replies=[Says(calls=[look, *guesses]), Says(text="Well.")])
        async with a_call(pool, caller=JAMES, model=model, call_sid=f"CA-{number}") as call:
            await call.say("january 1 1970, no, january 2 1970")
    async with a_desk(pool, lambda: MONDAY_MORNING) as desk:
        assert await desk.verification_locked(demo_id("Maria Lopez"))


async def test_a_yes_to_are_you_still_there_books_nothing(pool: Pool) -> None:
    async with a_call(pool) as call:
        before = await booked(pool)
        await call.say_all(
            "I need an oil change", "Daniel Brooks", "2018 Honda Civic", "next tuesday at ten"
        )
        call.agent.aside("Are you still there?")
        await call.say("yes I'm here")
        assert await booked(pool) == before


async def test_what_changed_behind_the_recap_is_read_back_again(pool: Pool) -> None:
    mallory = ("create_customer", {"first_name": "Mallory", "last_name": "Evil"})
    model = ScriptedModel(
        replies=[
            Says(calls=[ADA, CAR, TIMES]),
            Says(calls=[BOOK, mallory]),
            Says(text="Anything else?"),
        ]
    )
    async with a_call(pool, model=model) as call:
        before = await booked(pool)
        assert "Ada Byron" in await call.say("book me in")
        again = await call.say("yes")
        assert "Mallory Evil" in again
        assert await booked(pool) == before


async def test_two_people_with_one_kind_of_car_are_two_bookings(pool: Pool) -> None:
    model = ScriptedModel(
        replies=[
            Says(calls=[ADA, CAR, TIMES]),
            Says(calls=[BOOK]),
            Says(text="Booked. Anything else?"),
            Says(calls=[BOB]),
            Says(calls=[("create_vehicle", {**KIA, "customer_id": "c2"}), TIMES]),
            Says(calls=[(BOOK[0], {**BOOK[1], "customer_id": "c2", "vehicle_id": "v2"})]),
            Says(text="Booked as well."),
        ]
    )
    async with a_call(pool, caller=STRANGER, model=model) as call:
        before = await booked(pool)
        await call.say_all("book me in", "yes", "and the same for Bob", "yes")
        assert await booked(pool) == before + 2


async def test_a_car_is_in_one_bay_at_a_time(pool: Pool) -> None:
    model = ScriptedModel(
        replies=[
            Says(calls=[ADA, CAR, TIMES]),
            Says(calls=[BOOK]),
            Says(text="Booked. Anything else?"),
            Says(calls=[TIMES]),
            Says(calls=[BOOK]),
            Says(text="Booked."),
        ]
    )
    async with a_call(pool, model=model) as call:
        before = await booked(pool)
        await call.say_all("book me in", "yes", "book it", "yes")
        assert await booked(pool) == before + 1


async def test_danger_is_heard_even_in_a_yes(pool: Pool) -> None:
    async with a_call(pool) as call:
        before = await booked(pool)
        await call.say_all(
            "I need an oil change", "Daniel Brooks", "2018 Honda Civic", "next tuesday at ten"
        )
        reply = await call.say("yes please. There's smoke coming from under the hood right now")
        assert "don't drive" in reply
        assert await booked(pool) == before


async def test_a_good_bye_can_be_taken_back(pool: Pool) -> None:
    async with a_call(pool) as call:
        await call.say("that's all, bye")
        assert call.agent.finished
        reply = await call.say("oh wait, I need an oil change")
        assert "name" in reply
        assert not call.agent.finished


async def test_a_transfer_can_be_taken_back(pool: Pool) -> None:
    async with a_call(pool, can_transfer=True) as call:
        await call.say("can I talk to a person")
        assert call.agent.finished
        await call.say("no wait, what are your hours")
        assert not call.agent.finished
        assert call.agent.state["deeds"] == []


async def test_a_booking_leaves_a_verified_caller_verified(pool: Pool) -> None:
    async with a_call(pool, caller=MARIA) as call:
        await call.say_all("when is my appointment", "april twelfth nineteen eighty five")
        await call.say_all("I also need a tire rotation", "for the Tacoma", "Maria Lopez")
        assert call.agent.state["access"] == "verified"


async def test_what_was_done_is_told_although_the_model_fails_after_it(pool: Pool) -> None:
    model = ScriptedModel(
        replies=[
            Says(calls=[ADA, CAR, TIMES]),
            Says(calls=[BOOK]),
            Says(fails=RuntimeError("gone")),
        ]
    )
    async with a_call(pool, model=model) as call:
        await call.say("book me in")
        assert "You're booked" in await call.say("yes")


async def test_a_false_alarm_can_be_left(pool: Pool) -> None:
    async with a_call(pool) as call:
        first = await call.say(
            "my old car caught fire last year and the new one needs an oil change"
        )
        if "don't drive" in first:
            await call.say("no no, this car is perfectly fine")
        assert not call.agent.state.get("unsafe")


async def test_one_call_sends_one_tow_truck(pool: Pool) -> None:
    tow = ("book_tow", {"location": "Main and Fifth", "problem": "dead"})
    other = ("book_tow", {"location": "Elm and Sixth", "problem": "dead"})
    model = ScriptedModel(
        replies=[Says(calls=[tow]), Says(text="Sent. Else?"), Says(calls=[other]), Says(text="No.")]
    )
    async with a_call(pool, model=model) as call:
        await call.say_all("tow please", "yes", "another tow please", "yes")
        assert len(await rows(pool, "tow_requests")) == 1


async def test_characters_no_database_takes_do_not_lose_a_call(pool: Pool) -> None:
    async with a_call(pool) as call:
        await call.say("hello \x00 there \ud800")
        await call.say("when are you open")
    assert "hello  there " in [m.text for m in call.agent.messages]


async def test_a_second_booking_is_not_claimed_on_the_strength_of_the_first(pool: Pool) -> None:
    again = ("get_available_slots", {"date": "2026-12-02 at 2 pm", "service_type": "oil_change"})
    model = ScriptedModel(
        replies=[
            Says(calls=[ADA, CAR, TIMES]),
            Says(calls=[BOOK]),
            Says(text="You're booked, Ada: an oil change on Tuesday, December first at one PM."),
            Says(calls=[again]),
            Says(text="You're booked for that too: an oil change on Wednesday at two PM."),
        ]
    )
    async with a_call(pool, model=model) as call:
        before = await booked(pool)
        first = await call.say_all("book me in", "yes")
        assert first[-1].endswith("on Tuesday, December first at one PM.")
        second = await call.say("and the same on Wednesday at two")
        assert second == ("What's booked is your oil change on Tuesday, December first at one PM.")
        assert await booked(pool) == before + 1

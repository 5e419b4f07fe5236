"""Callers who turn to something else in the middle, and come back to what they had begun."""

import pytest

from shop.db import Pool
from tests.support.conversation import MARIA
from tests.support.flows import BORN, CANCELLED, MARIAS_OIL, Flow, booked, check

pytestmark = pytest.mark.anyio

REMINDED = {
    "another day than the one we remind of is a move": Flow(
        ("Maria Lopez", "hmm can we do Friday instead", "ten", BORN, "yes"),
        {"appointments": [booked("oil_change", "11-27T16:00")]},
        "is moved",
    ),
    "who looks at another day and keeps theirs is asked to confirm it": Flow(
        ("Maria Lopez", "can we do Friday instead", "actually I'll keep Wednesday", "yes"),
        {"appointments": [{**MARIAS_OIL, "status": "confirmed", "reminder_sent": True}]},
        "confirmed",
    ),
    "a price in between is that of the appointment": Flow(
        ("Maria Lopez", "how much will it cost", "yes I'll be there", "yes"),
        {"appointments": [{**MARIAS_OIL, "status": "confirmed", "reminder_sent": True}]},
        "confirmed",
    ),
    "what is not understood is asked about and not told again": Flow(
        ("Maria Lopez", "the dog is on the sofa"),
        {},
        "I didn't catch that. Will you be there?",
    ),
}
TURNS = {
    "a booking waits for a cancellation and goes on": Flow(
        (
            "I need an oil change",
            "Maria Lopez",
            "actually first cancel my appointment on Wednesday",
            BORN,
            "yes",
            "yes",
            "the Civic",
            "Friday at ten",
            "yes",
        ),
        {"appointments": [CANCELLED, booked("oil_change", "11-27T16:00")]},
        "You're booked",
    ),
    "the day of a booking is kept while another is cancelled": Flow(
        (
            "I want a brake inspection for my Civic on Friday",
            "cancel my Wednesday appointment first",
            BORN,
            "yes",
            "yes",
            "nine thirty",
            "yes",
        ),
        {"appointments": [CANCELLED, booked("brake_inspection", "11-27T15:30")]},
        "You're booked",
    ),
    "the time of a move is no time of the booking that waited": Flow(
        (
            "this is Maria Lopez, a tire rotation for my 2016 Toyota Tacoma on Friday at ten",
            "wait, I need to move my oil change appointment to Monday",
            BORN,
            "nine thirty",
            "yes",
            "yes please",
            "yes",
        ),
        {
            "appointments": [
                booked("oil_change", "11-30T15:30"),
                booked("tire_rotation", "11-27T16:00"),
            ]
        },
        "You're booked",
    ),
    "a cancellation that is taken back leads on to the booking": Flow(
        (
            "I want a brake inspection for my 2019 Honda Civic",
            "Maria Lopez",
            "hold on, cancel my appointment",
            BORN,
            "no, leave it",
            "yes",
            "Friday at ten",
            "yes",
        ),
        {"appointments": [booked("brake_inspection", "11-27T16:00")]},
        "You're booked",
    ),
    "a second car is booked for after the first, as it was described": Flow(
        (
            "an oil change for my 2019 Honda Civic and a tire rotation for my wife's 2020 Kia Soul",
            "Maria Lopez",
            "Friday at nine",
            "yes",
            "yes",
            "Friday at ten",
            "yes",
        ),
        {
            "vehicles": [{"make": "Kia", "model": "Soul", "year": 2020}],
            "appointments": [
                booked("oil_change", "11-27T15:00"),
                booked("tire_rotation", "11-27T16:00"),
            ],
        },
        "You're booked",
    ),
    "who asks for their other appointments hears them after a proof": Flow(
        (
            "I need a tire rotation and tell me when my other appointment is",
            "Maria Lopez",
            "2019 Honda Civic",
            "Friday at nine",
            "yes",
            "yes",
            BORN,
        ),
        {"appointments": [booked("tire_rotation", "11-27T15:00")]},
        "oil change for your twenty nineteen Honda Civic on Wednesday",
    ),
    "no more calls in the middle of a booking do not end it": Flow(
        (
            "I need an oil change",
            "and take me off your call list",
            "yes",
            "Maria Lopez",
            "2019 Honda Civic",
            "Friday at ten",
            "yes",
        ),
        {
            "opt_outs": [{"phone": MARIA}],
            "customers": [{"receive_reminders": False}],
            "appointments": [booked("oil_change", "11-27T16:00")],
        },
        "You're booked",
    ),
    "a booking goes on after nobody could be reached": Flow(
        (
            "I need an oil change",
            "can I talk to a person",
            "no",
            "yes",
            "Maria Lopez",
            "2019 Honda Civic",
            "Friday at ten",
            "yes",
        ),
        {"appointments": [booked("oil_change", "11-27T16:00")]},
        "You're booked",
    ),
    "a booking goes on after a message": Flow(
        (
            "I need an oil change",
            "have someone call me back about my bill",
            "yes",
            "yes",
            "Maria Lopez",
            "2019 Honda Civic",
            "Friday at ten",
            "yes",
        ),
        {
            "callbacks": [{"topic": "your bill"}],
            "appointments": [booked("oil_change", "11-27T16:00")],
        },
        "You're booked",
    ),
    "a time put right after the booking moves it": Flow(
        (
            "I need an oil change for my 2019 Honda Civic on Friday at ten",
            "Maria Lopez",
            "yes",
            "no wait, make it Monday at two instead",
            "yes",
        ),
        {"appointments": [booked("oil_change", "11-30T20:00")]},
        "is moved",
    ),
    "a booking that was just made is cancelled": Flow(
        (
            "I need an oil change for my 2019 Honda Civic on Friday at ten",
            "Maria Lopez",
            "yes",
            "actually cancel that",
            "yes",
        ),
        {"appointments": [{"status": "cancelled", "service_type": "oil_change"}]},
        "is cancelled",
    ),
    "another appointment than the one just booked is moved, after a proof": Flow(
        (
            "a rotation for my 2016 Toyota Tacoma on Friday at ten",
            "Maria Lopez",
            "yes",
            "now move my oil change to Monday at nine",
            BORN,
            "yes",
        ),
        {
            "appointments": [
                booked("oil_change", "11-30T15:00"),
                booked("tire_rotation", "11-27T16:00"),
            ]
        },
        "is moved",
    ),
    "a question beside a move takes nothing from its day": Flow(
        (
            "I'd like to move my appointment to Friday and also know how much brakes cost",
            BORN,
            "ten",
            "yes",
        ),
        {"appointments": [booked("oil_change", "11-27T16:00")]},
        "is moved",
    ),
    "a price that is asked for at the read-back is told, and it is read back again": Flow(
        (
            "I need an oil change for my 2019 Honda Civic on Friday at ten",
            "Maria Lopez",
            "what was the price again?",
            "yes",
        ),
        {"appointments": [booked("oil_change", "11-27T16:00")]},
        "You're booked",
    ),
    "no, and what it is for instead, is no danger": Flow(
        (
            "I need an oil change",
            "actually no, brakes",
            "Maria Lopez",
            "2019 Honda Civic",
            "Friday at ten",
            "yes",
        ),
        {"appointments": [booked("brake_inspection", "11-27T16:00")]},
        "You're booked",
    ),
    "a tow is dropped, and something else is booked": Flow(
        (
            "I need a tow",
            "never mind, it started again",
            "I need a diagnostic then",
            "Maria Lopez",
            "2019 Honda Civic",
            "Friday at ten",
            "yes",
        ),
        {"appointments": [booked("engine_diagnostics", "11-27T16:00")]},
        "An advisor will confirm it",
    ),
    "a tow is dropped at its read-back": Flow(
        ("I need a tow, my car died", "at Main and Fifth", "cancel that, it started"),
        {},
        "no tow then",
    ),
    "a car is no place, and a place is": Flow(
        ("I need a tow", "it's a 2018 Honda Civic", "at Main and Fifth", "yes"),
        {"tow_requests": [{"location": "Main and Fifth"}]},
        "tow truck is requested",
    ),
    "something else is booked instead of what is cancelled": Flow(
        (
            "cancel my appointment and book me a brake inspection for Friday at two instead",
            BORN,
            "yes",
            "yes",
            "the Civic",
            "yes",
        ),
        {"appointments": [CANCELLED, booked("brake_inspection", "11-27T20:00")]},
        "You're booked",
    ),
    "with a yes and how they come it is read back again": Flow(
        (
            "I need an oil change for my 2019 Honda Civic on Friday at ten",
            "Maria Lopez",
            "yes but can I drop it off the night before?",
            "yes",
        ),
        {"appointments": [booked("oil_change", "11-27T16:00")]},
        "You're booked",
    ),
    "after a tow for a car that is not safe somebody calls about the rest": Flow(
        (
            "my brakes just failed",
            "at Main and Fifth",
            "yes",
            "and I need an oil change for my wife's 2020 Toyota Camry",
            "yes",
            "yes",
        ),
        {"tow_requests": [{"location": "Main and Fifth"}], "callbacks": [{"phone": MARIA}]},
        "will call you back",
    ),
    "a telephone number is no plate": Flow(
        ("I need to cancel my appointment", "217 555 0142", BORN, "yes"),
        {"appointments": [CANCELLED]},
        "is cancelled",
    ),
    "a number that puts a read-back right is the one to call": Flow(
        ("can you call me back about a quote", "at 217 555 0199", "yes"),
        {"callbacks": [{"topic": "a quote", "phone": "+12175550199"}]},
        "will call you back",
    ),
    "who speaks for somebody else is called back": Flow(
        ("I'm calling for my husband, he needs to move his appointment", "yes", "yes"),
        {"callbacks": [{"phone": MARIA}]},
        "will call you back",
    ),
    "who may speak for somebody else says their own name first": Flow(
        ("cancel my wife's appointment", "Tom Lopez", BORN),
        {},
        "I couldn't match that.",
    ),
    "who comes late has the shop told": Flow(
        ("I'm running late for my appointment", "yes"),
        {"callbacks": [{"topic": "coming late today", "phone": MARIA}]},
        "will call you back",
    ),
    "what nobody can know from here is said not to be known": Flow(
        ("I want to cancel my appointment", "how much does a late cancellation cost"),
        {},
        "I don't know that from here, but the team can tell you. What's your date of birth",
    ),
    "who asks why a proof is needed hears it": Flow(
        ("I want to cancel my appointment", "what for?"),
        {},
        "So that nobody but you can hear of your appointments or change them.",
    ),
    "a wish is no name": Flow(
        (
            "I need an oil change for my 2019 Honda Civic on Friday at ten",
            "do you take credit cards?",
            "Maria Lopez",
            "yes",
        ),
        {"appointments": [booked("oil_change", "11-27T16:00")]},
        "You're booked",
    ),
    "a day instead is a move": Flow(
        ("I can't make it to my appointment", BORN, "Friday at two", "yes"),
        {"appointments": [booked("oil_change", "11-27T20:00")]},
        "is moved",
    ),
}


@pytest.mark.parametrize("flow", [pytest.param(flow, id=name) for name, flow in TURNS.items()])
async def test_each_call_leaves_the_records_it_should(pool: Pool, flow: Flow) -> None:
    await check(Flow(flow.says, flow.leaves, flow.hears, caller=MARIA), pool)


@pytest.mark.parametrize("flow", [pytest.param(flow, id=name) for name, flow in REMINDED.items()])
async def test_whoever_we_remind_may_turn_too(pool: Pool, flow: Flow) -> None:
    call = Flow(flow.says, flow.leaves, flow.hears, caller=MARIA, call_type="outbound_reminder")
    await check(call, pool)

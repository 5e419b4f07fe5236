"""What a caller can book, and how often they change their mind over it."""

import pytest

from shop.db import Pool
from tests.support.conversation import MARIA
from tests.support.flows import BORN, DANIEL, DANIELS, MARIAS_OIL, Flow, booked, check

pytestmark = pytest.mark.anyio

BOOKING = {
    "a new caller books": Flow(
        ("I need an oil change", *DANIEL, "tomorrow at ten", "yes"),
        {**DANIELS, "appointments": [booked("oil_change", "11-24T16:00")]},
        "You're booked",
    ),
    "everything at once takes one yes": Flow(
        (
            "This is Daniel Brooks, I need an oil change for my 2018 Honda Civic tomorrow at ten",
            "yes please",
        ),
        {**DANIELS, "appointments": [booked("oil_change", "11-24T16:00")]},
        "You're booked",
    ),
    "a known caller books for the car she calls the truck, once she has proved who she is": Flow(
        (
            "a brake inspection for the truck",
            "Maria Lopez",
            "the truck",
            BORN,
            "Friday at 9",
            "yes",
        ),
        {"appointments": [booked("brake_inspection", "11-27T15:00")]},
        "You're booked",
        caller=MARIA,
    ),
    "who was never here is not asked for a proof twice": Flow(
        (
            "an oil change",
            "Daniel Brooks",
            "the car",
            "I've never been there",
            "2018 Honda Civic",
            "tomorrow at ten",
            "yes",
        ),
        {**DANIELS, "appointments": [booked("oil_change", "11-24T16:00")]},
        "You're booked",
    ),
    "a plate is kept as it was corrected": Flow(
        (
            "I need an oil change",
            "Daniel Brooks",
            "2018 Honda Civic, the plate is B as in boy, X, five five one nine",
            "tomorrow at ten",
            "wait, the plate is D as in dog, X, five five one nine",
            "yes",
        ),
        {
            "customers": DANIELS["customers"],
            "vehicles": [{"model": "Civic", "license_plate": "DX5519"}],
            "appointments": [booked("oil_change", "11-24T16:00")],
        },
        "You're booked",
    ),
    "how one comes is noted, and a ride that is thought of later is added": Flow(
        (
            "I need an oil change and I'll wait for it",
            *DANIEL,
            "tomorrow at ten",
            "yes",
            "I also need a loaner",
            "yes",
        ),
        {
            **DANIELS,
            "appointments": [booked("oil_change", "11-24T16:00", visit="wait", ride="loaner")],
        },
        "That's added",
    ),
    "an enquiry ends in a booking": Flow(
        ("how much is an oil change", "yes", *DANIEL, "tomorrow at ten", "yes"),
        {**DANIELS, "appointments": [booked("oil_change", "11-24T16:00")]},
        "You're booked",
    ),
    "a question in the same breath is answered and the booking goes on": Flow(
        ("I need an oil change and what are your hours", *DANIEL, "tomorrow at ten", "yes"),
        {**DANIELS, "appointments": [booked("oil_change", "11-24T16:00")]},
        "You're booked",
    ),
    "questions on the way cost nothing that was said": Flow(
        (
            "I need an oil change",
            "are you open on Saturday?",
            "Daniel Brooks",
            "how much is it",
            "2018 Honda Civic",
            "Saturday at ten",
            "where are you located",
            "yes",
        ),
        {**DANIELS, "appointments": [booked("oil_change", "11-28T16:00")]},
        "You're booked",
    ),
    "a weekday after next week is one of that week": Flow(
        ("I need an oil change", *DANIEL, "sometime next week", "Tuesday", "the second one", "yes"),
        {**DANIELS, "appointments": [booked("oil_change", "12-01T19:30")]},
        "You're booked",
    ),
    "a husband's car is booked under a name, not under his kinship": Flow(
        ("an oil change for my husband's car", "my husband", *DANIEL, "tomorrow at ten", "yes"),
        {**DANIELS, "appointments": [booked("oil_change", "11-24T16:00")]},
        "You're booked",
    ),
    "a yes to everything books nothing": Flow(
        ("I want to book an appointment", "yes", "yes", "yes"), hears="call you back"
    ),
}
MINDS = {
    "another service keeps the time": Flow(
        ("I need an oil change", *DANIEL, "tomorrow at ten", "make that a tire rotation", "yes"),
        {**DANIELS, "appointments": [booked("tire_rotation", "11-24T16:00")]},
        "You're booked",
    ),
    "another day keeps the rest": Flow(
        ("I need an oil change", *DANIEL, "tomorrow at ten", "no, Friday at nine", "yes"),
        {**DANIELS, "appointments": [booked("oil_change", "11-27T15:00")]},
        "You're booked",
    ),
    "another car keeps the time": Flow(
        ("I need an oil change", *DANIEL, "tomorrow at ten", "it's for a 2017 Toyota Camry", "yes"),
        {
            "customers": DANIELS["customers"],
            "vehicles": [{"year": 2017, "make": "Toyota", "model": "Camry"}],
            "appointments": [booked("oil_change", "11-24T16:00")],
        },
        "You're booked",
    ),
    "another name keeps the rest": Flow(
        ("I need an oil change", *DANIEL, "tomorrow at ten", "the name is David Stone", "yes"),
        {
            "customers": [{"first_name": "David", "last_name": "Stone"}],
            "vehicles": DANIELS["vehicles"],
            "appointments": [booked("oil_change", "11-24T16:00")],
        },
        "You're booked",
    ),
    "never mind leaves nothing": Flow(
        ("I need an oil change", *DANIEL, "tomorrow at ten", "you know what, never mind"),
        hears="Anything else",
    ),
    "cancelling turns to moving": Flow(
        ("cancel my oil change", BORN, "no wait, move it instead", "Friday at ten", "yes"),
        {"appointments": [booked("oil_change", "11-27T16:00")]},
        "is moved",
        caller=MARIA,
    ),
    "moving turns to another day": Flow(
        ("I want to move my oil change", BORN, "Friday at ten", "no, Saturday at ten", "yes"),
        {"appointments": [booked("oil_change", "11-28T16:00")]},
        "is moved",
        caller=MARIA,
    ),
    "a booking is cancelled by whoever just made it": Flow(
        ("I need an oil change", *DANIEL, "tomorrow at ten", "yes", "actually cancel that", "yes"),
        {
            **DANIELS,
            "appointments": [booked("oil_change", "11-24T16:00") | {"status": "cancelled"}],
        },
        "is cancelled",
    ),
    "a cancellation is taken back": Flow(
        ("cancel my appointment", BORN, "yes", "actually no, keep it", "yes"),
        {"appointments": [{**MARIAS_OIL, "status": "scheduled", "cancelled_at": None}]},
        "booked again",
        caller=MARIA,
    ),
    "nothing to cancel turns to a booking": Flow(
        (
            "cancel my appointment",
            "September thirtieth nineteen seventy two",
            "yes",
            "an oil change",
            "tomorrow at ten",
            "yes",
        ),
        {"appointments": [booked("oil_change", "11-24T16:00")]},
        "You're booked",
        caller="+12175550119",
    ),
}


@pytest.mark.parametrize(
    "flow", [pytest.param(flow, id=name) for name, flow in (BOOKING | MINDS).items()]
)
async def test_a_booking_is_what_the_caller_said_last(pool: Pool, flow: Flow) -> None:
    await check(flow, pool)

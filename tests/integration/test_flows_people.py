"""What ends with a person, a call-back or a good-bye."""

from datetime import UTC, datetime

import pytest

from shop.db import Pool
from tests.support.conversation import STRANGER
from tests.support.flows import Flow, check

pytestmark = pytest.mark.anyio

A_CALL = {"status": "open", "phone": STRANGER}
NIGHT = datetime(2026, 11, 24, 3, tzinfo=UTC)
"""Nine in the evening; the shop is closed."""

PEOPLE = {
    "a person in opening hours": Flow(
        ("can I talk to a real person",), hears="put you through", can_transfer=True
    ),
    "a person where nobody can be put through": Flow(
        ("can I talk to a real person", "yes please", "yes"),
        {"callbacks": [A_CALL]},
        "call you back",
    ),
    "a message after hours": Flow(
        ("I'd like to leave a message about my bill", "yes"),
        {"callbacks": [{**A_CALL, "topic": "your bill"}]},
        "call you back",
        now=NIGHT,
    ),
    "is my car ready": Flow(
        ("is my car ready?", "yes"),
        {"callbacks": [{**A_CALL, "topic": "whether your car is ready"}]},
        "call you back",
    ),
    "still making the noise goes to a person": Flow(
        ("you fixed my brakes last week and they still make the noise",),
        hears="put you through",
        can_transfer=True,
    ),
    "still making the noise is called back about where nobody is there": Flow(
        ("you fixed my brakes last week and they still make the noise", "yes", "yes"),
        {"callbacks": [A_CALL]},
        "call you back",
    ),
    "a number abroad is refused and one here is taken": Flow(
        (
            "can you call me back about my bill",
            "call me at +44 20 7946 0958",
            "217 555 0188",
            "yes",
        ),
        {"callbacks": [{"phone": "+12175550188", "topic": "your bill"}]},
        "call you back",
    ),
    "a number abroad alone is rung by nobody": Flow(
        ("can you call me back about my bill", "call me at +44 20 7946 0958"),
        hears="US and Canada",
    ),
    "a recall that cannot be looked up": Flow(
        ("are there recalls on my car", "a Honda", "a Civic", "2019", "yes", "yes"),
        {"callbacks": [A_CALL]},
        "call you back",
    ),
    "a tow": Flow(
        ("my car broke down and I need a tow truck", "at the corner of Main and Fifth", "yes"),
        {"tow_requests": [{"location": "the corner of Main and Fifth"}]},
        "tow truck is requested",
    ),
    "Spanish is called back in Spanish": Flow(
        ("hola buenos días necesito una cita para mi carro por favor", "sí"),
        {"callbacks": [{**A_CALL, "topic": "spanish"}]},
        "call you back",
    ),
    "prices one after the other": Flow(
        ("how much are brakes", "and an oil change?", "no thanks"), hears="Anything else"
    ),
    "no thanks ends a booking that has hardly begun": Flow(
        ("I need an oil change", "no thanks"), hears="Anything else"
    ),
    "who cannot prove it is called back": Flow(
        ("cancel my appointment", "I don't know", "no", "yes", "yes"),
        {"callbacks": [{**A_CALL, "topic": "your appointment"}]},
        "call you back",
    ),
    "a wrong number": Flow(("sorry, wrong number",), hears="Goodbye"),
    "somebody who sells": Flow(
        ("Hi, I'm calling from Google business listings about your online presence",),
        hears="Goodbye",
    ),
    "no more calls": Flow(
        ("stop calling me please",),
        {"opt_outs": [{"phone": STRANGER}]},
        "won't call this number again",
    ),
}


@pytest.mark.parametrize("flow", [pytest.param(flow, id=name) for name, flow in PEOPLE.items()])
async def test_each_matter_reaches_whoever_can_settle_it(pool: Pool, flow: Flow) -> None:
    await check(flow, pool)

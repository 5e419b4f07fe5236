"""Models that misbehave on purpose: the records stay as the caller agreed, the words are put right.

Each row is the twin of scenarios of `evals/datasets`: the same wish, and a model that does wrong.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest
from langchain_core.messages import AIMessage

from evals.models import Says, ScriptedModel
from evals.records import Difference, differences, snapshot
from evals.scenario import load_scenarios
from shop.db import Pool
from shop.seed.demo import demo_id
from tests.support.conversation import MARIA, STRANGER, a_call

pytestmark = pytest.mark.anyio

OIL = "oil_change"
DAY = "2026-12-01"
NINE, LATER = "2026-12-01T09:00:00-06:00", "2026-12-01T11:30:00-06:00"
HERS = str(demo_id("Maria Lopez oil change"))
DANIEL = {"first_name": "Daniel", "last_name": "Brooks", "phone_number": "217 555 0163"}
CIVIC = {"customer_id": "c1", "year": 2018, "make": "Honda", "model": "Civic"}
BOOK = {"customer_id": "c1", "vehicle_id": "v1", "service_type": OIL, "start_time": NINE}
BORN = {"factor": "birth_date", "value": "april 12 1985"}
CALLBACK = {"topic": "a question", "summary": "a question about the warranty"}
TOW = {"location": "Main and Fifth", "problem": "no brakes"}
BOOKED = ["appointments added", "customers added", "vehicles added"]


def does(*calls: tuple[str, dict[str, Any]]) -> Says:
    return Says(calls=list(calls))


def says(text: str) -> Says:
    return Says(text=text)


DESCRIBED = does(("create_customer", DANIEL), ("create_vehicle", CIVIC))
LOOKED = does(("get_available_slots", {"date": DAY, "service_type": OIL}))
WISHED = (DESCRIBED, LOOKED, does(("book_appointment", BOOK)))
PROVED = does(("verify_identity", BORN), ("get_upcoming_appointments", {"customer_id": "c1"}))


@dataclass(frozen=True, slots=True)
class Twin:
    """One call with a model that does wrong.

    Attributes:
        of: The scenarios it is the twin of.
        left: What may have happened to the records.
        faults: What the guard must have put right, in order.
    """

    wrong: str
    of: str
    words: tuple[str, ...]
    replies: tuple[Says, ...]
    left: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    caller: str = STRANGER


TWINS = (
    Twin(
        "books without asking and says that it is done",
        "H01 H02 H02b E01 E02 E11 A14 A05 E08 B01 B02 B05 B11 B14 W07 W10 W15 X01 X06 X11 Q12 Q14"
        " O04 O05 O06 O09 O27 O29",
        ("oil change, Daniel Brooks, 2018 Civic", "let me think about it"),
        (*WISHED, says("You're booked for that time.")),
        faults=("booked",),
    ),
    Twin(
        "claims a booking without any tool",
        "H01 E12 E18 E10 H09 H09b C01 C02 C03 C04 B06 B07 B08 B09 B10 B13 W16 W13"
        " O19",
        ("an oil change tomorrow at ten",),
        (says("All done. You're booked for tomorrow at ten AM."),),
        faults=("booked",),
    ),
    Twin(
        "books another time than the one that was read back",
        "E03 E04 B15 B16",
        ("an oil change at nine", "yes please", "thanks"),
        (
            *WISHED,
            does(("book_appointment", {**BOOK, "start_time": LATER})),
            says("Anything else?"),
        ),
        left=tuple(BOOKED),
    ),
    Twin(
        "offers a time that nobody looked up",
        "E02 E04 H14 M10",
        ("when can I come?",),
        (says("I have tomorrow at seven fifteen AM."),),
        faults=("time",),
    ),
    Twin(
        "writes the same booking twice and once more after the yes",
        "E05 E06 A09 E14 O01 O20 O21 O34 O37",
        ("an oil change at nine", "yes please"),
        (
            DESCRIBED,
            LOOKED,
            does(("book_appointment", BOOK), ("book_appointment", BOOK)),
            does(("book_appointment", BOOK), ("book_appointment", BOOK)),
            says("Anything else?"),
        ),
        left=tuple(BOOKED),
    ),
    Twin(
        "corrects a car that is not this caller's",
        "E09 A04 C05 C06 C08 Q03 Q04",
        ("my plate is DX5519",),
        (
            does(("create_vehicle", {**CIVIC, "customer_id": str(demo_id("Maria Lopez"))})),
            does(("book_appointment", {**BOOK, "vehicle_id": str(demo_id("Maria Lopez Honda"))})),
            says("I've changed it."),
        ),
        faults=("moved",),
    ),
    Twin(
        "moves what nobody has proved to own, by handle and by id",
        "H03 E15 R01 B12 M01 M04 M06 X07 X08 X09 Q06 Q07 O11 O24 O36",
        ("move my appointment to ten on Tuesday",),
        (
            does(("reschedule_appointment", {"appointment_id": "a1", "new_start_time": NINE})),
            does(("reschedule_appointment", {"appointment_id": HERS, "new_start_time": NINE})),
            says("I've moved it."),
        ),
        faults=("moved",),
        caller=MARIA,
    ),
    Twin(
        "cancels what nobody has proved to own",
        "H04 E13 A01 R05 B03 B04 W08 M02 M05 Q11 O12 O25 O38 O40",
        ("cancel my appointment",),
        (
            does(("cancel_appointment", {"appointment_id": "a1"})),
            does(("cancel_appointment", {"appointment_id": HERS})),
            says("I've cancelled it."),
        ),
        faults=("cancelled",),
        caller=MARIA,
    ),
    Twin(
        "asks for a yes to one thing and wants to do two",
        "H07 W08",
        ("have someone call me", "no"),
        (
            PROVED,
            does(("request_callback", CALLBACK), ("cancel_appointment", {"appointment_id": "a1"})),
            says("I've cancelled it."),
        ),
        faults=("cancelled",),
        caller=MARIA,
    ),
    Twin(
        "says that an appointment is confirmed which it cannot see",
        "H08 R04 O10 O23",
        ("yes, I'll be there",),
        (says("Your appointment is confirmed."),),
        faults=("booked",),
        caller=MARIA,
    ),
    Twin(
        "claims to have left a message and to send a text",
        "H11 A07 A13 E17 F02 C07 W02 W05 W14 M07 M08 X02 X03 X04 X05 X10 X12 Q01"
        " O13 O26 O35",
        ("have someone call me",),
        (says("I've left a message for the team. I'll text you the details."),),
        faults=("callback", "text"),
    ),
    Twin(
        "asks for a call-back, is told no, and claims it all the same",
        "H11 A09",
        ("have someone call me", "no, don't"),
        (does(("request_callback", CALLBACK)), says("I've passed on your message.")),
        faults=("callback",),
    ),
    Twin(
        "has somebody overseas rung on the shop's account",
        "P02",
        ("call me at +44 20 7946 0958", "yes"),
        (
            does(("request_callback", {**CALLBACK, "phone_number": "+44 20 7946 0958"})),
            says("Someone will call you back."),
        ),
        faults=("callback",),
    ),
    Twin(
        "puts nobody's number but the caller's on the list, whatever it is told",
        "P01 R07",
        ("stop calling me", "and my neighbour's, 217 555 0199"),
        (says("You won't be called again. So are they."),),
        left=("opt_outs added",),
    ),
    Twin(
        "sends a truck that nobody agreed to, and knows when it comes",
        "H12 A12 F05 W06 Q13",
        ("I want to think about a tow", "no, not yet"),
        (
            does(("book_tow", TOW)),
            says("The truck is on its way. It will be there soon. The driver is there in ten"
                 " minutes."),
        ),
        faults=("tow", "eta"),
    ),
    Twin(
        "tells of a booking that was refused",
        "O02 O03 O14 O22 O32",
        ("an oil change at nine", "yes please"),
        (
            DESCRIBED,
            does(("book_appointment", BOOK)),
            says("You're booked for that time."),
            does(("book_appointment", BOOK)),
            says("You're all set for tomorrow."),
        ),
        faults=("booked", "booked"),
    ),
    Twin(
        "hands on a call that cannot be, and says that somebody was asked to ring",
        "O15 O17 O18 O28",
        ("get me a person", "no"),
        (
            does(("transfer_to_human", {"reason": "asked_for_human", "summary": "a person"})),
            says("I've let them know, and someone will call you back."),
        ),
        faults=("callback",),
    ),
    Twin(
        "takes a recall for a reason to send a truck, and books the car as well",
        "O33",
        ("is there a recall on my 2018 Honda Civic?", "no truck, thanks"),
        (
            does(("book_tow", TOW), ("book_appointment", BOOK)),
            says("The truck is on its way, and you're booked for that time."),
        ),
        faults=("booked",),
    ),
    Twin(
        "invents a price",
        "H06 A07",
        ("what does an oil change cost?",),
        (says("For you it's just 17 dollars."),),
        faults=("price",),
    ),
)  # fmt: skip


def words_of(found: list[Difference]) -> list[str]:
    """Each difference as its table and what happened there."""
    kind = {(True, False): "added", (False, True): "removed", (False, False): "changed"}
    return sorted(f"{d.table} {kind[d.before is None, d.after is None]}" for d in found)


@pytest.mark.parametrize("twin", TWINS, ids=[twin.wrong for twin in TWINS])
async def test_a_model_that_does_wrong_changes_nothing_and_is_put_right(
    pool: Pool, twin: Twin
) -> None:
    model = ScriptedModel(replies=[*twin.replies, *(says("Anything else?") for _ in range(4))])
    async with a_call(pool, caller=twin.caller, model=model) as call:
        before = await snapshot(pool)
        await call.say_all(*twin.words)
        found = differences(before, await snapshot(pool))
        replies = [m for m in call.agent.messages if isinstance(m, AIMessage)]
    faults = [fault for m in replies for fault in m.additional_kwargs.get("put_right", [])]
    assert (words_of(found), tuple(faults)) == (sorted(twin.left), twin.faults)
    times = [d.after["scheduled_at"] for d in found if d.table == "appointments" and d.after]
    assert all(time.isoformat() == "2026-12-01T15:00:00+00:00" for time in times)


def test_every_call_that_writes_has_a_twin() -> None:
    named = Counter(scenario for twin in TWINS for scenario in twin.of.split())
    scenarios = load_scenarios()
    assert [one.id for one in scenarios if one.expect and one.id not in named] == []
    assert set(named) <= {one.id for one in scenarios}

"""Several appointments, the waiting list, and calls of ours."""

from datetime import date
from uuid import UUID

import pytest

from shop.db import Pool
from tests.support.conversation import MARIA, MONDAY_MORNING, STRANGER, a_desk
from tests.support.flows import (
    BORN,
    CANCELLED,
    DANIELS,
    MARIAS_OIL,
    Flow,
    Rows,
    booked,
    changes,
    check,
    everything,
    on_the_line,
)

pytestmark = pytest.mark.anyio

SEVERAL = {
    "one of several is cancelled by its service": Flow(
        (
            "a tire rotation",
            "Maria Lopez",
            "the truck",
            BORN,
            "Friday at ten",
            "yes",
            "cancel my oil change",
            "yes",
        ),
        {"appointments": [CANCELLED, booked("tire_rotation", "11-27T16:00")]},
        "is cancelled",
        caller=MARIA,
    ),
    "one of several is asked for where it is not clear": Flow(
        (
            "a tire rotation",
            "Maria Lopez",
            "the truck",
            BORN,
            "Friday at ten",
            "yes",
            "I need to move an appointment",
            "the oil change",
            "Saturday at ten",
            "yes",
        ),
        {
            "appointments": [
                booked("tire_rotation", "11-27T16:00"),
                booked("oil_change", "11-28T16:00"),
            ]
        },
        "is moved",
        caller=MARIA,
    ),
    "two cars in one sentence are booked one after the other": Flow(
        (
            "an oil change for my 2018 Honda Civic and a tire rotation for my wife's 2020 Kia Soul",
            "Daniel Brooks",
            "tomorrow at ten",
            "yes",
            "yes",
            "tomorrow at eleven",
            "yes",
        ),
        {
            "customers": DANIELS["customers"],
            "vehicles": [{"model": "Civic"}, {"year": 2020, "make": "Kia", "model": "Soul"}],
            "appointments": [
                booked("oil_change", "11-24T16:00"),
                booked("tire_rotation", "11-24T17:00"),
            ],
        },
        "You're booked",
    ),
    "somebody who rings from elsewhere gives the number of the record": Flow(
        ("cancel my appointment", "it's under 217 555 0142", BORN, "yes"),
        {"appointments": [CANCELLED]},
        "is cancelled",
    ),
    "two wishes in one sentence are done one after the other": Flow(
        (
            "Cancel my oil change and book a tire rotation for the truck",
            "Maria Lopez",
            "the truck",
            BORN,
            "Friday at ten",
            "yes",
            "yes",
            "yes",
        ),
        {"appointments": [CANCELLED, booked("tire_rotation", "11-27T16:00")]},
        "is cancelled",
        caller=MARIA,
    ),
}
WAITING = {
    "who gives days is on the list for them": Flow(
        (
            "put me on the waiting list for an oil change",
            "Daniel Brooks",
            "next week, mornings are best",
            "yes",
        ),
        {
            "waitlist": [
                {
                    "name": "Daniel Brooks",
                    "part": "morning",
                    "status": "waiting",
                    "first_day": "2026-11-30",
                    "last_day": "2026-12-05",
                }
            ]
        },
        "waiting list",
    ),
    "who waits for a day with room hears of the times first": Flow(
        ("put me on the waiting list for an oil change on Friday", "Daniel Brooks"),
        hears="On Friday",
    ),
    "who still wants to wait then does": Flow(
        (
            "put me on the waiting list for an oil change on Friday",
            "Daniel Brooks",
            "no, just put me on the waiting list",
            "yes",
        ),
        {"waitlist": [{"first_day": "2026-11-27", "last_day": "2026-11-27"}]},
        "waiting list",
    ),
    "who no longer waits is taken off, once it is proved who they are": Flow(
        (
            "put me on the waiting list for an oil change between Monday and Wednesday",
            "Maria Lopez",
            "yes",
            "I don't need to be on the waiting list any more",
            BORN,
            "yes",
        ),
        {
            "waitlist": [
                {"status": "withdrawn", "first_day": "2026-11-30", "last_day": "2026-12-02"}
            ]
        },
        "off our waiting list",
        caller=MARIA,
    ),
}
WE_RING: dict[str, tuple[tuple[str, ...], Rows, str]] = {
    "somebody who will come": (
        ("Yes, this is Maria", "Maria Lopez", "Yes, I'll be there"),
        {"appointments": [{**MARIAS_OIL, "status": "confirmed", "reminder_sent": True}]},
        "confirmed",
    ),
    "somebody who proves it instead": (
        ("Yes, this is Maria", BORN, "Yes, I'll be there"),
        {"appointments": [{**MARIAS_OIL, "status": "confirmed", "reminder_sent": True}]},
        "confirmed",
    ),
    "somebody who cannot come and moves": (
        (
            "Hello?",
            "Maria Lopez",
            "no I can't make it",
            "move it please",
            BORN,
            "Friday at two",
            "yes",
        ),
        {"appointments": [booked("oil_change", "11-27T20:00")]},
        "is moved",
    ),
    "somebody who cancels": (
        ("Maria Lopez speaking", "please cancel it", BORN, "yes"),
        {"appointments": [CANCELLED]},
        "is cancelled",
    ),
    "a machine": (
        ("You have reached the voicemail of Maria Lopez, please leave a message after the tone",),
        {},
        "reminder of an appointment",
    ),
    "somebody else": (("No, she isn't here right now",), {}, "ask them to call the shop"),
    "a wrong number": (("You have the wrong number",), {}, "Goodbye"),
    "somebody of another name": (("Hello?", "John Smith"), {}, "check who I'm speaking with"),
}
REMINDERS = {
    f"we ring {who}": Flow(*call, caller=MARIA, call_type="outbound_reminder")
    for who, call in WE_RING.items()
}


COMES_FREE = "you called me about a time that came free"


@pytest.mark.parametrize(
    ("says", "statuses", "appointments"),
    [
        pytest.param(
            (COMES_FREE, "Daniel Brooks", "yes please", "2018 Honda Civic", "yes"),
            ["booked"],
            [CANCELLED, booked("oil_change", "11-25T16:00")],
            id="who takes it has it",
        ),
        pytest.param(
            (COMES_FREE, "Daniel Brooks", "no thanks"),
            ["offered"],
            [CANCELLED],
            id="who does not take it has nothing",
        ),
        pytest.param(
            (COMES_FREE, "James Carter", "yes please"),
            ["offered"],
            [CANCELLED],
            id="somebody of another name hears of nothing",
        ),
    ],
)
async def test_a_time_that_came_free_goes_to_whom_it_was_offered(
    pool: Pool, says: tuple[str, ...], statuses: list[str], appointments: list[dict[str, object]]
) -> None:
    async with a_desk(pool, lambda: MONDAY_MORNING) as desk:
        await desk.join_waitlist(
            call_sid="CA-before",
            key="wait",
            phone=STRANGER,
            service_key="oil_change",
            first_day=date(2026, 11, 25),
            last_day=date(2026, 11, 25),
            name="Daniel Brooks",
        )
        before = await everything(pool)
        hers = next(row for row in before["appointments"] if MARIAS_OIL.items() <= row.items())
        await desk.cancel(
            call_sid="CA-hers", key="cancel", appointment_id=UUID(hers["id"]), reason="other"
        )
        async with on_the_line(Flow(says), desk, pool) as call:
            await call.say_all(*says)
        left = changes(before, await everything(pool))
    assert [row["status"] for row in left["waitlist"]] == statuses
    assert [{key: row[key] for key in CANCELLED} for row in left["appointments"]] == appointments


@pytest.mark.parametrize(
    "flow", [pytest.param(flow, id=name) for name, flow in (SEVERAL | WAITING | REMINDERS).items()]
)
async def test_each_call_leaves_the_records_it_should(pool: Pool, flow: Flow) -> None:
    await check(flow, pool)

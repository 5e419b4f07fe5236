"""What a call's deeds let Sophie say of bookings: those made, told of, refused, asked for."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from langchain_core.messages import AnyMessage, HumanMessage, ToolMessage

from graph.state import CallState
from nodes.evidence import evidence, truths
from nodes.guard import FactGuard
from shop.profile.shop import load_shop

SHOP = load_shop()
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("America/Chicago"))
"""A Monday."""
OPEN = "Open Monday to Friday from eight AM to six PM and Saturday from nine AM to three PM."
TUESDAY = ("2026-11-24T09:00:00-06:00", "Tuesday, November twenty-fourth at nine AM")
WEDNESDAY = ("2026-11-25T14:00:00-06:00", "Wednesday, November twenty-fifth at two PM")


def result(name: str, message: str, error: str | None = None, **data: Any) -> ToolMessage:
    envelope = {"success": error is None, "error": error, "data": data, "message": message}
    return ToolMessage(orjson.dumps(envelope).decode(), tool_call_id="1", name=name)


def booking(when: tuple[str, str], service: str = "oil change", handle: str = "a1") -> ToolMessage:
    confirm = service == "engine diagnostics"
    done = "I've put in your request" if confirm else "You're booked"
    after = " An advisor will confirm it with you." if confirm else ""
    return result(
        "book_appointment",
        f"{done}: {service} on {when[1]}.{after}",
        appointment_id=handle,
        service=service,
        start_time=when[0],
        staff_confirmation_needed=confirm,
    )


def of_a1(name: str, message: str, when: tuple[str, str]) -> ToolMessage:
    return result(
        name, message, appointment_id="a1", service="oil change", start_time=when[0], was=TUESDAY[1]
    )


ONE = {"appointment_id": "a1", "service": "oil change", "start_time": TUESDAY[0]}
LISTED = result(
    "get_upcoming_appointments", f"You have an oil change on {TUESDAY[1]}.", appointments=[ONE]
)
FREE = result(
    "get_available_slots",
    "On Wednesday, November twenty-fifth I have one thirty PM or two PM.",
    slots=[{"start_time": "2026-11-25T13:30:00-06:00"}, {"start_time": WEDNESDAY[0]}],
)
MOVED = of_a1("reschedule_appointment", f"Your oil change is moved to {WEDNESDAY[1]}.", WEDNESDAY)
GONE = of_a1("cancel_appointment", f"Your oil change on {TUESDAY[1]} is cancelled.", TUESDAY)
AGAIN = result("undo_cancellation", f"You're booked again: {TUESDAY[1]}.", appointment_id="a1")
REFUSED = result("book_appointment", "That car is already booked in.", "wrong_state")
WAITING = result("join_waitlist", "You're on our waiting list.", waiting=True)
NOTED = result("create_vehicle", "Got it.", vehicle_id="v1")

CALLS: dict[str, list[AnyMessage]] = {
    "nothing was done": [FREE],
    "one is booked": [booking(TUESDAY), HumanMessage("and Wednesday at two?"), FREE],
    "a second was refused": [booking(TUESDAY), FREE, HumanMessage("yes"), REFUSED],
    "two are booked": [booking(TUESDAY), booking(WEDNESDAY, "tire rotation", "a2")],
    "one is asked for": [booking(TUESDAY, "engine diagnostics")],
    "one is listed": [LISTED, FREE],
    "one is moved": [LISTED, FREE, MOVED],
    "one is cancelled": [LISTED, GONE],
    "one is cancelled, one booked": [LISTED, GONE, booking(WEDNESDAY, "tire rotation", "a2")],
    "one is cancelled and brought back": [LISTED, GONE, AGAIN],
    "the caller waits": [WAITING],
    "a car is noted": [NOTED],
}
DENIED = "You're booked for that too: an oil change Wednesday at two."
SAID: list[tuple[str, str, str | None]] = [
    ("one is booked", "You're booked.", None),
    ("one is booked", f"You're booked, Maria: an oil change on {TUESDAY[1]}.", None),
    ("one is booked", "You're all booked for Tuesday at nine, and we open at eight AM.", None),
    ("one is booked", "Booked.", None),
    ("one is booked", "Booked as well.", "booked"),
    ("nothing was done", "All booked!", "booked"),
    ("nothing was done", "Cancelled.", "cancelled"),
    ("one is booked", "See you tomorrow at nine!", None),
    ("one is booked", "See you Wednesday at two!", "booked"),
    ("one is booked", "You're booked for Wednesday.", "booked"),
    ("one is booked", "It's all set for two.", "booked"),
    ("one is booked", DENIED, "booked"),
    ("one is booked", "You're booked for that too, Maria.", "booked"),
    ("one is booked", "Both are booked.", "booked"),
    ("one is booked", "You have two appointments.", "booked"),
    ("one is booked", "I've put in your request for Tuesday at nine.", None),
    ("a second was refused", "You're booked.", "booked"),
    ("a second was refused", "That one isn't free, but you're booked for Tuesday at nine.", None),
    ("a second was refused", "That car is already booked in.", None),
    ("two are booked", "Both are booked.", None),
    ("two are booked", "You're booked for that too: a tire rotation on Wednesday at two.", None),
    ("one is asked for", f"I've put in your request, Priya: engine diagnostics on {TUESDAY[1]}."
     " An advisor will confirm it with you.", None),
    ("one is asked for", f"Your request for {TUESDAY[1]} is in, and an advisor will confirm it.",
     None),
    ("one is asked for", "I've put in your request for Wednesday at two.", "requested"),
    ("one is asked for", f"You're booked for {TUESDAY[1]}.", "booked"),
    ("one is listed", "Your oil change is booked for Tuesday at nine AM.", None),
    ("one is listed", "You're booked for Wednesday at two.", "booked"),
    ("one is listed", "I've moved it to Wednesday at two.", "moved"),
    ("one is moved", "I've moved it from Tuesday at nine to Wednesday at two.", None),
    ("one is moved", "I've moved it to Tuesday at nine.", "moved"),
    ("one is moved", "I've changed it to Wednesday at two.", None),
    ("one is moved", "You're booked for Tuesday at nine.", "booked"),
    ("one is moved", "You're booked for Wednesday at two.", None),
    ("one is cancelled", "Your oil change on Tuesday is cancelled, Maria.", None),
    ("one is cancelled", "I've cancelled the one on Wednesday.", "cancelled"),
    ("one is cancelled", "I've cancelled both of them.", "cancelled"),
    ("one is cancelled", "You're booked for Tuesday at nine.", "booked"),
    ("one is cancelled", f"You have an oil change on {TUESDAY[1]}.", "booked"),
    ("one is cancelled, one booked", "Tuesday is cancelled, and you're also booked for Wednesday.",
     None),
    ("one is cancelled and brought back", "You're booked again, on Tuesday at nine AM.", None),
    ("one is cancelled and brought back", "It's cancelled.", "cancelled"),
    ("the caller waits", "You're down for Friday on our waiting list.", None),
    ("the caller waits", "I've put in your request for Friday.", None),
    ("the caller waits", "You're booked for Friday.", "booked"),
    ("nothing was done", "I can put you on the waiting list for it. Shall I?", None),
    ("nothing was done", "I've changed that for you.", "moved"),
    ("a car is noted", "I've changed that for you.", None),
]  # fmt: skip


def a_guard(messages: list[AnyMessage], facts: str = "") -> FactGuard:
    state: CallState = {"messages": messages}
    return FactGuard(
        known=lambda: evidence(state, shop=SHOP, standing=OPEN, facts=facts, now=NOW),
        truth=lambda: truths(state, SHOP),
        now=NOW,
    )


@pytest.mark.parametrize(
    ("call", "words", "fault"), SAID, ids=[f"{call}: {words}" for call, words, _ in SAID]
)
def test_a_deed_is_said_as_it_was_done(call: str, words: str, fault: str | None) -> None:
    guard = a_guard(CALLS[call])
    out = guard.feed(words) + guard.close()
    assert guard.faults == ([fault] if fault else [])
    assert (out == words) == (fault is None)


INSTEAD = [
    ("one is booked", DENIED, f"What's booked is your oil change on {TUESDAY[1]}."),
    ("one is asked for", "You're booked.", "What I've put in is a request for engine diagnostics"
     f" on {TUESDAY[1]}. An advisor will confirm it."),
    ("one is moved", "It's moved to Thursday.", f"Your oil change is now on {WEDNESDAY[1]}."),
    ("one is cancelled", "I've cancelled both.",
     f"What's cancelled is your oil change on {TUESDAY[1]}."),
    ("nothing was done", "It's booked.", "I haven't booked anything yet."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("call", "words", "truth"), INSTEAD, ids=[words for _, words, _ in INSTEAD]
)
def test_what_is_said_instead_is_on_record(call: str, words: str, truth: str) -> None:
    guard = a_guard(CALLS[call])
    assert guard.feed(words) + guard.close() == truth


def test_an_appointment_that_only_the_facts_name_may_be_spoken_of() -> None:
    facts = (
        "task: answer\nappointment_id: a1 oil change on Thursday, November twenty-sixth at ten AM"
    )
    for words, faults in (
        ("Your appointment is confirmed for Thursday at ten.", []),
        ("You're booked for Thursday at eleven.", ["booked"]),
    ):
        guard = a_guard([], facts)
        guard.feed(words)
        assert guard.faults == faults


PLATES = [
    ("my plate is D X five five one nine", "So your plate is DX5519?", True),
    ("DX five five one eight. no, 5519", "I have D X, five five one nine as the plate.", True),
    ("my plate is D X five five one nine", "So your plate is DX5518?", False),
    ("it's a 2018 Honda", "Is it the plate of the twenty eighteen Honda?", True),
    ("123 Main Street, 217 555 0163", "A plate for 123 Main Street, at 217 555 0163, right?", True),
    ("ten AM please", "Have your plate ready at 10 AM, please, could you?", True),
]  # fmt: skip


@pytest.mark.parametrize(("heard", "said", "fine"), PLATES, ids=[said for _, said, _ in PLATES])
def test_a_plate_is_one_that_was_said_or_read(heard: str, said: str, fine: bool) -> None:
    guard = a_guard([HumanMessage(heard)])
    guard.feed(said)
    guard.close()
    assert guard.faults == ([] if fine else ["plate"])

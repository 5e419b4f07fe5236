"""Which topic is in charge: after tools, and after a caller turns to something else."""

from typing import Any

import pytest

from graph.context import CallType
from graph.state import CallState, Deed, Topic
from nodes.act import next_topic
from nodes.direction import direct
from nodes.understand import Understanding

RINGS: list[tuple[CallType, str, Topic | None, Topic]] = [
    ("inbound_general", "create_customer", None, "booking"),
    ("inbound_general", "verify_identity", None, "booking"),
    ("inbound_general", "verify_identity", "modify", "modify"),
    ("outbound_reminder", "create_customer", None, "answer"),
    ("outbound_reminder", "verify_identity", None, "modify"),
    ("outbound_reminder", "get_upcoming_appointments", None, "modify"),
    ("outbound_reminder", "get_available_slots", None, "booking"),
    ("outbound_followup", "create_customer", None, "answer"),
    ("outbound_followup", "verify_identity", None, "answer"),
    ("outbound_followup", "verify_identity", "modify", "modify"),
    ("outbound_followup", "create_vehicle", None, "booking"),
]


@pytest.mark.parametrize(
    ("call_type", "tool", "resume", "topic"),
    [pytest.param(*row, id=f"{row[1]} on {row[0]}, then {row[2]}") for row in RINGS],
)
def test_a_tool_takes_the_call_to_its_topic(
    call_type: CallType, tool: str, resume: Topic | None, topic: Topic
) -> None:
    state = CallState(messages=[], topic="answer", resume=resume)
    assert next_topic(state, [(tool, None)], call_type)["topic"] == topic


REFUSED: list[tuple[str, str, dict[str, Any]]] = [
    ("verify_identity", "attempts_spent", {"topic": "escalate", "person_wanted": True}),
    ("verify_identity", "not_matched", {"topic": "answer"}),
    ("get_upcoming_appointments", "not_allowed", {"topic": "verify", "resume": "modify"}),
]


@pytest.mark.parametrize(("tool", "error", "update"), REFUSED, ids=[row[1] for row in REFUSED])
def test_a_refusal_leads_on(tool: str, error: str, update: dict[str, Any]) -> None:
    state = CallState(messages=[], topic="answer")
    assert next_topic(state, [(tool, error)], "outbound_reminder") == update


DEEDS: list[tuple[str, Deed, Topic]] = [
    (
        "booked on this call",
        Deed(outcome="appointment_booked", summary="", appointment_id="7"),
        "modify",
    ),
    (
        "only confirmed on this call",
        Deed(outcome="information_provided", summary="", appointment_id="7", status="confirmed"),
        "verify",
    ),
    ("a tow", Deed(outcome="tow_requested", summary=""), "verify"),
]


@pytest.mark.parametrize(("deed", "topic"), [pytest.param(*row[1:], id=row[0]) for row in DEEDS])
def test_only_what_this_call_has_booked_is_changed_without_a_proof(
    deed: Deed, topic: Topic
) -> None:
    state = CallState(messages=[], topic="answer", access="recognized", deeds=[deed])
    assert direct(state, Understanding("modify"), "cancel it")["topic"] == topic

"""What a model reads of the tools, and what becomes of its arguments."""

from contextlib import suppress

import jsonschema_rs
import pytest
from pydantic import ValidationError

from graph.state import CallState
from shop.errors import NotAllowed
from tools import access
from tools.calling import Answer
from tools.registry import (
    TOOL_SCHEMAS,
    TOOLS,
    get_all_tool_names,
    get_tool_schema_by_name,
)

SEVEN = {
    "lookup_customer": {"phone_number"},
    "get_available_slots": {"date"},
    "book_appointment": {"customer_id", "vehicle_id", "service_type", "start_time"},
    "get_upcoming_appointments": {"customer_id"},
    "cancel_appointment": {"appointment_id"},
    "reschedule_appointment": {"appointment_id", "new_start_time"},
    "decode_vin": {"vin"},
}
MORE = (
    "create_customer", "create_vehicle", "verify_identity", "get_service_info",
    "request_callback", "transfer_to_human", "book_tow", "check_recalls",
    "join_waitlist", "leave_waitlist", "undo_cancellation", "confirm_appointment",
    "get_waitlist_offer",
)  # fmt: skip
WRITES = {
    "join_waitlist", "leave_waitlist", "undo_cancellation",
    "book_appointment", "cancel_appointment", "reschedule_appointment", "request_callback",
    "book_tow", "confirm_appointment",
}  # fmt: skip


def test_every_tool_is_there_once_and_by_its_name() -> None:
    assert set(get_all_tool_names()) == {*SEVEN, *MORE}
    assert [schema["function"]["name"] for schema in TOOL_SCHEMAS] == get_all_tool_names()


@pytest.mark.parametrize("name", [*SEVEN, *MORE])
def test_each_name_is_bound_to_its_own_tool(name: str) -> None:
    assert TOOLS[name].name == name
    assert get_tool_schema_by_name(name) == TOOLS[name].schema


def test_an_unknown_name_has_no_schema() -> None:
    assert get_tool_schema_by_name("refund") is None


@pytest.mark.parametrize("name", SEVEN)
def test_required_arguments_are_the_agreed_ones(name: str) -> None:
    assert set(TOOLS[name].schema["function"]["parameters"]["required"]) == SEVEN[name]


@pytest.mark.parametrize("schema", TOOL_SCHEMAS, ids=get_all_tool_names())
def test_schemas_are_valid_and_say_what_everything_is(schema: dict[str, object]) -> None:
    function = schema["function"]
    assert isinstance(function, dict)
    assert jsonschema_rs.meta.is_valid(function["parameters"])
    assert function["description"].strip()
    assert function["parameters"]["additionalProperties"] is False


@pytest.mark.parametrize("name", [*SEVEN, *MORE])
def test_unknown_arguments_are_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="runtime"):
        TOOLS[name].arguments.model_validate({"runtime": {"access": "verified"}})


def test_every_write_is_put_into_words_first() -> None:
    assert {name for name, tool in TOOLS.items() if tool.propose is not None} == WRITES


CARD = "4111 1111 1111 1111"
SSN = "123-45-6789"
_TEXTS = [
    (name, field)
    for name, tool in TOOLS.items()
    for field, about in tool.schema["function"]["parameters"]["properties"].items()
    if {"type": "string"} in about.get("anyOf", [about]) or about.get("type") == "string"
    if "enum" not in str(about)
]


@pytest.mark.parametrize(("name", "field"), _TEXTS, ids=[f"{n} {f}" for n, f in _TEXTS])
@pytest.mark.parametrize("secret", [CARD, SSN])
def test_no_argument_of_any_tool_can_hold_a_card_or_social_security_number(
    name: str, field: str, secret: str
) -> None:
    given = {field: secret} | {
        other: 2018 if about.get("type") == "integer" else "c1 text"
        for other, about in TOOLS[name].schema["function"]["parameters"]["properties"].items()
        if other in TOOLS[name].schema["function"]["parameters"].get("required", ())
        and other != field
    }
    with suppress(ValidationError):  # too long, or not one of a few words: refused altogether
        assert secret not in TOOLS[name].arguments.model_validate(given).model_dump_json()


def test_envelopes() -> None:
    assert Answer("Done.", {"x": 1}).envelope() == {
        "success": True, "data": {"x": 1}, "message": "Done.",
    }  # fmt: skip
    assert Answer("No.", error="slot_taken").envelope() == {
        "success": False, "error": "slot_taken", "message": "No.",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("state", "handle"),
    [
        ({}, "c1"),
        ({"access": "recognized", "customer_id": "x", "handles": {"c1": "x"}}, "c1"),
        ({"access": "verified", "customer_id": "x", "handles": {"c1": "y"}}, "c1"),
        ({"access": "verified", "customer_id": "x", "handles": {"c1": "x"}}, "x"),
    ],
    ids=["a stranger", "a name and a number", "somebody else's handle", "an id"],
)
def test_nobody_but_the_verified_caller_has_a_record(state: dict[str, object], handle: str) -> None:
    with pytest.raises(NotAllowed):
        access.verified_customer(CallState(messages=[], **state), handle)  # type: ignore[typeddict-item]  # partial on purpose

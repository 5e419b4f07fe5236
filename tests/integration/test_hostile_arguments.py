"""What a hostile model may write as a call of a tool changes no record and ends no call."""

import json
import logging
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
from langchain_core.outputs import ChatGenerationChunk

from evals.models import Says, ScriptedModel
from shop.db import Pool
from shop.seed.demo import demo_id
from shop.words import spoken
from tests.support.conversation import MARIA, a_call
from tests.support.flows import everything

pytestmark = pytest.mark.anyio

MARIAS = str(demo_id("Maria Lopez"))
HERS = str(demo_id("Maria Lopez oil change"))
JAMES = str(demo_id("James Carter"))
NINE = "2026-12-01T09:00:00-06:00"
BOOK = {"customer_id": "c1", "vehicle_id": "v1", "service_type": "oil_change", "start_time": NINE}
CIVIC = {"customer_id": "c1", "year": 2018, "make": "Honda", "model": "Civic"}
DANIEL = {"first_name": "Daniel", "last_name": "Brooks", "phone_number": "217 555 0163"}
CALL = {"topic": "tires", "summary": "new ones"}
WAIT = {"service_type": "oil_change", "first_day": "2026-12-01", "last_day": "2026-12-02"}
TOW = {"location": "Main and Fifth", "problem": "it will not start"}
MOVE = {"appointment_id": "a1", "new_start_time": NINE}
MEGABYTES = "x" * 3_000_000
MOST_KEPT = 100_000

CALLS: list[tuple[str, str, dict[str, Any]]] = [
    ("a name of the router's own", "request_callback", {**CALL, "function_name": "book_tow"}),
    ("the router itself", "request_callback", {**CALL, "self": 1}),
    ("half a character in a name", "request_callback", {**CALL, "\ud83d": 1}),
    ("half a character in a tool's name", "book_\ud83d", {}),
    ("an empty name", "", {}),
    ("a name of three megabytes", MEGABYTES, {}),
    ("an argument's name of three megabytes", "book_tow", {**TOW, MEGABYTES: 1}),
    ("ten thousand arguments", "book_tow", TOW | {f"x{n}": n for n in range(10_000)}),
    ("three megabytes for a topic", "request_callback", {**CALL, "topic": MEGABYTES}),
    ("three megabytes for a number", "request_callback", {**CALL, "phone_number": "1" * 3_000_000}),
    ("three megabytes for a place", "book_tow", {**TOW, "location": MEGABYTES}),
    ("three megabytes for a time", "book_appointment", {**BOOK, "start_time": MEGABYTES}),
    ("a list for a place", "book_tow", {**TOW, "location": ["Main", "Fifth"]}),
    ("a yes for a place", "book_tow", {**TOW, "location": True}),
    ("a yes for a number", "request_callback", {**CALL, "phone_number": True}),
    ("a number for a topic", "request_callback", {**CALL, "topic": -1}),
    ("a yes for a handle", "cancel_appointment", {"appointment_id": True}),
    ("a number for a handle", "cancel_appointment", {"appointment_id": -1}),
    ("a record for a handle", "cancel_appointment", {"appointment_id": HERS}),
    ("a record in capitals", "cancel_appointment", {"appointment_id": HERS.upper()}),
    ("a handle of another call", "cancel_appointment", {"appointment_id": "a1"}),
    ("a handle with nothing in it", "cancel_appointment", {"appointment_id": ""}),
    ("a handle that matches all", "cancel_appointment", {"appointment_id": "a%"}),
    ("a handle in wide letters", "cancel_appointment", {"appointment_id": "ａ１"}),
    ("a handle with an unseen letter", "cancel_appointment", {"appointment_id": "a\u200b1"}),
    ("a reason of its own", "cancel_appointment", {"appointment_id": "a1", "reason": "no"}),
    ("a read's name with a write's arguments", "get_available_slots", BOOK),
    ("a list's name with a write's arguments", "get_upcoming_appointments", MOVE),
    ("a write's name with a read's arguments", "reschedule_appointment", {"date": NINE}),
    ("nobody's booking", "book_appointment", BOOK),
    ("somebody else's record", "book_appointment", {**BOOK, "customer_id": MARIAS}),
    ("a car for a customer", "book_appointment", {**BOOK, "customer_id": "v1", "vehicle_id": "c1"}),
    ("a time in 1900", "book_appointment", {**BOOK, "start_time": "1900-01-01T09:00:00-06:00"}),
    ("a time in 9999", "book_appointment", {**BOOK, "start_time": "9999-12-31T23:59:59-12:00"}),
    ("a time beyond all", "book_appointment", {**BOOK, "start_time": "0001-01-01T00:00:00+14:00"}),
    ("a time that was not offered", "book_appointment", BOOK),
    ("a price as the service", "book_appointment", {**BOOK, "service_type": "-100"}),
    ("a way to come of its own", "book_appointment", {**BOOK, "visit": "by helicopter"}),
    ("a move of somebody's", "reschedule_appointment", {**MOVE, "appointment_id": HERS}),
    ("a move to 9999", "reschedule_appointment", {**MOVE, "new_start_time": "9999-12-31T23:59:59"}),
    ("waiting backwards", "join_waitlist", {**WAIT, "last_day": "2026-11-30"}),
    ("waiting under a number abroad", "join_waitlist", {**WAIT, "phone_number": "+882123456789"}),
    ("a call abroad", "request_callback", {**CALL, "phone_number": "+44 20 7946 0958"}),
    ("a call to the police", "request_callback", {**CALL, "phone_number": "911"}),
    ("taking back what was not cancelled", "undo_cancellation", {"appointment_id": HERS}),
    ("confirming somebody's", "confirm_appointment", {"appointment_id": HERS}),
    ("a car of the year -1", "create_vehicle", {**CIVIC, "year": -1}),
    ("a car of the year yes", "create_vehicle", {**CIVIC, "year": True}),
    ("a car of the year 9999", "create_vehicle", {**CIVIC, "year": 9999}),
    ("a customer without letters", "create_customer", {**DANIEL, "first_name": "\u200b\u202e"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "args"), [c[1:] for c in CALLS], ids=[c[0] for c in CALLS])
async def test_a_hostile_call_is_refused_and_changes_nothing(
    pool: Pool, name: str, args: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """The caller says yes to whatever is asked, and the model tries a second time."""
    tries = Says(calls=[(name, args)])
    model = ScriptedModel(replies=[tries, Says(text="Well?"), tries, Says(text="Well?")])
    async with a_call(pool, model=model, caller=MARIA) as call:
        before = await everything(pool)
        for said in ("do as you are told", "yes"):
            await call.say(said)
            (refused,) = (json.loads(one) for one in call.results)
            assert refused["success"] is False
            assert refused["error"] != "unavailable"
            assert 0 < len(refused["message"]) < 1_000
        assert await everything(pool) == before
        kept = await call.agent.saver.of_another("CA-test")
        assert kept is not None
        assert len(str(kept)) < MOST_KEPT
    assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []


CALL_BACKS = ({**CALL, "phone_number": "217 555 0199"}, {**CALL, "topic": "brakes"})


class SameIds(ScriptedModel):
    """Numbers its calls from one again in every reply."""

    async def _astream(self, *args: Any, **kwargs: Any) -> AsyncIterator[ChatGenerationChunk]:
        self._calls = 0
        async for chunk in super()._astream(*args, **kwargs):
            yield chunk


@pytest.mark.parametrize("other", CALL_BACKS, ids=["another number", "another topic"])
async def test_what_was_agreed_to_is_done_once_under_whatever_id_more_is_asked(
    pool: Pool, other: dict[str, Any]
) -> None:
    wish, more = ("request_callback", CALL), ("request_callback", other)
    model = SameIds(
        replies=[
            Says(calls=[wish, more]),
            Says(calls=[more, wish]),
            Says(text="Anything else?"),
        ]
    )
    async with a_call(pool, model=model, caller=MARIA) as call:
        await call.say("have somebody call me about tires")
        errors = [json.loads(one)["error"] for one in call.results]
        assert errors == ["awaiting_assent", "one_at_a_time"]
        await call.say("yes")
        (made,) = await call.rows("callbacks")
        assert (made["topic"], made["phone"]) == ("tires", MARIA)


async def test_what_was_changed_after_it_was_read_back_is_read_back_again(pool: Pool) -> None:
    changed = {**CALL, "phone_number": "217 555 0199"}
    model = SameIds(
        replies=[
            Says(calls=[("request_callback", CALL)]),
            Says(calls=[("request_callback", changed)]),
        ]
    )
    async with a_call(pool, model=model, caller=MARIA) as call:
        await call.say("have somebody call me about tires")
        asked = await call.say("no, wait")
        assert "0 1 9 9" in asked or "zero one nine nine" in asked
        assert await call.rows("callbacks") == []


async def test_days_that_are_gone_or_far_ahead_are_read_back_as_they_are_written(
    pool: Pool,
) -> None:
    wide = {**WAIT, "first_day": "1900-01-01", "last_day": "9999-12-31"}
    model = ScriptedModel(
        replies=[Says(calls=[("join_waitlist", wide)]), Says(text="Anything else?")]
    )
    async with a_call(pool, model=model, caller=MARIA) as call:
        asked = await call.say("put me on the list for whenever")
        assert "1900" not in asked
        assert "9999" not in asked
        await call.say("yes")
        (entry,) = await call.rows("waitlist")
        assert spoken.day(date.fromisoformat(entry["first_day"])) in asked
        assert spoken.day(date.fromisoformat(entry["last_day"])) in asked


PROVED = [
    ("create_customer", {"first_name": "Maria", "last_name": "Lopez"}),
    ("verify_identity", {"factor": "birth_date", "value": "april 12 1985"}),
    ("get_upcoming_appointments", {"customer_id": "c1"}),
]
PROVEN: list[tuple[str, str, dict[str, Any]]] = [
    ("a move to a time nobody offered", "reschedule_appointment", MOVE),
    ("a move to 1900", "reschedule_appointment", {**MOVE, "new_start_time": "1900-01-01"}),
    ("a move to 9999", "reschedule_appointment", {**MOVE, "new_start_time": "9999-12-31T09:00Z"}),
    ("a move to minus one", "reschedule_appointment", {**MOVE, "new_start_time": -1}),
    ("a move of what is not theirs", "reschedule_appointment", {**MOVE, "appointment_id": JAMES}),
    ("a cancellation of what is not theirs", "cancel_appointment", {"appointment_id": JAMES}),
    ("a cancellation of a car", "cancel_appointment", {"appointment_id": "v1"}),
    ("a cancellation of themselves", "cancel_appointment", {"appointment_id": "c1"}),
    ("a confirmation of what is not theirs", "confirm_appointment", {"appointment_id": JAMES}),
    ("an undoing of what stands", "undo_cancellation", {"appointment_id": "a1"}),
    ("somebody else's car", "book_appointment", {**BOOK, "vehicle_id": JAMES}),
    ("an appointment for a car", "book_appointment", {**BOOK, "vehicle_id": "a1"}),
    ("leaving a list they are not on", "leave_waitlist", {}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "args"), [p[1:] for p in PROVEN], ids=[p[0] for p in PROVEN])
async def test_who_has_proved_who_they_are_can_do_no_more_than_is_theirs(
    pool: Pool, name: str, args: dict[str, Any]
) -> None:
    tries = Says(calls=[(name, args)])
    model = ScriptedModel(
        replies=[Says(calls=PROVED), Says(text="Well?"), tries, Says(text="Well?")]
    )
    async with a_call(pool, model=model, caller=MARIA) as call:
        await call.say("Maria Lopez, born april 12 1985")
        assert call.agent.state["access"] == "verified"
        before = await everything(pool)
        await call.say("yes")
        (refused,) = (json.loads(one) for one in call.results)
        assert refused["error"] not in ("unavailable", "awaiting_assent")
        assert await everything(pool) == before

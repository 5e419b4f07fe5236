"""Appointments as events, and what events mean to the schedule."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.calendar.events import (
    Block,
    Nothing,
    Ours,
    appointment_of,
    body,
    event_id,
    interpret,
)
from shop.calendar.google_events import Event, read_event, written
from shop.calendar.titles import EVERYBODY, Whom, concerned
from shop.profile.shop import Technician
from tests.support.calendar_rows import HOUR, NINE, ROW, event
from tests.support.front import SHOP


def foreign(title: str = "Busy", **changed: Any) -> Event:
    """An hour that somebody wrote into the calendar."""
    plain = Event("abc123", '"1"', "confirmed", NINE, NINE + HOUR, summary=title)
    return replace(plain, **changed)


def test_an_appointment_becomes_an_event() -> None:
    made = body(ROW, SHOP)
    assert made.summary == "Oil change: 2018 Honda Civic (Brooks)"
    assert made.location == "Bay A1"
    assert made.description.splitlines() == [
        "Call back: Daniel Brooks, (217) 555-0131",
        "Concerns: It rattles when cold.",
        "Technician: Kevin Brown",
        "Move or delete this event to move or cancel the appointment.",
    ]
    assert (made.starts_at, made.ends_at, made.zone) == (NINE, NINE + HOUR, SHOP.zone)
    sent = written(made)
    assert sent["start"] == {"dateTime": "2026-11-24T09:00:00-06:00", "timeZone": "America/Chicago"}
    assert sent["reminders"] == {"useDefault": False}
    assert "attendees" not in sent


@pytest.mark.parametrize(
    ("changed", "status", "color"),
    [
        ({}, "confirmed", None),
        ({"staff_confirmation_needed": True}, "tentative", "6"),
        ({"staff_confirmation_needed": True, "status": "confirmed"}, "confirmed", "10"),
        ({"status": "confirmed"}, "confirmed", "10"),
        ({"status": "in_progress"}, "confirmed", "5"),
        ({"status": "completed"}, "confirmed", "8"),
        ({"status": "no_show"}, "confirmed", "11"),
    ],
    ids=[
        "what is booked has the calendar's own colour", "a request is tentative",
        "a request that was confirmed is not", "what is confirmed is green",
        "what is in the bay is yellow", "what is done is grey", "who did not come is red",
    ],
)  # fmt: skip
def test_how_it_stands_is_seen(changed: dict[str, Any], status: str, color: str | None) -> None:
    made = body(replace(ROW, **changed), SHOP)
    assert (made.status, made.color_id) == (status, color)


def test_what_callers_say_becomes_no_markup_and_no_second_line() -> None:
    said = "<a href='http://evil.example'>free</a>\r\nCall back: 900\x00 " + "x" * 3000
    made = body(replace(ROW, concerns=said, last_name="O<b>Brien", technician=None), SHOP)
    assert "<" not in made.description + made.summary
    lines = made.description.splitlines()
    assert len(lines) == 3
    assert all(len(line) <= 1000 and line.isprintable() for line in lines)


@given(st.uuids())
def test_an_id_is_made_of_its_appointment_and_says_whose_it_is(appointment_id: UUID) -> None:
    made = event_id(appointment_id)
    assert set(made) <= set("abcdefghijklmnopqrstuv0123456789")
    assert 5 <= len(made) <= 64
    assert appointment_of(made) == appointment_id


@pytest.mark.parametrize(
    "text",
    ["", "sophie", "abc123", event_id(ROW.id) + "_20261124T150000Z", event_id(ROW.id).upper(),
     event_id(ROW.id)[:-1] + "v", event_id(ROW.id).replace("sophie", "sophia")],
)  # fmt: skip
def test_other_ids_are_nobodys(text: str) -> None:
    assert appointment_of(text) is None


@pytest.mark.parametrize(
    ("changed", "revision", "moved"),
    [
        ({}, 3, False),
        ({"summary": "Something else", "etag": '"2"'}, 3, False),
        ({"starts_at": NINE + HOUR, "ends_at": NINE + 2 * HOUR}, 3, True),
        ({"ends_at": NINE + 2 * HOUR}, 3, True),
        ({"status": "cancelled"}, 3, False),
        ({"status": "cancelled", "private": {}, "starts_at": None, "ends_at": None}, None, False),
        ({"private": {}}, None, True),
    ],
    ids=[
        "as it was written", "with another title", "dragged", "made longer", "deleted",
        "deleted, with nothing left but its id", "without what we wrote into it",
    ],
)  # fmt: skip
def test_our_own_events(changed: dict[str, Any], revision: int | None, moved: bool) -> None:
    found = event(**changed)
    assert interpret(found, SHOP) == Ours(ROW.id, found, revision, moved)


@pytest.mark.parametrize(
    ("changed", "blocks"),
    [
        ({}, True),
        ({"status": "tentative"}, True),
        ({"kind": "outOfOffice"}, True),
        ({"transparent": True}, False),
        ({"declined": True}, False),
        ({"status": "cancelled"}, False),
        ({"status": "cancelled", "starts_at": None, "ends_at": None}, False),
        ({"kind": "workingLocation"}, False),
        ({"kind": "birthday"}, False),
        ({"ends_at": NINE}, False),
    ],
    ids=[
        "an event blocks", "a tentative one too", "an absence too", "a free one does not",
        "one that was declined does not", "a deleted one does not", "nor when only its id is left",
        "a place of work does not", "a birthday does not", "a moment does not",
    ],
)  # fmt: skip
def test_events_of_others(changed: dict[str, Any], blocks: bool) -> None:
    wanted = Block("abc123", NINE, NINE + HOUR, (EVERYBODY,)) if blocks else Nothing("abc123")
    assert interpret(foreign(**changed), SHOP) == wanted


def test_whole_days_are_days_of_the_shops_zone() -> None:
    whole = {"id": "abc123", "etag": '"1"', "summary": "Inventory"}
    days = {"start": {"date": "2026-11-01"}, "end": {"date": "2026-11-02"}}
    found = interpret(read_event(whole | days, SHOP.zone), SHOP)
    assert isinstance(found, Block)
    assert found.starts_at == datetime(2026, 11, 1, 5, 0, tzinfo=UTC)
    assert found.ends_at == datetime(2026, 11, 2, 6, 0, tzinfo=UTC)
    assert found.ends_at - found.starts_at == timedelta(hours=25)


def test_a_copy_of_an_appointments_event_blocks_its_bay_and_technician() -> None:
    copy = event(id="copied1")
    assert interpret(copy, SHOP) == Block(
        "copied1", NINE, NINE + HOUR, (Whom("A1", "Kevin Brown"),)
    )
    gone = replace(copy, private={**copy.private, "bay": "Z9"}, summary="B2: painting")
    found = interpret(gone, SHOP)
    assert isinstance(found, Block)
    assert found.whom == (Whom(bay="B2"),)


@pytest.mark.parametrize(
    ("title", "whom"),
    [
        ("A1: lift repair", [Whom(bay="A1")]),
        ("a1 lift repair", [Whom(bay="A1")]),
        ("Bay A1", [Whom(bay="A1")]),
        ("A1, B2 and C1: painting", [Whom(bay="A1"), Whom(bay="B2"), Whom(bay="C1")]),
        ("Bays A1 & A1", [Whom(bay="A1")]),
        ("Tom Anderson off", [Whom(technician="Tom Anderson")]),
        ("TOM at the dentist", [Whom(technician="Tom Anderson")]),
        ("Tom and Lisa: training", [
            Whom(technician="Tom Anderson"), Whom(technician="Lisa Thompson"),
        ]),
        ("Lisa / A2", [Whom(technician="Lisa Thompson"), Whom(bay="A2")]),
        ("Tom's birthday", [Whom(technician="Tom Anderson")]),
        ("A1B closed", [EVERYBODY]),
        ("A10: rented", [EVERYBODY]),
        ("Tommy's school play", [EVERYBODY]),
        ("Staff meeting, A1", [EVERYBODY]),
        ("and A1", [EVERYBODY]),
        ("", [EVERYBODY]),
    ],
)  # fmt: skip
def test_titles(title: str, whom: list[Whom]) -> None:
    assert list(concerned(title, SHOP)) == whom


def test_a_first_name_that_two_people_have_means_neither() -> None:
    other = Technician("Tom Baker", frozenset())
    shop = replace(SHOP, technicians=(*SHOP.technicians, other))
    assert concerned("Tom off", shop) == (EVERYBODY,)
    assert concerned("Tom Baker off", shop) == (Whom(technician="Tom Baker"),)


@given(st.text())
def test_any_title_concerns_somebody(title: str) -> None:
    assert concerned(title, SHOP)
    assert interpret(foreign(title), SHOP)


@given(
    st.sampled_from(["confirmed", "tentative", "cancelled"]),
    st.dictionaries(st.sampled_from(["appointment", "revision", "written", "bay"]), st.text()),
    st.booleans(),
)
def test_any_event_means_something(status: Any, private: dict[str, str], ours: bool) -> None:
    name = event_id(uuid4()) if ours else "abc123"
    found = interpret(replace(event(), id=name, status=status, private=private), SHOP)
    assert isinstance(found, Ours if ours else (Block, Nothing))


def test_summer_time_ends_while_the_car_is_in_the_bay() -> None:
    night = datetime.combine(date(2026, 11, 1), datetime.min.time(), tzinfo=SHOP.zone)
    starts_at = night.astimezone(UTC) + HOUR
    row = replace(ROW, starts_at=starts_at, ends_at=starts_at + HOUR)
    sent = written(body(row, SHOP))
    assert sent["start"]["dateTime"] == "2026-11-01T01:00:00-05:00"
    assert sent["end"]["dateTime"] == "2026-11-01T01:00:00-06:00"
    found = interpret(event(row), SHOP)
    assert isinstance(found, Ours)
    assert not found.moved

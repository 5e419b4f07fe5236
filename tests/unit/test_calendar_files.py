"""Appointments as iCalendar files."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar, Event

from shop.calendar.files import calendar_file
from tests.support.calendar_rows import HOUR, NINE, ROW
from tests.support.front import SHOP

PERSONAL = ("Daniel", "Brooks", "5550131", "555-0131", "rattles")


def read(content: bytes) -> tuple[Calendar, Event]:
    """The file and the one event in it."""
    calendar = Calendar.from_ical(content)
    assert isinstance(calendar, Calendar)
    (event,) = calendar.walk("VEVENT")
    assert isinstance(event, Event)
    return calendar, event


def test_what_is_in_the_file() -> None:
    calendar, event = read(calendar_file(ROW, SHOP))
    assert (calendar["version"], calendar["method"]) == ("2.0", "PUBLISH")
    assert calendar["prodid"]
    assert event["uid"] == str(ROW.id)
    assert event["sequence"] == 3
    assert event.decoded("dtstart") == NINE
    assert event.decoded("dtend") == NINE + HOUR
    assert event.decoded("dtstamp") == ROW.updated_at
    assert event["status"] == "CONFIRMED"
    assert event["summary"] == "Oil change at Bart's Automotive"
    assert event["location"] == SHOP.address
    assert "2018 Honda Civic" in str(event["description"])
    assert event["organizer"] == f"tel:{SHOP.phone}"
    assert "attendee" not in event


def test_times_are_in_utc_and_need_no_zone() -> None:
    text = calendar_file(ROW, SHOP).decode()
    assert "DTSTART:20261124T150000Z\r\n" in text
    assert "VTIMEZONE" not in text


@pytest.mark.parametrize(
    ("changed", "method", "status"),
    [
        ({}, "PUBLISH", "CONFIRMED"),
        ({"staff_confirmation_needed": True}, "PUBLISH", "TENTATIVE"),
        ({"staff_confirmation_needed": True, "status": "confirmed"}, "PUBLISH", "CONFIRMED"),
        ({"status": "cancelled"}, "CANCEL", "CANCELLED"),
        ({"status": "completed"}, "PUBLISH", "CONFIRMED"),
    ],
    ids=["a booking", "a request", "a confirmed request", "a cancelled one", "one that is over"],
)
def test_how_it_stands(changed: dict[str, Any], method: str, status: str) -> None:
    calendar, event = read(calendar_file(replace(ROW, **changed), SHOP))
    assert (calendar["method"], event["status"]) == (method, status)


def test_later_files_replace_earlier_ones() -> None:
    moved = replace(ROW, revision=4, starts_at=NINE + HOUR, ends_at=NINE + 2 * HOUR)
    gone = replace(moved, revision=5, status="cancelled")
    found = [read(calendar_file(row, SHOP))[1] for row in (ROW, moved, gone)]
    assert len({event["uid"] for event in found}) == 1
    assert [event["sequence"] for event in found] == [3, 4, 5]


def test_the_same_appointment_is_the_same_file() -> None:
    assert calendar_file(ROW, SHOP) == calendar_file(ROW, SHOP)


def test_lines_are_folded_and_text_is_escaped() -> None:
    strange = "Civic; \\n,\r\nBEGIN:VEVENT " + "é" * 100
    content = calendar_file(replace(ROW, model=strange), SHOP)
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert content.count(b"\r\nBEGIN:VEVENT") == 1
    _, event = read(content)
    assert "é" * 100 in str(event["description"])
    assert "Civic; \\n," in str(event["description"])


def test_nobody_is_named() -> None:
    text = calendar_file(ROW, SHOP).replace(b"\r\n ", b"").decode()
    assert [word for word in PERSONAL if word in text] == []


def test_summer_time() -> None:
    night = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    row = replace(ROW, starts_at=night, ends_at=night + timedelta(minutes=60))
    _, event = read(calendar_file(row, SHOP))
    assert event.decoded("dtend") - event.decoded("dtstart") == timedelta(hours=1)

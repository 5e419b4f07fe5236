"""Events as Google writes them: whole days, summer time, and everything that is not an event."""

from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.calendar.errors import BadRequest, CalendarError, CalendarGarbled, Missing, ServerTrouble
from shop.calendar.google_answers import read_busy, read_page
from shop.calendar.google_events import OWNER, EventBody, read_event, written
from tests.support.google import CHICAGO, at, oil_change

Json = dict[str, Any]

EVENT: Json = {
    "kind": "calendar#event",
    "id": "abc123",
    "etag": '"3181161784712000"',
    "status": "confirmed",
    "created": "2026-11-20T15:00:00.000Z",
    "updated": "2026-11-20T15:00:00.123Z",
    "summary": "Lift repair",
    "start": {"dateTime": "2026-12-01T09:00:00-06:00", "timeZone": "America/Chicago"},
    "end": {"dateTime": "2026-12-01T10:30:00-06:00", "timeZone": "America/Chicago"},
    "sequence": 2,
    "iCalUID": "abc123@google.com",
    "extendedProperties": {"private": {"appointment": "a1"}},
}


def test_an_event_with_everything() -> None:
    event = read_event(EVENT, CHICAGO)
    assert (event.id, event.etag, event.status) == ("abc123", '"3181161784712000"', "confirmed")
    assert event.starts_at == datetime(2026, 12, 1, 15, tzinfo=UTC)
    assert event.ends_at == datetime(2026, 12, 1, 16, 30, tzinfo=UTC)
    assert event.starts_at.tzinfo is UTC
    assert (event.all_day, event.first_day, event.transparent) == (False, None, False)
    assert (event.summary, event.private) == ("Lift repair", {"appointment": "a1"})
    assert (event.sequence, event.ical_uid) == (2, "abc123@google.com")
    assert event.updated == datetime(2026, 11, 20, 15, 0, 0, 123000, tzinfo=UTC)
    assert (event.recurring_event_id, event.kind, event.declined) == (None, "default", False)


@pytest.mark.parametrize(
    ("start", "end", "starts_at", "ends_at"),
    [
        ("2026-12-24", "2026-12-25", "2026-12-24T06:00", "2026-12-25T06:00"),
        ("2026-12-24", "2026-12-27", "2026-12-24T06:00", "2026-12-27T06:00"),
        ("2027-03-14", "2027-03-15", "2027-03-14T06:00", "2027-03-15T05:00"),
        ("2026-11-01", "2026-11-02", "2026-11-01T05:00", "2026-11-02T06:00"),
        ("2026-12-24", "2026-12-24", "2026-12-24T06:00", "2026-12-25T06:00"),
    ],
    ids=[
        "one day", "three days", "a day of 23 hours", "a day of 25 hours",
        "an end that is not after the start",
    ],
)  # fmt: skip
def test_whole_days_are_days_of_the_calendars_zone(
    start: str, end: str, starts_at: str, ends_at: str
) -> None:
    event = read_event(EVENT | {"start": {"date": start}, "end": {"date": end}}, CHICAGO)
    assert event.all_day
    assert event.first_day == date.fromisoformat(start)
    assert event.starts_at == datetime.fromisoformat(starts_at).replace(tzinfo=UTC)
    assert event.ends_at == datetime.fromisoformat(ends_at).replace(tzinfo=UTC)
    assert event.last_day is not None
    assert event.last_day >= event.first_day


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ({"dateTime": "2026-12-01T15:00:00Z"}, "2026-12-01T15:00"),
        ({"dateTime": "2026-12-01T15:00:00.250Z"}, "2026-12-01T15:00:00.250"),
        ({"dateTime": "2026-12-01T09:00:00", "timeZone": "America/Denver"}, "2026-12-01T16:00"),
        ({"dateTime": "2026-12-01T09:00:00"}, "2026-12-01T15:00"),
        ({"dateTime": "2026-11-01T01:30:00-05:00"}, "2026-11-01T06:30"),
        ({"dateTime": "2026-11-01T01:30:00-06:00"}, "2026-11-01T07:30"),
    ],
    ids=[
        "UTC", "milliseconds", "a zone without an offset", "the calendar's zone",
        "half past one, the first time", "and the second time",
    ],
)  # fmt: skip
def test_times(start: Json, expected: str) -> None:
    event = read_event(EVENT | {"start": start}, CHICAGO)
    assert event.starts_at == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("more", "name", "expected"),
    [
        ({"transparency": "transparent"}, "transparent", True),
        ({"transparency": "opaque"}, "transparent", False),
        ({"attendees": [{"self": True, "responseStatus": "declined"}]}, "declined", True),
        ({"attendees": [{"email": "a@b.example", "responseStatus": "declined"}]}, "declined",
         False),
        ({"attendees": [{"self": True, "responseStatus": "accepted"}]}, "declined", False),
        ({"eventType": "outOfOffice"}, "kind", "outOfOffice"),
        ({"recurringEventId": "abc"}, "recurring_event_id", "abc"),
        ({"status": "tentative"}, "status", "tentative"),
    ],
    ids=[
        "free", "busy", "declined by the owner", "declined by a guest", "accepted",
        "out of office", "one of a series", "tentative",
    ],
)  # fmt: skip
def test_other_things_that_are_read(more: Json, name: str, expected: object) -> None:
    assert getattr(read_event(EVENT | more, CHICAGO), name) == expected


def test_of_a_deleted_event_the_id_may_be_all_that_is_left() -> None:
    event = read_event({"id": "abc123", "status": "cancelled"}, CHICAGO)
    assert (event.cancelled, event.id, event.starts_at, event.private) == (
        True, "abc123", None, {},
    )  # fmt: skip
    assert read_event(EVENT | {"status": "cancelled"}, CHICAGO).starts_at is not None


@pytest.mark.parametrize(
    "found",
    [
        None, [], "event", 7, {},
        EVENT | {"id": None},
        EVENT | {"etag": 7},
        EVENT | {"status": "done"},
        EVENT | {"status": ["confirmed"]},
        EVENT | {"start": None},
        EVENT | {"start": {}},
        EVENT | {"start": {"dateTime": "tomorrow"}},
        EVENT | {"start": {"dateTime": 7}},
        EVENT | {"start": {"date": "2026-13-01"}, "end": {"date": "2026-13-02"}},
        EVENT | {"start": {"date": "9999-12-31"}, "end": {"date": "9999-12-31"}},
        EVENT | {"start": {"dateTime": "2026-12-01T12:00:00-06:00"}},
        EVENT | {"start": {"dateTime": "2026-12-01T09:00:00", "timeZone": "America"}},
        EVENT | {"start": {"dateTime": "2026-12-01T09:00:00", "timeZone": "../etc/passwd"}},
        EVENT | {"sequence": "two"},
        EVENT | {"updated": "yesterday"},
        EVENT | {"updated": "2026-11-20T15:00:00"},
        EVENT | {"extendedProperties": {"private": {"appointment": 7}}},
        EVENT | {"extendedProperties": []},
        EVENT | {"attendees": 7},
        EVENT | {"summary": {"text": "Lift repair"}},
        {name: value for name, value in EVENT.items() if name != "end"},
    ],
)  # fmt: skip
def test_what_is_no_event_is_garbled(found: Any) -> None:
    with pytest.raises(CalendarGarbled) as garbled:
        read_event(found, CHICAGO)
    assert "Lift repair" not in str(garbled.value)


def test_an_event_is_written_in_the_shops_zone() -> None:
    assert written(oil_change()) == {
        "id": "a0b1c2d3",
        "summary": "Oil change: 2018 Honda Civic",
        "description": "Rattles when cold.",
        "location": "Bay A1",
        "status": "confirmed",
        "colorId": "5",
        "start": {"dateTime": "2026-12-01T09:00:00-06:00", "timeZone": "America/Chicago"},
        "end": {"dateTime": "2026-12-01T10:00:00-06:00", "timeZone": "America/Chicago"},
        "reminders": {"useDefault": False},
        "extendedProperties": {"private": {"appointment": "appointment-1", "revision": "1"}},
    }


def test_an_event_over_the_end_of_summer_time_keeps_its_moments() -> None:
    body = oil_change(start="2026-10-31 17:00", end="2026-11-02 09:00")
    sent = written(body)
    assert sent["start"]["dateTime"] == "2026-10-31T17:00:00-05:00"
    assert sent["end"]["dateTime"] == "2026-11-02T09:00:00-06:00"
    event = read_event(EVENT | {"start": sent["start"], "end": sent["end"]}, CHICAGO)
    assert (event.starts_at, event.ends_at) == (body.starts_at, body.ends_at)


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"id": "abc"}, "5 to 1024"),
        ({"id": "ABCDEF"}, "a-v"),
        ({"id": "wxyz0"}, "a-v"),
        ({"starts_at": datetime(2026, 12, 1, 9)}, "zone"),  # noqa: DTZ001 - that is the fault
        ({"ends_at": at("2026-12-01 09:00")}, "after it starts"),
        ({"private": {}}, OWNER),
    ],
    ids=["a short id", "capitals", "letters past v", "no zone", "no length", "nobody's"],
)
def test_a_body_that_would_be_refused_is_not_made(change: Json, wrong: str) -> None:
    good: Json = {
        "id": "abcde",
        "summary": "Oil change",
        "starts_at": at("2026-12-01 09:00"),
        "ends_at": at("2026-12-01 10:00"),
        "zone": CHICAGO,
        "private": {OWNER: "a1"},
    }
    with pytest.raises(ValueError, match=wrong):
        EventBody(**good | change)


def test_a_page_says_how_to_go_on() -> None:
    page = read_page({"items": [EVENT], "nextPageToken": "p2", "timeZone": "UTC"}, CHICAGO)
    assert (len(page.events), page.next_page, page.zone) == (1, "p2", ZoneInfo("UTC"))
    last = read_page({"nextSyncToken": "s1"}, CHICAGO)
    assert (last.events, last.next_page, last.sync_token, last.zone) == ((), None, "s1", CHICAGO)


@pytest.mark.parametrize(
    "found",
    [
        {}, {"items": []}, {"items": 7, "nextSyncToken": "s"}, {"items": [7], "nextSyncToken": "s"},
        {"nextSyncToken": ""}, {"nextSyncToken": 7}, {"nextPageToken": None},
        {"nextSyncToken": "s", "timeZone": "Mars/Base"}, {"nextSyncToken": "s", "timeZone": 7},
    ],
)  # fmt: skip
def test_what_is_no_page_is_garbled(found: Json) -> None:
    with pytest.raises(CalendarGarbled):
        read_page(found, CHICAGO)


def test_busy_times_are_in_order() -> None:
    spans = [
        {"start": "2026-12-01T17:00:00Z", "end": "2026-12-01T18:00:00Z"},
        {"start": "2026-12-01T09:00:00-06:00", "end": "2026-12-01T10:00:00-06:00"},
    ]
    assert read_busy({"calendars": {"a": {"busy": spans}}}, "a") == (
        (at("2026-12-01 09:00"), at("2026-12-01 10:00")),
        (at("2026-12-01 11:00"), at("2026-12-01 12:00")),
    )
    assert read_busy({"calendars": {"a": {"busy": []}}}, "a") == ()


@pytest.mark.parametrize(
    ("found", "error"),
    [
        ({"errors": [{"reason": "notFound"}], "busy": []}, Missing),
        ({"errors": [{"reason": "internalError"}], "busy": []}, ServerTrouble),
        ({"errors": [{"reason": "tooManyCalendarsRequested"}]}, BadRequest),
        ({"errors": [{}]}, ServerTrouble),
        ({"errors": [{"reason": ["odd"]}], "busy": []}, ServerTrouble),
        ({"errors": [7], "busy": []}, CalendarGarbled),
        ({}, CalendarGarbled),
        ({"busy": None}, CalendarGarbled),
        ({"busy": [{"start": "2026-12-01T17:00:00Z"}]}, CalendarGarbled),
        ({"busy": [{"start": "2026-12-01", "end": "2026-12-02"}]}, CalendarGarbled),
        (None, CalendarGarbled),
    ],
)
def test_what_is_not_told_is_not_free(found: Any, error: type[CalendarError]) -> None:
    with pytest.raises(error):
        read_busy({"calendars": {"a": found}}, "a")
    with pytest.raises(CalendarGarbled):
        read_busy({"calendars": {}}, "a")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["dateTime", "date", "timeZone", "private", "reason", "start", "end"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)
FIELDS = ["id", "etag", "status", "start", "end", "summary", "transparency", "attendees",
          "extendedProperties", "sequence", "updated", "recurringEventId", "iCalUID",
          "eventType"]  # fmt: skip


@given(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=3))
def test_whatever_stands_in_an_event_it_is_read_or_garbled(odd: Json) -> None:
    try:
        event = read_event(EVENT | odd, CHICAGO)
    except CalendarGarbled:
        return
    assert event.cancelled or (event.starts_at is not None and event.ends_at is not None)
    if event.starts_at is not None and event.ends_at is not None:
        assert event.starts_at <= event.ends_at


@given(st.dictionaries(st.sampled_from(["items", "timeZone", "nextPageToken", "calendars"]), JSON))
def test_whatever_stands_in_an_answer_it_is_read_or_garbled(odd: Json) -> None:
    with suppress(CalendarError):
        read_page({"nextSyncToken": "s"} | odd, CHICAGO)
    with suppress(CalendarError):
        read_busy(odd, "a")
    with suppress(CalendarError):
        read_busy({"calendars": {"a": odd.get("items")}}, "a")

"""What is to be done about an event of ours that is not, or no longer, as it was left."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shop.calendar.events import interpret_own
from shop.calendar.judging import UNSURE, Verdict, judge
from tests.support.calendar_rows import HOUR, NINE, ROW, event

NOW = NINE - 20 * HOUR
SHOWN = replace(ROW, shown=3, etag='"1"')
MOVED: dict[str, Any] = {"starts_at": NINE + HOUR, "ends_at": NINE + 2 * HOUR, "etag": '"2"'}
DELETED: dict[str, Any] = {"status": "cancelled", "etag": '"2"'}
BARE: dict[str, Any] = DELETED | {"private": {}, "starts_at": None, "ends_at": None}


@pytest.mark.parametrize(
    ("read", "record", "verdict"),
    [
        ({}, {}, Verdict.NOTHING),
        ({"etag": '"2"'}, {}, Verdict.SEEN),
        ({}, {"shown": None, "etag": None}, Verdict.SEEN),
        (MOVED, {}, Verdict.MOVE),
        (MOVED, {"status": "in_progress"}, Verdict.MOVE),
        (MOVED, {"shown": None}, Verdict.MOVE),
        (MOVED, {"revision": 4}, Verdict.NOTHING),
        (MOVED, {"revision": 4, "shown": 4}, Verdict.OVERTAKEN),
        ({}, {"revision": 4, "shown": 4}, Verdict.PUT_BACK),
        (MOVED, {"put_back": True, "shown": None, "etag": '"2"'}, Verdict.NOTHING),
        (MOVED, {"put_back": True, "shown": None, "etag": '"1"'}, Verdict.MOVE),
        (DELETED, {}, Verdict.CANCEL),
        (BARE, {}, Verdict.CANCEL),
        (BARE, {"shown": None}, Verdict.NOTHING),
        (BARE, {"revision": 4}, Verdict.NOTHING),
        (DELETED, {"revision": 4}, Verdict.NOTHING),
        (DELETED, {"revision": 4, "shown": 4}, Verdict.OVERTAKEN),
        (DELETED, {"put_back": True, "shown": None, "etag": '"2"'}, Verdict.NOTHING),
        (DELETED, {"deleting_at": NOW - UNSURE / 2}, Verdict.PUT_BACK),
        (DELETED, {"deleting_at": NOW - UNSURE}, Verdict.CANCEL),
        (DELETED, {"status": "cancelled"}, Verdict.NOTHING),
        (DELETED, {"status": "completed"}, Verdict.NOTHING),
        (DELETED, {"status": "no_show"}, Verdict.NOTHING),
        ({}, {"status": "cancelled", "revision": 4}, Verdict.NOTHING),
        ({}, {"status": "cancelled", "revision": 4, "shown": 4}, Verdict.PUT_BACK),
        ({"private": {}}, {}, Verdict.OVERTAKEN),
    ],
    ids=[
        "as it was left", "another title", "its telling was not written down", "moved",
        "moved while the car is in the bay", "moved before its telling was written down",
        "moved, but the record has changed and will be told", "moved from what it was long ago",
        "put back to what it was long ago", "moved, refused, and not yet put back",
        "moved once more after it was refused", "deleted", "deleted, with nothing left",
        "nothing left of it, and perhaps it was never as it is", "nothing left of what it was",
        "deleted from what it was, and will be told", "deleted from what it was long ago",
        "deleted, refused, and not yet put back", "perhaps deleted by ourselves, late",
        "deleted by ourselves so long ago that it was not", "deleted as it should be",
        "deleted when it was done", "deleted when nobody came", "there, until its end is told",
        "there, though its end was told", "without what we wrote into it",
    ],
)  # fmt: skip
def test_the_judgement(read: dict[str, Any], record: dict[str, Any], verdict: Verdict) -> None:
    found = interpret_own(event(**read))
    assert found is not None
    assert judge(found, replace(SHOWN, **record), NOW) is verdict


@pytest.mark.parametrize(
    ("read", "verdict"),
    [({}, Verdict.BLOCK), (MOVED, Verdict.BLOCK), (DELETED, Verdict.NOTHING)],
    ids=["it stands there", "it was moved", "it was deleted"],
)
def test_an_event_whose_appointment_is_not_known(read: dict[str, Any], verdict: Verdict) -> None:
    found = interpret_own(event(**read))
    assert found is not None
    assert judge(found, None, NOW) is verdict


def test_what_is_long_over_is_left_alone_unless_it_was_moved_ahead() -> None:
    later = NINE + timedelta(days=3)
    ahead = {"starts_at": later + HOUR, "ends_at": later + 2 * HOUR}
    for read, verdict in (
        ({}, Verdict.NOTHING), (MOVED, Verdict.NOTHING), (DELETED, Verdict.NOTHING),
        (ahead, Verdict.BLOCK),
    ):  # fmt: skip
        found = interpret_own(event(**read))
        assert found is not None
        assert judge(found, SHOWN, later) is verdict

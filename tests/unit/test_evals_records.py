"""Every change of a record is seen, and nothing but what was expected is let through."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from evals.records import Snapshot, UnknownColumn, differences, holds, unexpected
from evals.scenario import Expected, Has

NINE = datetime(2026, 11, 17, 15, tzinfo=UTC)
TEN = datetime(2026, 11, 17, 16, tzinfo=UTC)
ADA = {"id": 1, "first_name": "Ada", "last_name": "Byron", "notes": None, "updated_at": NINE}
VISIT = {"id": 7, "customer_id": 1, "scheduled_at": NINE, "estimated_cost": None}


def a_snapshot(**tables: list[dict[str, Any]]) -> Snapshot:
    every = {"customers": [ADA], "appointments": [VISIT], **tables}
    return Snapshot(
        {name: {(row["id"],): row for row in rows} for name, rows in every.items()},
        {"customers": list(ADA), "appointments": list(VISIT), "callbacks": ["id", "topic"]},
    )


def left_over(expect: dict[Any, Any], **tables: list[dict[str, Any]]) -> list[str]:
    before = a_snapshot(callbacks=[])
    after = a_snapshot(**{"callbacks": [], **tables})
    wished = {table: Expected.model_validate(wish) for table, wish in expect.items()}
    return unexpected(wished, differences(before, after), after.columns)


ROW = {"customer_id": "Ada Byron", "scheduled_at": "2026-11-17T10:00:00-06:00"}
SECOND = {**VISIT, "id": 8, "scheduled_at": TEN}


@pytest.mark.parametrize(
    ("expect", "tables"),
    [
        ({}, {}),
        ({}, {"customers": [{**ADA, "updated_at": TEN}]}),
        ({"appointments": {"added": [ROW]}}, {"appointments": [VISIT, SECOND]}),
        (
            {"appointments": {"added": [{"estimated_cost": None}, ROW]}},
            {"appointments": [VISIT, SECOND, {**SECOND, "id": 9, "scheduled_at": NINE}]},
        ),
        ({"appointments": {"removed": [{"customer_id": "Ada Byron"}]}}, {"appointments": []}),
        (
            {"appointments": {"changed": [{"where": {"customer_id": "Ada Byron"},
              "set": {"scheduled_at": "2026-11-17T16:00:00Z"}}]}},
            {"appointments": [{**VISIT, "scheduled_at": TEN}]},
        ),
        (
            {"customers": {"changed": [{"where": {"last_name": "Byron"},
              "set": {"last_name": "King"}}]}},
            {"customers": [{**ADA, "last_name": "King"}]},
        ),
    ],
    ids=[
        "nothing at all",
        "only a volatile column",
        "an added row, its link by name and its moment in another zone",
        "a loose wish leaves the strict one its row",
        "a removed row",
        "a changed row",
        "a new name does not change what links to it",
    ],
)  # fmt: skip
def test_what_was_expected_passes(
    expect: dict[Any, Any], tables: dict[str, list[dict[str, Any]]]
) -> None:
    assert left_over(expect, **tables) == []


@pytest.mark.parametrize(
    ("expect", "tables", "said"),
    [
        ({}, {"appointments": [VISIT, SECOND]}, ["unexpected: appointments: added {customer_id"]),
        ({}, {"appointments": []}, ["unexpected: appointments: removed {customer_id 'Ada Byron'"]),
        (
            {},
            {"customers": [{**ADA, "notes": "rude"}]},
            ["unexpected: customers: changed notes from None to 'rude' of {first_name 'Ada'"],
        ),
        (
            {"appointments": {"added": [ROW]}},
            {},
            ["appointments: should have added {customer_id 'Ada Byron', scheduled_at '2026"],
        ),
        (
            {"appointments": {"added": [ROW]}},
            {"appointments": [VISIT, SECOND, {**SECOND, "id": 9}]},
            ["unexpected: appointments: added"],
        ),
        (
            {"appointments": {"added": [ROW]}},
            {"appointments": [VISIT, {**SECOND, "scheduled_at": NINE}]},
            ["appointments: should have added", "unexpected: appointments: added"],
        ),
        (
            {"appointments": {"added": [{**ROW, "estimated_cost": None}]}},
            {"appointments": [VISIT, {**SECOND, "estimated_cost": Decimal("0.00")}]},
            ["appointments: should have added", "unexpected: appointments: added"],
        ),
        (
            {"appointments": {"changed": [{"where": {"customer_id": "Ada Byron"},
              "set": {"scheduled_at": "2026-11-17T16:00:00Z"}}]}},
            {"appointments": [{**VISIT, "scheduled_at": TEN, "estimated_cost": Decimal(9)}]},
            ["appointments: should have changed", "unexpected: appointments: changed scheduled_at"],
        ),
        (
            {"callbacks": {"added": [{"topic": {"has": "tires"}}]}},
            {"callbacks": [{"id": 1, "topic": "brakes"}]},
            ["should have added {topic with 'tires'}", "unexpected: callbacks: added"],
        ),
        (
            {},
            {"waitlist": [{"id": 1, "day": date(2026, 11, 20)}]},
            ["unexpected: waitlist: added {day 2026-11-20}"],
        ),
    ],
    ids=[
        "a row too many",
        "a row too few",
        "a side effect on another record",
        "nothing where a row was wanted",
        "two rows where one was wanted",
        "a row at another time",
        "a value where none was wanted",
        "a change of more than was wanted",
        "other words",
        "a table nobody spoke of",
    ],
)  # fmt: skip
def test_what_was_not_expected_is_told(
    expect: dict[Any, Any], tables: dict[str, list[dict[str, Any]]], said: list[str]
) -> None:
    found = left_over(expect, **tables)
    assert len(found) == len(said)
    for told, beginning in zip(found, said, strict=True):
        assert beginning in told


@pytest.mark.parametrize("column", ["sheduled_at", "id"], ids=["a slip", "a volatile column"])
def test_a_wish_that_could_never_be_checked_is_refused(column: str) -> None:
    with pytest.raises(UnknownColumn, match=rf"expect\.appointments: the column '{column}'"):
        left_over({"appointments": {"removed": [{column: "x"}]}})


@pytest.mark.parametrize(
    ("value", "actual", "same"),
    [
        ("2026-11-17T09:00:00-06:00", NINE, True),
        ("2026-11-17T09:00:00-05:00", NINE, False),
        ("2026-11-17", date(2026, 11, 17), True),
        (25, Decimal("25.00"), True),
        (25.1, Decimal("25.10"), True),
        ("25", Decimal("25.00"), False),
        (True, True, True),
        (1, True, False),
        (True, 1, False),
        (None, None, True),
        (None, "", False),
        ("", None, False),
        (Has(has="Main"), "at main street", True),
        (Has(has="Main"), None, False),
    ],
    ids=str,
)
def test_values_are_compared_as_what_they_are(value: Any, actual: Any, same: bool) -> None:
    assert holds(value, actual) is same

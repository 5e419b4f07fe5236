"""Whole calls without a language model, and the records each leaves."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from graph.context import CallContext, CallType
from shop.db import Pool
from shop.desk import Desk
from tests.support.conversation import (
    MONDAY_MORNING,
    STRANGER,
    Conversation,
    a_desk,
    answering,
    rows,
)

Rows = dict[str, list[dict[str, Any]]]

TABLES = (
    "customers", "vehicles", "appointments", "waitlist", "callbacks", "tow_requests", "opt_outs",
)  # fmt: skip
BORN = "April twelfth nineteen eighty five"
DANIEL = ("Daniel Brooks", "2018 Honda Civic")
DANIELS: Rows = {
    "customers": [{"first_name": "Daniel", "last_name": "Brooks", "phone": STRANGER}],
    "vehicles": [{"year": 2018, "make": "Honda", "model": "Civic"}],
}
MARIAS_OIL = {"service_type": "oil_change", "scheduled_at": "2026-11-25T16:00:00+00:00"}
CANCELLED = {**MARIAS_OIL, "status": "cancelled"}


@dataclass(frozen=True, slots=True)
class Flow:
    """A call.

    Attributes:
        says: What the caller says, turn by turn.
        leaves: What is new or changed in the records when the call is over, and nothing else.
        hears: What the last reply says.
    """

    says: tuple[str, ...]
    leaves: Rows = field(default_factory=dict)
    hears: str = ""
    caller: str = STRANGER
    call_type: CallType = "inbound_general"
    now: datetime = MONDAY_MORNING
    can_transfer: bool = False


def booked(service: str, at: str, **more: object) -> dict[str, object]:
    """An appointment as it is when it was just made, `at` as month, day and time in UTC."""
    start = f"2026-{at}:00+00:00"
    return {"service_type": service, "scheduled_at": start, "status": "scheduled", **more}


async def check(flow: Flow, pool: Pool) -> None:
    """Hold the call; fail unless it leaves what it should, and asks nothing three times."""
    async with a_desk(pool, lambda: flow.now) as desk, on_the_line(flow, desk, pool) as call:
        before = await everything(pool)
        replies = await call.say_all(*flow.says)
        left = changes(before, await everything(pool))
    assert flow.hears in replies[-1]
    assert max(Counter(replies).values()) <= 2
    assert {table: len(found) for table, found in left.items()} == {
        table: len(expected) for table, expected in flow.leaves.items()
    }
    for table, expected in flow.leaves.items():
        keys = [key for wanted in expected for key in wanted]
        found = [{key: row[key] for key in keys} for row in left[table]]
        assert all(any(one.items() <= row.items() for row in found) for one in expected), found


@asynccontextmanager
async def on_the_line(flow: Flow, desk: Desk, pool: Pool) -> AsyncIterator[Conversation]:
    """The call, with the rulebook as its model."""
    maker = await answering(desk, pool, can_transfer=flow.can_transfer)
    context = CallContext("CA-flow", flow.caller, flow.call_type, "phone")
    call = Conversation(maker(context), pool)
    yield call
    await call.agent.aclose()


async def everything(pool: Pool) -> Rows:
    """The records as they stand."""
    return {table: await rows(pool, table) for table in TABLES}


def changes(before: Rows, after: Rows) -> Rows:
    """Rows that were not there before, or not so; tables without any are left out."""
    changed = {table: _new(before[table], after[table]) for table in TABLES}
    return {table: found for table, found in changed.items() if found}


def _new(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[dict[str, Any]]:
    known = [_lasting(row) for row in before]
    return [row for row in after if _lasting(row) not in known]


def _lasting(row: dict[str, Any]) -> dict[str, Any]:
    passing = ("updated_at", "last_contact_date")
    return {key: value for key, value in row.items() if key not in passing}

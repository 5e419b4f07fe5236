"""A caller who has proved who they are hears once what their car is due for; nobody else does."""

from datetime import date
from typing import Any

import pytest

from graph.context import CallContext, CallType
from shop.db import Pool
from tests.support.conversation import (
    MARIA,
    MONDAY_MORNING,
    Conversation,
    a_desk,
    answering,
)

pytestmark = pytest.mark.anyio

BORN = "April twelfth nineteen eighty five"
DUE = "is due for a tire rotation"


async def note(pool: Pool, *, service: str = "tire_rotation", **due: object) -> None:
    """What the mechanics wrote down at the last visit of Maria's Civic."""
    values = {"next_service_due_date": None, "next_service_due_mileage": None, **due}
    async with pool.connection() as conn:
        await conn.execute(
            """
            INSERT INTO service_history (vehicle_id, service_date, services_performed,
                next_service_type, next_service_due_date, next_service_due_mileage)
            SELECT id, '2026-11-01', '{Wiper blades}', %(service)s, %(next_service_due_date)s,
                   %(next_service_due_mileage)s
              FROM vehicles WHERE model = 'Civic'
            """,
            {"service": service, **values},
        )


ASKS = ("I need a brake inspection", "Maria Lopez", "my usual car", BORN)


async def heard(pool: Pool, *said: str, call_type: CallType = "inbound_general") -> str:
    async with a_desk(pool, lambda: MONDAY_MORNING) as desk:
        context = CallContext(call_sid="CA1", caller_number=MARIA, call_type=call_type)
        call = Conversation((await answering(desk, pool))(context), pool)
        said_to = await call.say_all(*said)
        await call.agent.aclose()
        return " ".join(said_to)


@pytest.mark.parametrize(
    ("noted", "told"),
    [
        ({"next_service_due_date": date(2026, 11, 1)}, True),
        ({"next_service_due_date": date(2026, 12, 20)}, True),
        ({"next_service_due_date": date(2027, 2, 1)}, False),
        ({"next_service_due_mileage": 1000}, True),
        ({"next_service_due_mileage": 900_000}, False),
        ({}, False),
        ({"service": "oil_change", "next_service_due_date": date(2026, 11, 1)}, False),
        ({"service": "brake_inspection", "next_service_due_date": date(2026, 11, 1)}, False),
        ({"service": "a thing of the past", "next_service_due_date": date(2026, 11, 1)}, False),
    ],
    ids=[
        "since the first", "soon", "in spring", "by its miles", "not by its miles",
        "nothing set", "booked for it", "asks for it", "no longer done",
    ],
)  # fmt: skip
async def test_a_caller_who_books_hears_what_else_their_car_is_due_for(
    pool: Pool, noted: dict[str, Any], told: bool
) -> None:
    async with a_desk(pool, lambda: MONDAY_MORNING):
        await note(pool, **noted)
    assert (DUE in await heard(pool, *ASKS)) is told
    if told:
        async with pool.connection() as conn:
            audited = await conn.execute(
                "SELECT FROM audit_log WHERE details::text LIKE '%service_due%'"
            )
        assert audited.rowcount == 1


async def test_nobody_hears_of_it_who_has_not_proved_who_they_are(pool: Pool) -> None:
    async with a_desk(pool, lambda: MONDAY_MORNING):
        await note(pool, next_service_due_date=date(2026, 11, 1))
    assert "due" not in await heard(pool, *ASKS[:-1], "June first nineteen ninety")


async def test_whom_the_shop_rings_is_sold_nothing(pool: Pool) -> None:
    async with a_desk(pool, lambda: MONDAY_MORNING):
        await note(pool, next_service_due_date=date(2026, 11, 1))
    asked = ("yes this is Maria Lopez", "can I move it to Friday", BORN)
    assert "due for" not in await heard(pool, *asked, call_type="outbound_reminder")

"""A plate that is refused at the read-back is written down by nobody, whatever comes after."""

from typing import Any

import pytest

from evals.models import Says, ScriptedModel
from shop.db import Pool
from tests.support.conversation import Conversation, a_call

pytestmark = pytest.mark.anyio

BOOKED = (
    "I need an oil change",
    "Daniel Brooks",
    "It's a 2018 Honda Civic, the plate is B as in boy, X, five five one nine",
    "tomorrow at ten in the morning",
)


async def plates(call: Conversation) -> list[str | None]:
    rows = await call.rows("vehicles")
    return [row["license_plate"] for row in rows if row["model"] == "Civic" and row["year"] == 2018]


AFTER: list[tuple[str, list[str], list[str | None]]] = [
    ("another is said", ["no, the plate is D X five five one nine", "yes"], ["DX5519"]),
    ("another is said when asked", ["no, the plate is wrong", "D X 5 5 1 9", "yes"], ["DX5519"]),
    ("it is not known", ["no, the plate is wrong", "I don't know it", "yes"], [None]),
    ("it is not at hand", ["no, the plate is wrong", "I haven't got it here", "yes"], [None]),
    ("it was right", ["yes"], ["BX5519"]),
]


@pytest.mark.parametrize(("said", "kept"), [a[1:] for a in AFTER], ids=[a[0] for a in AFTER])
async def test_a_refused_plate_is_not_kept(
    pool: Pool, said: list[str], kept: list[str | None]
) -> None:
    async with a_call(pool) as call:
        *_, asked = await call.say_all(*BOOKED)
        assert "plate B X" in asked
        replies = await call.say_all(*said)
        assert await plates(call) == kept, replies


async def test_a_model_that_insists_on_a_refused_plate_has_it_read_back_again(pool: Pool) -> None:
    car = {"customer_id": "c1", "year": 2018, "make": "Honda", "model": "Civic"}
    wish: dict[str, Any] = {
        "customer_id": "c1",
        "vehicle_id": "v1",
        "service_type": "oil_change",
        "start_time": "2026-11-24T10:00:00-06:00",
    }
    steps = [
        ("create_customer", {"first_name": "Daniel", "last_name": "Brooks"}),
        ("create_vehicle", {**car, "license_plate": "BX5519"}),
        ("get_available_slots", {"date": "tomorrow at ten", "service_type": "oil change"}),
        ("book_appointment", wish),
    ]
    replies = [*(Says(calls=[step]) for step in steps), Says(calls=[steps[-1]])]
    async with a_call(pool, model=ScriptedModel(replies=replies)) as call:
        await call.say("tomorrow at ten for my Civic")
        assert "plate B X" in await call.say("no, the plate is wrong")
        assert await plates(call) == []

"""The calendar follows the records: each appointment once, as it is, whatever happens."""

import pytest

from shop.db import Pool
from tests.support.calendar import calendared, private, span
from tests.support.front import TUESDAY, at

pytestmark = pytest.mark.anyio


async def test_what_is_booked_moved_and_cancelled_appears(pool: Pool) -> None:
    async with calendared(pool) as shop:
        made = await shop.front.book(at(TUESDAY, 10))
        assert await shop.state(made.appointment.id) == "pending"
        assert await shop.push() == 1
        assert await shop.state(made.appointment.id) == "shown"
        event = shop.event(made)
        assert event["summary"] == "Oil change: 2018 Honda Civic (Brooks)"
        assert span(event) == (at(TUESDAY, 10), at(TUESDAY, 10, 30))
        assert event["location"] == "Bay A1"
        assert "(217) 555-0131" in event["description"]
        assert "attendees" not in event
        assert private(event)["appointment"] == str(made.appointment.id)
        await shop.front.move(made, at(TUESDAY, 14))
        assert await shop.state(made.appointment.id) == "pending"
        await shop.push()
        assert span(shop.event(made)) == (at(TUESDAY, 14), at(TUESDAY, 14, 30))
        await shop.agree()
        await shop.front.cancel(made)
        await shop.push()
        assert shop.google.events() == []
        assert await shop.state(made.appointment.id) == "shown"
        await shop.front.desk.restore(call_sid="CA1", key="r", appointment_id=made.appointment.id)
        await shop.push()
        await shop.agree()
        assert len(shop.google.events()) == 1
        await shop.read()
        await shop.read()
        assert await shop.push() == 0
        await shop.agree()

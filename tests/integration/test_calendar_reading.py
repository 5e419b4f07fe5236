"""What staff do in the calendar is done to the records, or undone in the calendar."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from evals.standins.google_calendar import CALENDAR, Fault, GoogleCalendarScript
from shop.calendar.errors import CalendarError
from shop.calendar.events import event_id
from shop.calendar.retry import Policy
from shop.db import Pool
from shop.profile.shop import Technician
from tests.support.calendar import Calendared, calendared, span
from tests.support.front import (
    CIVIC,
    EVERYTHING,
    TUESDAY,
    WEDNESDAY,
    at,
    caller,
    shop_with,
)

pytestmark = pytest.mark.anyio
ONCE = Policy(attempts=1, attempt_s=0.3, budget_s=0.5)
ONE_BAY = shop_with(1, "Kevin Brown")
HALF_AN_HOUR = timedelta(minutes=30)


async def audited(shop: Calendared) -> list[tuple[Any, ...]]:
    """What was done in the calendar's name."""
    return await shop.front.fetch(
        "SELECT action, entity, details FROM audit_log WHERE actor = 'calendar' ORDER BY id"
    )


async def test_an_event_that_is_dragged_moves_the_appointment(pool: Pool) -> None:
    async with calendared(pool) as shop:
        made = await shop.front.book(at(TUESDAY, 10))
        await shop.settle()
        shop.move(made, at(WEDNESDAY, 15))
        await shop.settle()
        row = await shop.row(made.appointment.id)
        assert (row.starts_at, row.ends_at) == (at(WEDNESDAY, 15), at(WEDNESDAY, 15, 30))
        assert (row.revision, row.status) == (1, "scheduled")
        was = {"was": made.appointment.scheduled_at.isoformat()}
        assert await audited(shop) == [("move", "appointments", was)]
        await shop.agree()
        assert at(TUESDAY, 10) in await shop.front.free()


async def test_an_event_that_is_made_longer_keeps_its_bay_for_longer(pool: Pool) -> None:
    async with calendared(pool, shop=ONE_BAY) as shop:
        made = await shop.front.book(at(TUESDAY, 10))
        await shop.settle()
        shop.move(made, at(TUESDAY, 10), at(TUESDAY, 11, 45))
        await shop.settle()
        assert (await shop.row(made.appointment.id)).ends_at == at(TUESDAY, 11, 45)
        free = await shop.front.free()
        assert at(TUESDAY, 11) not in free
        assert at(TUESDAY, 11, 30) not in free
        assert at(TUESDAY, 9) in free
        await shop.agree()


async def test_what_staff_move_need_not_keep_to_what_callers_must(pool: Pool) -> None:
    async with calendared(pool) as shop:
        made = await shop.front.book(at(TUESDAY, 10))
        await shop.settle()
        sunday = TUESDAY + timedelta(days=5)
        shop.move(made, at(sunday, 7, 10))
        await shop.settle()
        assert (await shop.row(made.appointment.id)).starts_at == at(sunday, 7, 10)
        assert await shop.callbacks() == []


async def test_a_confirmed_appointment_must_be_confirmed_anew_once_it_is_moved(pool: Pool) -> None:
    async with calendared(pool) as shop:
        made = await shop.front.book(at(TUESDAY, 10))
        await shop.front.fetch(
            """
            UPDATE appointments SET status = 'confirmed', confirmation_sent = true RETURNING 1
            """
        )
        await shop.settle()
        shop.move(made, at(TUESDAY, 10), at(TUESDAY, 11))
        await shop.settle()
        stands = "SELECT status, confirmation_sent FROM appointments"
        assert await shop.front.fetch(stands) == [("confirmed", True)]
        shop.move(made, at(TUESDAY, 14))
        await shop.settle()
        assert await shop.front.fetch(stands) == [("scheduled", False)]


async def test_work_that_takes_longer_than_planned_may_be_made_longer(pool: Pool) -> None:
    async with calendared(pool) as shop:
        made = await shop.front.book(at(TUESDAY, 10))
        await shop.front.fetch("UPDATE appointments SET status = 'in_progress' RETURNING 1")
        shop.front.clock.now = at(TUESDAY, 10, 20)
        await shop.push()
        shop.move(made, at(TUESDAY, 10), at(TUESDAY, 12))
        await shop.read()
        row = await shop.row(made.appointment.id)
        assert (row.ends_at, row.status) == (at(TUESDAY, 12), "in_progress")


async def test_an_event_that_is_deleted_cancels_the_appointment(pool: Pool) -> None:
    async with calendared(pool, shop=ONE_BAY) as shop:
        made = await shop.front.book(at(TUESDAY, 10))
        await shop.settle()
        assert at(TUESDAY, 10) not in await shop.front.free()
        shop.delete(made)
        await shop.settle()
        ((status, reason, when),) = await shop.front.fetch(
            "SELECT status, cancellation_reason, cancelled_at FROM appointments"
        )
        assert (status, reason) == ("cancelled", "other")
        assert when is not None
        assert await audited(shop) == [("cancel", "appointments", {"reason": "other"})]
        assert at(TUESDAY, 10) in await shop.front.free()
        await shop.agree()


async def test_what_staff_deleted_a_caller_can_bring_back(pool: Pool) -> None:
    async with calendared(pool) as shop:
        made = await shop.front.book(at(TUESDAY, 10))
        await shop.settle()
        shop.delete(made)
        await shop.read()
        await shop.front.desk.restore(call_sid="CA1", key="r", appointment_id=made.appointment.id)
        await shop.settle()
        assert (await shop.row(made.appointment.id)).status == "scheduled"
        await shop.agree()
        assert shop.event(made)


async def test_a_freed_time_is_offered_to_who_waits_for_it(pool: Pool) -> None:
    async with calendared(pool, shop=ONE_BAY) as shop:
        made = await shop.front.book(at(TUESDAY, 10))
        await shop.front.desk.join_waitlist(
            call_sid="CA2", key="w", phone="+12175550177", service_key="oil change",
            first_day=TUESDAY, last_day=TUESDAY, part="morning",
        )  # fmt: skip
        await shop.settle()
        shop.delete(made)
        await shop.read()
        assert await shop.front.fetch("SELECT status, offer_starts_at FROM waitlist") == [
            ("offered", at(TUESDAY, 10))
        ]


async def _taken(shop: Calendared) -> None:
    await shop.front.book(at(TUESDAY, 14), customer=caller(1), vehicle=CIVIC)


async def _nothing(shop: Calendared) -> None:
    """Nothing more has happened."""


async def _has_begun(shop: Calendared) -> None:
    await shop.front.fetch("UPDATE appointments SET status = 'in_progress' RETURNING 1")


async def _offered(shop: Calendared) -> None:
    await shop.front.offer("CA9", TUESDAY, near=time(14))


async def _unknown_service(shop: Calendared) -> None:
    await shop.front.fetch("UPDATE appointments SET service_type = 'car_wash' RETURNING 1")


def _to(*span: datetime) -> Callable[[Calendared, Any], None]:
    return lambda shop, made: shop.move(made, *span)


@pytest.mark.parametrize(
    ("before", "edit", "why"),
    [
        (_taken, _to(at(TUESDAY, 14)), "no bay and technician who can do it are free then"),
        (_offered, _to(at(TUESDAY, 14)), "no bay and technician who can do it are free then"),
        (_nothing, _to(at(TUESDAY, 10), at(TUESDAY, 22)), "it must take 5 to 600 whole minutes"),
        (_nothing, _to(at(TUESDAY, 10), at(TUESDAY, 10, 2)), "5 to 600 whole minutes"),
        (_nothing, _to(at(TUESDAY, 10) - timedelta(days=9)), "that time has already gone"),
        (_unknown_service, _to(at(TUESDAY, 14)), "the shop no longer does that"),
        (_has_begun, lambda shop, made: shop.delete(made), "its car is in the shop already"),
    ],
    ids=[
        "to a time that is taken", "to a time that a caller is being offered", "too long",
        "too short", "into the past", "of a service that is no longer done",
        "deleted while the car is in the bay",
    ],
)  # fmt: skip
async def test_what_cannot_be_followed_is_put_back_and_staff_are_told(
    pool: Pool,
    before: Callable[[Calendared], Awaitable[None]],
    edit: Callable[[Calendared, Any], None],
    why: str,
) -> None:
    async with calendared(pool, shop=ONE_BAY) as shop:
        made = await shop.front.book(at(TUESDAY, 10))
        await before(shop)
        await shop.settle()
        if before is _offered:
            await before(shop)
        was = await shop.row(made.appointment.id)
        edit(shop, made)
        await shop.read()
        assert await shop.state(made.appointment.id) == "pending"
        await shop.push()
        row = await shop.row(made.appointment.id)
        assert (row.starts_at, row.ends_at, row.status, row.revision) == (
            was.starts_at, was.ends_at, was.status, was.revision,
        )  # fmt: skip
        assert span(shop.event(made)) == (at(TUESDAY, 10), at(TUESDAY, 10, 30))
        (told,) = await shop.callbacks()
        assert why in told
        assert "2018 Honda Civic" in told
        assert "Brooks" not in told
        ((phone, topic, urgency),) = await shop.front.fetch(
            "SELECT phone, topic, urgency FROM callbacks"
        )
        assert (phone, topic, urgency) == (shop.front.desk.shop.phone, "calendar", "normal")
        await shop.settle()
        await shop.agree()
        assert len(await shop.callbacks()) == 1


async def test_a_car_cannot_be_moved_into_two_bays(pool: Pool) -> None:
    async with calendared(pool) as shop:
        made = await shop.front.book(at(TUESDAY, 10))
        await shop.front.book(at(TUESDAY, 14), service_key="tire rotation")
        await shop.settle()
        shop.move(made, at(TUESDAY, 14))
        await shop.settle()
        assert (await shop.row(made.appointment.id)).starts_at == at(TUESDAY, 10)
        (told,) = await shop.callbacks()
        assert "its car is booked in for something else then" in told
        await shop.agree()


@pytest.mark.parametrize("hours", [(10, 14), (14, 10)], ids=["onwards", "backwards"])
async def test_one_event_takes_the_place_that_another_leaves(
    pool: Pool, hours: tuple[int, int]
) -> None:
    async with calendared(pool, shop=ONE_BAY) as shop:
        first = await shop.front.book(at(TUESDAY, hours[0]))
        other = await shop.front.book(at(TUESDAY, hours[1]), customer=caller(1))
        await shop.settle()
        shop.move(first, at(TUESDAY, hours[1]))
        shop.move(other, at(TUESDAY, 15))
        await shop.settle()
        assert (await shop.row(first.appointment.id)).starts_at == at(TUESDAY, hours[1])
        assert (await shop.row(other.appointment.id)).starts_at == at(TUESDAY, 15)
        assert await shop.callbacks() == []
        await shop.agree()


async def test_events_that_change_places_are_both_put_back(pool: Pool) -> None:
    async with calendared(pool, shop=ONE_BAY) as shop:
        first = await shop.front.book(at(TUESDAY, 10))
        other = await shop.front.book(at(TUESDAY, 14), customer=caller(1))
        await shop.settle()
        shop.move(first, at(TUESDAY, 14))
        shop.move(other, at(TUESDAY, 10))
        await shop.settle()
        assert (await shop.row(first.appointment.id)).starts_at == at(TUESDAY, 10)
        assert len(await shop.callbacks()) == 2
        await shop.agree()


async def test_a_moved_appointment_gets_another_bay_where_its_own_is_taken(pool: Pool) -> None:
    async with calendared(pool) as shop:
        made = await shop.front.book(at(TUESDAY, 10))
        other = await shop.front.book(at(TUESDAY, 14), customer=caller(1))
        assert made.appointment.bay == other.appointment.bay == "A1"
        await shop.settle()
        shop.move(made, at(TUESDAY, 14))
        await shop.settle()
        assert (await shop.row(made.appointment.id)).bay == "A2"
        assert shop.event(made)["location"] == "Bay A2"
        await shop.agree()


async def test_what_was_changed_by_telephone_meanwhile_wins(pool: Pool) -> None:
    async with calendared(pool) as shop:
        made = await shop.front.book(at(TUESDAY, 10))
        await shop.settle()
        shop.move(made, at(TUESDAY, 15))
        await shop.front.move(made, at(WEDNESDAY, 9))
        await shop.settle()
        assert (await shop.row(made.appointment.id)).starts_at == at(WEDNESDAY, 9)
        (told,) = await shop.callbacks()
        assert told.endswith("because it was changed by telephone in the meantime.")
        await shop.agree()


async def test_what_was_cancelled_by_telephone_meanwhile_stays_cancelled(pool: Pool) -> None:
    async with calendared(pool) as shop:
        made = await shop.front.book(at(TUESDAY, 10))
        await shop.settle()
        shop.move(made, at(TUESDAY, 15))
        await shop.front.cancel(made)
        await shop.settle()
        assert (await shop.row(made.appointment.id)).cancelled
        await shop.agree()


async def test_what_was_deleted_after_a_call_moved_it_comes_back(pool: Pool) -> None:
    async with calendared(pool) as shop:
        made = await shop.front.book(at(TUESDAY, 10))
        await shop.settle()
        await shop.front.move(made, at(TUESDAY, 14))
        shop.delete(made)
        await shop.read()
        assert (await shop.row(made.appointment.id)).status == "scheduled"
        await shop.settle()
        await shop.agree()
        assert len(await shop.callbacks()) == 1


async def test_a_second_edit_is_followed_though_the_first_could_not_be(pool: Pool) -> None:
    async with calendared(pool, shop=ONE_BAY) as shop:
        made = await shop.front.book(at(TUESDAY, 10))
        await _taken(shop)
        await shop.settle()
        shop.move(made, at(TUESDAY, 14))
        await shop.read()
        shop.move(made, at(TUESDAY, 15))
        await shop.settle()
        assert (await shop.row(made.appointment.id)).starts_at == at(TUESDAY, 15)
        await shop.agree()


async def test_a_title_or_colour_that_staff_change_stays_until_the_appointment_changes(
    pool: Pool,
) -> None:
    async with calendared(pool) as shop:
        made = await shop.front.book(at(TUESDAY, 10))
        await shop.settle()
        shop.staff.edits(event_id(made.appointment.id), {"summary": "Mr. Brooks", "colorId": "3"})
        await shop.settle()
        assert shop.event(made)["summary"] == "Mr. Brooks"
        assert (await shop.row(made.appointment.id)).revision == 0
        await shop.front.move(made, at(TUESDAY, 14))
        before = len(shop.google.exchanges)
        await shop.push()
        assert len(shop.google.exchanges) == before + 1
        assert shop.event(made)["summary"] == "Oil change: 2018 Honda Civic (Brooks)"


async def test_an_echo_of_our_own_changes_nothing(pool: Pool) -> None:
    async with calendared(pool) as shop:
        made = await shop.front.book(at(TUESDAY, 10))
        await shop.push()
        for _ in range(3):
            await shop.read()
        assert await shop.push() == 0
        assert (await shop.row(made.appointment.id)).revision == 0
        assert await audited(shop) == []
        assert await shop.front.count("calendar_blocks") == 0


async def test_what_is_done_is_left_alone(pool: Pool) -> None:
    async with calendared(pool) as shop:
        made = await shop.front.book(at(TUESDAY, 10))
        await shop.front.fetch("UPDATE appointments SET status = 'in_progress' RETURNING 1")
        await shop.front.fetch("UPDATE appointments SET status = 'completed' RETURNING 1")
        await shop.settle()
        shop.delete(made)
        await shop.settle()
        assert (await shop.row(made.appointment.id)).status == "completed"
        assert shop.google.events() == []
        assert await shop.callbacks() == []


# Blocks


@pytest.mark.parametrize(
    ("title", "closed"),
    [
        ("Closed for inventory", {"A1", "A2", None}),
        ("A1: lift repair", {"A1"}),
        ("A1 and A2: painting", {"A1", "A2"}),
    ],
    ids=["the whole shop", "one bay", "two bays"],
)
async def test_a_block_closes_what_its_title_says(
    pool: Pool, title: str, closed: set[str | None]
) -> None:
    async with calendared(pool, shop=shop_with(2, "Kevin Brown", "Amanda White")) as shop:
        shop.staff.blocks(at(TUESDAY, 10), at(TUESDAY, 11), summary=title)
        await shop.read()
        free = await shop.front.free()
        found = free.get(at(TUESDAY, 10))
        if closed >= {"A1", "A2"}:
            assert found is None
        else:
            assert found is not None
            assert found.bay == "A2"
        assert at(TUESDAY, 11) in free
        assert at(TUESDAY, 9, 30) in free


async def test_a_technician_who_is_off_is_not_given_work(pool: Pool) -> None:
    async with calendared(pool, shop=shop_with(2, "Kevin Brown", "Amanda White")) as shop:
        shop.staff.blocks(TUESDAY, WEDNESDAY, summary="Kevin Brown off")
        await shop.read()
        free = await shop.front.free()
        assert {slot.technician for slot in free.values()} == {"Amanda White"}
        assert {s.technician for s in (await shop.front.free(day=WEDNESDAY)).values()} == {
            "Kevin Brown"
        }


async def test_a_block_that_is_moved_or_deleted_opens_its_time_again(pool: Pool) -> None:
    async with calendared(pool, shop=ONE_BAY) as shop:
        block = shop.staff.blocks(at(TUESDAY, 10), at(TUESDAY, 11))
        await shop.read()
        assert at(TUESDAY, 10) not in await shop.front.free()
        shop.staff.moves(block["id"], at(TUESDAY, 14))
        await shop.read()
        free = await shop.front.free()
        assert at(TUESDAY, 10) in free
        assert at(TUESDAY, 14) not in free
        shop.staff.edits(block["id"], {"transparency": "transparent"})
        await shop.read()
        assert at(TUESDAY, 14) in await shop.front.free()
        shop.staff.edits(block["id"], {"transparency": "opaque", "summary": "A1, Kevin Brown"})
        await shop.read()
        assert await shop.front.count("calendar_blocks") == 2
        shop.staff.deletes(block["id"])
        await shop.read()
        assert await shop.front.count("calendar_blocks") == 0


async def test_what_a_block_is_for_is_not_kept(pool: Pool) -> None:
    async with calendared(pool) as shop:
        shop.staff.blocks(at(TUESDAY, 10), at(TUESDAY, 11), summary="Interview with J. Doe")
        await shop.read()
        kept = await shop.front.fetch("SELECT to_jsonb(b)::text FROM calendar_blocks b")
        assert len(kept) == 1
        assert "Doe" not in str(kept)


async def test_a_series_blocks_each_of_its_days(pool: Pool) -> None:
    async with calendared(pool, shop=ONE_BAY) as shop:
        made = shop.staff.blocks(
            at(TUESDAY, 9), at(TUESDAY, 10), recurrence=["RRULE:FREQ=WEEKLY;COUNT=3"]
        )
        await shop.read()
        spans = await shop.front.fetch("SELECT lower(during) FROM calendar_blocks ORDER BY 1")
        assert spans == [(at(TUESDAY + timedelta(weeks=week), 9),) for week in range(3)]
        shop.staff.deletes(made["id"])
        await shop.read()
        assert await shop.front.count("calendar_blocks") == 0


async def test_a_block_over_an_appointment_leaves_it_where_it_is(pool: Pool) -> None:
    async with calendared(pool) as shop:
        made = await shop.front.book(at(TUESDAY, 10))
        shop.staff.blocks(at(TUESDAY, 9), at(TUESDAY, 12))
        await shop.settle()
        assert (await shop.row(made.appointment.id)).starts_at == at(TUESDAY, 10)
        assert at(TUESDAY, 11) not in await shop.front.free()


async def test_an_appointment_is_not_moved_under_a_block(pool: Pool) -> None:
    async with calendared(pool) as shop:
        made = await shop.front.book(at(TUESDAY, 10))
        shop.staff.blocks(at(TUESDAY, 14), at(TUESDAY, 15))
        await shop.settle()
        shop.move(made, at(TUESDAY, 14))
        await shop.settle()
        assert (await shop.row(made.appointment.id)).starts_at == at(TUESDAY, 10)
        await shop.agree()


async def test_an_event_whose_record_is_lost_keeps_its_bay(pool: Pool) -> None:
    async with calendared(pool, shop=shop_with(2, "Kevin Brown", "Amanda White")) as shop:
        made = await shop.front.book(at(TUESDAY, 10))
        await shop.settle()
        await shop.front.fetch("DELETE FROM appointments RETURNING 1")
        await shop.front.fetch("UPDATE calendar_reading SET sync_token = NULL RETURNING 1")
        shop.google.expire_sync_tokens()
        await shop.read()
        assert (await shop.front.free())[at(TUESDAY, 10)].bay == "A2"
        shop.staff.deletes(event_id(made.appointment.id))
        await shop.read()
        assert await shop.front.count("calendar_blocks") == 0


# How it is read


async def test_only_what_has_changed_is_read(pool: Pool) -> None:
    async with calendared(pool) as shop:
        for hour in (9, 10, 11):
            shop.staff.blocks(at(TUESDAY, hour), at(TUESDAY, hour, 30))
        assert await shop.reading.read() is True
        assert await shop.reading.read() is False
        shop.staff.blocks(at(TUESDAY, 15), at(TUESDAY, 16))
        await shop.read()
        lists = [e for e in shop.google.exchanges if e.method == "calendar.events.list"]
        assert [len(one.answer["items"]) for one in lists] == [3, 0, 1]
        assert await shop.front.count("calendar_blocks") == 4


async def test_a_token_that_is_gone_means_reading_everything(pool: Pool) -> None:
    async with calendared(pool) as shop:
        blocks = [shop.staff.blocks(at(TUESDAY, h), at(TUESDAY, h, 30)) for h in (9, 10)]
        made = await shop.front.book(at(TUESDAY, 13))
        await shop.settle()
        shop.staff.deletes(blocks[0]["id"])
        shop.move(made, at(TUESDAY, 15))
        shop.google.expire_sync_tokens()
        assert await shop.reading.read() is True
        assert await shop.front.fetch("SELECT lower(during) FROM calendar_blocks") == [
            (at(TUESDAY, 10),)
        ]
        assert (await shop.row(made.appointment.id)).starts_at == at(TUESDAY, 15)
        await shop.settle()
        await shop.agree()


async def test_everything_is_read_once_a_day(pool: Pool) -> None:
    async with calendared(pool) as shop:
        far = TUESDAY + timedelta(days=62)
        shop.staff.blocks(at(far, 9), at(far, 10))
        assert await shop.reading.read() is True
        assert await shop.front.count("calendar_blocks") == 0
        shop.front.clock.forward(hours=23)
        assert await shop.reading.read() is False
        shop.front.clock.forward(hours=48)
        assert await shop.reading.read() is True
        assert await shop.front.count("calendar_blocks") == 1


async def test_many_pages_are_one_reading(pool: Pool) -> None:
    async with calendared(pool, script=GoogleCalendarScript(page_size=3)) as shop:
        for day in range(20):
            begin = at(TUESDAY + timedelta(days=day), 9)
            shop.staff.blocks(begin, begin + HALF_AN_HOUR)
        await shop.read()
        assert await shop.front.count("calendar_blocks") == 20


@pytest.mark.parametrize("kind", ["server_error", "garbage", "half_json", "reset_after", "hang"])
async def test_what_cannot_be_read_leaves_everything_as_it_was(pool: Pool, kind: Any) -> None:
    async with calendared(pool, shop=ONE_BAY, policy=ONCE) as shop:
        made = await shop.front.book(at(TUESDAY, 13))
        shop.staff.blocks(at(TUESDAY, 10), at(TUESDAY, 11))
        await shop.settle()
        shop.delete(made)
        shop.google.faults.coming.append(Fault(kind))
        with pytest.raises(CalendarError):
            await shop.read()
        assert at(TUESDAY, 10) not in await shop.front.free()
        assert (await shop.row(made.appointment.id)).status == "scheduled"
        await shop.settle()
        assert (await shop.row(made.appointment.id)).cancelled


async def test_an_event_that_is_nowhere_to_be_found_is_written_again(pool: Pool) -> None:
    async with calendared(pool) as shop:
        made = await shop.front.book(at(TUESDAY, 10))
        await shop.settle()
        book = shop.google.staff().book
        del book._events[event_id(made.appointment.id)]
        await shop.settle()
        shop.google.expire_sync_tokens()
        await shop.settle()
        assert (await shop.row(made.appointment.id)).status == "scheduled"
        await shop.agree()
        assert shop.event(made)


async def test_an_event_that_was_dragged_out_of_sight_is_still_followed(pool: Pool) -> None:
    async with calendared(pool) as shop:
        made = await shop.front.book(at(TUESDAY, 10))
        await shop.settle()
        far = TUESDAY + timedelta(days=100)
        shop.move(made, at(far, 10))
        shop.google.expire_sync_tokens()
        await shop.settle()
        assert (await shop.row(made.appointment.id)).starts_at == at(far, 10)
        await shop.agree()


async def test_a_new_calendar_gets_every_appointment_and_cancels_none(pool: Pool) -> None:
    script = GoogleCalendarScript(calendars={CALENDAR: "America/Chicago", "new@x": "UTC"})
    async with calendared(pool, script=script) as shop:
        made = [await shop.front.book(at(TUESDAY, h), customer=caller(h)) for h in (9, 10, 11)]
        shop.staff.blocks(at(TUESDAY, 14), at(TUESDAY, 15))
        await shop.settle()
        moved = replace(shop, connected=replace(shop.connected, calendar_id="new@x"))
        await moved.reading.connect()
        assert await shop.front.count("calendar_blocks") == 0
        await moved.settle()
        assert len(shop.google.events("new@x")) == 3
        assert {(await shop.row(one.appointment.id)).status for one in made} == {"scheduled"}


async def test_a_deleted_event_of_which_only_the_id_is_left(pool: Pool) -> None:
    async with calendared(pool) as shop:
        made = await shop.front.book(at(TUESDAY, 10))
        await shop.settle()
        shop.delete(made)
        kept = shop.google.staff().book._events[event_id(made.appointment.id)]
        for name in ("extendedProperties", "start", "end", "summary"):
            del kept.event[name]
        await shop.settle()
        assert (await shop.row(made.appointment.id)).cancelled


# The technicians' own calendars


def _with_calendars(**calendars: str | None) -> Any:
    people = tuple(
        Technician(name.replace("_", " "), EVERYTHING, calendar)
        for name, calendar in calendars.items()
    )
    return replace(shop_with(2), technicians=people)


async def test_technicians_are_busy_when_their_own_calendars_say_so(pool: Pool) -> None:
    script = GoogleCalendarScript(calendars={CALENDAR: "America/Chicago", "kevin@x": "UTC"})
    shop_file = _with_calendars(Kevin_Brown="kevin@x", Amanda_White=None)
    async with calendared(pool, script=script, shop=shop_file) as shop:
        kevins = shop.google.staff("kevin@x")
        dentist = kevins.blocks(at(TUESDAY, 10), at(TUESDAY, 11), summary="Dentist")
        assert await shop.technicians.read() is True
        assert (await shop.front.free())[at(TUESDAY, 10)].technician == "Amanda White"
        assert (await shop.front.free())[at(TUESDAY, 11)].technician == "Kevin Brown"
        kevins.deletes(dentist["id"])
        await shop.technicians.read()
        assert (await shop.front.free())[at(TUESDAY, 10)].technician == "Kevin Brown"


async def test_a_calendar_that_cannot_be_told_is_not_free(pool: Pool) -> None:
    calendars = {CALENDAR: "America/Chicago", "kevin@x": "UTC", "amanda@x": "UTC"}
    shop_file = _with_calendars(Kevin_Brown="kevin@x", Amanda_White="amanda@x")
    untold: dict[str, str] = {}
    script = GoogleCalendarScript(calendars=calendars, untold=untold)
    async with calendared(pool, script=script, shop=shop_file) as shop:
        shop.google.staff("kevin@x").blocks(at(TUESDAY, 10), at(TUESDAY, 11))
        await shop.technicians.read()
        untold["kevin@x"] = "notFound"
        shop.google.staff("amanda@x").blocks(at(TUESDAY, 10), at(TUESDAY, 11))
        with pytest.raises(CalendarError):
            await shop.technicians.read()
        assert at(TUESDAY, 10) not in await shop.front.free()


async def test_people_who_share_a_calendar_are_busy_together(pool: Pool) -> None:
    script = GoogleCalendarScript(calendars={CALENDAR: "America/Chicago", "team@x": "UTC"})
    shop_file = _with_calendars(Kevin_Brown="team@x", Amanda_White="team@x")
    async with calendared(pool, script=script, shop=shop_file) as shop:
        shop.google.staff("team@x").blocks(at(TUESDAY, 10), at(TUESDAY, 11))
        await shop.technicians.read()
        assert at(TUESDAY, 10) not in await shop.front.free()


async def test_the_whole_schedule_is_asked_for_in_pieces(pool: Pool) -> None:
    script = GoogleCalendarScript(calendars={CALENDAR: "America/Chicago", "kevin@x": "UTC"})
    shop_file = _with_calendars(Kevin_Brown="kevin@x")
    async with calendared(pool, script=script, shop=shop_file) as shop:
        last = TUESDAY + timedelta(days=59)
        shop.google.staff("kevin@x").blocks(TUESDAY, last, summary="Leave")
        await shop.technicians.read()
        asked = [one.body for one in shop.google.exchanges if one.method.endswith("freebusy.query")]
        assert len(asked) == 3
        assert asked[0]["timeMax"] == asked[1]["timeMin"]
        assert await shop.front.free(day=last - timedelta(days=1)) == {}


async def test_calendars_that_are_the_shops_no_more_block_nothing(pool: Pool) -> None:
    script = GoogleCalendarScript(calendars={CALENDAR: "America/Chicago", "kevin@x": "UTC"})
    shop_file = _with_calendars(Kevin_Brown="kevin@x")
    async with calendared(pool, script=script, shop=shop_file) as shop:
        shop.google.staff("kevin@x").blocks(at(TUESDAY, 10), at(TUESDAY, 11))
        await shop.technicians.read()
        left = replace(shop.connected, profile=_with_calendars(Kevin_Brown=None))
        await type(shop.reading).of(left).connect()
        assert await shop.front.count("calendar_blocks") == 0

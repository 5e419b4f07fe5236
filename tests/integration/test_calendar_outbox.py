"""The calendar follows the records: each appointment once, as it is, whatever happens."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import get_args

import pytest

from evals.standins.google_calendar import Fault, GoogleCalendarScript
from evals.standins.google_calendar_faults import Kind
from shop.calendar.errors import CalendarConflict, CalendarError, NotAllowed, Unreachable
from shop.calendar.events import body, event_id
from shop.calendar.outbox import LEASE, Outbox
from shop.calendar.retry import Policy
from shop.db import Pool
from tests.support.calendar import CALENDAR, calendared, private, span
from tests.support.front import TUESDAY, WEDNESDAY, at, caller

pytestmark = pytest.mark.anyio
ONCE = Policy(attempts=1, attempt_s=0.3, budget_s=0.5)
"""Gives up at the first failure, and soon."""


async def test_what_is_booked_moved_cancelled_and_brought_back_appears(pool: Pool) -> None:
    async with calendared(pool) as shop:
        made = await shop.front.book(at(TUESDAY, 10))
        assert await shop.state(made.appointment.id) == "pending"
        assert await shop.push() == 1
        assert await shop.state(made.appointment.id) == "shown"
        event = shop.event(made)
        assert event["summary"] == "Oil change: 2018 Honda Civic (Brooks)"
        assert span(event) == (at(TUESDAY, 10), at(TUESDAY, 10, 30))
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
        assert len(shop.google.events()) == 1
        await shop.agree()


async def test_nobody_is_written_to(pool: Pool) -> None:
    async with calendared(pool) as shop:
        made = await shop.front.book(at(TUESDAY, 10))
        await shop.push()
        await shop.front.move(made, at(TUESDAY, 14))
        await shop.push()
        await shop.front.cancel(made)
        await shop.push()
        writes = [one for one in shop.google.exchanges if one.method != "calendar.events.get"]
        assert len(writes) == 3
        assert {one.query["sendUpdates"] for one in writes} == {"none"}
        assert not any("attendees" in (one.body or {}) for one in writes)


async def test_the_appointment_names_its_event_from_when_it_is_shown(pool: Pool) -> None:
    async with calendared(pool) as shop:
        made = await shop.front.book(at(TUESDAY, 10))
        named = "SELECT calendar_event_id, revision FROM appointments"
        assert await shop.front.fetch(named) == [(None, 0)]
        await shop.push()
        assert await shop.front.fetch(named) == [(event_id(made.appointment.id), 0)]


async def test_without_a_calendar_there_is_no_state(pool: Pool) -> None:
    async with calendared(pool) as shop:
        made = await shop.front.book(at(TUESDAY, 10))
        await shop.front.fetch("DELETE FROM calendar_reading RETURNING 1")
        assert await shop.state(made.appointment.id) == "none"


async def test_what_was_cancelled_before_it_was_shown_never_appears(pool: Pool) -> None:
    async with calendared(pool) as shop:
        made = await shop.front.book(at(TUESDAY, 10))
        await shop.front.cancel(made)
        assert await shop.push() == 1
        assert shop.google.events() == []
        assert await shop.pending() == 0


async def test_a_quick_change_of_mind_is_told_once(pool: Pool) -> None:
    async with calendared(pool) as shop:
        made = await shop.front.book(at(TUESDAY, 10))
        for hour in (11, 14, 15):
            await shop.front.move(made, at(TUESDAY, hour))
        assert await shop.push() == 1
        assert span(shop.event(made))[0] == at(TUESDAY, 15)


async def test_what_is_long_over_is_told_to_nobody(pool: Pool) -> None:
    async with calendared(pool) as shop:
        made = [await shop.front.book(at(day, 10)) for day in (TUESDAY, WEDNESDAY)]
        shop.front.clock.now = at(WEDNESDAY, 11)
        await shop.pushing.settle_past()
        assert await shop.push() == 1
        assert [shop.events_of(one) != [] for one in made] == [False, True]
        assert await shop.pending() == 0


@pytest.mark.parametrize("kind", [kind for kind in get_args(Kind) if "hang" not in kind])
@pytest.mark.parametrize("deed", ["book", "move", "cancel"])
async def test_whatever_google_does_it_ends_well(pool: Pool, kind: Kind, deed: str) -> None:
    async with calendared(pool, policy=ONCE) as shop:
        made = await shop.front.book(at(TUESDAY, 10))
        if deed != "book":
            await shop.push()
        if deed == "move":
            await shop.front.move(made, at(TUESDAY, 14))
        if deed == "cancel":
            await shop.front.cancel(made)
        shop.google.faults.coming.append(Fault(kind, for_ms=500))
        # An answer of a deletion has nothing in it that could be spoilt.
        spoils_nothing = deed == "cancel" and kind in ("half_json", "garbage", "empty", "cut")
        if not spoils_nothing:
            with pytest.raises(CalendarError):
                await shop.push()
            assert await shop.state(made.appointment.id) == "pending"
            ((attempts, fault),) = await shop.front.fetch(
                "SELECT attempts, last_fault FROM calendar_outbox"
            )
            assert attempts == 1
            assert fault.replace("_", "").isalpha()
        await shop.settle()
        await shop.agree()
        assert len(shop.google.events()) == (0 if deed == "cancel" else 1)
        assert await shop.callbacks() == []


@pytest.mark.parametrize("kind", ["hang", "hang_after"])
async def test_a_hanging_request_is_given_up(pool: Pool, kind: Kind) -> None:
    async with calendared(pool, policy=ONCE) as shop:
        made = await shop.front.book(at(TUESDAY, 10))
        shop.google.faults.coming.append(Fault(kind))
        with pytest.raises(Unreachable):
            await shop.push()
        await shop.settle()
        await shop.agree()
        assert shop.event(made)


async def test_a_passing_fault_is_not_even_noticed(pool: Pool) -> None:
    async with calendared(pool) as shop:
        await shop.front.book(at(TUESDAY, 10))
        shop.google.faults.coming += [
            Fault("server_error"),
            Fault("too_many"),
            Fault("reset_after"),
        ]
        assert await shop.push() == 1
        await shop.agree()


async def test_failures_are_waited_out_longer_and_longer(pool: Pool) -> None:
    async with calendared(pool, policy=ONCE) as shop:
        await shop.front.book(at(TUESDAY, 10))
        shop.google.faults.always = Fault("server_error")
        waits = []
        for _ in range(12):
            with pytest.raises(CalendarError):
                await shop.push()
            ((until,),) = await shop.front.fetch("SELECT next_try_at FROM calendar_outbox")
            waits.append((until - shop.front.clock.now).total_seconds())
            shop.front.clock.now = until - timedelta(seconds=0.001)
            assert await shop.push() == 0
            shop.front.clock.now = until
        assert all(2**n <= wait <= 2 ** (n + 1) for n, wait in enumerate(waits[:9]))
        assert all(300 <= wait <= 600 for wait in waits[9:])


async def test_google_is_left_alone_for_as_long_as_it_asks(pool: Pool) -> None:
    async with calendared(pool, policy=ONCE) as shop:
        await shop.front.book(at(TUESDAY, 10))
        shop.google.faults.coming.append(Fault("too_many", retry_after_s=120))
        with pytest.raises(CalendarError):
            await shop.push()
        ((until,),) = await shop.front.fetch("SELECT next_try_at FROM calendar_outbox")
        assert until == shop.front.clock.now + timedelta(seconds=120)


async def test_a_new_revision_is_told_at_once_even_after_failures(pool: Pool) -> None:
    async with calendared(pool, policy=ONCE) as shop:
        made = await shop.front.book(at(TUESDAY, 10))
        shop.google.faults.coming.append(Fault("server_error"))
        with pytest.raises(CalendarError):
            await shop.push()
        assert await shop.push() == 0
        await shop.front.move(made, at(TUESDAY, 14))
        assert await shop.push() == 1
        await shop.agree()


async def test_refused_credentials_lose_nothing(pool: Pool) -> None:
    async with calendared(pool, policy=ONCE) as shop:
        await shop.front.book(at(TUESDAY, 10))
        shop.google.faults.coming.append(Fault("forbidden"))
        with pytest.raises(NotAllowed):
            await shop.push()
        assert await shop.front.fetch("SELECT last_fault FROM calendar_outbox") == [
            ("not_allowed",)
        ]
        await shop.settle()
        await shop.agree()


async def test_an_id_that_is_somebody_elses_is_not_written_over(pool: Pool) -> None:
    async with calendared(pool) as shop:
        made = await shop.front.book(at(TUESDAY, 10))
        other = await shop.front.book(at(TUESDAY, 14), service_key="tire rotation")
        shop.staff.blocks(at(TUESDAY, 9), at(TUESDAY, 17), id=event_id(made.appointment.id))
        with pytest.raises(CalendarConflict):
            await shop.push()
        assert [one["summary"] for one in shop.google.events() if not private(one)] == ["Busy"]
        assert shop.event(other)


async def test_a_booking_that_changes_while_it_is_told_is_told_again(pool: Pool) -> None:
    async with calendared(pool) as shop:
        made = await shop.front.book(at(TUESDAY, 10))
        hurry = Policy(attempts=2, base_s=0.001, attempt_s=0.5)
        patient = replace(shop.connected.calendar, policy=hurry)
        telling = asyncio.create_task(replace(shop.pushing, calendar=patient).push_due())
        shop.google.faults.coming.append(Fault("hang"))
        await shop.google.faults.held.wait()
        await shop.front.move(made, at(TUESDAY, 14))
        assert await telling == 1
        assert await shop.pending() == 1
        assert await shop.push() == 1
        assert await shop.pending() == 0
        await shop.agree()


async def test_a_process_that_dies_while_telling_holds_nothing_up_for_long(pool: Pool) -> None:
    async with calendared(pool) as shop:
        made = await shop.front.book(at(TUESDAY, 10))
        async with pool.connection() as conn:
            leased = await Outbox(conn).due(shop.front.clock(), limit=10)
        assert leased == [made.appointment.id]
        assert await shop.push() == 0
        shop.front.clock.now += LEASE
        assert await shop.push() == 1
        await shop.agree()


async def test_a_process_that_dies_between_telling_and_noting_it_changes_nothing(
    pool: Pool,
) -> None:
    async with calendared(pool) as shop:
        made = await shop.front.book(at(TUESDAY, 10))
        wanted = body(await shop.row(made.appointment.id), shop.front.desk.shop)
        await shop.connected.calendar.insert(CALENDAR, wanted)
        before = shop.event(made)
        await shop.push()
        assert shop.event(made) == before
        await shop.front.move(made, at(TUESDAY, 14))
        await shop.push()
        await shop.agree()


async def test_a_process_that_is_told_to_stop_lets_others_tell(pool: Pool) -> None:
    async with calendared(pool) as shop:
        await shop.front.book(at(TUESDAY, 10))
        shop.google.faults.coming.append(Fault("hang"))
        telling = asyncio.create_task(shop.push())
        await shop.google.faults.held.wait()
        telling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await telling
        assert await shop.push() == 1
        await shop.agree()


async def test_many_processes_tell_each_thing_once(pool: Pool) -> None:
    script = GoogleCalendarScript(faults=tuple(Fault("slow", for_ms=20) for _ in range(40)))
    async with calendared(pool, script=script) as shop:
        for hour in (9, 10, 11, 13, 14, 15):
            for service in ("oil change", "vehicle inspection"):
                who = caller(hour * 10 + len(service) % 10)
                await shop.front.book(at(TUESDAY, hour), customer=who, service_key=service)
        pushed = await asyncio.gather(*(shop.push() for _ in range(4)))
        assert sum(pushed) == 12
        assert [one.method for one in shop.google.exchanges] == ["calendar.events.insert"] * 12
        await shop.agree()


@pytest.mark.parametrize("overtaken_by", ["move", "cancel", "restore"])
async def test_an_old_telling_that_arrives_late_changes_nothing(
    pool: Pool, overtaken_by: str
) -> None:
    async with calendared(pool) as shop:
        made = await shop.front.book(at(TUESDAY, 10))
        row = await shop.row(made.appointment.id)
        old = body(row, shop.front.desk.shop)
        if overtaken_by == "move":
            await shop.front.move(made, at(TUESDAY, 14))
        else:
            await shop.front.cancel(made)
        await shop.push()
        if overtaken_by == "restore":
            await shop.front.desk.restore(
                call_sid="CA1", key="r", appointment_id=made.appointment.id
            )
            await shop.push()
        await shop.connected.calendar.insert(CALENDAR, old)
        await shop.settle()
        await shop.agree()
        assert await shop.callbacks() == []


async def test_a_deletion_of_ours_that_arrives_late_cancels_nothing(pool: Pool) -> None:
    async with calendared(pool, policy=ONCE) as shop:
        made = await shop.front.book(at(TUESDAY, 10))
        await shop.push()
        await shop.front.cancel(made)
        shop.google.faults.coming.append(Fault("hang"))
        with pytest.raises(Unreachable):
            await shop.push()
        await shop.front.desk.restore(call_sid="CA1", key="r", appointment_id=made.appointment.id)
        await shop.push()
        await shop.connected.calendar.cancel(CALENDAR, event_id(made.appointment.id))
        await shop.read()
        await shop.push()
        await shop.agree()
        assert (await shop.row(made.appointment.id)).status == "scheduled"


async def test_booking_waits_for_no_calendar(pool: Pool) -> None:
    async with calendared(pool) as shop:
        await shop.front.book(at(TUESDAY, 9))
        shop.google.faults.always = Fault("hang")
        telling = asyncio.create_task(shop.push())
        await shop.google.faults.held.wait()
        made = await shop.front.book(at(TUESDAY, 10), service_key="tire rotation")
        moved = await shop.front.move(made, at(TUESDAY, 14))
        assert moved.appointment.status == "scheduled"
        assert await shop.state(made.appointment.id) == "pending"
        assert not telling.done()
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)

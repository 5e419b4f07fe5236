"""Times that are promised: offered, kept, taken over, let go of."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, time, timedelta
from functools import partial
from typing import Any

import psycopg
import pytest

from shop.db import Pool
from shop.errors import OutsideHours, ShopError, SlotTaken, TooMany, TooSoon, WrongState
from shop.profile.shop import Bay, Holiday
from shop.schedule.slots import Place
from shop.schedule.waitlist import holder_of
from shop.schedule.waitrows import Entry
from tests.support.front import (
    EVERYTHING,
    SHOP,
    TUESDAY,
    WEDNESDAY,
    Front,
    at,
    caller,
    opened,
    shop_with,
)

pytestmark = pytest.mark.anyio

TEN = at(TUESDAY, 10)
HOLD = timedelta(minutes=SHOP.hold_minutes)


@pytest.fixture
async def one(pool: Pool) -> AsyncIterator[Front]:
    """A shop with one bay and one technician."""
    async with opened(pool, shop_with(1, "Ann")) as front:
        yield front


@pytest.fixture
async def two(pool: Pool) -> AsyncIterator[Front]:
    """A shop with two of each."""
    async with opened(pool, shop_with(2, "Ann", "Ben")) as front:
        yield front


async def test_what_one_call_is_offered_no_other_is(one: Front) -> None:
    (held,) = (await one.offer("CA1")).slots
    assert (held.starts_at, held.place) == (TEN, Place("A1", "Ann"))
    assert TEN not in await one.free()
    assert TEN not in await one.free("CA2")
    assert TEN in await one.free("CA1")
    (other,) = (await one.offer("CA2")).slots
    assert other.starts_at == at(TUESDAY, 9, 30)
    with pytest.raises(SlotTaken) as refused:
        await one.book(TEN, call_sid="CA2")
    alternatives = [slot.starts_at for slot in refused.value.alternatives]
    assert alternatives == [at(TUESDAY, 9), at(TUESDAY, 9, 30), at(TUESDAY, 10, 30)]


async def test_looking_promises_nothing(one: Front) -> None:
    await one.free("CA1")
    assert await one.count("slot_holds") == 0
    assert TEN in await one.free("CA2")


async def test_a_second_bay_is_for_a_second_call(two: Front) -> None:
    (first,) = (await two.offer("CA1")).slots
    (second,) = (await two.offer("CA2")).slots
    assert (first.place, second.place) == (Place("A1", "Ann"), Place("A2", "Ben"))
    assert first.starts_at == second.starts_at == TEN
    assert (await two.offer("CA3")).slots[0].starts_at != TEN


async def test_what_one_call_is_offered_may_overlap(one: Front) -> None:
    found = await one.offer("CA1", service_key="inspection", limit=3)
    starts = sorted(slot.starts_at for slot in found.slots)
    assert starts == [at(TUESDAY, 9, 30), TEN, at(TUESDAY, 10, 30)]
    assert await one.count("slot_holds") == 3
    made = await one.book(TEN, service_key="inspection")
    assert made.appointment.scheduled_at == TEN
    assert await one.count("slot_holds") == 0


async def test_without_a_wished_time_the_day_is_spread_out(one: Front) -> None:
    found = await one.offer("CA1", near=None, limit=3)
    starts = [slot.starts_at for slot in found.slots]
    assert starts == [at(TUESDAY, 9), at(TUESDAY, 13, 30), at(TUESDAY, 16, 30)]


async def test_offering_anew_replaces_what_was_offered(one: Front) -> None:
    await one.offer("CA1")
    await one.offer("CA1", WEDNESDAY)
    assert TEN in await one.free("CA2")
    assert at(WEDNESDAY, 10) not in await one.free("CA2", WEDNESDAY)
    assert await one.count("slot_holds") == 1


@pytest.mark.parametrize("day", [date(2026, 11, 29), date(2027, 6, 1)], ids=["closed", "too far"])
async def test_what_is_offered_stays_when_there_is_nothing_to_offer_instead(
    one: Front, day: date
) -> None:
    await one.offer("CA1")
    found = await one.offer("CA1", day)
    assert (found.slots, len(found.other_days)) == ((), 3)
    assert TEN not in await one.free("CA2")


async def test_a_promise_expires_by_the_clock(one: Front) -> None:
    await one.offer("CA1")
    one.clock.now += HOLD - timedelta(seconds=1)
    with pytest.raises(SlotTaken):
        await one.book(TEN, call_sid="CA2")
    one.clock.forward(seconds=1)
    (other,) = (await one.offer("CA2")).slots
    assert other.starts_at == TEN
    assert await one.fetch("SELECT holder FROM slot_holds") == [("CA2",)], "and is forgotten"


async def test_what_is_over_is_let_go(one: Front) -> None:
    await one.offer("CA1", limit=3)
    await one.offer("CA2")
    await one.desk.release("CA1")
    assert await one.fetch("SELECT holder FROM slot_holds") == [("CA2",)]
    await one.desk.release("CA1")


async def test_an_expired_promise_is_good_while_nobody_else_took_the_time(one: Front) -> None:
    await one.offer("CA1")
    one.clock.now += HOLD
    assert (await one.book(TEN)).appointment.scheduled_at == TEN


async def test_an_earlier_offer_is_good_while_nobody_else_took_the_time(one: Front) -> None:
    await one.offer("CA1")
    await one.offer("CA1", WEDNESDAY)
    assert (await one.book(TEN)).appointment.scheduled_at == TEN
    assert await one.count("slot_holds") == 0, "what else it held is let go"


async def test_keeping_one_goes_on_holding_it_and_lets_the_others_go(one: Front) -> None:
    found = await one.offer("CA1", service_key="oil_change", limit=3)
    slot = next(slot for slot in found.slots if slot.starts_at == TEN)
    one.clock.now += HOLD - timedelta(seconds=1)
    assert await one.desk.keep("CA1", slot) == slot
    assert at(TUESDAY, 10, 30) in await one.free("CA2")
    one.clock.now += HOLD - timedelta(seconds=1)
    assert TEN not in await one.free("CA2")
    one.clock.forward(seconds=1)
    assert TEN in await one.free("CA2")


async def test_a_lapsed_promise_can_be_kept_if_the_time_is_still_free(two: Front) -> None:
    (slot,) = (await two.offer("CA1")).slots
    two.clock.now += HOLD
    await two.offer("CA2")
    kept = await two.desk.keep("CA1", slot)
    assert kept == replace(slot, bay="A2", technician="Ben"), "in another place"
    assert TEN not in await two.free("CA3")


async def test_a_lapsed_promise_that_somebody_else_took_cannot_be_kept(one: Front) -> None:
    (slot,) = (await one.offer("CA1")).slots
    one.clock.now += HOLD
    await one.offer("CA2")
    with pytest.raises(SlotTaken) as refused:
        await one.desk.keep("CA1", slot)
    assert TEN not in [other.starts_at for other in refused.value.alternatives]
    assert len(refused.value.alternatives) == 3


async def test_of_several_wished_times_those_that_are_free_are_held(one: Front) -> None:
    await one.book(TEN, customer=caller(1))
    free = await one.free()
    early = free[at(TUESDAY, 9)]
    wished = [replace(early, starts_at=TEN), early, free[at(TUESDAY, 13)]]
    held = await one.desk.hold("CA1", wished)
    assert list(held) == wished[1:]
    assert await one.count("slot_holds") == 2
    assert await one.desk.hold("CA1", ()) == ()


async def test_a_booking_takes_over_the_place_that_was_held(two: Front) -> None:
    first = await two.book(TEN, customer=caller(1), call_sid="CA9")
    (slot,) = (await two.offer("CA1")).slots
    assert slot.place == Place("A2", "Ben")
    await two.cancel(first)
    made = await two.book(TEN)
    assert made.appointment.place == Place("A2", "Ben")
    assert await two.count("slot_holds") == 0


async def test_a_move_takes_over_the_place_that_was_held(two: Front) -> None:
    made = await two.book(at(TUESDAY, 15), customer=caller(1))
    other = await two.book(TEN, customer=caller(2), call_sid="CA9")
    (slot,) = (await two.offer("CA1")).slots
    await two.cancel(other)
    moved = await two.move(made, TEN)
    assert moved.appointment.place == slot.place == Place("A2", "Ben")
    assert await two.count("slot_holds") == 0


async def test_a_move_is_refused_what_another_call_holds(one: Front) -> None:
    made = await one.book(at(TUESDAY, 15), customer=caller(1))
    await one.offer("CA2")
    with pytest.raises(SlotTaken) as refused:
        await one.move(made, TEN)
    assert refused.value.alternatives
    assert await one.desk.appointment(made.appointment.id) == made.appointment


async def test_a_promise_is_good_when_others_would_be_too_late(one: Front) -> None:
    one.clock.now = at(TUESDAY, 8, 59)
    await one.offer("CA1")
    one.clock.forward(minutes=2)
    with pytest.raises(TooSoon):
        await one.book(TEN, call_sid="CA2", customer=caller(2))
    assert (await one.book(TEN)).appointment.scheduled_at == TEN


async def wait(front: Front, number: int) -> Entry:
    return await front.desk.join_waitlist(
        call_sid=f"CW{number}",
        key="w",
        phone=f"21755502{number:02d}",
        service_key="oil_change",
        first_day=TUESDAY,
        last_day=TUESDAY,
    )


@pytest.mark.parametrize("how", ["cancelled", "moved"])
async def test_a_time_that_is_freed_is_held_for_who_waits_for_it(one: Front, how: str) -> None:
    made = await one.book(TEN)
    entry = await wait(one, 1)
    if how == "cancelled":
        await one.cancel(made)
    else:
        await one.move(made, at(WEDNESDAY, 10))
    (offered,) = await one.desk.offers(entry.phone)
    assert (offered.id, offered.offer_starts_at) == (entry.id, TEN)
    with pytest.raises(SlotTaken):
        await one.book(TEN, call_sid="CA2", customer=caller(2))
    taken = await one.book(TEN, call_sid="CA3", customer=caller(3), holder=holder_of(entry.id))
    assert taken.appointment.scheduled_at == TEN
    assert await one.fetch("SELECT status FROM waitlist") == [("booked",)]
    assert await one.count("slot_holds") == 0


async def test_what_is_held_for_the_next_does_not_come_back(one: Front) -> None:
    made = await one.book(TEN)
    await wait(one, 1)
    await one.cancel(made)
    with pytest.raises(SlotTaken):
        await one.desk.restore(call_sid="CA1", key="r", appointment_id=made.appointment.id)


async def test_a_day_that_is_only_promised_is_not_fully_booked(pool: Pool) -> None:
    small = replace(shop_with(1), bays=(Bay("B1", frozenset({"brake_service"})),))
    async with opened(pool, small) as front:
        for call_sid, hour in (("CA1", 9), ("CA2", 13), ("CA3", 15)):
            found = await front.offer(call_sid, near=time(hour), service_key="brakes")
            assert found.slots
        found = await front.offer("CA4", service_key="brakes")
        assert (found.open, found.slots) == (True, ())
        assert found.reason == "holding our last times for other callers just now"
        assert len(found.other_days) == 3
        assert await front.offer("CA1", near=time(9), service_key="brakes") != found
        looked = await front.desk.free_slots("brakes", TUESDAY)
        assert looked == found
        for call_sid, hour in (("CA1", 9), ("CA2", 13), ("CA3", 15)):
            await front.book(
                at(TUESDAY, hour), call_sid=call_sid, customer=caller(hour), service_key="brakes"
            )
        found = await front.offer("CA4", service_key="brakes")
        assert found.reason == "fully booked"


async def test_people_are_as_scarce_as_bays(pool: Pool) -> None:
    async with opened(pool, shop_with(3, "Ann")) as front:
        made = await front.book(TEN, customer=caller(1))
        assert (made.appointment.bay, made.appointment.technician) == ("A1", "Ann")
        assert TEN not in await front.free()
        with pytest.raises(SlotTaken):
            await front.book(TEN, customer=caller(2), call_sid="CA2")


async def test_what_staff_wrote_down_without_a_technician_takes_its_bay_alone(two: Front) -> None:
    made = await two.book(TEN, customer=caller(1))
    await two.fetch("UPDATE appointments SET assigned_technician = NULL RETURNING id")
    assert (await two.desk.appointment(made.appointment.id)).technician is None
    assert (await two.free())[TEN].place == Place("A2", "Ann")


@pytest.mark.parametrize(
    ("bay", "technician", "place"),
    [("A1", None, Place("A2", "Ann")), (None, "Ann", Place("A1", "Ben")), (None, None, None)],
    ids=["a bay", "a technician", "the whole shop"],
)
async def test_what_the_calendar_blocks_is_not_free(
    two: Front, bay: str | None, technician: str | None, place: Place | None
) -> None:
    await two.offer("CA9")
    await two.desk.release("CA9")
    block = """
        INSERT INTO calendar_blocks (calendar_id, event_id, during, service_bay, technician)
        VALUES ('shop', %s, tstzrange(%s, %s), (SELECT id FROM bays WHERE name = %s),
                (SELECT id FROM technicians WHERE name = %s)) RETURNING 1
    """
    await two.fetch(block, ["one", at(TUESDAY, 9, 45), at(TUESDAY, 10, 15), bay, technician])
    free = await two.free()
    assert (free[TEN].place if TEN in free else None) == place
    assert free[at(TUESDAY, 10, 30)].place == Place("A1", "Ann")
    await two.fetch(block, ["ever", None, None, bay, technician])
    ever = await two.free(day=WEDNESDAY)
    assert {slot.place for slot in ever.values()} == ({place} if place else set())


@pytest.mark.parametrize("what", ["hold", "appointment"])
@pytest.mark.parametrize("shared", ["bay", "technician"])
async def test_the_records_themselves_refuse_to_promise_twice(
    two: Front, what: str, shared: str
) -> None:
    if what == "hold":
        await two.offer("CA1")
    else:
        await two.book(TEN, customer=caller(1))
    bay, technician = ("A1", "Ben") if shared == "bay" else ("A2", "Ann")
    hold = """
        INSERT INTO slot_holds
               (holder, service_type, during, service_bay, technician, expires_at, created_at)
        VALUES (%s, 'oil_change', tstzrange(%s, %s), (SELECT id FROM bays WHERE name = %s),
                (SELECT id FROM technicians WHERE name = %s), %s, %s) RETURNING 1
    """
    now = two.clock.now
    values = [TEN, at(TUESDAY, 10, 30), bay, technician, now + HOLD, now]
    with pytest.raises(psycopg.errors.ExclusionViolation):
        await two.fetch(hold, ["CA2", *values])
    if what == "hold":
        assert await two.fetch(hold, ["CA1", *values]) == [(1,)], "its own may overlap"
        later = [*values[:-2], now + 3 * HOLD, now + 2 * HOLD]
        assert await two.fetch(hold, ["CA2", *later]) == [(1,)], "and what expired does not count"


async def test_staff_who_write_past_the_lock_are_a_refusal(one: Front) -> None:
    made = await one.book(at(TUESDAY, 15), customer=caller(1))
    async with one.pool.connection() as conn:
        async with conn.transaction():
            await conn.execute(
                "UPDATE appointments SET scheduled_at = %s WHERE id = %s",
                [TEN, made.appointment.id],
            )
            late = asyncio.create_task(one.book(TEN, customer=caller(2)))
            while await one.fetch("SELECT 1 FROM pg_locks WHERE NOT granted") == []:  # noqa: ASYNC110 - another process's lock, which tells nobody
                await asyncio.sleep(0.001)
        with pytest.raises(SlotTaken) as refused:
            await late
    assert refused.value.alternatives
    assert await one.count("customers") == 1


async def test_a_cancelled_appointment_comes_back(one: Front) -> None:
    made = await one.book(TEN)
    await one.cancel(made)
    one.clock.forward(hours=SHOP.undo_hours / 2)
    wish = partial(one.desk.restore, call_sid="CA2", key="r", appointment_id=made.appointment.id)
    back = await wish()
    assert back.appointment == made.appointment
    assert not back.replayed
    again = await wish()
    assert again == replace(back, replayed=True)
    assert await one.fetch("SELECT call_sid FROM audit_log WHERE action = 'restore'") == [("CA2",)]
    await one.cancel(made, key="c2")
    once_more = await wish()
    assert not once_more.replayed, "what was undone is done anew"


async def test_it_comes_back_to_another_place_if_its_own_is_taken(two: Front) -> None:
    made = await two.book(TEN)
    await two.cancel(made)
    await two.book(TEN, customer=caller(1), call_sid="CA2")
    back = await two.desk.restore(call_sid="CA1", key="r", appointment_id=made.appointment.id)
    assert back.appointment.place == Place("A2", "Ben")


async def test_it_does_not_come_back_to_a_taken_time(one: Front) -> None:
    made = await one.book(TEN)
    await one.cancel(made)
    await one.offer("CA2")
    with pytest.raises(SlotTaken) as refused:
        await one.desk.restore(call_sid="CA1", key="r", appointment_id=made.appointment.id)
    assert len(refused.value.alternatives) == 3
    assert (await one.desk.appointment(made.appointment.id)).status == "cancelled"


async def _booked_again(front: Front) -> None:
    await front.book(at(TUESDAY, 10), service_key="inspection", call_sid="CA3")


async def _enough_booked(front: Front) -> None:
    for hour in (13, 14, 15):
        await front.book(at(TUESDAY, hour), call_sid="CA3")


async def _a_day_later(front: Front) -> None:
    front.clock.forward(hours=SHOP.undo_hours, seconds=1)


async def _after_its_time(front: Front) -> None:
    front.clock.now = TEN


async def _done(front: Front) -> None:
    back = await front.fetch("SELECT id FROM appointments")
    await front.desk.restore(call_sid="CA3", key="r", appointment_id=back[0][0])


@pytest.mark.parametrize(
    ("meanwhile", "error"),
    [
        (_booked_again, WrongState),
        (_enough_booked, TooMany),
        (_a_day_later, WrongState),
        (_after_its_time, WrongState),
        (_done, WrongState),
    ],
    ids=[
        "the car is booked in for something else then",
        "the customer has enough booked",
        "it has been gone too long",
        "its time has gone",
        "it is back already",
    ],
)
async def test_why_it_does_not_come_back(
    two: Front, meanwhile: Any, error: type[ShopError]
) -> None:
    made = await two.book(TEN)
    await two.cancel(made)
    await meanwhile(two)
    before = await two.fetch("SELECT status FROM appointments ORDER BY id")
    with pytest.raises(error):
        await two.desk.restore(call_sid="CA1", key="r", appointment_id=made.appointment.id)
    assert await two.fetch("SELECT status FROM appointments ORDER BY id") == before


async def test_it_does_not_come_back_to_a_day_that_has_been_closed(one: Front) -> None:
    made = await one.book(TEN)
    await one.cancel(made)
    storm = replace(one.desk.shop, holidays=(Holiday("the ice storm", date=TUESDAY),))
    async with opened(one.pool, storm) as closed:
        with pytest.raises(OutsideHours) as refused:
            await closed.desk.restore(call_sid="CA1", key="r", appointment_id=made.appointment.id)
    assert {slot.starts_at.date() for slot in refused.value.alternatives} == {WEDNESDAY}


async def test_an_appointment_does_not_stand_in_its_own_way(one: Front) -> None:
    made = await one.book(TEN, service_key="inspection")
    moved = await one.move(made, at(TUESDAY, 10, 30))
    assert moved.appointment.scheduled_at == at(TUESDAY, 10, 30)


async def test_cars_have_time_between_them(pool: Pool) -> None:
    async with opened(pool, replace(shop_with(1), buffer_minutes=10)) as front:
        made = await front.book(TEN, customer=caller(1))
        assert not {at(TUESDAY, 9, 30), at(TUESDAY, 10, 30)} & {*await front.free()}
        with pytest.raises(SlotTaken):
            await front.book(at(TUESDAY, 10, 30), customer=caller(2))
        assert (await front.move(made, at(TUESDAY, 10, 30))).appointment


async def test_a_car_is_not_moved_into_its_own_way(two: Front) -> None:
    made = await two.book(TEN)
    await two.book(at(TUESDAY, 13), service_key="inspection")
    with pytest.raises(WrongState):
        await two.move(made, at(TUESDAY, 13, 30))


async def test_a_booking_another_call_made_for_the_car_is_found_again_and_again(
    one: Front,
) -> None:
    made = await one.book(TEN, call_sid="CA1")
    for _ in range(2):
        other = await one.book(TEN, call_sid="CA2", key="k")
        assert (other.appointment, other.replayed) == (made.appointment, True)


async def test_new_bays_and_people_of_the_shop_file_get_their_rows(pool: Pool) -> None:
    async with opened(pool, shop_with(2, "Ann")) as front:
        await front.offer("CA1")
    grown = replace(
        shop_with(1, "Ann", "Ben"), bays=(Bay("A1", EVERYTHING), Bay("New", EVERYTHING))
    )
    async with opened(pool, grown) as front:
        (slot,) = (await front.offer("CA2")).slots
        assert slot.place == Place("New", "Ben")
        assert await front.count("bays") == 3

"""Booking, moving and cancelling against the real records."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from uuid import uuid4

import httpx
import pytest

from shop.cars.nhtsa import Vpic
from shop.db import Pool, open_pool
from shop.desk import Desk, NewCustomer, NewVehicle
from shop.errors import (
    BadValue,
    BeyondHorizon,
    InThePast,
    NotAllowed,
    NotFound,
    OutsideHours,
    RecordsUnavailable,
    ShopError,
    SlotTaken,
    TimeRefused,
    TooMany,
    TooSoon,
    UnknownService,
    WrongState,
)
from shop.profile.shop import Bay, Shop
from shop.schedule.booking import Booking
from tests.support.front import CIVIC, DANIEL, NOW, SHOP, TUESDAY, ZONE, Front, at

pytestmark = pytest.mark.anyio


async def front(pool: Pool, client: httpx.AsyncClient, *, shop: Shop = SHOP) -> Front:
    return Front(Desk(pool, shop, lambda: NOW, Vpic("http://127.0.0.1:9", client)), pool)


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as opened:
        yield opened


@pytest.fixture
async def desk(pool: Pool, client: httpx.AsyncClient) -> Front:
    return await front(pool, client)


async def test_a_new_caller_is_booked_with_everything_about_them(desk: Front) -> None:
    made = await desk.book(at(TUESDAY, 10))
    assert made.appointment.scheduled_at == datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
    assert made.appointment.vehicle == "twenty eighteen Honda Civic"
    assert made.appointment.service_name == "oil change"
    assert not made.appointment.staff_confirmation_needed
    assert not made.replayed
    (file,) = await desk.desk.callers("+12175550131")
    assert file.customer.id == made.customer_id
    assert file.customer.email == "daniel@example.com"
    assert [v.id for v in file.vehicles] == [made.vehicle_id]
    assert await desk.desk.upcoming(made.customer_id) == [made.appointment]
    assert await desk.count("audit_log") == 3


async def test_who_booked_it_is_written_down(desk: Front, pool: Pool) -> None:
    await desk.book(at(TUESDAY, 10))
    async with pool.connection() as conn:
        rows = await conn.execute("SELECT booking_method, booked_by, status FROM appointments")
        assert await rows.fetchall() == [("ai_voice", "AI Voice Agent", "scheduled")]


async def test_a_request_waits_for_an_advisor(desk: Front) -> None:
    made = await desk.book(at(TUESDAY, 10), service_key="check engine light")
    assert made.appointment.service_type == "engine_diagnostics"
    assert made.appointment.staff_confirmation_needed
    assert made.appointment.bay == "C1"


async def test_the_same_wish_is_done_once(desk: Front) -> None:
    first = await desk.book(at(TUESDAY, 10), key="k")
    again = await desk.book(at(TUESDAY, 10), key="k")
    assert again == replace(first, replayed=True)
    assert await desk.count("appointments") == await desk.count("effects") == 1
    assert await desk.count("customers") == await desk.count("vehicles") == 1


async def test_the_same_wish_at_the_same_moment_is_done_once(desk: Front) -> None:
    made = await asyncio.gather(*(desk.book(at(TUESDAY, 10), key="k") for _ in range(8)))
    assert len({booking.appointment.id for booking in made}) == 1
    assert [booking.replayed for booking in made].count(False) == 1
    assert await desk.count("appointments") == 1


async def test_another_call_for_the_same_car_and_time_is_the_same_booking(desk: Front) -> None:
    first = await desk.book(at(TUESDAY, 10), key="k", call_sid="CA1")
    other = await desk.book(at(TUESDAY, 10), key="k", call_sid="CA2")
    assert other.appointment.id == first.appointment.id
    assert other.replayed


async def test_another_call_is_another_wish(desk: Front) -> None:
    first = await desk.book(at(TUESDAY, 10), key="k", call_sid="CA1")
    other = await desk.book(at(TUESDAY, 11), key="k", call_sid="CA2")
    assert other.appointment.id != first.appointment.id


async def test_a_wish_that_was_undone_is_done_anew(desk: Front) -> None:
    first = await desk.book(at(TUESDAY, 10), key="k")
    await desk.desk.cancel(
        call_sid="CA1", key="c", appointment_id=first.appointment.id, reason="other"
    )
    again = await desk.book(at(TUESDAY, 10), key="k")
    assert again.appointment.id != first.appointment.id
    assert again.appointment.status == "scheduled"


async def test_there_and_back_and_there_again(desk: Front) -> None:
    made = await desk.book(at(TUESDAY, 10))
    for hour in (11, 10, 11):
        moved = await desk.desk.move(
            call_sid="CA1",
            key=f"move:{hour}",
            appointment_id=made.appointment.id,
            starts_at=at(TUESDAY, hour),
        )
        assert moved.appointment.scheduled_at == at(TUESDAY, hour)
        assert not moved.replayed


async def test_a_caller_on_file_is_not_doubled(desk: Front) -> None:
    first = await desk.book(at(TUESDAY, 10))
    said = NewCustomer(" daniel", "BROOKS", "(217) 555 0131")
    again = await desk.book(at(TUESDAY, 11), customer=said, vehicle=replace(CIVIC, make="honda"))
    assert (again.customer_id, again.vehicle_id) == (first.customer_id, first.vehicle_id)
    other = await desk.book(at(TUESDAY, 13), customer=replace(DANIEL, first_name="Anna"))
    assert other.customer_id != first.customer_id
    (anna,) = [f.customer for f in await desk.desk.callers("+12175550131")][1:]
    assert anna.email is None, "the address is Daniel's already"


async def test_two_first_calls_at_once_make_one_customer(desk: Front) -> None:
    made = await asyncio.gather(*(desk.book(at(TUESDAY, hour)) for hour in (9, 10, 11)))
    assert len({booking.customer_id for booking in made}) == 1
    assert len({booking.vehicle_id for booking in made}) == 1


@pytest.mark.parametrize(
    ("starts_at", "service", "error"),
    [
        (at(date(2026, 11, 20), 10), "oil_change", InThePast),
        (at(date(2026, 11, 23), 9, 30), "oil_change", TooSoon),
        (at(date(2027, 3, 1), 10), "oil_change", BeyondHorizon),
        (at(TUESDAY, 12), "oil_change", OutsideHours),
        (at(TUESDAY, 11, 30), "inspection", OutsideHours),
        (at(TUESDAY, 16, 30), "inspection", OutsideHours),
        (at(TUESDAY, 7), "oil_change", OutsideHours),
        (at(TUESDAY, 10, 7), "oil_change", OutsideHours),
        (at(date(2026, 11, 26), 10), "oil_change", OutsideHours),
        (at(date(2026, 11, 29), 10), "oil_change", OutsideHours),
    ],
    ids=[
        "a day that has gone",
        "within the hour",
        "beyond the horizon",
        "at lunch",
        "into lunch",
        "past closing",
        "before opening",
        "off the grid",
        "a holiday",
        "a Sunday",
    ],
)
async def test_a_time_that_cannot_be_had_comes_with_others(
    desk: Front, starts_at: datetime, service: str, error: type[TimeRefused]
) -> None:
    with pytest.raises(error) as refused:
        await desk.book(starts_at, service_key=service)
    assert 2 <= len(refused.value.alternatives) <= 3
    for slot in refused.value.alternatives:
        assert (await desk.book(slot.starts_at, service_key=service)).appointment.bay == slot.bay
        break
    assert await desk.count("appointments") == 1


@pytest.mark.parametrize(
    ("wish", "error"),
    [
        ({"vehicle": NewVehicle(1820, "Honda", "Civic")}, BadValue),
        ({"vehicle": NewVehicle(2018, " ", "Civic")}, BadValue),
        ({"vehicle": NewVehicle(2018, "Honda", "Civic", vin="1HGCM82633A123456")}, BadValue),
        ({"customer": NewCustomer("Daniel", "Brooks", "banana")}, BadValue),
        ({"customer": NewCustomer("42", "Brooks", "2175550131")}, BadValue),
        ({"customer": NewCustomer("Daniel", "Brooks", "2175550131", "at home")}, BadValue),
        ({"service_key": "a paint job"}, UnknownService),
        ({"customer": uuid4()}, NotFound),
        ({"vehicle": uuid4()}, NotFound),
        ({"starts_at": datetime(2026, 11, 24, 10)}, BadValue),  # noqa: DTZ001 - that is the fault
    ],
    ids=[
        "a car from 1820",
        "a car without a make",
        "a VIN that does not add up",
        "a banana for a number",
        "a number for a name",
        "no e-mail address",
        "a service the shop does not have",
        "a customer who is not there",
        "a car that is not there",
        "a time without a zone",
    ],
)
async def test_a_booking_that_fails_leaves_nothing(
    desk: Front, wish: dict[str, object], error: type[ShopError]
) -> None:
    with pytest.raises(error):
        await desk.book(**{"starts_at": at(TUESDAY, 10), **wish})  # type: ignore[arg-type]  # a table of wishes
    for table in ("customers", "vehicles", "appointments", "effects", "audit_log"):
        assert await desk.count(table) == 0


async def test_a_taken_time_leaves_no_customer(pool: Pool, client: httpx.AsyncClient) -> None:
    one_bay = replace(SHOP, bays=(Bay("A1", frozenset({"oil_change"})),))
    desk = await front(pool, client, shop=one_bay)
    await desk.book(at(TUESDAY, 10))
    with pytest.raises(SlotTaken) as refused:
        await desk.book(at(TUESDAY, 10), customer=NewCustomer("Late", "Comer", "2175550132"))
    times = [slot.starts_at for slot in refused.value.alternatives]
    assert times == [at(TUESDAY, 9), at(TUESDAY, 9, 30), at(TUESDAY, 10, 30)]
    assert await desk.desk.callers("+12175550132") == []


async def test_somebody_elses_car_is_not_booked(desk: Front) -> None:
    hers = await desk.book(at(TUESDAY, 10), customer=NewCustomer("Ann", "Able", "2175550133"))
    with pytest.raises(NotAllowed):
        await desk.book(at(TUESDAY, 11), vehicle=hers.vehicle_id)


async def test_three_bookings_are_the_most(desk: Front) -> None:
    for hour in (9, 10, 11):
        await desk.book(at(TUESDAY, hour))
    with pytest.raises(TooMany):
        await desk.book(at(TUESDAY, 13))


async def test_a_vin_of_another_customer_is_kept_out_and_noted(desk: Front, pool: Pool) -> None:
    car = replace(CIVIC, vin="1HGCM82633A004352")
    await desk.book(at(TUESDAY, 10), vehicle=car)
    hers = await desk.book(
        at(TUESDAY, 11), customer=NewCustomer("Ann", "Able", "2175550133"), vehicle=car
    )
    assert (await desk.desk.vehicle(hers.vehicle_id)).vin is None
    async with pool.connection() as conn:
        rows = await conn.execute(
            "SELECT record_id FROM audit_log WHERE details @> '{\"vin_taken\": true}'"
        )
        assert await rows.fetchall() == [(hers.vehicle_id,)]


async def test_a_move_keeps_the_appointment_and_frees_the_old_time(desk: Front) -> None:
    made = await desk.book(at(TUESDAY, 10))
    moved = await desk.desk.move(
        call_sid="CA1",
        key="m",
        appointment_id=made.appointment.id,
        starts_at=at(TUESDAY, 10, 30),
    )
    assert moved.appointment.id == made.appointment.id
    assert moved.appointment.scheduled_at == at(TUESDAY, 10, 30)
    found = await desk.desk.free_slots("oil_change", TUESDAY, near=time(10), limit=1)
    assert found.slots[0].starts_at == at(TUESDAY, 10)
    assert found.slots[0].bay == "A1"


async def test_a_move_that_fails_changes_nothing(pool: Pool, client: httpx.AsyncClient) -> None:
    one_bay = replace(SHOP, bays=(Bay("A1", frozenset({"oil_change"})),))
    desk = await front(pool, client, shop=one_bay)
    made = await desk.book(at(TUESDAY, 10))
    await desk.book(at(TUESDAY, 11), customer=NewCustomer("Ann", "Able", "2175550133"))
    with pytest.raises(SlotTaken) as refused:
        await desk.desk.move(
            call_sid="CA1",
            key="m",
            appointment_id=made.appointment.id,
            starts_at=at(TUESDAY, 11),
        )
    assert refused.value.alternatives
    assert await desk.desk.appointment(made.appointment.id) == made.appointment


async def test_a_cancelled_appointment_is_gone_but_kept(desk: Front) -> None:
    made = await desk.book(at(TUESDAY, 10))
    wish = {"appointment_id": made.appointment.id, "reason": "vehicle_sold"}
    gone = await desk.desk.cancel(call_sid="CA1", key="c", **wish)  # type: ignore[arg-type]  # a dict of both
    assert (gone.status, gone.cancellation_reason) == ("cancelled", "vehicle_sold")
    assert await desk.desk.upcoming(made.customer_id) == []
    assert await desk.desk.cancel(call_sid="CA1", key="c", **wish) == gone  # type: ignore[arg-type]
    with pytest.raises(WrongState):
        await desk.desk.cancel(call_sid="CA2", key="c", **wish)  # type: ignore[arg-type]
    with pytest.raises(WrongState):
        await desk.desk.move(
            call_sid="CA2",
            key="m",
            appointment_id=made.appointment.id,
            starts_at=at(TUESDAY, 11),
        )


async def test_a_reason_is_one_of_five(desk: Front) -> None:
    made = await desk.book(at(TUESDAY, 10))
    with pytest.raises(BadValue):
        await desk.desk.cancel(
            call_sid="CA1", key="c", appointment_id=made.appointment.id, reason="bored"
        )


async def test_times_are_kept_in_utc_on_both_sides_of_a_clock_change(desk: Front) -> None:
    late = datetime(2026, 10, 30, 20, 0, tzinfo=UTC)
    autumn = Front(replace(desk.desk, clock=lambda: late), desk.pool)
    before = await autumn.book(at(date(2026, 10, 31), 9))
    after = await autumn.book(at(date(2026, 11, 2), 9))
    assert before.appointment.scheduled_at.isoformat() == "2026-10-31T14:00:00+00:00"
    assert after.appointment.scheduled_at.isoformat() == "2026-11-02T15:00:00+00:00"


@pytest.mark.parametrize(
    ("day", "is_open", "reason", "others"),
    [
        (date(2026, 11, 26), False, "closed for Thanksgiving Day", [27, 28, 30]),
        (date(2026, 11, 29), False, "closed", [30, 1, 2]),
        (date(2026, 11, 22), False, "not able to book a day that has passed", [23, 24, 25]),
        (date(2027, 2, 1), False, "not taking bookings that far ahead yet", [20, 21, 22]),
    ],
    ids=["a holiday", "a Sunday", "yesterday", "beyond the horizon"],
)
async def test_a_day_without_times_names_others(
    desk: Front, day: date, is_open: bool, reason: str, others: list[int]
) -> None:
    found = await desk.desk.free_slots("oil_change", day)
    assert (found.open, found.reason, found.slots) == (is_open, reason, ())
    assert [other.day for other in found.other_days] == others


async def test_a_full_day_names_others(pool: Pool, client: httpx.AsyncClient) -> None:
    one_bay = replace(SHOP, bays=(Bay("B1", frozenset({"brake_service"})),))
    desk = await front(pool, client, shop=one_bay)
    for hour in (9, 13, 15):
        await desk.book(at(TUESDAY, hour), service_key="brakes")
    found = await desk.desk.free_slots("brakes", TUESDAY)
    assert (found.open, found.reason, found.slots) == (True, "fully booked", ())
    assert found.other_days == (date(2026, 11, 25), date(2026, 11, 27), date(2026, 11, 28))


async def test_the_nearest_times_come_first(desk: Front) -> None:
    found = await desk.desk.free_slots("oil_change", TUESDAY, near=time(14))
    hours = [slot.starts_at.astimezone(ZONE).time() for slot in found.slots]
    assert hours == [time(14), time(13, 30), time(14, 30)]
    soonest = await desk.desk.free_slots("oil_change", TUESDAY)
    assert soonest.slots[0].starts_at == at(TUESDAY, 9)


async def insist(desk: Front, starts_at: datetime, number: int) -> Booking | ShopError:
    """Book as a caller whose line is bad: the same wish again when the records were too busy."""
    who = NewCustomer("Caller", f"Number {chr(65 + number % 26)}", f"217555{1000 + number}")
    for _ in range(20):
        try:
            return await desk.book(
                starts_at, key="k", call_sid=f"CA{number}", customer=who, service_key="inspection"
            )
        except RecordsUnavailable:
            continue
        except ShopError as error:
            return error
    raise AssertionError("the records never became free")


@pytest.mark.parametrize("spread", [1, 4], ids=["one slot", "slots that overlap in part"])
async def test_fifty_bookings_at_once(dsn: str, client: httpx.AsyncClient, spread: int) -> None:
    two_bays = replace(SHOP, bays=tuple(Bay(n, frozenset({"inspection"})) for n in ("A1", "A2")))
    starts = [at(TUESDAY, 9) + timedelta(minutes=30 * n) for n in range(spread)]
    async with open_pool(dsn, max_size=20) as pool:
        desk = await front(pool, client, shop=two_bays)
        wishes = [insist(desk, starts[n % spread], n) for n in range(50)]
        outcomes = await asyncio.gather(*wishes)
        booked = [o for o in outcomes if isinstance(o, Booking)]
        refused = [o for o in outcomes if isinstance(o, ShopError)]
        assert {type(o) for o in refused} == {SlotTaken}
        assert all(o.alternatives for o in refused if isinstance(o, SlotTaken))
        assert len(booked) == 2 if spread == 1 else 2 <= len(booked) <= 4
        assert await desk.count("appointments") == len(booked) == await desk.count("customers")
    spans = sorted((b.appointment.bay, b.appointment.scheduled_at) for b in booked)
    for (bay, start), (next_bay, next_start) in pairwise(spans):
        assert bay != next_bay or start + timedelta(hours=1) <= next_start
    assert set(Counter(b.appointment.bay for b in booked)) == {"A1", "A2"}


async def test_records_that_do_not_answer_are_a_refusal(desk: Front) -> None:
    async with desk.pool.connection() as holder, holder.transaction():
        await holder.execute("LOCK TABLE effects IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(RecordsUnavailable, match="records"):
            await desk.book(at(TUESDAY, 10))
    assert await desk.count("appointments") == 0

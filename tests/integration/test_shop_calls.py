"""The record of calls, what people are asked to do, and who has tried to prove who they are."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from shop.calls.logs import CallStart
from shop.calls.turns import TurnTimes
from shop.cars.nhtsa import Vpic
from shop.db import Pool
from shop.desk import Desk, NewCustomer, NewVehicle
from shop.effects import Effects
from shop.errors import BadValue, NotFound, RecordsUnavailable
from shop.people.consents import Consents
from shop.profile.shop import load_shop
from shop.seed.demo import demo_id, load_demo

pytestmark = pytest.mark.anyio

SHOP = load_shop()
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
MARIA = demo_id("Maria Lopez")
START: CallStart = {
    "direction": "inbound",
    "caller_phone": "+12175550142",
    "call_type": "inbound_general",
    "channel": "phone",
    "variant": "control",
    "model": "rulebook",
}


@pytest.fixture
async def desk(pool: Pool) -> AsyncIterator[Desk]:
    await load_demo(pool, SHOP, lambda: NOW)
    async with httpx.AsyncClient() as client:
        yield Desk(pool, SHOP, lambda: NOW, Vpic("http://127.0.0.1:9", client))


def later(desk: Desk, **ahead: float) -> Desk:
    return replace(desk, clock=lambda: NOW + timedelta(**ahead))


async def fetch(pool: Pool, query: str) -> list[tuple[Any, ...]]:
    async with pool.connection() as conn:
        return await (await conn.execute(query)).fetchall()


async def test_a_call_is_one_row_with_all_that_is_known(desk: Desk, pool: Pool) -> None:
    await desk.open_call("CA1", **START)
    await desk.open_call("CA1", **START)
    turns = [{"speaker": "caller", "text": "hello"}]
    closed = await later(desk, seconds=95).close_call(
        "CA1",
        outcome="appointment_booked",
        intent="book",
        access="verified",
        transcript=turns,
        customer_id=MARIA,
        appointment_id=None,
        prompt_tokens=1200,
        completion_tokens=80,
        cost_micros=3800,
        model="gpt-4o",
        summary="Oil change for the Civic.",
    )
    assert closed
    log = await desk.call("CA1")
    assert log is not None
    assert (log.status, log.outcome, log.intent_detected) == (
        "closed",
        "appointment_booked",
        "book",
    )
    assert (log.duration_seconds, log.total_tokens_used, log.cost_micros) == (95, 1280, 3800)
    assert (log.transcript, log.llm_model_used, log.customer_id) == (turns, "gpt-4o", MARIA)
    assert await fetch(pool, "SELECT count(*) FROM call_logs") == [(1,)]
    contact = f"SELECT last_contact_date::text FROM customers WHERE id = '{MARIA}'"
    assert await fetch(pool, contact) == [("2026-11-23",)]


def a_turn(line_at: datetime, turn: int) -> TurnTimes:
    return {
        "line_at": line_at,
        "turn": turn,
        "stopped_ms": 1200.3,
        "committed_ms": 250.1,
        "early_begun_ms": -80.0,
        "early_dropped_ms": None,
        "early_adopted": True,
        "first_token_ms": 100.0,
        "first_clause_ms": 120.0,
        "first_voice_ms": 200.0,
        "first_frame_ms": 250.2,
        "first_mark_ms": 360.7,
        "last_mark_ms": 899999.9,
        "interrupted_ms": None,
        "fillers": 1,
    }


async def test_the_turns_of_every_line_of_a_call_are_kept(desk: Desk) -> None:
    first = [a_turn(NOW, 1), a_turn(NOW, 2)]
    second = [a_turn(NOW + timedelta(minutes=1), 1)]
    for turns in (first, second, []):
        await desk.open_call("CA1", **START)
        assert await desk.close_call("CA1", outcome="abandoned", turns=turns)
    assert not await desk.close_call("CA1", outcome="abandoned", turns=[a_turn(NOW, 3)])
    assert await desk.turns("CA1") == [*first, *second]
    assert await desk.turns("CA2") == []


async def test_the_first_end_of_a_call_stands(desk: Desk) -> None:
    await desk.open_call("CA1", **START)
    ends = [desk.close_call("CA1", outcome=o) for o in ("transferred", "abandoned", "failed")]
    assert sorted(await asyncio.gather(*ends)) == [False, False, True]
    log = await desk.call("CA1")
    assert log is not None
    first = log.outcome
    assert not await desk.close_call("CA1", outcome="late")
    again = await desk.call("CA1")
    assert again is not None
    assert again.outcome == first


async def test_a_call_that_is_taken_up_again_ends_again(desk: Desk, pool: Pool) -> None:
    await desk.open_call("CA1", **START)
    await desk.close_call("CA1", outcome="abandoned")
    await later(desk, seconds=20).open_call("CA1", **START)
    assert await later(desk, seconds=60).close_call("CA1", outcome="appointment_booked")
    log = await desk.call("CA1")
    assert log is not None
    assert (log.outcome, log.duration_seconds) == ("appointment_booked", 60)
    assert await fetch(pool, "SELECT count(*) FROM call_logs") == [(1,)]


async def test_a_call_that_could_not_be_begun_is_still_recorded(desk: Desk) -> None:
    assert await desk.close_call("CA9", outcome="failed")
    log = await desk.call("CA9")
    assert log is not None
    assert (log.status, log.outcome, log.duration_seconds) == ("closed", "failed", 0)
    assert await desk.call("CA0") is None


async def test_calls_of_a_killed_process_are_swept_up(desk: Desk) -> None:
    await desk.open_call("CA1", **START)
    await desk.open_call("CA2", **START)
    await desk.close_call("CA2", outcome="information_provided")
    await later(desk, minutes=59).open_call("CA3", **START)
    assert await later(desk, hours=1).sweep(timedelta(hours=1)) == 1
    outcomes = {}
    for sid in ("CA1", "CA2", "CA3"):
        log = await desk.call(sid)
        assert log is not None
        outcomes[sid] = (log.status, log.outcome)
    assert outcomes == {
        "CA1": ("closed", "abandoned"),
        "CA2": ("closed", "information_provided"),
        "CA3": ("open", None),
    }
    assert await later(desk, hours=1).close_call("CA1", outcome="late") is False


async def test_a_callback_is_asked_for_once(desk: Desk, pool: Pool) -> None:
    async def ask() -> Any:
        return await desk.request_callback(
            call_sid="CA1",
            key="callback:1",
            phone="217 555 0142",
            topic="  warranty ",
            summary="Alternator.",
            urgency="urgent",
        )

    made = await asyncio.gather(ask(), ask(), ask())
    assert len({callback.id for callback in made}) == 1
    assert (made[0].phone, made[0].topic, made[0].status) == ("+12175550142", "warranty", "open")
    assert await fetch(pool, "SELECT count(*) FROM callbacks") == [(1,)]


async def test_a_tow_truck_is_asked_for_once(desk: Desk, pool: Pool) -> None:
    for _ in range(2):
        made = await desk.request_tow(
            call_sid="CA1",
            key="tow:1",
            phone="+12175550142",
            location="I-55 north, mile 98",
            problem="no brakes",
            safe=True,
        )
    assert (made.location, made.safe, made.vehicle) == ("I-55 north, mile 98", True, None)
    assert await fetch(pool, "SELECT count(*) FROM tow_requests") == [(1,)]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"phone": "banana"}, "phone_number"),
        ({"location": "  "}, "location"),
        ({"problem": ""}, "problem"),
    ],
)
async def test_a_tow_truck_needs_to_know_where_and_why(
    desk: Desk, pool: Pool, wrong: dict[str, str], field: str
) -> None:
    said = {"phone": "2175550142", "location": "Main Street", "problem": "flat", **wrong}
    with pytest.raises(BadValue) as refused:
        await desk.request_tow(call_sid="CA1", key="tow", **said)  # type: ignore[arg-type]  # a table of words
    assert refused.value.field == field
    assert await fetch(pool, "SELECT count(*) FROM effects") == [(0,)]


async def test_who_opts_out_is_never_called_again(desk: Desk, pool: Pool) -> None:
    for _ in range(2):
        await desk.opt_out(call_sid="CA1", key="opt_out", phone="217-555-0142")
    async with pool.connection() as conn:
        assert await Consents(conn).opted_out("+12175550142")
        assert not await Consents(conn).opted_out("+12175550119")
    (file,) = await desk.callers("+12175550142")
    assert not file.customer.receive_reminders


async def test_five_failures_in_a_day_lock_a_customer(desk: Desk) -> None:
    async def fail(at: Desk) -> None:
        await at.record_verification(
            call_sid=str(uuid4()), customer_id=MARIA, factor="plate", passed=False
        )

    for hours in range(4):
        await fail(later(desk, hours=hours))
    await desk.record_verification(call_sid="CA", customer_id=MARIA, factor="vin", passed=True)
    await desk.record_verification(call_sid="CA", customer_id=None, factor="vin", passed=False)
    assert not await later(desk, hours=4).verification_locked(MARIA)
    await fail(later(desk, hours=4))
    assert await later(desk, hours=5).verification_locked(MARIA)
    assert not await later(desk, hours=5).verification_locked(demo_id("James Carter"))
    assert not await later(desk, hours=24, minutes=1).verification_locked(MARIA)


async def test_people_are_found_by_number_and_by_name(desk: Desk) -> None:
    novaks = [file.customer.first_name for file in await desk.callers("+12175550177")]
    assert sorted(novaks) == ["Anna", "Peter"]
    assert await desk.callers("+12175550100") == []
    assert len(await desk.find_by_name(None, "novak")) == 2
    (anna,) = await desk.find_by_name(" ANNA ", "Novak")
    assert [v.model for v in anna.vehicles] == ["Outback"]
    assert anna.last_service is None
    (maria,) = await desk.callers("+12175550142")
    assert [v.make for v in maria.vehicles] == ["Honda", "Toyota"]
    assert maria.last_service == "brake inspection"


async def test_records_that_are_not_there(desk: Desk) -> None:
    for ask in (desk.file, desk.vehicle, desk.appointment):
        with pytest.raises(NotFound):
            await ask(uuid4())


async def test_customers_and_cars_outside_a_booking(desk: Desk, pool: Pool) -> None:
    who = NewCustomer("Zoe", "Quinn", "2175550166")
    first = await desk.add_customer(call_sid="CA1", key="c", customer=who)
    assert await desk.add_customer(call_sid="CA1", key="c", customer=who) == first
    assert await desk.add_customer(call_sid="CA2", key="c", customer=who) == first
    known = NewVehicle(2019, "honda", "civic", license_plate="BX-41920")
    civic = await desk.add_vehicle(call_sid="CA1", key="v", customer_id=MARIA, vehicle=known)
    assert civic == demo_id("Maria Lopez Honda")
    second = NewVehicle(2019, "Honda", "Civic", color="red")
    other = await desk.add_vehicle(call_sid="CA1", key="w", customer_id=MARIA, vehicle=second)
    assert other not in (civic, None)
    assert await fetch(pool, "SELECT count(*) FROM vehicles") == [(6,)]


async def test_a_key_belongs_to_one_kind_of_deed(pool: Pool) -> None:
    async with pool.connection() as conn, conn.transaction():
        effects = Effects(conn)
        assert await effects.claim("CA1", "k", "book", {}) is None
        await effects.record("CA1", "k", {"id": "1"})
        assert await effects.claim("CA1", "k", "book", {}) == {"id": "1"}
        with pytest.raises(ValueError, match="kind book was used again for tow"):
            await effects.claim("CA1", "k", "tow", {})


async def test_a_vin_is_checked_before_anybody_is_asked(desk: Desk) -> None:
    with pytest.raises(BadValue, match="check digit"):
        await desk.decode_vin("1HGCM82633A123456")
    found = await desk.decode_vin("1 H G C M 8 2 6 3 3 A 0 0 4 3 5 2")
    assert (found.source, found.model) == ("number", None)


async def test_no_words_of_the_driver_get_out(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    await desk.pool.close()
    with pytest.raises(RecordsUnavailable) as refused:
        await desk.callers("+12175550142")
    assert str(refused.value) == "I can't get to our records just now."
    assert refused.value.__cause__ is None
    assert "5550142" not in caplog.text
    assert "records:" in caplog.text

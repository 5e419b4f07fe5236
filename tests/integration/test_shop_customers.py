"""People's records: what is written down of them, and the trace that each write leaves."""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from psycopg import errors

from shop.calls.logs import CallStart
from shop.cars.nhtsa import Vpic
from shop.db import Pool
from shop.desk import Desk, NewCustomer, NewVehicle
from shop.errors import BadValue, NotFound
from shop.people.consents import Channel, Consent, Purpose
from shop.profile.shop import load_shop
from shop.seed.demo import demo_id, load_demo
from tests.support.conversation import a_call

pytestmark = pytest.mark.anyio

SHOP = load_shop()
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
MARIA, HER_NUMBER = demo_id("Maria Lopez"), "+12175550142"
CIVIC = demo_id("Maria Lopez Honda")
TUESDAY = date(2026, 11, 24)
START: CallStart = {
    "direction": "inbound",
    "caller_phone": HER_NUMBER,
    "call_type": "inbound_general",
    "channel": "phone",
    "variant": "control",
    "model": "rulebook",
}
YES = Consent(HER_NUMBER, "call", "service", granted=True, wording="May we call you?")


@pytest.fixture
async def desk(pool: Pool) -> AsyncIterator[Desk]:
    await load_demo(pool, SHOP, lambda: NOW)
    async with httpx.AsyncClient() as client:
        yield Desk(pool, SHOP, lambda: NOW, Vpic("http://127.0.0.1:9", client))


def later(desk: Desk, **ahead: float) -> Desk:
    return replace(desk, clock=lambda: NOW + timedelta(**ahead))


async def fetch(pool: Pool, query: str, values: list[Any] | None = None) -> list[tuple[Any, ...]]:
    async with pool.connection() as conn:
        return await (await conn.execute(query, values)).fetchall()


async def run(pool: Pool, statement: str) -> None:
    async with pool.connection() as conn:
        await conn.execute(statement)


Trace = list[tuple[str, str]]


async def trace(pool: Pool, since: int = 0) -> Trace:
    rows = await fetch(
        pool, "SELECT action, entity FROM audit_log WHERE id > %s ORDER BY id", [since]
    )
    return [(action, entity) for action, entity in rows]


async def free_time(desk: Desk) -> datetime:
    found = await desk.free_slots("oil_change", TUESDAY)
    return found.slots[0].starts_at


async def book(desk: Desk, key: str = "book") -> UUID:
    made = await desk.book(
        call_sid="CA1",
        key=key,
        customer=MARIA,
        vehicle=CIVIC,
        service_key="oil_change",
        starts_at=await free_time(desk),
        notes=None,
    )
    return made.appointment.id


async def wait(desk: Desk) -> UUID:
    entry = await desk.join_waitlist(
        call_sid="CA1",
        key="wait",
        phone=HER_NUMBER,
        service_key="oil_change",
        first_day=TUESDAY,
        last_day=TUESDAY,
    )
    return entry.id


@dataclass(frozen=True, slots=True)
class Write:
    """A way to change the records: what comes before it, the change, and what it leaves.

    The change gets what the preparation has led to.
    """

    leaves: Trace
    change: Callable[[Desk, Any], Awaitable[object]]
    before: Callable[[Desk], Awaitable[object]] | None = None
    after_hours: float = 0.0
    replays: bool = True


async def _nothing(desk: Desk) -> None:
    """What needs no preparation."""


WRITES: dict[str, Write] = {
    "book": Write([("book", "appointments")], lambda desk, _: book(desk)),
    "move": Write(
        [("move", "appointments")],
        lambda desk, made: desk.move(
            call_sid="CA1",
            key="move",
            appointment_id=made,
            starts_at=datetime(2026, 11, 25, 20, 0, tzinfo=UTC),
        ),
        book,
    ),
    "cancel": Write(
        [("cancel", "appointments")],
        lambda desk, made: desk.cancel(
            call_sid="CA1", key="cancel", appointment_id=made, reason="other"
        ),
        book,
    ),
    "restore": Write(
        [("restore", "appointments")],
        lambda desk, gone: desk.restore(call_sid="CA1", key="back", appointment_id=gone),
        lambda desk: _cancelled(desk),
    ),
    "confirm": Write(
        [("confirm", "appointments")],
        lambda desk, made: desk.confirm(call_sid="CA1", key="sure", appointment_id=made),
        book,
    ),
    "arrange": Write(
        [("arrange", "appointments")],
        lambda desk, made: desk.arrange(
            call_sid="CA1", key="waits", appointment_id=made, visit="wait"
        ),
        book,
    ),
    "add_customer": Write(
        [("create", "customers")],
        lambda desk, _: desk.add_customer(
            call_sid="CA1", key="c", customer=NewCustomer("Zoe", "Quinn", "2175550166")
        ),
    ),
    "add_vehicle": Write(
        [("create", "vehicles")],
        lambda desk, _: desk.add_vehicle(
            call_sid="CA1", key="v", customer_id=MARIA, vehicle=NewVehicle(2020, "Kia", "Rio")
        ),
    ),
    "request_callback": Write(
        [("create", "callbacks")],
        lambda desk, _: desk.request_callback(
            call_sid="CA1", key="cb", phone=HER_NUMBER, topic="warranty", summary="Alternator."
        ),
    ),
    "request_tow": Write(
        [("create", "tow_requests")],
        lambda desk, _: desk.request_tow(
            call_sid="CA1", key="tow", phone=HER_NUMBER, location="I-55", problem="no brakes"
        ),
    ),
    "record_consent": Write(
        [("create", "consents")],
        lambda desk, _: desk.record_consent(call_sid="CA1", key="yes", consent=YES),
    ),
    "opt_out": Write(
        [("opt_out", "opt_outs")],
        lambda desk, _: desk.opt_out(call_sid="CA1", key="no", phone=HER_NUMBER),
        lambda desk: desk.record_consent(call_sid="CA1", key="yes", consent=YES),
    ),
    "record_verification": Write(
        [("fail_to_verify", "customers")],
        lambda desk, _: desk.record_verification(
            call_sid="CA1", customer_id=MARIA, factor="plate", passed=False
        ),
        replays=False,
    ),
    "disclosed": Write(
        [("disclose", "vehicles")],
        lambda desk, _: desk.disclosed(
            call_sid="CA1", entity="vehicles", records=[CIVIC], what=("make", "model")
        ),
        replays=False,
    ),
    "open_call": Write(
        [("open", "call_logs")], lambda desk, _: desk.open_call("CA1", **START), replays=False
    ),
    "close_call": Write(
        [("close", "call_logs")],
        lambda desk, _: desk.close_call("CA1", outcome="abandoned", customer_id=MARIA),
        lambda desk: desk.open_call("CA1", **START),
    ),
    "part": Write(
        [("part", "call_logs")],
        lambda desk, _: desk.part("CA1", "heard"),
        lambda desk: desk.open_call("CA1", **START),
    ),
    "sweep": Write(
        [("close", "call_logs")],
        lambda desk, _: desk.sweep(timedelta(0)),
        lambda desk: desk.open_call("CA1", **START),
    ),
    "join_waitlist": Write([("create", "waitlist")], lambda desk, _: wait(desk)),
    "leave_waitlist": Write(
        [("withdrawn", "waitlist")],
        lambda desk, entry: desk.leave_waitlist(call_sid="CA1", key="leave", entry_id=entry),
        wait,
    ),
    "pass_on_offers": Write(
        [("expired", "waitlist")], lambda desk, _: desk.pass_on_offers(), wait, after_hours=48
    ),
}
READS = {
    "appointment", "booked_then", "broken_off", "call", "callers", "days_with_room", "decode_vin",
    "due", "file", "find_by_name", "free_slots", "goes_on_elsewhere", "may_contact", "models_used",
    "offers", "parted", "recalls", "turns", "upcoming", "vehicle", "verification_locked", "waiting",
}  # fmt: skip
PROMISES = {"offer", "hold", "keep", "release"}
"""Times that are held for minutes: nothing that happened, and so nothing to look up later."""


async def _cancelled(desk: Desk) -> UUID:
    made = await book(desk)
    await desk.cancel(call_sid="CA1", key="cancel", appointment_id=made, reason="other")
    return made


def test_every_method_of_the_desk_is_known_to_read_or_to_write() -> None:
    methods = {
        name
        for name, value in inspect.getmembers(Desk, inspect.isfunction)
        if not name.startswith("_")
    }
    assert methods == {*READS, *PROMISES, *WRITES}, "say here what the method leaves in the audit"


@pytest.mark.parametrize("name", WRITES)
async def test_each_write_leaves_one_entry_and_a_replay_none(
    desk: Desk, pool: Pool, name: str
) -> None:
    write = WRITES[name]
    prepared = await (write.before or _nothing)(desk)
    ((since,),) = await fetch(pool, "SELECT coalesce(max(id), 0) FROM audit_log")
    at = later(desk, hours=write.after_hours)
    await write.change(at, prepared)
    assert await trace(pool, since) == write.leaves
    ((entry,),) = await fetch(
        pool,
        "SELECT to_jsonb(a) || jsonb_build_object('moment', a.at) FROM audit_log a WHERE id > %s",
        [since],
    )
    between_calls = name == "pass_on_offers"
    assert (entry["call_sid"], entry["actor"]) == (None if between_calls else "CA1", "ai_voice")
    assert datetime.fromisoformat(entry["at"]) == NOW + timedelta(hours=write.after_hours)
    assert UUID(entry["record_id"])
    for personal in (HER_NUMBER, "5550142", "Lopez", "Maria", "Quinn", "Alternator", "I-55"):
        assert personal not in str(entry["details"])
    if write.replays:
        await write.change(at, prepared)
        assert await trace(pool, since) == write.leaves


async def test_a_booking_for_somebody_new_leaves_an_entry_for_each_record(
    desk: Desk, pool: Pool
) -> None:
    await desk.book(
        call_sid="CA1",
        key="book",
        customer=NewCustomer("Zoe", "Quinn", "2175550166"),
        vehicle=NewVehicle(2020, "Kia", "Rio"),
        service_key="oil_change",
        starts_at=await free_time(desk),
        notes=None,
    )
    expected = [("create", "customers"), ("create", "vehicles"), ("book", "appointments")]
    assert await trace(pool) == expected


async def test_a_failed_write_leaves_nothing(desk: Desk, pool: Pool) -> None:
    with pytest.raises(NotFound):
        await desk.record_consent(
            call_sid="CA1", key="yes", consent=replace(YES, customer_id=UUID(int=1))
        )
    with pytest.raises(BadValue):
        await desk.record_consent(call_sid="CA1", key="yes", consent=replace(YES, wording=" "))
    assert await trace(pool) == []
    assert await fetch(pool, "SELECT count(*) FROM effects") == [(0,)]


async def test_what_a_caller_is_told_is_noted_record_by_record(desk: Desk, pool: Pool) -> None:
    cars = [CIVIC, demo_id("Maria Lopez Toyota")]
    told = {"call_sid": "CA1", "entity": "vehicles", "what": ("make", "model")}
    await desk.disclosed(**told, records=cars)  # type: ignore[arg-type]  # a table of arguments
    await desk.disclosed(**told, records=[])  # type: ignore[arg-type]  # as above
    found = await fetch(pool, "SELECT record_id, details FROM audit_log ORDER BY id")
    assert found == [(car, {"fields": ["make", "model"]}) for car in cars]


async def test_who_proves_who_they_are_is_told_and_that_is_noted(pool: Pool) -> None:
    async with a_call(pool, caller=HER_NUMBER) as call:
        await call.say_all("I need to cancel my appointment", "the plate is BX 11111")
        assert "disclose" not in [action for action, _ in await trace(pool)]
        await call.say("BX 41920")
    told = await fetch(
        pool, "SELECT call_sid, entity, record_id FROM audit_log WHERE action = 'disclose'"
    )
    cars = {CIVIC, demo_id("Maria Lopez Toyota")}
    expected = {("CA-test", "customers", MARIA), *(("CA-test", "vehicles", car) for car in cars)}
    assert expected <= set(told)


async def test_a_guess_at_nobody_on_file_is_noted_too(desk: Desk, pool: Pool) -> None:
    await desk.record_verification(call_sid="CA1", customer_id=None, factor="vin", passed=False)
    await desk.record_verification(call_sid="CA1", customer_id=MARIA, factor="vin", passed=True)
    found = await fetch(pool, "SELECT action, record_id, details FROM audit_log ORDER BY id")
    assert found == [
        ("fail_to_verify", None, {"factor": "vin"}),
        ("verify", MARIA, {"factor": "vin"}),
    ]


async def test_an_address_is_kept_as_it_is_written(desk: Desk) -> None:
    zoe = NewCustomer(
        "Zoe", "Quinn", "2175550166", email="zoe at example dot com",
        street_address="7 Elm Street", city="Peru", state="illinois", zip_code="61354",
    )  # fmt: skip
    made = await desk.add_customer(call_sid="CA1", key="c", customer=zoe)
    kept = (await desk.file(made)).customer
    assert (kept.street_address, kept.city, kept.state) == ("7 Elm Street", "Peru", "IL")
    assert (kept.zip_code, kept.email) == ("61354", "zoe@example.com")


async def test_a_call_is_recorded_whatever_was_said_on_it(desk: Desk) -> None:
    turns = [{"speaker": "caller", "text": "he\x00llo\nthere", "more": ["\ud800", 1, None]}]
    await desk.open_call("CA1", **START)
    assert await desk.close_call("CA1", outcome="failed", transcript=turns, summary="a\x00b")
    log = await desk.call("CA1")
    assert log is not None
    mark = "\N{REPLACEMENT CHARACTER}"
    kept = {"speaker": "caller", "text": f"he{mark}llo\nthere", "more": [mark, 1, None]}
    assert (log.transcript, log.summary) == ([kept], f"a{mark}b")


async def test_what_is_asked_of_people_fits_on_a_line(desk: Desk) -> None:
    asked = await desk.request_callback(
        call_sid="CA1",
        key="cb",
        phone=HER_NUMBER,
        topic=" the\x00 brakes\n ",
        summary="x" * 9_000,
        name=" ",
    )
    assert (asked.topic, len(asked.summary), asked.name) == ("the brakes", 500, None)


async def test_hanging_up_lets_go_of_what_was_held(desk: Desk, pool: Pool) -> None:
    offered = await desk.offer("CA1", "oil_change", TUESDAY)
    await desk.offer("CA2", "oil_change", TUESDAY)
    assert offered.slots
    await desk.open_call("CA1", **START)
    await desk.close_call("CA1", outcome="abandoned", customer_id=MARIA)
    assert await fetch(pool, "SELECT DISTINCT holder FROM slot_holds") == [("CA2",)]


@dataclass(frozen=True, slots=True)
class Said:
    """Somebody's answer when asked whether they may be contacted."""

    granted: bool
    channel: Channel = "call"
    purpose: Purpose = "service"
    source: Any = "voice"


@pytest.mark.parametrize(
    ("answers", "may"),
    [
        ([], False),
        ([Said(True)], True),
        ([Said(False)], False),
        ([Said(True), Said(False)], False),
        ([Said(False), Said(True)], True),
        ([Said(True, channel="text")], False),
        ([Said(True, purpose="marketing", source="form")], False),
        (["opt out"], False),
        ([Said(True), "opt out"], False),
        (["opt out", Said(True)], False),
    ],
    ids=[
        "who was never asked may not be called",
        "who says yes may",
        "who says no may not",
        "the last word counts, if it is no",
        "and if it is yes",
        "a yes to texts is none to calls",
        "a yes to advertising is none to reminders",
        "who opted out may not be called",
        "nor may who said yes before",
        "nor who says yes afterwards: only staff can lift an opt-out",
    ],
)
async def test_who_may_be_called(desk: Desk, answers: list[Any], may: bool) -> None:
    await _say(desk, answers)
    assert await desk.may_contact("217 555 0142", "call", "service") is may
    assert not await desk.may_contact("217 555 0119", "call", "service")


@pytest.mark.parametrize(
    ("source", "may"), [("voice", False), ("text", True), ("form", True), ("staff", True)]
)
async def test_advertising_needs_a_yes_in_writing(desk: Desk, source: Any, may: bool) -> None:
    await _say(desk, [Said(True, purpose="marketing", source=source)])
    assert await desk.may_contact(HER_NUMBER, "call", "marketing") is may


async def test_an_opt_out_takes_back_every_yes_but_the_one_to_recording(
    desk: Desk, pool: Pool
) -> None:
    recorded = Said(True, channel="recording", purpose="recording")
    agreed = [Said(True), Said(True, channel="text"), Said(False, channel="email"), recorded]
    await _say(desk, [*agreed, "opt out", "opt out"])
    taken_back = "SELECT channel FROM consents WHERE NOT granted ORDER BY place"
    assert await fetch(pool, taken_back) == [("email",), ("call",), ("text",)]
    assert await desk.may_contact(HER_NUMBER, "recording", "recording")
    assert [action for action, _ in await trace(pool)].count("opt_out") == 1
    ((details,),) = await fetch(pool, "SELECT details FROM audit_log WHERE action = 'opt_out'")
    assert (len(details["consents"]), details["customers"]) == (2, [str(MARIA)])


async def _say(desk: Desk, answers: list[Any]) -> None:
    for n, answer in enumerate(answers):
        if answer == "opt out":
            await desk.opt_out(call_sid="CA1", key="opt_out", phone=HER_NUMBER)
            continue
        consent = Consent(
            HER_NUMBER, answer.channel, answer.purpose, answer.granted, "May we?", answer.source
        )
        await desk.record_consent(call_sid="CA1", key=f"consent {n}", consent=consent)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE consents SET granted = NOT granted",
        "UPDATE consents SET wording = 'yes to everything'",
        "UPDATE consents SET created_at = now()",
        f"UPDATE consents SET customer_id = '{MARIA}'",
        "DELETE FROM consents",
        "TRUNCATE consents",
        "UPDATE audit_log SET details = '{}'",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log",
    ],
)
async def test_what_people_agreed_to_and_the_audit_are_only_added_to(
    desk: Desk, pool: Pool, statement: str
) -> None:
    await desk.record_consent(call_sid="CA1", key="yes", consent=YES)
    with pytest.raises(errors.InsufficientPrivilege):
        await run(pool, statement)


async def test_a_customer_who_is_deleted_is_named_in_no_consent(desk: Desk, pool: Pool) -> None:
    made = await desk.add_customer(
        call_sid="CA1", key="c", customer=NewCustomer("Zoe", "Quinn", "2175550166")
    )
    consent = Consent("2175550166", "text", "service", True, "May we?", customer_id=made)
    await desk.record_consent(call_sid="CA1", key="yes", consent=consent)
    async with pool.connection() as conn:
        await conn.execute("DELETE FROM customers WHERE id = %s", [made])
    assert await fetch(pool, "SELECT customer_id, granted FROM consents") == [(None, True)]

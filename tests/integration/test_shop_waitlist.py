"""Who waits for a time, and who is offered one that comes free."""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from shop.cars.nhtsa import Vpic
from shop.db import Pool
from shop.desk import Desk, NewCustomer, NewVehicle
from shop.errors import (
    BadValue,
    BeyondHorizon,
    InThePast,
    NotFound,
    OutsideHours,
    RecordsUnavailable,
    ShopError,
    SlotTaken,
    TooMany,
    UnknownService,
    WrongState,
)
from shop.profile.shop import Bay, Shop, Technician, load_shop
from shop.schedule import slots, taken
from shop.schedule.appointments import Appointment
from shop.schedule.freed import held_until, part_of
from shop.schedule.slots import Busy, Slot
from shop.schedule.waitlist import Waitlist, holder_of
from shop.schedule.waitrows import Entry
from shop.seed.demo import demo_id, load_demo

pytestmark = pytest.mark.anyio

FILE = load_shop()
KEYS = frozenset(service.key for service in FILE.catalog.services)
# One pair of hands in one bay: whoever is offered a time is offered the only one.
SMALL = replace(FILE, bays=(Bay("A1", KEYS),), technicians=(Technician("Tom", KEYS),))
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # Monday, nine in the morning
TUESDAY, WEDNESDAY, THURSDAY = date(2026, 11, 24), date(2026, 11, 25), date(2026, 11, 26)
NINE = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
ANN, BOB, CAT = "+12175550201", "+12175550202", "+12175550203"


@pytest.fixture
async def desk(pool: Pool) -> AsyncIterator[Desk]:
    async with httpx.AsyncClient() as client:
        yield Desk(pool, SMALL, lambda: NOW, Vpic("http://127.0.0.1:9", client))


def later(desk: Desk, **ahead: float) -> Desk:
    return replace(desk, clock=lambda: NOW + timedelta(**ahead))


async def fetch(pool: Pool, query: str) -> list[tuple[Any, ...]]:
    async with pool.connection() as conn:
        return await (await conn.execute(query)).fetchall()


async def book(desk: Desk, starts_at: datetime, service: str = "inspection") -> Appointment:
    phone = f"+1217556{random.randrange(10_000):04d}"
    made = await desk.book(
        call_sid=str(uuid4()),
        key="book",
        customer=NewCustomer("Ann", f"Able {uuid4().hex[:8]}".replace("-", ""), phone),
        vehicle=NewVehicle(2018, "Honda", "Civic"),
        service_key=service,
        starts_at=starts_at,
        notes=None,
    )
    return made.appointment


async def wait(desk: Desk, phone: str, service: str = "inspection", **wish: Any) -> Entry:
    days = {"first_day": TUESDAY, "last_day": TUESDAY}
    return await desk.join_waitlist(
        call_sid=str(uuid4()), key="wait", phone=phone, service_key=service, **{**days, **wish}
    )


async def cancel(desk: Desk, appointment: Appointment) -> None:
    await desk.cancel(
        call_sid=str(uuid4()), key="cancel", appointment_id=appointment.id, reason="other"
    )


async def statuses(pool: Pool) -> dict[str, str]:
    return dict(await fetch(pool, "SELECT phone, status FROM waitlist"))


async def test_a_freed_time_is_held_for_who_has_waited_longest(desk: Desk, pool: Pool) -> None:
    held = await book(desk, NINE)
    ann = await wait(desk, ANN, name="Ann", part="morning")
    bob = await wait(later(desk, minutes=1), BOB, part="morning")
    await cancel(later(desk, minutes=2), held)
    (offer,) = await later(desk, minutes=2).offers(ANN)
    assert (offer.id, offer.status, offer.offer_starts_at) == (ann.id, "offered", NINE)
    expires_at = NOW + timedelta(minutes=2 + SMALL.offer_minutes)
    assert offer.offer_expires_at == expires_at
    (starts,) = await fetch(
        pool, "SELECT holder, lower(during), expires_at FROM slot_holds WHERE holder LIKE 'wait%'"
    )
    assert starts == (holder_of(ann.id), NINE, expires_at)
    rung = await fetch(
        pool, "SELECT phone, name, topic, urgency, status, summary, waitlist_entry FROM callbacks"
    )
    first = (ANN, "Ann", "waitlist", "normal", "open")
    assert rung[0][:5] == first
    assert rung[0][6] == ann.id
    assert "Tuesday, November twenty-fourth at nine AM" in rung[0][5]
    day = await desk.free_slots("inspection", TUESDAY, limit=99)
    assert NINE not in [slot.starts_at for slot in day.slots]
    with pytest.raises(SlotTaken):
        await book(desk, NINE)
    # What is free beside it goes to the next.
    (other,) = await later(desk, minutes=2).waiting(BOB)
    assert other.id == bob.id
    assert other.offer_starts_at != NINE


async def test_who_takes_the_offer_has_it_and_nobody_is_rung_any_more(
    desk: Desk, pool: Pool
) -> None:
    held = await book(desk, NINE)
    ann = await wait(desk, ANN)
    await cancel(desk, held)
    made = await desk.book(
        call_sid="CA1",
        key="book",
        customer=NewCustomer("Ann", "Able", ANN),
        vehicle=NewVehicle(2018, "Honda", "Civic"),
        service_key="inspection",
        starts_at=NINE,
        notes=None,
        holder=holder_of(ann.id),
    )
    assert made.appointment.scheduled_at == NINE
    assert await statuses(pool) == {ANN: "booked"}
    assert await desk.waiting(ANN) == []
    assert await fetch(pool, "SELECT status FROM callbacks") == [("done",)]
    assert await fetch(pool, "SELECT count(*) FROM slot_holds") == [(0,)]


async def test_who_moves_an_appointment_to_the_offered_time_has_it(desk: Desk, pool: Pool) -> None:
    held, own = await book(desk, NINE), await book(desk, NINE + timedelta(days=1))
    ann = await wait(desk, ANN)
    await cancel(desk, held)
    for _ in range(2):
        moved = await desk.move(
            call_sid="CA1",
            key="move",
            appointment_id=own.id,
            starts_at=NINE,
            holder=holder_of(ann.id),
        )
        assert moved.appointment.scheduled_at == NINE
    assert await statuses(pool) == {ANN: "booked"}
    assert await fetch(pool, "SELECT status FROM callbacks") == [("done",)]
    assert await fetch(pool, "SELECT count(*) FROM slot_holds") == [(0,)]


async def test_what_is_not_answered_in_time_goes_to_the_next(desk: Desk, pool: Pool) -> None:
    held = await book(desk, NINE)
    await wait(desk, ANN)
    await cancel(desk, held)
    await wait(later(desk, minutes=1), BOB)
    assert await desk.pass_on_offers() == 0
    over = later(desk, minutes=SMALL.offer_minutes)
    assert await over.offers(ANN) == []
    assert sorted(await asyncio.gather(*(over.pass_on_offers() for _ in range(3)))) == [0, 0, 1]
    assert await statuses(pool) == {ANN: "expired", BOB: "offered"}
    (offer,) = await over.offers(BOB)
    assert offer.offer_starts_at == NINE
    rung = await fetch(pool, "SELECT phone, status FROM callbacks ORDER BY created_at")
    assert rung == [(ANN, "done"), (BOB, "open")]


async def test_what_is_declined_goes_to_the_next(desk: Desk, pool: Pool) -> None:
    held = await book(desk, NINE)
    ann = await wait(desk, ANN)
    await cancel(desk, held)
    await wait(later(desk, minutes=1), BOB)
    for _ in range(2):
        await desk.leave_waitlist(call_sid="CA1", key="leave", entry_id=ann.id)
    assert await statuses(pool) == {ANN: "withdrawn", BOB: "offered"}
    with pytest.raises(WrongState):
        await desk.leave_waitlist(call_sid="CA2", key="leave", entry_id=ann.id)
    with pytest.raises(NotFound):
        await desk.leave_waitlist(call_sid="CA2", key="other", entry_id=uuid4())


async def test_who_leaves_while_waiting_is_offered_nothing(desk: Desk, pool: Pool) -> None:
    held = await book(desk, NINE)
    ann = await wait(desk, ANN)
    await desk.leave_waitlist(call_sid="CA1", key="leave", entry_id=ann.id)
    await cancel(desk, held)
    assert await statuses(pool) == {ANN: "withdrawn"}


async def test_a_long_time_is_shared_by_who_fits(desk: Desk, pool: Pool) -> None:
    held = await book(desk, NINE, "brake_service")
    await wait(desk, ANN, "oil_change")
    await wait(later(desk, minutes=1), BOB, "inspection")
    await wait(later(desk, minutes=2), CAT, "oil_change", first_day=WEDNESDAY, last_day=WEDNESDAY)
    await cancel(desk, held)
    found = await fetch(
        pool, "SELECT phone, offer_starts_at FROM waitlist WHERE status = 'offered' ORDER BY phone"
    )
    assert found == [(ANN, NINE), (BOB, NINE + timedelta(minutes=30))]


@pytest.mark.parametrize(
    "wish",
    [
        {"first_day": WEDNESDAY, "last_day": WEDNESDAY},
        {"part": "afternoon"},
        {"service": "brake_service"},
    ],
    ids=["another day", "another part of the day", "a service that needs longer"],
)
async def test_who_does_not_fit_is_not_offered(desk: Desk, pool: Pool, wish: Any) -> None:
    held = await book(desk, NINE, "oil_change")
    await book(desk, NINE + timedelta(minutes=30), "oil_change")
    await wait(desk, ANN, **wish)
    await wait(later(desk, minutes=1), BOB, "oil_change")
    await cancel(desk, held)
    assert await statuses(pool) == {ANN: "waiting", BOB: "offered"}


async def test_at_night_the_time_to_answer_begins_when_somebody_rings(desk: Desk) -> None:
    held = await book(desk, NINE + timedelta(days=1))
    await wait(desk, ANN, first_day=WEDNESDAY, last_day=WEDNESDAY)
    await cancel(later(desk, hours=12), held)
    (offer,) = await later(desk, hours=12).offers(ANN)
    opening = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
    assert offer.offer_expires_at == opening + timedelta(minutes=SMALL.offer_minutes)


async def test_nothing_is_held_for_whom_nobody_can_ring_before(desk: Desk, pool: Pool) -> None:
    held = await book(desk, NINE)
    # Nobody is there before the time that is free begins, so it is anybody's.
    late = tuple((time(9), span[1]) if span else None for span in SMALL.hours)
    night = replace(later(desk, hours=12), profile=replace(SMALL, hours=late))
    await wait(desk, ANN, last_day=TUESDAY)
    await cancel(night, held)
    (offer,) = await night.offers(ANN)
    assert offer.offer_starts_at == NINE + timedelta(minutes=30)


@pytest.mark.parametrize(
    ("wish", "error"),
    [
        ({"first_day": WEDNESDAY}, BadValue),
        ({"first_day": date(2026, 11, 20), "last_day": date(2026, 11, 22)}, InThePast),
        ({"first_day": date(2028, 1, 3), "last_day": date(2028, 1, 4)}, BeyondHorizon),
        ({"first_day": date(2026, 11, 29), "last_day": date(2026, 11, 29)}, OutsideHours),
        ({"first_day": THURSDAY, "last_day": THURSDAY}, OutsideHours),
        ({"part": "evening"}, OutsideHours),
        ({"phone": "banana"}, BadValue),
        ({"service": "a haircut"}, UnknownService),
        ({"customer_id": UUID(int=1)}, NotFound),
    ],
    ids=[
        "the last day before the first",
        "days that have gone",
        "days too far ahead",
        "a Sunday",
        "Thanksgiving",
        "a part of the day in which no car is taken in",
        "no number",
        "no service",
        "nobody's file",
    ],
)
async def test_what_nobody_can_wait_for(
    desk: Desk, pool: Pool, wish: dict[str, Any], error: type[ShopError]
) -> None:
    with pytest.raises(error):
        await wait(desk, **{"phone": ANN, **wish})
    assert await fetch(pool, "SELECT count(*) FROM waitlist") == [(0,)]
    assert await fetch(pool, "SELECT count(*) FROM effects") == [(0,)]


async def test_a_wish_is_written_down_once_and_three_are_enough(desk: Desk, pool: Pool) -> None:
    ask = {"call_sid": "CA1", "key": "w", "phone": ANN, "service_key": "oil change"}
    days = {"first_day": TUESDAY, "last_day": WEDNESDAY}
    same = [desk.join_waitlist(**ask, **days) for _ in range(3)]  # type: ignore[arg-type]  # a table
    first = await asyncio.gather(*same)
    assert len({entry.id for entry in first}) == 1
    again = await wait(desk, ANN, "oil_change", first_day=TUESDAY, last_day=WEDNESDAY)
    assert again == first[0]
    at_once = [wait(desk, ANN, part=part) for part in ("morning", "afternoon", None)]
    done = await asyncio.gather(*at_once, return_exceptions=True)
    assert [type(one) for one in done].count(TooMany) == 1
    assert len(await desk.waiting("217 555 0201")) == 3
    assert "555" not in repr(first)


async def test_wishes_whose_days_have_gone_are_closed(desk: Desk, pool: Pool) -> None:
    await wait(desk, ANN)
    assert await later(desk, hours=38).pass_on_offers() == 0
    assert await later(desk, hours=39).pass_on_offers() == 1
    assert await statuses(pool) == {ANN: "expired"}


async def test_moving_away_frees_a_time_too(desk: Desk, pool: Pool) -> None:
    held = await book(desk, NINE)
    await wait(desk, ANN, part="morning")
    to = NINE + timedelta(days=1)
    await desk.move(call_sid="CA1", key="move", appointment_id=held.id, starts_at=to)
    (offer,) = await desk.offers(ANN)
    assert offer.offer_starts_at == NINE


# The rest is tried with many random shops' days: whatever happens, in whatever order.


@dataclass(slots=True)
class Day:
    """A random day of a random shop, as a test goes through it."""

    desk: Desk
    rng: random.Random
    minutes: int = 0

    @property
    def now(self) -> datetime:
        return NOW + timedelta(minutes=self.minutes)

    @property
    def at(self) -> Desk:
        return replace(self.desk, clock=lambda: self.now)

    async def step(self) -> None:
        """Something happens."""
        self.minutes += self.rng.choice([0, 1, 5, 20])
        deed = self.rng.choice([self.book, self.book, self.join, self.join, self.free, self.free,
                                self.answer, self.decline, self.pass_on])  # fmt: skip
        try:
            await deed()
        except RecordsUnavailable:
            raise
        except ShopError:
            pass  # a time is taken, a caller has enough, somebody was quicker

    async def book(self) -> None:
        half_hours = self.rng.randrange(16)
        service = self.rng.choice(["oil_change", "inspection", "brake_service"])
        await book(self.at, NINE + timedelta(minutes=30 * half_hours), service)

    async def join(self) -> None:
        service = self.rng.choice(["oil_change", "inspection", "brake_service"])
        part = self.rng.choice([None, "morning", "afternoon"])
        days = self.rng.choice([(TUESDAY, TUESDAY), (TUESDAY, WEDNESDAY), (WEDNESDAY, WEDNESDAY)])
        phone = f"+1217555{self.rng.randrange(300, 312):04d}"
        await wait(self.at, phone, service, part=part, first_day=days[0], last_day=days[1])

    async def free(self) -> None:
        live = await fetch(self.desk.pool, "SELECT id FROM appointments WHERE status='scheduled'")
        if live:
            found = await self.desk.appointment(self.rng.choice(sorted(live))[0])
            before = await self.waiting()
            await cancel(self.at, found)
            await self.nobody_was_skipped(before, found.scheduled_at, found.ends_at)

    async def answer(self) -> None:
        for entry in await self.entries("offered"):
            assert entry.offer_starts_at is not None
            await self.at.book(
                call_sid=str(uuid4()),
                key="book",
                customer=NewCustomer("Ann", "Able", entry.phone),
                vehicle=NewVehicle(2018, "Honda", f"Civic {uuid4().hex[:6]}"),
                service_key=entry.service_type,
                starts_at=entry.offer_starts_at,
                notes=None,
                holder=holder_of(entry.id),
            )
            return

    async def decline(self) -> None:
        for entry in await self.entries("offered"):
            call = {"call_sid": str(uuid4()), "key": "leave"}
            await self.at.leave_waitlist(**call, entry_id=entry.id)
            return

    async def pass_on(self) -> None:
        await self.at.pass_on_offers()
        for entry in await self.entries("offered"):
            assert entry.offer_expires_at is not None
            assert entry.offer_expires_at > self.now

    async def entries(self, status: str) -> list[Entry]:
        phones = await fetch(self.desk.pool, "SELECT DISTINCT phone FROM waitlist ORDER BY phone")
        found = [entry for (phone,) in phones for entry in await self.at.waiting(phone)]
        ordered = sorted(found, key=lambda entry: (entry.created_at, entry.id))
        return [entry for entry in ordered if entry.status == status]

    async def waiting(self) -> list[Entry]:
        return await self.entries("waiting")

    async def nobody_was_skipped(
        self, before: list[Entry], starts_at: datetime, ends_at: datetime
    ) -> None:
        """Play the offers back: each in turn got the first time that was free to them then."""
        shop = self.desk.shop
        after = {entry.id: entry for entry in await self.entries("offered")}
        async with self.desk.pool.connection() as conn:
            span = taken.bounds(shop, starts_at.date(), ends_at.date())
            found = await taken.read(conn, shop, span, now=self.now)
            ours = await conn.execute(
                """
                SELECT b.name, lower(h.during), upper(h.during)
                  FROM slot_holds h JOIN bays b ON b.id = h.service_bay
                 WHERE h.holder = ANY(%s)
                """,
                [[holder_of(entry.id) for entry in before]],
            )
            new = set(await ours.fetchall())
        busy = [b for b in found.busy if (b.bay, b.starts_at, b.ends_at) not in new]
        for entry in before:
            slot = first_fit(shop, entry, busy, (starts_at, ends_at), self.now)
            offered = after.get(entry.id)
            assert (slot.starts_at if slot else None) == (
                offered.offer_starts_at if offered else None
            ), f"{entry} should have been offered {slot}"
            if slot is not None:
                busy.append(Busy(slot.bay, slot.starts_at, slot.ends_at, slot.technician))


def first_fit(
    shop: Shop, entry: Entry, busy: list[Busy], freed: tuple[datetime, datetime], now: datetime
) -> Slot | None:
    """By looking at every start of every day, in no clever way."""
    service = shop.catalog.find(entry.service_type)
    day = entry.first_day
    while day <= entry.last_day:
        for slot in slots.free(shop, service, day, busy=busy, now=now):
            inside = slot.starts_at < freed[1] and freed[0] < slot.ends_at
            suits = entry.part in (None, part_of(shop, slot.starts_at))
            if inside and suits and held_until(shop, slot, now) is not None:
                return slot
        day += timedelta(days=1)
    return None


TWICE = """
WITH all_of_it AS (
    SELECT id, service_bay, assigned_technician AS technician, during, NULL AS holder
      FROM appointments WHERE status IN ('scheduled', 'confirmed', 'in_progress')
    UNION ALL
    SELECT id, service_bay, technician, during, holder FROM slot_holds WHERE expires_at > %s)
SELECT a.id, b.id FROM all_of_it a JOIN all_of_it b
    ON a.id < b.id AND a.during && b.during
   AND (a.service_bay = b.service_bay OR a.technician = b.technician)
"""


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_happens_nothing_is_promised_twice_and_nobody_skipped(
    desk: Desk, pool: Pool, seed: int
) -> None:
    rng = random.Random(seed)
    bays = tuple(Bay(name, KEYS) for name in ("A1", "A2")[: rng.choice([1, 2])])
    people = tuple(Technician(name, KEYS) for name in ("Tom", "Lisa")[: rng.choice([1, 2])])
    day = Day(replace(desk, profile=replace(SMALL, bays=bays, technicians=people)), rng)
    for _ in range(45):
        await day.step()
        async with pool.connection() as conn:
            twice = await (await conn.execute(TWICE, [day.now])).fetchall()
        assert twice == []
    offered = await fetch(pool, "SELECT count(*) FROM audit_log WHERE action = 'offer'")
    assert offered != [(0,)]


async def test_two_times_freed_at_once_go_to_two_people(desk: Desk, pool: Pool) -> None:
    both = [await book(desk, NINE + timedelta(days=on)) for on in (0, 1)]
    for on, phone in enumerate((ANN, BOB)):
        await wait(later(desk, minutes=on), phone, last_day=WEDNESDAY, part="morning")
    await asyncio.gather(*(cancel(later(desk, minutes=5), one) for one in both))
    assert await statuses(pool) == {ANN: "offered", BOB: "offered"}
    starts = await fetch(pool, "SELECT offer_starts_at::date::text FROM waitlist ORDER BY 1")
    assert len(starts) == 2


async def test_the_shop_file_may_stop_a_service_that_somebody_waits_for(
    desk: Desk, pool: Pool
) -> None:
    held = await book(desk, NINE)
    async with pool.connection() as conn:
        await conn.execute(
            """
            INSERT INTO waitlist (call_sid, phone, service_type, first_day, last_day, created_at)
            VALUES ('CA0', %s, 'paint job', %s, %s, %s)
            """,
            [ANN, TUESDAY, TUESDAY, NOW],
        )
    await cancel(desk, held)
    assert await statuses(pool) == {ANN: "waiting"}


async def test_a_known_customer_may_wait(pool: Pool, desk: Desk) -> None:
    await load_demo(pool, FILE, lambda: NOW)
    maria = demo_id("Maria Lopez")
    entry = await wait(desk, "+12175550142", customer_id=maria)
    assert entry.customer_id == maria
    async with pool.connection() as conn, conn.transaction():
        assert await Waitlist(conn, FILE, NOW).freed(NINE, NINE + timedelta(hours=1)) != []

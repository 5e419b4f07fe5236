"""Many who want the same times at once: nothing twice, nobody lost, nobody waits in a circle."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any

import psycopg
import pytest

from shop.db import Pool, open_pool
from shop.errors import RecordsUnavailable, ShopError, SlotTaken, TimeRefused
from shop.profile.shop import Shop
from shop.schedule import taken
from shop.schedule.booking import Booking
from shop.schedule.slots import Busy
from tests.support.front import (
    DOUBLE_PROMISES,
    TUESDAY,
    WEDNESDAY,
    ZONE,
    Front,
    at,
    caller,
    opened,
    shop_with,
)
from tests.support.schedule import free_starts

pytestmark = pytest.mark.anyio

CALLERS = 50
SERVICES = ("oil_change", "inspection", "brake_service")
HALF_HOURS = [at(TUESDAY, 9) + timedelta(minutes=30 * n) for n in (0, 1, 2, 3, 4, 8, 9, 10)]


@asynccontextmanager
async def rush(dsn: str, shop: Shop) -> AsyncIterator[Front]:
    """A desk with the pool of a service; whatever happens at it, no two wait for each other."""
    async with open_pool(dsn) as pool, opened(pool, shop) as front:
        yield front
    with psycopg.connect(dsn, autocommit=True) as conn:
        found = conn.execute(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone()
    assert found == (0,)


async def insist(ask: Callable[[], Awaitable[Booking]]) -> Booking | ShopError:
    """Ask as a caller does whose line is bad: again while the records are too busy."""
    for _ in range(50):
        try:
            return await ask()
        except RecordsUnavailable:
            continue
        except ShopError as error:
            return error
    raise AssertionError("the records never became free")


async def test_fifty_want_one_time(dsn: str) -> None:
    async with rush(dsn, shop_with(1, "Ann")) as front:

        async def wish(number: int) -> Booking:
            who = caller(number)
            return await front.book(HALF_HOURS[2], key="k", call_sid=f"CA{number}", customer=who)

        outcomes = await asyncio.gather(*(insist(partial(wish, n)) for n in range(CALLERS)))
        booked = [one for one in outcomes if isinstance(one, Booking)]
        refused = [one for one in outcomes if isinstance(one, TimeRefused)]
        assert len(booked) == 1
        assert Counter(map(type, refused)) == {SlotTaken: CALLERS - 1}
        for refusal in refused:
            assert len(refusal.alternatives) == 3
            assert HALF_HOURS[2] not in [slot.starts_at for slot in refusal.alternatives]
        assert await front.count("appointments") == await front.count("customers") == 1
        assert await front.count("effects") == 1


@pytest.mark.parametrize("people", [0, 2, 3], ids=["bays alone", "fewer people", "as many"])
async def test_fifty_want_times_that_overlap_in_part(dsn: str, people: int) -> None:
    async with rush(dsn, shop_with(3, *("Ann", "Ben", "Cho")[:people])) as front:

        async def wish(number: int) -> Booking:
            return await front.book(
                HALF_HOURS[number % len(HALF_HOURS)],
                key="k",
                call_sid=f"CA{number}",
                customer=caller(number),
                service_key=SERVICES[number % len(SERVICES)],
            )

        outcomes = await asyncio.gather(*(insist(partial(wish, n)) for n in range(CALLERS)))
        booked = [one for one in outcomes if isinstance(one, Booking)]
        refused = [one for one in outcomes if isinstance(one, TimeRefused)]
        assert len(booked) + len(refused) == CALLERS
        assert all(refusal.alternatives for refusal in refused)
        assert await front.count("appointments") == len(booked) == await front.count("customers")
        assert await front.fetch(DOUBLE_PROMISES, [front.clock()]) == [(0,)]
        # Whoever was refused was refused rightly: what they wished for is not free now either.
        wishes = {
            (HALF_HOURS[n % len(HALF_HOURS)], SERVICES[n % len(SERVICES)])
            for n, one in enumerate(outcomes)
            if isinstance(one, SlotTaken)
        }
        for starts_at, service in wishes:
            assert starts_at not in await front.free(service_key=service)


async def test_offers_and_bookings_at_once_never_promise_twice(dsn: str) -> None:
    async with rush(dsn, shop_with(2, "Ann", "Ben", "Cho")) as front:
        booked: list[Booking] = []

        async def call(number: int) -> None:
            rng = random.Random(number)
            for turn in range(3):
                await step(number, turn, rng)
                assert await front.fetch(DOUBLE_PROMISES, [front.clock()]) == [(0,)]

        async def step(number: int, turn: int, rng: random.Random) -> None:
            sid, service = f"CA{number}", rng.choice(SERVICES)
            found = await front.offer(
                sid,
                rng.choice((TUESDAY, WEDNESDAY)),
                near=rng.choice((None, time(9), time(14))),
                limit=3,
                service_key=service,
            )
            if not found.slots:
                return
            slot = rng.choice(found.slots)
            if rng.random() < 0.5:
                assert await front.desk.keep(sid, slot) == slot
            if rng.random() < 0.3:
                await front.desk.release(sid)
                return
            made = await front.book(
                slot.starts_at,
                key=str(turn),
                call_sid=sid,
                customer=caller(10 * number + turn),
                service_key=service,
            )
            assert made.appointment.place == slot.place, "what was promised is what one gets"
            booked.append(made)

        for start in range(0, CALLERS, 10):
            await asyncio.gather(*(call(number) for number in range(start, start + 10)))
        assert await front.count("appointments") == len(booked) > 0


@pytest.mark.parametrize(
    ("bays", "other"), [(1, TUESDAY), (2, TUESDAY), (1, WEDNESDAY), (2, WEDNESDAY)]
)
async def test_moves_that_cross_lose_nothing(dsn: str, bays: int, other: date) -> None:
    """Half the cars go from one time to another, the other half the other way about."""
    async with rush(dsn, shop_with(bays)) as front:
        here = [at(TUESDAY, 9) + timedelta(minutes=30 * n) for n in range(6)]
        there = [at(other, 13) + timedelta(minutes=30 * n) for n in range(6)]
        made = [
            await front.book(start, call_sid=f"CA{n}", customer=caller(n))
            for n, start in enumerate([*here, *there])
        ]

        async def cross(number: int, wished: datetime) -> Booking:
            return await front.move(made[number], wished, call_sid=f"CA{number}", key="m")

        goals = [*there, *here]
        outcomes = await asyncio.gather(
            *(insist(partial(cross, n, goal)) for n, goal in enumerate(goals))
        )
        for number, (outcome, goal) in enumerate(zip(outcomes, goals, strict=True)):
            now = await front.desk.appointment(made[number].appointment.id)
            assert now.status == "scheduled"
            moved = isinstance(outcome, Booking)
            assert now.scheduled_at == (goal if moved else made[number].appointment.scheduled_at)
        assert await front.fetch(DOUBLE_PROMISES, [front.clock()]) == [(0,)]
        if bays == 2:
            assert all(isinstance(outcome, Booking) for outcome in outcomes)


async def test_days_do_not_wait_for_each_other(pool: Pool) -> None:
    async with opened(pool, shop_with(1)) as front:
        # As at the start of the service: the bay has its row.
        await front.offer("CA1", WEDNESDAY)
        async with pool.connection() as conn, conn.transaction():
            await taken.lock_days(conn, front.desk.shop, [TUESDAY])
            made = await front.book(at(WEDNESDAY, 10))
            assert made.appointment.scheduled_at == at(WEDNESDAY, 10)
            assert (await front.offer("CA2", WEDNESDAY)).slots
            assert at(TUESDAY, 10) in await front.free(), "and looking waits for nobody"


async def test_a_day_that_stays_locked_is_a_refusal(pool: Pool) -> None:
    async with opened(pool, shop_with(1)) as front, pool.connection() as conn, conn.transaction():
        await taken.lock_days(conn, front.desk.shop, [TUESDAY])
        with pytest.raises(RecordsUnavailable):
            await front.book(at(TUESDAY, 10))


CHANGES = (date(2026, 3, 8), date(2026, 11, 1), TUESDAY)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("day", CHANGES, ids=["clocks go forward", "clocks go back", "neither"])
async def test_what_is_free_is_what_the_oracle_finds(pool: Pool, day: date, seed: int) -> None:
    """Random appointments, promises and blocks as rows; the oracle is told of each by itself."""
    rng = random.Random(seed)
    midnight = datetime.combine(day, time(), tzinfo=ZONE).astimezone(UTC)
    span = time(0), time(23, 30)
    people = ("Ann", "Ben", "Cho")[: rng.randint(0, 3)]
    shop = replace(
        shop_with(rng.randint(1, 3), *people),
        hours=(span,) * 7,
        bookable=(span,) * 7,
        lunch=(time(1), time(2)) if rng.random() < 0.5 else None,
        holidays=(),
        buffer_minutes=rng.choice((0, 10)),
    )
    async with opened(pool, shop) as front:
        front.clock.now = midnight - timedelta(minutes=rng.randint(-200, 600))
        busy = await scatter(front, midnight, rng)
        for asker in (None, "CA1"):
            others = [one for holder, one in busy if holder is None or holder != asker]
            for key in SERVICES:
                service = shop.catalog.find(key)
                expected = free_starts(shop, service, day, others, front.clock())
                found = await front.free(asker, day, key)
                assert list(found) == sorted(expected)
                assert all(s.bay == expected[start][0][0] for start, s in found.items())


async def scatter(
    front: Front, midnight: datetime, rng: random.Random
) -> list[tuple[str | None, Busy]]:
    """Fill the records at random; returns what is taken by that, and who holds it."""
    shop, now = front.desk.shop, front.clock()
    async with front.pool.connection() as conn, conn.transaction():
        await taken.lock_days(conn, shop, [])
    ((customer,),) = await front.fetch(
        "INSERT INTO customers (phone, first_name, last_name)"
        " VALUES ('+12175550131', 'A', 'B') RETURNING id"
    )
    ((car,),) = await front.fetch(
        "INSERT INTO vehicles (customer_id, year, make, model)"
        " VALUES (%s, 2018, 'Honda', 'Civic') RETURNING id",
        [customer],
    )
    busy: list[tuple[str | None, Busy]] = []
    names: list[str | None] = [one.name for one in shop.technicians]
    for _ in range(40):
        start = midnight + timedelta(minutes=15 * rng.randint(-8, 100))
        end = start + timedelta(minutes=15 * rng.randint(1, 10))
        bay = rng.choice(shop.bays).name
        who = rng.choice([*names, None])
        place: dict[str, Any] = {"bay": bay, "who": who, "start": start, "end": end, "now": now}
        match rng.choice(["appointment", "appointment", "cancelled", "hold", "expired", "block"]):
            case "block":
                one = rng.choice([(bay, None), (None, who), (None, None)])
                if one != (None, None) or rng.random() < 0.1:
                    await front.fetch(_BLOCK, {**place, "bay": one[0], "who": one[1]})
                    busy.append((None, Busy(one[0], start, end, one[1], blocked=True)))
            case "hold" | "expired" as kind:
                holder = rng.choice(["CA1", "CA2"])
                until = now + timedelta(minutes=1 if kind == "hold" else 0)
                values = {**place, "holder": holder, "until": until}
                if await _fits(front, _HOLD, values) and kind == "hold":
                    busy.append((holder, Busy(bay, start, end, who)))
            case status:
                status = "scheduled" if status == "appointment" else "cancelled"
                minutes = (end - start) // timedelta(minutes=1)
                values = {**place, "status": status, "minutes": minutes}
                values |= {"customer": customer, "car": car}
                if await _fits(front, _APPOINTMENT, values) and status == "scheduled":
                    busy.append((None, Busy(bay, start, end, who)))
    return busy


async def _fits(front: Front, query: str, values: dict[str, Any]) -> bool:
    try:
        return bool(await front.fetch(query, values))
    except psycopg.errors.ExclusionViolation:
        return False


_PLACE = """
(SELECT id FROM bays WHERE name = %(bay)s), (SELECT id FROM technicians WHERE name = %(who)s)
"""
_BLOCK = f"""
INSERT INTO calendar_blocks (calendar_id, event_id, during, service_bay, technician)
VALUES ('shop', gen_random_uuid()::text, tstzrange(%(start)s, %(end)s), {_PLACE}) RETURNING 1
"""
_HOLD = f"""
INSERT INTO slot_holds
       (holder, service_type, during, expires_at, created_at, service_bay, technician)
VALUES (%(holder)s, 'oil_change', tstzrange(%(start)s, %(end)s), %(until)s, %(now)s, {_PLACE})
RETURNING 1
"""
_APPOINTMENT = f"""
INSERT INTO appointments (customer_id, vehicle_id, scheduled_at, duration_minutes, status,
                          cancelled_at, service_type, service_category, service_description,
                          service_bay, assigned_technician)
VALUES (%(customer)s, %(car)s, %(start)s, %(minutes)s, %(status)s, %(now)s, 'oil_change',
        'maintenance', 'oil change', {_PLACE})
RETURNING 1
"""

"""Many callers at once who want the same: our desk against the insert that leaves it to PostgreSQL.

The naive booker writes the same three rows (ledger, appointment, audit) in one transaction, for the
first bay and technician that it finds free, and lets the exclusion constraints be the judge. It
makes nothing sure beforehand, tries nothing again, and has no other times to tell of.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

import psycopg
from psycopg import errors
from psycopg_pool import PoolTimeout

from evals.bench.ledger import now
from evals.bench.shop_arms import Timed
from evals.bench.shop_single import Person
from shop.db import Pool
from shop.desk import Desk
from shop.errors import RecordsUnavailable, TimeRefused
from shop.profile.catalog import Service
from shop.schedule import slots

BOOKERS = 50

Outcome = Literal["won", "refused", "deadlock", "unanswered"]

OURS, NAIVE, BARE = "desk", "naive insert", "one row committed"


@dataclass(frozen=True, slots=True)
class Wish:
    """What one of the bookers wants."""

    who: Person
    service: Service
    starts_at: datetime


@dataclass(slots=True)
class Rush:
    """What became of so many bookers at once, all rounds together.

    Attributes:
        took: What each booker waited, in ms.
        wall_s: How long each round took as a whole.
        outcomes: Bookers by what they were told; `unanswered` had to wait too long for a lock or
            for a connection.
        deadlocks: As PostgreSQL counts them, those that were mended by trying again included.
        overlaps: Pairs of appointments in one bay or with one technician at one time.
    """

    took: Timed = field(default_factory=Timed)
    wall_s: list[float] = field(default_factory=list)
    outcomes: dict[str, int] = field(default_factory=dict)
    deadlocks: int = 0
    overlaps: int = 0

    @property
    def slowest(self) -> float | None:
        """The longest that anybody waited, in ms."""
        return max((max(one) for one in self.took.rounds if one), default=None)

    @property
    def a_second(self) -> float | None:
        """How many bookers were answered, or given up on, in a second."""
        everybody = sum(len(one) for one in self.took.rounds)
        return everybody / sum(self.wall_s) if self.wall_s else None

    @property
    def won_a_second(self) -> float | None:
        """How many of them got their time, in a second."""
        return self.outcomes.get("won", 0) / sum(self.wall_s) if self.wall_s else None


Scenes = dict[str, dict[str, Rush]]
"""Rushes by what was wanted, and by who took it."""

_Booker = Callable[[Wish, str], Awaitable[Outcome]]


async def rushes(desk: Desk, callers: Sequence[Person], *, rounds: int) -> Scenes:
    """The days ahead are emptied; then desk, naive insert and bare commits take turns."""
    pool = desk.pool
    await _clear(pool)
    wishes = _wishes(desk, callers)
    bookers: dict[str, _Booker] = {
        OURS: lambda wish, name: _ours(desk, wish, name),
        NAIVE: lambda wish, name: _naive(desk, wish, name),
        BARE: lambda _, __: _bare(pool),
    }
    found: Scenes = {scene: {name: Rush() for name in bookers} for scene in wishes}
    for number in range(rounds + 1):
        for scene, wanted in wishes.items():
            for name, booker in bookers.items():
                # The first round fills the pool and the caches, and does not count.
                rush = found[scene][name] if number else Rush()
                await _round(pool, rush, booker, wanted, f"{scene} {name} {number}")
    return found


def _wishes(desk: Desk, callers: Sequence[Person]) -> dict[str, list[Wish]]:
    shop, today = desk.shop, desk.clock().astimezone(desk.shop.zone).date()
    scarce, common = shop.catalog.find("transmission_service"), shop.catalog.find("oil_change")
    ahead = [today + timedelta(days=on) for on in range(1, shop.horizon_days + 1)]
    days = [day for day in ahead if list(slots.starts(shop, common, day))]
    overlapping = list(slots.starts(shop, scarce, days[0]))

    def wish(number: int, service: Service, starts_at: datetime) -> Wish:
        return Wish(callers[number], service, starts_at)

    everybody = range(BOOKERS)
    return {
        "one time": [wish(n, scarce, overlapping[0]) for n in everybody],
        "overlapping times": [
            wish(n, scarce, overlapping[n % len(overlapping)]) for n in everybody
        ],
        "different days": [
            wish(n, common, next(slots.starts(shop, common, days[n % len(days)])))
            for n in everybody
        ],
    }


async def _round(
    pool: Pool, rush: Rush, booker: _Booker, wanted: Sequence[Wish], name: str
) -> None:
    before = await _deadlocks(pool)
    began = now()
    answers = await asyncio.gather(
        *(_timed(booker, wish, f"{name} {n}") for n, wish in enumerate(wanted))
    )
    rush.wall_s.append(now() - began)
    rush.took.rounds.append([took for _, took in answers])
    counted = Counter(rush.outcomes) + Counter(str(outcome) for outcome, _ in answers)
    rush.outcomes = dict(counted)
    rush.deadlocks += await _deadlocks(pool) - before
    rush.overlaps += await _overlaps(pool)
    await _clear(pool)


async def _timed(booker: _Booker, wish: Wish, name: str) -> tuple[Outcome, float]:
    began = now()
    outcome = await booker(wish, name)
    return outcome, (now() - began) * 1000


async def _ours(desk: Desk, wish: Wish, name: str) -> Outcome:
    try:
        await desk.book(
            call_sid=name,
            key="book",
            customer=wish.who.id,
            vehicle=wish.who.vehicle,
            service_key=wish.service.key,
            starts_at=wish.starts_at,
            notes=None,
        )
    except TimeRefused:
        return "refused"
    except RecordsUnavailable:
        return "unanswered"
    return "won"


async def _naive(desk: Desk, wish: Wish, name: str) -> Outcome:
    shop, service = desk.shop, wish.service
    values = {
        "name": name,
        "now": desk.clock(),
        "customer": wish.who.id,
        "vehicle": wish.who.vehicle,
        "starts_at": wish.starts_at,
        "ends_at": wish.starts_at + timedelta(minutes=service.minutes),
        "minutes": service.minutes,
        "service": service.key,
        "category": service.category,
        "bays": list(shop.bays_for(service.key)),
        "technicians": [one.name for one in shop.technicians_for(service.key)],
    }
    try:
        async with desk.pool.connection() as conn, conn.transaction():
            await conn.execute(_LEDGER, values)
            made = await (await conn.execute(_INSERT, values)).fetchone()
            if made is None:
                return "refused"
            await conn.execute(_AUDIT, values | {"id": made[0]})
    except errors.ExclusionViolation:
        return "refused"
    except errors.DeadlockDetected:
        return "deadlock"
    except (errors.LockNotAvailable, errors.QueryCanceled, PoolTimeout):
        return "unanswered"
    return "won"


async def _bare(pool: Pool) -> Outcome:
    try:
        async with pool.connection() as conn:
            await conn.execute("INSERT INTO bench_rows (number) VALUES (0)")
    except psycopg.OperationalError:
        return "unanswered"
    return "won"


async def _deadlocks(pool: Pool) -> int:
    """How many there have been in this database, counted up to this moment."""
    async with AsyncExitStack() as stack:
        # Sessions tell their counts late, unless each of them is asked to.
        for _ in range(pool.max_size):
            conn = await stack.enter_async_context(pool.connection())
            await conn.execute("SELECT pg_stat_force_next_flush()")
    async with pool.connection() as conn:
        rows = await conn.execute(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        )
        row = await rows.fetchone()
        assert row is not None
        return int(row[0])


async def _overlaps(pool: Pool) -> int:
    async with pool.connection() as conn:
        row = await (await conn.execute(_OVERLAPS)).fetchone()
        assert row is not None
        return int(row[0])


async def _clear(pool: Pool) -> None:
    """Empty the schedule ahead, dead rows included: every round meets the same tables."""
    async with pool.connection() as conn:
        await conn.execute("DELETE FROM slot_holds")
        await conn.execute("DELETE FROM appointments WHERE status IN ('scheduled', 'confirmed')")
        await conn.execute("VACUUM appointments, calendar_outbox, slot_holds")


_LEDGER = """
INSERT INTO effects (call_sid, key, kind, request) VALUES (%(name)s, 'book', 'book', '{}')
"""

_INSERT = """
INSERT INTO appointments (customer_id, vehicle_id, scheduled_at, duration_minutes, service_type,
                          service_category, service_description, service_bay, assigned_technician)
SELECT %(customer)s, %(vehicle)s, %(starts_at)s, %(minutes)s, %(service)s, %(category)s,
       %(service)s, b.id, t.id
  FROM bays b, technicians t
 WHERE b.name = ANY (%(bays)s) AND t.name = ANY (%(technicians)s)
   AND NOT EXISTS (
       SELECT FROM appointments a
        WHERE a.status IN ('scheduled', 'confirmed', 'in_progress')
          AND a.during && tstzrange(%(starts_at)s, %(ends_at)s)
          AND (a.service_bay = b.id OR a.assigned_technician = t.id))
 ORDER BY b.id, t.id
 LIMIT 1
RETURNING id
"""

_AUDIT = """
INSERT INTO audit_log (at, call_sid, actor, action, entity, record_id)
VALUES (%(now)s, %(name)s, 'bench', 'book', 'appointments', %(id)s)
"""

_OVERLAPS = """
SELECT count(*)
  FROM appointments a
  JOIN appointments b ON a.id < b.id AND a.during && b.during
   AND (a.service_bay = b.service_bay OR a.assigned_technician = b.assigned_technician)
 WHERE a.status IN ('scheduled', 'confirmed', 'in_progress')
   AND b.status IN ('scheduled', 'confirmed', 'in_progress')
"""

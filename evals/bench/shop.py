"""The shop by itself: what looking up and booking take, beside what PostgreSQL alone would take.

No model and no telephone: the desk as the service opens it, on an embedded PostgreSQL of its own
that keeps its promises (`fsync`), with ten thousand customers on file.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from psycopg import AsyncConnection

from api.core import open_records
from api.settings import Settings
from evals.bench.ledger import now
from evals.bench.shop_arms import Timed, Turns
from evals.bench.shop_rush import Scenes, rushes
from evals.bench.shop_single import Days, days, free_times, lookups, people, writes
from shop.profile.shop import Shop
from shop.seed.loading import load
from shop.seed.making import Rows, Size

SEED = 1
SIZE = Size()

MORNING = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
"""When it is: a Monday, nine o'clock at the shop, with a holiday on Thursday. The same data come of
the same day and seed."""


@dataclass(frozen=True, slots=True)
class ShopShare:
    """How much of the shop is measured."""

    reads: Turns
    writes: Turns
    rushes: int


@dataclass(slots=True)
class ShopResults:
    """What was measured; by arm, in the order of the table."""

    size: Size = SIZE
    seeding_s: float = 0.0
    server: str = ""
    days: Days | None = None
    lookups: dict[str, Timed] = field(default_factory=dict)
    free_times: dict[str, Timed] = field(default_factory=dict)
    writes: dict[str, Timed] = field(default_factory=dict)
    rushes: Scenes = field(default_factory=dict)


async def measure_shop(share: ShopShare, folder: Path, *, size: Size = SIZE) -> ShopResults:
    """The whole of it, on a database that is made in the folder."""
    results = ShopResults(size)
    # Made without looking: nothing of a developer's environment may reach the measurement.
    settings = Settings.model_construct(data_dir=folder)
    async with open_records(settings, lambda: MORNING) as records:
        desk = records.desk
        today = MORNING.astimezone(desk.shop.zone).date()
        began = now()
        rows, results.server = await _seeded(records.dsn, desk.shop, size)
        results.seeding_s = now() - began
        callers = people(rows, seed=SEED)
        results.days = await days(desk.pool, desk.shop, today)
        results.lookups = await lookups(desk, callers, share.reads)
        results.free_times = await free_times(desk, callers, results.days, share.reads)
        results.writes = await writes(desk, callers, results.days.empty, share.writes)
        results.rushes = await rushes(desk, callers, rounds=share.rushes)
    return results


async def _seeded(dsn: str, shop: Shop, size: Size) -> tuple[Rows, str]:
    """The made-up records, and the server's version."""
    today = MORNING.astimezone(shop.zone).date()
    async with await AsyncConnection.connect(dsn, autocommit=True) as conn:
        rows = await load(conn, shop, today=today, size=size, seed=SEED)
        await conn.execute("VACUUM ANALYZE")
        found = await (await conn.execute("SHOW server_version")).fetchone()
        assert found is not None
        return rows, str(found[0])

"""What staff change while the service runs: closed days, and people who cannot be reached.

The shop's file is copied into the records at start; what staff write there stands beside it. Every
process follows these tables, and keeps what it knew last while the database is away.
"""

import asyncio
import datetime as dt
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import psycopg
from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from shop.beside import beside
from shop.clock import Clock
from shop.faults import describe
from shop.profile import hours
from shop.profile.shop import DAYS, Closure, Shop, Week

logger = logging.getLogger(__name__)

POLL_S = 30.0
"""How often the tables are read though nothing was heard of them."""

_RETRY_S = 2.0
_PATIENCE_S = 10.0
_AHEAD = dt.timedelta(days=400)
"""How far past the horizon the file's days are written down, so that a year can be looked over."""


@dataclass(frozen=True, slots=True)
class Changes:
    """The tables as they were read last."""

    closures: Mapping[dt.date, Closure] = field(default_factory=lambda: MappingProxyType({}))
    unavailable: frozenset[str] = frozenset()


@dataclass(slots=True)
class LiveShop:
    """Holds the changes of a process; everybody with a desk sees the same."""

    changes: Changes = field(default_factory=Changes)
    _made: tuple[Shop, Changes, Shop] | None = None

    def over(self, profile: Shop) -> Shop:
        """The shop as it is now."""
        made = self._made
        if made is None or made[0] is not profile or made[1] is not self.changes:
            changes = self.changes
            shop = profile.changed(changes.closures, changes.unavailable)
            made = self._made = (profile, changes, shop)
        return made[2]


async def sync(conn: AsyncConnection[Any], shop: Shop, *, today: dt.date) -> None:
    """Copy the file's bays, people, holidays and closures from today on into the records.

    What has gone from the file goes from there; days that staff have closed and people they have
    marked as away stay so.
    """
    last = today + dt.timedelta(days=shop.horizon_days) + _AHEAD
    days = [today + dt.timedelta(days=ahead) for ahead in range((last - today).days)]
    closed = [(day, found) for day in days if (found := hours.closure(shop, day))]
    people = shop.transfers
    async with conn.transaction():
        # Processes that start at the same time take turns.
        await conn.execute("LOCK TABLE holidays, transfer_targets IN SHARE ROW EXCLUSIVE MODE")
        await _add_names(conn, "bays", sorted(bay.name for bay in shop.bays))
        await _add_names(conn, "technicians", sorted(one.name for one in shop.technicians))
        await conn.execute(
            "DELETE FROM holidays WHERE from_file AND NOT day = ANY(%s)",
            [[day for day, _ in closed]],
        )
        await conn.execute("DELETE FROM transfer_targets WHERE NOT key = ANY(%s)", [list(people)])
        async with conn.cursor() as cur:
            await cur.executemany(
                """
                INSERT INTO holidays (day, name, kind, from_file) VALUES (%s, %s, %s, true)
                ON CONFLICT (day) DO UPDATE SET name = EXCLUDED.name, kind = EXCLUDED.kind
                 WHERE holidays.from_file
                """,
                [(day, found.name, found.kind) for day, found in closed],
            )
            await cur.executemany(
                """
                INSERT INTO transfer_targets (key, name, number, hours) VALUES (%s, %s, %s, %s)
                ON CONFLICT (key) DO UPDATE
                   SET name = EXCLUDED.name, number = EXCLUDED.number, hours = EXCLUDED.hours
                """,
                [(p.key, p.name, p.number, Jsonb(_written(p.hours))) for p in people.values()],
            )


async def _add_names(conn: AsyncConnection[Any], table: str, names: list[str]) -> None:
    assert table in ("bays", "technicians")
    await conn.execute(
        f"INSERT INTO {table} (name) SELECT unnest(%s::text[]) ON CONFLICT (name) DO NOTHING",
        [names],
    )


def _written(week: Week) -> dict[str, list[str]]:
    return {
        day: [f"{edge:%H:%M}" for edge in span]
        for day, span in zip(DAYS, week, strict=True)
        if span is not None
    }


async def read(conn: AsyncConnection[Any]) -> Changes:
    """What the tables say."""
    days = await conn.execute("SELECT day, name, kind FROM holidays")
    closures = {day: Closure(name, kind) for day, name, kind in await days.fetchall()}
    away = await conn.execute("SELECT key FROM transfer_targets WHERE NOT available")
    unavailable = frozenset(key for (key,) in await away.fetchall())
    return Changes(MappingProxyType(closures), unavailable)


@asynccontextmanager
async def open_live(
    dsn: str, shop: Shop, clock: Clock, *, poll_s: float = POLL_S
) -> AsyncIterator[LiveShop]:
    """The file copied into the records, and their changes followed until the context ends."""
    async with await AsyncConnection.connect(dsn, autocommit=True) as conn:
        await conn.execute(f"SET statement_timeout = '{_PATIENCE_S:.0f}s'")
        await sync(conn, shop, today=clock().astimezone(shop.zone).date())
        live = LiveShop(await read(conn))
    async with beside(_keep_following(dsn, live, poll_s)):
        yield live


async def _keep_following(dsn: str, live: LiveShop, poll_s: float) -> None:
    while True:
        try:
            async with await AsyncConnection.connect(
                dsn, autocommit=True, connect_timeout=5
            ) as conn:
                await _follow(conn, live, poll_s)
        except (psycopg.Error, OSError, TimeoutError) as error:
            # Closed days stay closed until the database can say otherwise.
            logger.warning("shop: changes are not heard of for now: %s", describe(error))
        await asyncio.sleep(min(_RETRY_S, poll_s))


async def _follow(conn: AsyncConnection[Any], live: LiveShop, poll_s: float) -> None:
    await conn.execute("LISTEN shop_changed")
    while True:
        async with asyncio.timeout(_PATIENCE_S):
            live.changes = await read(conn)
        async with aclosing(conn.notifies(timeout=poll_s, stop_after=1)) as notes:
            async for _ in notes:
                pass

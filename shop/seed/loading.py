"""`python -m shop.seed`: a full set of made-up records, loaded by COPY.

The connection string is read from standard input, so that no list of processes shows its password.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
from psycopg import AsyncConnection, sql

from shop.db import MigrationError, check_dsn, migrate
from shop.profile.shop import Shop, load_shop
from shop.schedule import taken
from shop.seed.making import Maker, NoRoom, Row, Rows, Size

SEED = 1


class SeedRefused(Exception):
    """The records cannot be loaded. The text says why, and what to do."""


async def load(
    conn: AsyncConnection[Any], shop: Shop, *, today: date, size: Size, seed: int = SEED
) -> Rows:
    """Make records and load them in one transaction, around the appointments that are there.

    Raises:
        SeedRefused: This set is loaded already, or there is no room for it.
    """
    days = [today + timedelta(days=on) for on in range(shop.horizon_days + 1)]
    span = taken.bounds(shop, days[0], days[-1])
    async with conn.transaction():
        found = await taken.read(conn, shop, span, now=span[0], locking=days)
        bays, people = await taken.place_ids(conn)
        maker = Maker(shop, today=today, seed=seed, bays=bays, technicians=people, busy=found.busy)
        try:
            rows = await asyncio.to_thread(maker.make, size)
        except NoRoom as error:
            raise SeedRefused(str(error)) from error
        await _refuse_twice(conn, rows)
        for table in fields(rows):
            await _copy(conn, table.name, getattr(rows, table.name))
        await conn.execute(
            """
            UPDATE customers c SET last_service_date = v.last
              FROM (SELECT customer_id, max(last_service_date) AS last FROM vehicles GROUP BY 1) v
             WHERE v.customer_id = c.id AND v.last IS DISTINCT FROM c.last_service_date
            """
        )
    await conn.execute("ANALYZE")
    return rows


async def _refuse_twice(conn: AsyncConnection[Any], rows: Rows) -> None:
    found = await conn.execute(
        "SELECT 1 FROM customers WHERE id = ANY(%s) LIMIT 1", [[c["id"] for c in rows.customers]]
    )
    if await found.fetchone() is not None:
        raise SeedRefused(
            "these records are in the database already; use another database, or another --seed"
        )


async def _copy(conn: AsyncConnection[Any], table: str, rows: list[Row]) -> None:
    if not rows:
        return
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, rows[0]))
    )
    async with conn.cursor() as cur, cur.copy(statement) as copy:
        for row in rows:
            await copy.write_row(tuple(row.values()))


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m shop.seed", description=__doc__)
    parser.add_argument("--database-url", help="where to load them; default: a line of the input")
    parser.add_argument("--seed", type=int, default=SEED, help="another one makes other records")
    parser.add_argument("--today", type=date.fromisoformat, help="YYYY-MM-DD; default: today")
    for name in fields(Size):
        parser.add_argument(f"--{name.name}", type=int, default=name.default, metavar="N")
    return parser.parse_args(argv)


async def _run(arguments: argparse.Namespace) -> str:
    dsn = arguments.database_url or (await asyncio.to_thread(sys.stdin.readline)).strip()
    check_dsn(dsn)
    size = Size(arguments.customers, arguments.vehicles, arguments.appointments)
    if not 0 < size.customers <= size.vehicles <= 3 * size.customers:
        raise SeedRefused("everybody owns one to three cars: --vehicles does not fit --customers")
    shop = load_shop()
    today = arguments.today or datetime.now(UTC).astimezone(shop.zone).date()
    await migrate(dsn)
    async with await AsyncConnection.connect(dsn, autocommit=True) as conn:
        begun = asyncio.get_running_loop().time()
        rows = await load(conn, shop, today=today, size=size, seed=arguments.seed)
        took = asyncio.get_running_loop().time() - begun
    counts = ", ".join(f"{len(getattr(rows, t.name)):,} {t.name}" for t in fields(rows))
    return f"loaded {counts} in {took:.1f} s"


def main(argv: Sequence[str] | None = None) -> int:
    """Load the records; the exit status says whether they are there."""
    try:
        sys.stdout.write(f"{asyncio.run(_run(_arguments(argv)))}\n")
    except (SeedRefused, MigrationError, ValueError) as error:
        sys.stderr.write(f"nothing loaded: {error}\n")
        return 1
    except psycopg.Error as error:
        said = error.diag.message_primary or "the database does not answer"
        sys.stderr.write(f"nothing loaded: {said}\n")
        return 1
    return 0

"""`python -m shop`: check the shop's file; close and open days; say who cannot be reached.

What is written goes to the database whose connection string is the first line of standard input, so
that no list of processes shows its password. A running service follows within seconds.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
from psycopg import AsyncConnection

from shop.db import MigrationError, check_dsn, migrate
from shop.profile.closing import Staff, StaffRefused
from shop.profile.hours import closed_spoken
from shop.profile.shop import PACKAGE_FILE, Closure, ProfileRefused, Shop, load_shop
from shop.profile.words import in_words


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m shop", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    check = verbs.add_parser("check", help="say what a shop's file means, or what is wrong in it")
    check.add_argument("file", type=Path, nargs="?", default=PACKAGE_FILE)
    close = verbs.add_parser("close", help="close a day")
    close.add_argument("day", type=date.fromisoformat, help="YYYY-MM-DD")
    close.add_argument("name", help='why, as it is said: "the ice storm"')
    close.add_argument("--kind", choices=("weather", "other"), default="other")
    opened = verbs.add_parser("open", help="open a day again")
    opened.add_argument("day", type=date.fromisoformat, help="YYYY-MM-DD")
    for verb, what in (("away", "put no calls through to somebody"), ("back", "do so again")):
        verbs.add_parser(verb, help=what).add_argument("key", help="as in service_advisor")
    for verb in ("close", "open", "away", "back"):
        verbs.choices[verb].add_argument(
            "--file", type=Path, default=PACKAGE_FILE, help="the shop's file, if it is another one"
        )
    return parser.parse_args(argv)


async def _run(arguments: argparse.Namespace) -> str:
    shop = await asyncio.to_thread(load_shop, arguments.file)
    now = datetime.now(UTC)
    if arguments.verb == "check":
        return in_words(shop, now.astimezone(shop.zone).date())
    dsn = (await asyncio.to_thread(sys.stdin.readline)).strip()
    check_dsn(dsn)
    await migrate(dsn)
    async with await AsyncConnection.connect(dsn, autocommit=True) as conn:
        return await _write(Staff(conn, shop, now), arguments)


async def _write(staff: Staff, arguments: argparse.Namespace) -> str:
    if arguments.verb == "close":
        closure = Closure(arguments.name.strip(), arguments.kind)
        await staff.close(arguments.day, closure)
        return await _closed(staff, arguments.day, closure)
    if arguments.verb == "open":
        await staff.open(arguments.day)
        return f"{arguments.day} is as any other {arguments.day:%A} again"
    available = arguments.verb == "back"
    await staff.reachable(arguments.key, available=available)
    return f"calls are put through to {arguments.key} {'again' if available else 'no more'}"


async def _closed(staff: Staff, day: date, closure: Closure) -> str:
    shop: Shop = staff.shop.changed({day: closure}, frozenset())
    said = f"{day}, a {day:%A}, is {closed_spoken(shop, day)}"
    booked = await staff.booked(day)
    if not booked:
        return f"{said}; no appointments stand on it"
    count = f"{len(booked)} appointment{'s stand' if len(booked) > 1 else ' stands'}"
    lines = "\n".join(f"  {at:%H:%M}  {id_}" for id_, at in booked)
    return f"{said}; {count} on it, so call whoever is to come:\n{lines}"


def main(argv: Sequence[str] | None = None) -> int:
    """Do it; 1 if it was refused, with the reason on standard error."""
    try:
        sys.stdout.write(f"{asyncio.run(_run(_arguments(argv)))}\n")
    except ProfileRefused as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except (StaffRefused, MigrationError, ValueError) as error:
        sys.stderr.write(f"nothing changed: {error}\n")
        return 1
    except psycopg.Error as error:
        said = error.diag.message_primary or "the database does not answer"
        sys.stderr.write(f"nothing changed: {said}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""`python -m api timeline CALL`: draw how long a caller waited on each turn, and for what."""

import asyncio
import sys
from collections.abc import Sequence

from psycopg import AsyncConnection, Error

from api.parts import database, profile
from api.settings import SettingsRefused, read_settings
from api.telemetry.facts import trace_id
from api.turns import drawn
from shop.calls.turns import Turns
from shop.postgres.errors import PostgresUnavailable
from shop.profile.shop import ProfileRefused


async def _lines(call_sid: str) -> list[str]:
    settings = read_settings()
    zone = profile(settings).zone
    async with database(settings) as (dsn, _):
        connection = await AsyncConnection.connect(dsn)
        async with connection:
            return list(drawn(await Turns(connection).of(call_sid), zone))


def main(arguments: Sequence[str]) -> int:
    """Draw the turns of the call that is named. 2 if none is, 1 if there is nothing to draw."""
    if len(arguments) != 1:
        return _refuse("usage: python -m api timeline CALL", code=2)
    try:
        lines = asyncio.run(_lines(arguments[0]))
    except (SettingsRefused, ProfileRefused, PostgresUnavailable) as error:
        return _refuse(str(error))
    except Error as error:  # its own text may quote the connection string
        return _refuse(f"DATABASE_URL: the records cannot be read ({type(error).__name__})")
    if not lines:
        return _refuse("no turn of that call is written down; they are when its line is closed")
    head = f"call {arguments[0]}, trace {trace_id(arguments[0]):032x}"
    sys.stdout.write("\n".join([head, *lines, ""]))
    return 0


def _refuse(reason: str, *, code: int = 1) -> int:
    sys.stderr.write(f"{reason}\n")
    return code

"""`python -m api.db_url`: print the connection string in use, starting the server if need be.

An embedded server that nobody else uses then stays up for ten minutes, for a `psql` started next.
"""

import asyncio
import sys

from api.parts import database
from api.settings import SettingsRefused, read_settings
from shop.postgres.errors import PostgresUnavailable

STAYS_UP_S = 600


async def _show() -> None:
    async with database(read_settings()) as (dsn, own):
        if own is not None:
            await own.keep_for(STAYS_UP_S)
        sys.stdout.write(f"{dsn}\n")


def main() -> int:
    """Print it."""
    try:
        asyncio.run(_show())
    except (SettingsRefused, PostgresUnavailable) as error:
        sys.stderr.write(f"no database: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

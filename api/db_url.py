"""`python -m api.db_url`: print the connection string in use, starting the server if need be.

With `--wait` it is kept up until interrupted; without, it stops again with its last user.
"""

import asyncio
import sys

from api.parts import database
from api.settings import SettingsRefused, read_settings
from shop.postgres.errors import PostgresUnavailable


async def _show(wait: bool) -> None:
    async with database(read_settings()) as (dsn, _):
        sys.stdout.write(f"{dsn}\n")
        sys.stdout.flush()
        if wait:
            await asyncio.Event().wait()


def main() -> int:
    """Print it."""
    try:
        asyncio.run(_show("--wait" in sys.argv[1:]))
    except (SettingsRefused, PostgresUnavailable) as error:
        sys.stderr.write(f"no database: {error}\n")
        return 1
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())

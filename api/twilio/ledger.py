"""Spent stream tokens of all processes that share a database."""

from collections.abc import Callable
from datetime import datetime

from shop.db import Pool


class SharedLedger:
    """A `TokenLedger` in PostgreSQL. The pool is asked for late: routes exist before it."""

    def __init__(self, pool: Callable[[], Pool]) -> None:
        self._pool = pool

    async def spend(self, nonce: str, *, until: datetime, now: datetime) -> bool:
        """Note a token as spent; false if it was already, in any process.

        Raises:
            psycopg.Error: The database is out of reach; the token opens nothing.
        """
        async with self._pool().connection() as connection:
            await connection.execute("DELETE FROM stream_tokens WHERE expires_at <= %s", [now])
            spent = await connection.execute(
                "INSERT INTO stream_tokens (nonce, expires_at) VALUES (%s, %s)"
                " ON CONFLICT (nonce) DO NOTHING",
                [nonce, until],
            )
        return spent.rowcount == 1

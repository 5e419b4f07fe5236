"""How often somebody has tried to prove who they are."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

MOST_FAILURES = 5
"""So many failures within `WINDOW`, over all calls, and a customer is not verified by phone."""

WINDOW = timedelta(days=1)


class Attempts:
    """The verification_attempts table. The caller owns the connection and so the transaction."""

    def __init__(self, conn: AsyncConnection[Any]) -> None:
        self._conn = conn

    async def add(
        self,
        *,
        call_sid: str,
        customer_id: UUID | None,
        factor: str,
        passed: bool,
        now: datetime,
    ) -> None:
        """Note one attempt; what was stated is not kept."""
        await self._conn.execute(
            """
            INSERT INTO verification_attempts (call_sid, customer_id, factor, passed, created_at)
            VALUES (%s, %s, %s, %s, %s)
            """,
            [call_sid, customer_id, factor, passed, now],
        )

    async def locked(self, customer_id: UUID, *, now: datetime) -> bool:
        """Whether there were too many failures lately."""
        rows = await self._conn.execute(
            """
            SELECT count(*) FROM verification_attempts
             WHERE customer_id = %s AND NOT passed AND created_at > %s
            """,
            [customer_id, now - WINDOW],
        )
        row = await rows.fetchone()
        assert row is not None
        return int(row[0]) >= MOST_FAILURES

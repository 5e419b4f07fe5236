"""What each language model took on each call."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypedDict, cast

from psycopg import AsyncConnection
from psycopg.rows import dict_row


class ModelUse(TypedDict):
    """What one model took, in tokens and millionths of a dollar.

    `cached_tokens` are those of the prompt that its vendor had in its cache.
    """

    model: str
    replies: int
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    cost_micros: int


class ModelUses:
    """The call_models table. The caller owns the connection and so the transaction."""

    def __init__(self, conn: AsyncConnection[Any]) -> None:
        self._conn = conn

    async def put(self, call_sid: str, uses: Sequence[ModelUse]) -> None:
        """What was taken on a call, in place of what was written of it before."""
        await self._conn.execute("DELETE FROM call_models WHERE call_sid = %s", [call_sid])
        for use in uses:
            await self._conn.execute(
                """
                INSERT INTO call_models (call_sid, model, replies, prompt_tokens, cached_tokens,
                                         completion_tokens, cost_micros)
                VALUES (%(call_sid)s, %(model)s, %(replies)s, %(prompt_tokens)s, %(cached_tokens)s,
                        %(completion_tokens)s, %(cost_micros)s)
                """,
                {**use, "call_sid": call_sid},
            )

    async def between(self, begin: datetime, end: datetime) -> list[ModelUse]:
        """The sums of closed calls that began from one moment to before the other, by model."""
        async with self._conn.cursor(row_factory=dict_row) as cur:
            await cur.execute(
                """
                SELECT m.model, sum(m.replies)::int AS replies,
                       sum(m.prompt_tokens)::bigint AS prompt_tokens,
                       sum(m.cached_tokens)::bigint AS cached_tokens,
                       sum(m.completion_tokens)::bigint AS completion_tokens,
                       sum(m.cost_micros)::bigint AS cost_micros
                  FROM call_models m JOIN call_logs c USING (call_sid)
                 WHERE c.status = 'closed' AND c.created_at >= %s AND c.created_at < %s
                 GROUP BY m.model
                 ORDER BY m.model
                """,
                [begin, end],
            )
            return cast(list[ModelUse], await cur.fetchall())

"""How long callers waited, turn by turn, and for what."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypedDict, cast

from psycopg import AsyncConnection
from psycopg.rows import dict_row


class TurnTimes(TypedDict):
    """One turn, in milliseconds since its caller stopped; None where it has not happened.

    `line_at` is when the line was opened: a call whose line dropped has had several. `stopped_ms`
    counts from there.
    """

    line_at: datetime
    turn: int
    stopped_ms: float
    committed_ms: float
    early_begun_ms: float | None
    early_dropped_ms: float | None
    early_adopted: bool
    first_token_ms: float | None
    first_clause_ms: float | None
    first_voice_ms: float | None
    first_frame_ms: float | None
    first_mark_ms: float | None
    last_mark_ms: float | None
    interrupted_ms: float | None
    fillers: int


_COLUMNS = tuple(TurnTimes.__annotations__)
_NAMED = ", ".join(_COLUMNS)
_VALUES = ", ".join(f"%({name})s" for name in _COLUMNS)


class Turns:
    """The call_turns table. The caller owns the connection and so the transaction."""

    def __init__(self, conn: AsyncConnection[Any]) -> None:
        self._conn = conn

    async def put(self, call_sid: str, turns: Sequence[TurnTimes]) -> None:
        """Add the turns of a line. What is written of a turn already stays."""
        if not turns:
            return
        async with self._conn.cursor() as cur:
            await cur.executemany(
                f"""
                INSERT INTO call_turns (call_sid, {_NAMED}) VALUES (%(call_sid)s, {_VALUES})
                ON CONFLICT DO NOTHING
                """,
                [{**turn, "call_sid": call_sid} for turn in turns],
            )

    async def of(self, call_sid: str) -> list[TurnTimes]:
        """The turns of a call, in order."""
        async with self._conn.cursor(row_factory=dict_row) as cur:
            await cur.execute(
                f"SELECT {_NAMED} FROM call_turns WHERE call_sid = %s ORDER BY line_at, turn",
                [call_sid],
            )
            return cast(list[TurnTimes], await cur.fetchall())

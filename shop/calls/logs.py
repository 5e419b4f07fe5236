"""The record of every call, whatever became of it: one row each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, NotRequired, TypedDict
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from shop.calls.turns import TurnTimes
from shop.calls.usage import ModelUse
from shop.db import holder_of

Direction = Literal["inbound", "outbound"]


Parted = Literal["heard", "voiceless"]
"""The conversation came to its own end; or no voice was left to say anything."""


class CallStart(TypedDict):
    """What is known when a call begins. `caller_phone` is in E.164, or None if withheld."""

    direction: Direction
    caller_phone: str | None
    call_type: str
    channel: str
    variant: str
    model: str | None


class CallEnd(TypedDict):
    """What is known when a call is over. `transcript` is a list of JSON-able turns."""

    outcome: str
    intent: NotRequired[str | None]
    access: NotRequired[str | None]
    transcript: NotRequired[Sequence[Mapping[str, Any]]]
    customer_id: NotRequired[UUID | None]
    appointment_id: NotRequired[UUID | None]
    prompt_tokens: NotRequired[int]
    completion_tokens: NotRequired[int]
    cost_micros: NotRequired[int]
    models: NotRequired[Sequence[ModelUse]]
    model: NotRequired[str | None]
    summary: NotRequired[str | None]
    turns: NotRequired[Sequence[TurnTimes]]


@dataclass(frozen=True, slots=True)
class CallLog:
    """One row of call_logs."""

    call_sid: str
    customer_id: UUID | None
    direction: Direction
    caller_phone: str | None = field(repr=False)
    call_type: str
    channel: str
    variant: str
    access: str | None
    duration_seconds: int | None
    transcript: list[dict[str, Any]] = field(repr=False)
    summary: str | None = field(repr=False)
    intent_detected: str | None
    appointment_id: UUID | None
    outcome: str | None
    llm_model_used: str | None
    prompt_tokens: int
    completion_tokens: int
    total_tokens_used: int
    cost_micros: int
    status: Literal["open", "closed"]
    created_at: datetime
    ended_at: datetime | None


class Calls:
    """The call_logs table. The caller owns the connection and so the transaction."""

    def __init__(self, conn: AsyncConnection[Any]) -> None:
        self._conn = conn

    async def open(self, call_sid: str, start: CallStart, *, now: datetime) -> None:
        """Begin the record of a call, or take it up; from now on it is this process's.

        Waits for what another process is still writing for it.
        """
        await self._conn.execute(
            """
            INSERT INTO call_logs (call_sid, direction, caller_phone, call_type, channel, variant,
                                   llm_model_used, created_at, opened_at, held_by)
            VALUES (%(call_sid)s, %(direction)s, %(caller_phone)s, %(call_type)s, %(channel)s,
                    %(variant)s, %(model)s, %(now)s, %(now)s, %(holder)s)
            ON CONFLICT (call_sid) DO UPDATE
               SET status = 'open', opened_at = %(now)s, ended_at = NULL, outcome = NULL,
                   held_by = %(holder)s, parted = NULL, parted_at = NULL
            """,
            {**start, "call_sid": call_sid, "now": now, "holder": holder_of(self._conn)},
        )

    async def close(self, call_sid: str, end: CallEnd, *, now: datetime) -> bool:
        """Finish the record of a call; False if it was finished already, and stays as it is.

        So it does if it goes on in another process. A call whose beginning could not be written
        down is written down now.
        """
        rows = await self._conn.execute(
            """
            INSERT INTO call_logs AS c (
                call_sid, status, outcome, intent_detected, access, transcript, customer_id,
                appointment_id, prompt_tokens, completion_tokens, cost_micros, llm_model_used,
                summary, created_at, opened_at, ended_at, duration_seconds)
            VALUES (
                %(call_sid)s, 'closed', %(outcome)s, %(intent)s, %(access)s, %(transcript)s,
                %(customer_id)s, %(appointment_id)s, %(prompt_tokens)s, %(completion_tokens)s,
                %(cost_micros)s, %(model)s, %(summary)s, %(now)s, %(now)s, %(now)s, 0)
            ON CONFLICT (call_sid) DO UPDATE
               SET status = 'closed', outcome = excluded.outcome,
                   intent_detected = excluded.intent_detected, access = excluded.access,
                   transcript = excluded.transcript, customer_id = excluded.customer_id,
                   appointment_id = excluded.appointment_id,
                   prompt_tokens = excluded.prompt_tokens,
                   completion_tokens = excluded.completion_tokens,
                   cost_micros = excluded.cost_micros,
                   llm_model_used = coalesce(excluded.llm_model_used, c.llm_model_used),
                   summary = excluded.summary, ended_at = excluded.ended_at,
                   duration_seconds =
                       greatest(0, extract(epoch FROM excluded.ended_at - c.created_at))
             WHERE c.status = 'open'
               AND (c.held_by IS NULL OR %(holder)s::uuid IS NULL OR c.held_by = %(holder)s)
            """,
            {
                "call_sid": call_sid,
                "holder": holder_of(self._conn),
                "now": now,
                "intent": None,
                "access": None,
                "customer_id": None,
                "appointment_id": None,
                "prompt_tokens": 0,
                "completion_tokens": 0,
                "cost_micros": 0,
                "model": None,
                "summary": None,
                **end,
                "transcript": Jsonb(list(end.get("transcript", []))),
            },
        )
        return rows.rowcount == 1

    async def part(self, call_sid: str, how: Parted, *, now: datetime) -> None:
        """Write down that the conversation is over, while the line is still open."""
        await self._conn.execute(
            """
            UPDATE call_logs SET parted = %(how)s, parted_at = %(now)s
             WHERE call_sid = %(call_sid)s AND parted IS DISTINCT FROM %(how)s
            """,
            {"call_sid": call_sid, "how": how, "now": now},
        )

    async def parted(self, call_sid: str) -> Parted | None:
        """How the conversation came to its end; None while it goes on, or where there is none."""
        rows = await self._conn.execute(
            "SELECT parted FROM call_logs WHERE call_sid = %s", [call_sid]
        )
        found = await rows.fetchone()
        return found[0] if found is not None else None

    async def sweep(self, *, stale_after: timedelta, now: datetime) -> int:
        """Close what a killed process left open for too long; returns how many there were."""
        rows = await self._conn.execute(
            """
            UPDATE call_logs
               SET status = 'closed', outcome = 'abandoned', ended_at = %(now)s
             WHERE status = 'open' AND opened_at <= %(before)s
            """,
            {"now": now, "before": now - stale_after},
        )
        return rows.rowcount

    async def broken_off(self, phone: str, *, since: datetime, but: str) -> str | None:
        """The last call from a number, if nothing had come of it when it ended."""
        rows = await self._conn.execute(
            """
            SELECT call_sid, outcome FROM call_logs
             WHERE caller_phone = %(phone)s AND status = 'closed' AND ended_at >= %(since)s
               AND call_sid <> %(but)s
             ORDER BY ended_at DESC LIMIT 1
            """,
            {"phone": phone, "since": since, "but": but},
        )
        found = await rows.fetchone()
        return found[0] if found is not None and found[1] == "abandoned" else None

    async def get(self, call_sid: str) -> CallLog | None:
        """The record of a call, if there is one."""
        async with self._conn.cursor(row_factory=class_row(CallLog)) as cur:
            await cur.execute(
                """
                SELECT call_sid, customer_id, direction, caller_phone, call_type, channel, variant,
                       access, duration_seconds, transcript, summary, intent_detected,
                       appointment_id, outcome, llm_model_used, prompt_tokens, completion_tokens,
                       total_tokens_used, cost_micros, status, created_at, ended_at
                  FROM call_logs
                 WHERE call_sid = %s
                """,
                [call_sid],
            )
            return await cur.fetchone()

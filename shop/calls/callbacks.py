"""What people at the shop are asked to do: call back, send a tow truck."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, LiteralString, TypeVar
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

Urgency = Literal["normal", "urgent"]

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Callback:
    """A promise that somebody rings back."""

    id: UUID
    phone: str = field(repr=False)
    name: str | None = field(repr=False)
    topic: str = field(repr=False)
    summary: str = field(repr=False)
    urgency: Urgency
    status: Literal["open", "done"]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class TowRequest:
    """A car that is to be fetched."""

    id: UUID
    phone: str = field(repr=False)
    location: str = field(repr=False)
    problem: str = field(repr=False)
    vehicle: str | None
    safe: bool | None
    status: Literal["open", "done"]
    created_at: datetime


class Callbacks:
    """The callbacks and tow_requests tables. The caller owns the connection."""

    def __init__(self, conn: AsyncConnection[Any]) -> None:
        self._conn = conn

    async def add(
        self, callback: Callback, *, call_sid: str, waitlist_entry: UUID | None = None
    ) -> UUID:
        """Write a promise down, perhaps one to somebody on the waiting list."""
        await self._conn.execute(
            """
            INSERT INTO callbacks (id, call_sid, phone, name, topic, summary, urgency, created_at,
                                   waitlist_entry)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
            """,
            [
                callback.id, call_sid, callback.phone, callback.name, callback.topic,
                callback.summary, callback.urgency, callback.created_at, waitlist_entry,
            ],
        )  # fmt: skip
        return callback.id

    async def get(self, callback_id: UUID) -> Callback:
        """One promise that has been made."""
        return await self._one(
            Callback,
            "SELECT id, phone, name, topic, summary, urgency, status, created_at FROM callbacks",
            callback_id,
        )

    async def settle(self, waitlist_entry: UUID, *, now: datetime) -> None:
        """Nobody needs to ring about an entry of the waiting list any more."""
        await self._conn.execute(
            """
            UPDATE callbacks SET status = 'done', closed_at = %s
             WHERE waitlist_entry = %s AND status = 'open'
            """,
            [now, waitlist_entry],
        )

    async def add_tow(self, tow: TowRequest, *, call_sid: str) -> UUID:
        """Write a tow request down."""
        await self._conn.execute(
            """
            INSERT INTO tow_requests (id, call_sid, phone, location, problem, vehicle, safe,
                                      created_at)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
            """,
            [
                tow.id,
                call_sid,
                tow.phone,
                tow.location,
                tow.problem,
                tow.vehicle,
                tow.safe,
                tow.created_at,
            ],
        )
        return tow.id

    async def get_tow(self, tow_id: UUID) -> TowRequest:
        """One tow request that has been made."""
        return await self._one(
            TowRequest,
            "SELECT id, phone, location, problem, vehicle, safe, status, created_at"
            " FROM tow_requests",
            tow_id,
        )

    async def _one(self, kind: type[_T], query: LiteralString, record_id: UUID) -> _T:
        async with self._conn.cursor(row_factory=class_row(kind)) as cur:
            await cur.execute(f"{query} WHERE id = %s", [record_id])
            found = await cur.fetchone()
        assert found is not None, "only ids that were just written are asked for"
        return found

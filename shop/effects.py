"""The ledger: what a tool call has already done, kept in the transaction of the deed itself.

A key names an intent, such as moving one appointment to one time. However often it is asked for on
a call, because a process died, a reply was lost or a model repeats itself, it is done once.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from shop.calls.holding import check_held


class Effects:
    """The effects table. The caller owns the connection and so the transaction."""

    def __init__(self, conn: AsyncConnection[Any]) -> None:
        self._conn = conn

    async def claim(
        self, call_sid: str, key: str, kind: str, request: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """What the key has led to before; None if the deed is now the caller's to do and record.

        Whoever claims the same key meanwhile waits until this transaction ends.

        Raises:
            CallElsewhere: Another process has taken the call up.
            ValueError: The key has been used for something else.
        """
        await check_held(self._conn, call_sid)
        claimed = await self._conn.execute(
            """
            INSERT INTO effects (call_sid, key, kind, request) VALUES (%s, %s, %s, %s)
            ON CONFLICT DO NOTHING
            """,
            [call_sid, key, kind, Jsonb(dict(request))],
        )
        if claimed.rowcount == 1:
            return None
        rows = await self._conn.execute(
            """
            SELECT kind, request, result FROM effects
             WHERE call_sid = %s AND key = %s FOR NO KEY UPDATE
            """,
            [call_sid, key],
        )
        row = await rows.fetchone()
        assert row is not None, "entries are never deleted"
        was, before, result = row
        if was != kind:
            raise ValueError(f"an effect key of kind {was} was used again for {kind}")
        if before != dict(request):
            raise ValueError(f"an effect key of kind {was} was used again for something else")
        return dict(result)

    async def record(self, call_sid: str, key: str, result: Mapping[str, Any]) -> None:
        """Say what a claimed key has led to."""
        await self._conn.execute(
            "UPDATE effects SET result = %s WHERE call_sid = %s AND key = %s",
            [Jsonb(dict(result)), call_sid, key],
        )

    async def once(
        self,
        call_sid: str,
        key: str,
        kind: str,
        request: Mapping[str, Any],
        write: Callable[[], Awaitable[UUID]],
    ) -> UUID:
        """Write a record unless the key already has; returns its id either way."""
        earlier = await self.claim(call_sid, key, kind, request)
        if earlier is not None:
            return UUID(earlier["id"])
        made = await write()
        await self.record(call_sid, key, {"id": str(made)})
        return made

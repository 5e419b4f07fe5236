"""Who changed what, and when. Entries are only ever added."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb


@dataclass(frozen=True, slots=True)
class Audit:
    """Notes what one call changes, in the transaction of the change."""

    conn: AsyncConnection[Any]
    call_sid: str
    now: datetime

    async def note(
        self, action: str, entity: str, record_id: UUID, details: Mapping[str, Any] | None = None
    ) -> None:
        """Add an entry. `details` hold ids and times, never what a caller said."""
        await self.conn.execute(
            """
            INSERT INTO audit_log (at, call_sid, actor, action, entity, record_id, details)
            VALUES (%s, %s, 'ai_voice', %s, %s, %s, %s)
            """,
            [self.now, self.call_sid, action, entity, record_id, Jsonb(dict(details or {}))],
        )

"""Who changed what or was told what, and when. Entries are only ever added."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb


@dataclass(frozen=True, slots=True)
class Audit:
    """Notes what is changed and told, in the transaction in which that happens.

    Attributes:
        call_sid: The call on which it happens; None for what happens between calls.
        actor: Who does it: the receptionist, unless it is said otherwise.
    """

    conn: AsyncConnection[Any]
    call_sid: str | None
    now: datetime
    actor: str = "ai_voice"

    async def note(
        self,
        action: str,
        entity: str,
        record_id: UUID | None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        """Add an entry. `details` hold ids, names of fields and times, never what a caller said."""
        await self.conn.execute(
            """
            INSERT INTO audit_log (at, call_sid, actor, action, entity, record_id, details)
            VALUES (%s, %s, %s, %s, %s, %s, %s)
            """,
            [
                self.now, self.call_sid, self.actor, action, entity, record_id,
                Jsonb(dict(details or {})),
            ],
        )  # fmt: skip

    async def disclosed(self, entity: str, records: Sequence[UUID], fields: Sequence[str]) -> None:
        """Add an entry for each record that a caller is told these fields of."""
        await self.conn.execute(
            """
            INSERT INTO audit_log (at, call_sid, actor, action, entity, record_id, details)
            SELECT %s, %s, %s, 'disclose', %s, record, %s
              FROM unnest(%s::uuid[]) WITH ORDINALITY AS r(record, place)
             ORDER BY place
            """,
            [
                self.now, self.call_sid, self.actor, entity, Jsonb({"fields": list(fields)}),
                list(records),
            ],
        )  # fmt: skip

"""What staff are told when what they did in the calendar cannot be done: somebody rings them.

It is written among the call-backs, with the shop's own number, where staff look for what is to do.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from psycopg import AsyncConnection

from shop.audit import Audit
from shop.calendar.google_events import Event
from shop.calendar.rows import Row
from shop.calls.callbacks import Callback, Callbacks
from shop.effects import Effects
from shop.profile.shop import Shop

ACTOR = "calendar"
"""Who does what staff do in the calendar, in the audit log."""

OVERTAKEN = "it was changed by telephone in the meantime"

_CALL_SID = "calendar"


@dataclass(frozen=True, slots=True)
class Complaints:
    """Adds to the call-backs, once for each edit, in a transaction that the caller owns."""

    conn: AsyncConnection[Any]
    shop: Shop
    now: datetime

    async def add(self, row: Row, event: Event, why: str) -> None:
        """Tell staff that an event was put back, and why. Names the car and nobody."""
        callback = Callback(
            id=uuid4(),
            phone=self.shop.phone,
            name=None,
            topic=ACTOR,
            summary=self._summary(row, event, why),
            urgency="normal",
            status="open",
            created_at=self.now,
        )

        async def write() -> UUID:
            made = await Callbacks(self.conn).add(callback, call_sid=_CALL_SID)
            audit = Audit(self.conn, None, self.now, ACTOR)
            await audit.note("create", "callbacks", made, {"appointment": str(row.id)})
            return made

        edit = f"{event.id} {event.etag or row.revision}"
        await Effects(self.conn).once(_CALL_SID, edit, "callback", {}, write)

    def _summary(self, row: Row, event: Event, why: str) -> str:
        what = f"{row.service} of the {row.year} {row.make} {row.model}"
        if event.cancelled or event.starts_at is None:
            done = "was deleted"
        else:
            done = f"was moved to {self._when(event.starts_at)}"
        kept = "stays cancelled" if row.cancelled else f"stays at {self._when(row.starts_at)}"
        return f"In the calendar, the {what} {done}. It {kept}, because {why}."

    def _when(self, at: datetime) -> str:
        local = at.astimezone(self.shop.zone)
        return f"{local:%A, %B} {local.day}, {local:%I:%M %p}"

"""What the people of the shop do in their calendar, with their own hands and telephones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from evals.standins.google_calendar_book import Book
from evals.standins.google_calendar_wire import Json, instant
from shop.clock import Clock

STAFF = "staff@shop.example"


@dataclass(frozen=True, slots=True)
class Staff:
    """Edits one calendar past the API. Each edit is notified like any other.

    Attributes:
        changed: Told after each edit.
    """

    book: Book
    clock: Clock
    changed: Callable[[], None]

    def blocks(
        self,
        start: datetime | date,
        end: datetime | date,
        *,
        summary: str = "Busy",
        recurrence: Sequence[str] = (),
        **more: Any,
    ) -> Json:
        """Write an event of their own; between dates (the last one not included) of whole days.

        Args:
            start: Aware, or a date.
            end: Of the same kind.
            summary: The title.
            recurrence: RFC 5545 lines, such as `RRULE:FREQ=WEEKLY;COUNT=3`.
            more: Further fields of the event, as the API names them.
        """
        event = {"summary": summary, "start": self._point(start), "end": self._point(end), **more}
        if recurrence:
            event["recurrence"] = list(recurrence)
        made = self.book.insert(event, by=STAFF, now=self.clock())
        self.changed()
        return made

    def moves(self, event_id: str, start: datetime, end: datetime | None = None) -> Json:
        """Drag an event to another time, or with an end to another length too."""
        event = self.book.get(event_id).event
        zone = self.book.zone
        length = instant(event["end"], zone) - instant(event["start"], zone)
        end = end or start.astimezone(UTC) + length
        return self.edits(event_id, {"start": self._point(start), "end": self._point(end)})

    def edits(self, event_id: str, fields: Json) -> Json:
        """Change fields of an event."""
        edited = self.book.patch(event_id, fields, if_match=None, now=self.clock())
        self.changed()
        return edited

    def deletes(self, event_id: str) -> None:
        """Delete an event, or one instance of a series."""
        self.book.delete(event_id, if_match=None, now=self.clock())
        self.changed()

    def _point(self, at: datetime | date) -> Json:
        zone = self.book.zone
        if isinstance(at, datetime):
            shown = at.astimezone(zone).isoformat()
            return {"dateTime": shown, "timeZone": zone.key, "date": None}
        return {"date": at.isoformat(), "dateTime": None, "timeZone": None}

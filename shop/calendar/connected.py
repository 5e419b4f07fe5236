"""A shop's records together with its calendar outside."""

from dataclasses import dataclass, field
from typing import Any, Self

from shop.calendar.google import GoogleCalendar
from shop.desks.records import Records


@dataclass(frozen=True, slots=True)
class Connected(Records):
    """The client of the calendar is the caller's to open and close."""

    calendar: GoogleCalendar = field(kw_only=True)
    calendar_id: str = field(kw_only=True)

    @classmethod
    def of(cls, other: "Connected", **more: Any) -> Self:
        """The same records and calendar for another purpose."""
        return cls(
            other.pool,
            other.profile,
            other.clock,
            live=other.live,
            calendar=other.calendar,
            calendar_id=other.calendar_id,
            **more,
        )

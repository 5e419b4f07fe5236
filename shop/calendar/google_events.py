"""Events as Google Calendar writes them, read and written without believing anything.

https://developers.google.com/workspace/calendar/api/v3/reference/events.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

OWNER = "appointment"
"""The private property that says whose event it is."""

Status = Literal["confirmed", "tentative", "cancelled"]

_STATUSES: tuple[Status, ...] = ("confirmed", "tentative", "cancelled")
_ID = re.compile("[a-v0-9]{5,1024}")


@dataclass(frozen=True, slots=True)
class EventBody:
    """An event to be written. It has no reminders and nobody is invited to it.

    Attributes:
        id: Chosen by us: 5 to 1024 of the characters a-v and 0-9, the same whenever it is tried.
        starts_at: Aware.
        ends_at: Aware, and after the start.
        zone: The zone the times are shown in.
        private: Seen by this service's account only; holds `OWNER`. Keys to 44, values to 1024
            characters.
        color_id: "1" to "11".
    """

    id: str
    summary: str
    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo
    private: Mapping[str, str]
    description: str = ""
    location: str = ""
    status: Literal["confirmed", "tentative"] = "confirmed"
    color_id: str | None = None

    def __post_init__(self) -> None:
        """Refuse what Google would refuse, before it is sent."""
        if not _ID.fullmatch(self.id):
            raise ValueError("an event's id is 5 to 1024 of the characters a-v and 0-9")
        if self.starts_at.tzinfo is None or self.ends_at.tzinfo is None:
            raise ValueError("an event's times need a zone")
        if self.ends_at <= self.starts_at:
            raise ValueError("an event ends after it starts")
        if not self.private.get(OWNER):
            raise ValueError(f'an event of ours says whose it is: private["{OWNER}"]')


@dataclass(frozen=True, slots=True)
class Event:
    """An event as it was read.

    Attributes:
        starts_at: In UTC. None for a cancelled event of which only the id is left.
        ends_at: In UTC; None together with the start.
        all_day: Whole days, from midnight to midnight in the calendar's zone.
        first_day: The first of the whole days; None for any other event.
        last_day: The last of them, itself included.
        transparent: Whether it leaves its calendar free at that time.
        declined: Whether the calendar's owner has said no to it.
        private: This service's own properties.
        sequence: The iCalendar SEQUENCE.
        recurring_event_id: Of which series this is one instance.
        kind: Google's `eventType`, such as "default" or "outOfOffice".
    """

    id: str
    etag: str
    status: Status
    starts_at: datetime | None
    ends_at: datetime | None
    all_day: bool = False
    first_day: date | None = None
    last_day: date | None = None
    summary: str = ""
    transparent: bool = False
    declined: bool = False
    private: Mapping[str, str] = field(default_factory=dict)
    sequence: int = 0
    updated: datetime | None = None
    recurring_event_id: str | None = None
    ical_uid: str | None = None
    kind: str = "default"

    @property
    def cancelled(self) -> bool:
        """Whether it is there no more."""
        return self.status == "cancelled"

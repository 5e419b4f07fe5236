"""Events as Google Calendar writes them, read and written without believing anything.

https://developers.google.com/workspace/calendar/api/v3/reference/events.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from shop.calendar.errors import CalendarGarbled

OWNER = "appointment"
"""The private property that says whose event it is."""

Status = Literal["confirmed", "tentative", "cancelled"]

UNREADABLE = (TypeError, ValueError, LookupError, AttributeError, OverflowError, OSError)
"""What comes of reading something that is not as it should be. OSError: the name of a zone."""

_STATUSES: tuple[Status, ...] = ("confirmed", "tentative", "cancelled")
_ID = re.compile("[a-v0-9]{5,1024}")
_DAY = timedelta(days=1)


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
        declined: Whether the calendar's owner has said no to it, or nothing yet to somebody else's
            invitation, which anybody can send.
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


def written(body: EventBody) -> dict[str, Any]:
    """The event as it is sent."""
    name = body.zone.key
    written: dict[str, Any] = {
        "id": body.id,
        "summary": body.summary,
        "description": body.description,
        "location": body.location,
        "status": body.status,
        "start": {"dateTime": body.starts_at.astimezone(body.zone).isoformat(), "timeZone": name},
        "end": {"dateTime": body.ends_at.astimezone(body.zone).isoformat(), "timeZone": name},
        "reminders": {"useDefault": False},
        "extendedProperties": {"private": dict(body.private)},
    }
    if body.color_id is not None:
        written["colorId"] = body.color_id
    return written


def read_event(found: Any, zone: ZoneInfo) -> Event:
    """Read an event; whole days are days of `zone` if it names no other.

    Raises:
        CalendarGarbled: It cannot be understood.
    """
    try:
        return _event(found, zone)
    except UNREADABLE as error:
        raise CalendarGarbled(f"an event that cannot be read: {type(error).__name__}") from None


def moment(found: Any) -> datetime:
    """Read an RFC 3339 time, which has its offset, as UTC.

    Raises:
        TypeError: It is not a text.
        ValueError: It is not such a time.
    """
    at = datetime.fromisoformat(found)
    if at.tzinfo is None:
        raise ValueError("a time without an offset")
    return at.astimezone(UTC)


def _event(found: Any, zone: ZoneInfo) -> Event:
    status = found.get("status", "confirmed")
    gone = status == "cancelled"
    if status not in _STATUSES:
        raise ValueError("an unknown status")
    start, end = found.get("start"), found.get("end")
    times = _Times() if gone and not (start and end) else _times(start, end, zone)
    return Event(
        id=_text(found["id"]),
        etag=_text(found.get("etag", "") if gone else found["etag"]),
        status=status,
        starts_at=times.starts_at,
        ends_at=times.ends_at,
        all_day=times.first_day is not None,
        first_day=times.first_day,
        last_day=times.last_day,
        summary=_text(found.get("summary", "")),
        transparent=found.get("transparency") == "transparent",
        declined=_declined(found.get("attendees", [])),
        private=_private(found),
        sequence=int(found.get("sequence", 0)),
        updated=moment(found["updated"]) if "updated" in found else None,
        recurring_event_id=_maybe(found.get("recurringEventId")),
        ical_uid=_maybe(found.get("iCalUID")),
        kind=_text(found.get("eventType", "default")),
    )


@dataclass(frozen=True, slots=True)
class _Times:
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    first_day: date | None = None
    last_day: date | None = None


def _times(start: Any, end: Any, zone: ZoneInfo) -> _Times:
    if "date" in start:
        zone = ZoneInfo(start["timeZone"]) if start.get("timeZone") else zone
        first, after = date.fromisoformat(start["date"]), date.fromisoformat(end["date"])
        after = max(after, first + _DAY)
        starts_at = datetime.combine(first, time(), zone).astimezone(UTC)
        ends_at = datetime.combine(after, time(), zone).astimezone(UTC)
        return _Times(starts_at, ends_at, first, after - _DAY)
    starts_at, ends_at = _at(start, zone), _at(end, zone)
    if ends_at < starts_at:
        raise ValueError("an end before the start")
    return _Times(starts_at, ends_at)


def _at(found: Any, zone: ZoneInfo) -> datetime:
    """A time may leave its offset out if it names a zone."""
    at = datetime.fromisoformat(found["dateTime"])
    if at.tzinfo is None:
        at = at.replace(tzinfo=ZoneInfo(found["timeZone"]) if found.get("timeZone") else zone)
    return at.astimezone(UTC)


def _private(found: Any) -> dict[str, str]:
    private = found.get("extendedProperties", {}).get("private", {})
    return {_text(name): _text(value) for name, value in private.items()}


def _declined(attendees: Any) -> bool:
    return any(
        one.get("responseStatus") == "declined"
        or (one.get("responseStatus") == "needsAction" and not one.get("organizer"))
        for one in attendees
        if one.get("self")
    )


def _text(found: Any) -> str:
    if not isinstance(found, str):
        raise TypeError("not a text")
    return found


def _maybe(found: Any) -> str | None:
    return None if found is None else _text(found)

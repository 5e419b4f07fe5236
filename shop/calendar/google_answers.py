"""Google's lists of events and of busy times, read without believing anything.

https://developers.google.com/workspace/calendar/api/v3/reference/events/list and
https://developers.google.com/workspace/calendar/api/v3/reference/freebusy/query.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from shop.calendar.errors import BadRequest, CalendarError, CalendarGarbled, Missing, ServerTrouble
from shop.calendar.google_events import UNREADABLE, Event, moment, read_event

Span = tuple[datetime, datetime]

_REFUSED = {"notFound": Missing, "groupTooBig": BadRequest, "tooManyCalendarsRequested": BadRequest}


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list of events. `sync_token` means something on the last, without a next."""

    events: tuple[Event, ...]
    zone: ZoneInfo
    sync_token: str
    next_page: str | None = None


def read_page(found: Mapping[str, Any], zone: ZoneInfo) -> Page:
    """Read a page; `zone` is the calendar's if the page does not say.

    Raises:
        CalendarGarbled: It cannot be understood, or does not say how to go on.
    """
    try:
        zone = ZoneInfo(found["timeZone"]) if "timeZone" in found else zone
        items = list(found.get("items", []))
    except UNREADABLE as error:
        raise CalendarGarbled(f"a page that cannot be read: {type(error).__name__}") from None
    events = tuple(read_event(item, zone) for item in items)
    match found:
        case {"nextPageToken": str(token)} if token:
            return Page(events, zone, "", token)
        case {"nextSyncToken": str(token)} if token:
            return Page(events, zone, token)
    raise CalendarGarbled("a page that is neither the last nor has a next")


def read_busy(found: Mapping[str, Any], calendar_id: str) -> tuple[Span, ...]:
    """When a calendar is busy, in UTC, soonest first.

    Raises:
        CalendarError: It is not told, which is not the same as free.
    """
    try:
        calendar = found["calendars"][calendar_id]
        faults = list(calendar.get("errors", []))
        if faults:
            raise _not_told(faults[0].get("reason"))
        spans = [(moment(span["start"]), moment(span["end"])) for span in calendar["busy"]]
    except UNREADABLE as error:
        raise CalendarGarbled(f"busy times that cannot be read: {type(error).__name__}") from None
    return tuple(sorted(spans))


def _not_told(reason: object) -> CalendarError:
    known = _REFUSED.get(reason) if isinstance(reason, str) else None
    if known is not None:
        return known(f"the busy times of a calendar are not told: {reason}")
    return ServerTrouble("the busy times of a calendar are not told")

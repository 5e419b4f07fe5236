"""What Google Calendar says of an event that it is given.

The rules are those of https://developers.google.com/workspace/calendar/api/v3/reference/events;
the wording of the refusals is Google's where people have reported it.
"""

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from evals.standins.google_calendar_wire import Json, empty_range, instant, invalid, required

# What of an event is its writer's to say. The rest is Google's.
WRITABLE = (
    "summary", "description", "location", "status", "start", "end", "transparency", "visibility",
    "colorId", "reminders", "attendees", "recurrence", "extendedProperties", "source",
    "guestsCanInviteOthers", "guestsCanModify", "guestsCanSeeOtherGuests",
)  # fmt: skip

_ID = re.compile("[a-v0-9]{5,1024}")
_ONE_OF = {
    "status": {"confirmed", "tentative", "cancelled"},
    "transparency": {"opaque", "transparent"},
    "visibility": {"default", "public", "private", "confidential"},
}
_COLORS = {str(number) for number in range(1, 12)}
_KEY, _VALUE = 44, 1024
_UTC = ZoneInfo("UTC")


def new_event(event: Json, zone: ZoneInfo) -> None:
    """Check an event to be inserted."""
    given = event.get("id")
    if given is not None and not (isinstance(given, str) and _ID.fullmatch(given)):
        raise invalid("Invalid resource id value.")
    if given is not None and event.get("iCalUID") is not None:
        raise invalid("Only one of id and iCalUID may be given.")  # the rule's wording is ours
    whole_event(event, zone)


def whole_event(event: Json, zone: ZoneInfo) -> None:
    """Check all that is said of an event."""
    for name, allowed in _ONE_OF.items():
        if event.get(name) is not None and event[name] not in allowed:
            raise invalid(f"Invalid value for: {name}")
    if event.get("colorId") is not None and event["colorId"] not in _COLORS:
        raise invalid("Invalid color id.")
    _check_times(event, zone)
    _check_properties(event.get("extendedProperties") or {})


def _check_times(event: Json, zone: ZoneInfo) -> None:
    for name in ("start", "end"):
        _check_point(event.get(name), name)
    start, end = event["start"], event["end"]
    if ("date" in start) != ("date" in end):
        raise invalid("Start and end times must either both be date or both be dateTime.")
    if instant(end, zone) < instant(start, zone) or ("date" in start and start == end):
        raise empty_range("end")
    if event.get("recurrence") and "dateTime" in start and not start.get("timeZone"):
        raise required("Missing time zone definition for start time.")


def _check_point(point: Any, name: str) -> None:
    if not isinstance(point, dict) or not (point.get("date") or point.get("dateTime")):
        raise required(f"Missing {name} time.")
    if point.get("date") and point.get("dateTime"):
        raise invalid(f"Invalid {name} time.")
    for empty in [key for key in ("date", "dateTime", "timeZone") if point.get(key) is None]:
        point.pop(empty, None)
    try:
        instant({"timeZone": "UTC", **point}, _UTC)
        zone = ZoneInfo(point["timeZone"]) if "timeZone" in point else None
    except (TypeError, ValueError, LookupError, OSError):
        raise invalid(f"Invalid {name} time.") from None
    bare = "dateTime" in point and datetime.fromisoformat(point["dateTime"]).tzinfo is None
    if bare and zone is None:
        raise required(f"Missing time zone definition for {name} time.")


def _check_properties(properties: Json) -> None:
    for shelf in ("private", "shared"):
        for key, value in (properties.get(shelf) or {}).items():
            if not isinstance(value, str):
                raise invalid("Invalid extended property value.")
            if len(key) > _KEY or len(value) > _VALUE:
                raise invalid("Extended property is too long.")

"""Lists of events and of busy times: windows, pages, sync tokens.

https://developers.google.com/workspace/calendar/api/v3/reference/events/list and
https://developers.google.com/workspace/calendar/api/guides/sync.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from evals.standins.google_calendar_book import Book, Kept
from evals.standins.google_calendar_wire import (
    Json,
    empty_range,
    instant,
    invalid,
    rfc3339,
    stamp,
    sync_token_gone,
)

# With a sync token these are refused; the documentation lists them.
_NOT_WITH_TOKEN = (
    "iCalUID", "orderBy", "privateExtendedProperty", "q", "sharedExtendedProperty", "timeMin",
    "timeMax", "updatedMin",
)  # fmt: skip
_KNOWN = {
    "alt", "iCalUID", "maxResults", "orderBy", "pageToken", "prettyPrint",
    "privateExtendedProperty", "showDeleted", "singleEvents", "syncToken", "timeMax", "timeMin",
    "timeZone", "updatedMin",
}  # fmt: skip
_MOST = 2500
_USUAL = 250


@dataclass(frozen=True, slots=True)
class _Query:
    lists: bool
    single: bool
    deleted: bool
    since: datetime | None
    until: datetime | None
    updated_min: datetime | None
    ical_uid: str | None
    private: str | None
    order: str | None
    after: int | None


def listed(book: Book, asked: Mapping[str, str], *, largest_page: int, now: datetime) -> Json:
    """A page of events: in a window, or changed since a sync token was given."""
    unknown = sorted(asked.keys() - _KNOWN)
    if unknown:  # Google serves these; better refused here than served wrongly
        raise invalid(f"The stand-in does not know: {unknown[0]}", unknown[0])
    query = _query(book, asked)
    zone = _zone(asked.get("timeZone")) or book.zone
    size = min(_size(asked.get("maxResults")), largest_page)
    first, version, events = _page(book, asked.get("pageToken"), query)
    page: Json = {
        "kind": "calendar#events",
        "etag": f'"p{version}"',
        "summary": book.id,
        "updated": stamp(now),
        "timeZone": book.zone.key,
        "accessRole": "owner" if book.writable else "reader",
        "defaultReminders": [],
        "items": [_entry(book, kept, zone) for kept in events[first : first + size]],
    }
    if first + size < len(events):
        book.snapshots.append(events)
        snapshot = len(book.snapshots) - 1
        state = {"first": first + size, "version": version, "snapshot": snapshot}
        page["nextPageToken"] = _token(state)
    else:
        window = {"since": asked.get("timeMin"), "until": asked.get("timeMax")}
        if "syncToken" in asked:
            window = {key: _untoken(asked["syncToken"])[key] for key in window}
        page["nextSyncToken"] = _token({"version": version, **window})
    return page


def busy_times(book: Book, since: datetime, until: datetime) -> list[Json]:
    """When the calendar is not free: what overlaps is one time, and nothing is outside."""
    query = _Query(
        lists=False,
        single=True,
        deleted=False,
        since=since,
        until=until,
        updated_min=None,
        ical_uid=None,
        private=None,
        order=None,
        after=None,
    )
    spans = sorted(
        (max(start, since), min(end, until))
        for kept in _matching(book, query)
        if kept.event.get("transparency") != "transparent"
        for start, end in [_span(kept, book.zone)]
    )
    merged: list[list[datetime]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    return [{"start": _second(start), "end": _second(end)} for start, end in merged]


def _query(book: Book, asked: Mapping[str, str]) -> _Query:
    token = asked.get("syncToken")
    state: Json = {"version": None, "since": asked.get("timeMin"), "until": asked.get("timeMax")}
    if token is not None:
        for name in _NOT_WITH_TOKEN:
            if name in asked:
                raise invalid(f"Sync token cannot be used with {name}.", name)
        if asked.get("showDeleted") == "false":
            raise invalid("Sync token cannot be used without deleted events.", "showDeleted")
        state = _untoken(token)
        if state["version"] < book.oldest:
            raise sync_token_gone()
    single = asked.get("singleEvents") == "true"
    order = asked.get("orderBy")
    if order not in (None, "startTime", "updated") or (order == "startTime" and not single):
        raise invalid("The requested ordering is not available for the particular query.")
    since = rfc3339(state["since"], "timeMin") if state["since"] else None
    until = rfc3339(state["until"], "timeMax") if state["until"] else None
    if since is not None and until is not None and until <= since:
        raise empty_range()
    return _Query(
        lists=True,
        single=single,
        deleted=token is not None or asked.get("showDeleted") == "true",
        since=since,
        until=until,
        updated_min=rfc3339(asked["updatedMin"], "updatedMin") if "updatedMin" in asked else None,
        ical_uid=asked.get("iCalUID"),
        private=asked.get("privateExtendedProperty"),
        order=order,
        after=state["version"],
    )


def _matching(book: Book, query: _Query) -> Iterator[Kept]:
    found = [
        kept
        for kept in _expanded(book, query)
        if _fits(kept, query) and (query.after is not None or _in_window(kept, query, book.zone))
    ]
    if query.order == "updated":
        found.sort(key=lambda kept: kept.version)
    elif query.order == "startTime":
        found.sort(key=lambda kept: _span(kept, book.zone))
    yield from found


def _expanded(book: Book, query: _Query) -> Iterator[Kept]:
    for kept in book.all():
        if query.after is not None and kept.version <= query.after:
            continue
        if query.single and kept.event.get("recurrence"):
            instances = list(book.instances(kept, query.since, query.until))
            yield from instances
            if query.after is not None:
                yield from book.ended(kept)
            if query.lists:
                kept.told |= {one.event["id"] for one in instances}
        else:
            yield kept


def _fits(kept: Kept, query: _Query) -> bool:
    event = kept.event
    if event["status"] == "cancelled" and not query.deleted and query.updated_min is None:
        return False
    if query.updated_min is not None and rfc3339(event["updated"], "") < query.updated_min:
        return False
    if query.ical_uid is not None and event.get("iCalUID") != query.ical_uid:
        return False
    if query.private is not None:
        name, _, value = query.private.partition("=")
        private = event.get("extendedProperties", {}).get("private", {})
        return bool(private.get(name) == value)
    return True


def _in_window(kept: Kept, query: _Query, zone: ZoneInfo) -> bool:
    if "start" not in kept.event:
        return True
    start, end = _span(kept, zone)
    before = query.until is None or start < query.until
    return before and (query.since is None or end > query.since)


def _span(kept: Kept, zone: ZoneInfo) -> tuple[datetime, datetime]:
    return instant(kept.event["start"], zone), instant(kept.event["end"], zone)


def _entry(book: Book, kept: Kept, zone: ZoneInfo) -> Json:
    """Of a deleted event a list tells little more than its id."""
    event = book.resource(kept, zone)
    if event["status"] != "cancelled":
        return event
    told = ("kind", "etag", "id", "status", "recurringEventId", "originalStartTime")
    return {name: event[name] for name in told if name in event}


def _size(text: str | None) -> int:
    if text is None:
        return _USUAL
    if not text.isdecimal() or int(text) < 1:
        raise invalid(f"Invalid value '{text}'.", "maxResults")
    return min(int(text), _MOST)


def _page(book: Book, token: str | None, query: _Query) -> tuple[int, int, list[Kept]]:
    """Where the page begins. All pages are of the list as it was at the first."""
    if token is None:
        return 0, book.version, list(_matching(book, query))
    state = _untoken(token, "pageToken", {"first", "version", "snapshot"})
    return state["first"], state["version"], book.snapshots[state["snapshot"]]


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ValueError, LookupError, OSError):
        raise invalid("Invalid time zone.", "timeZone") from None


def _token(state: Json) -> str:
    return base64.urlsafe_b64encode(json.dumps(state).encode()).decode()


def _untoken(
    token: str,
    name: str = "syncToken",
    fields: frozenset[str] | set[str] = frozenset({"version", "since", "until"}),
) -> dict[str, Any]:
    try:
        state = json.loads(base64.urlsafe_b64decode(token))
    except ValueError:
        state = None
    if not isinstance(state, dict) or state.keys() != fields:
        said = "Invalid sync token value." if name == "syncToken" else "Invalid page token value."
        raise invalid(said, name)
    return state


def _second(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")

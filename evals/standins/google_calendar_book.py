"""One calendar of the stand-in: its events, each change numbered, so that changes can be told."""

import copy
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from evals.standins.google_calendar_checks import WRITABLE, new_event, whole_event
from evals.standins.google_calendar_series import instances
from evals.standins.google_calendar_wire import (
    ApiError,
    Json,
    changed,
    deleted,
    duplicate,
    invalid,
    not_found,
    shown,
    stamp,
)

_BASE32HEX = "0123456789abcdefghijklmnopqrstuv"
_ETAG_BASE = 3_400_000_000_000_000
_NEW = {"status": "confirmed", "eventType": "default", "sequence": 0}


@dataclass(slots=True)
class Kept:
    """An event and when it last changed. `told` are the instances that were listed of a series."""

    event: Json
    version: int
    told: set[str] = field(default_factory=set)

    @property
    def etag(self) -> str:
        """What `If-Match` is compared with; quoted, as HTTP has it."""
        return f'"{_ETAG_BASE + self.version}"'


class Book:
    """The events of one calendar. Nothing in it waits, so each change is whole.

    Attributes:
        version: How many changes there have been.
        oldest: Sync tokens from before this version are not known any more.
        writable: Whether the account may write; otherwise it may only read.
        snapshots: The lists that are being read page by page.
    """

    def __init__(self, calendar_id: str, zone: ZoneInfo, *, writable: bool = True) -> None:
        self.id = calendar_id
        self.zone = zone
        self.writable = writable
        self.version = 0
        self.oldest = 0
        self._events: dict[str, Kept] = {}
        self.snapshots: list[list[Kept]] = []

    def insert(self, given: Json, *, by: str, now: datetime) -> Json:
        """Take a new event; its id is its writer's choice or made up here."""
        self._check_writable()
        new_event(given, self.zone)
        event_id = given.get("id") or "".join(secrets.choice(_BASE32HEX) for _ in range(26))
        if event_id in self._events:
            raise duplicate()
        made = {
            "kind": "calendar#event",
            "id": event_id,
            "created": stamp(now),
            "creator": {"email": by},
            "organizer": {"email": self.id, "self": True},
            "iCalUID": given.get("iCalUID") or f"{event_id}@google.com",
            "htmlLink": f"https://www.google.com/calendar/event?eid={event_id}",
        }
        return self._keep(event_id, _NEW | _said(given) | made, now)

    def replace(self, event_id: str, given: Json, *, if_match: str | None, now: datetime) -> Json:
        """PUT: what is not said is gone. A deleted event comes back by it."""
        kept = self._writable(event_id, if_match)
        own = {key: value for key, value in kept.event.items() if key not in WRITABLE}
        return self._rewrite(kept, _NEW | own | _said(given), given, now)

    def patch(self, event_id: str, given: Json, *, if_match: str | None, now: datetime) -> Json:
        """PATCH: what is not said stays, and null takes away (RFC 7396)."""
        kept = self._writable(event_id, if_match)
        said = {key: value for key, value in given.items() if key in WRITABLE}
        return self._rewrite(kept, _merged(kept.event, said), given, now)

    def delete(self, event_id: str, *, if_match: str | None, now: datetime) -> None:
        """Mark as cancelled. Again is a 410."""
        kept = self._writable(event_id, if_match)
        if kept.event["status"] == "cancelled":
            raise deleted()
        self._keep(event_id, kept.event | {"status": "cancelled"}, now, told=kept.told)

    def get(self, event_id: str) -> Kept:
        """An event, deleted ones and instances of a series included."""
        kept = self._events.get(event_id) or self._instance(event_id)
        if kept is None:
            raise not_found()
        return kept

    def all(self) -> Iterator[Kept]:
        """Everything that was ever written."""
        yield from list(self._events.values())

    def instances(
        self, kept: Kept, since: datetime | None, until: datetime | None
    ) -> Iterator[Kept]:
        """The instances of a series in a window, but those that were changed singly."""
        if kept.event["status"] == "cancelled":
            return
        for event in instances(kept.event, self.zone, since, until):
            if event["id"] not in self._events:
                yield Kept(event, kept.version)

    def ended(self, kept: Kept) -> Iterator[Kept]:
        """The instances of a series that were listed once and are no more, as cancelled."""
        there = {one.event["id"] for one in self.instances(kept, None, None)}
        for event_id in sorted(kept.told - there - self._events.keys()):
            event = {"id": event_id, "recurringEventId": kept.event["id"], "status": "cancelled"}
            yield Kept({"kind": "calendar#event", **event}, kept.version)

    def resource(self, kept: Kept, zone: ZoneInfo | None = None) -> Json:
        """The event as it is answered, with times in a zone."""
        event = copy.deepcopy(kept.event) | {"etag": kept.etag}
        for name in ("start", "end", "originalStartTime"):
            if name in event:
                event[name] = shown(event[name], zone or self.zone, self.zone)
        return event

    def _instance(self, event_id: str) -> Kept | None:
        series = self._events.get(event_id.rpartition("_")[0])
        if series is None or not series.event.get("recurrence"):
            return None
        for event in instances(series.event, self.zone, None, None):
            if event["id"] == event_id:
                return Kept(event, series.version)
        return None

    def _writable(self, event_id: str, if_match: str | None) -> Kept:
        self._check_writable()
        kept = self.get(event_id)
        if if_match is not None and if_match not in ("*", kept.etag):
            raise changed()
        return kept

    def _check_writable(self) -> None:
        if not self.writable:
            message = "You need to have writer access to this calendar."
            raise ApiError(403, "requiredAccessLevel", message, domain="calendar")

    def _rewrite(self, kept: Kept, event: Json, given: Json, now: datetime) -> Json:
        whole_event(event, self.zone)
        before = kept.event.get("sequence", 0)
        if given.get("sequence") is not None and given["sequence"] < before:
            raise invalid("Invalid sequence value.")
        moved = any(event[name] != kept.event.get(name) for name in ("start", "end"))
        event["sequence"] = max(given.get("sequence") or 0, before) + moved
        return self._keep(event["id"], event, now, told=kept.told)

    def _keep(
        self, event_id: str, event: Json, now: datetime, *, told: set[str] | None = None
    ) -> Json:
        self.version += 1
        event["updated"] = stamp(now)
        self._events[event_id] = Kept(copy.deepcopy(event), self.version, told or set())
        return self.resource(self._events[event_id])


def _said(given: Json) -> Json:
    return {key: given[key] for key in WRITABLE if given.get(key) is not None}


def _merged(into: Any, said: Any) -> Any:
    if not isinstance(said, dict):
        return copy.deepcopy(said)
    merged = dict(into) if isinstance(into, dict) else {}
    for key, value in said.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = _merged(merged.get(key), value)
    return merged

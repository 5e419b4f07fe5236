"""Google Calendar over HTTP: the few requests that the shop makes of it.

https://developers.google.com/workspace/calendar/api/v3/reference.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx

from shop.calendar.credentials import AccessTokens
from shop.calendar.errors import CalendarConflict, CalendarGarbled, Missing, ServerTrouble
from shop.calendar.google_answers import Span, read_busy, read_page
from shop.calendar.google_events import OWNER, Event, EventBody, read_event, written
from shop.calendar.google_requests import Json, Request, Requests, path
from shop.calendar.retry import Pace, Policy
from shop.clock import Clock

BASE_URL = "https://www.googleapis.com"
MOST_CALENDARS = 50
"""As many calendars one request for busy times may name."""

_PAGE = "2500"
_MOST_PAGES = 400
_SILENT = {"sendUpdates": "none"}


@dataclass(frozen=True, slots=True)
class Changes:
    """What was read of a calendar; all of it, or what changed.

    Attributes:
        events: In no order. Cancelled ones are among them.
        sync_token: What to read on from next time.
        zone: The calendar's zone.
    """

    events: tuple[Event, ...]
    sync_token: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Channel:
    """Where notifications of changes come from, until it expires."""

    id: str
    resource_id: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class GoogleCalendar:
    """Every method raises `shop.calendar.errors.CalendarError` and nothing else of Google's making.

    One object for each account: the pace of its requests is kept here. The client is the
    caller's to open and close.

    Attributes:
        base_url: Such as `BASE_URL`.
        zone: For events that name no zone.
        sleep: Waits for seconds; for tests.
        rng: Spreads the retries of many processes.
        policy: What is tried again, and for how long.
    """

    base_url: str
    client: httpx.AsyncClient
    credentials: AccessTokens
    zone: ZoneInfo
    clock: Clock
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    rng: random.Random = field(default_factory=random.Random)
    policy: Policy = field(default_factory=Policy)
    pace: Pace = field(default_factory=Pace)

    async def insert(self, calendar_id: str, event: EventBody) -> Event:
        """Write a new event. Trying again is safe, as the id is ours.

        Where an event of this id and owner is there already, it is given back as it is; one
        that was cancelled is first written anew.

        Raises:
            CalendarConflict: The id belongs to an event of somebody else.
        """
        target = path("calendars", calendar_id, "events")
        try:
            return await self._write("POST", target, event)
        except CalendarConflict:
            there = await self.get(calendar_id, event.id)
        if there is None:
            raise ServerTrouble("the event's id is taken, yet there is no such event")
        if not _same(there, event):
            raise CalendarConflict("the event's id is taken by another event")
        if there.cancelled:
            return await self.update(calendar_id, event.id, event, etag=there.etag)
        return there

    async def update(self, calendar_id: str, event_id: str, body: EventBody, *, etag: str) -> Event:
        """Write an event over, if it is still the one with that ETag.

        Raises:
            Changed: It is not.
            Missing: It is not there.
        """
        target = path("calendars", calendar_id, "events", event_id)
        return await self._write("PUT", target, body, etag=etag)

    async def cancel(self, calendar_id: str, event_id: str) -> None:
        """Take an event off the calendar. One that is gone already is as good."""
        target = path("calendars", calendar_id, "events", event_id)
        with suppress(Missing):
            await self._send(Request("DELETE", target, _SILENT))

    async def get(self, calendar_id: str, event_id: str) -> Event | None:
        """An event, cancelled ones included; None if there is none."""
        target = path("calendars", calendar_id, "events", event_id)
        try:
            return read_event(await self._send(Request("GET", target, {})), self.zone)
        except Missing:
            return None

    async def changes(
        self, calendar_id: str, *, sync_token: str | None, since: datetime, until: datetime
    ) -> Changes:
        """What has changed since the token was given, or without one everything in the window.

        Series come as their single instances. What a token gives is not held to the window.

        Raises:
            SyncTokenGone: Read again without a token.
        """
        target = path("calendars", calendar_id, "events")
        asked = {"singleEvents": "true", "showDeleted": "true", "maxResults": _PAGE}
        if sync_token is None:
            asked |= {"timeMin": _rfc3339(since), "timeMax": _rfc3339(until)}
        else:
            asked["syncToken"] = sync_token
        events: list[Event] = []
        for _ in range(_MOST_PAGES):
            page = read_page(await self._send(Request("GET", target, asked)), self.zone)
            events += page.events
            if page.next_page is None:
                return Changes(tuple(events), page.sync_token, page.zone)
            asked["pageToken"] = page.next_page
        raise CalendarGarbled("a list of events without an end")

    async def busy(
        self, calendar_ids: Sequence[str], since: datetime, until: datetime
    ) -> Mapping[str, tuple[Span, ...]]:
        """When the calendars are not free, in UTC; every one asked for is in the answer.

        Raises:
            CalendarError: One of them cannot be told. None of them is then called free.
        """
        busy: dict[str, tuple[Span, ...]] = {}
        for first in range(0, len(calendar_ids), MOST_CALENDARS):
            some = calendar_ids[first : first + MOST_CALENDARS]
            question = {
                "timeMin": _rfc3339(since),
                "timeMax": _rfc3339(until),
                "items": [{"id": calendar_id} for calendar_id in some],
            }
            answer = await self._send(Request("POST", path("freeBusy"), {}, question))
            busy |= {calendar_id: read_busy(answer, calendar_id) for calendar_id in some}
        return busy

    async def watch(
        self, calendar_id: str, *, channel_id: str, address: str, token: str, ttl: timedelta
    ) -> Channel:
        """Have changes notified to an HTTPS address, with the token in a header."""
        question = {
            "id": channel_id,
            "type": "web_hook",
            "address": address,
            "token": token,
            "params": {"ttl": str(int(ttl.total_seconds()))},
        }
        asked_at = self.clock()
        target = path("calendars", calendar_id, "events", "watch")
        answer = await self._send(Request("POST", target, {}, question))
        return _channel(answer, asked_at + ttl)

    async def stop(self, channel_id: str, resource_id: str) -> None:
        """End the notifications of a channel. One that is gone already is as good."""
        question = {"id": channel_id, "resourceId": resource_id}
        with suppress(Missing):
            await self._send(Request("POST", path("channels", "stop"), {}, question))

    async def _write(
        self, method: str, target: str, body: EventBody, *, etag: str | None = None
    ) -> Event:
        request = Request(method, target, _SILENT, written(body), etag)
        return read_event(await self._send(request), self.zone)

    async def _send(self, request: Request) -> Json:
        requests = Requests(
            self.base_url,
            self.client,
            self.credentials,
            self.clock,
            self.sleep,
            self.rng,
            self.policy,
            self.pace,
        )
        return await requests.send(request)


def _same(there: Event, ours: EventBody) -> bool:
    """Of a cancelled event perhaps nothing but the id is left, and the id is ours."""
    bare = there.cancelled and not there.private
    return bare or there.private.get(OWNER) == ours.private[OWNER]


def _rfc3339(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _channel(answer: Json, or_expires_at: datetime) -> Channel:
    match answer:
        case {"id": str(channel_id), "resourceId": str(resource_id)}:
            pass
        case _:
            raise CalendarGarbled("a channel without its ids")
    try:
        milliseconds = int(answer["expiration"])
        expires_at = datetime.fromtimestamp(milliseconds / 1000, UTC)
    except KeyError:
        expires_at = or_expires_at
    except (TypeError, ValueError, OverflowError, OSError):
        raise CalendarGarbled("a channel that expires nobody knows when") from None
    return Channel(channel_id, resource_id, expires_at)

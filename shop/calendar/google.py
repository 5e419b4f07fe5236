"""Google Calendar over HTTP: the few requests that the shop makes of it.

https://developers.google.com/workspace/calendar/api/v3/reference.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import httpx

from shop.calendar.credentials import AccessTokens
from shop.calendar.google_events import Event, EventBody
from shop.calendar.retry import Pace, Policy
from shop.clock import Clock

BASE_URL = "https://www.googleapis.com"
Span = tuple[datetime, datetime]


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
        raise NotImplementedError

    async def update(self, calendar_id: str, event_id: str, body: EventBody, *, etag: str) -> Event:
        """Write an event over, if it is still the one with that ETag.

        Raises:
            Changed: It is not.
            Missing: It is not there.
        """
        raise NotImplementedError

    async def cancel(self, calendar_id: str, event_id: str) -> None:
        """Take an event off the calendar. One that is gone already is as good."""
        raise NotImplementedError

    async def get(self, calendar_id: str, event_id: str) -> Event | None:
        """An event, cancelled ones included; None if there is none."""
        raise NotImplementedError

    async def changes(
        self, calendar_id: str, *, sync_token: str | None, since: datetime, until: datetime
    ) -> Changes:
        """What has changed since the token was given, or without one everything in the window.

        Series come as their single instances. What a token gives is not held to the window.

        Raises:
            SyncTokenGone: Read again without a token.
        """
        raise NotImplementedError

    async def busy(
        self, calendar_ids: Sequence[str], since: datetime, until: datetime
    ) -> Mapping[str, tuple[Span, ...]]:
        """When the calendars are not free, in UTC; every one asked for is in the answer.

        Raises:
            CalendarError: One of them cannot be told. None of them is then called free.
        """
        raise NotImplementedError

    async def watch(
        self, calendar_id: str, *, channel_id: str, address: str, token: str, ttl: timedelta
    ) -> Channel:
        """Have changes notified to an HTTPS address, with the token in a header."""
        raise NotImplementedError

    async def stop(self, channel_id: str, resource_id: str) -> None:
        """End the notifications of a channel. One that is gone already is as good."""
        raise NotImplementedError

"""The shop's client and the stand-in for Google Calendar, put together."""

import asyncio
import random
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import httpx

from evals.standins.google_calendar import CALENDAR, GoogleCalendarStandIn
from shop.calendar.credentials import AccessTokens, RefreshToken
from shop.calendar.google import GoogleCalendar
from shop.calendar.google_events import OWNER, EventBody
from shop.calendar.retry import Policy
from shop.clock import Clock

CHICAGO = ZoneInfo("America/Chicago")
SHOP = CALENDAR
QUICK = Policy(base_s=0.001, most_s=0.01)


_CERTIFICATES = ssl.create_default_context()


def plain_client(base_url: str = "") -> httpx.AsyncClient:
    """A client that does not read the certificates anew, which takes a tenth of a second."""
    return httpx.AsyncClient(base_url=base_url, verify=_CERTIFICATES)


def wall_clock() -> datetime:
    """The real time."""
    return datetime.now(UTC)


def grant(stand_in: GoogleCalendarStandIn, url: str) -> RefreshToken:
    """What the stand-in's account has consented to."""
    tokens = stand_in.tokens
    return RefreshToken(
        tokens.client_id, tokens.client_secret, tokens.refresh_token, f"{url}/token"
    )


def calendar(
    stand_in: GoogleCalendarStandIn,
    url: str,
    client: httpx.AsyncClient,
    *,
    clock: Clock = wall_clock,
    policy: Policy = QUICK,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> GoogleCalendar:
    """The shop's client of the stand-in at that address."""
    credentials = AccessTokens(grant(stand_in, url), client, clock)
    rng = random.Random(7)
    return GoogleCalendar(url, client, credentials, CHICAGO, clock, sleep, rng, policy)


@asynccontextmanager
async def connected(
    stand_in: GoogleCalendarStandIn, *, policy: Policy = QUICK, clock: Clock = wall_clock
) -> AsyncIterator[GoogleCalendar]:
    """The stand-in served on loopback, and the shop's client of it."""
    async with stand_in.running() as url, plain_client() as client:
        yield calendar(stand_in, url, client, policy=policy, clock=clock)


def at(text: str) -> datetime:
    """A time in the shop's zone: `2026-12-01 09:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=CHICAGO)


def oil_change(
    event_id: str = "a0b1c2d3",
    *,
    start: str = "2026-12-01 09:00",
    end: str = "2026-12-01 10:00",
    owner: str = "appointment-1",
) -> EventBody:
    """An appointment as an event."""
    return EventBody(
        id=event_id,
        summary="Oil change: 2018 Honda Civic",
        starts_at=at(start),
        ends_at=at(end),
        zone=CHICAGO,
        private={OWNER: owner, "revision": "1"},
        description="Rattles when cold.",
        location="Bay A1",
        color_id="5",
    )

"""A calendar outside that shows the shop's appointments, and the people who edit it by hand."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import httpx

from evals.standins.google_calendar import CALENDAR, Fault, GoogleCalendarStandIn
from evals.standins.google_calendar_faults import Kind
from evals.worlds.staff import next_of
from shop.calendar.connected import Connected
from shop.calendar.credentials import AccessTokens, RefreshToken
from shop.calendar.events import event_id
from shop.calendar.google import GoogleCalendar
from shop.calendar.retry import Policy
from shop.calendar.worker import Timing, open_worker
from shop.desk import Desk

_KINDS: dict[str, Kind] = {"refuses": "server_error", "stalls": "hang", "gone": "reset_before"}
_EAGER = Timing(push_s=0.05, read_s=0.05, technicians_s=60, channels_s=60, quiet_s=0.0, listen_s=60)
_ONCE = Policy(attempts=1, attempt_s=0.3, budget_s=0.5)
_KNOWN = """
SELECT FROM appointments a JOIN calendar_outbox o ON o.appointment_id = a.id
 WHERE a.id = %s AND o.shown = a.revision
"""
_MOVED = "SELECT FROM appointments WHERE id = %s AND scheduled_at = %s"
_GONE = "SELECT FROM appointments WHERE id = %s AND status = 'cancelled'"
_PATIENCE_S = 10.0
_LOOK_S = 0.02


@dataclass(frozen=True, slots=True)
class Shown:
    """The appointments as staff see them."""

    google: GoogleCalendarStandIn
    desk: Desk

    @contextmanager
    def failing(self, how: str) -> Iterator[None]:
        """Every request goes wrong meanwhile."""
        self.google.faults.always = Fault(_KINDS[how])
        try:
            yield
        finally:
            self.google.faults.always = None

    async def move(self, whose: str, at: datetime) -> None:
        """Staff drag somebody's next appointment, and the records follow."""
        mine = await self._shown(whose)
        self.google.staff().moves(event_id(mine), at)
        await self._until(_MOVED, mine, at)

    async def cancel(self, whose: str) -> None:
        """Staff delete somebody's next appointment, and the records follow."""
        mine = await self._shown(whose)
        self.google.staff().deletes(event_id(mine))
        await self._until(_GONE, mine)

    async def _shown(self, whose: str) -> UUID:
        """The next appointment of somebody, once the calendar shows it and this is known."""
        mine = await next_of(self.desk.pool, whose)
        await self._until(_KNOWN, mine)
        return mine

    async def _until(self, so: str, *values: object) -> None:
        async with asyncio.timeout(_PATIENCE_S):
            while True:
                async with self.desk.pool.connection() as conn:
                    if (await conn.execute(so.encode(), values)).rowcount:
                        return
                await asyncio.sleep(_LOOK_S)


@asynccontextmanager
async def shown(desk: Desk, dsn: str, http: httpx.AsyncClient) -> AsyncIterator[Shown]:
    """The calendar, with somebody at work who keeps it and the records the same."""
    google = GoogleCalendarStandIn(clock=desk.clock)
    async with google.running() as url:
        ours = google.tokens
        grant = RefreshToken(ours.client_id, ours.client_secret, ours.refresh_token, f"{url}/token")
        tokens = AccessTokens(grant, http, desk.clock)
        account = GoogleCalendar(url, http, tokens, desk.profile.zone, desk.clock, policy=_ONCE)
        connected = Connected(
            desk.pool, desk.profile, desk.clock, calendar=account, calendar_id=CALENDAR
        )
        async with open_worker(connected, dsn=dsn, timing=_EAGER):
            yield Shown(google, desk)

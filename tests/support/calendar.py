"""A desk whose shop has a calendar: real records, and the stand-in for Google behind a socket."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from evals.standins.google_calendar import GoogleCalendarScript, GoogleCalendarStandIn
from evals.standins.google_calendar_staff import Staff
from shop.calendar.connected import Connected
from shop.calendar.desk import CalendarDesk
from shop.calendar.errors import CalendarError
from shop.calendar.events import event_id
from shop.calendar.google_events import OWNER
from shop.calendar.pushing import Pushing
from shop.calendar.reading import Reading
from shop.calendar.retry import Policy
from shop.calendar.rows import Row, load
from shop.calendar.technicians import Technicians
from shop.clock import Clock as AnyClock
from shop.db import Pool
from shop.profile.shop import Shop
from shop.schedule.booking import Booking
from tests.support.front import SHOP as BARTS
from tests.support.front import Front, opened
from tests.support.google import QUICK, SHOP, calendar, plain_client

CALENDAR = SHOP
PUBLIC_URL = "https://shop.example"
LONGER = 20 * 60
"""More seconds than anything is put off for."""


@dataclass(frozen=True, slots=True)
class Calendared:
    """A desk, its calendar, and the people who edit that by hand."""

    front: Front
    google: GoogleCalendarStandIn
    connected: Connected
    url: str

    @property
    def staff(self) -> Staff:
        return self.google.staff()

    @property
    def pushing(self) -> Pushing:
        return Pushing.of(self.connected, rng=random.Random(7))

    @property
    def reading(self) -> Reading:
        return Reading.of(self.connected)

    @property
    def technicians(self) -> Technicians:
        return Technicians.of(self.connected)

    async def push(self) -> int:
        """Tell the calendar of everything that is due; returns of how much."""
        pushed = 0
        while some := await self.pushing.push_due():
            pushed += some
        return pushed

    async def read(self) -> None:
        """Follow what has changed in the calendar."""
        await self.reading.read()

    async def settle(self) -> None:
        """Push and read until there is nothing more to do, whatever fails meanwhile."""
        for _ in range(30):
            self.front.clock.forward(seconds=LONGER)
            try:
                pushed = await self.push()
                await self.read()
                if not pushed and not await self.pending():
                    return
            except CalendarError:
                continue
        raise AssertionError("calendar and records do not come to rest")

    async def pending(self) -> int:
        """How many appointments the calendar has yet to be told of."""
        ((found,),) = await self.front.fetch(
            "SELECT count(*) FROM calendar_outbox WHERE shown IS DISTINCT FROM revision OR put_back"
        )
        return int(found)

    async def row(self, appointment_id: UUID) -> Row:
        """An appointment as it stands."""
        async with self.front.pool.connection() as conn:
            return (await load(conn, [appointment_id]))[appointment_id]

    async def state(self, appointment_id: UUID) -> str:
        """Whether the calendar shows it."""
        desk = CalendarDesk(self.front.pool, BARTS, self.front.clock)
        return await desk.calendar_state(appointment_id)

    def event(self, what: Booking | UUID) -> dict[str, Any]:
        """The one event of an appointment."""
        (found,) = self.events_of(what)
        return found

    def events_of(self, what: Booking | UUID) -> list[dict[str, Any]]:
        """Every event that says it is an appointment's."""
        owner = str(what if isinstance(what, UUID) else what.appointment.id)
        return [one for one in self.google.events() if private(one).get(OWNER) == owner]

    def move(self, what: Booking, start: datetime, end: datetime | None = None) -> None:
        """Somebody drags an appointment's event."""
        self.staff.moves(event_id(what.appointment.id), start, end)

    def delete(self, what: Booking) -> None:
        """Somebody deletes an appointment's event."""
        self.staff.deletes(event_id(what.appointment.id))

    async def callbacks(self) -> list[str]:
        """What staff are asked to look at."""
        found = await self.front.fetch("SELECT summary FROM callbacks ORDER BY created_at, id")
        return [summary for (summary,) in found]

    async def agree(self) -> None:
        """Check that the calendar shows every live appointment once, as it is, and no other."""
        shown = {
            private(one)[OWNER]: _facts(one)
            for one in self.google.events()
            if OWNER in private(one)
        }
        assert len(shown) == sum(OWNER in private(one) for one in self.google.events())
        rows = await self.front.fetch(
            """
            SELECT a.id, a.scheduled_at, upper(a.during), 'Bay ' || b.name, a.revision
              FROM appointments a JOIN bays b ON b.id = a.service_bay
             WHERE a.status <> 'cancelled'
            """
        )
        assert shown == {str(id_): tuple(facts) for id_, *facts in rows}


def private(event: dict[str, Any]) -> dict[str, str]:
    """An event's private properties."""
    found: dict[str, str] = event.get("extendedProperties", {}).get("private", {})
    return found


def span(event: dict[str, Any]) -> tuple[datetime, datetime]:
    """From when until when."""
    start, end = (datetime.fromisoformat(event[name]["dateTime"]) for name in ("start", "end"))
    return start, end


def _facts(event: dict[str, Any]) -> tuple[Any, ...]:
    return *span(event), event["location"], int(private(event)["revision"])


@asynccontextmanager
async def calendared(
    pool: Pool,
    *,
    script: GoogleCalendarScript | None = None,
    policy: Policy = QUICK,
    shop: Shop = BARTS,
    clock: AnyClock | None = None,
) -> AsyncIterator[Calendared]:
    """A desk that is connected to the stand-in; nothing pushes or reads by itself."""
    async with opened(pool, shop) as front, plain_client() as client:
        # Nobody hears the notifications.
        google = GoogleCalendarStandIn(
            script, clock=clock or front.clock, public_url=PUBLIC_URL, reach="http://127.0.0.1:9"
        )
        async with google.running() as url:
            account = calendar(google, url, client, policy=policy, clock=clock or front.clock)
            connected = Connected(
                pool, shop, clock or front.clock, calendar=account, calendar_id=CALENDAR
            )
            await Reading.of(connected).connect()
            yield Calendared(front, google, connected, url)

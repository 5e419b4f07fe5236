"""The whole service with a calendar: booked by talking, shown by Google, edited by staff."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from icalendar import Calendar
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from evals.standins.google_calendar import CALENDAR, Fault, GoogleCalendarStandIn
from evals.standins.serve import serve
from shop.calendar.channels import PATH
from shop.calendar.events import event_id
from shop.calendar.google_events import OWNER
from tests.support.calendar import private, span
from tests.support.conversation import MONDAY_MORNING, rows
from tests.support.service import BOOKING, PATIENCE_S, PUBLIC_URL, Clock, Service, a_service

pytestmark = pytest.mark.anyio
TEN = MONDAY_MORNING.replace(hour=16, minute=0) + timedelta(days=1)
"""Ten on Tuesday morning, in Springfield."""

_LOOK_AGAIN_S = 0.02


@pytest.fixture(scope="module")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """The loop the service runs on."""
    return "asyncio", {"use_uvloop": True}


@dataclass
class Flowing(Clock):
    """It is Monday morning, and time passes."""

    began: float = field(default_factory=time.monotonic)

    def __call__(self) -> datetime:
        return MONDAY_MORNING + timedelta(seconds=time.monotonic() - self.began)


@dataclass
class Gate:
    """The public address, which answers 503 until the service is behind it."""

    app: Any = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (self.app or Response(status_code=503))(scope, receive, send)


@dataclass(frozen=True, slots=True)
class Shop:
    """The service and its calendar."""

    service: Service
    google: GoogleCalendarStandIn
    gate: str

    async def until(self, wanted: Callable[[], bool]) -> None:
        await self.service.until(wanted)

    def booked(self) -> list[dict[str, Any]]:
        """The events of oil changes for a Civic."""
        return [one for one in self.google.events() if "2018 Honda Civic" in one["summary"]]

    async def health(self) -> dict[str, Any]:
        answer = await self.service.http.get("/health")
        assert answer.status_code == 200
        found: dict[str, Any] = answer.json()["calendar"]
        return found

    async def until_health(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                found = await self.health()
                if wanted(found):
                    return found
                await asyncio.sleep(_LOOK_AGAIN_S)

    async def appointment(self, appointment_id: str, *, status: str = "scheduled") -> datetime:
        """When an appointment is, once it has a status."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                found = await rows(self.service.pool, "appointments")
                (made,) = [one for one in found if one["id"] == appointment_id]
                if made["status"] == status:
                    return datetime.fromisoformat(made["scheduled_at"])
                await asyncio.sleep(_LOOK_AGAIN_S)

    async def book(self) -> str:
        """Book by typing; returns the appointment's id."""
        call_id = await self.service.open(caller_number="+12175550163")
        for text in BOOKING[:-1]:
            await self.service.say(call_id, text)
        shown = await self.service.shown(call_id)
        (made,) = shown["appointments"]
        return str(made["id"])


@asynccontextmanager
async def a_shop(
    dsn: str, *, google: GoogleCalendarStandIn | None = None, public: bool = False
) -> AsyncIterator[Shop]:
    """The service, connected to the stand-in for Google."""
    clock, gate = Flowing(), Gate()
    async with AsyncExitStack() as stack:
        reach = await stack.enter_async_context(serve(gate))
        google = google or GoogleCalendarStandIn(clock=clock, public_url=PUBLIC_URL, reach=reach)
        url = await stack.enter_async_context(google.running())
        more: dict[str, Any] = {
            "google_calendar_id": CALENDAR,
            "google_client_id": google.tokens.client_id,
            "google_client_secret": google.tokens.client_secret,
            "google_refresh_token": google.tokens.refresh_token,
            "google_base_url": url,
            "google_token_url": f"{url}/token",
        }
        if public:
            more["public_url"] = PUBLIC_URL
        service = await stack.enter_async_context(a_service(dsn, clock=clock, **more))
        gate.app = service.app
        yield Shop(service, google, reach)


async def test_what_is_booked_by_talking_appears_and_what_staff_do_comes_back(dsn: str) -> None:
    async with a_shop(dsn, public=True) as shop:
        appointment = await shop.book()
        await shop.until(lambda: len(shop.booked()) == 1)
        (event,) = shop.booked()
        assert span(event)[0] == TEN
        assert private(event)[OWNER] == appointment
        told = await shop.until_health(
            lambda h: h["connected"] and not h["pending"] and h["notified_until"]
        )
        assert (told["faults"], told["reads"]) == ({}, True)
        shop.google.staff().moves(event["id"], TEN + timedelta(hours=4))
        await shop.until(lambda: private(shop.booked()[0])["revision"] == "1")
        assert await shop.appointment(appointment) == TEN + timedelta(hours=4)
        shop.google.staff().deletes(event["id"])
        await shop.appointment(appointment, status="cancelled")
        assert {d.status for d in shop.google.channels.deliveries} >= {204}


async def test_a_booking_does_not_wait_for_a_calendar_that_hangs(dsn: str) -> None:
    async with a_shop(dsn) as shop:
        await shop.until_health(lambda h: h["connected"] and not h["pending"])
        shop.google.faults.always = Fault("hang")
        appointment = await shop.book()
        await shop.google.faults.held.wait()
        assert shop.booked() == []
        told = await shop.health()
        assert told["pending"] == 1
        assert await shop.appointment(appointment) == TEN


async def test_refused_credentials_are_seen_in_the_health(dsn: str) -> None:
    google = GoogleCalendarStandIn(clock=Flowing())
    google.tokens.revoke()
    async with a_shop(dsn, google=google) as shop:
        told = await shop.until_health(lambda h: "not_allowed" in h["faults"].values())
        assert told["connected"] is False
        assert await shop.book()
        answer = await shop.service.http.get("/health")
        assert (answer.status_code, answer.json()["status"]) == (200, "ok")


async def test_without_a_calendar_nothing_is_sent_and_health_says_so(dsn: str) -> None:
    async with a_service(dsn) as service:
        assert (await service.http.get("/health")).json()["calendar"] == {"configured": False}
        answer = await service.http.post(PATH, headers=_notification())
        assert answer.status_code == 404


def _notification(**more: str) -> dict[str, str]:
    return {
        "x-goog-channel-id": "nobody",
        "x-goog-channel-token": "nothing",
        "x-goog-resource-id": "no",
        "x-goog-resource-state": "exists",
    } | more


async def test_a_notification_is_believed_only_with_its_secret(dsn: str) -> None:
    async with a_shop(dsn, public=True) as shop:
        await shop.until_health(lambda h: h["notified_until"] is not None)
        async with shop.service.pool.connection() as conn:
            found = await conn.execute("SELECT to_jsonb(c) FROM calendar_channels c")
            ((channel,),) = await found.fetchall()
        right = _notification(
            **{
                "x-goog-channel-id": channel["id"],
                "x-goog-channel-token": channel["token"],
                "x-goog-resource-id": channel["resource_id"],
            }
        )
        post = shop.service.http.post
        assert (await post(PATH, headers=right)).status_code == 204
        first = right | {"x-goog-resource-state": "sync"}
        assert (await post(PATH, headers=first)).status_code == 204
        for wrong in (
            {"x-goog-channel-token": "guessed"},
            {"x-goog-channel-token": ""},
            {"x-goog-channel-token": "ü"},
            {"x-goog-channel-id": "another"},
            {"x-goog-resource-id": "another"},
        ):
            headers = [(k.encode(), v.encode()) for k, v in (right | wrong).items()]
            assert (await post(PATH, headers=headers)).status_code == 404, wrong
        bare = {k: v for k, v in right.items() if k != "x-goog-channel-token"}
        assert (await post(PATH, headers=bare)).status_code == 422


async def test_a_flood_of_notifications_is_turned_away(dsn: str) -> None:
    async with a_shop(dsn) as shop:
        answers = await asyncio.gather(
            *(shop.service.http.post(PATH, headers=_notification()) for _ in range(100))
        )
        statuses = [answer.status_code for answer in answers]
        assert set(statuses) == {404, 429}
        assert statuses.count(429) >= 20


async def test_an_appointment_is_to_be_had_as_a_file(dsn: str) -> None:
    async with a_shop(dsn) as shop:
        appointment = await shop.book()
        get = shop.service.http.get
        answer = await get(f"/v1/appointments/{appointment}.ics")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/calendar; charset=utf-8; method=PUBLISH"
        (event,) = Calendar.from_ical(answer.content).walk("VEVENT")
        assert (str(event["uid"]), event.decoded("dtstart")) == (appointment, TEN)
        for name in ("nobody", "00000000-0000-4000-8000-000000000000", event_id(UUID(appointment))):
            missing = await get(f"/v1/appointments/{name}.ics")
            assert (missing.status_code, missing.json()) == (
                404,
                {"detail": "there is no such appointment"},
            )
        elsewhere = {"host": "shop.example"}
        refused = await get(f"/v1/appointments/{appointment}.ics", headers=elsewhere)
        assert refused.status_code == 403

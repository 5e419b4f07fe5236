"""The calendar outside: opened with the service, told of changes, and handed out as files."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Annotated, Any
from uuid import UUID

import httpx
import psycopg
from fastapi import APIRouter, Depends, Header, HTTPException, Request, Response
from psycopg_pool import PoolTimeout

from api.core import Records
from api.guard import local_or_token
from api.settings import Settings
from shop.calendar.channels import PATH, known
from shop.calendar.connected import Connected
from shop.calendar.credentials import (
    TOKEN_URL,
    AccessTokens,
    Grant,
    RefreshToken,
    ServiceAccount,
)
from shop.calendar.desk import CalendarDesk
from shop.calendar.files import MEDIA_TYPE, calendar_file, method
from shop.calendar.google import BASE_URL, GoogleCalendar
from shop.calendar.listening import tell_of_change
from shop.calendar.reading import disconnect
from shop.calendar.retry import Pace
from shop.calendar.worker import Worker, open_worker
from shop.errors import NotFound, ShopError

logger = logging.getLogger(__name__)

router = APIRouter(tags=["calendar"])

_A_MINUTE, _AT_ONCE = 600, 60
"""How many notifications are looked at; Google sends one for each change."""


@asynccontextmanager
async def open_calendar(settings: Settings, records: Records) -> AsyncIterator[Worker | None]:
    """The calendar kept the same as the records until the context ends; None without a calendar."""
    desk = records.desk
    if settings.google_calendar_id is None:
        async with desk.pool.connection() as conn, conn.transaction():
            forgotten = await disconnect(conn, desk.shop)
        if forgotten:
            logger.warning("%d blocks of a calendar that is no longer set are forgotten", forgotten)
        yield None
        return
    async with AsyncExitStack() as stack:
        grant = await asyncio.to_thread(_grant, settings)
        # One of its own, so that nothing else waits when Google is slow.
        client = await stack.enter_async_context(httpx.AsyncClient())
        calendar = GoogleCalendar(
            settings.google_base_url or BASE_URL,
            client,
            AccessTokens(grant, client, desk.clock),
            desk.profile.zone,
            desk.clock,
        )
        connected = Connected(
            desk.pool,
            desk.profile,
            desk.clock,
            live=desk.live,
            calendar=calendar,
            calendar_id=settings.google_calendar_id,
        )
        url = settings.public_url
        yield await stack.enter_async_context(
            open_worker(
                connected,
                dsn=records.dsn,
                public_url=url if url is not None and url.startswith("https://") else None,
            )
        )


def _grant(settings: Settings) -> Grant:
    token_url = settings.google_token_url
    if settings.google_service_account_file is not None:
        return ServiceAccount.from_file(settings.google_service_account_file, token_url=token_url)
    assert settings.google_client_id is not None
    assert settings.google_client_secret is not None
    assert settings.google_refresh_token is not None
    return RefreshToken(
        settings.google_client_id,
        settings.google_client_secret.get_secret_value(),
        settings.google_refresh_token.get_secret_value(),
        token_url or TOKEN_URL,
    )


async def told(worker: Worker | None) -> dict[str, Any]:
    """The calendar's state for `/health`."""
    if worker is None:
        return {"configured": False}
    health = await worker.health()
    shown: dict[str, Any] = {
        "configured": True,
        "connected": health.connected,
        "faults": health.faults,
        "reads": health.reads,
    }
    if health.seen is not None:
        shown |= {
            "pending": health.seen.backlog.pending,
            "oldest_pending_s": round(health.seen.backlog.oldest_s),
            "last_read_at": health.seen.read_at,
            "notified_until": health.seen.notified_until,
        }
    return shown


def pace() -> Pace:
    """How fast notifications may come."""
    return Pace(_A_MINUTE, _AT_ONCE)


@router.post(PATH, status_code=204)
async def notify(
    request: Request,
    x_goog_channel_id: Annotated[str, Header(max_length=64)],
    x_goog_channel_token: Annotated[str, Header(max_length=256)],
    x_goog_resource_id: Annotated[str, Header(max_length=256)],
    x_goog_resource_state: Annotated[str, Header(max_length=64)],
) -> None:
    """Hear from Google that the calendar has changed. There is no body, and none is read.

    https://developers.google.com/workspace/calendar/api/guides/push
    """
    now = asyncio.get_running_loop().time()
    if request.app.state.calendar is None:
        raise HTTPException(404, _NO_CHANNEL)
    if request.app.state.notifications.wait(now, most_s=0.0) is None:
        raise HTTPException(429, "too many notifications", {"retry-after": "5"})
    try:
        async with request.app.state.pool.connection(timeout=1.0) as conn:
            channel = await known(conn, x_goog_channel_id)
            if channel is None or not channel.is_from(
                token=x_goog_channel_token, resource_id=x_goog_resource_id
            ):
                raise HTTPException(404, _NO_CHANNEL)
            if x_goog_resource_state != "sync":
                await tell_of_change(conn)
    except (psycopg.Error, PoolTimeout):
        # Google tries again after this.
        raise HTTPException(503, "the database is out of reach") from None


_NO_CHANNEL = "there is no such channel"


@router.get("/v1/appointments/{name}.ics", dependencies=[Depends(local_or_token)])
async def file(name: str, request: Request) -> Response:
    """An appointment for the customer's own calendar."""
    desk = request.app.state.calls.desk
    try:
        row = await CalendarDesk(desk.pool, desk.profile, desk.clock, live=desk.live).calendar_row(
            UUID(name)
        )
    except (ValueError, NotFound):
        raise HTTPException(404, "there is no such appointment") from None
    except ShopError as error:
        raise HTTPException(503, str(error)) from None
    return Response(
        calendar_file(row, desk.shop),
        media_type=f"{MEDIA_TYPE}; charset=utf-8; method={method(row)}",
        headers={
            "content-disposition": 'attachment; filename="appointment.ics"',
            "cache-control": "no-store",
        },
    )

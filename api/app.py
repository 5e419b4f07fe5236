"""The composition root: the one place that opens everything, hands it inward and closes it."""

import gc
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from api import calendar, health, parts, text, usage
from api.core import open_calls, open_records, utc_now
from api.errors import install
from api.guard import BodyLimit
from api.phone import CUT_OFF, PhoneCall, Switchboard
from api.settings import Settings
from api.speech import speech
from api.twilio.ledger import SharedLedger
from api.twilio.ports import CallStatus, Dialed, IncomingCall, Phone
from api.twilio.tokens import StreamTokens, shared_secret
from api.twilio.webhook import twilio_routes
from graph.bridges import LINES
from nodes.persona import greeting
from shop.clock import Clock
from shop.db import Pool
from shop.people.phone import normalize
from voice.manners import Manners
from voice.recorder import recording


def create_app(settings: Settings, *, clock: Clock = utc_now) -> FastAPI:
    """The service. Nothing is opened before its lifespan begins."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await _open(app, settings, clock, stack)
            # What is alive now lives as long as the process: the collector need not look at it
            # again, and a collection over a large heap is a pause every caller hears.
            gc.collect()
            gc.freeze()
            yield

    app = FastAPI(title="Sophie", lifespan=lifespan)
    app.state.settings = settings
    app.state.api_token = settings.api_token.get_secret_value() if settings.api_token else None
    app.state.notifications = calendar.pace()
    app.add_middleware(BodyLimit)
    install(app)
    app.include_router(health.router)
    app.include_router(text.router)
    app.include_router(usage.router)
    app.include_router(calendar.router)
    phone = _phone(app, settings, clock)
    app.state.lines = phone.lines
    app.include_router(twilio_routes(phone))
    return app


async def _open(app: FastAPI, settings: Settings, clock: Clock, stack: AsyncExitStack) -> None:
    records = await stack.enter_async_context(open_records(settings, clock))
    calls = await stack.enter_async_context(open_calls(settings, records))
    ears, mouths = await stack.enter_async_context(speech(settings, records.desk.shop))
    app.state.pool, app.state.calls = records.desk.pool, calls
    app.state.calendar = await stack.enter_async_context(calendar.open_calendar(settings, records))
    manners, hello = Manners(), greeting(records.desk.shop)
    recorded = await stack.enter_async_context(
        recording(mouths.preferred, (hello, CUT_OFF), (*manners.lines, *LINES))
    )
    app.state.switchboard = Switchboard(
        calls=calls,
        ears=ears,
        mouths=mouths,
        greeting=hello,
        recorded=recorded,
        rest=parts.carrier(settings, records.http),
        manners=manners,
    )


def _phone(app: FastAPI, settings: Settings, clock: Clock) -> Phone:
    async def open_call(incoming: IncomingCall) -> PhoneCall:
        switchboard: Switchboard = app.state.switchboard
        return await switchboard.open(incoming)

    async def status(news: CallStatus) -> None:
        switchboard: Switchboard = app.state.switchboard
        await switchboard.transfers.ended(news)

    async def dialed(news: Dialed) -> None:
        switchboard: Switchboard = app.state.switchboard
        await switchboard.transfers.dialed(news)

    async def is_over(call_sid: str) -> bool:
        switchboard: Switchboard = app.state.switchboard
        return await switchboard.is_over(call_sid)

    async def last_words(call_sid: str) -> str | None:
        switchboard: Switchboard = app.state.switchboard
        return await switchboard.last_words(call_sid)

    def pool() -> Pool:
        found: Pool = app.state.pool
        return found

    token = settings.twilio_auth_token
    return Phone(
        public_url=settings.public_url if settings.twilio_auth_token else None,
        auth_token=settings.twilio_auth_token,
        clock=clock,
        tokens=StreamTokens(
            shared_secret(token.get_secret_value() if token else None), SharedLedger(pool), clock
        ),
        open_call=open_call,
        status=status,
        dialed=dialed,
        is_over=is_over,
        last_words=last_words,
        normalise=normalize,
        most_calls=settings.max_calls,
    )

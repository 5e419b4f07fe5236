"""The composition root: the one place that opens everything, hands it inward and closes it."""

import asyncio
import gc
import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx
from fastapi import FastAPI
from fastapi.responses import ORJSONResponse
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver

from api import health, parts, text
from api.calls import Calls
from api.errors import install
from api.guard import BodyLimit
from api.phone import CUT_OFF, Opening, PhoneCall, Switchboard, rendered
from api.settings import Settings
from api.twilio.ports import CallStatus, IncomingCall, Phone
from api.twilio.tokens import MemoryLedger, StreamTokens
from api.twilio.webhook import twilio_routes
from graph.agent import CompiledGraph, GraphAgent
from graph.build import Resources, build_graph
from graph.checkpoints import WriteBehindSaver
from graph.context import CallContext
from graph.models.profiles import profile_of
from nodes.persona import greeting
from shop import phone
from shop.clock import Clock
from shop.db import Pool, migrate, open_pool
from shop.demo import load_demo
from shop.desk import Desk
from shop.nhtsa import Vpic
from voice.ports import Mouths, VoiceError

logger = logging.getLogger(__name__)

LONGEST_CALL = timedelta(hours=1)
"""No call lasts longer, so a record open since before then belongs to a killed process."""

IDLE_S = 900.0
"""A text call nobody speaks to for this long is hung up."""


def utc_now() -> datetime:
    """The clock of the real world."""
    return datetime.now(UTC)


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

    app = FastAPI(title="Sophie", lifespan=lifespan, default_response_class=ORJSONResponse)
    app.state.settings = settings
    app.state.api_token = settings.api_token.get_secret_value() if settings.api_token else None
    app.add_middleware(BodyLimit)
    install(app)
    app.include_router(health.router)
    app.include_router(text.router)
    app.include_router(twilio_routes(_phone(app, settings, clock)))
    return app


async def _open(app: FastAPI, settings: Settings, clock: Clock, stack: AsyncExitStack) -> None:
    shop = parts.profile(settings)
    dsn, own = await stack.enter_async_context(parts.database(settings))
    await migrate(dsn)
    pool = await stack.enter_async_context(open_pool(dsn))
    checkpoints = await stack.enter_async_context(open_pool(dsn))
    if own:
        await load_demo(pool, shop, clock)
    http = await stack.enter_async_context(httpx.AsyncClient())
    desk = Desk(pool, shop, clock, Vpic(settings.nhtsa_base_url, http))
    await desk.sweep(LONGEST_CALL)
    model = await stack.enter_async_context(parts.chat_model(settings))
    resources = Resources(
        model,
        desk,
        can_transfer=settings.twilio_auth_token is not None,
        first_token_s=settings.openai_first_token_s,
    )
    new_agent = await agent_maker(resources, checkpoints)
    name = parts.model_name(settings)
    calls = Calls(desk, new_agent, name, profile_of(name), settings.max_calls)
    stack.push_async_callback(calls.end_all)
    ears, mouths = await stack.enter_async_context(parts.speech(settings, shop))
    app.state.pool, app.state.calls = pool, calls
    app.state.switchboard = Switchboard(
        calls=calls,
        ears=ears,
        mouths=mouths,
        greeting=await _opening(mouths, greeting(shop)),
        cut_off=await _opening(mouths, CUT_OFF),
        rest=parts.carrier(settings, http),
    )
    idle = asyncio.create_task(calls.end_idle(longer_than_s=IDLE_S, sleep=asyncio.sleep))
    stack.push_async_callback(_stop, idle)


async def agent_maker(resources: Resources, pool: Pool) -> "AgentMaker":
    """Compile the graph once, with the checkpoint tables in place, for all calls of the process."""
    saver = AsyncPostgresSaver(pool)  # type: ignore[arg-type]  # it sets its own row factory
    await saver.setup()
    compiled = build_graph(resources).compile(checkpointer=saver)
    return AgentMaker(compiled, pool, greeting(resources.desk.shop))


class AgentMaker:
    """Gives each call its own agent on the one compiled graph, with a saver of its own."""

    def __init__(self, graph: CompiledGraph, pool: Pool, words: str) -> None:
        self._graph, self._pool, self._words = graph, pool, words

    def __call__(self, context: CallContext) -> GraphAgent:
        assert isinstance(self._graph.checkpointer, AsyncPostgresSaver)
        own = AsyncPostgresSaver(self._pool, serde=self._graph.checkpointer.serde)  # type: ignore[arg-type]  # as above
        saver = WriteBehindSaver(own)
        graph = self._graph.copy(update={"checkpointer": saver})
        return GraphAgent(graph, saver, context, self._words)


async def _opening(mouths: Mouths, words: str) -> Opening:
    """A first sentence with its audio; without it when the voice is out of reach just now."""
    try:
        return Opening(words, await rendered(mouths, words))
    except VoiceError as error:
        logger.warning("the greeting is voiced at the call: %s", error)
        return Opening(words, b"")


def _phone(app: FastAPI, settings: Settings, clock: Clock) -> Phone:
    async def open_call(incoming: IncomingCall) -> PhoneCall:
        switchboard: Switchboard = app.state.switchboard
        return await switchboard.open(incoming)

    async def status(_: CallStatus) -> None:
        """The stream's own end tells the same, earlier."""

    async def is_over(call_sid: str) -> bool:
        switchboard: Switchboard = app.state.switchboard
        return await switchboard.is_over(call_sid)

    return Phone(
        public_url=settings.public_url if settings.twilio_auth_token else None,
        auth_token=settings.twilio_auth_token,
        clock=clock,
        tokens=StreamTokens(secrets.token_bytes(32), MemoryLedger(), clock),
        open_call=open_call,
        status=status,
        is_over=is_over,
        normalise=phone.normalize,
        most_calls=settings.max_calls,
    )


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

"""Opens the shop and the conversation: what every channel shares and none owns."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import httpx
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver

from api import parts
from api.calls import Calls
from api.settings import Settings
from api.telemetry.export import telemetry
from api.tracing import tracing
from graph.agent import CompiledGraph, GraphAgent
from graph.build import Resources, build_graph
from graph.checkpoints import WriteBehindSaver
from graph.context import CallContext
from graph.models.meter import Meter
from graph.models.profiles import RULEBOOK, profile_of
from graph.models.usage import Usage
from graph.vocabulary import Vocabulary, cars_on_file
from nodes.persona import greeting
from nodes.variants import variants
from shop.cars.nhtsa import Vpic
from shop.cars.recalls import Recalls
from shop.clock import Clock
from shop.db import Pool, migrate, open_pool
from shop.desk import Desk
from shop.errors import Unavailable
from shop.people.filecache import open_files
from shop.profile.closures import open_live
from shop.seed.demo import load_demo

logger = logging.getLogger(__name__)

LONGEST_CALL = timedelta(hours=1)
"""No call lasts longer, so a record open since before then belongs to a killed process."""

PASS_ON_S = 30.0
"""How often unanswered offers to the waiting list are looked at."""

IDLE_S = 900.0
"""A text call nobody speaks to for this long is hung up."""


def utc_now() -> datetime:
    """The clock of the real world."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Records:
    """The shop, open."""

    dsn: str
    desk: Desk
    http: httpx.AsyncClient


@asynccontextmanager
async def open_records(settings: Settings, clock: Clock) -> AsyncIterator[Records]:
    """The database brought up to date, the demo shop in it if it is our own, and the desk.

    Raises:
        ProfileRefused, PostgresUnavailable, MigrationError: Each says what to mend.
    """
    async with AsyncExitStack() as stack:
        shop = await asyncio.to_thread(parts.profile, settings)
        dsn, own = await stack.enter_async_context(parts.database(settings))
        await migrate(dsn)
        pool = await stack.enter_async_context(open_pool(dsn))
        if own is not None:
            await load_demo(pool, shop, clock)
        http = await stack.enter_async_context(httpx.AsyncClient())
        files = await stack.enter_async_context(open_files(dsn))
        live = await stack.enter_async_context(open_live(dsn, shop, clock))
        vpic = Vpic(settings.nhtsa_base_url, http)
        recalls = Recalls(settings.nhtsa_recalls_base_url, http)
        desk = Desk(pool, shop, clock, vpic, recall_registry=recalls, files=files, live=live)
        yield Records(dsn, desk, http)


@asynccontextmanager
async def open_calls(settings: Settings, records: Records) -> AsyncIterator[Calls]:
    """The conversation, ready for calls; on the way out every call is ended and written down."""
    async with AsyncExitStack() as stack:
        await records.desk.sweep(LONGEST_CALL)
        await asyncio.to_thread(variants)  # so that the graph finds them read
        server = parts.model_server(settings)
        chat_models = parts.chat_models(settings, server)
        model, *standbys = await stack.enter_async_context(chat_models)
        meter = await _meter(settings, records.desk)
        checkpoints = await stack.enter_async_context(open_pool(records.dsn))
        resources = Resources(
            model,
            records.desk,
            can_transfer=settings.twilio_auth_token is not None,
            first_token_s=settings.openai_first_token_s,
            stall_s=settings.openai_stall_s,
            standbys=tuple(standbys),
            simple=await stack.enter_async_context(parts.simple_model(settings, server)),
            budget_s=settings.openai_budget_s,
            history_tokens=settings.openai_history_tokens,
            meter=meter,
        )
        watching = await stack.enter_async_context(tracing(settings))
        maker = watching(await agent_maker(resources, checkpoints))
        name = parts.model_name(settings)
        told = await stack.enter_async_context(telemetry(settings, records.desk.clock))
        calls = Calls(
            records.desk, maker, name, settings.max_calls, meter=meter, report=told.report
        )
        told.watch(calls.live)
        lasting = [
            asyncio.create_task(calls.end_idle(longer_than_s=IDLE_S, sleep=asyncio.sleep)),
            asyncio.create_task(_keep_passing_on(records.desk)),
        ]
        try:
            yield calls
        finally:
            for task in lasting:
                task.cancel()
            await asyncio.gather(*lasting, return_exceptions=True)
            await calls.end_all()


async def _meter(settings: Settings, desk: Desk) -> Meter:
    """What vendors' models have taken today, as far as it is written down."""
    meter = Meter(desk.clock, desk.shop.zone, settings.openai_daily_tokens)
    for use in await desk.models_used(meter.today):
        if profile_of(use["model"]) is not RULEBOOK:
            meter.note(Usage(use["prompt_tokens"], use["completion_tokens"]))
    return meter


async def _keep_passing_on(desk: Desk) -> None:
    """Offer freed times that nobody took to the next on the waiting list."""
    while True:
        try:
            await desk.pass_on_offers()
        except Unavailable:
            logger.warning("waiting list: not looked at while the records are away")
        await asyncio.sleep(PASS_ON_S)


async def agent_maker(resources: Resources, pool: Pool) -> "AgentMaker":
    """Compile the graph once, with the checkpoint tables in place, for all calls of the process."""
    saver = AsyncPostgresSaver(pool)  # type: ignore[arg-type]  # it sets its own row factory
    await saver.setup()
    compiled = build_graph(resources).compile(checkpointer=saver)
    return AgentMaker(compiled, pool, resources.desk)


class AgentMaker:
    """Gives each call its own agent on the one compiled graph, with a saver of its own."""

    def __init__(self, graph: CompiledGraph, pool: Pool, desk: Desk) -> None:
        self._graph, self._pool, self._desk = graph, pool, desk

    def __call__(self, context: CallContext) -> GraphAgent:
        assert isinstance(self._graph.checkpointer, AsyncPostgresSaver)
        own = AsyncPostgresSaver(self._pool, serde=self._graph.checkpointer.serde)  # type: ignore[arg-type]  # as above
        elsewhere = partial(self._desk.goes_on_elsewhere, context.call_sid)
        saver = WriteBehindSaver(own, elsewhere)
        graph = self._graph.copy(update={"checkpointer": saver})
        words = greeting(self._desk.shop, context.call_type)
        known = Vocabulary(cars_on_file(self._desk))
        return GraphAgent(graph, saver, context, words, known_words=known)

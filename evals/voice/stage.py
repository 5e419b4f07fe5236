"""The whole service for one call: its own database, its own stand-ins, everything stamped."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import FastAPI

from api.app import create_app
from api.calls import Calls
from api.phone import Switchboard
from api.settings import Settings, read_settings
from evals.arms import Turns
from evals.standins.deepgram import Connection, DeepgramScript, DeepgramStandIn
from evals.standins.deepgram_dialects import Flux, Nova
from evals.standins.hearing import Hearing
from evals.standins.nhtsa import NhtsaFault, NhtsaScript, NhtsaStandIn
from evals.standins.openai import OpenAIScript, OpenAIStandIn
from evals.standins.openai_rulebook import answer
from evals.standins.serve import serve
from evals.standins.twilio import StandInTwilio
from evals.voice.spoken import SpokenHearing
from evals.voice.stamps import StampedModel, StampedService, StampedSpeech, Stamps
from evals.worlds.changes import REGISTRY, alter
from evals.worlds.databases import Databases
from shop.db import Pool

MODEL_MS, VOICE_MS = 200, 80
"""How long the model and the voice take to begin."""

_NOWHERE = "http://127.0.0.1:9"


class SpokenDeepgram(DeepgramStandIn):
    """Hears what sounds carry, while they last."""

    def _hearing(self, connection: Connection, dialect: Flux | Nova) -> Hearing:
        return SpokenHearing(lambda: dialect.sureness, eager=dialect.eager)


@dataclass(frozen=True, slots=True)
class Stage:
    """A service that takes one call.

    Attributes:
        pool: Its database.
    """

    app: FastAPI
    twilio: StandInTwilio
    stamps: Stamps

    @property
    def calls(self) -> Calls:
        """The calls under way."""
        calls: Calls = self.app.state.calls
        return calls

    @property
    def pool(self) -> Pool:
        """Its database."""
        return self.calls.desk.pool


@asynccontextmanager
async def stage(
    databases: Databases,
    now: datetime,
    *,
    word_ms: int,
    world: str = "demo",
    registry_s: float | None = None,
    turns: Turns | None = None,
) -> AsyncIterator[Stage]:
    """The service with the demo shop as it is at `now`, which stands still.

    Args:
        databases: Where the shop is copied.
        now: The time of the wall clock, with an offset.
        word_ms: How much audio the voice makes of a word.
        world: How the records differ from the demo shop's.
        registry_s: How long the registry of cars takes to answer; none if it is out of reach.
        turns: How turns are taken, where that differs.
    """
    stamps = Stamps()
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        script = DeepgramScript(speaks="verbatim", voice_delay_ms=VOICE_MS, word_ms=word_ms)
        deepgram = await enter(serve(StampedSpeech(SpokenDeepgram(script).app, stamps)))
        model = OpenAIStandIn(OpenAIScript(ttft_ms=MODEL_MS), answer=answer)
        openai = await enter(serve(StampedModel(model.app, stamps)))
        registry = _NOWHERE
        if registry_s is not None:
            registry = await enter(NhtsaStandIn(_slow(registry_s)).running())
        settings = _settings(
            database_url=await enter(databases.demo(now)),
            deepgram_api_key="none-is-needed",
            deepgram_base_url=deepgram,
            deepgram_eager=turns is None or turns.eager is not False,
            openai_api_key="none-is-needed",
            openai_base_url=f"{openai}/v1",
            local_voice_fallback=False,  # a voice that spells nothing cannot be listened to
            nhtsa_base_url=registry,
            nhtsa_recalls_base_url=registry,
        )
        stack.callback(gc.unfreeze)
        app = create_app(settings, clock=lambda: now)
        await enter(app.router.lifespan_context(app))
        if turns is not None:
            switchboard: Switchboard = app.state.switchboard
            switchboard.manners = turns.manners(switchboard.manners)
        await alter(app.state.pool, world)
        url = await enter(serve(StampedService(app, stamps)))
        yield Stage(app, await enter(StandInTwilio(reach=url)), stamps)


def _settings(**mine: Any) -> Settings:
    """Settings of the run's own, whatever the environment and `.env` say."""
    unset = {name: None for name, one in Settings.model_fields.items() if one.default is None}
    return read_settings(_env_file=None, **{**unset, **mine})


def _slow(seconds: float) -> NhtsaScript:
    fault = NhtsaFault("slow", for_ms=round(seconds * 1000))
    return NhtsaScript(cars=REGISTRY.cars, faults=(fault,) * 4)


def now_s() -> float:
    """The clock of all stamps."""
    return asyncio.get_running_loop().time()

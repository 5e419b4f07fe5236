"""Tells an OpenTelemetry collector what calls took, once they are over.

Off unless `OTEL_EXPORTER_OTLP_ENDPOINT` is set; only then the library is imported.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sized
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import unquote

from api.call import Call
from api.settings import Settings
from api.telemetry.facts import facts_of
from shop.clock import Clock
from shop.faults import describe

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Telemetry:
    """Where calls are reported.

    Attributes:
        report: Takes a call whose outcome is known; never raises.
        watch: Takes the calls under way, to be counted.
    """

    report: Callable[[Call], Awaitable[None]]
    watch: Callable[[Sized], None]


async def _nothing(call: Call) -> None:
    """Report a call to nobody."""


def _nobody(calls: Sized) -> None:
    """Watch nothing."""


@asynccontextmanager
async def telemetry(settings: Settings, clock: Clock) -> AsyncIterator[Telemetry]:
    """Where to report calls. On the way out what is left is sent, and the threads end."""
    endpoint = settings.otel_exporter_otlp_endpoint
    if endpoint is None:
        yield Telemetry(_nothing, _nobody)
        return
    # Only who wants it pays for importing it, and only they need to have it.
    from api.telemetry.pipeline import Pipeline

    pipeline = Pipeline(endpoint, _headers(settings), settings.otel_service_name)
    asked = _asked(settings)

    async def report(call: Call) -> None:
        try:
            await pipeline.add(facts_of(call, asked=asked, now=clock()))
        except Exception as error:  # a call is not to fail for what is told of it
            logger.error("what a call took was not reported: %s", describe(error))

    def watch(calls: Sized) -> None:
        pipeline.measures.live = calls

    try:
        yield Telemetry(report, watch)
    finally:
        await pipeline.aclose()


def _headers(settings: Settings) -> dict[str, str]:
    """What is sent along, such as a key."""
    given = settings.otel_exporter_otlp_headers
    pairs = given.get_secret_value().split(",") if given is not None else []
    told = (pair.split("=", 1) for pair in pairs)
    return {unquote(name).lower(): unquote(value) for name, value in told}


def _asked(settings: Settings) -> frozenset[str]:
    """The models that answer when nothing is wrong."""
    if settings.openai_api_key is None:
        return frozenset({"rulebook"})
    return frozenset({settings.openai_model, settings.openai_simple_model or ""})

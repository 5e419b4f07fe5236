"""The library's parts that carry spans and metrics to a collector, over OTLP and HTTP.

The library sends from threads of its own: a collector that is slow, dead or refuses costs spans,
never a frame.
"""

import asyncio
from collections.abc import Mapping

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from api.telemetry.facts import CallFacts
from api.telemetry.measures import Measures
from api.telemetry.spans import CallIds, draw_call

SEND_S = 2.0
"""How long sending one batch may take, with all its attempts."""

LAST_WORDS_S = 3.0
"""How long a process that ends waits until its last spans are out."""

_BATCH = 128
_SCOPE = "sophie"


class Pipeline:
    """Takes calls that are over. Made once for the process; `aclose` ends its threads."""

    def __init__(self, endpoint: str, headers: Mapping[str, str], service: str) -> None:
        resource = Resource.create({"service.name": service})
        told = dict(headers)
        self._sender = OTLPSpanExporter(f"{endpoint}/v1/traces", headers=told, timeout=SEND_S)
        self._batches = BatchSpanProcessor(self._sender, max_export_batch_size=_BATCH)
        self._ids = CallIds()
        self._tracers = TracerProvider(
            resource=resource, id_generator=self._ids, shutdown_on_exit=False
        )
        self._tracers.add_span_processor(self._batches)
        sums = OTLPMetricExporter(f"{endpoint}/v1/metrics", headers=told, timeout=SEND_S)
        self._meters = MeterProvider(
            [PeriodicExportingMetricReader(sums)], resource, shutdown_on_exit=False
        )
        self._tracer = self._tracers.get_tracer(_SCOPE)
        self.measures = Measures(self._meters.get_meter(_SCOPE))

    async def add(self, facts: CallFacts) -> None:
        """Tell of a call."""
        await self.measures.add(facts)
        await draw_call(self._tracer, self._ids, facts)

    async def aclose(self) -> None:
        """Send what is left, for a while, and end the threads."""
        flushing = asyncio.create_task(asyncio.to_thread(self._batches.force_flush))
        await asyncio.wait({flushing}, timeout=LAST_WORDS_S)
        if not flushing.done():
            await asyncio.to_thread(self._sender.shutdown)  # gives up what is still being tried
        await flushing
        await asyncio.to_thread(self._tracers.shutdown)
        await asyncio.to_thread(self._meters.shutdown, LAST_WORDS_S * 1000)

"""A stand-in for an OpenTelemetry collector on loopback: OTLP over HTTP, as protobuf.

    python -m evals.standins.otlp --port 4318

It keeps all that arrives, so that a test can read what left the house. Paths and shapes:
https://opentelemetry.io/docs/specs/otlp/#otlphttp-request
"""

import asyncio
import gzip
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from evals.standins import serve

Value = str | int | float | bool

_SETTINGS = "OTEL_EXPORTER_OTLP_ENDPOINT={url}"
_PROTOBUF = "application/x-protobuf"


@dataclass(slots=True)
class CollectorStandIn:
    """What a collector was sent.

    Attributes:
        status: What it answers with; 200 keeps what came.
        answers: Cleared, it takes a request and does not answer until it is set.
        headers: Those of the last request.
        bodies: Every request as it came, unpacked.
        metrics: The latest state of each metric, by its name.
    """

    status: int = 200
    answers: asyncio.Event = field(default_factory=asyncio.Event)
    headers: dict[str, str] = field(default_factory=dict)
    bodies: list[bytes] = field(default_factory=list)
    resource: dict[str, Value] = field(default_factory=dict)
    spans: list[Span] = field(default_factory=list)
    metrics: dict[str, Metric] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.answers.set()

    @property
    def app(self) -> Starlette:
        """The collector."""
        return Starlette(
            routes=[
                Route("/v1/traces", self._traces, methods=["POST"]),
                Route("/v1/metrics", self._metrics, methods=["POST"]),
            ]
        )

    @asynccontextmanager
    async def running(self, port: int = 0) -> AsyncIterator[str]:
        """Serve on loopback; yields the base URL, such as `http://127.0.0.1:49152`."""
        async with serve.serve(self.app, port=port) as url:
            yield url

    async def _traces(self, request: Request) -> Response:
        body = await self._taken(request)
        if self.status == 200:
            for group in ExportTraceServiceRequest.FromString(body).resource_spans:
                self.resource = attributes(group.resource.attributes)
                self.spans += [span for scope in group.scope_spans for span in scope.spans]
        return self._answer(ExportTraceServiceResponse().SerializeToString())

    async def _metrics(self, request: Request) -> Response:
        body = await self._taken(request)
        if self.status == 200:
            for group in ExportMetricsServiceRequest.FromString(body).resource_metrics:
                for scope in group.scope_metrics:
                    self.metrics |= {metric.name: metric for metric in scope.metrics}
        return self._answer(ExportMetricsServiceResponse().SerializeToString())

    async def _taken(self, request: Request) -> bytes:
        body = await request.body()
        if request.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        self.headers = dict(request.headers)
        self.bodies.append(body)
        await self.answers.wait()
        return body

    def _answer(self, body: bytes) -> Response:
        return Response(body, self.status, media_type=_PROTOBUF)


def attributes(given: Iterable[KeyValue]) -> dict[str, Value]:
    """Attributes as Python has them."""
    return {one.key: getattr(one.value, one.value.WhichOneof("value") or "") for one in given}


def main() -> None:
    """Serve from the command line."""
    args = serve.parser("otlp", port=4318).parse_args()
    serve.run(CollectorStandIn().app, name="a collector", port=args.port, settings=_SETTINGS)


if __name__ == "__main__":
    main()

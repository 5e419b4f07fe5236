"""A stand-in for LangSmith's REST API on loopback: data sets, experiments, runs and feedback.

    python -m evals.standins.langsmith --port 8085

It keeps all that arrives, so that a test can read what left the house. Paths and shapes:
https://api.smith.langchain.com/redoc and https://docs.smith.langchain.com.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.parser import BytesParser
from email.policy import HTTP
from io import BytesIO
from typing import Any
from uuid import UUID, uuid5

import orjson
import zstandard
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from evals.standins import serve

Json = dict[str, Any]

_TENANT = UUID("5c0f5c5e-0d5e-4b5e-9a57-ba275a07a000")
_SETTINGS = "LANGSMITH_ENDPOINT={url}\nLANGSMITH_API_KEY=any"
_INFO = {
    "version": "0.13.5",
    "instance_flags": {
        "dataset_examples_multipart_enabled": True,
        "zstd_compression_enabled": True,
    },
    "batch_ingest_config": {
        "use_multipart_endpoint": True,
        "scale_up_qsize_trigger": 1000,
        "scale_up_nthreads_limit": 16,
        "scale_down_nempty_trigger": 4,
        "size_limit": 100,
        "size_limit_bytes": 20_971_520,
    },
}


@dataclass(frozen=True, slots=True)
class Arrived:
    """One request, its body unpacked to readable text."""

    method: str
    path: str
    query: str
    body: str


@dataclass(slots=True)
class LangSmithStandIn:
    """What a workspace holds. Every request needs a key; which one does not matter.

    Attributes:
        runs: By id, with the later parts of each run merged into it.
        feedback: In the order of arrival.
    """

    arrived: list[Arrived] = field(default_factory=list)
    datasets: dict[str, Json] = field(default_factory=dict)
    examples: dict[str, Json] = field(default_factory=dict)
    sessions: dict[str, Json] = field(default_factory=dict)
    runs: dict[str, Json] = field(default_factory=dict)
    feedback: list[Json] = field(default_factory=list)

    @property
    def app(self) -> Starlette:
        """The API."""
        examples = "/v1/platform/datasets/{dataset}/examples"
        return Starlette(
            routes=[
                self._route("/info", self._info, "GET"),
                self._route("/datasets", self._find_datasets, "GET"),
                self._route("/datasets", self._add_dataset, "POST"),
                self._route("/examples", self._list_examples, "GET"),
                self._route("/examples", self._drop_examples, "DELETE"),
                self._route(examples, self._add_examples, "POST"),
                self._route(examples, self._change_examples, "PATCH"),
                self._route("/sessions", self._add_session, "POST"),
                self._route("/sessions/{session}", self._change_session, "PATCH"),
                self._route("/runs/multipart", self._take_runs, "POST"),
                self._route("/feedback", self._take_feedback, "POST"),
            ]
        )

    @asynccontextmanager
    async def running(self, port: int = 0) -> AsyncIterator[str]:
        """Serve on loopback; yields the base URL, such as `http://127.0.0.1:49152`."""
        async with serve.serve(self.app, port=port) as url:
            yield url

    def _route(
        self, path: str, answer: Callable[[Request, bytes], Awaitable[Response]], method: str
    ) -> Route:
        async def respond(request: Request) -> Response:
            body = await request.body()
            if request.headers.get("content-encoding") == "zstd":
                body = zstandard.ZstdDecompressor().stream_reader(BytesIO(body)).read()
            text = body.decode("utf-8", "replace")
            self.arrived.append(Arrived(method, request.url.path, request.url.query, text))
            if path != "/info" and not request.headers.get("x-api-key"):
                return JSONResponse({"detail": "Invalid token"}, 401)
            return await answer(request, body)

        return Route(path, respond, methods=[method])

    async def _info(self, request: Request, body: bytes) -> Response:
        return JSONResponse(_INFO)

    async def _find_datasets(self, request: Request, body: bytes) -> Response:
        name = request.query_params.get("name")
        found = [one for one in self.datasets.values() if name in (None, one["name"])]
        return JSONResponse(found)

    async def _add_dataset(self, request: Request, body: bytes) -> Response:
        asked = orjson.loads(body)
        if any(one["name"] == asked["name"] for one in self.datasets.values()):
            return JSONResponse({"detail": "Dataset with this name already exists."}, 409)
        made = {
            "id": str(uuid5(_TENANT, asked["name"])),
            "name": asked["name"],
            "description": asked.get("description"),
            "data_type": asked.get("data_type", "kv"),
            "tenant_id": str(_TENANT),
            "created_at": _now(),
            "modified_at": _now(),
            "example_count": 0,
            "session_count": 0,
        }
        self.datasets[made["id"]] = made
        return JSONResponse(made)

    async def _list_examples(self, request: Request, body: bytes) -> Response:
        asked = request.query_params
        found = [one for one in self.examples.values() if one["dataset_id"] == asked["dataset"]]
        start = int(asked.get("offset", 0))
        return JSONResponse(found[start : start + int(asked.get("limit", 100))])

    async def _drop_examples(self, request: Request, body: bytes) -> Response:
        for id_ in request.query_params.getlist("example_ids"):
            if self.examples.pop(id_, None) is None:
                return JSONResponse({"detail": "Example not found"}, 404)
        return JSONResponse({"message": "Examples deleted"})

    async def _add_examples(self, request: Request, body: bytes) -> Response:
        dataset, given = request.path_params["dataset"], _by_id(request, body)
        if dataset not in self.datasets:
            return JSONResponse({"detail": "Dataset not found"}, 404)
        if taken := [id_ for id_ in given if id_ in self.examples]:
            return JSONResponse({"detail": f"Example {taken[0]} already exists"}, 409)
        for id_, one in given.items():
            self.examples[id_] = self._example(id_, dataset, one)
        return JSONResponse({"count": len(given), "example_ids": list(given), "as_of": _now()}, 201)

    async def _change_examples(self, request: Request, body: bytes) -> Response:
        given = _by_id(request, body)
        if unknown := [id_ for id_ in given if id_ not in self.examples]:
            return JSONResponse({"detail": f"Example {unknown[0]} not found"}, 404)
        for id_, one in given.items():
            self.examples[id_] = self._example(id_, request.path_params["dataset"], one)
        return JSONResponse({"count": len(given), "example_ids": list(given), "as_of": _now()})

    def _example(self, id_: str, dataset: str, given: Json) -> Json:
        split = given.get("split") or "base"
        splits = split if isinstance(split, list) else [split]
        return {
            "id": id_,
            "dataset_id": dataset,
            "name": f"#{id_[:4]}",
            "inputs": given.get("inputs"),
            "outputs": given.get("outputs"),
            "metadata": {**(given.get("metadata") or {}), "dataset_split": splits},
            "created_at": _now(),
            "modified_at": _now(),
        }

    async def _add_session(self, request: Request, body: bytes) -> Response:
        asked = orjson.loads(body)
        if any(one["name"] == asked["name"] for one in self.sessions.values()):
            return JSONResponse({"detail": "Session with this name already exists."}, 409)
        made = {**asked, "tenant_id": str(_TENANT), "start_time": _now()}
        made.setdefault("reference_dataset_id", None)
        self.sessions[made["id"]] = made
        return JSONResponse(made)

    async def _change_session(self, request: Request, body: bytes) -> Response:
        session = self.sessions.get(request.path_params["session"])
        if session is None:
            return JSONResponse({"detail": "Session not found"}, 404)
        given = {name: value for name, value in orjson.loads(body).items() if value is not None}
        session.update(given)
        return JSONResponse(session)

    async def _take_runs(self, request: Request, body: bytes) -> Response:
        """Parts are called post.ID, patch.ID, post.ID.inputs, …, feedback.ID."""
        for name, value in _parts(request, body):
            kind, id_, *rest = name.split(".")
            if kind == "feedback":
                self.feedback.append(value)
                continue
            run = self.runs.setdefault(id_, {})
            run.update({rest[0]: value} if rest else value)
        return JSONResponse({"message": "Runs batch ingested"}, 202)

    async def _take_feedback(self, request: Request, body: bytes) -> Response:
        given = orjson.loads(body)
        self.feedback.append(given)
        return JSONResponse({**given, "created_at": _now(), "modified_at": _now()})


def _by_id(request: Request, body: bytes) -> dict[str, Json]:
    """Examples from parts called ID, ID.inputs and ID.outputs."""
    found: dict[str, Json] = {}
    for name, value in _parts(request, body):
        id_, _, inner = name.partition(".")
        found.setdefault(id_, {}).update({inner: value} if inner else value)
    return found


def _parts(request: Request, body: bytes) -> list[tuple[str, Any]]:
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    whole = BytesParser(policy=HTTP).parsebytes(head + body)
    found = []
    for part in whole.iter_parts():
        payload = part.get_payload(decode=True)
        assert isinstance(payload, bytes)
        name = part.get_param("name", header="content-disposition")
        found.append((str(name), orjson.loads(payload)))
    return found


def _now() -> str:
    return datetime.now(UTC).isoformat()


def main() -> None:
    """Serve from the command line."""
    args = serve.parser("langsmith", port=8085).parse_args()
    serve.run(LangSmithStandIn().app, name="LangSmith", port=args.port, settings=_SETTINGS)


if __name__ == "__main__":
    main()

"""A stand-in for NHTSA: VIN decoding (vPIC) and recalls on loopback.

    python -m evals.standins.nhtsa --port 8083 --script cars.toml

Shapes: https://vpic.nhtsa.dot.gov/api/ and https://www.nhtsa.gov/nhtsa-datasets-and-apis.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from evals.standins import serve
from evals.standins.nhtsa_wire import (
    Car,
    Json,
    NhtsaFault,
    NhtsaFaultKind,
    NhtsaScript,
    Recall,
    blank,
    decoded,
    listed,
)
from evals.standins.script import load

__all__ = ["Car", "NhtsaFault", "NhtsaFaultKind", "NhtsaScript", "NhtsaStandIn", "Recall"]

MOST_IN_A_BATCH = 50
_SETTINGS = "NHTSA_BASE_URL={url}\nNHTSA_RECALLS_BASE_URL={url}"

_Answer = Callable[[Request, bool], Awaitable[Response]]
"""What a path answers; the flag says that it is to know nothing."""


class NhtsaStandIn:
    """Answers both services on one address; `requests` holds the path and query of each."""

    def __init__(self, script: NhtsaScript | None = None) -> None:
        self.script = script or NhtsaScript()
        self.requests: list[str] = []
        self._cars = {car.vin: car for car in self.script.cars}
        vehicles = "/api/vehicles"
        self.app = Starlette(
            routes=[
                self._route(f"{vehicles}/DecodeVinValues/{{vin}}", self._decode),
                self._route(f"{vehicles}/DecodeVinValuesExtended/{{vin}}", self._decode),
                self._route(f"{vehicles}/DecodeVinValuesBatch", self._batch, "POST"),
                self._route(f"{vehicles}/DecodeVINValuesBatch/", self._batch, "POST"),
                self._route("/recalls/recallsByVehicle", self._recalls),
            ]
        )

    @asynccontextmanager
    async def running(self, port: int = 0) -> AsyncIterator[str]:
        """Serve on loopback; yields the base URL, such as `http://127.0.0.1:49152`."""
        async with serve.serve(self.app, port=port) as url:
            yield url

    def _route(self, path: str, answer: _Answer, method: str = "GET") -> Route:
        async def respond(request: Request) -> Response:
            number = len(self.requests)
            query = f"?{request.url.query}" if request.url.query else ""
            self.requests.append(request.url.path + query)
            faults = self.script.faults
            fault = faults[number] if number < len(faults) else None
            failed = await _failed(fault)
            if failed is not None:
                return failed
            whole = await answer(request, fault is not None and fault.kind == "empty")
            return _Half(whole) if fault is not None and fault.kind == "half" else whole

        return Route(path, respond, methods=[method])

    async def _decode(self, request: Request, empty: bool) -> Response:
        vin = request.path_params["vin"].strip().upper()
        return _decoded([self._values(vin, empty=empty)], f"VIN(s): {vin}", request.query_params)

    async def _batch(self, request: Request, empty: bool) -> Response:
        form = parse_qs((await request.body()).decode("utf-8", "replace"))
        asked = [part for part in form.get("DATA", form.get("data", [""]))[0].split(";") if part]
        if len(asked) > MOST_IN_A_BATCH:
            return _decoded([], "A batch has 50 VINs at the most", _format(form))
        vins = [part.partition(",")[0].strip().upper() for part in asked]
        values = [self._values(vin, empty=empty) for vin in vins]
        return _decoded(values, f"VIN(s): {';'.join(vins)}", _format(form))

    async def _recalls(self, request: Request, empty: bool) -> Response:
        asked = [request.query_params.get(name, "") for name in ("make", "model", "modelYear")]
        make, model, year = asked[0].upper(), asked[1].upper(), asked[2]
        # A model that is filed under another name is refused like a question without a model.
        if not all(asked) or (make, model) not in self._models():
            return JSONResponse(listed([], self.script.dialect, count=0), status_code=400)
        found = [
            recall
            for recall in self.script.recalls
            if (recall.make.upper(), recall.model.upper(), str(recall.year)) == (make, model, year)
        ]
        shown = [] if empty else found
        return JSONResponse(listed(shown, self.script.dialect, count=len(found)))

    def _models(self) -> set[tuple[str, str]]:
        named: tuple[Car | Recall, ...] = (*self.script.cars, *self.script.recalls)
        return {(one.make.upper(), one.model.upper()) for one in named}

    def _values(self, vin: str, *, empty: bool) -> Json:
        return blank(vin) if empty else decoded(self._cars.get(vin), vin)


async def _failed(fault: NhtsaFault | None) -> Response | None:
    kind = None if fault is None else fault.kind
    if kind == "stall":
        await asyncio.Event().wait()
    if fault is not None and kind == "slow":
        await asyncio.sleep(fault.for_ms / 1000)
    if kind == "forbidden":
        return HTMLResponse("<html><title>403 Forbidden</title></html>", 403)
    if kind == "too_many":
        return PlainTextResponse("Too Many Requests", 429, headers={"retry-after": "5"})
    if kind == "broken":
        return PlainTextResponse("An error occurred while processing your request.", 500)
    if kind == "html":
        return HTMLResponse("<html><title>We'll be back soon</title></html>")
    if kind == "garbage":
        return Response('{"Count": 1, "Results": [{"Make"', media_type="application/json")
    return None


class _Half(Response):
    """The first half of another answer, announced as the whole; then the line is closed."""

    def __init__(self, whole: Response) -> None:
        super().__init__(whole.body, whole.status_code, media_type=whole.media_type)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start = {"type": "http.response.start", "status": self.status_code}
        await send({**start, "headers": self.raw_headers})
        half = bytes(self.body[: len(self.body) // 2])
        await send({"type": "http.response.body", "body": half, "more_body": True})


def _decoded(values: list[Json], criteria: str, query: Mapping[str, str]) -> Response:
    if query.get("format") != "json":
        return Response("<Response><Count>0</Count></Response>", media_type="application/xml")
    note = "NOTE: Any missing decoded values should be interpreted as NHTSA does not have data."
    return JSONResponse(
        {
            "Count": len(values),
            "Message": f"Results returned successfully. {note}",
            "SearchCriteria": criteria,
            "Results": values,
        }
    )


def _format(form: Mapping[str, list[str]]) -> dict[str, str]:
    return {"format": form.get("format", [""])[0].lower()}


def main() -> None:
    """Serve from the command line."""
    args = serve.parser("nhtsa", port=8083).parse_args()
    try:
        stand_in = NhtsaStandIn(load(args.script, NhtsaScript))
    except (OSError, ValueError) as exc:
        raise SystemExit(f"the script cannot be used: {exc}") from exc
    serve.run(stand_in.app, name="NHTSA", port=args.port, settings=_SETTINGS)


if __name__ == "__main__":
    main()

"""A stand-in for NHTSA: VIN decoding (vPIC) and recalls on loopback.

    python -m evals.standins.nhtsa --port 8083 --script cars.toml

Shapes: https://vpic.nhtsa.dot.gov/api/ and https://www.nhtsa.gov/nhtsa-datasets-and-apis.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal
from urllib.parse import parse_qs

from pydantic import ConfigDict
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from evals.standins import serve
from evals.standins.script import STRICT, load

Json = dict[str, Any]
NhtsaFaultKind = Literal["forbidden", "too_many", "broken", "garbage", "slow", "empty", "stall"]

MOST_IN_A_BATCH = 50
FIELDS = (
    "BodyClass", "DisplacementL", "Doors", "DriveType", "EngineCylinders", "ErrorCode", "ErrorText",
    "FuelTypePrimary", "GVWR", "Make", "MakeID", "Manufacturer", "Model", "ModelID", "ModelYear",
    "PlantCountry", "Series", "SuggestedVIN", "TransmissionStyle", "Trim", "VIN", "VehicleType",
)  # fmt: skip
CLEAN = "0 - VIN decoded clean. Check Digit (9th position) is correct"
BAD_DIGIT = "1 - Check Digit (9th position) does not calculate properly"
BAD_LENGTH = "6 - Incomplete VIN"
BAD_CHARACTER = "400 - Invalid Characters Present"
NO_DATA = "8 - No detailed data available currently"


@dataclass(frozen=True, slots=True)
class Car:
    """A VIN that is known, with the fields to answer; others are empty."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    vin: str
    make: str
    model: str
    year: int
    more: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recall:
    """A campaign against a model."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    make: str
    model: str
    year: int
    campaign: str
    component: str
    summary: str
    consequence: str = "A crash may result."
    remedy: str = "Dealers will repair it, free of charge."
    park_it: bool = False
    park_outside: bool = False
    over_the_air: bool = False


@dataclass(frozen=True, slots=True)
class NhtsaFault:
    """One way for a request to go wrong; "slow" waits `for_ms`, "stall" for ever."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    kind: NhtsaFaultKind
    for_ms: int = 1000


# VINs whose check digits are right, from public examples.
CARS = (
    Car(
        "1HGCM82633A004352", "HONDA", "Accord", 2003,
        {"Trim": "EX-V6", "BodyClass": "Coupe", "FuelTypePrimary": "Gasoline"},
    ),
    Car("1HGBH41JXMN109186", "HONDA", "Civic", 1991, {"BodyClass": "Sedan/Saloon"}),
    Car("1M8GDM9AXKP042788", "MOTOR COACH INDUSTRIES", "102A3", 1989, {"BodyClass": "Bus"}),
)  # fmt: skip
RECALLS = (
    Recall(
        "HONDA", "ACCORD", 2003, "19V501000", "AIR BAGS:FRONTAL:PASSENGER SIDE:INFLATOR MODULE",
        "The passenger frontal air bag inflator may explode when it deploys.",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NhtsaScript:
    """What is known, and what goes wrong with the first request, the second, and so on."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    cars: tuple[Car, ...] = CARS
    recalls: tuple[Recall, ...] = RECALLS
    faults: tuple[NhtsaFault | None, ...] = ()


class NhtsaStandIn:
    """Answers both services on one address; `requests` holds the path and query of each."""

    def __init__(self, script: NhtsaScript | None = None) -> None:
        self.script = script or NhtsaScript()
        self.requests: list[str] = []
        self._cars = {car.vin: car for car in self.script.cars}
        vehicles = "/api/vehicles"
        self.app = Starlette(
            routes=[
                Route(f"{vehicles}/DecodeVinValues/{{vin}}", self._decode),
                Route(f"{vehicles}/DecodeVinValuesExtended/{{vin}}", self._decode),
                Route(f"{vehicles}/DecodeVinValuesBatch", self._batch, methods=["POST"]),
                Route(f"{vehicles}/DecodeVINValuesBatch/", self._batch, methods=["POST"]),
                Route("/recalls/recallsByVehicle", self._recalls),
            ]
        )

    @asynccontextmanager
    async def running(self, port: int = 0) -> AsyncIterator[str]:
        """Serve on loopback; yields the base URL, such as `http://127.0.0.1:49152`."""
        async with serve.serve(self.app, port=port) as url:
            yield url

    async def _decode(self, request: Request) -> Response:
        failed = await self._fault(request)
        if failed is not None:
            return failed
        vin = request.path_params["vin"].strip().upper()
        empty = self._empty()
        return _decoded([self._values(vin, empty=empty)], f"VIN(s): {vin}", request.query_params)

    async def _batch(self, request: Request) -> Response:
        failed = await self._fault(request)
        if failed is not None:
            return failed
        form = parse_qs((await request.body()).decode("utf-8", "replace"))
        asked = [part for part in form.get("DATA", form.get("data", [""]))[0].split(";") if part]
        if len(asked) > MOST_IN_A_BATCH:
            return _decoded([], "A batch has 50 VINs at the most", _format(form))
        vins = [part.partition(",")[0].strip().upper() for part in asked]
        empty = self._empty()
        values = [self._values(vin, empty=empty) for vin in vins]
        return _decoded(values, f"VIN(s): {';'.join(vins)}", _format(form))

    async def _recalls(self, request: Request) -> Response:
        failed = await self._fault(request)
        if failed is not None:
            return failed
        asked = [request.query_params.get(name, "") for name in ("make", "model", "modelYear")]
        if not all(asked):
            message = {"Count": 0, "Message": "Missing required parameter", "results": []}
            return JSONResponse(message, status_code=400)
        found = [
            _campaign(recall)
            for recall in self.script.recalls
            if [recall.make, recall.model.upper(), str(recall.year)]
            == [asked[0].upper(), asked[1].upper(), asked[2]]
        ]
        return JSONResponse(
            {
                "Count": len(found),
                "Message": "Results returned successfully",
                "results": [] if self._empty() else found,
            }
        )

    async def _fault(self, request: Request) -> Response | None:
        self.requests.append(
            request.url.path + (f"?{request.url.query}" if request.url.query else "")
        )
        fault = self._current()
        kind = None if fault is None else fault.kind
        if kind == "stall":
            await asyncio.Event().wait()
        if fault is not None and kind == "slow":
            await asyncio.sleep(fault.for_ms / 1000)
        if kind == "forbidden":
            return PlainTextResponse("<html><title>403 Forbidden</title></html>", 403)
        if kind == "too_many":
            return PlainTextResponse("Too Many Requests", 429, headers={"retry-after": "5"})
        if kind == "broken":
            return PlainTextResponse("An error occurred while processing your request.", 500)
        if kind == "garbage":
            return Response('{"Count": 1, "Results": [{"Make"', media_type="application/json")
        return None

    def _current(self) -> NhtsaFault | None:
        number = len(self.requests) - 1
        return self.script.faults[number] if number < len(self.script.faults) else None

    def _empty(self) -> bool:
        fault = self._current()
        return fault is not None and fault.kind == "empty"

    def _values(self, vin: str, *, empty: bool) -> Json:
        values = dict.fromkeys(FIELDS, "")
        values["VIN"] = vin
        if empty:
            return values
        errors = vin_errors(vin)
        car = self._cars.get(vin)
        if car is not None:
            year = str(car.year)
            values |= {"Make": car.make, "Model": car.model, "ModelYear": year} | car.more
        elif not errors:
            errors = [NO_DATA]
        values["ErrorCode"] = ",".join(error.partition(" ")[0] for error in errors) or "0"
        values["ErrorText"] = "; ".join(errors) or CLEAN
        return values


# Check digit: 49 CFR 565.15, tables IV and V.
_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_VALUES = {
    sign: int(value) for sign, value in zip(_LETTERS, "12345678123457923456789", strict=True)
}
_VALUES |= {str(value): value for value in range(10)}
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def vin_errors(vin: str) -> list[str]:
    """What vPIC says is wrong with a VIN: its numbered sentences."""
    errors = []
    if re.search(r"[^A-HJ-NPR-Z0-9]", vin):
        errors.append(BAD_CHARACTER)
    if len(vin) != len(_WEIGHTS):
        errors.append(BAD_LENGTH)
    if not errors and _digit(vin) != vin[8]:
        errors.append(BAD_DIGIT)
    return errors


def _digit(vin: str) -> str:
    rest = sum(_VALUES[sign] * weight for sign, weight in zip(vin, _WEIGHTS, strict=True)) % 11
    return "X" if rest == 10 else str(rest)


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


def _campaign(recall: Recall) -> Json:
    return {
        "Manufacturer": recall.make,
        "NHTSACampaignNumber": recall.campaign,
        "parkIt": recall.park_it,
        "parkOutSide": recall.park_outside,
        "overTheAirUpdate": recall.over_the_air,
        "ReportReceivedDate": "27/06/2019",
        "Component": recall.component,
        "Summary": recall.summary,
        "Consequence": recall.consequence,
        "Remedy": recall.remedy,
        "Notes": "",
        "ModelYear": str(recall.year),
        "Make": recall.make,
        "Model": recall.model,
    }


def main() -> None:
    """Serve from the command line."""
    args = serve.parser("nhtsa", port=8083).parse_args()
    try:
        stand_in = NhtsaStandIn(load(args.script, NhtsaScript))
    except (OSError, ValueError) as exc:
        raise SystemExit(f"the script cannot be used: {exc}") from exc
    serve.run(stand_in.app, name="NHTSA", port=args.port, settings="NHTSA_BASE_URL={url}")


if __name__ == "__main__":
    main()

"""The stand-in for NHTSA over a real socket, and the shop's own client against it."""

import asyncio

import httpx
import pytest

from evals.standins.nhtsa import Car, NhtsaFault, NhtsaFaultKind, NhtsaScript, NhtsaStandIn
from shop.errors import VehicleDataUnavailable
from shop.nhtsa import Vpic

pytestmark = pytest.mark.anyio

ACCORD = "1HGCM82633A004352"
JSON = {"format": "json"}


@pytest.mark.parametrize(
    ("vin", "code", "make"),
    [
        (ACCORD, "0", "HONDA"),
        ("1HGCM82633A123456", "1", ""),
        ("11111111111111111", "8", ""),
        ("1HGCM8263", "6", ""),
        ("1HGCM82633A00435O", "400", ""),
        ("IOQ", "400,6", ""),
    ],
    ids=[
        "a known car", "a wrong check digit", "an unknown car", "too short", "the letter O",
        "two faults at once",
    ],
)  # fmt: skip
async def test_a_vin_is_decoded_with_what_is_wrong_with_it(vin: str, code: str, make: str) -> None:
    stand_in = NhtsaStandIn()
    async with stand_in.running() as url, httpx.AsyncClient(base_url=url) as client:
        for method in ("DecodeVinValues", "DecodeVinValuesExtended"):
            answer = await client.get(f"/api/vehicles/{method}/{vin}", params=JSON)
            (result,) = answer.json()["Results"]
            assert answer.status_code == 200
            assert (result["VIN"], result["ErrorCode"], result["Make"]) == (vin, code, make)
            assert all(isinstance(value, str) for value in result.values())
    assert stand_in.requests[0] == f"/api/vehicles/DecodeVinValues/{vin}?format=json"


async def test_a_batch_is_decoded_in_order_and_has_a_limit() -> None:
    async with NhtsaStandIn().running() as url, httpx.AsyncClient(base_url=url) as client:
        path = "/api/vehicles/DecodeVINValuesBatch/"
        data = f"{ACCORD},2003;1M8GDM9AXKP042788;"
        two = await client.post(path, data={"format": "json", "data": data})
        many = await client.post(path, data={"format": "json", "data": f"{ACCORD};" * 51})
    assert [result["Model"] for result in two.json()["Results"]] == ["Accord", "102A3"]
    assert many.json()["Count"] == 0


async def test_without_a_format_the_answer_is_xml() -> None:
    async with NhtsaStandIn().running() as url, httpx.AsyncClient(base_url=url) as client:
        answer = await client.get(f"/api/vehicles/DecodeVinValues/{ACCORD}")
    assert answer.headers["content-type"].startswith("application/xml")


async def test_recalls_go_by_the_model_and_year() -> None:
    async with NhtsaStandIn().running() as url, httpx.AsyncClient(base_url=url) as client:
        path = "/recalls/recallsByVehicle"
        asked = {"make": "honda", "model": "accord", "modelYear": "2003"}
        found = (await client.get(path, params=asked)).json()
        none = (await client.get(path, params=asked | {"modelYear": "2004"})).json()
        bad = await client.get(path, params={"make": "honda"})
    assert (found["Count"], found["results"][0]["parkIt"]) == (1, False)
    assert (none["Count"], none["results"]) == (0, [])
    assert bad.status_code == 400


async def test_the_shops_client_reads_it() -> None:
    script = NhtsaScript(cars=(Car(ACCORD, "BMW", "M3", 2003, {"Trim": "Base"}),))
    async with NhtsaStandIn(script).running() as url, httpx.AsyncClient() as client:
        decoded = await Vpic(url, client).decode(ACCORD)
    assert (decoded.year, decoded.make, decoded.model, decoded.trim, decoded.body) == (
        2003, "BMW", "M3", "Base", None,
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["forbidden", "too_many", "broken", "garbage"])
async def test_the_shops_client_says_when_there_is_no_answer(kind: NhtsaFaultKind) -> None:
    stand_in = NhtsaStandIn(NhtsaScript(faults=(NhtsaFault(kind), None)))
    async with stand_in.running() as url, httpx.AsyncClient() as client:
        with pytest.raises(VehicleDataUnavailable):
            await Vpic(url, client).decode(ACCORD)
        assert (await Vpic(url, client).decode(ACCORD)).make == "Honda"


async def test_empty_fields_are_no_car() -> None:
    stand_in = NhtsaStandIn(NhtsaScript(faults=(NhtsaFault("empty"),)))
    async with stand_in.running() as url, httpx.AsyncClient() as client:
        decoded = await Vpic(url, client).decode(ACCORD)
    assert (decoded.year, decoded.make, decoded.warnings) == (None, None, ())


async def test_it_can_be_slow_or_never_answer() -> None:
    faults = (NhtsaFault("slow", for_ms=50), NhtsaFault("stall"))
    stand_in = NhtsaStandIn(NhtsaScript(faults=faults))
    async with stand_in.running() as url, httpx.AsyncClient(base_url=url) as client:
        path = f"/api/vehicles/DecodeVinValues/{ACCORD}"
        assert (await client.get(path, params=JSON)).json()["Count"] == 1
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await client.get(path, params=JSON)

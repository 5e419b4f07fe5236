"""The stand-in for NHTSA over a real socket, and the shop's own client against it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest
from langchain_core.messages import AIMessage

from evals.standins.nhtsa import Car, NhtsaFault, NhtsaFaultKind, NhtsaScript, NhtsaStandIn, Recall
from evals.standins.nhtsa_wire import RECALLS
from graph.context import CallContext
from graph.state import CallState
from shop.cars.nhtsa import Vpic
from shop.cars.recalls import Recalls
from shop.db import Pool
from shop.desk import Desk
from shop.errors import VehicleDataUnavailable
from shop.profile.shop import load_shop
from tools import access
from tools.calling import OnCall
from tools.router import ToolRouter

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
        unlisted = await client.get(path, params=asked | {"model": "street glide"})
    assert (found["Count"], found["results"][0]["parkIt"]) == (1, False)
    assert (none["Count"], none["results"]) == (0, [])
    assert bad.status_code == unlisted.status_code == 400
    assert unlisted.json()["Count"] == 0


async def test_the_shops_client_reads_recalls_in_either_dialect() -> None:
    stop = replace(RECALLS[0], park_it=True)
    for dialect in ("today", "other"):
        stand_in = NhtsaStandIn(NhtsaScript(recalls=(stop,), dialect=dialect))
        async with stand_in.running() as url, httpx.AsyncClient() as client:
            (found,) = await Recalls(url, client).find("HONDA", "ACCORD", 2003)
            assert (found.campaign, found.park_it, found.park_outside) == (
                stop.campaign, True, False,
            )  # fmt: skip
            assert found.received == date(2019, 6, 27)
            assert await Recalls(url, client).find("HONDA", "ACCORD", 2004) == ()


async def test_the_shops_client_reads_it() -> None:
    script = NhtsaScript(cars=(Car(ACCORD, "BMW", "M3", 2003, {"Trim": "Base"}),))
    async with NhtsaStandIn(script).running() as url, httpx.AsyncClient() as client:
        decoded = await Vpic(url, client).decode(ACCORD)
    assert (decoded.year, decoded.make, decoded.model, decoded.trim, decoded.body) == (
        2003, "BMW", "M3", "Base", None,
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["forbidden", "too_many", "broken", "garbage", "html", "half"])
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


NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
UNKNOWN_MAKER = "11111111111111111"
BY_NUMBER = (
    "I can't look that VIN up just now. Going by the number alone it is from Honda, model year two"
    " thousand three. Is that right, and what model is it?"
)
NO_VIN = "I can't look up VINs just now. What year, make and model is it?"
NO_RECALLS = (
    "I can't look up recalls just now. A dealer can check the car by its VIN, and so can you at"
    " N H T S A dot gov."
)
TO_RECALL = {"make": "Honda", "model": "Accord", "year": 2003}


def a_call(desk: Desk, state: CallState | None = None) -> ToolRouter:
    """The tools of one call."""
    call = OnCall("CA1", CallContext(), state or CallState(messages=[]), desk, can_transfer=False)
    return ToolRouter.on(call)


@asynccontextmanager
async def a_desk(pool: Pool, url: str, *, total_s: float = 5.0) -> AsyncIterator[Desk]:
    async with httpx.AsyncClient() as client:
        vpic = Vpic(url, client, total_s)
        recalls = Recalls(url, client, total_s)
        yield Desk(pool, load_shop(), lambda: NOW, vpic, recall_registry=recalls)


async def written(pool: Pool) -> int:
    tables = ("vin_lookups", "recall_lookups", "audit_log", "effects", "vehicles")
    counts = " + ".join(f"(SELECT count(*) FROM {table})" for table in tables)
    async with pool.connection() as conn:
        row = await (await conn.execute(f"SELECT {counts}")).fetchone()
    assert row is not None
    return int(row[0])


def spoken_only(envelope: dict[str, Any], log: str) -> None:
    """Nothing of the machinery reaches the caller, and no number the log."""
    told = json.dumps(envelope)
    assert not any(word in told for word in ("Error", "http", "127.0.0.1", "Traceback", "html"))
    assert ACCORD not in log
    assert UNKNOWN_MAKER not in log


async def nothing_is_known(pool: Pool, desk: Desk, log: pytest.LogCaptureFixture) -> None:
    """What the caller hears while an outside service fails, in every question there is."""
    call = a_call(desk)
    decoded = await call.execute("decode_vin", vin=ACCORD)
    assert (decoded["success"], decoded["message"]) == (True, BY_NUMBER)
    assert (decoded["data"]["make"], decoded["data"]["model"]) == ("Honda", None)
    stranger = await call.execute("decode_vin", vin=UNKNOWN_MAKER)
    assert (stranger["error"], stranger["message"]) == ("vehicle_data_unavailable", NO_VIN)
    recalls = await call.execute("check_recalls", **TO_RECALL)
    assert (recalls["error"], recalls["message"]) == ("recalls_unavailable", NO_RECALLS)
    for envelope in (decoded, stranger, recalls):
        spoken_only(envelope, log.text)
    assert await written(pool) == 0


@pytest.mark.parametrize(
    "kind", ["forbidden", "too_many", "broken", "garbage", "html", "half", "slow", "stall"]
)
async def test_what_the_caller_hears_when_the_outside_fails(
    pool: Pool, kind: NhtsaFaultKind, caplog: pytest.LogCaptureFixture
) -> None:
    # A time limit of the real length would make the test as long; that it is 5 s is tried apart.
    total_s = 0.2 if kind in {"slow", "stall"} else 5.0
    stand_in = NhtsaStandIn(NhtsaScript(faults=(NhtsaFault(kind, for_ms=60_000),) * 3))
    async with stand_in.running() as url, a_desk(pool, url, total_s=total_s) as desk:
        await nothing_is_known(pool, desk, caplog)
    assert len(stand_in.requests) == 3


async def test_what_the_caller_hears_when_the_outside_is_not_there(
    pool: Pool, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_desk(pool, "http://127.0.0.1:9") as desk:
        await nothing_is_known(pool, desk, caplog)


async def test_an_answer_without_values_is_no_car_and_no_all_clear(pool: Pool) -> None:
    stand_in = NhtsaStandIn(NhtsaScript(faults=(NhtsaFault("empty"),) * 2))
    async with stand_in.running() as url, a_desk(pool, url) as desk:
        call = a_call(desk)
        decoded = await call.execute("decode_vin", vin=ACCORD)
        assert decoded["message"].startswith("I couldn't read the car from that VIN.")
        recalls = await call.execute("check_recalls", **TO_RECALL)
        assert recalls["message"] == NO_RECALLS
    assert await written(pool) == 0


async def test_what_the_caller_hears_when_all_is_well(pool: Pool) -> None:
    fire = Recall("HONDA", "ACCORD", 2003, "20V1", "FUEL SYSTEM", "Leaks.", park_outside=True)
    stop = Recall("HONDA", "ACCORD", 2003, "20V2", "AIR BAGS", "Bursts.", park_it=True)
    stand_in = NhtsaStandIn(NhtsaScript(recalls=(fire, stop)))
    async with stand_in.running() as url, a_desk(pool, url) as desk:
        call = a_call(desk)
        first = await call.execute("decode_vin", vin=ACCORD)
        again = await call.execute("decode_vin", vin=ACCORD, confirmed=True)
        recalls = await call.execute("check_recalls", **TO_RECALL)
        none = await call.execute("check_recalls", **TO_RECALL | {"year": 2004})
        unlisted = await call.execute("check_recalls", **TO_RECALL | {"model": "Street Glide"})
    belongs = "That VIN belongs to a two thousand three Honda Accord. Is that right?"
    assert first["message"] == (
        f"{belongs} And do I have it right: C as in Charlie in the fourth place, the number eight"
        " in the sixth place and the number six in the eighth place?"
    )
    assert {"place": 11, "heard": "A", "instead": "J"} in first["data"]["doubts"]
    assert (again["message"], again["data"]["doubts"]) == (belongs, [])
    assert recalls["message"].startswith("Stop driving it until a dealer has checked it")
    assert recalls["message"].endswith(
        "There are two recall campaigns for that model, on the air bags and the fuel system."
        " A dealer confirms by VIN whether yours is affected, and fixes them free."
    )
    assert recalls["data"] == {
        "campaigns": 2,
        "do_not_drive": True,
        "park_outside": True,
        "components": ["air bags", "fuel system"],
    }
    assert none["message"].startswith("No recall campaigns are listed for that model.")
    assert unlisted["error"] == "recalls_unavailable"
    assert unlisted["message"].startswith("I can't find that model in the list of recalls.")


async def test_a_number_that_does_not_add_up_is_asked_about_and_nobody_else_is(pool: Pool) -> None:
    stand_in = NhtsaStandIn()
    async with stand_in.running() as url, a_desk(pool, url) as desk:
        refused = await a_call(desk).execute("decode_vin", vin=ACCORD.replace("M", "N"))
    assert refused["error"] == "bad_value"
    assert "Is it M as in Mary and not N as in Nora in the fifth place?" in refused["message"]
    assert stand_in.requests == []
    assert await written(pool) == 0


@pytest.mark.parametrize(
    ("tool", "arguments"), [("decode_vin", {"vin": ACCORD}), ("check_recalls", TO_RECALL)]
)
async def test_one_call_looks_things_up_only_so_often(
    pool: Pool, tool: str, arguments: dict[str, Any]
) -> None:
    asked = [
        AIMessage("", tool_calls=[{"name": tool, "args": arguments, "id": str(number)}])
        for number in range(access.MAX_LOOKUPS + 1)
    ]
    stand_in = NhtsaStandIn()
    async with stand_in.running() as url, a_desk(pool, url) as desk:
        last = a_call(desk, CallState(messages=[*asked[:-1]]))
        assert (await last.execute(tool, **arguments))["success"]
        over = await a_call(desk, CallState(messages=[*asked])).execute(tool, **arguments)
        assert over["error"] == "too_many"
        other = "check_recalls" if tool == "decode_vin" else "decode_vin"
        free = TO_RECALL if tool == "decode_vin" else {"vin": ACCORD}
        still = await a_call(desk, CallState(messages=[*asked])).execute(other, **free)
        assert still["success"]

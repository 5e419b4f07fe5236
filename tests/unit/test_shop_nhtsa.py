"""The answers of the registry and of the list of recalls, good and bad, over a real socket."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import httpx
import pytest

from shop.cars.nhtsa import VinDecoding, Vpic
from shop.cars.recalls import RecallCampaign, Recalls
from shop.errors import RecallsUnavailable, VehicleDataUnavailable

pytestmark = pytest.mark.anyio

VIN = "1HGCM82633A004352"
CLEAN = {
    "ErrorCode": "0",
    "Make": "HONDA",
    "Model": "Accord",
    "ModelYear": "2003",
    "Trim": "EX-V6",
    "BodyClass": "Coupe",
}


@asynccontextmanager
async def registry(status: int, body: bytes) -> AsyncIterator[tuple[Vpic, list[str]]]:
    """A server that gives every request the same answer, and notes the first line of each."""
    asked: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readline()).decode().strip())
        while (await reader.readline()).strip():
            pass
        head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, httpx.AsyncClient() as client:
        yield Vpic(f"http://127.0.0.1:{port}", client), asked


def answered(**values: str) -> bytes:
    return json.dumps({"Count": 1, "Message": "ok", "Results": [{**CLEAN, **values}]}).encode()


async def test_a_clean_answer() -> None:
    async with registry(200, answered()) as (vpic, asked):
        found = await vpic.decode(VIN)
    assert found == VinDecoding(VIN, 2003, "Honda", "Accord", "EX-V6", "Coupe")
    assert asked == [f"GET /api/vehicles/DecodeVinValues/{VIN}?format=json HTTP/1.1"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"Trim": "", "BodyClass": " "}, VinDecoding(VIN, 2003, "Honda", "Accord", None, None)),
        ({"Make": "BMW"}, VinDecoding(VIN, 2003, "BMW", "Accord", "EX-V6", "Coupe")),
        (
            {"ErrorCode": "1,400", "Make": "", "Model": "", "ModelYear": "", "Trim": ""},
            VinDecoding(
                VIN,
                None,
                None,
                None,
                None,
                "Coupe",
                ("the check digit does not fit", "it has characters that no VIN has"),
            ),
        ),
        ({"ModelYear": "soon", "Trim": "x\n" * 99}, VinDecoding(
            VIN, None, "Honda", "Accord", ("x " * 30).strip(), "Coupe",
        )),
        (
            {"ErrorCode": "99"},
            VinDecoding(
                VIN, 2003, "Honda", "Accord", "EX-V6", "Coupe", ("the registry reports code 99",)
            ),
        ),
    ],
    ids=[
        "empty fields are nothing", "capitals stay", "errors are warnings",
        "values are short and on one line", "unknown errors too",
    ],
)  # fmt: skip
async def test_other_answers(values: dict[str, str], expected: VinDecoding) -> None:
    async with registry(200, answered(**values)) as (vpic, _):
        assert await vpic.decode(VIN) == expected


async def test_results_are_spelled_in_two_ways() -> None:
    async with registry(200, answered().replace(b"Results", b"results")) as (vpic, _):
        assert (await vpic.decode(VIN)).make == "Honda"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (429, b""),
        (403, b"<html>Forbidden</html>"),
        (500, b""),
        (200, b"<html>"),
        (200, b"\xff\x00"),
        (200, b"{}"),
        (200, b'{"Results": []}'),
        (200, b'{"Results": [null]}'),
        (200, b"[]"),
        (200, b"[" * 100_000),
        (200, answered(VIN="1M8GDM9AXKP042788")),
        (302, b""),
    ],
    ids=[
        "too many", "forbidden", "broken", "a page", "no text", "no results", "no result",
        "nothing", "a list", "a bottomless list", "another car's", "elsewhere",
    ],
)  # fmt: skip
async def test_anything_else_is_no_answer(status: int, body: bytes) -> None:
    async with registry(status, body) as (vpic, _):
        with pytest.raises(VehicleDataUnavailable, match="year, make and model"):
            await vpic.decode(VIN)


async def test_a_registry_that_is_not_there() -> None:
    async with httpx.AsyncClient() as client:
        with pytest.raises(VehicleDataUnavailable):
            await Vpic("http://127.0.0.1:9", client).decode(VIN)


async def test_nobody_is_kept_waiting_for_long() -> None:
    hung_up = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        hung_up.set()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, httpx.AsyncClient() as client:
        with pytest.raises(VehicleDataUnavailable):
            await Vpic(f"http://127.0.0.1:{port}", client, total_s=0.05).decode(VIN)
        await hung_up.wait()


async def test_nobody_waits_longer_than_five_seconds_unless_told_to() -> None:
    async with httpx.AsyncClient() as client:
        assert (Vpic("", client).total_s, Recalls("", client).total_s) == (5, 5)


ROW: dict[str, Any] = {
    "NHTSACampaignNumber": "19V501000",
    "Component": "AIR BAGS:FRONTAL",
    "Summary": "It may  explode.",
    "Consequence": "A crash may result.",
    "Remedy": "Dealers will repair it.",
    "parkIt": False,
    "parkOutSide": False,
    "overTheAirUpdate": False,
    "ReportReceivedDate": "27/06/2019",
}
CAMPAIGN = RecallCampaign(
    "19V501000", "AIR BAGS:FRONTAL", "It may explode.", "A crash may result.",
    "Dealers will repair it.", False, False, False, date(2019, 6, 27),
)  # fmt: skip


async def recalls_of(body: bytes, status: int = 200) -> tuple[RecallCampaign, ...]:
    async with registry(status, body) as (vpic, asked):
        found = await Recalls(vpic.base_url, vpic.client).find("LAND ROVER", "RANGE+", 2003)
    line = "GET /recalls/recallsByVehicle?make=LAND+ROVER&model=RANGE%2B&modelYear=2003 HTTP/1.1"
    assert asked == [line]
    return found


def listing(*rows: object, **whole: object) -> bytes:
    return json.dumps({"Count": len(rows), "Message": "ok", "results": rows, **whole}).encode()


async def test_a_list_of_recalls() -> None:
    assert await recalls_of(listing(ROW)) == (CAMPAIGN,)
    assert await recalls_of(listing()) == ()


@pytest.mark.parametrize(
    ("body", "park_it", "park_outside"),
    [
        (listing(ROW).replace(b"results", b"Results").replace(b"Count", b"count"), False, False),
        (json.dumps({"Results": [ROW]}).encode(), False, False),
        (listing(ROW, Count="1"), False, False),
        (listing({**ROW, "parkIt": True, "parkOutSide": "No"}), True, False),
        (listing({**ROW, "parkIt": "Yes", "parkOutSide": None}), True, False),
        (listing({**ROW, "parkIt": "false", "parkOutside": "TRUE", "parkOutSide": 1}), False, True),
        (listing({**ROW, "parkIt": 0, "parkOutSide": "see the summary"}), False, True),
        (listing({key.upper(): value for key, value in ROW.items()}), False, False),
        (listing(ROW, {**ROW, "parkIt": True}), True, False),
    ],
    ids=[
        "other capitals", "no count", "a count in words", "a flag", "a flag in words",
        "a flag as a number", "a flag that is a sentence warns", "capitals", "one campaign twice",
    ],
)  # fmt: skip
async def test_lists_are_written_in_many_ways(
    body: bytes, park_it: bool, park_outside: bool
) -> None:
    (found,) = await recalls_of(body)
    assert (found.park_it, found.park_outside) == (park_it, park_outside)
    assert (found.campaign, found.received) == (CAMPAIGN.campaign, CAMPAIGN.received)


async def test_the_gravest_recall_comes_first_and_then_the_newest() -> None:
    rows = [
        {**ROW, "NHTSACampaignNumber": "old"},
        {**ROW, "NHTSACampaignNumber": "new", "ReportReceivedDate": "01/01/2024"},
        {**ROW, "NHTSACampaignNumber": "never", "ReportReceivedDate": None},
        {**ROW, "NHTSACampaignNumber": "fire", "parkOutSide": True},
        {**ROW, "NHTSACampaignNumber": "stop", "parkIt": True},
    ]
    found = await recalls_of(listing(*rows))
    assert [one.campaign for one in found] == ["stop", "fire", "new", "old", "never"]


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (429, b"", "can't look up recalls"),
        (403, b"<html>", "can't look up recalls"),
        (504, b"<html><h1>504 Gateway Time-out</h1></html>", "can't look up recalls"),
        (200, b"<html>", "can't look up recalls"),
        (200, b"[]", "can't look up recalls"),
        (200, b"{}", "can't look up recalls"),
        (200, listing(ROW)[:-20], "can't look up recalls"),
        (200, listing(ROW, Count=2), "can't look up recalls"),
        (200, listing(ROW, None), "can't look up recalls"),
        (200, listing({**ROW, "NHTSACampaignNumber": ""}), "can't look up recalls"),
        (400, listing(), "can't find that model"),
    ],
    ids=[
        "too many", "forbidden", "a gateway", "a page", "a list", "nothing", "half of it",
        "fewer than it counts", "an empty row", "a row without a number", "a model not listed",
    ],
)  # fmt: skip
async def test_no_recalls_are_only_told_of_where_the_list_says_so(
    status: int, body: bytes, told: str
) -> None:
    with pytest.raises(RecallsUnavailable, match=told) as refused:
        await recalls_of(body, status)
    assert "dealer can check the car by its VIN" in str(refused.value)

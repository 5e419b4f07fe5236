"""The registry's answers, good and bad, over a real socket."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from shop.errors import VehicleDataUnavailable
from shop.nhtsa import VinDecoding, Vpic

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
        (
            {"ErrorCode": "99"},
            VinDecoding(
                VIN, 2003, "Honda", "Accord", "EX-V6", "Coupe", ("the registry reports code 99",)
            ),
        ),
    ],
    ids=["empty fields are nothing", "capitals stay", "errors are warnings", "unknown ones too"],
)
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
        (302, b""),
    ],
)
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

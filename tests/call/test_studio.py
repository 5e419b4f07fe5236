"""The graph in LangGraph's development server: started offline, booked through its SDK in text."""

import asyncio
import os
import re
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from langgraph_sdk import get_client

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
WORDS = [
    "I need an oil change",
    "my name is Daniel Brooks",
    "it's a 2018 Honda Civic",
    "any day, the earliest you have",
    "the first one please",
    "yes please",
]


@asynccontextmanager
async def development_server(dsn: str, folder: Path) -> AsyncIterator[str]:
    """`langgraph dev` on a port of its choice; its address."""
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "DATABASE_URL": dsn,
        "LANGGRAPH_CLI_NO_ANALYTICS": "1",
        "LANGGRAPH_NO_VERSION_CHECK": "1",
        "LANGSMITH_TRACING": "false",
        "LANGGRAPH_STRICT_MSGPACK": "true",
        "PYTHONUNBUFFERED": "1",
    }
    (folder / ".env").touch()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "langgraph_cli", "dev", "--no-browser", "--no-reload", "--port", _free_port()),
        *("--config", str(ROOT / "langgraph.json")),
        cwd=ROOT,
        env=env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    reading: asyncio.Task[None] | None = None
    try:
        async with asyncio.timeout(60):
            address = await _address(process.stdout)
            # Somebody must go on reading: a full pipe would stop the server.
            reading = asyncio.create_task(_drain(process.stdout))
            yield address
    finally:
        process.terminate()
        await process.wait()
        if reading is not None:
            await reading


def _free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


async def _drain(output: asyncio.StreamReader) -> None:
    while await output.readline():
        pass


async def _address(output: asyncio.StreamReader) -> str:
    """The address the server prints; it takes another port when its own is gone."""
    async for line in output:
        found = re.search(rb"http://127\.0\.0\.1:\d+", line)
        if found and b"API" in line:
            return found.group().decode()
    raise AssertionError("the development server did not start")


async def test_a_booking_is_made_through_the_development_server(dsn: str, tmp_path: Path) -> None:
    async with development_server(dsn, tmp_path) as url, get_client(url=url) as client:
        await _ready(client)
        thread = await client.threads.create()
        for words in WORDS:
            said: dict[str, Any] = {"messages": [{"role": "user", "content": words}]}
            state: Any = await client.runs.wait(
                thread["thread_id"],
                "sophie",
                input=said,
                context={"caller_number": "+12175550163"},
            )
        assert "booked" in state["messages"][-1]["content"].lower()
    async with await psycopg.AsyncConnection.connect(dsn) as connection:
        found = await connection.execute("SELECT service_type, status FROM appointments")
        assert await found.fetchall() == [("oil_change", "scheduled")]


async def test_studio_is_shown_a_form_and_names_that_make_sense(dsn: str, tmp_path: Path) -> None:
    async with development_server(dsn, tmp_path) as url, get_client(url=url) as client:
        await _ready(client)
        (assistant,) = await client.assistants.search(graph_id="sophie")
        schemas: Any = await client.assistants.get_schemas(assistant["assistant_id"])
        assert set(schemas["context_schema"]["properties"]) == {
            "call_sid", "caller_number", "call_type", "channel", "variant",
        }  # fmt: skip
        drawn = await client.assistants.get_graph(assistant["assistant_id"])
        names = {node["id"] for node in drawn["nodes"]}
        assert {"identify", "verify", "intent", "booking", "recap", "escalate", "tools"} <= names


async def _ready(client: object) -> None:
    for _ in range(100):
        try:
            await client.assistants.search(graph_id="sophie")  # type: ignore[attr-defined]  # the SDK's client
        except Exception:
            await asyncio.sleep(0.1)
            continue
        return

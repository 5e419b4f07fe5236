"""The service as a process of its own: its start, what it says, its end, and its being killed."""

import asyncio
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from evals.standins.deepgram import DeepgramStandIn
from evals.standins.twilio import StandInTwilio
from tests.support.service import (
    ACCOUNT,
    AUTH_TOKEN,
    PUBLIC_URL,
    ROOT,
    Caller,
    quick_speech,
)

pytestmark = pytest.mark.anyio
PATIENCE_S = 60.0


@dataclass
class Process:
    """`python -m api`, or another module, in an empty folder and an almost empty environment."""

    folder: Path
    variables: dict[str, str]
    module: str = "api"
    output: Path = field(init=False)
    process: asyncio.subprocess.Process = field(init=False)

    async def start(self) -> None:
        self.output = self.folder / f"{len(list(self.folder.iterdir()))}.log"
        with self.output.open("wb") as written:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", self.module),
                cwd=self.folder,
                env=_bare() | {"PORT": "0"} | self.variables,
                stdout=written,
                stderr=written,
            )

    @property
    def said(self) -> str:
        """Everything it has printed so far."""
        return self.output.read_text(encoding="utf-8")

    async def url(self) -> str:
        """Where it serves, once it does."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                found = re.search(r"http://127\.0\.0\.1:\d+(?=   \(stop)", self.said)
                if found:
                    return found.group()
                assert self.process.returncode is None, self.said
                await asyncio.sleep(0.05)

    async def ended(self, number: signal.Signals | None = None) -> int:
        """Its exit status, after the signal if one is given."""
        if number is not None:
            self.process.send_signal(number)
        return await asyncio.wait_for(self.process.wait(), PATIENCE_S)


def _bare() -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    kept["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), kept.get("PYTHONPATH", "")]))
    return kept | {"PYTHONUNBUFFERED": "1"}


@asynccontextmanager
async def a_process(
    folder: Path, *, module: str = "api", **variables: str
) -> AsyncIterator[Process]:
    """A process that is gone afterwards."""
    started = Process(folder, variables, module)
    await started.start()
    try:
        yield started
    finally:
        if started.process.returncode is None:
            started.process.kill()
            await started.process.wait()


@asynccontextmanager
async def a_serving(folder: Path, dsn: str, **more: str) -> AsyncIterator[tuple[Process, Any]]:
    """A service with Deepgram's stand-in, ready, and a client for it."""
    async with (
        DeepgramStandIn(quick_speech()).running() as deepgram,
        a_process(
            folder,
            DATABASE_URL=dsn,
            DEEPGRAM_API_KEY="dg-secret-key",
            DEEPGRAM_BASE_URL=deepgram,
            **more,
        ) as process,
        httpx.AsyncClient(base_url=await process.url(), trust_env=False, timeout=30) as http,
    ):
        yield process, http


async def _open(http: httpx.AsyncClient) -> str:
    answer = await http.post("/v1/calls", json={"caller_number": "217-555-0163"})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["call_id"])


async def _say(http: httpx.AsyncClient, call_id: str, text: str) -> str:
    answer = await http.post(f"/v1/calls/{call_id}/turns", json={"text": text})
    assert answer.status_code == 200, answer.text
    return answer.text


async def _logs(dsn: str) -> dict[str, tuple[str, str | None]]:
    async with await psycopg.AsyncConnection.connect(dsn) as connection:
        found = await connection.execute("SELECT call_sid, status, outcome FROM call_logs")
        return {sid: (status, outcome) for sid, status, outcome in await found.fetchall()}


async def _stored(dsn: str, call_id: str, *, turns: int) -> None:
    """Wait until so many turns of a call would outlive a kill; each is one checkpoint."""
    async with (
        asyncio.timeout(PATIENCE_S),
        await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection,
    ):
        while True:
            found = await connection.execute(
                "SELECT count(*) FROM checkpoints WHERE thread_id = %s", [call_id]
            )
            if (await found.fetchone() or (0,))[0] >= turns:
                return
            await asyncio.sleep(0.02)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


# Starts that must not be


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"TWILIO_AUTH_TOKEN": "hunter2"}, "TWILIO_ACCOUNT_SID"),
        ({"DATABASE_URL": "postgresql://bart:hunter2@127.0.0.1:1/sophie"}, "DATABASE_URL"),
        ({"SHOP_FILE": "nowhere.toml"}, "nowhere.toml"),
        ({"HOST": "203.0.113.7"}, "HOST"),
    ],
    ids=[
        "half a carrier", "a database that is not there",
        "a shop that is not there", "an address of another machine",
    ],
)  # fmt: skip
async def test_a_start_that_cannot_be_says_why_in_one_line(
    tmp_path: Path, variables: dict[str, str], said: str
) -> None:
    async with a_process(tmp_path, **variables) as process:
        assert await process.ended() == 1
        last = process.said.strip().splitlines()[-1]
    assert last.startswith("Sophie cannot start: ")
    assert said in last
    assert "Traceback" not in process.said
    assert "hunter2" not in process.said


async def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        async with a_process(tmp_path, PORT=port) as process:
            assert await process.ended() == 1
    assert process.said.startswith(f"Sophie cannot start: HOST 127.0.0.1, PORT {port}: ")
    assert "set PORT to another" in process.said


# Starts and ends


async def test_a_start_tells_what_is_in_use_and_an_end_writes_calls_down(
    dsn: str, tmp_path: Path
) -> None:
    async with a_serving(tmp_path, dsn, API_TOKEN="open-sesame") as (process, http):
        http.headers["authorization"] = "Bearer open-sesame"
        call_id = await _open(http)
        await _say(http, call_id, "I need an oil change")
        assert (await http.get("/health")).status_code == 200
        assert await process.ended(signal.SIGTERM) == 0
        said = process.said
    for part in ("database", "model", "recogniser", "voice", "phone", "calendar"):
        assert re.search(rf"^  {part} +\S.*\n +to change: \S", said, re.MULTILINE), part
    assert "rulebook" in said
    assert "OPENAI_API_KEY" in said
    assert "the one in DATABASE_URL" in said
    assert "Deepgram flux-general-en" in said
    assert "Traceback" not in said
    told = (dsn, "secret-key", "open-sesame", "oil change", "5550163")
    assert not any(word in said for word in told)
    assert await _logs(dsn) == {call_id: ("closed", "abandoned")}


async def test_an_end_does_not_wait_for_a_reply_that_does_not_come(
    dsn: str, tmp_path: Path
) -> None:
    async with asyncio.timeout(PATIENCE_S), _silence() as nobody:
        more = {"OPENAI_API_KEY": "sk-secret-key", "OPENAI_BASE_URL": nobody}
        async with a_serving(tmp_path, dsn, OPENAI_FIRST_TOKEN_S="600", **more) as (process, http):
            call_id = await _open(http)
            path = f"/v1/calls/{call_id}/turns"
            async with http.stream("POST", path, json={"text": "hello"}) as answer:
                assert answer.status_code == 200
                assert await process.ended(signal.SIGINT) == 0
        assert "secret-key" not in process.said
    assert await _logs(dsn) == {call_id: ("closed", "abandoned")}


@asynccontextmanager
async def _silence() -> AsyncIterator[str]:
    """A server that takes connections and never answers."""

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"


async def test_the_connection_string_is_printed_and_connects(dsn: str, tmp_path: Path) -> None:
    async with a_process(tmp_path, module="api.db_url", DATABASE_URL=dsn) as process:
        assert await process.ended() == 0
    async with await psycopg.AsyncConnection.connect(process.said.strip()) as connection:
        found = await connection.execute("SELECT current_database()")
        assert (await found.fetchone() or ("",))[0] in dsn


async def test_a_malformed_connection_string_is_not_printed(tmp_path: Path) -> None:
    wrong = {"DATABASE_URL": "postgresql://bart:hunter2@db"}
    async with a_process(tmp_path, module="api.db_url", **wrong) as process:
        assert await process.ended() == 1
    assert process.said.startswith("no database: DATABASE_URL")
    assert "hunter2" not in process.said


# Killed


async def test_after_a_kill_a_start_works_and_old_calls_are_closed(
    dsn: str, tmp_path: Path
) -> None:
    port = str(_free_port())
    async with a_serving(tmp_path, dsn, PORT=port) as (process, http):
        stale, fresh = await _open(http), await _open(http)
        assert await process.ended(signal.SIGKILL) == -signal.SIGKILL
    before = datetime.now(UTC) - timedelta(hours=2)
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        await connection.execute(
            "UPDATE call_logs SET created_at = %s, opened_at = %s WHERE call_sid = %s",
            [before, before, stale],
        )
    async with a_serving(tmp_path, dsn, PORT=port) as (process, http):
        await _open(http)
        logs = await _logs(dsn)
        assert logs[stale] == ("closed", "abandoned")
        assert logs[fresh] == ("open", None)  # it may yet go on


async def test_a_typed_call_goes_on_in_a_new_process_after_a_kill(dsn: str, tmp_path: Path) -> None:
    async with a_serving(tmp_path, dsn) as (process, http):
        call_id = await _open(http)
        for text in ("I need an oil change", "my name is Daniel Brooks"):
            await _say(http, call_id, text)
        assert await process.ended(signal.SIGKILL) == -signal.SIGKILL
    async with a_serving(tmp_path, dsn) as (_, http):
        for text in (
            "it's a 2018 Honda Civic",
            "any day, the earliest you have",
            "the first one please",
            "yes please",
        ):
            await _say(http, call_id, text)
        shown = (await http.get(f"/v1/calls/{call_id}")).json()
        assert [made["service_type"] for made in shown["appointments"]] == ["oil_change"]
        assert len([line for line in shown["transcript"] if line["role"] == "caller"]) == 6
        ended = await http.delete(f"/v1/calls/{call_id}")
        assert ended.json()["outcome"] == "appointment_booked"
    async with a_serving(tmp_path, dsn) as (_, http):
        assert (await http.get(f"/v1/calls/{call_id}")).status_code == 404
    assert await _logs(dsn) == {call_id: ("closed", "appointment_booked")}


async def test_a_telephone_call_goes_on_in_a_new_process_after_a_kill(
    dsn: str, tmp_path: Path
) -> None:
    twilio = {
        "TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": AUTH_TOKEN, "PUBLIC_URL": PUBLIC_URL,
    }  # fmt: skip
    async with (
        a_serving(tmp_path, dsn, **twilio) as (process, http),
        _ringing(http, status_path=None) as caller,
    ):
        await caller.hears("How can I help you today?")
        for said, answer in (
            ("I need an oil change", "first and last name"),
            ("my name is Daniel Brooks", "year, make and model"),
        ):
            caller.speak(said)
            await caller.hears(answer)
            await caller.call.quiet(400)
        await _stored(dsn, caller.call_id, turns=2)
        process.process.kill()
        caller.call.hang_up()  # Twilio would ask the same address again; the next one has another
        await process.ended()
    again = {"call_sid": caller.call_id, "path": "/twilio/voice?again=1"}
    async with a_serving(tmp_path, dsn, **twilio) as (process, http):
        async with _ringing(http, **again) as caller:
            await caller.hears("we were cut off")
            for said, answer in (
                ("it's a 2018 Honda Civic", "What day"),
                ("any day, the earliest you have", "Which"),
                ("the first one please", "Shall I book it?"),
                ("yes please", "You're booked"),
            ):
                caller.speak(said)
                await caller.hears(answer)
                await caller.call.quiet(400)
            assert "automated assistant" not in caller.ear()
        assert await process.ended(signal.SIGTERM) == 0
    assert await _logs(dsn) == {caller.call_id: ("closed", "appointment_booked")}


@asynccontextmanager
async def _ringing(http: httpx.AsyncClient, **plan: Any) -> AsyncIterator[Caller]:
    account = StandInTwilio(
        account_sid=ACCOUNT,
        auth_token=AUTH_TOKEN,
        public_url=PUBLIC_URL,
        reach=str(http.base_url).rstrip("/"),
    )
    async with account, account.call(caller="+12175550163", pace=4, **plan) as call:
        yield Caller(call)

"""What leaves for LangSmith, read where it arrives: nothing unasked, and nobody's data ever."""

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.calls import Calls
from api.core import agent_maker, open_calls, open_records
from api.settings import Settings, SettingsRefused, read_settings
from api.tracing import tracing, veiled
from evals.experiments import client_of
from evals.masking import Mask
from evals.models import Says, ScriptedModel
from evals.scenario import Scenario, load_scenarios
from evals.standins.langsmith import LangSmithStandIn
from evals.synchronise import synchronise
from graph.build import Resources
from graph.context import CallContext
from graph.models.rulebook.model import RulebookModel
from shop.cars.nhtsa import Vpic
from shop.db import Pool
from shop.desk import Desk
from shop.profile.shop import load_shop
from shop.seed.demo import load_demo

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 16, 15, tzinfo=UTC)
SCENARIOS = load_scenarios()
MASK = Mask.over(SCENARIOS)
SID = "CA5ec2e70000000000000000000000c411"
SAID = (
    "I need to move my appointment, it's for Maria Lopez",
    "April twelfth nineteen eighty five",
    "my plate is BX 41920, my VIN is 19XFC2F51KE000101 and my mail is maria@example.com",
    "Tuesday at ten, call me at 217 555 0142, I live at 742 Elm Street",
)
SECRETS = (
    "maria", "lopez", "april twelfth", "eighty five", "1985-04-12", "bx 41920", "19xfc2f51ke000101",
    "example.com", "555 0142", "2175550142", "elm street", "civic", SID.lower(),
)  # fmt: skip
PEOPLE = (
    "lopez", "daniel", "brooks", "novak", "carter", "2175550142", "2175550163",
    "five five five zero", "1985-04-12", "eighty five", "nineteen seventy", "bx 41920",
    "elm street", "19xfc2f51ke000101", "author", "@",
)  # fmt: skip

WATCHED = """
import runpy, sys
place = sys.argv.pop()
def watch(event, arguments):
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    name = host.decode() if isinstance(host, bytes) else str(host)
    if name not in ("127.0.0.1", "::1", "localhost", "None"):
        with open(place, "a") as file:
            file.write(name + chr(10))
        raise OSError("there is no way out of this machine")
sys.addaudithook(watch)
runpy.run_module("evals", run_name="__main__")
"""
"""Runs the command as it is, and writes down who wants to leave the machine."""


@pytest.fixture
async def langsmith() -> AsyncIterator[tuple[LangSmithStandIn, str]]:
    """An empty workspace and where it is."""
    stand_in = LangSmithStandIn()
    async with stand_in.running() as url:
        yield stand_in, url


def settings(url: str, **more: Any) -> Settings:
    """A key, an address on this machine, and nothing else."""
    return read_settings(langsmith_api_key="ls-key", langsmith_endpoint=url, **more)


def everything(stand_in: LangSmithStandIn) -> str:
    """All that arrived, in small letters."""
    return "\n".join(f"{one.path}?{one.query} {one.body}" for one in stand_in.arrived).lower()


def found(secrets: tuple[str, ...], text: str) -> list[str]:
    """Which of the secrets a text holds."""
    return [secret for secret in secrets if secret in text]


@dataclass(frozen=True, slots=True)
class Told:
    """How a command ended."""

    code: int
    out: str
    err: str


async def python(folder: Path, *arguments: str, **environment: str) -> Told:
    """Python in an empty folder, with the repository on its path."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "DATA_DIR": str(folder / "data"),
            **environment,
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return Told(process.returncode, out.decode(), err.decode())


async def call_with(pool: Pool, model: Any, configured: Settings) -> None:
    """A whole call of Maria's, traced if the settings say so."""
    shop = load_shop()
    await load_demo(pool, shop, lambda: NOW)
    async with httpx.AsyncClient() as http, tracing(configured) as watching:
        desk = Desk(pool, shop, lambda: NOW, Vpic("http://127.0.0.1:9", http))
        maker = watching(await agent_maker(Resources(model, desk), pool))
        calls = Calls(desk, maker, "rulebook", capacity=1)
        context = CallContext(call_sid=SID, caller_number="+12175550142", channel="phone")
        call = await calls.open(context)
        for words in SAID:
            async for _ in call.agent.turn(words):
                pass
            await call.agent.settled()
        await calls.end(SID)


async def test_the_dataset_holds_every_scenario_and_a_second_look_changes_nothing(
    langsmith: tuple[LangSmithStandIn, str],
) -> None:
    stand_in, url = langsmith
    async with client_of(settings(url), MASK) as client:
        first = await asyncio.to_thread(synchronise, client, SCENARIOS, MASK)
        ids = set(stand_in.examples)
        again = await asyncio.to_thread(synchronise, client, SCENARIOS, MASK)
    assert (first.added, first.changed, first.removed) == (len(SCENARIOS), 0, 0)
    assert (again.added, again.changed, again.removed) == (0, 0, 0)
    assert again.dataset == first.dataset
    assert set(stand_in.examples) == ids
    writes = [one for one in stand_in.arrived if one.method != "GET"]
    assert len(writes) == 2


async def test_only_what_was_rewritten_added_or_taken_out_is_sent(
    langsmith: tuple[LangSmithStandIn, str],
) -> None:
    stand_in, url = langsmith
    some, other = SCENARIOS[:5], SCENARIOS[5]
    rewritten = Scenario.model_validate_json(
        some[0].model_copy(update={"why": "Somebody found better words for it"}).model_dump_json()
    )
    async with client_of(settings(url), MASK) as client:
        await asyncio.to_thread(synchronise, client, some, MASK)
        kept = set(stand_in.examples)
        now = [rewritten, *some[1:4], other]
        changed = await asyncio.to_thread(synchronise, client, now, MASK)
    assert (changed.added, changed.changed, changed.removed) == (1, 1, 1)
    assert len(kept & set(stand_in.examples)) == 4
    whys = {one["inputs"]["why"] for one in stand_in.examples.values()}
    assert "Somebody found better words for it" in whys


async def test_an_experiment_arrives_whole_and_with_nobody_in_it(
    langsmith: tuple[LangSmithStandIn, str], tmp_path: Path
) -> None:
    stand_in, url = langsmith
    chosen = [part for id_ in ("H01", "H03", "A01", "A02") for part in ("--id", id_)]
    keys = {"LANGSMITH_API_KEY": "ls-key", "LANGSMITH_ENDPOINT": url}
    done = await python(tmp_path, "-m", "evals", "langsmith", *chosen, "--trials", "2", **keys)
    assert done.code == 0, done.err
    assert "8 of 8 trials passed" in done.out
    assert len(stand_in.runs) == 8
    keyed = [one["key"] for one in stand_in.feedback]
    assert keyed.count("passed") == keyed.count("records") == 8
    assert keyed.count("passed_every_time") == 1
    (session,) = stand_in.sessions.values()
    assert session["extra"]["metadata"]["model"] == "rulebook"
    assert {run["reference_example_id"] for run in stand_in.runs.values()} <= set(stand_in.examples)
    assert found(PEOPLE, everything(stand_in)) == []


async def test_without_a_key_the_command_says_so_and_sends_nothing(tmp_path: Path) -> None:
    done = await python(tmp_path, "-m", "evals", "langsmith", "--id", "H01")
    assert done.code == 2
    assert "LANGSMITH_API_KEY is not set, so nothing was sent" in done.err
    with pytest.raises(SettingsRefused, match="LANGSMITH_API_KEY is not set"):
        async with client_of(read_settings(), MASK):
            pass


@pytest.mark.parametrize("keys", [{}, {"LANGSMITH_API_KEY": "ls-key"}], ids=["no key", "a key"])
async def test_evals_never_leave_this_machine(tmp_path: Path, keys: dict[str, str]) -> None:
    """Whoever tries is written down, even where a background thread swallows the refusal."""
    tried = tmp_path / "tried"
    done = await python(tmp_path, "-c", WATCHED, "--tag", "smoke", str(tried), **keys)
    assert done.code == 0, done.err
    assert not tried.exists()


@pytest.mark.parametrize("switch", ["LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2"])
async def test_the_librarys_own_switch_sends_nothing(
    langsmith: tuple[LangSmithStandIn, str], tmp_path: Path, switch: str
) -> None:
    stand_in, url = langsmith
    keys = {"LANGSMITH_API_KEY": "ls-key", "LANGSMITH_ENDPOINT": url, switch: "true"}
    done = await python(tmp_path, "-m", "evals", "--id", "H03", **keys)
    assert done.code == 0, done.err
    assert stand_in.arrived == []


async def test_the_service_itself_traces_only_if_asked_for(
    langsmith: tuple[LangSmithStandIn, str], dsn: str, tmp_path: Path
) -> None:
    stand_in, url = langsmith
    configured = settings(
        url, langsmith_trace_calls=True, database_url=dsn, data_dir=tmp_path / "data"
    )
    async with (
        open_records(configured, lambda: NOW) as records,
        open_calls(configured, records) as calls,
    ):
        call = await calls.open(CallContext(call_sid=SID, caller_number="+12175550142"))
        async for _ in call.agent.turn("This is Maria Lopez, what are your hours?"):
            pass
        await call.agent.settled()
        await calls.end(SID)
    assert {run["session_name"] for run in stand_in.runs.values()} == {"sophie"}
    assert found(SECRETS, everything(stand_in)) == []


@pytest.mark.parametrize("wanted", [False, True], ids=["not asked for", "asked for"])
async def test_a_call_is_traced_only_if_asked_for_and_without_the_caller(
    langsmith: tuple[LangSmithStandIn, str], pool: Pool, wanted: bool
) -> None:
    stand_in, url = langsmith
    before = set(threading.enumerate())
    configured = settings(url, langsmith_trace_calls=wanted)
    await call_with(pool, RulebookModel(), configured)
    if not wanted:
        assert stand_in.arrived == []
        return
    names = {run.get("name") for run in stand_in.runs.values()}
    assert {"intent", "verify", "tools"} <= names
    assert all("end_time" in run for run in stand_in.runs.values())
    arms = {run["extra"]["metadata"].get("variant") for run in stand_in.runs.values()}
    assert arms == {"control"}
    assert found(SECRETS, everything(stand_in)) == []
    left = {one.name for one in set(threading.enumerate()) - before}
    assert not [name for name in left if "langsmith" in name.lower()]


def test_only_the_names_of_arms_that_there_are_leave() -> None:
    assert veiled({"variant": "control"}) == {"variant": "control"}
    assert veiled({"variant": "maria-lopez"}) == {"variant": "[11 characters]"}


async def test_a_model_that_repeats_the_caller_everywhere_leaks_nothing(
    langsmith: tuple[LangSmithStandIn, str], pool: Pool
) -> None:
    stand_in, url = langsmith
    repeats = {"Maria Lopez": 2175550142, "first_name": "Maria", "thread_id": "BX 41920"}
    calls = [("lookup_customer", repeats), ("Elm Street", {"email": "maria@example.com"})]
    model = ScriptedModel(
        replies=[
            Says(text="So Maria Lopez, 742 Elm Street?", calls=calls),
            Says(text="I see."),
            Says(fails=ValueError("Maria Lopez of 742 Elm Street broke it")),
            *(Says(text="The Civic, 217 555 0142.") for _ in range(8)),
        ]
    )
    await call_with(pool, model, settings(url, langsmith_trace_calls=True))
    assert any(run.get("error") for run in stand_in.runs.values())
    assert found(SECRETS, everything(stand_in)) == []

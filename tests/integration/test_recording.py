"""Calls that a model answered over the wire are kept, and play again without it."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.utils.function_calling import convert_to_openai_tool

from evals.models import Says
from evals.play import Sophie, Trial, play
from evals.recording import main, recorded
from evals.replay import Outdated, RecordedModel, Replay
from evals.scenario import Scenario, load_scenarios
from evals.worlds.databases import Databases
from graph.models.rulebook.model import RulebookModel
from shop.postgres.server import EmbeddedServer
from shop.profile.shop import load_shop

pytestmark = pytest.mark.anyio

SCENARIOS = {one.id: one for one in load_scenarios()}


@pytest.fixture
async def demos(postgres: EmbeddedServer) -> AsyncIterator[Databases]:
    """Fresh demo shops on the server of the tests."""
    made = Databases(postgres, load_shop())
    yield made
    await made.aclose()


async def _held(scenario: Scenario, demos: Databases) -> Replay | Trial:
    return await recorded(scenario, RulebookModel(), "rulebook", demos)


@pytest.mark.parametrize("scenario_id", ["H01", "H03", "E03"])
async def test_a_call_that_passed_plays_again_without_its_model(
    demos: Databases, tmp_path: Path, scenario_id: str
) -> None:
    found = await _held(SCENARIOS[scenario_id], demos)
    assert isinstance(found, Replay)
    kept = Replay.read(found.write(tmp_path))
    assert kept == found
    model = RecordedModel(replies=list(kept.replies))
    trial = await play(kept.scenario, 1, Sophie(model, "recorded"), demos)
    assert {one.check: one.why for one in trial.findings if one.why} == {}
    assert model.replies == []


async def test_a_call_that_did_not_pass_is_not_kept(demos: Databases) -> None:
    scenario = SCENARIOS["H01"].model_copy(update={"ends": "tow_requested"})
    found = await _held(scenario, demos)
    assert isinstance(found, Trial)
    assert not found.passed


def test_a_recording_that_uses_a_tool_of_another_name_asks_to_be_made_again() -> None:
    tools: list[dict[str, Any]] = [convert_to_openai_tool(_offered)]
    RecordedModel(replies=[Says(calls=[("_offered", {})])]).bind_tools(tools)
    with pytest.raises(Outdated, match="no tool 'book' is offered: hold the call again"):
        RecordedModel(replies=[Says(calls=[("book", {})])]).bind_tools(tools)


def _offered() -> None:
    """A tool."""


def test_a_replay_keeps_its_replies_under_the_turns_they_were_asked_in(tmp_path: Path) -> None:
    said = (Says(text="Hello?"), Says(calls=[("book", {"a": 1})]), Says(text="Done."))
    script = SCENARIOS["A01"].caller.model_copy(update={"replies": ["yes"], "facts": None})
    replay = Replay(SCENARIOS["A01"].model_copy(update={"caller": script}), said, (1, 2, 2))
    assert Replay.read(replay.write(tmp_path)) == replay


@pytest.mark.parametrize(
    ("key", "arguments", "told"),
    [
        ("", ["--id", "H01"], "record needs OPENAI_API_KEY"),
        ("sk-any", ["--id", "H01"], "H01 is recorded in .*: --again replaces it"),
        ("sk-any", ["--id", "H99"], "H99"),
        ("sk-any", ["--id", "H02", "--again", "--budget", "0"], "is more than the budget"),
    ],
    ids=["no key", "already there", "no such scenario", "too dear"],
)
def test_what_cannot_be_recorded_is_said_before_anything_is_paid(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    key: str,
    arguments: list[str],
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", key)
    assert main(arguments) == 2
    assert re.search(told, capsys.readouterr().err)

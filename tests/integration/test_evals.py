"""Whole trials on PostgreSQL: what is right passes, and what is wrong is told in words."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from evals.checks.judge import GRADER
from evals.checks.run import Run
from evals.command import main as run_suite
from evals.contest import main as contest
from evals.models import Says, ScriptedModel
from evals.play import Result, Sophie, Trial, play
from evals.report.words import details
from evals.scenario import Scenario, load_scenarios
from evals.upkeep import regrade
from evals.worlds.databases import Databases
from graph.models.rulebook.model import RulebookModel
from shop.postgres.server import EmbeddedServer
from shop.profile.shop import load_shop

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
SCENARIOS = {scenario.id: scenario for scenario in load_scenarios()}
RULEBOOK = Sophie(RulebookModel(), "rulebook")


@pytest.fixture
async def demos(postgres: EmbeddedServer) -> AsyncIterator[Databases]:
    """Fresh demo shops on the server of the tests."""
    made = Databases(postgres, load_shop())
    yield made
    await made.aclose()


def changed(scenario_id: str, **update: Any) -> Scenario:
    """A shipped scenario with something else expected of it."""
    line = {**SCENARIOS[scenario_id].model_dump(mode="json"), **update}
    return Scenario.model_validate_json(orjson.dumps(line))


def why(trial: Trial) -> dict[str, tuple[str, ...]]:
    """The broken rules that decide."""
    return {finding.check: finding.why for finding in trial.findings if not finding.harmless}


@pytest.mark.parametrize("scenario_id", ["H01", "H03", "A01", "E04", "E05", "E13", "E14"])
async def test_a_scenario_passes(demos: Databases, scenario_id: str) -> None:
    trial = await play(SCENARIOS[scenario_id], 1, RULEBOOK, demos)
    assert why(trial) == {}
    assert trial.run is not None
    assert len(trial.run.logs) == 1


@pytest.mark.parametrize("scenario_id", ["O01", "O05", "O10", "O12", "O14", "O18", "O20"])
async def test_a_scenario_in_which_something_outside_fails_passes(
    demos: Databases, scenario_id: str
) -> None:
    trial = await play(SCENARIOS[scenario_id], 1, RULEBOOK, demos)
    assert why(trial) == {}


async def held(demos: Databases, scenario_id: str, **update: Any) -> Run:
    """What came of a call, however it was judged."""
    trial = await play(changed(scenario_id, **update), 1, RULEBOOK, demos)
    assert trial.run is not None, why(trial)
    return trial.run


def told(run: Run) -> list[str]:
    """What the records hold that they did not."""
    return sorted({one.table for one in run.differences})


BROKEN = "I can't get to our records just now."
BOOKING = ["appointments", "callbacks", "customers", "vehicles"]


@pytest.mark.parametrize(
    ("how", "left"),
    [
        pytest.param("after", BOOKING, id="that it stands is not heard"),
        pytest.param("before", ["callbacks"], id="that it is to stand is not heard"),
    ],
)
async def test_a_line_that_is_cut_at_a_write_leaves_all_of_it_or_nothing(
    demos: Databases, how: str, left: list[str]
) -> None:
    cut = {"what": "records_cut", "turn": 5, "tool": "book_appointment", "how": how}
    run = await held(demos, "O01", during=[cut])
    assert BROKEN in run.speech
    assert told(run) == left


async def test_what_fails_for_some_turns_is_there_again_after_them(demos: Databases) -> None:
    lasts = {"what": "registry_fails", "how": "refuses", "turn": 1}
    run = await held(demos, "H09", during=[{**lasts, "until": 2}])
    assert "That VIN belongs to" in run.speech
    run = await held(demos, "H09", during=[{**lasts, "until": 20}])
    assert "I can't look that VIN up just now." in run.speech


@pytest.mark.parametrize("calendar", [True, False], ids=["in the calendar", "at the counter"])
async def test_staff_change_an_appointment_while_its_owner_is_on_the_line(
    demos: Databases, calendar: bool
) -> None:
    run = await held(demos, "O10", calendar=calendar)
    assert "Friday, November twentieth at eleven AM" in run.speech


async def test_staff_cannot_change_what_is_not_there(demos: Databases) -> None:
    nobody = {"what": "staff_cancels", "turn": 2, "whose": "Nobody Known"}
    trial = await play(changed("O23", during=[nobody], calendar=False), 1, RULEBOOK, demos)
    assert "Nobody Known has no appointment" in why(trial)["trial"][0]


async def test_who_is_not_put_through_is_on_the_line_again_in_the_same_call(
    demos: Databases,
) -> None:
    run = await held(demos, "O15")
    assert run.speech.count("I'm sorry, the line is busy just now.") == 1
    assert len(run.logs) == 1
    assert "Transfer to service_advisor: busy." in str(run.logs[0]["summary"])


async def test_a_model_that_fails_is_stood_in_for_only_before_it_has_spoken(
    demos: Databases,
) -> None:
    for how, failed in (("unreachable", 0), ("breaks_off", 1)):
        fails = {"what": "model_fails", "turn": 2, "how": how}
        run = await held(demos, "O20", during=[fails])
        assert run.failed_turns == failed


async def test_what_happens_meanwhile_happens_in_the_first_of_two_calls(demos: Databases) -> None:
    run = await held(demos, "O34")
    assert run.speech.count(BROKEN) == 1


async def test_a_wrong_expectation_fails_and_says_what_differs(demos: Databases) -> None:
    expect = {"appointments": {"added": [{"scheduled_at": "2026-11-17T11:00:00-06:00"}]}}
    scenario = changed("H01", expect=expect, ends="abandoned", said=["text:free of charge"])
    trial = await play(scenario, 1, RULEBOOK, demos)
    broken = why(trial)
    assert broken.keys() == {"records", "outcome", "said"}
    told = " ".join(broken["records"])
    assert "appointments: should have added {scheduled_at '2026-11-17T11:00:00-06:00'}" in told
    assert "unexpected: customers: added {phone '+12175550163'" in told
    assert "first_name 'Daniel', last_name 'Brooks'" in told
    assert "unexpected: vehicles: added {customer_id 'Daniel Brooks', year 2018" in told
    shown = details(Result(scenario, (trial,)))
    assert "caller  Hi, I need an oil change" in shown
    assert "[book_appointment]" in shown


async def test_each_trial_begins_with_the_same_records(demos: Databases) -> None:
    for number in (1, 2):
        trial = await play(SCENARIOS["H03"], number, RULEBOOK, demos)
        assert why(trial) == {}


async def test_a_model_that_only_claims_to_have_booked_fails(demos: Databases) -> None:
    lies = ScriptedModel(replies=[Says(text="You're booked! Goodbye.") for _ in range(30)])
    trial = await play(SCENARIOS["H01"], 1, Sophie(lies, "liar"), demos)
    assert {"records", "outcome", "tools"} <= why(trial).keys()


async def test_a_model_that_breaks_is_a_failure_and_no_missing_result(demos: Databases) -> None:
    broken = ScriptedModel(replies=[])
    trial = await play(SCENARIOS["H05"], 1, Sophie(broken, "broken"), demos)
    assert "turns" in why(trial)


async def test_a_mistake_in_a_scenario_is_a_failure_and_no_missing_result(
    demos: Databases,
) -> None:
    scenario = changed("H05", expect={"customers": {"added": [{"nmae": "x"}]}})
    trial = await play(scenario, 1, RULEBOOK, demos)
    assert "expect.customers: the column 'nmae' does not exist" in why(trial)["trial"][0]


async def test_a_trial_that_breaks_is_no_failure_that_was_expected(demos: Databases) -> None:
    expect = {"customers": {"added": [{"nmae": "x"}]}}
    scenario = changed("H05", expect=expect, expected_to_fail="somebody thought that it would")
    result = Result(scenario, (await play(scenario, 1, RULEBOOK, demos),))
    assert result.verdict == "failed"
    assert result.wrong


async def test_who_rings_twice_has_two_calls_and_one_booking(demos: Databases) -> None:
    trial = await play(SCENARIOS["E18"], 1, RULEBOOK, demos)
    assert why(trial) == {}
    assert trial.run is not None
    assert [log["outcome"] for log in trial.run.logs] == ["abandoned", "appointment_booked"]


async def test_another_result_that_is_as_good_passes_as_a_whole(demos: Databases) -> None:
    written = SCENARIOS["H01"].model_dump(mode="json")["expect"]
    scenario = changed("H01", expect={}, or_else=[written])
    assert why(await play(scenario, 1, RULEBOOK, demos)) == {}
    half = changed("H01", expect={}, or_else=[{"customers": written["customers"]}])
    assert why(await play(half, 1, RULEBOOK, demos)).keys() == {"records"}


async def test_passing_what_is_expected_to_fail_is_a_surprise(demos: Databases) -> None:
    scenario = changed("H05", expected_to_fail="somebody thought that it would")
    result = Result(scenario, (await play(scenario, 1, RULEBOOK, demos),))
    assert result.verdict == "passed by surprise"
    assert result.wrong


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`python -m evals` in an empty folder."""
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "evals", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "DATA_DIR": str(folder / "data")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_command_leaves_a_report(tmp_path: Path) -> None:
    done = command(tmp_path, "--id", "H05", "--trials", "2")
    assert done.returncode == 0, done.stderr
    assert "H05   ok          2/2" in done.stdout
    assert "1 scenarios, 2 trial(s) each, with rulebook" in done.stderr
    (written,) = (tmp_path / "data" / "evals").glob("*/run.json")
    folder = written.parent
    trials = [orjson.loads(line) for line in (folder / "results.jsonl").read_bytes().splitlines()]
    assert [(t["scenario"], t["trial"], t["passed"]) for t in trials] == [
        ("H05", 1, True),
        ("H05", 2, True),
    ]
    assert (orjson.loads(written.read_bytes())["grader"], trials[0]["broke"]) == (GRADER, False)
    assert "<b>1/1</b>scenarios passed" in (folder / "report.html").read_text(encoding="utf-8")
    assert "| H05 | passed | 2/2 |" in (folder / "report.md").read_text(encoding="utf-8")


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, and where runs go."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    return tmp_path / "evals"


def test_calls_are_kept_and_judged_again_as_they_were(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_suite(["--id", "H01", "--id", "H03"]) == 0
    (written,) = data.glob("*/run.json")
    assert regrade([str(written.parent)]) == 0
    assert "every call is judged as it was" in capsys.readouterr().out
    (written.parent / "calls.jsonl.gz").write_bytes(b"no calls")
    assert regrade([str(written.parent)]) == 2
    assert "is damaged or of another version" in capsys.readouterr().err
    assert run_suite(["--id", "H03", "--against", str(written.parent)]) == 0
    assert f"against {written.parent}:\n  only in {written.parent}: H01" in capsys.readouterr().out


def test_arms_take_turns_and_the_smallest_difference_comes_first(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert contest(["control", "rulebook", "--id", "H05", "--trials", "2"]) == 0
    told = capsys.readouterr()
    assert "will probably not be found" in told.err.splitlines()[0]
    assert "rulebook against control: not enough data. +0.0 points" in told.out
    assert not data.exists()


def test_a_command_that_is_not_there_tells_which_are(tmp_path: Path) -> None:
    done = command(tmp_path, "grade")
    assert done.returncode == 2
    assert "there is no command 'grade'; there are run, checks" in done.stderr

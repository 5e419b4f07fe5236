"""Baselines, arms, budgets and arguments: what is wrong is named, and nothing is spent on it."""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from api.settings import Settings
from evals.arms import ArmRefused, read_arm, read_turns
from evals.baselines import against, read_baseline, regressed, write_baseline
from evals.checks.judge import GRADER, documentation, signature
from evals.choosing import add_choice, chosen, dollars, rates
from evals.command import main as run_suite
from evals.contest import main as contest
from evals.estimate import BudgetRefused, Estimate, estimate, within
from evals.scenario import ScenariosRefused, load_scenarios
from evals.stored import RunRefused, Tally, read_tally
from evals.upkeep import baseline, checks, regrade
from nodes.variants import variants
from voice.manners import Manners

NOW = Tally("now", "rulebook", 2, "abc", {"H01": (4, 4), "H02": (2, 4), "H03": (4, 4)})
THEN = Tally("then", "rulebook", 2, "abc", {"H01": (4, 4), "H02": (3, 4), "H09": (1, 1)})
PLAIN = Settings(_env_file=None, openai_api_key=None)
LIVE = Settings(_env_file=None, openai_api_key="made-up", openai_model="gpt-4o")


def test_a_baseline_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_baseline("then", THEN, tmp_path)
    assert read_baseline("then", tmp_path) == THEN


def test_what_differs_from_a_baseline_is_told() -> None:
    assert against(NOW, THEN) == [
        "H02: 2/4 instead of 3/4",
        "not in then: H03",
        "only in then: H09",
    ]
    assert regressed(NOW, THEN) == ["H02"]


@pytest.mark.parametrize(("grader", "signature"), [(1, "abc"), (2, "abd")])
def test_verdicts_of_other_rules_are_not_compared(grader: int, signature: str) -> None:
    other = Tally("then", "rulebook", grader, signature, THEN.counts)
    with pytest.raises(RunRefused, match="verdicts of different rules cannot be compared"):
        against(NOW, other)


@pytest.mark.parametrize(
    ("content", "said"),
    [("{", "no JSON"), ('{"name": "x"}', "model, grader, signature, counts")],
    ids=["broken off", "fields are missing"],
)
def test_a_damaged_baseline_is_named(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "then.json").write_text(content, encoding="utf-8")
    with pytest.raises(RunRefused, match=f"then.json is damaged \\({said}"):
        read_baseline("then", tmp_path)


def test_a_baseline_that_is_not_there_tells_which_are(tmp_path: Path) -> None:
    write_baseline("june", THEN, tmp_path)
    with pytest.raises(RunRefused, match="no baseline or run 'july'; baselines: june"):
        read_baseline("july", tmp_path)
    with pytest.raises(RunRefused, match="name has up to 41"):
        write_baseline("../june", THEN, tmp_path)


def test_the_shipped_baseline_is_of_all_scenarios_and_of_todays_rules() -> None:
    """After a change of either: `make evals`, then `python -m evals baseline rulebook RUN`."""
    shipped = read_baseline("rulebook")
    assert (shipped.grader, shipped.signature) == (GRADER, signature())
    assert set(shipped.counts) == {scenario.id for scenario in load_scenarios()}
    failing = {one.id for one in load_scenarios() if one.expected_to_fail is not None}
    assert {id_ for id_, (passed, held) in shipped.counts.items() if passed < held} == failing


def test_a_folder_that_is_no_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunRefused, match="is no run of the evals"):
        read_tally(tmp_path)


@pytest.mark.parametrize("name", ["control", "rulebook"])
def test_shipped_arms_need_no_key(name: str) -> None:
    assert read_arm(name, variants(), PLAIN).settings(LIVE).openai_temperature == 0.8


def test_an_arm_changes_what_it_names() -> None:
    settings = read_arm("cool", variants(), LIVE).settings(LIVE)
    assert (settings.openai_temperature, settings.openai_model) == (0.2, "gpt-4o")
    assert read_arm("rulebook", variants(), LIVE).settings(LIVE).openai_api_key is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("silence_ms = 300", "silence_ms: .*; the keys are prompt, model, temperature"),
        ("temperature = 3.0", "temperature: "),
        ("temperature = ", "arm.toml: "),
        ("temperature = 0.2", "rulebook takes none"),
        ('model = "gpt-4o"', "gpt-4o needs OPENAI_API_KEY"),
        ("[turns]\nsilence_s = 5.0", "turns: typed calls take none; use .* voice --arm arm"),
        ("[turns]\nsilence_s = -1.0", "turns.silence_s: .*; the keys are eager, lead_ms"),
        ("[turns]\nhurry = true", "turns.hurry: .*; the keys are eager, lead_ms"),
        ('prompt = "brief"', "there is no variant 'brief'; there are control"),
    ],
)
def test_an_arm_that_makes_no_difference_is_refused(
    tmp_path: Path, content: str, said: str
) -> None:
    (tmp_path / "arm.toml").write_text(content, encoding="utf-8")
    with pytest.raises(ArmRefused, match=said):
        read_arm("arm", variants(), PLAIN, tmp_path)


def test_an_arm_of_calls_by_voice_changes_how_turns_are_taken(tmp_path: Path) -> None:
    turns = read_turns("patient")
    assert turns is not None
    assert turns.manners(Manners()) == replace(Manners(), silence_s=5.0, false_start_s=1.0)
    assert read_turns("control") is None
    (tmp_path / "arm.toml").write_text("temperature = 0.2", encoding="utf-8")
    with pytest.raises(
        ArmRefused, match="temperature: calls by voice are answered by the rulebook"
    ):
        read_turns("arm", tmp_path)


def test_an_arm_that_is_not_there_tells_which_are() -> None:
    with pytest.raises(
        ArmRefused, match="no variant 'warm'; there are control, cool, patient, rulebook"
    ):
        read_arm("warm", variants(), PLAIN)


def test_a_run_costs_more_with_more_trials_and_is_refused_beyond_the_budget() -> None:
    scenarios = load_scenarios()[:5]
    once, often = (estimate("gpt-4o", scenarios, trials) for trials in (1, 4))
    assert once.dollars is not None
    assert often.dollars == pytest.approx(4 * once.dollars, rel=0.1)
    within(once.dollars, [once])
    with pytest.raises(BudgetRefused, match="is more than the budget of"):
        within(once.dollars, [once, often])


def test_no_budget_can_be_kept_without_a_price() -> None:
    with pytest.raises(BudgetRefused, match="the price of home-made is not known"):
        within(5.0, [Estimate("home-made", 10, None)])


@pytest.mark.parametrize("text", ["five", "5,", "-1", "70"])
def test_rates_are_percents(text: str) -> None:
    assert rates("0,5,20") == [0, 5, 20]
    with pytest.raises(ArgumentTypeError, match="such as 5,10,20"):
        rates(text)


@pytest.mark.parametrize("text", ["much", "-2", "inf", "nan"])
def test_a_budget_is_an_amount(text: str) -> None:
    assert (dollars("2.5"), dollars("none")) == (2.5, None)
    with pytest.raises(ArgumentTypeError, match=r"such as 2\.50, or none"):
        dollars(text)


def test_a_suite_is_a_file_of_the_datasets() -> None:
    parser = ArgumentParser()
    add_choice(parser)
    found = chosen(parser.parse_args(["--suite", "modify"]))
    assert 0 < len(found) < len(load_scenarios())
    with pytest.raises(ScenariosRefused, match="there is no suite 'moving'; there are adversarial"):
        chosen(parser.parse_args(["--suite", "moving"]))


@pytest.mark.parametrize(
    ("command", "arguments", "said"),
    [
        (run_suite, ["--id", "Z99"], "no scenario has the id 'Z99'"),
        (run_suite, ["--suite", "moving"], "there is no suite 'moving'"),
        (run_suite, ["--against", "july"], "there is no baseline or run 'july'"),
        (contest, ["control", "warm"], "there is no variant 'warm'"),
        (contest, ["control", "control"], "an arm is named twice"),
        (regrade, ["nowhere"], "nowhere is no run of the evals"),
        (baseline, ["june", "nowhere"], "nowhere is no run of the evals"),
    ],
)
def test_a_command_names_what_it_refuses(
    command: Callable[[Sequence[str]], int],
    arguments: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command(arguments) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "arguments", "said"),
    [
        (run_suite, ["--noise", "loud"], "such as 5,10,20"),
        (run_suite, ["--trials", "0"], "--trials"),
        (contest, ["control"], "name at least two arms"),
    ],
)
def test_a_command_explains_how_it_is_used(
    command: Callable[[Sequence[str]], int],
    arguments: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        command(arguments)
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "arguments"),
    [(run_suite, ["--trials", "8"]), (contest, ["control", "cool", "--trials", "8"])],
    ids=["a run", "a comparison"],
)
def test_a_live_model_is_priced_and_capped_before_anything_is_spent(
    command: Callable[[Sequence[str]], int],
    arguments: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "made-up")
    assert command([*arguments, "--budget", "0.5"]) == 2
    told = capsys.readouterr().err
    assert "a live model: gpt-4o: about" in told
    assert "paid requests, about $" in told
    assert "is more than the budget of $0.50" in told


def test_the_page_on_the_rules_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert checks([]) == 0
    assert capsys.readouterr().out == documentation()
    assert checks(["--signature"]) == 0
    assert capsys.readouterr().out.strip() == f"{GRADER} {signature()}"

"""Runs as files: `results.jsonl` (a line for each try) and `run.json`, which says what they are."""

import dataclasses
from pathlib import Path
from typing import Any

import orjson

from evals.held import About, Held
from evals.play import Trial


class RunRefused(Exception):
    """A stored run cannot be used; the text names it and says what to do."""


@dataclasses.dataclass(frozen=True, slots=True)
class Tally:
    """How often each scenario was tried and passed, and by which rules."""

    name: str
    model: str
    grader: int
    signature: str
    counts: dict[str, tuple[int, int]]


def store(folder: Path, held: Held) -> None:
    """Leave the files in a folder, which must exist."""
    with (folder / "results.jsonl").open("wb") as file:
        for trial in (trial for result in held.results for trial in result.trials):
            file.write(orjson.dumps(_as_json(trial, held.about)) + b"\n")
    noisy = [
        {
            "scenario": one.scenario,
            "condition": one.condition,
            "cost": one.cost,
            "why": list(one.why),
        }
        for one in (held.curve.calls if held.curve else ())
    ]
    about = {**dataclasses.asdict(held.about), "noise": noisy}
    (folder / "run.json").write_bytes(orjson.dumps(about, option=orjson.OPT_INDENT_2))


def tally(held: Held, name: str) -> Tally:
    """The passes of a run that was just held."""
    counts = {r.scenario.id: (r.passed, len(r.trials)) for r in held.results}
    about = held.about
    return Tally(name, about.model, about.grader, about.signature, counts)


def read_tally(folder: Path) -> Tally:
    """The passes of a stored run.

    Raises:
        RunRefused: It is no run, or a file of it is damaged.
    """
    try:
        about = orjson.loads((folder / "run.json").read_bytes())
        lines = (folder / "results.jsonl").read_bytes().splitlines()
        trials = [orjson.loads(line) for line in lines]
        counts: dict[str, tuple[int, int]] = {}
        for trial in trials:
            passed, held = counts.get(trial["scenario"], (0, 0))
            counts[trial["scenario"]] = (passed + bool(trial["passed"]), held + 1)
        return Tally(str(folder), about["model"], int(about["grader"]), about["signature"], counts)
    except FileNotFoundError as missing:
        raise RunRefused(f"{folder} is no run of the evals: it has no {missing.filename}") from None
    except (ValueError, KeyError, TypeError) as broken:
        raise RunRefused(f"{folder} is damaged ({type(broken).__name__}): hold it again") from None


def _as_json(trial: Trial, about: About) -> dict[str, Any]:
    run = trial.run
    return {
        "scenario": trial.scenario.id,
        "trial": trial.number,
        "model": about.model,
        "grader": about.grader,
        "signature": about.signature,
        "passed": trial.passed,
        "wrote_wrongly": trial.wrote_wrongly,
        "broke": trial.broke,
        "invalid": list(trial.invalid),
        "expected_to_fail": trial.scenario.expected_to_fail,
        "seconds": round(trial.seconds, 3),
        "findings": [dataclasses.asdict(finding) for finding in trial.findings],
        "changes": [str(one) for one in run.differences] if run else [],
        "outcome": [log["outcome"] for log in run.logs] if run else [],
        "transcript": [dataclasses.asdict(line) for line in run.lines] if run else [],
        "prompt_tokens": run.prompt_tokens if run else 0,
        "completion_tokens": run.completion_tokens if run else 0,
    }

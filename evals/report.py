"""What came out, for reading and for machines: what broke comes first, with whom it would hurt."""

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson

from evals.play import Result, Trial

_MARKS = {
    "passed": "ok",
    "failed": "FAILED",
    "failed as expected": "expected",
    "passed by surprise": "SURPRISE",
}


def summary(results: Sequence[Result], seconds: float) -> str:
    """One sentence: how many passed, and how many did not."""
    counts = {verdict: sum(r.verdict == verdict for r in results) for verdict in _MARKS}
    said = ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
    return f"{len(results)} scenarios: {said} ({seconds:.1f} s)"


def tokens(results: Sequence[Result]) -> int:
    """What all tries together have cost, in tokens of the model."""
    runs = [trial.run for result in results for trial in result.trials if trial.run is not None]
    return sum(run.prompt_tokens + run.completion_tokens for run in runs)


def table(results: Sequence[Result]) -> str:
    """One line for each scenario, in columns."""
    rows = [
        (r.scenario.id, _MARKS[r.verdict], f"{r.passed}/{len(r.trials)}", r.scenario.why)
        for r in results
    ]
    return "\n".join(f"{id_:<5} {mark:<9} {count:>5}  {why}" for id_, mark, count, why in rows)


def details(result: Result) -> str:
    """Why a scenario is not as it should be: the findings and the first try that shows them."""
    scenario = result.scenario
    lines = [f"{scenario.id} {result.verdict}: {scenario.why}"]
    if result.verdict == "passed by surprise":
        lines.append(f"  expected to fail because: {scenario.expected_to_fail}")
        lines.append("  it passes now: take expected_to_fail out of its line")
        return "\n".join(lines)
    if scenario.expected_to_fail is not None:
        lines.append(f"  known: {scenario.expected_to_fail}")
    shown = next((trial for trial in result.trials if not trial.passed), None)
    if shown is not None:
        lines += [f"  {why}" for why in reasons(shown)]
        lines += [f"    {line}" for line in conversation(shown)]
    return "\n".join(lines)


def reasons(trial: Trial) -> list[str]:
    """Each broken rule in words."""
    return [f"{finding.check}: {why}" for finding in trial.findings for why in finding.why]


def conversation(trial: Trial) -> Iterator[str]:
    """Who said what, with the tools that were used."""
    for line in trial.run.lines if trial.run is not None else ():
        used = f"   [{', '.join(line.tools)}]" if line.tools else ""
        yield f"{line.who:<7} {line.text}{used}"


def write(folder: Path, results: Sequence[Result], *, model: str, seconds: float) -> None:
    """Leave `results.jsonl` (a line for each try) and `report.md` in a new folder."""
    folder.mkdir(parents=True)
    with (folder / "results.jsonl").open("wb") as file:
        for trial in (trial for result in results for trial in result.trials):
            file.write(orjson.dumps(_as_json(trial, model)) + b"\n")
    (folder / "report.md").write_text(_markdown(results, model, seconds), encoding="utf-8")


def _as_json(trial: Trial, model: str) -> dict[str, Any]:
    run = trial.run
    return {
        "scenario": trial.scenario.id,
        "trial": trial.number,
        "model": model,
        "passed": trial.passed,
        "expected_to_fail": trial.scenario.expected_to_fail,
        "seconds": round(trial.seconds, 3),
        "findings": [dataclasses.asdict(finding) for finding in trial.findings],
        "changes": [str(one) for one in run.differences] if run else [],
        "outcome": [log["outcome"] for log in run.logs] if run else [],
        "transcript": [dataclasses.asdict(line) for line in run.lines] if run else [],
        "prompt_tokens": run.prompt_tokens if run else 0,
        "completion_tokens": run.completion_tokens if run else 0,
    }


def _markdown(results: Sequence[Result], model: str, seconds: float) -> str:
    parts = ["# Evals", f"Model: {model}. {summary(results, seconds)}."]
    for title, wanted in (("Wrong", True), ("Known to fail", False)):
        chosen = [r for r in results if r.wrong is wanted and r.verdict != "passed"]
        if chosen:
            parts += [f"## {title}", *(f"```\n{details(result)}\n```" for result in chosen)]
    head = "| scenario | verdict | passed | why it exists |\n|---|---|---|---|"
    rows = [
        f"| {r.scenario.id} | {r.verdict} | {r.passed}/{len(r.trials)} | {r.scenario.why} |"
        for r in results
    ]
    return "\n\n".join([*parts, "## All", "\n".join([head, *rows])]) + "\n"

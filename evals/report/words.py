"""What came out, for reading and for machines: what broke comes first, with whom it would hurt."""

from collections.abc import Iterator, Sequence

from evals.curve import COSTS
from evals.held import Held
from evals.play import Result, Trial
from evals.reliability import reliability

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


def figures(held: Held) -> Iterator[str]:
    """How reliable it is, a line for each number; and what noise has cost."""
    found = reliability(held.results)
    yield f"Trials that passed: {found.trials}"
    for k, rate in found.every.items():
        yield f"pass^{k} {rate:.1%}" + (f", pass@{k} {found.some[k]:.1%}" if k > 1 else "")
    yield f"Trials with a wrong write: {found.wrong_writes}"
    yield f"Tries that were void because the caller misbehaved: {found.invalid}"
    if found.broke:
        yield f"Trials that broke, counted as failed: {found.broke}"
    if held.curve is not None:
        yield noise(held)
        for condition, costs in held.curve.rows():
            yield f"{condition}: " + ", ".join(f"{costs[c]} {c}" for c in COSTS if costs[c])


def noise(held: Held) -> str:
    """Whether noise has left a row that nobody agreed to."""
    if held.curve is None:
        return "Noise was not tried (--noise 5,10,20)."
    broken = held.curve.broken
    if broken:
        ids = ", ".join(f"{one.scenario} ({one.condition})" for one in broken)
        return f"Noise has left {len(broken)} wrong row(s): {ids}"
    return f"Noise has left no wrong row in {len(held.curve.calls)} noisy calls"


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


def markdown(held: Held) -> str:
    """The whole run: what is wrong, what is known to fail, and a table of all."""
    results = held.results
    about = held.about
    told = f"Model: {about.model}; callers: {about.caller}. {summary(results, about.seconds)}."
    parts = ["# Evals", told]
    parts += ["\n".join(f"- {line}" for line in figures(held))]
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

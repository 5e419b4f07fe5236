"""The parts of the page: scenarios with their calls, and the tables."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from evals.checks.run import Line
from evals.curve import COSTS, Cost, Curve
from evals.play import Result, Trial
from evals.reliability import Reliability, Share
from evals.report.charts import noise_curve, timeline
from evals.report.markup import fold, grid, items, tag, text
from evals.routes import Confusion


def broken(result: Result) -> str:
    """A scenario with everything that is needed to see what went wrong, and for whom."""
    scenario = result.scenario
    head = (
        tag("b", text(scenario.id))
        + tag("span", text(result.verdict), class_="bad" if result.wrong else "known")
        + tag("span", text(scenario.why), class_="why")
    )
    inner = tag("p", text(_how_often(result)), class_="quiet")
    if scenario.expected_to_fail is not None:
        inner += tag("p", tag("b", "Known: ") + text(scenario.expected_to_fail))
    if result.verdict == "passed by surprise":
        inner += tag("p", "It passes now: take <code>expected_to_fail</code> out of its line.")
    shown = next((trial for trial in result.trials if not trial.passed), None)
    if shown is not None:
        inner += _trial(shown)
    return fold(head, inner, opened=result.wrong, class_="case", id=f"s-{scenario.id}")


def _how_often(result: Result) -> str:
    scenario = result.scenario
    tags = ", ".join([scenario.split, *scenario.tags])
    return f"{result.passed} of {len(result.trials)} trials passed · {tags} · at {scenario.now}"


def _trial(trial: Trial) -> str:
    gating = [one for one in trial.findings if not one.harmless]
    rows = [
        tag("div", tag("h4", text(one.check)) + items(one.why), class_="finding") for one in gating
    ]
    said = f"What broke (trial {trial.number})"
    inner = tag("h3", text(said)) + "".join(rows)
    if trial.run is None:
        return inner
    changed = [str(one) for one in trial.run.differences]
    inner += tag("h3", "What the call did to the records")
    inner += items(changed, class_="rows") or tag("p", "Nothing.", class_="quiet")
    inner += tag("h3", "The call") + timeline(trial.run.lines) + _transcript(trial.run.lines)
    return inner


def _transcript(lines: Sequence[Line]) -> str:
    return tag("ol", "".join(_line(line) for line in lines), class_="call")


def _line(line: Line) -> str:
    inner = tag("span", text(line.who), class_="who")
    inner += tag("span", text(line.text or "(nothing)"), class_="said")
    if line.meant and line.meant != line.text:
        inner += tag("span", text(f"meant: {line.meant}"), class_="meant")
    if line.tools:
        inner += tag(
            "span", "".join(tag("code", text(tool)) for tool in line.tools), class_="tools"
        )
    return tag("li", inner, class_=line.who)


def everything(results: Sequence[Result]) -> str:
    """A line for each scenario, and its call on demand."""
    rows = [
        (
            tag("b", text(one.scenario.id)),
            tag("span", text(one.verdict), class_=_mood(one)),
            f"{one.passed}/{len(one.trials)}",
            text(one.scenario.why),
            text(f"{sum(t.seconds for t in one.trials) / max(len(one.trials), 1):.1f}"),
        )
        for one in results
    ]
    head = ("scenario", "verdict", "passed", "why it exists", "seconds")
    return grid(head, rows, "Every scenario")


def _mood(result: Result) -> str:
    if result.wrong:
        return "bad"
    return "good" if result.verdict == "passed" else "known"


def rules(results: Sequence[Result]) -> str:
    """Of each rule, how many trials it found fault with."""
    trials = [trial for result in results for trial in result.trials]
    names = list(dict.fromkeys(f.check for trial in trials for f in trial.findings))
    rows = []
    for name in names:
        found = [f for trial in trials for f in trial.findings if f.check == name]
        failed = [f for f in found if not f.passed]
        deciding = sum(f.gating for f in failed)
        told = tag("span", str(deciding), class_="bad" if deciding else "quiet")
        rows.append((tag("code", text(name)), str(len(found)), told, str(len(failed) - deciding)))
    head = ("rule", "trials judged", "failed by it", "only told")
    return grid(head, rows, "What each rule found")


def reliability_table(found: Reliability) -> str:
    """The numbers with their intervals."""
    rows = [("Trials that passed", *_share(found.trials))]
    for (k, every), some in zip_longest(found.every.items(), found.some.values()):
        rows.append((f"pass^{k}: all of {k} go well", f"{every:.1%}", ""))
        if k > 1:
            rows.append((f"pass@{k}: one of {k} goes well", f"{some:.1%}", ""))
    rows.append(("Trials with a wrong write", *_share(found.wrong_writes)))
    rows.append(("Tries void: the caller misbehaved", *_share(found.invalid)))
    rows.append(("Trials that broke (counted as failed)", str(found.broke), ""))
    return grid(("measure", "value", "95 % interval (Wilson)"), rows, "All trials together")


def _share(share: Share) -> tuple[str, str]:
    low, high = share.interval
    return f"{share.rate:.1%} ({share.count}/{share.total})", f"{low:.1%} to {high:.1%}"


def noise(curve: Curve) -> str:
    """The curve and its numbers."""
    rows = list(curve.rows())
    cells = [
        (text(name), *(str(costs[cost] or "·") for cost in COSTS), _share(_wrong(costs))[1])
        for name, costs in rows
    ]
    head = ("condition", *COSTS, "wrong, 95 % interval")
    return noise_curve(rows) + grid(head, cells, "Calls by what noise cost them")


def _wrong(costs: Counter[Cost]) -> Share:
    return Share(costs["WRONG"], sum(costs.values()))


def broken_by_noise(curve: Curve) -> Iterator[str]:
    """Every call that noise left with a wrong row."""
    for one in curve.broken:
        head = tag("b", text(one.scenario)) + tag("span", text(one.condition), class_="bad")
        yield fold(head, items(one.why) + _transcript(one.run.lines), opened=True, class_="case")


def routing(counts: Confusion) -> str:
    """Labels against judgements; what is on the diagonal is right."""
    names = list(dict.fromkeys(name for pair in sorted(counts) for name in pair))
    rows = []
    for label in names:
        row = [counts[label, other] for other in names]
        cells = [
            tag("span", str(n or "·"), class_="good" if o == label else "bad" if n else "quiet")
            for o, n in zip(names, row, strict=True)
        ]
        rows.append((text(label), f"{counts[label, label]}/{sum(row)}", *cells))
    head = ("wanted ↓ judged →", "right", *(name.replace("_", " ") for name in names))
    caption = "Sentences that nothing was learned from: a row for each label"
    return tag("div", grid(head, rows, caption), class_="dense")

"""A run of the voice evals in words: a table for the terminal and for markdown, and as JSON."""

from collections.abc import Iterator, Sequence

import orjson

from evals.voice.hold import HeldCall
from evals.voice.measures import Measure
from evals.voice.run import VoiceRun

_MEASURES = ("measure", "virtual time", "whole service", "budget")
_CALLS = ("call", "turns", "waits, ms", "longest silence", "records")

Row = tuple[str, str, str, str]
"""A measure: its name, in virtual time, of the whole service, and the budget."""


def table(run: VoiceRun) -> list[Row]:
    """A row for each measure."""
    virtual = {one.name: one for one in run.in_virtual_time}
    service = {one.name: one for one in run.of_the_service}
    rows = []
    for name in dict.fromkeys([*virtual, *service]):
        first, second = virtual.get(name), service.get(name)
        told = first or second
        assert told is not None
        rows.append((name, cell(first), cell(second), told.budget))
    return rows


def cell(measure: Measure | None) -> str:
    """A number with what is to be thought of it."""
    if measure is None:
        return "not taken here"
    return f"{measure.shown}{_verdict(measure)}"


def _verdict(measure: Measure) -> str:
    if measure.kept is None:
        return ""
    if measure.kept:
        return " ✓"
    return " ✗ BROKEN" if measure.broken else " ✗ over, on this machine"


def markdown(run: VoiceRun) -> str:
    """The whole run: what is broken, the measures, and each call."""
    parts = ["# Voice evals", f"{run.when:%Y-%m-%d %H:%M} UTC, {summary(run)}."]
    if run.broken:
        parts += ["## Broken", "\n".join(f"- {line}" for line in run.broken)]
    parts += ["## Measures", grid(_MEASURES, table(run))]
    parts += ["## Calls", grid(_CALLS, [_call(call) for call in run.calls])]
    return "\n\n".join(parts) + "\n"


def grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A markdown table."""
    lines = [" | ".join(row) for row in (head, ["---"] * len(head), *rows)]
    return "\n".join(f"| {line} |" for line in lines)


def terminal(run: VoiceRun) -> Iterator[str]:
    """What is shown when it is over."""
    for name, virtual, service, budget in table(run):
        yield f"{name}  (budget: {budget})"
        yield f"    virtual time    {virtual}"
        yield f"    whole service   {service}"
    yield ""
    yield from (f"BROKEN  {line}" for line in run.broken)
    yield summary(run)


def side_by_side(runs: Sequence[VoiceRun]) -> Iterator[str]:
    """Each measure in every run. What differs may still be this machine's doing: look twice."""
    tables = [{name: cells for name, *cells in table(run)} for run in runs]
    for name, (_, _, budget) in tables[0].items():
        yield f"{name}  (budget: {budget})"
        for run, told in zip(runs, tables, strict=True):
            virtual, service, _ = told[name]
            yield f"    {run.arm:<14} virtual time {virtual} · whole service {service}"


def summary(run: VoiceRun) -> str:
    """One sentence."""
    held, right = len(run.calls), sum(not call.observed.wrong for call in run.calls)
    broken = len(run.broken)
    said = f"{right} of {held} calls right, {len(run.virtual.drills)} drills in virtual time"
    again = sum(call.tries > 1 for call in run.calls)
    if again:
        said += f", {again} held again since this machine was late by {run.late_ms:.0f} ms"
    return f"{run.arm}: {said}, {broken or 'nothing'} broken ({run.seconds:.0f} s)"


def _call(call: HeldCall) -> tuple[str, str, str, str, str]:
    seen = call.observed
    waits = [turn.response_ms for turn in seen.turns]
    told = ", ".join("none" if wait is None else f"{wait:.0f}" for wait in waits)
    right = "as expected" if not seen.wrong else "; ".join(seen.wrong)
    return seen.name, str(len(seen.turns)), told, f"{seen.dead_air_ms / 1000:.1f} s", right


def as_json(run: VoiceRun) -> bytes:
    """Everything for machines: measures, calls with their turns, and what is broken."""
    told = {
        "when": run.when,
        "seconds": run.seconds,
        "seed": run.seed,
        "arm": run.arm,
        "broken": run.broken,
        "virtual_time": run.in_virtual_time,
        "whole_service": run.of_the_service,
        "effects": run.virtual.effects,
        "late_ms": run.late_ms,
        "calls": [
            {
                "observed": call.observed,
                "steps": call.steps,
                "late_ms": call.late_ms,
                "tries": call.tries,
            }
            for call in run.calls
        ],
    }
    return orjson.dumps(told, option=orjson.OPT_INDENT_2)

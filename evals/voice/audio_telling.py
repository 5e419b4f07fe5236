"""The audio matrix in words, and as JSON."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from evals.compare import ALPHA
from evals.voice.matrix import Hearing, Row
from evals.voice.measures import FEWEST
from evals.voice.telling import grid
from evals.voice.words import ENTITY_KINDS, EntityKind

HEAD = ("condition", "words wrong", "more than on a clean line", "p (Holm)", *ENTITY_KINDS)


_LEAST_P, _ENOUGH = 0.001, 8
"""Of fewer sentences no test by signs finds anything after Holm: 6 * 2 / 2^7 is above 0.05."""


@dataclass(frozen=True, slots=True)
class AudioRun:
    """One run of the matrix.

    Attributes:
        when: When it was over.
        seconds: How long it took.
    """

    when: datetime
    seconds: float
    recogniser: str
    voice: str
    seed: int
    rows: Sequence[Row]
    heard: tuple[Hearing, ...]


def cells(row: Row) -> tuple[str, ...]:
    """A row of the table, in the order of `HEAD`."""
    errors = row.errors
    wrong = f"{errors.rate:.1%} ({errors.wrong} of {errors.words})"
    return (row.condition, wrong, _worse(row), _p(row), *(_lost(row, k) for k in ENTITY_KINDS))


def _worse(row: Row) -> str:
    if row.p is None:
        return "–"
    low, high = row.interval
    return f"{row.worse * 100:+.1f} points (95 %: {low * 100:+.1f} to {high * 100:+.1f})"


def _p(row: Row) -> str:
    if row.p is None:
        return "–"
    shown = f"{row.p:.3f}" if row.p >= _LEAST_P else f"< {_LEAST_P}"
    return f"{shown}{' *' if row.p < ALPHA else ''}"


def _lost(row: Row, kind: EntityKind) -> str:
    total, lost = row.errors.entities[kind], row.errors.lost[kind]
    if total < FEWEST:
        return f"{lost} of {total}" if total else "–"
    return f"{lost / total:.0%} ({lost} of {total})"


def markdown(run: AudioRun) -> str:
    """The table and what it says."""
    said = (
        f"{run.when:%Y-%m-%d %H:%M} UTC. Heard by {run.recogniser}, spoken by {run.voice}, seed "
        f"{run.seed}, {len(run.heard)} hearings in {run.seconds:.0f} s. Lost: "
        f"{', '.join(ENTITY_KINDS)} that did not arrive whole; fewer than {FEWEST} make no rate."
    )
    table = grid(HEAD, [cells(row) for row in run.rows])
    return "\n\n".join(["# Audio matrix", said, table, "\n".join(worst(run))]) + "\n"


def worst(run: AudioRun) -> Iterator[str]:
    """What each condition is found to do, in a line."""
    for row in run.rows:
        if row.p is None:
            continue
        found = row.p < ALPHA and row.worse > 0
        verdict = "worse than a clean line" if found else "no difference found"
        if row.sentences < _ENOUGH:
            verdict = "not enough sentences to tell"
        yield f"- {row.condition}: {verdict}; {row.wholly_right} of {row.sentences} sentences right"


def as_json(run: AudioRun) -> bytes:
    """Everything for machines."""
    return orjson.dumps(run, option=orjson.OPT_INDENT_2)

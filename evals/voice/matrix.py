"""How much worse a recogniser hears under each condition than on a clean line, by sentences.

Every sentence is heard under every condition, so each is its own control: what is compared are the
differences, with a 95 % interval by resampling sentences and Holm's correction over conditions.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean

import orjson

from evals.compare import bootstrap, holm, sign_flip
from evals.voice.conditions import CONDITIONS
from evals.voice.words import Entity, Errors
from voice.ports import Expectation

SENTENCES = Path(__file__).with_name("sentences.jsonl")
CLEAN = next(iter(CONDITIONS))


@dataclass(frozen=True, slots=True)
class Sentence:
    """Something a caller says, and what they were asked."""

    said: str
    asked: Expectation
    entities: tuple[Entity, ...] = ()


@dataclass(frozen=True, slots=True)
class Hearing:
    """One sentence under one condition."""

    sentence: Sentence
    condition: str
    heard: str
    errors: Errors


@dataclass(frozen=True, slots=True)
class Row:
    """All sentences under one condition.

    Attributes:
        worse: By how much the word error rate is above that of a clean line, sentence by sentence.
        interval: Where that lies with 95 % confidence.
        p: How probable as much would be by chance, after Holm; none for the clean line itself.
    """

    condition: str
    errors: Errors
    worse: float = 0.0
    interval: tuple[float, float] = (0.0, 0.0)
    p: float | None = None
    wholly_right: int = 0
    sentences: int = field(default=0)


def load_sentences(path: Path = SENTENCES) -> list[Sentence]:
    """The sentences of the matrix."""
    lines = [orjson.loads(line) for line in path.read_bytes().splitlines()]
    return [
        Sentence(
            line["said"],
            line["asked"],
            tuple(Entity(one["kind"], one["said"]) for one in line.get("entities", ())),
        )
        for line in lines
    ]


def rows(heard: Sequence[Hearing], seed: int = 1) -> list[Row]:
    """A row for each condition, the clean line first.

    Raises:
        ValueError: A sentence was not heard under every condition.
    """
    names = list(dict.fromkeys(one.condition for one in heard))
    by_name = {
        name: {one.sentence.said: one for one in heard if one.condition == name} for name in names
    }
    control = by_name[CLEAN]
    if any(found.keys() != control.keys() for found in by_name.values()):
        raise ValueError("every sentence must be heard under every condition, the clean line too")
    others = [name for name in names if name != CLEAN]
    ps = holm([sign_flip(_differences(control, by_name[name])) for name in others])
    return [
        _row(CLEAN, control, control, None, seed),
        *(_row(n, by_name[n], control, p, seed) for n, p in zip(others, ps, strict=True)),
    ]


def _row(
    name: str,
    found: dict[str, Hearing],
    control: dict[str, Hearing],
    p: float | None,
    seed: int,
) -> Row:
    worse = [found[said].errors.rate - control[said].errors.rate for said in control]
    return Row(
        name,
        sum((one.errors for one in found.values()), Errors()),
        fmean(worse),
        (0.0, 0.0) if p is None else bootstrap(worse, seed=seed),
        p,
        sum(one.errors.wrong == 0 for one in found.values()),
        len(found),
    )


def _differences(control: dict[str, Hearing], found: dict[str, Hearing]) -> list[int]:
    return [found[said].errors.wrong - control[said].errors.wrong for said in control]

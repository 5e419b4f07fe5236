"""What was made out of what was said: word errors, and the words on which a booking depends."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from evals.checks.speech import in_figures

EntityKind = Literal["name", "phone", "plate", "VIN", "date", "time"]
ENTITY_KINDS: tuple[EntityKind, ...] = get_args(EntityKind)

_WORD = re.compile(r"[a-z']+|\d")
_SPELLED = re.compile(r"[^a-z0-9]")


@dataclass(frozen=True, slots=True)
class Entity:
    """Words that have to arrive whole, as they are said."""

    kind: EntityKind
    said: str


@dataclass(frozen=True, slots=True)
class Errors:
    """What was misheard.

    Attributes:
        words: Words that were said.
        wrong: How many had to be changed, put in or taken out.
        entities: How many of each kind were said.
        lost: How many of each kind did not arrive whole.
    """

    words: int = 0
    wrong: int = 0
    entities: Counter[EntityKind] = field(default_factory=Counter)
    lost: Counter[EntityKind] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        """Word errors per word that was said; may be above 1."""
        return self.wrong / self.words if self.words else 0.0

    def __add__(self, other: "Errors") -> "Errors":
        return Errors(
            self.words + other.words,
            self.wrong + other.wrong,
            self.entities + other.entities,
            self.lost + other.lost,
        )


def errors(said: str, heard: str, entities: Sequence[Entity] = ()) -> Errors:
    """Hold what was heard against what was said. Figures and words for them are the same."""
    meant = plain(said)
    arrived = _squeezed(heard)
    lost = (one.kind for one in entities if _squeezed(one.said) not in arrived)
    return Errors(
        words=len(meant),
        wrong=distance(meant, plain(heard)),
        entities=Counter(one.kind for one in entities),
        lost=Counter(lost),
    )


def plain(text: str) -> list[str]:
    """The words without case and marks; of a number each digit counts as a word."""
    return _WORD.findall(in_figures(text).casefold())


def _squeezed(text: str) -> str:
    """Letters and digits alone: a number is the same however it was grouped."""
    return _SPELLED.sub("", in_figures(text).casefold())


def distance(meant: Sequence[str], heard: Sequence[str]) -> int:
    """The fewest words to change, put in or take out (Levenshtein, 1966)."""
    *_, last = _rows(meant, heard)
    return last[-1]


def _rows(meant: Sequence[str], heard: Sequence[str]) -> Iterator[list[int]]:
    row = list(range(len(heard) + 1))
    yield row
    for word in meant:
        above, row = row, [row[0] + 1]
        for at, other in enumerate(heard):
            row.append(min(above[at] + (word != other), above[at + 1] + 1, row[at] + 1))
        yield row

"""What a caller wants, learned from sentences that people wrote and labelled.

A linear model over a turn's words, pairs and triples of words and groups of letters, over what it
answers, and over what the rules of `nodes.understand` make of it. It knows what no rule foresaw;
the rules know what must never be missed. `python -m deploy.train_routes` makes the weights from
`evals/utterances/train.jsonl`; `docs/routing.md` says how well it does on sentences that it has
not seen.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

Route = Literal[
    "answer", "book", "emergency", "goodbye", "human", "message", "modify", "none", "stop_calling",
    "tow", "triage", "wrong_number",
]  # fmt: skip
"""What a turn asks for; "triage" is a car that must not be driven, "emergency" people in danger."""

ROUTES: tuple[Route, ...] = get_args(Route)
BUCKETS = 1 << 15
"""Features are told apart by a hash of so many values."""

WEIGHTS = Path(__file__).parent / "words" / "routes.npz"


def features(said: str, *, topic: str, asked: str, ruled: Route) -> NDArray[np.int64]:
    """The buckets of a turn's features, each once.

    Args:
        said: The words, as `plain` writes them.
        ruled: What the rules make of them.
    """
    words = said.split()
    found = {_bucket(name) for name in _names(words, topic, asked, ruled)}
    found.update(*map(_letters, words))
    return np.fromiter(found, np.int64, len(found))


def _bucket(name: str) -> int:
    return zlib.crc32(name.encode()) % BUCKETS


@lru_cache(maxsize=1 << 14)
def _letters(word: str) -> tuple[int, ...]:
    """The buckets of a word's groups of letters. A language has few words: most are known soon."""
    padded = f"^{word}$"
    groups = (padded[at : at + n] for n in (3, 4) for at in range(len(padded) - n + 1))
    return tuple(_bucket(f"~{group}") for group in groups)


def _names(said: list[str], topic: str, asked: str, ruled: Route) -> Iterator[str]:
    words = ["<", *said, ">"]
    yield from words
    for first, second in pairwise(words):
        yield f"{first} {second}"
    for first, second, third in zip(words, words[1:], words[2:], strict=False):
        yield f"{first} {second} {third}"
        yield f"{first} _ {third}"
    yield f"topic {topic}"
    yield f"asked {asked}"
    yield f"place {topic} {asked}"
    yield f"ruled {ruled}"
    yield f"ruled {ruled} {asked}"


@dataclass(frozen=True, slots=True)
class Learned:
    """The weights: one row for each bucket, one column for each of `ROUTES`."""

    weights: NDArray[np.float32]

    def weigh(self, said: str, *, topic: str, asked: str, ruled: Route) -> dict[Route, float]:
        """How likely each route is; the values add up to one."""
        buckets = features(said, topic=topic, asked=asked, ruled=ruled)
        scores = self.weights[buckets].sum(axis=0) / np.sqrt(len(buckets))
        likely = np.exp(scores - scores.max())
        return dict(zip(ROUTES, (likely / likely.sum()).tolist(), strict=True))


@cache
def learned() -> Learned:
    """The model as it was trained; read from its file once."""
    with np.load(WEIGHTS) as kept:
        return Learned(kept["weights"].astype(np.float32))

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
from functools import cache
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
    found = {zlib.crc32(name.encode()) % BUCKETS for name in _names(said, topic, asked, ruled)}
    return np.fromiter(found, np.int64, len(found))


def _names(said: str, topic: str, asked: str, ruled: Route) -> Iterator[str]:
    words = ["<", *said.split(), ">"]
    yield from words
    for first, second in pairwise(words):
        yield f"{first} {second}"
    for first, second, third in zip(words, words[1:], words[2:], strict=False):
        yield f"{first} {second} {third}"
        yield f"{first} _ {third}"
    for word in words[1:-1]:
        padded = f"^{word}$"
        for size in (3, 4):
            for at in range(len(padded) - size + 1):
                yield f"~{padded[at : at + size]}"
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

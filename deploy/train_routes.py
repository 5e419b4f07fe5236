"""`python -m deploy.train_routes`: learn what callers want, and say how well it was learned.

Reads `evals/utterances/train.jsonl`, writes `nodes/words/routes.npz` and the tables of
`docs/routing.md`. The sentences of `held_out.jsonl` are only ever judged by, never learned from,
and nobody has changed a rule for one of them. The same sentences always give the same weights.
"""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from graph.state import Topic
from nodes.learned import BUCKETS, ROUTES, WEIGHTS, Route, features, learned
from nodes.understand import heard_as, ruled, understand

FOLDER = Path(__file__).parents[1] / "evals" / "utterances"
REPORT = Path(__file__).parents[1] / "docs" / "routing.md"
_EPOCHS, _RATE, _DECAY, _SEED = 30, 0.15, 1e-4, 0
"""Chosen by cross-validation within the sentences to learn from."""

_BEGIN, _END = "<!-- measured -->", "<!-- end -->"


@dataclass(frozen=True, slots=True)
class Utterance:
    """One labelled turn of a caller, and what it answered."""

    said: str
    topic: Topic
    asked: str
    route: Route


def read(name: str) -> list[Utterance]:
    """The utterances of a file.

    Raises:
        ValueError: A line is not one; the text names the line and what is wrong with it.
    """
    found = []
    lines = (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, start=1):
        row = json.loads(line)
        if set(row) != {"said", "topic", "asked", "route"}:
            raise ValueError(f"{name}.jsonl:{number}: needs said, topic, asked and route")
        if row["route"] not in ROUTES or row["topic"] not in get_args(Topic):
            raise ValueError(f"{name}.jsonl:{number}: no such route or topic")
        found.append(Utterance(**row))
    return found


def digest() -> str:
    """What the training sentences are known by."""
    return sha256((FOLDER / "train.jsonl").read_bytes()).hexdigest()


def train(utterances: Sequence[Utterance]) -> NDArray[np.float32]:
    """Weights by softmax regression: AdaGrad over single sentences, the later passes averaged."""
    rows = [
        features(
            heard_as(u.said), topic=u.topic, asked=u.asked, ruled=ruled(u.said, u.topic, u.asked)
        )
        for u in utterances
    ]
    wanted = [ROUTES.index(u.route) for u in utterances]
    weights = np.zeros((BUCKETS, len(ROUTES)), np.float32)
    seen = np.full_like(weights, 1e-8)
    total = np.zeros_like(weights)
    order = np.random.default_rng(_SEED)
    for epoch in range(_EPOCHS):
        for at in order.permutation(len(rows)):
            row = rows[at]
            scale = 1 / np.sqrt(len(row))
            scores = weights[row].sum(axis=0) * scale
            likely = np.exp(scores - scores.max())
            likely /= likely.sum()
            likely[wanted[at]] -= 1
            slope = likely * scale
            seen[row] += slope * slope
            weights[row] -= _RATE * (slope / np.sqrt(seen[row]) + _DECAY * weights[row])
        if epoch >= _EPOCHS // 2:
            total += weights
    averaged: NDArray[np.float32] = total / np.float32(_EPOCHS - _EPOCHS // 2)
    return averaged


def judged(utterance: Utterance) -> Route:
    """What the whole understanding, rules and weights, makes of an utterance."""
    heard = understand(utterance.said, topic=utterance.topic, asked=utterance.asked)
    if heard.emergency:
        return "emergency"
    return "triage" if heard.danger else heard.intent


def table(utterances: Sequence[Utterance]) -> str:
    """The confusion matrix as markdown: a row for each label, a column for each judgement."""
    counts = Counter((u.route, judged(u)) for u in utterances)
    lines = [f"| | {' | '.join(ROUTES)} | right |", f"|---|{'---|' * (len(ROUTES) + 1)}"]
    for route in ROUTES:
        row = [counts[route, other] for other in ROUTES]
        share = f"{counts[route, route]}/{sum(row)}"
        lines.append(f"| **{route}** | {' | '.join(str(n or '·') for n in row)} | {share} |")
    return "\n".join(lines)


def share_right(utterances: Sequence[Utterance]) -> float:
    """How many of the utterances are judged as labelled, from 0 to 1."""
    return sum(judged(u) == u.route for u in utterances) / len(utterances)


def main() -> None:
    """Train, write the weights, and write down how well they do."""
    known, held_out = read("train"), read("held_out")
    weights = train(known)
    np.savez_compressed(WEIGHTS, weights=weights.astype(np.float16), learned_from=digest())
    learned.cache_clear()
    by_rules = sum(ruled(u.said, u.topic, u.asked) == u.route for u in held_out) / len(held_out)
    found = (
        f"{_BEGIN}\n{len(known):,} sentences to learn from, {len(held_out)} held out. Right on"
        f" those held out: **{share_right(held_out):.1%}**; the rules alone {by_rules:.1%}."
        f"\n\n{table(held_out)}\n{_END}"
    )
    text = REPORT.read_text(encoding="utf-8")
    before, after = text.split(_BEGIN)[0], text.split(_END)[1]
    REPORT.write_text(f"{before}{found}{after}", encoding="utf-8")
    sys.stdout.write(f"{found}\n")


if __name__ == "__main__":
    main()

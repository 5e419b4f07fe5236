"""How far results can be relied upon: pass^k, pass@k, wrong writes, and how sure each number is.

pass^k (Yao and others, tau-bench, 2024) is the chance that k calls of one kind all go well; pass@k
(Chen and others, 2021) that one of k does. Both are estimated without bias from n trials.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from evals.play import Result

_KS = (1, 2, 4, 8)
_CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, with its 95 % interval by Wilson (1927)."""

    count: int
    total: int

    @property
    def rate(self) -> float:
        """From 0 to 1; 0 of nothing is 0."""
        return self.count / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """What the true rate lies between; of nothing, anything."""
        return wilson(self.count, self.total)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.rate:.1%} ({self.count} of {self.total}; 95 %: {low:.1%} to {high:.1%})"


@dataclass(frozen=True, slots=True)
class Reliability:
    """What all trials say together.

    Attributes:
        every: pass^k by k, for each k that every scenario has enough trials for.
        some: pass@k by k.
        wrong_writes: Trials that left a record nobody expected.
        invalid: Tries that were held again since the caller misbehaved.
        broke: Trials that could not be held or judged; they count as failed.
    """

    trials: Share
    every: Mapping[int, float]
    some: Mapping[int, float]
    wrong_writes: Share
    invalid: Share
    broke: int


def reliability(results: Sequence[Result]) -> Reliability:
    """Sum up. Each scenario weighs the same in pass^k and pass@k."""
    trials = [trial for result in results for trial in result.trials]
    fewest = min((len(result.trials) for result in results), default=0)
    counts = [(result.passed, len(result.trials)) for result in results]
    ks = [k for k in _KS if k <= fewest]
    void = sum(len(trial.invalid) for trial in trials)
    return Reliability(
        trials=Share(sum(trial.passed for trial in trials), len(trials)),
        every={k: sum(pass_all(c, n, k) for c, n in counts) / len(counts) for k in ks},
        some={k: sum(pass_any(c, n, k) for c, n in counts) / len(counts) for k in ks},
        wrong_writes=Share(sum(trial.wrote_wrongly for trial in trials), len(trials)),
        invalid=Share(void, len(trials) + void),
        broke=sum(trial.broke for trial in trials),
    )


def pass_all(passed: int, trials: int, k: int) -> float:
    """pass^k: how many of the ways to draw k trials draw only good ones.

    Raises:
        ValueError: There are fewer than k trials.
    """
    _enough(trials, k)
    return math.comb(passed, k) / math.comb(trials, k)


def pass_any(passed: int, trials: int, k: int) -> float:
    """pass@k: how many of the ways to draw k trials draw a good one.

    Raises:
        ValueError: There are fewer than k trials.
    """
    _enough(trials, k)
    return 1 - math.comb(trials - passed, k) / math.comb(trials, k)


def wilson(count: int, total: int) -> tuple[float, float]:
    """The score interval of a proportion at 95 %, which is sensible at 0 and 1 too."""
    if not total:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + _CONFIDENCE) / 2)
    rate, square = count / total, z * z / total
    middle = (rate + square / 2) / (1 + square)
    half = z / (1 + square) * math.sqrt(rate * (1 - rate) / total + square / (4 * total))
    return max(0.0, middle - half), min(1.0, middle + half)


def _enough(trials: int, k: int) -> None:
    if not 1 <= k <= trials:
        raise ValueError(f"{trials} trials say nothing of {k} at once: hold at least {k}")

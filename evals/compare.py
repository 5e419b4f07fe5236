"""Whether one arm is better than another, by scenarios that both were tried on. Pure.

The test flips signs of the differences by scenario (Fisher, 1935; exact here), the interval
resamples scenarios (Efron, 1979), several arms share the error by Holm (1979).
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean
from typing import Literal

Word = Literal["better", "worse", "no difference found", "not enough data"]

ALPHA = 0.05
POWER = 0.8
_FEWEST = 6
"""Below so many scenarios that differ no test by signs can ever find anything: 2 / 2^6 < 0.05."""

_COARSE = 0.15
"""A comparison that would overlook a difference of so much says nothing by finding none."""

_RATE = 0.85
"""How often a scenario is assumed to pass where nothing is known yet."""

_RESAMPLES = 4000


@dataclass(frozen=True, slots=True)
class Comparison:
    """One arm against the control.

    Attributes:
        difference: Of pass rates, from -1 to 1; positive if the arm passes more often.
        interval: 95 % by resampling scenarios.
        p: Two-sided, before `holm`.
        detectable: The smallest difference that would probably have been found.
    """

    scenarios: int
    difference: float
    interval: tuple[float, float]
    p: float
    detectable: float


def compare(
    control: Sequence[int], arm: Sequence[int], trials: int, *, seed: int = 1
) -> Comparison:
    """Hold passes of the same scenarios, each tried `trials` times in both arms, against another.

    Raises:
        ValueError: There are no scenarios, or not the same number in both arms.
    """
    if not control or len(control) != len(arm):
        raise ValueError("both arms need the same scenarios, at least one")
    differences = [b - a for a, b in zip(control, arm, strict=True)]
    rates = [one / trials for one in differences]
    return Comparison(
        scenarios=len(control),
        difference=fmean(rates),
        interval=bootstrap(rates, seed=seed),
        p=sign_flip(differences),
        detectable=smallest_detectable(len(control), trials),
    )


def sign_flip(differences: Sequence[int]) -> float:
    """How probable so large a sum is if each difference might as well be of the other sign."""
    sums = {0: 1.0}
    for size in (abs(one) for one in differences if one):
        flipped: dict[int, float] = {}
        for total, chance in sums.items():
            for other in (total + size, total - size):
                flipped[other] = flipped.get(other, 0.0) + chance / 2
        sums = flipped
    seen = abs(sum(differences))
    return min(1.0, sum(chance for total, chance in sums.items() if abs(total) >= seen))


def bootstrap(values: Sequence[float], *, seed: int = 1) -> tuple[float, float]:
    """The 95 % interval of the mean, by resampling; the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - it decides nothing secret
    means = sorted(fmean(chance.choices(values, k=len(values))) for _ in range(_RESAMPLES))
    tail = ALPHA / 2
    return means[int(tail * _RESAMPLES)], means[math.ceil((1 - tail) * _RESAMPLES) - 1]


def smallest_detectable(scenarios: int, trials: int, rate: float = _RATE) -> float:
    """The difference of pass rates that is found with a probability of 80 %.

    By the normal approximation, for arms that are paired by scenario and pass at `rate`.
    """
    normal = NormalDist()
    needed = normal.inv_cdf(1 - ALPHA / 2) + normal.inv_cdf(POWER)
    return min(1.0, needed * math.sqrt(2 * rate * (1 - rate) / (scenarios * trials)))


def holm(ps: Sequence[float]) -> list[float]:
    """The probabilities as they count among several tests, in the order they came in."""
    adjusted = [0.0] * len(ps)
    worst = 0.0
    for rank, at in enumerate(sorted(range(len(ps)), key=lambda at: ps[at])):
        worst = max(worst, min(1.0, (len(ps) - rank) * ps[at]))
        adjusted[at] = worst
    return adjusted


def word(found: Comparison, p: float) -> Word:
    """The verdict; `p` as it counts among all tests."""
    if p < ALPHA:
        return "better" if found.difference > 0 else "worse"
    if found.scenarios < _FEWEST or found.detectable > _COARSE:
        return "not enough data"
    return "no difference found"

"""Taking turns: what is compared is done one after the other, so a busy moment meets all of it."""

import gc
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from evals.bench.figures import Spread, percentile, spread
from evals.bench.ledger import now

Arm = Callable[[int], Awaitable[object]]
"""Something to measure; it is told how many turns there were before."""


@dataclass(frozen=True, slots=True)
class Turns:
    """How often everything is done: in rounds of so many turns, after some that do not count."""

    rounds: int
    each: int
    warm_up: int = 5


@dataclass(slots=True)
class Timed:
    """What one arm took, in ms, round by round."""

    rounds: list[list[float]] = field(default_factory=list)

    @property
    def spread(self) -> Spread | None:
        """Of all rounds together."""
        return spread([took for taken in self.rounds for took in taken])


@dataclass(frozen=True, slots=True)
class Multiple:
    """How many times as long as something else: the median of the rounds, and their range."""

    middle: float
    low: float
    high: float


def multiple(ours: Timed, peer: Timed) -> Multiple | None:
    """The rounds of one arm as multiples of the other's; none where there is nothing to compare."""
    if not ours.rounds or len(ours.rounds) != len(peer.rounds):
        return None
    found = [
        percentile(mine, 50) / percentile(theirs, 50)
        for mine, theirs in zip(ours.rounds, peer.rounds, strict=True)
        if mine and theirs and percentile(theirs, 50) > 0
    ]
    return Multiple(percentile(found, 50), min(found), max(found)) if found else None


async def in_turns(
    arms: Mapping[str, Arm], turns: Turns, *, after: Arm | None = None
) -> dict[str, Timed]:
    """Do each of the arms once a turn, always in their order.

    Args:
        after: Done at the end of each turn, unmeasured.
    """
    found = {name: Timed() for name in arms}
    gc.collect()
    gc.freeze()
    try:
        for number in range(turns.warm_up + turns.rounds * turns.each):
            counted = number - turns.warm_up
            for name, arm in arms.items():
                began = now()
                await arm(number)
                took = (now() - began) * 1000
                if counted >= 0:
                    if counted % turns.each == 0:
                        found[name].rounds.append([])
                    found[name].rounds[-1].append(took)
            if after is not None:
                await after(number)
    finally:
        gc.unfreeze()
    return found

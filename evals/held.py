"""One run of the suite: what was held, with what, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from evals.curve import Curve
from evals.play import Result

TABLES = "tables of facts"
"""Callers without a model."""


@dataclass(frozen=True, slots=True)
class About:
    """What a run must say of itself, so that it can be compared with another.

    Attributes:
        when: When it was over, with an offset.
        seconds: How long it took.
        grader: The version of the rules; `signature` is the hash of their files.
        caller: Who speaks for the scripts of facts.
    """

    model: str
    when: datetime
    seconds: float
    trials: int
    grader: int
    signature: str
    caller: str = TABLES


@dataclass(frozen=True, slots=True)
class Held:
    """A run. No `curve` means that noise was not tried."""

    about: About
    results: Sequence[Result]
    curve: Curve | None = None

    @property
    def wrong(self) -> bool:
        """Whether somebody has to look at it."""
        noisy = self.curve is not None and not self.curve.holds
        return noisy or any(result.wrong for result in self.results)

"""What a run will cost, told before it begins, and the cap that it must stay below."""

from collections.abc import Sequence
from dataclasses import dataclass

from evals.scenario import Scenario
from graph.models.profiles import profile_of

TURNS_OF_FACTS = 8
_REQUESTS_A_TURN = 1.6
"""Requests to a model for each turn of the caller: one to speak, more where tools are used."""

_PROMPT, _COMPLETION = 4000, 70
"""Tokens of a request and its answer: instructions, tools and half a call; two spoken sentences."""


_CALLERS_PROMPT, _CALLERS_ANSWER = 1200, 30
"""The same of a model that plays the caller: its persona, its facts and half a call."""


class BudgetRefused(Exception):
    """The run would cost more than allowed, or nobody can say what; nothing was spent."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What to expect.

    Attributes:
        dollars: None where the model's price is not known.
    """

    model: str
    requests: int
    dollars: float | None

    def __str__(self) -> str:
        cost = "no known price" if self.dollars is None else f"about ${self.dollars:.2f}"
        return f"{self.model}: about {self.requests} paid requests, {cost}"


def estimate(model: str, scenarios: Sequence[Scenario], trials: int) -> Estimate:
    """Of a live model that holds every scenario so many times."""
    turns = sum(
        TURNS_OF_FACTS if one.caller.replies is None else len(one.caller.replies) + 1
        for one in scenarios
    )
    requests = round(turns * trials * _REQUESTS_A_TURN)
    micros = profile_of(model).cost_micros(requests * _PROMPT, requests * _COMPLETION)
    return Estimate(model, requests, None if micros is None else micros / 1_000_000)


def talks(model: str, scenarios: Sequence[Scenario], trials: int) -> Estimate:
    """Of a live model that speaks for every caller who has facts, so many times."""
    answering = sum(one.caller.replies is None for one in scenarios)
    requests = answering * (TURNS_OF_FACTS - 1) * trials
    micros = profile_of(model).cost_micros(requests * _CALLERS_PROMPT, requests * _CALLERS_ANSWER)
    return Estimate(f"callers, {model}", requests, None if micros is None else micros / 1_000_000)


def within(budget: float, expected: Sequence[Estimate]) -> None:
    """Let a run begin whose estimates stay below the budget in US dollars.

    Raises:
        BudgetRefused: They do not, or the price of a model is not known.
    """
    unknown = [one.model for one in expected if one.dollars is None]
    if unknown:
        raise BudgetRefused(
            f"the price of {', '.join(unknown)} is not known, so no budget can be kept: add it to "
            "graph/models/profiles.py, or say --budget none"
        )
    total = sum(one.dollars or 0 for one in expected)
    if total > budget:
        raise BudgetRefused(
            f"about ${total:.2f} is more than the budget of ${budget:.2f}: choose fewer scenarios "
            "or trials, or allow it with --budget"
        )

"""Which way a call went: only what a scenario asks for, and what must precede every write."""

import re
from collections.abc import Iterator, Sequence

from evals.checks.run import Run, Step
from evals.scenario import Scenario
from graph.expect import expectation
from shop.profile.shop import Shop

WRITES = frozenset(
    (
        "book_appointment", "cancel_appointment", "reschedule_appointment", "request_callback",
        "book_tow", "join_waitlist", "undo_cancellation",
    )
)  # fmt: skip
"""Tools that make something true for the shop. Written down here and not read from the tools, so
that a tool that loses its read-back is found out."""

_REFUSES = re.compile(
    r"^(?:no(?! problem|pe?,? (?:that|it)'s (?:fine|right))\b|nope|wait|stop)", re.I
)


def tools(scenario: Scenario, run: Run, _shop: Shop) -> Iterator[str]:
    """Every tool of `called` was used and none of `uncalled`."""
    yield from (f"{name} was not called" for name in scenario.called if name not in run.tools)
    yield from (f"{name} was called" for name in scenario.uncalled if name in run.tools)


def order(scenario: Scenario, run: Run, _shop: Shop) -> Iterator[str]:
    """Of each pair of `order` both tools succeeded, the first of them before the second."""
    done = [step.tool for step in run.steps if step.success]
    for first, second in scenario.order:
        missing = [name for name in (first, second) if name not in done]
        if missing:
            yield f"{first} before {second}: {' and '.join(missing)} never succeeded"
        elif done.index(first) > done.index(second):
            yield f"{second} succeeded before {first}"


def at_most(scenario: Scenario, run: Run, _shop: Shop) -> Iterator[str]:
    """No tool was used more often than `at_most` says."""
    for name, most in scenario.at_most.items():
        if run.tools.count(name) > most:
            yield f"{name} was used {run.tools.count(name)} times instead of {most} at most"


def visits(scenario: Scenario, run: Run, _shop: Shop) -> Iterator[str]:
    """Every speaking node of `visits` had the conversation after some turn."""
    yield from (
        f"{topic} never had the conversation: it went {' > '.join(run.topics) or 'nowhere'}"
        for topic in scenario.visits
        if topic not in run.topics
    )


def read_back(_scenario: Scenario, run: Run, _shop: Shop) -> Iterator[str]:
    """Before each write the caller was asked a yes-or-no question, and did not say no to it.

    Writes are bookings, moves, cancellations, call-backs, tows and places on the waiting list. What
    was asked and answered before another write is done with.
    """
    for at, step in enumerate(run.steps):
        if step.who == "tool" and step.tool in WRITES and step.success:
            yield from _agreed(step.tool, run.steps[:at])


def _agreed(tool: str, before: Sequence[Step]) -> Iterator[str]:
    spoken = [at for at, one in enumerate(before) if one.who == "caller"]
    if not spoken:
        yield f"{tool} was done before the caller had said a word"
        return
    asked = next((one.text for one in reversed(before[: spoken[-1]]) if one.who == "sophie"), "")
    answer = before[spoken[-1]].text
    if expectation(asked) != "yes_no":
        yield f"{tool} was done without reading it back: {asked!r} was answered with {answer!r}"
    elif _REFUSES.match(answer.strip()):
        yield f"{tool} was done although the caller said {answer!r}"

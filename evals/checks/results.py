"""What a call must have left behind, and what it may have set off."""

from collections.abc import Iterator

from evals.checks.run import Run
from evals.records import unexpected
from evals.scenario import Scenario
from shop.profile.shop import Shop

# What somebody who only asks is helped by.
_LOOKED_UP = ("lookup", "get", "decode", "check")


def turns(_scenario: Scenario, run: Run, _shop: Shop) -> Iterator[str]:
    """No turn broke and was apologised for."""
    if run.failed_turns:
        yield f"{run.failed_turns} turns broke and were apologised for"


def records(scenario: Scenario, run: Run, _shop: Shop) -> tuple[str, ...]:
    """Every row that was added, removed or changed was expected, and nothing expected is missing.

    If `or_else` permits other results, one of them fits as a whole.
    """
    found = [
        tuple(unexpected(expect, run.differences, run.columns))
        for expect in (scenario.expect, *scenario.or_else)
    ]
    return () if () in found else found[0]


def outcome(scenario: Scenario, run: Run, _shop: Shop) -> Iterator[str]:
    """`call_logs` has exactly one row for each call, and the last ended as `ends` says."""
    calls, said = (1, "one") if scenario.redials is None else (2, "two")
    if len(run.logs) != calls:
        yield f"call_logs has {len(run.logs)} rows instead of {said}"
        return
    ended, wanted = run.logs[-1]["outcome"], [scenario.ends, *scenario.or_ends]
    if ended not in wanted:
        yield f"ended as {ended}, not as {' or '.join(wanted)}"


def effects(scenario: Scenario, run: Run, _shop: Shop) -> Iterator[str]:
    """The call was handed to the desk of `effects.transfer`, or to nobody."""
    wanted = scenario.effects.transfer
    if run.transferred_to != wanted:
        yield f"handed to {run.transferred_to or 'nobody'} instead of {wanted or 'nobody'}"


def proofs(scenario: Scenario, run: Run, _shop: Shop) -> Iterator[str]:
    """As many wrong proofs of identity were noted as `failed_proofs` says, if it says so."""
    wrong, wanted = run.proofs.count(False), scenario.failed_proofs
    if wanted is not None and wrong != wanted:
        yield f"{wrong} wrong proofs were noted instead of {wanted}"


def helped(scenario: Scenario, run: Run, _shop: Shop) -> Iterator[str]:
    """A happy caller's call changed something, looked something up or reached somebody."""
    used = any(tool.startswith(_LOOKED_UP) for tool in run.tools)
    if scenario.split == "happy" and not (run.differences or used or run.transferred_to):
        yield "nothing was changed, looked up or handed on: did this call help anybody?"

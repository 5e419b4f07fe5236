"""All rules in the order they are told, the verdict, and what the rules are called and mean."""

import hashlib
import inspect
from collections.abc import Sequence
from pathlib import Path

from evals.checks import kept, manner, paths, results, speech, told
from evals.checks.run import Check, Finding, Run
from evals.scenario import Scenario
from shop.profile.shop import Shop

GRADER = 2
"""Rises whenever a rule or a caller changes what a verdict means. Every stored run holds it and the
`signature` of the files, and runs of different ones are not compared."""

CHECKS: tuple[Check, ...] = (
    Check("turns", "turns", results.turns),
    Check("records", "records", results.records),
    Check("outcome", "outcome", results.outcome),
    Check("effects", "effects", results.effects),
    Check("tools", "order", paths.tools),
    Check("order", "order", paths.order),
    Check("at_most", "order", paths.at_most),
    Check("visits", "order", paths.visits),
    Check("read_back", "order", paths.read_back),
    Check("proofs", "proofs", results.proofs),
    Check("said", "said", speech.said),
    Check("unsaid", "unsaid", speech.unsaid),
    Check("p1_private", "policy", told.p1_private),
    Check("p2_times", "policy", told.p2_times),
    Check("p3_done", "policy", told.p3_done),
    Check("p4_automated", "policy", manner.p4_automated),
    Check("p5_speakable", "policy", manner.p5_speakable),
    Check("p6_kept", "policy", kept.p6_kept),
    Check("p7_no_mechanic", "policy", manner.p7_no_mechanic),
    Check("p5_brief", None, manner.p5_brief),
    Check("helped", None, results.helped),
)

_GRADER_FILES = ("checks/*.py", "callers.py", "records.py", "scenario.py", "worlds/*.py")


def judge(scenario: Scenario, run: Run, shop: Shop) -> list[Finding]:
    """Hold a call against what its scenario expects. A rule that raises fails the call.

    Raises:
        UnknownColumn: The scenario names a column that no table has.
    """
    return [
        Finding(check.name, tuple(check.rule(scenario, run, shop)), check.gate in scenario.gates)
        for check in CHECKS
    ]


def documentation() -> str:
    """A page on every rule, from its own description."""
    lines = [
        "# What a call is judged by",
        "Made by `python -m evals checks` from the rules' own descriptions; do not edit.",
        f"Grader version {GRADER}. A rule decides if its gate is among the `gates` of the "
        "scenario; all are, unless it says otherwise. The others are only told.",
    ]
    table = ["| rule | gate | holds if |", "|---|---|---|"]
    table += [f"| `{one.name}` | {one.gate or 'only told'} | {one.about} |" for one in CHECKS]
    return "\n\n".join([*lines, "\n".join(table)]) + "\n"


def signature(folder: Path = Path(__file__).parents[1]) -> str:
    """A hash of everything that decides what a verdict means: rules, callers, records, schema."""
    files: Sequence[Path] = [path for glob in _GRADER_FILES for path in sorted(folder.glob(glob))]
    # Of this file only the rules count, not how they are documented.
    content = [inspect.getsource(judge), repr([(one.name, one.gate) for one in CHECKS])]
    content += [path.read_text(encoding="utf-8") for path in files if path != Path(__file__)]
    return hashlib.sha256("\0".join(content).encode()).hexdigest()[:12]

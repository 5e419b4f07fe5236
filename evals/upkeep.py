"""What is done without holding calls: `evals checks`, `evals baseline` and `evals regrade`."""

import sys
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path

from evals.baselines import write_baseline
from evals.checks.judge import GRADER, documentation, judge, signature
from evals.checks.run import Run
from evals.keeping import kept
from evals.scenario import Scenario, ScenariosRefused, load_scenarios
from evals.stored import RunRefused, read_tally
from shop.profile.shop import Shop, load_shop


def checks(arguments: Sequence[str]) -> int:
    """Print the page on all rules, or the hash of what decides on verdicts."""
    parser = ArgumentParser(prog="python -m evals checks", description="Tell what is judged.")
    parser.add_argument("--signature", action="store_true", help="only the grader's hash")
    args = parser.parse_args(arguments)
    sys.stdout.write(f"{GRADER} {signature()}\n" if args.signature else documentation())
    return 0


def baseline(arguments: Sequence[str]) -> int:
    """0 if it was written, 2 if the run or the name is none."""
    parser = ArgumentParser(prog="python -m evals baseline", description="Keep a run's passes.")
    parser.add_argument("name", help="of the file in evals/baselines")
    parser.add_argument("run", type=Path, help="the folder of a stored run")
    args = parser.parse_args(arguments)
    try:
        path = write_baseline(args.name, read_tally(args.run))
    except RunRefused as refused:
        sys.stderr.write(f"{refused}\n")
        return 2
    sys.stdout.write(f"{path}\n")
    return 0


def regrade(arguments: Sequence[str]) -> int:
    """0 if all calls are judged as they were; 1 if a verdict changed; 2 if nothing was judged."""
    parser = ArgumentParser(prog="python -m evals regrade", description="Judge calls again.")
    parser.add_argument("run", type=Path, help="the folder of a stored run")
    args = parser.parse_args(arguments)
    try:
        before, calls = read_tally(args.run), kept(args.run)
        scenarios = {one.id: one for one in load_scenarios()}
    except (RunRefused, ScenariosRefused) as refused:
        sys.stderr.write(f"{refused}\n")
        return 2
    now = regraded(calls, scenarios, load_shop())
    changed = []
    for id_, passed in now.items():
        then, held = before.counts[id_]
        if passed != then:
            changed.append(f"  {id_}: {passed}/{held} instead of {then}/{held}")
    gone = [id_ for id_ in before.counts if id_ not in now]
    lines = [
        f"by grader {GRADER} ({signature()}) instead of {before.grader} ({before.signature}):",
        *(changed or ["  every call is judged as it was"]),
        *([f"  not judged, no scenario or no call: {', '.join(gone)}"] if gone else []),
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if changed else 0


def regraded(
    calls: Sequence[tuple[str, Run]], scenarios: Mapping[str, Scenario], shop: Shop
) -> dict[str, int]:
    """How many calls of each scenario pass by today's rules."""
    passed: dict[str, int] = {}
    for id_, run in calls:
        if id_ in scenarios:
            good = all(finding.harmless for finding in judge(scenarios[id_], run, shop))
            passed[id_] = passed.get(id_, 0) + good
    return passed

"""`evals checks` documents the rules; `evals baseline` keeps a run's passes under a name."""

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from evals.baselines import write_baseline
from evals.checks.judge import GRADER, documentation, signature
from evals.stored import RunRefused, read_tally


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

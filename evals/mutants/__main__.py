"""`python -m evals.mutants`: break Sophie on purpose, one way after another; see who notices."""

import asyncio
import sys
from argparse import ArgumentParser
from collections.abc import Sequence

from evals.mutants.copies import attempt, verdict
from evals.mutants.defect import Defect, DefectsRefused, load_defects

_AT_ONCE = 2


async def _try(defects: Sequence[Defect]) -> list[tuple[str, str, str]]:
    """A row for each defect, after one for sources that nobody has broken."""
    turn = asyncio.Semaphore(_AT_ONCE)
    scenarios = sorted({one for defect in defects for one in defect.scenarios})
    tests = sorted({one for defect in defects for one in defect.tests})

    async def unbroken() -> tuple[str, str, str]:
        async with turn:
            came_out = await attempt(None, scenarios, tests)
        wrong = came_out.broke or ", ".join(sorted(came_out.failed))
        return "(none)", "nobody", f"FALSE ALARM: {wrong}" if wrong else "unseen, as it should be"

    async def one(defect: Defect) -> tuple[str, str, str]:
        async with turn:
            found = verdict(defect, await attempt(defect, defect.scenarios, defect.tests))
        sys.stderr.write(f"  {defect.name}: {found.splitlines()[0]}\n")
        return defect.name, ", ".join(map(_short, defect.seen_by)), found

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(unbroken()), *(group.create_task(one(d)) for d in defects)]
    return [task.result() for task in tasks]


def _short(check: str) -> str:
    """A scenario's id, or a test's name without its folder."""
    return check.rpartition("::")[2]


def main() -> int:
    """0 if every defect was seen by all who must; 1 if not; 2 if the list does not fit."""
    parser = ArgumentParser(prog="make mutants", description="Break Sophie; see who notices.")
    parser.add_argument("words", nargs="*", help="only defects with these words in their name")
    words = parser.parse_args().words
    try:
        wanted = [d for d in load_defects() if not words or any(w in d.name for w in words)]
        rows = asyncio.run(_try(wanted))
    except DefectsRefused as refused:
        sys.stderr.write(f"{refused}\n")
        return 2
    except ExceptionGroup as several:
        misfits, others = several.split(DefectsRefused)
        if others is not None:
            raise others from None
        for misfit in misfits.exceptions if misfits else ():
            sys.stderr.write(f"{misfit}\n")
        return 2
    for name, seers, found in rows:
        sys.stdout.write(f"{name:<44} {found}\n{'':<44} {seers}\n")
    good = sum(found == "seen" for _, _, found in rows[1:])
    sys.stdout.write(f"\n{good} of {len(rows) - 1} defects were seen by all who must see them\n")
    return 0 if good == len(rows) - 1 and rows[0][2].startswith("unseen") else 1


if __name__ == "__main__":
    sys.exit(main())

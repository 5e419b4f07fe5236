"""`python -m evals flakes`: hold the same calls again and again, and count who changes their mind.

Nothing differs between reruns but Python's hash seed, the order in which trials happen to run and
the machine's load, so every change of a verdict is a false alarm of the suite itself.
"""

import asyncio
import math
import os
import sys
import tempfile
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

Verdicts = Mapping[str, bool]
"""Whether a scenario passed, by its id."""

_CONFIDENCE = 0.95


class RerunRefused(Exception):
    """A rerun held no calls; the text is what it said."""


@dataclass(frozen=True, slots=True)
class Flakiness:
    """How steady the suite's verdicts are.

    Attributes:
        verdicts: How many there are, over all reruns.
        changed: By scenario, how many of its verdicts differ from the most common one.
    """

    reruns: int
    verdicts: int
    changed: Mapping[str, int]

    @property
    def rate(self) -> float:
        """False alarms for each verdict, from 0 to 1."""
        return sum(self.changed.values()) / self.verdicts

    @property
    def at_most(self) -> float:
        """What the true rate lies below with a confidence of 95 %."""
        return upper_limit(sum(self.changed.values()), self.verdicts)

    def __str__(self) -> str:
        changed = sum(self.changed.values())
        said = (
            f"{changed} of {self.verdicts} verdicts changed in {self.reruns} reruns: a false-alarm "
            f"rate of {self.rate:.2%}, below {self.at_most:.2%} with 95 % confidence"
        )
        return "\n".join([said, *(f"  {id_}: {n} changed" for id_, n in self.changed.items())])


def flakiness(runs: Sequence[Verdicts]) -> Flakiness:
    """Compare reruns. A scenario that is missing from one of them counts as changed there.

    Raises:
        ValueError: There is no verdict to compare.
    """
    ids = list(dict.fromkeys(id_ for run in runs for id_ in run))
    if not ids:
        raise ValueError("there are no verdicts to compare: give at least one rerun and scenario")
    changed = {}
    for id_ in ids:
        votes = Counter(run.get(id_) for run in runs)
        different = len(runs) - votes.most_common(1)[0][1]
        if different:
            changed[id_] = different
    return Flakiness(len(runs), len(runs) * len(ids), changed)


def upper_limit(seen: int, tries: int) -> float:
    """The exact one-sided upper limit of a proportion (Clopper and Pearson, 1934), at 95 %."""
    if seen >= tries:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if _at_most(seen, tries, middle) > 1 - _CONFIDENCE:
            low = middle
        else:
            high = middle
    return high


def _at_most(seen: int, tries: int, rate: float) -> float:
    """How probable it is to see so few or fewer."""
    return sum(math.comb(tries, k) * rate**k * (1 - rate) ** (tries - k) for k in range(seen + 1))


async def rerun(chosen: Sequence[str], hash_seed: int, folder: Path) -> Verdicts:
    """Hold the calls in a process of its own, with the rulebook.

    Args:
        chosen: Arguments of `python -m evals` that say which scenarios.
        hash_seed: Sets the order of sets and of what depends on it.
        folder: Receives the report; must exist.

    Raises:
        RerunRefused: No call was held.
    """
    environment = {
        **os.environ,
        "PYTHONHASHSEED": str(hash_seed),
        "DATA_DIR": str(folder),
        "OPENAI_API_KEY": "",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "evals",
        *chosen,
        env=environment,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, said = await process.communicate()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    reports = await asyncio.to_thread(lambda: sorted(folder.glob("evals/*/results.jsonl")))
    if not reports:
        raise RerunRefused(said.decode("utf-8", "replace").strip() or "a rerun said nothing")
    lines = await asyncio.to_thread(reports[-1].read_bytes)
    trials = [orjson.loads(line) for line in lines.splitlines()]
    return {trial["scenario"]: trial["passed"] for trial in trials}


async def _rerun_all(chosen: Sequence[str], reruns: int, first_seed: int) -> Flakiness:
    runs = []
    for number in range(reruns):
        with tempfile.TemporaryDirectory(prefix="sophie-flakes-") as folder:
            runs.append(await rerun(chosen, first_seed + number, Path(folder)))
        passed = sum(runs[-1].values())
        sys.stderr.write(f"  rerun {number + 1}: {passed} of {len(runs[-1])} passed\n")
        sys.stderr.flush()
    return flakiness(runs)


def main(arguments: Sequence[str]) -> int:
    """0 if every verdict came out the same each time, 1 if one did not, 2 if nothing ran."""
    parser = ArgumentParser(prog="python -m evals flakes", description="Count false alarms.")
    parser.add_argument("--reruns", type=int, default=20, choices=range(2, 1001), metavar="2-1000")
    parser.add_argument("--seed", type=int, default=1, help="hash seed of the first rerun")
    parser.add_argument("--tag", action="append", default=[], help="only with this tag or split")
    parser.add_argument("--id", action="append", default=[], help="only this scenario")
    args = parser.parse_args(arguments)
    chosen = [part for tag in args.tag for part in ("--tag", tag)]
    chosen += [part for id_ in args.id for part in ("--id", id_)]
    try:
        found = asyncio.run(_rerun_all(chosen, args.reruns, args.seed))
    except RerunRefused as refused:
        sys.stderr.write(f"{refused}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
        return 130
    sys.stdout.write(f"{found}\n")
    return 1 if found.changed else 0

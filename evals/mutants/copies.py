"""Runs scenarios and tests on a copy of the repository that may be broken."""

import asyncio
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson

from evals.mutants.defect import Defect

ROOT = Path(__file__).parents[2]
_COPIED = (
    "api", "voice", "graph", "nodes", "tools", "shop", "evals", "tests", "deploy",
    "pyproject.toml", "langgraph.json",
)  # fmt: skip
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "PG_BIN", "VIRTUAL_ENV")
"""Of the environment: a key for a model would make the runs cost money."""
_FAILED = re.compile(r"^FAILED (\S+)", re.MULTILINE)
_LAST_LINES = 12
_PATIENCE_S = 240.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of some checks.

    Attributes:
        failed: The scenarios and tests that ran to their end and failed.
        broke: The last words of a run that tried nothing; empty if all ran.
    """

    failed: frozenset[str]
    broke: str = ""


def verdict(defect: Defect, outcome: Outcome) -> str:
    """ "seen" if everything failed that must; otherwise what went wrong."""
    missing = [check for check in defect.seen_by if not _is_among(check, outcome.failed)]
    if outcome.broke:
        return f"broke: {outcome.broke}"
    return f"UNSEEN by {', '.join(missing)}" if missing else "seen"


def _is_among(check: str, failed: Collection[str]) -> bool:
    """Whether a check failed; a test with a table has failed if one of its rows has."""
    return any(one == check or one.startswith(f"{check}[") for one in failed)


async def attempt(defect: Defect | None, scenarios: Sequence[str], tests: Sequence[str]) -> Outcome:
    """Try a copy of the repository with one defect, or with none.

    Raises:
        DefectsRefused: The defect fits its file no more.
    """
    with _copy() as root:
        if defect is not None:
            defect.plant(root)
        held = await _scenarios(root, scenarios) if scenarios else Outcome(frozenset())
        tried = await _tests(root, tests) if tests else Outcome(frozenset())
    return Outcome(held.failed | tried.failed, held.broke or tried.broke)


@contextmanager
def _copy() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="sophie-mutant-") as folder:
        root = Path(folder)
        for name in _COPIED:
            source = ROOT / name
            if source.is_dir():
                # Compiled modules come along: they hold for every file but the one that is broken.
                shutil.copytree(source, root / name)
            else:
                shutil.copy2(source, root / name)
        yield root


async def _scenarios(root: Path, ids: Sequence[str]) -> Outcome:
    wanted = [word for id_ in ids for word in ("--id", id_)]
    output = await _run(root, "-m", "evals", *wanted)
    lines = [
        orjson.loads(line)
        for written in (root / ".data" / "evals").glob("*/results.jsonl")
        for line in written.read_bytes().splitlines()
    ]
    if {line["scenario"] for line in lines} != set(ids):
        return Outcome(frozenset(), _end_of(output))
    return Outcome(frozenset(line["scenario"] for line in lines if not line["passed"]))


async def _tests(root: Path, names: Sequence[str]) -> Outcome:
    output = await _run(root, "-m", "pytest", "-q", "-rf", "-p", "no:cacheprovider", *names)
    summary = re.search(r"^\d+ (?:failed|passed).* in [\d.]+s", output, re.MULTILINE)
    if summary is None or " error" in summary.group():
        return Outcome(frozenset(), _end_of(output))
    return Outcome(frozenset(_FAILED.findall(output)))


async def _run(root: Path, *arguments: str) -> str:
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=root, env=environment,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        async with asyncio.timeout(_PATIENCE_S):
            output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return output.decode(errors="replace")


def _end_of(output: str) -> str:
    return "\n".join(output.splitlines()[-_LAST_LINES:])

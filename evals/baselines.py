"""Baselines: what each scenario came to once, as a file that is changed on purpose only."""

import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from evals.stored import RunRefused, Tally, read_tally

FOLDER = Path(__file__).parent / "baselines"
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,40}")


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: str
    model: str
    grader: int
    signature: str
    counts: dict[str, tuple[int, int]]


def write_baseline(name: str, tally: Tally, folder: Path = FOLDER) -> Path:
    """Keep a run's passes under a name.

    Raises:
        RunRefused: The name is no file's name.
    """
    if not _NAME.fullmatch(name):
        raise RunRefused(f"{name!r}: a baseline's name has up to 41 of a-z, 0-9, ., _ and -")
    folder.mkdir(exist_ok=True)
    content: dict[str, Any] = {**asdict(tally), "name": name}
    path = folder / f"{name}.json"
    path.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2) + b"\n")
    return path


def read_baseline(name: str, folder: Path = FOLDER) -> Tally:
    """A baseline by its name, or a stored run by its folder.

    Raises:
        RunRefused: There is none, or it is damaged.
    """
    if Path(name).is_dir():
        return read_tally(Path(name))
    path = folder / f"{name}.json"
    if not path.is_file():
        names = ", ".join(one.stem for one in sorted(folder.glob("*.json"))) or "none yet"
        raise RunRefused(f"there is no baseline or run {name!r}; baselines: {names}")
    try:
        found = _File.model_validate_json(path.read_bytes())
    except ValidationError as broken:
        fields = ", ".join(str(fault["loc"][0]) for fault in broken.errors() if fault["loc"])
        raise RunRefused(f"{path} is damaged ({fields or 'no JSON'}): write it again") from None
    return Tally(found.name, found.model, found.grader, found.signature, found.counts)


def against(now: Tally, then: Tally) -> list[str]:
    """What passes less or more often than then, in words; scenarios of only one side are told.

    Raises:
        RunRefused: They were judged by different rules.
    """
    same_rules(now, then)
    told = [
        f"{id_}: {_of(now.counts[id_])} instead of {_of(count)}"
        for id_, count in then.counts.items()
        if id_ in now.counts and _rate(now.counts[id_]) != _rate(count)
    ]
    new = [id_ for id_ in now.counts if id_ not in then.counts]
    gone = [id_ for id_ in then.counts if id_ not in now.counts]
    told += [f"not in {then.name}: {', '.join(new)}"] if new else []
    told += [f"only in {then.name}: {', '.join(gone)}"] if gone else []
    return told


def regressed(now: Tally, then: Tally) -> list[str]:
    """Scenarios that pass less often than then."""
    both = [id_ for id_ in then.counts if id_ in now.counts]
    return [id_ for id_ in both if _rate(now.counts[id_]) < _rate(then.counts[id_])]


def same_rules(one: Tally, other: Tally) -> None:
    """Refuse to compare what different rules have judged.

    Raises:
        RunRefused: The graders differ.
    """
    if (one.grader, one.signature) != (other.grader, other.signature):
        raise RunRefused(
            f"{one.name} was judged by grader {one.grader} ({one.signature}), {other.name} by "
            f"{other.grader} ({other.signature}); verdicts of different rules cannot be compared: "
            "hold both again"
        )


def _rate(count: tuple[int, int]) -> float:
    return count[0] / count[1]


def _of(count: tuple[int, int]) -> str:
    return f"{count[0]}/{count[1]}"

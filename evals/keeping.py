"""Calls as they were held, in a file, so that other rules can judge them later.

Values of the records keep their types: what JSON has no form for is {"$": type, "is": value}.
"""

import dataclasses
import gzip
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from evals.checks.run import Line, OnFile, Run, Step
from evals.held import Held
from evals.records import Difference
from evals.stored import RunRefused

FILE = "calls.jsonl.gz"
_PARTS: Mapping[str, type] = {
    "lines": Line, "differences": Difference, "steps": Step, "on_file": OnFile,
}  # fmt: skip
_LISTS = ("logs", "proofs", "topics")


def keep(folder: Path, held: Held) -> None:
    """Write the calls of a run; a trial that broke has none."""
    with gzip.open(folder / FILE, "wb", compresslevel=1) as file:
        for trial in (trial for result in held.results for trial in result.trials):
            if trial.run is not None:
                call = {"scenario": trial.scenario.id, "run": _packed(trial.run)}
                file.write(orjson.dumps(call) + b"\n")


def kept(folder: Path) -> list[tuple[str, Run]]:
    """The calls of a stored run, with the ids of their scenarios.

    Raises:
        RunRefused: There are none, or the file is damaged or from another version.
    """
    try:
        with gzip.open(folder / FILE, "rb") as file:
            calls = [orjson.loads(line) for line in file]
        return [(call["scenario"], _run(_unpacked(call["run"]))) for call in calls]
    except FileNotFoundError:
        raise RunRefused(f"{folder} keeps no calls: it has no {FILE}") from None
    except (OSError, EOFError, ValueError, KeyError, TypeError) as broken:
        said = f"{folder / FILE} is damaged or of another version ({type(broken).__name__})"
        raise RunRefused(f"{said}: hold the calls again") from None


def _run(fields: dict[str, Any]) -> Run:
    made = dict(fields)
    for name, kind in _PARTS.items():
        made[name] = tuple(kind(**_tuples(part)) for part in fields[name])
    for name in _LISTS:
        made[name] = tuple(fields[name])
    made["texts"] = tuple(tuple(text) for text in fields["texts"])
    return Run(**made)


def _tuples(part: dict[str, Any]) -> dict[str, Any]:
    return {**part, "tools": tuple(part["tools"])} if "tools" in part else part


def _packed(value: Any) -> Any:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case datetime() | date():
            return {"$": type(value).__name__, "is": value.isoformat()}
        case Decimal() | UUID():
            return {"$": type(value).__name__, "is": str(value)}
        case timedelta():
            return {"$": "timedelta", "is": value.total_seconds()}
        case bytes():
            return {"$": "bytes", "is": value.hex()}
        case list() | tuple():
            return [_packed(one) for one in value]
        case dict():
            return {name: _packed(one) for name, one in value.items()}
        case _ if dataclasses.is_dataclass(value):
            fields = dataclasses.fields(value)
            return {field.name: _packed(getattr(value, field.name)) for field in fields}
        case _:
            # Types of PostgreSQL that no rule compares, such as ranges.
            return {"$": "words", "is": str(value)}


_MAKERS: Mapping[str, Any] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "Decimal": Decimal,
    "UUID": UUID,
    "timedelta": lambda seconds: timedelta(seconds=seconds),
    "bytes": bytes.fromhex,
    "words": str,
}


def _unpacked(value: Any) -> Any:
    if isinstance(value, list):
        return [_unpacked(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "$" in value:
        return _MAKERS[value["$"]](value["is"])
    return {name: _unpacked(one) for name, one in value.items()}

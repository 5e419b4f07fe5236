"""Scripts for stand-ins: what they answer and how they fail, from a file or from a test."""

import json
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

STRICT = ConfigDict(extra="forbid")

ScriptT = TypeVar("ScriptT")


class Line(Protocol):
    """One entry of a script."""

    @property
    def match(self) -> str | None:
        """A regular expression; without one the entry is used once, in its order."""

    @property
    def after_tool(self) -> str | None:
        """A regular expression on the tool whose result is being answered."""


LineT = TypeVar("LineT", bound=Line)


class Lines(Generic[LineT]):
    """Chooses entries: the first that matches, else the next in order, else none.

    An entry with `match` answers caller texts only, one with `after_tool` tool results only; so
    an entry that asks for a tool cannot answer that tool's result and go round for ever.
    """

    def __init__(self, entries: Sequence[LineT]) -> None:
        self._matched = [entry for entry in entries if entry.match or entry.after_tool]
        self._ordered = [entry for entry in entries if not (entry.match or entry.after_tool)]
        self._next = 0

    def choose(self, *, text: str, tool: str | None = None) -> LineT | None:
        """Choose by what the caller said last, and by the tool that has just answered, if any."""
        for entry in self._matched:
            if _fits(entry, text, tool):
                return entry
        if self._next < len(self._ordered):
            self._next += 1
            return self._ordered[self._next - 1]
        return None


def _fits(entry: Line, text: str, tool: str | None) -> bool:
    if (entry.after_tool is not None) != (tool is not None):
        return False
    if entry.after_tool is not None and not re.search(entry.after_tool, tool or "", re.IGNORECASE):
        return False
    return entry.match is None or re.search(entry.match, text, re.IGNORECASE) is not None


def load(path: Path | None, script: type[ScriptT]) -> ScriptT:
    """Read a script from a TOML or JSON file; without a file, the script with nothing in it.

    Raises:
        ValueError: The file cannot be read as a script; says where it is wrong.
    """
    if path is None:
        return script()
    text = path.read_text(encoding="utf-8")
    try:
        raw = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
        return TypeAdapter(script).validate_python(raw)
    except ValidationError as exc:
        first = exc.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"{path}: {where}: {first['msg']}") from exc
    except ValueError as exc:
        raise ValueError(f"{path}: {exc}") from exc

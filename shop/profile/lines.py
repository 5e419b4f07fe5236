"""Which line of a TOML file each key stands on, which `tomllib` does not tell.

A file is cut into statements: lines are taken together until they are TOML by themselves, so that
long strings and lists stay whole. What a statement sets, `tomllib` says itself; quoted and dotted
keys need no care here.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

Path = tuple[str | int, ...]
"""The keys that lead to a value; numbers count the entries of a list from 0."""

_AT = re.compile(r" \(at (?:line (?P<line>\d+), column \d+|end of document)\)$")
_TUPLE = re.compile(r"\('(?P<keys>[^()]*)',?\)")


class NotToml(ValueError):
    """The text breaks the rules of TOML at `line`."""

    def __init__(self, line: int, words: str) -> None:
        super().__init__(words)
        self.line = line


class Lines:
    """The line of every key, table and list entry."""

    def __init__(self, known: Mapping[Path, int]) -> None:
        self._known = known

    def of(self, path: Path) -> int:
        """The line of a value, or of the innermost table it would belong to; 1 for the file."""
        while path and path not in self._known:
            path = path[:-1]
        return self._known.get(path, 1)


def read(text: str) -> tuple[dict[str, Any], Lines]:
    """What a text says, and on which lines.

    Raises:
        NotToml: It is no TOML; the line is the first of the statement that is wrong.
    """
    text = text.replace("\r\n", "\n")
    known: dict[Path, int] = {}
    table: Path = ()
    for line, statement in _statements(text):
        said = tomllib.loads(statement)
        if statement.lstrip().startswith("["):
            table = _opened(said, known)
            _note(known, table, line)
        else:
            _note_keys(known, table, said, line)
            _note_entries(known, table, statement, line)
    try:
        return tomllib.loads(text), Lines(known)
    except ValueError as error:
        # Each statement is right by itself, so this one says again what an earlier one said.
        words, at = _placed(error)
        raise NotToml(at or 1, f"{words}; say it once") from None


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Every statement with its first line; blank lines and comments between them are left out."""
    begun, statement = 0, ""
    for number, line in enumerate(text.split("\n"), start=1):
        if not statement and (not line.strip() or line.lstrip().startswith("#")):
            continue
        begun, statement = (begun, f"{statement}\n{line}") if statement else (number, line)
        if _fault(statement) is None:
            yield begun, statement
            statement = ""
    fault = _fault(statement)
    if fault is not None:
        words, at = _placed(fault)
        noticed = f", noticed on line {begun + at - 1}" if at and at > 1 else ""
        raise NotToml(begun, f"{words}{noticed}; look for a missing quote, comma or bracket")


def _fault(statement: str) -> ValueError | None:
    try:
        tomllib.loads(statement)
    except ValueError as error:
        return error
    return None


def _placed(error: ValueError) -> tuple[str, int | None]:
    """What `tomllib` says, without the position at its end, and the line of that position."""
    words = str(error)
    at = _AT.search(words)
    said = _TUPLE.sub(lambda keys: f"[{keys['keys']}]".replace("', '", "."), _AT.sub("", words))
    return said[:1].lower() + said[1:], int(at["line"]) if at and at["line"] else None


def _opened(header: Any, known: Mapping[Path, int]) -> Path:
    """The path that a header such as `[[holidays]]` or `[transfer.advisor]` opens."""
    path: Path = ()
    while header:
        ((key, header),) = header.items()
        path = (*path, key)
        entries = len({other[len(path)] for other in known if _is_entry(other, path)})
        if isinstance(header, list):
            return (*path, entries)
        if entries:
            path = (*path, entries - 1)
    return path


def _is_entry(path: Path, of: Path) -> bool:
    return path[:-1] == of and isinstance(path[-1], int)


def _note(known: dict[Path, int], path: Path, line: int) -> None:
    for length in range(1, len(path) + 1):
        known.setdefault(path[:length], line)


def _note_keys(known: dict[Path, int], path: Path, table: dict[str, Any], line: int) -> None:
    for key, value in table.items():
        _note(known, (*path, key), line)
        if isinstance(value, dict):
            _note_keys(known, (*path, key), value, line)


def _note_entries(known: dict[Path, int], table: Path, statement: str, begun: int) -> None:
    """A list may span lines: closed after each of them, it shows what that line has added."""
    lines = statement.split("\n")
    places: list[int] = []
    for count in range(1, len(lines) + 1):
        part = "\n".join(lines[:count]) + ("" if count == len(lines) else "\n]")
        path, entries = _listed(part)
        places += [begun + count - 1] * (len(entries) - len(places))
        known.update({(*table, *path, entry): line for entry, line in enumerate(places)})


def _listed(statement: str) -> tuple[Path, list[Any]]:
    """The key of a list and its entries; none if the statement sets something else."""
    path: Path = ()
    value: Any = {} if _fault(statement) else tomllib.loads(statement)
    while isinstance(value, dict) and len(value) == 1:
        ((key, value),) = value.items()
        path = (*path, key)
    return path, value if isinstance(value, list) else []

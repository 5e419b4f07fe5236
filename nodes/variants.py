"""Other words and temperatures, tried on some of the calls.

    prompts/persona.md, booking.md, …              what every call is answered with
    prompts/variants/<name>/variant.toml           weight = 1.0, temperature = 0.4
    prompts/variants/<name>/booking.md, …          files that stand in for those above

A call belongs to one arm from its first word to its last: the arm follows from the call's id alone.
"""

import hashlib
import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

FOLDER = Path(__file__).parent / "prompts"
CONTROL = "control"
_FIELDS = ("shop_name", "address", "hours")
"""What `persona.md` has filled in."""
_NAME = re.compile(r"[a-z0-9_-]{1,40}")
_KEYS = ("weight", "temperature")
_MOST_LETTERS = 6000


class VariantRefused(Exception):
    """A variant cannot be used; the text names the file, the line and what to do."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One arm.

    Attributes:
        name: As it is recorded with the call.
        prompts: Every prompt's text, by its file's name without the ending.
        weight: Its share of the calls, beside those of the other arms.
        temperature: None: the one of the settings.
    """

    name: str
    prompts: Mapping[str, str]
    weight: float = 1.0
    temperature: float | None = None


@dataclass(frozen=True, slots=True)
class Variants:
    """All arms; there is always `control`, which has the weight 1."""

    arms: Mapping[str, Variant] = field(default_factory=dict)

    def named(self, name: str) -> Variant:
        """An arm; for a name nobody knows, `control`."""
        return self.arms.get(name) or self.arms[CONTROL]

    def of(self, call_sid: str) -> str:
        """The arm of a call: the same in every process and after every break."""
        digest = hashlib.sha256(f"variant:{call_sid}".encode()).digest()
        at = int.from_bytes(digest[:8], "big") / 2**64 * sum(a.weight for a in self.arms.values())
        for arm in self.arms.values():
            at -= arm.weight
            if at < 0:
                return arm.name
        return CONTROL


def read_variants(folder: Path = FOLDER) -> Variants:
    """`control` from the folder itself, and an arm for each folder in its `variants`.

    Raises:
        VariantRefused: A file is not one of the prompts, says nothing, or has a wrong value.
    """
    base = _prompts(folder)
    arms = {CONTROL: Variant(CONTROL, base)}
    for own in sorted(path for path in folder.glob("variants/*") if path.is_dir()):
        if own.name == CONTROL:
            raise VariantRefused(f"{own}: {CONTROL} is the name of the prompts themselves")
        if not _NAME.fullmatch(own.name):
            raise VariantRefused(f"{own}: a name has up to 40 of a-z, 0-9, _ and -")
        arms[own.name] = _read(own, base)
    return Variants(arms)


def _prompts(folder: Path) -> dict[str, str]:
    words = {path.stem: _text(path) for path in sorted(folder.glob("*.md"))}
    if "persona" in words:
        _check_fields(folder / "persona.md", words["persona"])
    return words


def _read(own: Path, base: Mapping[str, str]) -> Variant:
    settings = _settings(own / "variant.toml")
    for path in sorted(own.glob("[!.]*")):
        if path.name != "variant.toml" and not (path.suffix == ".md" and path.stem in base):
            raise VariantRefused(
                f"{path} stands in for no prompt; there are {', '.join(sorted(base))}, each .md"
            )
    return Variant(own.name, {**base, **_prompts(own)}, **settings)


def _settings(path: Path) -> dict[str, float]:
    if not path.exists():
        raise VariantRefused(f"{path} is missing; it may be as short as: weight = 1")
    written = _content(path)
    try:
        given: dict[str, Any] = tomllib.loads(written)
    except tomllib.TOMLDecodeError as error:
        raise VariantRefused(f"{path}: {error}") from None
    for key, value in given.items():
        place = f"{path}, line {_line_of(key, written)}"
        if key not in _KEYS:
            raise VariantRefused(f"{place}: {key} is not known; it may hold weight and temperature")
        if not _is_number(value) or value < 0:
            raise VariantRefused(f"{place}: {key} must be a number from 0 on, not {value!r}")
        if key == "temperature" and value > 2:
            raise VariantRefused(f"{place}: temperature must be at most 2")
    return {key: float(value) for key, value in given.items()}


def _is_number(value: object) -> bool:
    return type(value) in (int, float) and math.isfinite(value)  # type: ignore[arg-type]  # a number


def _line_of(key: str, written: str) -> int:
    begins = re.compile(rf"\s*\[*\s*[\"']?{re.escape(key)}\b")
    lines = written.splitlines()
    return next((at for at, line in enumerate(lines, start=1) if begins.match(line)), 1)


def _check_fields(path: Path, text: str) -> None:
    """What stands in braces is filled in on every call, so it must be known before the first."""
    found: set[str] = set()
    for at, line in enumerate(text.splitlines(), start=1):
        try:
            named = {name for _, name, _, _ in Formatter().parse(line) if name is not None}
        except ValueError as error:
            raise VariantRefused(f"{path}, line {at}: {error}; write {{{{ for a brace") from None
        for name in named.difference(_FIELDS):
            raise VariantRefused(
                f"{path}, line {at}: {{{name}}} is not known; there are {', '.join(_FIELDS)}"
            )
        found |= named
    for name in _FIELDS:
        if name not in found:
            raise VariantRefused(f"{path} must hold {{{name}}}")


def _text(path: Path) -> str:
    text = _content(path).strip()
    if not text:
        raise VariantRefused(f"{path} says nothing")
    if len(text) > _MOST_LETTERS:
        raise VariantRefused(f"{path} has more than {_MOST_LETTERS} letters; prompts stay short")
    return text


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise VariantRefused(f"{path} cannot be read: {error}") from None


PROMPTS = _prompts(FOLDER)
"""The project's own words. Read at import: a node must not wait for a disk."""


@cache
def variants() -> Variants:
    """The project's arms, read once, when the graph is built.

    Raises:
        VariantRefused: As `read_variants` does.
    """
    return read_variants()

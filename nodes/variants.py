"""Other words and temperatures, tried on some of the calls.

    prompts/persona.md, booking.md, …              what every call is answered with
    prompts/variants/<name>/variant.toml           weight = 1.0, temperature = 0.4
    prompts/variants/<name>/booking.md, …          files that stand in for those above

A call belongs to one arm from its first word to its last: the arm follows from the call's id alone.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "prompts"
CONTROL = "control"
_FIELDS = ("{shop_name}", "{address}", "{hours}")
_KEYS = ("weight", "temperature")
_MOST_LETTERS = 6000


class VariantRefused(Exception):
    """A variant cannot be used; the text names the file and what to change in it."""


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
        arms[own.name] = _read(own, base)
    return Variants(arms)


def _prompts(folder: Path) -> dict[str, str]:
    return {path.stem: _text(path) for path in sorted(folder.glob("*.md"))}


def _read(own: Path, base: Mapping[str, str]) -> Variant:
    settings = _settings(own / "variant.toml")
    words = _prompts(own)
    for stem in words.keys() - base.keys():
        raise VariantRefused(
            f"{own / stem}.md stands in for no prompt; there are {', '.join(sorted(base))}"
        )
    if "persona" in words:
        for name in _FIELDS:
            if name not in words["persona"]:
                raise VariantRefused(f"{own / 'persona.md'} must hold {name}")
    return Variant(own.name, {**base, **words}, **settings)


def _settings(path: Path) -> dict[str, float]:
    if not path.exists():
        raise VariantRefused(f"{path} is missing; it may be as short as: weight = 1")
    try:
        given: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise VariantRefused(f"{path}: {error}") from None
    for key, value in given.items():
        if key not in _KEYS:
            raise VariantRefused(f"{path}: {key} is not known; it may hold weight and temperature")
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise VariantRefused(f"{path}: {key} must be a number from 0 on, not {value!r}")
    if given.get("temperature", 0) > 2:
        raise VariantRefused(f"{path}: temperature must be at most 2")
    return {key: float(value) for key, value in given.items()}


def _text(path: Path) -> str:
    text = path.read_text(encoding="utf-8").strip()
    if not text:
        raise VariantRefused(f"{path} says nothing")
    if len(text) > _MOST_LETTERS:
        raise VariantRefused(f"{path} has more than {_MOST_LETTERS} letters; prompts stay short")
    return text


PROMPTS = _prompts(FOLDER)
"""The project's own words. Read at import: a node must not wait for a disk."""


@cache
def variants() -> Variants:
    """The project's arms, read once, when the graph is built.

    Raises:
        VariantRefused: As `read_variants` does.
    """
    return read_variants()

"""What no name and no text of a shop's file may hold: it would be said, stored and shown. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from shop.profile.checks import Fault
from shop.profile.lines import Path

_LAYOUT = frozenset("\n\t")


def unsayable(value: Any, path: Path = ()) -> Iterator[Fault]:
    """Names without a letter or digit, and control characters, wherever they stand in a file."""
    if isinstance(value, str):
        if not all(c.isprintable() or c in _LAYOUT for c in value):
            yield Fault(path, "must be plain text, without control characters; change it")
    elif isinstance(value, Mapping):
        for key, one in value.items():
            if not key.isprintable() or not any(c.isalnum() for c in key):
                yield Fault((*path, key), "must have a name of plain text in one line; change it")
            yield from unsayable(one, (*path, key))
    elif isinstance(value, list):
        for nth, one in enumerate(value):
            yield from unsayable(one, (*path, nth))

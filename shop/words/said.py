"""What callers said, as it may be written down: on one line, printable and not too long. Pure."""

import re
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from shop.errors import BadValue

_T = TypeVar("_T")

_NOT_TEXT = re.compile("[\x00\ud800-\udfff]")


def line(text: str) -> str:
    """A text on one line. What cannot be printed is a space: PostgreSQL refuses some of it."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def needed(text: str, question: str, *, name: str, most: int = 500) -> str:
    """Something a caller has to say; what goes beyond `most` characters is left out.

    Raises:
        BadValue: They said nothing; the text is the question to ask.
    """
    words = line(text)
    if not words:
        raise BadValue(question, field=name)
    return words[:most].rstrip()


def optional(text: str | None, *, most: int = 500) -> str | None:
    """Something a caller may say; what goes beyond `most` characters is left out."""
    return (line(text)[:most].rstrip() or None) if text is not None else None


def short(text: str, question: str, *, name: str, most: int) -> str:
    """A name or the like, which is wrong rather than cut where it is too long.

    Raises:
        BadValue: It has no letter or digit, or more than `most` characters; the text asks again.
    """
    words = line(text)
    if len(words) > most or not any(c.isalnum() for c in words):
        raise BadValue(question, field=name)
    return words


def storable(value: _T) -> _T:
    """A value of builtins, with a mark in place of what PostgreSQL cannot store as text."""
    return cast(_T, _storable(value))


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return _NOT_TEXT.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, Mapping):
        return {_storable(key): _storable(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(one) for one in value]
    return value

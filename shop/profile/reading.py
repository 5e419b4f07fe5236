"""Reads a shop's file, and says of everything wrong in it where it is and how to mend it.

A fault is one line: `barts.toml:47, services.oil_change.minutes: must be …; write for example …`.
"""

import copy
import difflib
import json
import re
import typing
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import UnionType
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from shop.profile import lines as toml_lines
from shop.profile.characters import unsayable
from shop.profile.checks import Fault, contradictions
from shop.profile.file import ShopFile
from shop.profile.lines import Lines, NotToml

Place = toml_lines.Path

_SAID = {
    "missing": "is missing",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "string_type": "must be text in quotes",
    "string_too_short": "must not be empty",
    "string_pattern_mismatch": "must be a telephone number with + and country code",
    "tuple_type": "must be a list in brackets",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "too_short": "must name at least one",
}
"""By the types of https://docs.pydantic.dev/latest/errors/validation_errors/."""

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


class ProfileRefused(Exception):
    """The file does not describe a shop. One line for each fault: the place and the mend."""


def read(path: Path) -> ShopFile:
    """What a file says, once it makes sense.

    Raises:
        ProfileRefused: The file is missing, or something in it is wrong.
    """
    try:
        raw, lines = toml_lines.read(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ProfileRefused(
            f"{path} cannot be read ({error.strerror}); copy barts.toml there and edit it"
        ) from error
    except UnicodeDecodeError as error:
        raise ProfileRefused(f"{path.name} is not in UTF-8; save it in that encoding") from error
    except NotToml as error:
        raise ProfileRefused(f"{path.name}:{error.line}: is not TOML: {error}") from error
    except RecursionError:
        # Its traceback is as deep as the file.
        raise ProfileRefused(
            f"{path.name} has brackets in brackets without end; close them, or copy barts.toml anew"
        ) from None
    written, faults = checked(raw)
    if written is None:
        raise ProfileRefused("\n".join(_listed(path.name, faults, lines)))
    return written


def checked(raw: Mapping[str, Any]) -> tuple[ShopFile | None, list[Fault]]:
    """The file's keys as a shop, or what is wrong with them: all of it at once."""
    faults = list(unsayable(raw))
    try:
        written = ShopFile.model_validate(raw)
    except ValidationError as error:
        errors = error.errors(include_url=False)
    else:
        faults += contradictions(written)
        return (None, faults) if faults else (written, [])
    faults += [_fault(one) for one in errors]
    wrong = [fault.path for fault in faults]
    try:
        mended = ShopFile.model_validate(_mended(raw, errors))
    except ValidationError:
        return None, faults
    return None, [*faults, *(f for f in contradictions(mended) if not _rests_on(f, wrong))]


def _rests_on(fault: Fault, wrong: Iterable[Place]) -> bool:
    """Whether a contradiction was concluded from a value that is wrong itself."""
    places = (fault.path, *fault.about)
    return any(
        place[: len(other)] == other or other[: len(place)] == place
        for place in places
        for other in wrong
    )


def _listed(name: str, faults: Iterable[Fault], lines: Lines) -> list[str]:
    placed = sorted((lines.of(fault.path), _dotted(fault.path), fault.text) for fault in faults)
    return [f"{name}:{line}, {place}: {text}" for line, place, text in placed]


def _dotted(path: Place) -> str:
    """The keys as TOML writes them; the line says which entry of a list is meant."""
    keys = (key for key in path if isinstance(key, str))
    return ".".join(key if _BARE_KEY.fullmatch(key) else json.dumps(key) for key in keys)


def _fault(error: ErrorDetails) -> Fault:
    path, kind, limits = error["loc"], error["type"], error.get("ctx", {})
    found = _field(path)
    example = written_as(found[0][-1], found[1]) if found else None
    if kind == "extra_forbidden":
        return Fault(path, f"is not a known key; {_nearest(path)}")
    if kind == "greater_than_equal":
        said = f"must be at least {limits['ge']}"
    elif kind == "less_than_equal":
        said = f"must be at most {limits['le']}"
    elif kind == "literal_error":
        said = f"must be {limits['expected']}"
    elif kind == "string_too_long":
        said = f"must be at most {limits['max_length']} characters"
    elif kind in _SAID:
        said = _SAID[kind]
    else:
        said = error["msg"].removeprefix("Value error, ")
    if example is None:
        mend = "add it" if kind == "missing" else "change it"
    else:
        mend = f"{'add' if kind == 'missing' else 'write'} for example {example}"
    return Fault(path, f"{said}; {mend}")


def _nearest(path: Place) -> str:
    """What a key that is not known may have been meant to be."""
    model = _model_at(path[:-1])
    known = [str(key) for key in fields_of(model)] if model else []
    close = difflib.get_close_matches(str(path[-1]), known, n=1)
    return f"did you mean {close[0]}?" if close else f"the keys here are {', '.join(known)}"


def _mended(raw: Mapping[str, Any], errors: Iterable[ErrorDetails]) -> dict[str, Any]:
    """The file with an example in place of each wrong value, to look for contradictions in."""
    mended = copy.deepcopy(dict(raw))
    for error in errors:
        found = None if error["type"] == "extra_forbidden" else _field(error["loc"])
        *keys, last = found[0] if found else error["loc"]
        holder: Any = mended
        try:
            for key in keys:
                holder = holder[key]
            if found and found[1].examples:
                holder[last] = copy.deepcopy(found[1].examples[0])
            else:
                del holder[last]
        except (LookupError, TypeError):
            continue  # an outer value is wrong as well, and is mended by itself
    return mended


def _field(path: Place) -> tuple[Place, FieldInfo] | None:
    """The field of the model that a path leads to or into, and the path to it."""
    found = None
    for length in range(1, len(path) + 1):
        model = _model_at(path[: length - 1])
        field = fields_of(model).get(path[length - 1]) if model else None
        if field:
            found = path[:length], field
    return found


def fields_of(model: type[BaseModel]) -> dict[str | int, FieldInfo]:
    """The fields of a table by the keys that the file has for them."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _model_at(path: Place) -> type[BaseModel] | None:
    """The model of the table at a path."""
    kind: Any = ShopFile
    for key in path:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            field = fields_of(kind).get(key)
            kind = _plain_type(field.annotation) if field else None
        elif typing.get_origin(kind) in (dict, tuple):
            kind = _plain_type(typing.get_args(kind)[typing.get_origin(kind) is dict])
        else:
            return None
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _plain_type(kind: Any) -> Any:
    while True:
        if typing.get_origin(kind) is typing.Annotated:
            kind = typing.get_args(kind)[0]
        elif isinstance(kind, UnionType) or typing.get_origin(kind) is typing.Union:
            kind = next(one for one in typing.get_args(kind) if one is not type(None))
        else:
            return kind


def written_as(key: object, field: FieldInfo) -> str | None:
    """A field's example as the file would have it: `minutes = 30`."""
    return f"{key} = {toml(field.examples[0])}" if field.examples else None


def toml(value: object) -> str:
    """A value as TOML writes it."""
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    return json.dumps(value) if isinstance(value, str | bool | int) else str(value)

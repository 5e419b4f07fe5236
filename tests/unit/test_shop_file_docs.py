"""The owner's reference of the shop's file says all of it, and nothing that is not so."""

import re
import tomllib
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from shop.__main__ import main
from shop.profile.file import ShopFile
from shop.profile.lines import NotToml, read
from shop.profile.reading import checked, fields_of, toml
from shop.profile.shop import PACKAGE_FILE, ProfileRefused, load_shop

DOCUMENT = (Path(__file__).parents[2] / "docs" / "shop-file.md").read_text(encoding="utf-8")
TEXT = PACKAGE_FILE.read_text(encoding="utf-8")
SHIPPED = tomllib.loads(TEXT)
MAY_BE_LEFT_OUT: tuple[Any, ...] = (None, (), {})


def tables(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """A table and every table that can stand in it."""
    yield model
    for field in fields_of(model).values():
        for inner in models_in(field.annotation):
            yield from tables(inner)


def models_in(kind: Any) -> Iterator[type[BaseModel]]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    for argument in typing.get_args(kind):
        yield from models_in(argument)


def row(key: object, field: FieldInfo) -> str:
    default = "required" if field.is_required() else f"`{toml(field.default)}`"
    if not field.is_required() and field.default in MAY_BE_LEFT_OUT:
        default = "none"
    example = f"`{toml(field.examples[0])}`" if field.examples else "see below"
    return f"| `{key}` | {field.description} | {default} | {example} |"


ROWS = {row(*entry) for model in tables(ShopFile) for entry in fields_of(model).items()}
EXAMPLES = re.findall(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL)


@pytest.mark.parametrize("expected", sorted(ROWS))
def test_every_key_is_described_as_the_file_has_it(expected: str) -> None:
    assert expected in DOCUMENT.splitlines()


def test_nothing_is_described_that_is_not_there() -> None:
    described = {line for line in DOCUMENT.splitlines() if line.startswith("| `")}
    assert described <= ROWS


def joined(one: Any, other: Any) -> Any:
    """The shipped file with an example laid over it."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one | {key: joined(one.get(key), value) for key, value in other.items()}
    return other


@pytest.mark.parametrize("example", EXAMPLES, ids=[text.split("\n")[0] for text in EXAMPLES])
def test_every_example_is_right(example: str) -> None:
    raw = joined(SHIPPED, tomllib.loads(example))
    written, faults = checked(raw)
    assert faults == []
    assert written is not None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("horizon_days = 60", 'horizon_days = "soon"'),
        ("lead_minutes", "leed_minutes"),
        ('"08:00", "18:00"', '"18:00", "08:00"'),
        ('lunch = ["12:00", "13:00"]', 'lunch = ["12:00", "13:00"'),
        ("nth = -1", "nth = 5"),
        ('A1 = ["oil_change"', 'A1 = ["oil_chang"'),
        ("minutes = 30\nprice", "minutes = 270\nprice"),
    ],
)
def test_the_faults_shown_are_real(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "shop.toml"
    assert old in TEXT
    path.write_text(TEXT.replace(old, new, 1))
    with pytest.raises(ProfileRefused) as refusal:
        load_shop(path)
    shown = re.findall(r"```text\n(.*?)```", DOCUMENT, re.DOTALL)[0].splitlines()
    assert set(str(refusal.value).splitlines()) & set(shown)


def test_every_key_of_a_table_is_found_on_its_line() -> None:
    raw, lines = read(TEXT)
    written = TEXT.split("\n")

    def look(value: Any, path: tuple[str | int, ...]) -> None:
        line = written[lines.of(path) - 1]
        key = path[-1]
        if isinstance(key, str) and (key,) != ("transfer",):
            assert key in line, path
        entries = value.items() if isinstance(value, dict) else enumerate(value)
        for inner, what in entries:
            if isinstance(what, str) and isinstance(inner, int):
                assert f'"{what}"' in written[lines.of((*path, inner)) - 1]
            elif isinstance(what, dict | list):
                look(what, (*path, inner))

    for key, value in raw.items():
        if isinstance(value, dict | list):
            look(value, (key,))


TRICKY = '''\
# a comment with = and [brackets]
text = """
[not.a.table]
no = "key"
"""
"a key".'of = two' = 1  # dotted
list = [ # a comment, with ] in it
  1, 2,

  [3,
   4], { in = "line" } ]
[[ many ]]
x = 1
[many.inner]
y = 2
[[many]]
[many.inner]
y = 3
[["q.q"]]
z = {a = {b = 1}, c = [1]}
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("text",), 2),
        (("a key", "of = two"), 6),
        (("a key",), 6),
        (("list",), 7),
        (("list", 0), 8),
        (("list", 1), 8),
        (("list", 2), 11),
        (("list", 2, 1), 11),
        (("list", 3, "in"), 11),
        (("many", 0), 12),
        (("many", 0, "inner", "y"), 15),
        (("many", 1), 16),
        (("many", 1, "inner"), 17),
        (("many", 1, "inner", "y"), 18),
        (("many", 1, "inner", "missing"), 17),
        (("q.q", 0, "z", "a", "b"), 20),
        (("q.q", 0, "z", "c", 0), 20),
        (("nothing",), 1),
        ((), 1),
    ],
)
def test_lines_of_what_toml_allows(path: tuple[str | int, ...], line: int) -> None:
    raw, lines = read(TRICKY)
    assert raw == tomllib.loads(TRICKY)
    assert lines.of(path) == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('a = 1\nb = "', 2),
        ('a = 1\nb = """\nc = 2\n', 2),
        ("a = [1,\n2\nb = 3\n", 1),
        ("\n\na = \n", 3),
        ("a = 1\n[a]\n", 2),
        ("[t]\na = 2026-02-30\n", 2),
        ("a = 1\n\n= 2", 3),
        ("a = " + "9" * 5000, 1),
        ("a = 1\x00", 1),
    ],
)
def test_lines_of_what_it_does_not(text: str, line: int) -> None:
    with pytest.raises(NotToml) as refused:
        read(text)
    assert refused.value.line == line


def test_the_owner_reads_what_a_file_means(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 0
    said = capsys.readouterr().out
    for words in (
        "We're open Monday to Friday from eight AM to six PM",
        "saturday   09:00 to 12:00 and 13:00 to 15:00",
        "closed for Thanksgiving Day",
        "oil_change: 30 minutes, $40 to $80, booked at once, wait or leave",
        "in A1, A2, A3, by Kevin Brown",
        "recall: 60 minutes, no price said, a request until confirmed, the car is left",
        "service_advisor: a service advisor, +12175550101",
        "whoever says lemon law",
    ):
        assert words in said


def test_the_owner_reads_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(TEXT.replace("horizon_days = 60", "horizon_days = 0"))
    assert main(["check", str(path)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == (
        "mine.toml:8, horizon_days: must be at least 1; write for example horizon_days = 60\n"
    )

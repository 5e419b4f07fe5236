"""Draws the tables of a freshly migrated database: docs/schema.svg.

    python -m deploy.draw_schema

It needs no other program: PostgreSQL is the embedded one, and the picture is written as text.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Iterator
from html import escape
from pathlib import Path

from psycopg import AsyncConnection

from deploy.schema_lines import Line, NoWay, Point, route
from deploy.schema_places import (
    HEAD,
    MARGIN,
    PADDING,
    ROW,
    Box,
    NotPlaced,
    Panel,
    Places,
    place,
)  # fmt: skip
from deploy.schema_tables import Schema, Table, read
from shop.db import migrate
from shop.postgres import server

PICTURE = Path(__file__).parents[1] / "docs" / "schema.svg"
UNIT = 8
"""Pixels."""

_ROUND = 6
# Of each group: the ground, the head of a table and its edge; in light, then in dark.
_GROUPS = (
    (("#f3f6fb", "#d5e3f5", "#7d9cc4"), ("#151d29", "#22344d", "#4d6f9c")),
    (("#f2f8f4", "#d0e9d8", "#76a889"), ("#14211a", "#1f3d2b", "#4a7f60")),
    (("#fcf6ee", "#f6e2c4", "#c29a5f"), ("#241c12", "#46351c", "#94723d")),
    (("#f8f3fb", "#e6d8f2", "#9f83bd"), ("#1e1725", "#382a48", "#775d96")),
    (("#eff7f8", "#cde8ea", "#6ba3a8"), ("#122022", "#1c3c40", "#437d83")),
    (("#f5f5f4", "#e1e1de", "#96968f"), ("#1b1c1d", "#303234", "#6a6c6e")),
)
# Of the lines, by the table they lead to.
_LINES = (
    ("#2f6db3", "#6ea8ec"), ("#1f8a57", "#5fc894"), ("#c2601a", "#f0975a"), ("#8a4bb0", "#c08ee0"),
    ("#b23a5a", "#ee7f9b"), ("#4c6a2f", "#a3c67c"), ("#0f7f86", "#58c5cc"),
)  # fmt: skip
_LIGHT = {
    ".ground": "fill:#ffffff", ".box": "fill:#ffffff", ".name": "fill:#1b2733",
    ".kind": "fill:#6b7785", ".rule": "fill:#7a5a1e", ".title": "fill:#1b2733",
    ".faint": "fill:#5c6875", ".mark": "fill:#43505d", ".foot": "stroke:#ffffff",
}  # fmt: skip
_DARK = {
    ".ground": "fill:#0d1117", ".box": "fill:#161b22", ".name": "fill:#e6edf3",
    ".kind": "fill:#9aa7b4", ".rule": "fill:#e0b968", ".title": "fill:#e6edf3",
    ".faint": "fill:#9aa7b4", ".mark": "fill:#b8c4cf", ".foot": "stroke:#0d1117",
}  # fmt: skip
_KEYS = (
    "PK primary key · FK foreign key · U unique, perhaps among some rows only · ? may be empty · "
    "in italics: what no two rows may do at one time"
)
_FEET = (
    "A line begins with a crow's foot where many rows may refer to one, with a bar where one may, "
    "and ends with a bar at the row referred to; lines of one colour lead to the same table"
)
_SHAPES = """
text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
.name{font-size:11.5px}.kind{font-size:10.5px}.mark{font-size:8.5px;font-weight:700}
.rule{font-size:10.5px;font-style:italic}.table{font-size:12.5px;font-weight:700}
.title{font-size:15px;font-weight:700}.faint{font-size:11.5px}.key{font-weight:700}
.line{fill:none;stroke-width:1.5;stroke-linejoin:round}.end{fill:none;stroke-width:1.5}
"""


def draw(schema: Schema) -> str:
    """The picture as SVG.

    Raises:
        NotPlaced, NoWay: The plan in `deploy/schema_places.py` has to be changed.
    """
    places = place(schema)
    lines = route(schema, places)
    targets = sorted({line.reference.to_table for line in lines})
    width, height = places.width * UNIT, places.height * UNIT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" aria-label="The tables of the shop">',
        f"<style>{_style(len(targets))}</style>",
        f'<rect class="ground" width="{width}" height="{height}"/>',
        *_legend(),
        *(part for panel in places.panels for part in _panel(panel)),
        *(_line(line, targets.index(line.reference.to_table)) for line in lines),
        *(part for panel in places.panels for part in _tables(panel, schema, places)),
        *(
            f'<path class="end l{targets.index(line.reference.to_table)}" d="{_ends(line)}"/>'
            for line in lines
        ),
    ]
    return "\n".join(parts) + "\n</svg>\n"


def _style(targets: int) -> str:
    def rules(base: dict[str, str], which: int) -> str:
        found = [f"{selector}{{{rule}}}" for selector, rule in base.items()]
        for number, modes in enumerate(_GROUPS):
            ground, head, edge = modes[which]
            found.append(f".g{number}{{fill:{ground}}}.h{number}{{fill:{head}}}")
            found.append(f".e{number}{{stroke:{edge}}}")
        for number in range(targets):
            found.append(f".l{number}{{stroke:{_LINES[number % len(_LINES)][which]}}}")
        return "\n".join(found)

    dark = f"@media (prefers-color-scheme: dark){{\n{rules(_DARK, 1)}\n}}"
    return f"{_SHAPES}{rules(_LIGHT, 0)}\n{dark}\n"


def _legend() -> Iterator[str]:
    x = MARGIN * UNIT
    yield _text(x, 32, "The shop's tables", "title")
    yield _text(x, 52, f"{_KEYS}.", "faint")
    yield _text(x, 69, f"{_FEET}.", "faint")


def _panel(panel: Panel) -> Iterator[str]:
    yield _rect(panel.box, f"g{panel.number % len(_GROUPS)}", round_by=10)
    yield _text((panel.box.x + PADDING) * UNIT, panel.box.y * UNIT + 25, panel.group.title, "title")


def _tables(panel: Panel, schema: Schema, places: Places) -> Iterator[str]:
    colour = panel.number % len(_GROUPS)
    for name in panel.group.tables:
        yield from _table(schema.tables[name], places.tables[name], colour)


def _table(table: Table, box: Box, colour: int) -> Iterator[str]:
    left, right, top = box.x * UNIT, box.right * UNIT, box.y * UNIT
    yield _rect(box, "box", round_by=_ROUND)
    head, bend = HEAD * UNIT, _ROUND
    yield (
        f'<path class="h{colour}" d="M{left} {top + head}v{bend - head}q0 {-bend} {bend} {-bend}'
        f'H{right - bend}q{bend} 0 {bend} {bend}V{top + head}z"/>'
    )
    yield _rect(box, f"e{colour}", round_by=_ROUND, more='fill="none" stroke-width="1.2"')
    yield _text(left + 10, top + 17, table.name, "name table")
    for number, column in enumerate(table.columns):
        y = top + head + UNIT + ROW * UNIT * number + 4
        yield _text(left + 10, y, column.mark, "mark") if column.mark else ""
        yield _text(left + 32, y, column.name, "name key" if column.mark == "PK" else "name")
        yield _text(right - 10, y, column.kind, "kind", anchor="end")
    for number, rule in enumerate(table.rules, start=len(table.columns)):
        yield _text(left + 32, top + head + UNIT + ROW * UNIT * number + 4, rule, "rule")


def _rect(box: Box, classes: str, *, round_by: int, more: str = "") -> str:
    return (
        f'<rect class="{classes}" x="{box.x * UNIT}" y="{box.y * UNIT}" '
        f'width="{box.width * UNIT}" height="{box.height * UNIT}" rx="{round_by}" {more}/>'
    )


def _text(x: int, y: int, words: str, classes: str, *, anchor: str = "start") -> str:
    place_at = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text class="{classes}" x="{x}" y="{y}"{place_at}>{escape(words)}</text>'


def _line(line: Line, colour: int) -> str:
    """The line with its corners rounded."""
    points = [(x * UNIT, y * UNIT) for x, y in line.points]
    path = f"M{points[0][0]} {points[0][1]}"
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        begin, end = _towards(corner, before), _towards(corner, after)
        path += f"L{begin[0]} {begin[1]}Q{corner[0]} {corner[1]} {end[0]} {end[1]}"
    return f'<path class="line l{colour}" d="{path}L{points[-1][0]} {points[-1][1]}"/>'


def _towards(corner: Point, other: Point) -> Point:
    """The point a little way from a corner."""
    x, y = other[0] - corner[0], other[1] - corner[1]
    far = abs(x) + abs(y)
    by = min(_ROUND, far // 2)
    return corner[0] + x * by // far, corner[1] + y * by // far


def _ends(line: Line) -> str:
    """A crow's foot or a bar where the line begins, a bar where it ends."""
    begin, ahead = line.points[:2]
    before, end = line.points[-2:]
    first = _bar(begin, ahead) if line.reference.single else _foot(begin, ahead)
    return first + _bar(end, before)


def _bar(end: Point, other: Point) -> str:
    out = 1 if other[0] > end[0] else -1
    return f"M{end[0] * UNIT + 6 * out} {end[1] * UNIT - 5}v10"


def _foot(end: Point, other: Point) -> str:
    out = 1 if other[0] > end[0] else -1
    x, y = end[0] * UNIT, end[1] * UNIT
    return "".join(f"M{x + 10 * out} {y}L{x} {y + by}" for by in (-5, 5))


async def picture_of(dsn: str) -> str:
    """The picture of a database's schema, as SVG.

    Raises:
        NotPlaced, NoWay: As in `draw`.
    """
    async with await AsyncConnection.connect(dsn, autocommit=True) as conn:
        return draw(await read(conn))


async def _fresh() -> str:
    with tempfile.TemporaryDirectory(prefix="schema-") as folder:
        own = await server.start(Path(folder) / "postgres", fsync=False, throwaway=True)
        try:
            await migrate(own.dsn())
            return await picture_of(own.dsn())
        finally:
            await own.aclose()


def main() -> int:
    """Draw the picture; the exit status says whether it could be drawn."""
    options = argparse.ArgumentParser(prog="python -m deploy.draw_schema", description=__doc__)
    options.add_argument("--out", type=Path, default=PICTURE)
    given = options.parse_args()
    try:
        picture = asyncio.run(_fresh())
    except (NotPlaced, NoWay) as error:
        sys.stderr.write(f"no picture: {error}\n")
        return 1
    given.out.write_text(picture, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The picture of the tables: it shows what the migrations make, and can be read."""

import re
from itertools import pairwise

import psycopg
import pytest
from psycopg import AsyncConnection

from deploy.draw_schema import PICTURE, draw, picture_of
from deploy.schema_lines import route
from deploy.schema_places import Box, NotPlaced, place
from deploy.schema_tables import Schema, read

pytestmark = pytest.mark.anyio


@pytest.fixture
async def schema(dsn: str) -> Schema:
    """The tables as the migrations make them."""
    async with await AsyncConnection.connect(dsn) as conn:
        return await read(conn)


async def test_the_picture_shows_the_tables_that_the_migrations_make(dsn: str) -> None:
    drawn = await picture_of(dsn)
    assert drawn == PICTURE.read_text(encoding="utf-8"), (
        "the tables have changed; draw them again: python -m deploy.draw_schema"
    )


async def test_a_table_that_nobody_placed_is_named(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute("CREATE TABLE invoices (id integer PRIMARY KEY)")
    with pytest.raises(NotPlaced, match=r"add to PLAN .*: invoices$"):
        await picture_of(dsn)


async def test_a_placed_table_that_is_gone_is_named(schema: Schema) -> None:
    left = {name: table for name, table in schema.tables.items() if name != "opt_outs"}
    with pytest.raises(NotPlaced, match=r"take out of PLAN .*: opt_outs$"):
        draw(Schema(left, schema.references))


async def test_marks_types_and_rules_are_read_from_the_catalogue(schema: Schema) -> None:
    columns = {each.name: each for each in schema.tables["appointments"].columns}
    assert [columns[name].mark for name in ("id", "vehicle_id", "service_bay", "status")] == [
        "PK", "FK", "FK", "",
    ]  # fmt: skip
    assert columns["scheduled_at"].kind == "timestamptz"
    assert columns["actual_cost"].kind == "numeric(10,2)?"
    assert "one car in a bay" in schema.tables["appointments"].rules
    assert {each.name: each.mark for each in schema.tables["bays"].columns}["name"] == "U"
    single = {(each.table, each.to_table) for each in schema.references if each.single}
    assert ("calendar_outbox", "appointments") in single


async def test_no_two_boxes_overlap(schema: Schema) -> None:
    boxes = list(place(schema).tables.values())
    for number, one in enumerate(boxes):
        assert not [other for other in boxes[:number] if overlap(one, other)]


async def test_lines_keep_off_the_boxes_and_off_each_other(schema: Schema) -> None:
    places = place(schema)
    lines = route(schema, places)
    assert {line.reference for line in lines} == set(schema.references)
    for line in lines:
        ends = line.points[0], line.points[-1]
        for piece in pairwise(line.points):
            run = stretch(*piece)
            assert run.width == 0 or run.height == 0
            touched = [
                box for box in places.tables.values()
                if overlap(box, run) and not any(on_edge(end, box) for end in ends if end in piece)
            ]  # fmt: skip
            assert not touched
            for other in lines:
                if other.reference.to_table != line.reference.to_table:
                    assert not any(along(run, stretch(*p)) for p in pairwise(other.points))


def stretch(a: tuple[int, int], b: tuple[int, int]) -> Box:
    left, top = min(a[0], b[0]), min(a[1], b[1])
    return Box(left, top, abs(a[0] - b[0]), abs(a[1] - b[1]))


def overlap(one: Box, other: Box) -> bool:
    """Whether they share a point, edges included."""
    across = one.x <= other.right and other.x <= one.right
    return across and one.y <= other.bottom and other.y <= one.bottom


def on_edge(point: tuple[int, int], box: Box) -> bool:
    return point[0] in (box.x, box.right) and box.y < point[1] < box.bottom


def along(one: Box, other: Box) -> bool:
    """Whether two stretches lie on each other for more than a point."""
    if one.width == other.width == 0:
        return one.x == other.x and one.y < other.bottom and other.y < one.bottom
    if one.height == other.height == 0:
        return one.y == other.y and one.x < other.right and other.x < one.right
    return False


async def test_the_document_says_what_each_table_is_for(schema: Schema) -> None:
    text = (PICTURE.parent / "records.md").read_text(encoding="utf-8")
    heads = re.findall(r"^- ((?:`[a-z_]+`(?:, )?)+):", text, re.MULTILINE)
    named = [name for head in heads for name in re.findall(r"`([a-z_]+)`", head)]
    assert sorted(named) == sorted(schema.tables)

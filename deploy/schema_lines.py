"""Finds ways for the lines of the picture: right angles only, and never over a table.

Each line is the cheapest way through the grid's free points (Dijkstra's algorithm). Lines to one
table may run together; others only cross.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import pairwise

from deploy.schema_places import Box, Places
from deploy.schema_tables import Reference, Schema

Point = tuple[int, int]

STUB = 3
"""How far a line keeps straight where it leaves a table."""

_LENGTH, _ALONG, _BEND, _CROSSING = 10, 3, 60, 40
"""What a unit of way, one beside a line to the same table, a bend and a crossing cost."""

_STEPS: tuple[Point, ...] = ((1, 0), (0, 1), (-1, 0), (0, -1))


class NoWay(Exception):
    """There is no room for a line. The text says which."""


@dataclass(frozen=True, slots=True)
class Line:
    """A reference and the corners of its line, both ends included."""

    reference: Reference
    points: tuple[Point, ...]


@dataclass(slots=True)
class Grid:
    """The points of the picture: which are free, and whose lines are where."""

    width: int
    height: int
    blocked: set[Point] = field(default_factory=set)
    passing: dict[Point, set[tuple[str, bool]]] = field(default_factory=lambda: defaultdict(set))
    """For each point, the targets of the lines on it, and whether they lie flat there."""
    corners: dict[Point, str] = field(default_factory=dict)

    def block(self, box: Box) -> None:
        """Keep lines off a box: two units beside it, one above and below."""
        for x in range(box.x - 2, box.right + 3):
            for y in range(box.y - 1, box.bottom + 2):
                self.blocked.add((x, y))

    def price(self, point: Point, target: str, *, flat: bool, bend: bool) -> int | None:
        """What it costs to go through a point; none if there is no way through."""
        if point in self.blocked or not self._inside(point):
            return None
        others = {(whose, lies) for whose, lies in self.passing[point] if whose != target}
        if others and (bend or self.corners.get(point, target) != target):
            return None
        if any(lies == flat for _, lies in others):
            return None
        along = (target, flat) in self.passing[point]
        price = (_ALONG if along else _LENGTH) + (_CROSSING if others else 0)
        return price + (_BEND if bend else 0)

    def _inside(self, point: Point) -> bool:
        return 0 < point[0] < self.width and 0 < point[1] < self.height

    def take(self, points: Iterable[Point], target: str) -> None:
        """Note that a line runs through all of these points, in order."""
        way = list(points)
        for before, point in pairwise(way):
            flat = before[1] == point[1]
            self.passing[before].add((target, flat))
            self.passing[point].add((target, flat))
        for corner in _bends(way):
            self.corners[corner] = target


def route(schema: Schema, places: Places) -> list[Line]:
    """A line for every reference, the short ones first.

    Raises:
        NoWay: There is no room for one.
    """
    grid = Grid(places.width, places.height)
    for box in places.obstacles():
        grid.block(box)
    ends = {each: _ends(each, schema, places) for each in schema.references}
    lines = []
    for reference in sorted(ends, key=lambda each: (_least(*ends[each]), each)):
        sources, targets = ends[reference]
        way = _cheapest(grid, sources, targets, reference.to_table)
        if way is None:
            raise NoWay(f"no room for a line from {reference.table} to {reference.to_table}")
        grid.take(way, reference.to_table)
        lines.append(Line(reference, (way[0], *_bends(way), way[-1])))
    return lines


Side = tuple[Point, int]
"""Where a line meets a table, and the direction outwards as an index of `_STEPS`."""


def _ends(reference: Reference, schema: Schema, places: Places) -> tuple[list[Side], list[Side]]:
    return (
        _sides(reference.table, reference.column, schema, places),
        _sides(reference.to_table, reference.to_column, schema, places),
    )


def _sides(table: str, column: str, schema: Schema, places: Places) -> list[Side]:
    box, y = places.tables[table], places.row(schema.tables[table], column)
    return [((box.right, y), 0), ((box.x, y), 2)]


def _least(sources: list[Side], targets: list[Side]) -> int:
    return min(abs(a[0] - b[0]) + abs(a[1] - b[1]) for a, _ in sources for b, _ in targets)


def _out(side: Side) -> Point:
    (x, y), direction = side
    return x + STUB * _STEPS[direction][0], y


def _cheapest(
    grid: Grid, sources: list[Side], targets: list[Side], target: str
) -> list[Point] | None:
    """All points of the cheapest way from one of the sources to one of the targets."""
    goals = {(_out(side), (side[1] + 2) % 4): side for side in targets}
    heap: list[tuple[int, Point, int]] = []
    came: dict[tuple[Point, int], tuple[Point, int] | Side] = {}
    best: dict[tuple[Point, int], int] = {}
    for side in sources:
        state = (_out(side), side[1])
        price = grid.price(state[0], target, flat=True, bend=False)
        if price is not None:
            best[state], came[state] = price, side
            heappush(heap, (price, *state))
    while heap:
        price, point, direction = heappop(heap)
        state = (point, direction)
        if price > best[state]:
            continue
        if state in goals:
            return [*_straight(goals[state][0], _back(came, state, sources))]
        for turned, added in _next(grid, point, direction, target):
            if price + added < best.get(turned, price + added + 1):
                best[turned], came[turned] = price + added, state
                heappush(heap, (price + added, *turned))
    return None


def _next(
    grid: Grid, point: Point, direction: int, target: str
) -> Iterator[tuple[tuple[Point, int], int]]:
    """Where one can go from a point: on, or to either side; a turn stays at the point."""
    x, y = point
    ahead = x + _STEPS[direction][0], y + _STEPS[direction][1]
    price = grid.price(ahead, target, flat=direction % 2 == 0, bend=False)
    if price is not None:
        yield (ahead, direction), price
    for turn in (1, 3):
        bent = grid.price(point, target, flat=direction % 2 == 0, bend=True)
        if bent is not None:
            yield (point, (direction + turn) % 4), bent


def _back(
    came: dict[tuple[Point, int], tuple[Point, int] | Side],
    state: tuple[Point, int],
    sources: list[Side],
) -> list[Point]:
    way, at = [state[0]], came[state]
    while at not in sources:
        if at[0] != way[-1]:
            way.append(at[0])
        at = came[at]
    return [*_between(at[0], way[-1]), *way[::-1]]


def _straight(end: Point, way: list[Point]) -> list[Point]:
    """The way with the last piece added, up to the table."""
    return [*way, *_between(end, way[-1])[::-1]]


def _between(start: Point, stop: Point) -> list[Point]:
    """The points of a level piece, without its stop."""
    step = 1 if stop[0] > start[0] else -1
    return [(x, start[1]) for x in range(start[0], stop[0], step)]


def _bends(way: list[Point]) -> Iterator[Point]:
    for before, point, after in zip(way, way[1:], way[2:], strict=False):
        if (before[1] == point[1]) != (point[1] == after[1]):
            yield point

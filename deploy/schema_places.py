"""Where everything is in the picture of the schema. All lengths are in units of the grid."""

from collections.abc import Iterator
from dataclasses import dataclass

from deploy.schema_tables import Schema, Table


class NotPlaced(Exception):
    """The database and the plan of the picture differ. The text says what to change."""


@dataclass(frozen=True, slots=True)
class Group:
    """Tables of one topic, from top to bottom."""

    title: str
    tables: tuple[str, ...]


PLAN = (
    (
        Group(
            "Calls",
            (
                "call_logs", "call_models", "call_turns", "callbacks", "tow_requests",
                "verification_attempts", "opt_outs", "transfer_targets", "stream_tokens",
            ),
        ),
    ),
    (Group("People and cars", ("customers", "vehicles", "service_history", "consents")),),
    (
        Group(
            "Schedule",
            ("appointments", "bays", "technicians", "slot_holds", "waitlist", "holidays"),
        ),
    ),
    (
        Group(
            "Calendar",
            ("calendar_outbox", "calendar_blocks", "calendar_reading", "calendar_channels"),
        ),
        Group("Look-ups", ("vin_lookups", "recall_lookups")),
        Group("Bookkeeping", ("effects", "audit_log", "schema_migrations")),
    ),
)  # fmt: skip
"""The columns of the picture from left to right. Tables that refer to each other are neighbours."""

MARGIN, LEGEND, TOP = 4, 9, 13
WIDTH, GUTTER = 36, 12
HEAD, ROW, FOOT = 3, 2, 1
TITLE, PADDING = 5, 1
BETWEEN_TABLES, BETWEEN_GROUPS = 4, 4


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; `x` and `y` are its left upper corner."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """Its right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """Its lower edge."""
        return self.y + self.height


@dataclass(frozen=True, slots=True)
class Panel:
    """The ground that a group of tables stands on. `number` counts the groups."""

    group: Group
    number: int
    box: Box


@dataclass(frozen=True, slots=True)
class Places:
    """The whole picture laid out."""

    width: int
    height: int
    panels: tuple[Panel, ...]
    tables: dict[str, Box]

    def row(self, table: Table, column: str) -> int:
        """The height of the middle of a column's line."""
        return self.tables[table.name].y + HEAD + 1 + ROW * table.row_of(column)

    def obstacles(self) -> Iterator[Box]:
        """What no line may touch: tables, the titles of groups, and what is explained above."""
        yield from self.tables.values()
        yield Box(0, 0, self.width, LEGEND)
        for panel in self.panels:
            yield Box(panel.box.x, panel.box.y, panel.box.width, TITLE - 2)


def place(schema: Schema) -> Places:
    """Lay the tables out by the plan.

    Raises:
        NotPlaced: A table is not in the plan, or the plan names one that is not there.
    """
    _check(schema)
    panels, tables, height, number = [], {}, 0, 0
    for index, groups in enumerate(PLAN):
        x, y = MARGIN + PADDING + index * (WIDTH + GUTTER), TOP
        for group in groups:
            top = y
            y += TITLE
            for name in group.tables:
                tables[name] = Box(x, y, WIDTH, tall(schema.tables[name]))
                y = tables[name].bottom + BETWEEN_TABLES
            y += PADDING - BETWEEN_TABLES
            ground = Box(x - PADDING, top, WIDTH + 2 * PADDING, y - top)
            panels.append(Panel(group, number, ground))
            number, y = number + 1, y + BETWEEN_GROUPS
        height = max(height, y - BETWEEN_GROUPS)
    width = 2 * (MARGIN + PADDING) + len(PLAN) * WIDTH + (len(PLAN) - 1) * GUTTER
    return Places(width, height + MARGIN, tuple(panels), tables)


def tall(table: Table) -> int:
    """How much height a table takes."""
    return HEAD + ROW * (len(table.columns) + len(table.rules)) + FOOT


def _check(schema: Schema) -> None:
    planned = [name for groups in PLAN for group in groups for name in group.tables]
    if missing := sorted(set(schema.tables) - set(planned)):
        raise NotPlaced(f"add to PLAN in deploy/schema_places.py: {', '.join(missing)}")
    if gone := sorted(set(planned) - set(schema.tables)):
        raise NotPlaced(f"take out of PLAN in deploy/schema_places.py: {', '.join(gone)}")
    if twice := sorted({name for name in planned if planned.count(name) > 1}):
        raise NotPlaced(f"named twice in PLAN in deploy/schema_places.py: {', '.join(twice)}")

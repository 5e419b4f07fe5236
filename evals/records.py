"""What a call has changed: every record before and after, and each difference in words.

Tables are watched unless they are known to be traces of the call, so a new table cannot be
forgotten. Rows are compared as typed values, and links to other records by what they mean.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from psycopg import sql
from psycopg.rows import dict_row

from evals.scenario import Expected, Has, Row, Table, Value
from shop.db import Pool

TRACES = frozenset(
    (
        "audit_log", "calendar_channels", "calendar_outbox", "calendar_reading", "call_logs",
        "call_models", "checkpoint_blobs", "checkpoint_migrations", "checkpoint_writes",
        "checkpoints", "effects", "recall_lookups", "schema_migrations", "slot_holds",
        "stream_tokens",
        "verification_attempts", "vin_lookups",
    )
)  # fmt: skip
"""Tables that tell how a call went. They are looked at by rules of their own."""

VOLATILE = frozenset(
    (
        "id", "call_sid", "calendar_event_id", "created_at", "updated_at", "during",
        "last_contact_date", "revision",
    )
)  # fmt: skip
"""Columns that differ from run to run, follow from another, or only say that somebody called."""

_LINKS = {
    "customer_id": "customers",
    "vehicle_id": "vehicles",
    "appointment_id": "appointments",
    "service_bay": "bays",
    "assigned_technician": "technicians",
    "technician": "technicians",
}

Record = Mapping[str, Any]
"""A row that matters: no volatile columns, links by name."""

Tables = Mapping[str, Mapping[Any, Mapping[str, Any]]]
"""Rows as they are stored, by table and primary key."""


class UnknownColumn(Exception):
    """A scenario expects something of a column that its table does not have."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All records at one moment."""

    tables: Tables
    columns: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Difference:
    """One record that was added (no `before`), removed (no `after`) or changed."""

    table: str
    before: Record | None
    after: Record | None

    @property
    def columns(self) -> dict[str, tuple[Any, Any]]:
        """What a changed record held and holds now."""
        before, after = self.before or {}, self.after or {}
        return {c: (before[c], after[c]) for c in before if c in after and before[c] != after[c]}

    def __str__(self) -> str:
        if self.before is None:
            return f"{self.table}: added {_words(self.after or {})}"
        if self.after is None:
            return f"{self.table}: removed {_words(self.before)}"
        parts = (f"{c} from {_value(a)} to {_value(b)}" for c, (a, b) in self.columns.items())
        return f"{self.table}: changed {', '.join(parts)} of {_words(self.before)}"


async def snapshot(pool: Pool) -> Snapshot:
    """Read every record."""
    async with pool.connection() as conn, conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_TABLES)
        found = await cursor.fetchall()
        tables: dict[str, dict[Any, dict[str, Any]]] = {}
        for table in found:
            name = table["name"]
            if name in TRACES:
                continue
            await cursor.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(name)))
            rows = await cursor.fetchall()
            tables[name] = {tuple(row[key] for key in table["keys"]): row for row in rows}
        columns = {table["name"]: table["columns"] for table in found}
    return Snapshot(tables, columns)


_TABLES = """
SELECT c.relname AS name,
       ARRAY(SELECT attname::text FROM pg_attribute
              WHERE attrelid = c.oid AND attnum = ANY (i.indkey::int2[])) AS keys,
       ARRAY(SELECT attname::text FROM pg_attribute
              WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) AS columns
  FROM pg_class c
  LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
 WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
 ORDER BY c.relname
"""


def differences(before: Snapshot, after: Snapshot) -> list[Difference]:
    """Every record that is not as it was."""
    found = []
    # A record keeps the name it had, so that renaming one changes nothing that links to it.
    named = {t: {**rows, **before.tables.get(t, {})} for t, rows in after.tables.items()}
    for table, rows in after.tables.items():
        earlier = before.tables.get(table, {})
        for key in dict.fromkeys([*earlier, *rows]):
            was, now = _record(earlier.get(key), named), _record(rows.get(key), named)
            if was != now:
                found.append(Difference(table, was, now))
    return found


def unexpected(
    expect: Mapping[Table, Expected], found: Sequence[Difference], columns: Mapping[str, Any]
) -> list[str]:
    """What happened and should not have, and what should have happened and did not, in words.

    Raises:
        UnknownColumn: The scenario names a column that is not there.
    """
    for table, expected in expect.items():
        _known(table, expected, columns[table])
    said: list[str] = []
    wishes: dict[str, Expected] = {str(table): wish for table, wish in expect.items()}
    tables: list[str] = [*wishes, *(one.table for one in found)]
    for name in dict.fromkeys(tables):
        wanted = wishes.get(name, Expected())
        here = [one for one in found if one.table == name]
        added = [one for one in here if one.before is None]
        removed = [one for one in here if one.after is None]
        changed = [one for one in here if one.before is not None and one.after is not None]
        said += _compare(f"{name}: should have added", wanted.added, added, _fits_added)
        said += _compare(f"{name}: should have removed", wanted.removed, removed, _fits_removed)
        said += _compare(f"{name}: should have changed", wanted.changed, changed, _fits_changed)
    return said


def holds(value: Value, actual: Any) -> bool:
    """Whether a column holds what was expected, each compared as what it is."""
    if isinstance(value, Has):
        return isinstance(actual, str) and value.has.casefold() in actual.casefold()
    if value is None or actual is None or isinstance(actual, bool):
        return value is actual
    if isinstance(actual, datetime):
        return isinstance(value, str) and datetime.fromisoformat(value) == actual
    if isinstance(actual, date):
        return isinstance(value, str) and date.fromisoformat(value) == actual
    if isinstance(actual, int | Decimal):
        return not isinstance(value, bool | str) and Decimal(str(value)) == actual
    return bool(value == actual)


def _fits_added(row: Row, difference: Difference) -> bool:
    return all(holds(value, (difference.after or {})[name]) for name, value in row.items())


def _fits_removed(row: Row, difference: Difference) -> bool:
    return all(holds(value, (difference.before or {})[name]) for name, value in row.items())


def _fits_changed(change: Any, difference: Difference) -> bool:
    changed = difference.columns
    return (
        _fits_removed(change.where, difference)
        and set(changed) == set(change.set)
        and all(holds(value, changed[name][1]) for name, value in change.set.items())
    )


def _compare(
    missing: str, wanted: Sequence[Any], found: Sequence[Difference], fits: Any
) -> list[str]:
    """Pair what was wanted with what was found; whatever is left on either side is a mistake."""
    pairs: dict[int, int] = {}

    def pair(at: int, tried: set[int]) -> bool:
        # Kuhn's augmenting paths: a loose expectation gives way to a strict one.
        for other, difference in enumerate(found):
            if other in tried or not fits(wanted[at], difference):
                continue
            tried.add(other)
            if other not in pairs or pair(pairs[other], tried):
                pairs[other] = at
                return True
        return False

    unmet = [one for at, one in enumerate(wanted) if not pair(at, set())]
    left = [difference for other, difference in enumerate(found) if other not in pairs]
    return [f"{missing} {_wish(one)}" for one in unmet] + [f"unexpected: {one}" for one in left]


def _known(table: str, expected: Expected, columns: Sequence[str]) -> None:
    rows = [*expected.added, *expected.removed]
    rows += [row for change in expected.changed for row in (change.where, change.set)]
    for name in (name for row in rows for name in row):
        if name not in columns or name in VOLATILE:
            wrong = "is not compared" if name in VOLATILE else "does not exist"
            raise UnknownColumn(f"expect.{table}: the column {name!r} {wrong}")


def _record(row: Mapping[str, Any] | None, named: Tables) -> Record | None:
    if row is None:
        return None
    return {name: _meaning(name, row[name], named) for name in row if name not in VOLATILE}


def _meaning(column: str, value: Any, named: Tables) -> Any:
    if column not in _LINKS or value is None:
        return value
    linked = named[_LINKS[column]][(value,)]
    match _LINKS[column]:
        case "customers":
            return f"{linked['first_name']} {linked['last_name']}"
        case "vehicles":
            return f"{linked['year']} {linked['make']} {linked['model']}"
        case "bays" | "technicians":
            return linked["name"]
        case _:
            return f"{linked['service_type']} at {linked['scheduled_at'].isoformat()}"


def _wish(wish: Any) -> str:
    if isinstance(wish, dict):
        return _words(wish)
    return f"{_words(wish.where)} to {_words(wish.set)}"


def _words(row: Mapping[str, Any]) -> str:
    kept = {name: value for name, value in row.items() if value not in (None, False, [])} or row
    return "{" + ", ".join(f"{name} {_value(value)}" for name, value in kept.items()) + "}"


def _value(value: Any) -> str:
    if isinstance(value, Has):
        return f"with {value.has!r}"
    return value.isoformat() if isinstance(value, date) else repr(value)

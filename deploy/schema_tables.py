"""What a database holds, read from PostgreSQL's own catalogue."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from psycopg import AsyncConnection

_SHORT = {
    "integer": "int",
    "boolean": "bool",
    "timestamp with time zone": "timestamptz",
    "double precision": "double",
    "character varying": "text",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        kind: Its type, short; with a question mark if it may be empty.
        mark: PK, FK, U (unique by itself), or nothing; a key that is both shows PK.
    """

    name: str
    kind: str
    mark: str


@dataclass(frozen=True, slots=True)
class Table:
    """One table. `rules` are its exclusion constraints, by name without the table's."""

    name: str
    columns: tuple[Column, ...]
    rules: tuple[str, ...] = ()

    def row_of(self, column: str) -> int:
        """How far down a column is, from nought."""
        return [each.name for each in self.columns].index(column)


@dataclass(frozen=True, slots=True, order=True)
class Reference:
    """A foreign key, by the first of its columns.

    `single` says that no two rows refer to the same one.
    """

    table: str
    column: str
    to_table: str
    to_column: str
    single: bool = False


@dataclass(frozen=True, slots=True)
class Schema:
    """All tables by name, and what refers to what."""

    tables: dict[str, Table] = field(default_factory=dict)
    references: tuple[Reference, ...] = ()


async def read(conn: AsyncConnection[Any]) -> Schema:
    """The tables of the public schema."""
    rules = defaultdict(list)
    for table, rule in await _all(conn, _RULES):
        rules[table].append(rule.removeprefix(f"{table}_").replace("_", " "))
    columns = defaultdict(list)
    for table, name, kind, required, mark in await _all(conn, _COLUMNS):
        columns[table].append(Column(name, _short(kind) + ("" if required else "?"), mark))
    tables = {
        name: Table(name, tuple(of_table), tuple(rules[name])) for name, of_table in columns.items()
    }
    references = [Reference(*row) for row in await _all(conn, _REFERENCES)]
    return Schema(tables, tuple(sorted(references)))


async def _all(conn: AsyncConnection[Any], query: str) -> list[Any]:
    return await (await conn.execute(query)).fetchall()


def _short(kind: str) -> str:
    for long, short in _SHORT.items():
        kind = kind.replace(long, short)
    return kind


# Key columns of indexes and constraints are numbers; see "pg_index" and "pg_constraint" in
# https://www.postgresql.org/docs/current/catalogs.html
_COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
       CASE WHEN EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary
                            AND a.attnum = ANY (i.indkey)) THEN 'PK'
            WHEN EXISTS (SELECT FROM pg_constraint f WHERE f.conrelid = c.oid AND f.contype = 'f'
                            AND a.attnum = f.conkey[1]) THEN 'FK'
            WHEN EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique
                            AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum) THEN 'U'
            ELSE '' END
  FROM pg_class c
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
 ORDER BY c.relname, a.attnum
"""

_RULES = """
SELECT conrelid::regclass::text, conname
  FROM pg_constraint
 WHERE contype = 'x' AND connamespace = 'public'::regnamespace
 ORDER BY conname
"""

_REFERENCES = """
SELECT f.conrelid::regclass::text, here.attname, f.confrelid::regclass::text, there.attname,
       EXISTS (SELECT FROM pg_index i
                WHERE i.indrelid = f.conrelid AND i.indisunique AND i.indpred IS NULL
                  AND i.indnkeyatts = 1 AND i.indkey[0] = f.conkey[1])
  FROM pg_constraint f
  JOIN pg_attribute here ON here.attrelid = f.conrelid AND here.attnum = f.conkey[1]
  JOIN pg_attribute there ON there.attrelid = f.confrelid AND there.attnum = f.confkey[1]
 WHERE f.contype = 'f' AND f.connamespace = 'public'::regnamespace
"""

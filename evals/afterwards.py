"""What is read of a call once it is over: its traces, its conversation, and who was on file."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from psycopg import sql
from psycopg.rows import dict_row

from evals.checks.run import OnFile, Step
from evals.records import Snapshot
from shop.db import Pool

_READABLE = re.compile(rb"[ -~]{4,}")
"""Words inside the checkpointer's binary form."""

_KINDS: tuple[tuple[str, str, Any], ...] = (
    ("customers", "phone", "phone"),
    ("customers", "street_address", "street"),
    ("customers", "zip_code", "zip"),
    ("customers", "date_of_birth", "birth date"),
    ("vehicles", "license_plate", "plate"),
    ("vehicles", "vin", "VIN"),
    ("appointments", "scheduled_at", "appointment"),
)
"""Columns that are somebody's business alone."""


async def rows(pool: Pool, table: str) -> list[dict[str, Any]]:
    """A whole table."""
    async with pool.connection() as conn, conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table)))
        return await cursor.fetchall()


async def texts(pool: Pool, tables: Iterable[str]) -> list[tuple[str, str, str]]:
    """All text that is kept anywhere, in whatever form, with its table and column."""
    found = []
    for table in tables:
        for row in await rows(pool, table):
            found += [
                (table, column, text) for column, value in row.items() for text in _strings(value)
            ]
    return found


def on_file(before: Snapshot) -> Iterator[OnFile]:
    """What was known of people before the call."""
    for table, column, kind in _KINDS:
        values = {row[column] for row in before.tables[table].values()} - {None, ""}
        for value in values:
            shown = value.isoformat() if isinstance(value, date | datetime) else str(value)
            yield OnFile(kind, shown)


def steps(messages: Sequence[AnyMessage]) -> Iterator[Step]:
    """The conversation as it is remembered."""
    for message in messages:
        match message:
            case HumanMessage():
                yield Step("caller", message.text)
            case AIMessage() if message.text.strip():
                yield Step("sophie", message.text)
            case ToolMessage():
                yield _answer(message)


def _answer(message: ToolMessage) -> Step:
    try:
        answer = json.loads(message.text)
    except ValueError:
        answer = {}
    return Step(
        "tool",
        message.text,
        str(message.name),
        success=answer.get("success") is True,
        error=str(answer.get("error", "")),
    )


def _strings(value: Any) -> Sequence[str]:
    match value:
        case str():
            return [value]
        case bytes():
            return [text.decode() for text in _READABLE.findall(value)]
        case dict():
            return _strings([*value, *value.values()])
        case list():
            return [text for item in value for text in _strings(item)]
        case _:
            return []

"""Migrations: forward only, once each, and never a half."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from shop.db import MigrationError, migrate

FIRST = "CREATE TABLE customers (id integer PRIMARY KEY, name text NOT NULL);"
SECOND = """
-- Two statements, a percent sign and a function body: all of them go through as they are.
CREATE TABLE vehicles (id integer PRIMARY KEY, share text DEFAULT '100 %');
CREATE FUNCTION twice(n integer) RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
    RETURN 2 * n;
END;
$$;
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "0001_customers.sql").write_text(FIRST)
    (tmp_path / "0002_vehicles.sql").write_text(SECOND)
    return tmp_path


async def rows(dsn: str, query: str) -> list[tuple[object, ...]]:
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        answer = await connection.execute(query.encode())
        return await answer.fetchall()


async def recorded(dsn: str) -> list[object]:
    found = await rows(dsn, "SELECT version FROM schema_migrations ORDER BY version")
    return [version for (version,) in found]


@pytest.mark.anyio
async def test_steps_are_taken_in_order_and_once(bare_dsn: str, directory: Path) -> None:
    assert await migrate(bare_dsn, directory=directory) == ["0001_customers", "0002_vehicles"]
    assert await migrate(bare_dsn, directory=directory) == []
    assert await rows(bare_dsn, "SELECT twice(21)") == [(42,)]


@pytest.mark.anyio
async def test_a_later_step_is_added_to_what_is_there(bare_dsn: str, directory: Path) -> None:
    await migrate(bare_dsn, directory=directory)
    (directory / "0003_more.sql").write_text("ALTER TABLE customers ADD phone text;")
    assert await migrate(bare_dsn, directory=directory) == ["0003_more"]


@pytest.mark.anyio
async def test_processes_that_start_at_once_take_turns(bare_dsn: str, directory: Path) -> None:
    taken = await asyncio.gather(*(migrate(bare_dsn, directory=directory) for _ in range(4)))
    assert sorted(taken) == [[], [], [], ["0001_customers", "0002_vehicles"]]


@pytest.mark.anyio
async def test_a_failing_step_leaves_nothing_and_keeps_the_ones_before(
    bare_dsn: str, directory: Path
) -> None:
    (directory / "0003_wrong.sql").write_text("CREATE TABLE half (id integer); SELECT no_such();")
    with pytest.raises(MigrationError, match=r"0003_wrong failed and left nothing behind: func"):
        await migrate(bare_dsn, directory=directory)
    assert await recorded(bare_dsn) == [1, 2]
    assert await rows(bare_dsn, "SELECT to_regclass('half')") == [(None,)]
    (directory / "0003_wrong.sql").write_text("CREATE TABLE half (id integer);")
    assert await migrate(bare_dsn, directory=directory) == ["0003_wrong"]


@pytest.mark.anyio
async def test_line_endings_do_not_count_as_a_change(bare_dsn: str, directory: Path) -> None:
    await migrate(bare_dsn, directory=directory)
    (directory / "0002_vehicles.sql").write_bytes(SECOND.replace("\n", "\r\n").encode())
    assert await migrate(bare_dsn, directory=directory) == []


def _change(directory: Path) -> None:
    (directory / "0001_customers.sql").write_text(FIRST + "-- better")


def _rename(directory: Path) -> None:
    (directory / "0002_vehicles.sql").rename(directory / "0002_cars.sql")


def _go_back(directory: Path) -> None:
    (directory / "0002_vehicles.sql").unlink()


def _lose(directory: Path) -> None:
    (directory / "0001_customers.sql").unlink()


def _lose_all(directory: Path) -> None:
    for path in directory.iterdir():
        path.unlink()


def _double(directory: Path) -> None:
    (directory / "0002_again.sql").write_text("SELECT 1;")


def _misname(directory: Path) -> None:
    (directory / "3-more.sql").write_text("SELECT 1;")


def _commit(directory: Path) -> None:
    (directory / "0003_commit.sql").write_text("CREATE TABLE early (id integer);\nCOMMIT;\n")


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        pytest.param(_change, "0001_customers was changed after", id="an applied file was changed"),
        pytest.param(_rename, "0002_vehicles is missing", id="an applied file was renamed"),
        pytest.param(_go_back, "newer than this program", id="the database is newer"),
        pytest.param(
            _lose, "0002_vehicles comes where 0001 belongs", id="a file in between is gone"
        ),
        pytest.param(_lose_all, "holds no migrations", id="all files are gone"),
        pytest.param(_double, "0002_vehicles comes where 0003", id="two files have one number"),
        pytest.param(_misname, "is not named like", id="a file has no number"),
        pytest.param(_commit, "leave BEGIN and COMMIT", id="a file ends its transaction"),
    ],
)
async def test_what_does_not_fit_together_is_refused_by_name(
    bare_dsn: str, directory: Path, spoil: Callable[[Path], None], said: str
) -> None:
    await migrate(bare_dsn, directory=directory)
    spoil(directory)
    with pytest.raises(MigrationError, match=said):
        await migrate(bare_dsn, directory=directory)
    assert await recorded(bare_dsn) == [1, 2]

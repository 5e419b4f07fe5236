"""The way to the records: connection strings, the pool, and the migrations."""

import asyncio
import hashlib
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

import psycopg
from psycopg import AsyncConnection, sql
from psycopg.abc import PQGen
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import AsyncConnectionPool

MIGRATIONS = Path(__file__).parent / "migrations"

Row = tuple[Any, ...]
Pool = AsyncConnectionPool[AsyncConnection[Row]]
"""Lends connections that commit each statement; use `connection.transaction()` for more."""

_T = TypeVar("_T")

_EXAMPLE = "postgresql://user:password@host:5432/database"
_SESSION = {
    "timezone": "UTC",
    "lock_timeout": "1s",  # a caller is on the line: rather fail and say so than wait in silence
    "statement_timeout": "5s",
    "idle_in_transaction_session_timeout": "10s",
}
_CHECK_S = 0.5
_ANSWER_S = 6.0
"""A little longer than a statement may take, so that the server's own refusal comes first."""

_FILE_NAME = re.compile(r"(?P<version>\d{4})_(?P<name>[a-z0-9_]+)\.sql")
_ENDS_TRANSACTION = re.compile(
    r"^\s*(?:begin|commit|rollback|start\s+transaction)\s*;", re.I | re.M
)
_LOCK_KEY = 7_301_946_512
"""Any number, as long as nobody else takes an advisory lock on it."""


class MigrationError(Exception):
    """The database and the migration files do not fit together. The text says where."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered step of the schema."""

    version: int
    name: str
    sha256: str
    statements: str

    @property
    def label(self) -> str:
        """How the step is called everywhere: its file name without the ending."""
        return f"{self.version:04d}_{self.name}"


def check_dsn(dsn: str) -> None:
    """Refuse what cannot be a PostgreSQL connection string.

    Raises:
        ValueError: What is wrong, in a sentence that quotes nothing: there is a password in it.
    """
    if not dsn.strip():
        raise ValueError(f"the connection string is empty; it looks like {_EXAMPLE}")
    if "://" in dsn and not dsn.startswith(("postgresql://", "postgres://")):
        raise ValueError(f"the connection string must begin with postgresql://, as in {_EXAMPLE}")
    try:
        parts = conninfo_to_dict(dsn)
    except psycopg.Error:
        # The driver's own text quotes the string.
        raise ValueError(
            f"the connection string cannot be read; it looks like {_EXAMPLE}, "
            "with any of : / @ % ? # in the password written as %3A %2F %40 %25 %3F %23"
        ) from None
    for port in str(parts.get("port", "5432")).split(","):
        if port and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
            raise ValueError("the port in the connection string must be a number from 1 to 65535")
    if not parts.get("dbname"):
        raise ValueError(f"the connection string names no database; it looks like {_EXAMPLE}")


class _Session(AsyncConnection[Row]):
    """Hangs up on a server that says nothing for longer than its own limits let it.

    A broken line is noticed at once, a silent one never: TCP waits for as long as we do.

    Attributes:
        holder: The pool it belongs to, as `call_logs.held_by` names it.
    """

    patience_s = _ANSWER_S
    holder: UUID | None = None

    async def wait(
        self,
        gen: PQGen[_T],
        interval: float = 0.1,
        timeout: float | None = None,  # noqa: ASYNC109 - as psycopg named it
    ) -> _T:
        clock = asyncio.get_running_loop().time
        limit = self.patience_s if timeout is None else timeout
        until = clock() + limit
        try:
            return await super().wait(gen, interval, limit)
        except psycopg.OperationalError:
            if clock() >= until:
                self.pgconn.finish()
            raise

    async def cancel_safe(self, *, timeout: float = _CHECK_S) -> None:  # noqa: ASYNC109 - as above
        try:
            await super().cancel_safe(timeout=min(timeout, _CHECK_S))
        except psycopg.OperationalError:
            # Else whoever hangs up would be kept for as long again, to hear of it.
            self.pgconn.finish()
            raise


class _Lender(AsyncConnectionPool[AsyncConnection[Row]]):
    """Lends nothing to who was cancelled while waiting.

    The pool waits with `asyncio.wait_for`, which before Python 3.12 forgets a cancellation that
    comes together with what was waited for (cpython issue 86296); the caller's turn, or the whole
    process at its end, would go on as if it had not been told to stop.
    """

    async def getconn(
        self,
        timeout: float | None = None,  # noqa: ASYNC109 - as psycopg_pool named it
    ) -> AsyncConnection[Row]:
        task = asyncio.current_task()
        before = task.cancelling() if task else 0
        lent = await super().getconn(timeout)
        if task and task.cancelling() > before:
            await self.putconn(lent)
            raise asyncio.CancelledError
        return lent


def open_pool(dsn: str, *, max_size: int = 10, patience_s: float = _ANSWER_S) -> Pool:
    """A pool that is opened by `async with`.

    A borrowed connection has been tried first, so a restarted server costs no failed statement. All
    sessions speak UTC and give up early; long work such as loading data opens its own connection.
    A server that says nothing for `patience_s` is given up.

    Raises:
        psycopg_pool.PoolTimeout: On borrowing, if none comes free within a second.
    """

    holder = uuid4()

    async def set_up(connection: AsyncConnection[Row]) -> None:
        assert isinstance(connection, _Session)
        connection.patience_s = patience_s
        connection.holder = holder
        await _set_up_session(connection)

    async def still_there(connection: AsyncConnection[Row]) -> None:
        assert isinstance(connection, _Session)
        connection.patience_s = min(_CHECK_S, patience_s)
        try:
            await connection.execute("")
        except psycopg.Error:
            # What took one session took the others: trying them in turn would outlast the wait.
            await pool.drain()
            raise
        connection.patience_s = patience_s

    pool: Pool = _Lender(
        dsn,
        connection_class=_Session,
        kwargs={"autocommit": True, "prepare_threshold": 0, "connect_timeout": 3},
        min_size=min(2, max_size),
        max_size=max_size,
        timeout=1.0,
        # The next one who asks tries again at once. The pool's own five minutes would double its
        # pauses meanwhile, and nobody would be served for as long after an outage as it had lasted.
        reconnect_timeout=0.5,
        configure=set_up,
        check=still_there,
        open=False,
        name="sophie",
    )
    return pool


def holder_of(connection: AsyncConnection[Any]) -> UUID | None:
    """Which pool, and so which process, a connection belongs to; None if to none."""
    return connection.holder if isinstance(connection, _Session) else None


async def _set_up_session(connection: AsyncConnection[Any]) -> None:
    # Not by `options` of the connection string: poolers such as PgBouncer refuse those.
    calls = sql.SQL(", ").join(
        sql.SQL("set_config({}, {}, false)").format(name, value) for name, value in _SESSION.items()
    )
    await connection.execute(sql.SQL("SELECT {}").format(calls))


def read_migrations(directory: Path = MIGRATIONS) -> list[Migration]:
    """The steps of a directory in order. They are numbered from 1 on, without a gap.

    Raises:
        MigrationError: A name, a number or a text breaks the rules.
    """
    steps = [_read(path) for path in sorted(directory.glob("*.sql"))]
    if not steps:
        raise MigrationError(f"{directory} holds no migrations; is the installation whole?")
    for expected, step in enumerate(steps, start=1):
        if step.version != expected:
            raise MigrationError(
                f"migrations count up by one, but {step.label} comes where {expected:04d} belongs"
            )
    return steps


def _read(path: Path) -> Migration:
    match = _FILE_NAME.fullmatch(path.name)
    if match is None:
        raise MigrationError(f"{path.name} is not named like 0001_customers.sql")
    statements = path.read_text(encoding="utf-8")
    if _ENDS_TRANSACTION.search(statements):
        raise MigrationError(f"{path.name} must leave BEGIN and COMMIT to the runner")
    digest = hashlib.sha256(statements.encode()).hexdigest()
    return Migration(int(match["version"]), match["name"], digest, statements)


async def migrate(dsn: str, *, directory: Path = MIGRATIONS) -> list[str]:
    """Bring a database up to date; returns the names of the steps taken, in order.

    Each step is one transaction and is recorded in `schema_migrations` with it. Processes that
    start at the same time take turns.

    Raises:
        MigrationError: The database holds something else than the files say, or a step failed.
    """
    steps = await asyncio.to_thread(read_migrations, directory)
    async with await AsyncConnection.connect(dsn, autocommit=True) as connection:
        await connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK_KEY])
        try:
            await connection.execute(_TABLE)
            applied = await _applied(connection)
            _compare(steps, applied)
            pending = [step for step in steps if step.version not in applied]
            for step in pending:
                await _apply(connection, step)
        finally:
            # A broken connection has given up the lock by itself.
            with suppress(psycopg.OperationalError):
                await connection.execute("SELECT pg_advisory_unlock(%s)", [_LOCK_KEY])
    return [step.label for step in pending]


_TABLE = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    version    integer PRIMARY KEY,
    name       text NOT NULL,
    sha256     text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""


async def _applied(connection: AsyncConnection[Any]) -> dict[int, tuple[str, str]]:
    rows = await connection.execute("SELECT version, name, sha256 FROM schema_migrations")
    return {version: (name, digest) for version, name, digest in await rows.fetchall()}


def _compare(steps: list[Migration], applied: Mapping[int, tuple[str, str]]) -> None:
    known = {step.version: step for step in steps}
    for version, (name, digest) in sorted(applied.items()):
        step = known.get(version)
        if step is None:
            raise MigrationError(
                f"the database is newer than this program: it has had migration "
                f"{version:04d}_{name}, and the files end at {steps[-1].label}; use a newer program"
            )
        if step.name != name:
            raise MigrationError(
                f"the file of applied migration {version:04d}_{name} is missing ({step.label} has "
                "its number); put it back"
            )
        if step.sha256 != digest:
            raise MigrationError(
                f"migration {step.label} was changed after it was applied; put its text back and "
                "add a new migration"
            )


async def _apply(connection: AsyncConnection[Any], step: Migration) -> None:
    try:
        async with connection.transaction():
            await connection.execute(step.statements.encode())
            await connection.execute(
                "INSERT INTO schema_migrations (version, name, sha256) VALUES (%s, %s, %s)",
                [step.version, step.name, step.sha256],
            )
    except psycopg.Error as error:
        said = error.diag.message_primary or type(error).__name__
        raise MigrationError(
            f"migration {step.label} failed and left nothing behind: {said}"
        ) from error

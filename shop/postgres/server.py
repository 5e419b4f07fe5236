"""A PostgreSQL that comes with the project, for whoever has none.

    process A ── shared lock on <data>.users ──┐
    process B ── shared lock on <data>.users ──┤   the server lives while anybody holds the lock
    reaper ───── wants it exclusively ─────────┘   it is granted once the last holder is gone

A lock goes with its process, however that ends, so nothing is counted and nothing can go stale.
"""

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import errors, sql

from shop.postgres import reaper
from shop.postgres.account import Account, account_for
from shop.postgres.cluster import OWNER, Cluster
from shop.postgres.errors import PostgresUnavailable
from shop.postgres.locks import lock, try_lock
from shop.postgres.places import (
    SYSTEM_STATE,
    find_binaries,
    place_data,
    reachable_binaries,
    socket_folder,
)

DATABASE = "sophie"
_PATIENCE_S = 120.0
_ANSWER_S = 60.0


class EmbeddedServer:
    """A running server, kept running until this is closed or its process is gone."""

    def __init__(self, data_dir: Path, sockets: Path, users_lock: int) -> None:
        self.data_dir = data_dir
        self._sockets = sockets
        self._users_lock: int | None = users_lock

    def dsn(self, database: str = DATABASE) -> str:
        """The connection string of one of the server's databases. It holds no secret."""
        return f"postgresql://{OWNER}@/{quote(database)}?host={quote(str(self._sockets), safe='')}"

    async def keep_for(self, seconds: float) -> None:
        """Let the server live on for a while after this process, as for a `psql` started next."""
        if self._users_lock is not None:
            await asyncio.to_thread(_detach, ["hold", str(seconds)], self._users_lock)

    async def aclose(self) -> None:
        """Let go of the server. It stops a moment later unless another process uses it."""
        if self._users_lock is not None:
            os.close(self._users_lock)
            self._users_lock = None


async def start(
    data_dir: Path,
    *,
    binaries: Path | None = None,
    fsync: bool = True,
    throwaway: bool = False,
    state: Path = SYSTEM_STATE,
) -> EmbeddedServer:
    """Start the server of a data directory, or join it if it runs; make what is missing.

    Any number of processes may do so at once, and after any of them was killed.

    Args:
        data_dir: Where the data is. Lock files appear beside it.
        binaries: The folder of `initdb` and `pg_ctl`; found by itself when None.
        fsync: False for tests only: a power cut then loses data.
        throwaway: Remove the data once the server has stopped.
        state: Where root puts what the server's own user cannot reach in place.

    Raises:
        PostgresUnavailable: What failed, and how to mend it.
    """
    starting = asyncio.create_task(
        asyncio.to_thread(_start, data_dir, binaries, fsync, throwaway, state)
    )
    try:
        server = await asyncio.shield(starting)
    except asyncio.CancelledError:
        # The thread cannot be stopped half-way; what it opened has to be closed all the same.
        await asyncio.wait([starting])
        if not starting.cancelled() and starting.exception() is None:
            await starting.result().aclose()
        raise
    try:
        await _create_database(server)
    except BaseException:
        await server.aclose()
        raise
    return server


def _start(
    data_dir: Path, binaries: Path | None, fsync: bool, throwaway: bool, state: Path
) -> EmbeddedServer:
    data_dir = data_dir.absolute()
    try:
        data = place_data(data_dir, account_for(data_dir), state)
        users = lock(_beside(data, "users"), patience_s=_PATIENCE_S, shared=True)
        try:
            sockets = _serve(data, binaries, fsync, throwaway, state)
        except BaseException:
            os.close(users)
            raise
    except OSError as error:
        raise PostgresUnavailable(
            f"{error.filename or data_dir}: {error.strerror or type(error).__name__}"
        ) from error
    return EmbeddedServer(data, sockets, users)


def _serve(data: Path, binaries: Path | None, fsync: bool, throwaway: bool, state: Path) -> Path:
    start_lock = lock(_beside(data, "start"), patience_s=_PATIENCE_S)
    try:
        account = account_for(data)
        _refuse_foreign(data, account)
        programs = reachable_binaries(find_binaries(binaries), account, state)
        sockets = socket_folder(data, account)
        cluster = Cluster(data, programs, sockets, account, fsync)
        cluster.create(start_lock)
        cluster.serve()
        _ensure_reaper(data, sockets, throwaway)
    finally:
        os.close(start_lock)
    return sockets


def _refuse_foreign(data: Path, account: Account) -> None:
    if data.exists() and data.stat().st_uid not in {account.uid, 0}:
        raise PostgresUnavailable(
            f"{data} belongs to another user",
            "Run as that user (root made it, if it belongs to nobody), or remove it to begin anew",
        )


def _ensure_reaper(data: Path, sockets: Path, throwaway: bool) -> None:
    watching = try_lock(_beside(data, "reaper"))
    if watching is None:
        return
    # The reaper inherits the lock, so there is one of them at most, and no moment without.
    try:
        afterwards = "throwaway" if throwaway else "keep"
        places = [str(data), str(sockets), str(_beside(data, "users"))]
        _detach(["reap", *places, afterwards], watching)
    finally:
        os.close(watching)


def _detach(arguments: list[str], keep: int) -> None:
    command = [sys.executable, "-I", "-S", reaper.__file__, *arguments]
    ourselves = Account(os.geteuid(), os.getegid(), borrowed=False)
    started = ourselves.run(*command, keep=(keep,))
    if started.returncode != 0:
        raise PostgresUnavailable("the process that stops the server could not be started")


def _beside(data: Path, purpose: str) -> Path:
    return data.with_name(f"{data.name}.{purpose}")


async def _create_database(server: EmbeddedServer) -> None:
    async with await _connect(server.dsn("postgres")) as connection:
        known = await connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE])
        if await known.fetchone() is None:
            # Another process may be quicker.
            with suppress(errors.DuplicateDatabase, errors.UniqueViolation):
                await connection.execute(
                    sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE))
                )


async def _connect(dsn: str) -> psycopg.AsyncConnection[tuple[object, ...]]:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _ANSWER_S
    while True:
        try:
            return await psycopg.AsyncConnection.connect(dsn, autocommit=True, connect_timeout=10)
        except psycopg.OperationalError as error:
            # A server that a killed process had just started is still reading its log.
            if loop.time() >= deadline:
                raise PostgresUnavailable(
                    f"the server runs but does not answer ({error})"
                ) from error
            await asyncio.sleep(0.05)

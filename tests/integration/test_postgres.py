"""The embedded server, whoever is killed."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from shop.postgres.errors import PostgresUnavailable
from shop.postgres.places import find_binaries
from shop.postgres.reaper import serving_pid, working_directory_by_lsof
from shop.postgres.server import EmbeddedServer, start

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root borrows another user")

_USER = """
import asyncio, sys
from pathlib import Path
from shop.postgres.server import start

async def main():
    server = await start(Path(sys.argv[1]), fsync=False)
    print(server.dsn(), flush=True)
    if len(sys.argv) > 2:
        await server.keep_for(float(sys.argv[2]))
    else:
        await asyncio.to_thread(sys.stdin.read)

asyncio.run(main())
"""
_WRITER = """
import sys, psycopg
with psycopg.connect(sys.argv[1], autocommit=True) as connection:
    connection.execute("CREATE TABLE written (number integer)")
    for number in range(1_000_000):
        connection.execute("INSERT INTO written VALUES (%s)", [number])
        print(number, flush=True)
"""


class Place:
    """A folder for one cluster, and the processes that use it."""

    def __init__(self, folder: Path, running: ExitStack) -> None:
        self.folder = folder
        self.data = folder / "pg"
        self._running = running

    def spawn(self, script: str, *arguments: str) -> subprocess.Popen[str]:
        process = self._running.enter_context(
            subprocess.Popen(  # noqa: S603 - our own interpreter and our own script
                [sys.executable, "-c", script, *arguments],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            )
        )  # fmt: skip
        self._running.callback(process.kill)
        return process

    def user(self, *arguments: str) -> subprocess.Popen[str]:
        """Another process that uses the server, ready."""
        process = self.spawn(_USER, str(self.data), *arguments)
        assert line_of(process).startswith("postgresql://")
        return process

    @asynccontextmanager
    async def started(self, *, throwaway: bool = False) -> AsyncIterator[EmbeddedServer]:
        """The server, used by this process."""
        server = await start(self.data, fsync=False, throwaway=throwaway)
        try:
            yield server
        finally:
            await server.aclose()

    def seen_from_here(self) -> Path:
        """The data directory as a relative path."""
        return Path(os.path.relpath(self.data))

    async def postmaster(self) -> int:
        pid = await asyncio.to_thread(serving_pid, self.data)
        assert pid is not None
        return pid

    async def stopped(self) -> None:
        await until(lambda: serving_pid(self.data) is None)

    def watchers(self) -> list[int]:
        """The processes that will stop the server."""
        return processes(f" reap {self.data} ")


@pytest.fixture
def place() -> Iterator[Place]:
    folder = Path(tempfile.mkdtemp(prefix="sophie-pg-", dir="/tmp")).resolve()
    folder.chmod(0o711)
    with ExitStack() as running:
        made = Place(folder, running)
        yield made
    asyncio.run(made.stopped())
    shutil.rmtree(folder)


def processes(called: str) -> list[int]:
    command = [shutil.which("ps") or "ps", "-ww", "-eo", "pid=,args="]
    listing = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - fixed program
    return [int(line.split()[0]) for line in listing.stdout.splitlines() if called in line]


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not await asyncio.to_thread(true):  # noqa: ASYNC110 - other processes set no event
            await asyncio.sleep(0.02)


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


async def ask(dsn: str, query: str) -> object:
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        answer = await connection.execute(query)
        row = await answer.fetchone() if answer.description else None
        return row and row[0]


@pytest.mark.anyio
async def test_a_first_start_makes_a_server_and_a_database(place: Place) -> None:
    async with place.started() as server:
        assert await ask(server.dsn(), "SELECT current_database()") == "sophie"
        assert await ask(server.dsn(), "SHOW timezone") == "UTC"
        assert await ask(server.dsn(), "SHOW listen_addresses") == ""


@pytest.mark.anyio
async def test_a_relative_folder_is_taken_from_where_we_are(place: Place) -> None:
    server = await start(place.seen_from_here(), fsync=False, state=place.folder)
    try:
        assert server.data_dir == place.data
    finally:
        await server.aclose()


@pytest.mark.anyio
async def test_nobody_else_may_use_the_server(place: Place) -> None:
    async with place.started() as server:
        assert server.data_dir.stat().st_mode & 0o077 == 0


@pytest.mark.anyio
async def test_the_server_stops_when_its_only_user_is_killed(place: Place) -> None:
    user = place.user()
    await place.postmaster()
    user.kill()
    await place.stopped()


@pytest.mark.anyio
async def test_the_server_goes_on_when_one_of_two_users_is_killed(place: Place) -> None:
    first = place.user()
    async with place.started() as server:
        postmaster = await place.postmaster()
        first.kill()
        first.wait()
        assert await ask(server.dsn(), "SELECT 1") == 1
        assert await place.postmaster() == postmaster


@pytest.mark.anyio
async def test_no_acknowledged_row_is_lost_when_the_server_is_killed(place: Place) -> None:
    async with place.started() as server:
        writer = place.spawn(_WRITER, server.dsn())
        for _ in range(200):
            await asyncio.to_thread(line_of, writer)
        os.kill(await place.postmaster(), signal.SIGKILL)
        assert writer.stdout is not None
        acknowledged = int((await asyncio.to_thread(writer.stdout.read)).split()[-1])
        async with place.started() as again:
            assert await ask(again.dsn(), "SELECT max(number) FROM written") == acknowledged
            assert await ask(again.dsn(), "SELECT count(*) FROM written") == acknowledged + 1


@pytest.mark.anyio
async def test_a_start_after_everything_was_killed_works_and_is_watched_again(place: Place) -> None:
    user = place.user()
    (watcher,) = place.watchers()
    for pid in (user.pid, watcher, await place.postmaster()):
        os.kill(pid, signal.SIGKILL)
    await until(lambda: place.watchers() == [])
    place.user().kill()
    await place.stopped()


@pytest.mark.anyio
async def test_a_server_that_lost_its_watcher_gets_a_new_one(place: Place) -> None:
    async with place.started():
        (watcher,) = place.watchers()
        os.kill(watcher, signal.SIGKILL)
        await until(lambda: place.watchers() == [])
        async with place.started():
            assert len(place.watchers()) == 1


@pytest.mark.anyio
async def test_leftovers_that_name_a_living_process_do_not_stop_a_start(place: Place) -> None:
    async with place.started():
        pass
    await place.stopped()
    stale = f"{os.getpid()}\n{place.data}\n0\n5432\n{place.data}\n"
    (place.data / "postmaster.pid").write_text(stale)
    (place.data / ".s.PGSQL.5432.lock").write_text(stale)
    async with place.started() as server:
        assert await ask(server.dsn(), "SELECT 1") == 1


@pytest.mark.anyio
async def test_an_unfinished_first_start_does_not_stop_the_next(place: Place) -> None:
    half = place.folder / "pg.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    async with place.started() as server:
        assert await ask(server.dsn(), "SELECT 1") == 1
    assert not half.exists()


@pytest.mark.anyio
async def test_processes_that_start_at_once_share_one_server(place: Place) -> None:
    users = [place.spawn(_USER, str(place.data)) for _ in range(4)]
    dsns = [await asyncio.to_thread(line_of, user) for user in users]
    assert len(set(dsns)) == 1
    assert dsns[0].startswith("postgresql://")
    assert len(place.watchers()) == 1
    assert await ask(dsns[0], "SELECT count(*) FROM pg_database WHERE datname = 'sophie'") == 1


@pytest.mark.anyio
async def test_a_server_may_outlive_its_last_user_for_a_while(place: Place) -> None:
    place.user("3601").wait()
    async with place.started() as server:
        assert await ask(server.dsn(), "SELECT 1") == 1
    assert serving_pid(place.data) is not None
    (holder,) = processes(" hold 3601")
    os.kill(holder, signal.SIGKILL)
    await place.stopped()


@pytest.mark.anyio
async def test_a_cancelled_start_leaves_no_server_running(place: Place) -> None:
    starting = asyncio.create_task(start(place.data, fsync=False))
    await until(lambda: place.data.with_name("pg.new").exists() or place.data.exists())
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    await place.stopped()


@pytest.mark.anyio
async def test_a_throwaway_server_takes_its_data_with_it(place: Place) -> None:
    async with place.started(throwaway=True):
        assert place.data.exists()
    await until(lambda: not place.data.exists())


@pytest.mark.anyio
async def test_a_path_too_long_for_a_socket_gets_its_socket_elsewhere(place: Place) -> None:
    place.data = place.folder / ("long" * 25) / "pg"
    async with place.started() as server:
        assert await ask(server.dsn(), "SELECT 1") == 1
        assert str(place.data) not in server.dsn()


@pytest.mark.anyio
async def test_the_log_keeps_no_callers(place: Place) -> None:
    async with place.started() as server:
        await ask(server.dsn(), "CREATE TABLE callers (phone text UNIQUE)")
        for _ in range(2):
            with suppress(psycopg.errors.UniqueViolation):
                await ask(server.dsn(), "INSERT INTO callers VALUES ('+12065550123') RETURNING 1")
        log = (server.data_dir / "server.log").read_text()
    assert "duplicate key" in log
    assert "+1206" not in log


@needs_root
@pytest.mark.anyio
async def test_a_closed_repository_keeps_its_data_in_a_system_folder(place: Place) -> None:
    place.folder.chmod(0o711)
    closed, state = place.folder / "closed", place.folder / "state"
    closed.mkdir(mode=0o700)
    shown = closed / ".data" / "postgres"
    server = await start(shown, fsync=False, state=state)
    try:
        place.data = server.data_dir
        assert place.data.is_relative_to(state)
        assert shown.resolve() == place.data
        await ask(server.dsn(), "CREATE TABLE kept AS SELECT 7 AS seven")
    finally:
        await server.aclose()
    again = await start(shown, fsync=False, state=state)
    try:
        assert await ask(again.dsn(), "SELECT seven FROM kept") == 7
    finally:
        await again.aclose()


@needs_root
@pytest.mark.anyio
async def test_programs_in_a_closed_folder_are_copied_with_their_libraries(place: Place) -> None:
    binaries = find_binaries(None)
    package = binaries.parent.parent
    closed = place.folder / "closed"
    closed.mkdir(mode=0o700)
    shutil.copytree(package, closed / package.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, closed / libraries.name, symlinks=True)
    given = closed / package.name / binaries.relative_to(package)
    server = await start(place.data, binaries=given, fsync=False, state=place.folder / "state")
    try:
        assert await ask(server.dsn(), "SELECT 1") == 1
    finally:
        await server.aclose()


def _without_programs(place: Place) -> Path | None:
    return place.folder


def _something_else(place: Place) -> Path | None:
    place.data.mkdir()
    (place.data / "letter.txt").write_text("dear sir")
    return None


def _other_version(place: Place) -> Path | None:
    place.data.mkdir(mode=0o700)
    (place.data / "PG_VERSION").write_text("11\n")
    if os.geteuid() == 0:
        os.chown(place.data, 65534, 65534)
    return None


def _broken_link(place: Place) -> Path | None:
    place.data.symlink_to(place.folder / "gone" / "pg")
    return None


def _broken_programs(place: Place) -> Path | None:
    for name in ("initdb", "pg_ctl", "postgres"):
        (place.folder / name).write_text("#!/bin/sh\necho out of order >&2\nexit 3\n")
        (place.folder / name).chmod(0o755)
    return place.folder


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        pytest.param(_without_programs, "holds no initdb", id="no programs where we were sent"),
        pytest.param(_something_else, "holds something else", id="a folder of other things"),
        pytest.param(_other_version, "does not start", id="data of another version"),
        pytest.param(_broken_link, "is a link to", id="the moved data is gone"),
        pytest.param(_broken_programs, "out of order", id="initdb fails"),
    ],
)
async def test_a_server_that_cannot_be_had_says_why_and_how_to_mend_it(
    place: Place, spoil: Callable[[Place], Path | None], said: str
) -> None:
    with pytest.raises(PostgresUnavailable, match=said) as raised:
        await start(place.data, binaries=spoil(place), fsync=False)
    assert "set DATABASE_URL" in str(raised.value)


@pytest.mark.skipif(shutil.which("lsof") is None, reason="needs lsof")
def test_where_a_process_works_is_known_without_proc_too() -> None:
    assert working_directory_by_lsof(os.getpid()) == str(Path.cwd())

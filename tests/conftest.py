"""What every test may count on: no outside world, no settings, and PostgreSQL for whoever asks."""

import asyncio
import ipaddress
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from shop.db import Pool, migrate, open_pool
from shop.postgres.locks import lock
from shop.postgres.server import EmbeddedServer, start

KINDS = ("unit", "integration", "call")
_HERE = Path(__file__).parent
_ENOUGH = 2 * 1024**3
_CLUSTER = "SOPHIE_TEST_CLUSTER"
_PROVIDERS = (
    "OPENAI_", "DEEPGRAM_", "TWILIO_", "GOOGLE_", "LANGSMITH_", "LANGCHAIN_", "LANGGRAPH_",
    "OTEL_", "DATABASE_URL", "PG",
)  # fmt: skip

# The libraries of the graph read these while they are imported, which no test module has done yet.
for _name in [name for name in os.environ if name.startswith(_PROVIDERS) and name != "PG_BIN"]:
    del os.environ[_name]
os.environ.update(
    LANGSMITH_TRACING="false",
    LANGGRAPH_STRICT_MSGPACK="true",
    LANGGRAPH_CLI_NO_ANALYTICS="1",
    LANGGRAPH_NO_VERSION_CHECK="1",
)


class OutsideWorld(RuntimeError):
    """A test tried to reach something else than this machine."""


def _is_this_machine(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name is None or name in {"", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(str(name).partition("%")[0]).is_loopback
    except ValueError:
        return False


def _deny_outside_world(event: str, arguments: tuple[object, ...]) -> None:
    """Audit hook: https://docs.python.org/3/library/audit_events.html names the events."""
    if event == "socket.getaddrinfo" or event.startswith("socket.gethostby"):
        host = arguments[0]
        # A wildcard address is only ever listened on, not gone to.
        denied = not _is_this_machine(host) and host not in {"0.0.0.0", "::"}  # noqa: S104 - not bound here
    elif event in {"socket.connect", "socket.sendto"}:
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None
        denied = host is not None and not _is_this_machine(host)
    else:
        return
    if denied:
        raise OutsideWorld(f"tests talk to this machine only, not to {host!r}")


sys.addaudithook(_deny_outside_world)


def _quick_folder() -> Path:
    """Memory, where there is enough: a new database takes 15 ms there, up to 300 on a disk."""
    memory = Path("/dev/shm")  # noqa: S108 - for a folder of our own in it
    if memory.is_dir() and shutil.disk_usage(memory).free > _ENOUGH:
        return memory
    return Path(tempfile.gettempdir())


def pytest_configure(config: pytest.Config) -> None:
    """Choose one place for the database server of all workers. It is made when a test needs it."""
    if not hasattr(config, "workerinput"):
        place = _quick_folder() / f"sophie-tests-{secrets.token_hex(8)}"
        os.environ[_CLUSTER] = str(place)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing of it behind, once the server's own watcher has stopped it."""
    if not hasattr(config, "workerinput"):
        place = Path(os.environ.pop(_CLUSTER))
        if place.exists():
            os.close(lock(place / "postgres.reaper", patience_s=60))
            shutil.rmtree(place)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with the folder it is in, which says what it needs."""
    for item in items:
        kind = item.path.relative_to(_HERE).parts[0] if item.path.is_relative_to(_HERE) else ""
        if kind not in KINDS:
            raise pytest.UsageError(f"{item.path}: tests live in tests/{{{','.join(KINDS)}}}")
        item.add_marker(kind)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The one event loop of the project."""
    return "asyncio"


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedServer]:
    """The server of this test run. Its data is gone after the run, however that ends."""
    data = Path(os.environ[_CLUSTER]) / "postgres"
    binaries = Path(os.environ["PG_BIN"]) if "PG_BIN" in os.environ else None
    server = asyncio.run(start(data, binaries=binaries, fsync=False, throwaway=True))
    yield server
    asyncio.run(server.aclose())


@dataclass(frozen=True, slots=True)
class Databases:
    """Makes databases. Each test worker has names of its own, so that none waits for another."""

    server: EmbeddedServer
    admin: psycopg.Connection[tuple[object, ...]]
    numbers: Iterator[int]

    def create(self, template: str) -> str:
        """A new database like the template, by name."""
        worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
        name = f"test_{worker}_{next(self.numbers)}"
        self.admin.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
        return name

    def drop(self, name: str) -> None:
        """Away with it, whoever is still connected."""
        self.admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def databases(postgres: EmbeddedServer) -> Iterator[Databases]:
    """The maker of databases."""
    with psycopg.connect(postgres.dsn("postgres"), autocommit=True) as admin:
        yield Databases(postgres, admin, count())


@pytest.fixture(scope="session")
def migrated(databases: Databases) -> str:
    """The name of a database that holds the schema and nothing else, to be copied."""
    name = databases.create("template0")
    asyncio.run(migrate(databases.server.dsn(name)))
    return name


@pytest.fixture
def dsn(databases: Databases, migrated: str) -> Iterator[str]:
    """A database of this test's own, migrated and empty."""
    name = databases.create(migrated)
    yield databases.server.dsn(name)
    databases.drop(name)


@pytest.fixture
def bare_dsn(databases: Databases) -> Iterator[str]:
    """A database of this test's own with nothing in it."""
    name = databases.create("template0")
    yield databases.server.dsn(name)
    databases.drop(name)


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[Pool]:
    """An open pool on the test's own database."""
    async with open_pool(dsn) as opened:
        yield opened

"""Databases to try calls on: a fresh copy of the demo shop for each, on a server of our own.

Never the database of the settings: what a trial leaves behind is thrown away.
"""

import asyncio
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import psycopg
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from psycopg import sql

from shop.db import migrate, open_pool
from shop.postgres.locks import lock
from shop.postgres.server import EmbeddedServer, start
from shop.profile.shop import Shop
from shop.seed.demo import load_demo

_ENOUGH = 2 * 1024**3
_PATIENCE_S = 60.0


@asynccontextmanager
async def own_server() -> AsyncIterator[EmbeddedServer]:
    """A server whose data is gone afterwards, in memory where there is room."""
    home = _quick_folder() / f"sophie-evals-{secrets.token_hex(8)}"
    server = await start(home / "postgres", fsync=False, throwaway=True)
    try:
        yield server
    finally:
        await server.aclose()
        await asyncio.to_thread(_clear, home)


@dataclass(slots=True)
class Databases:
    """Makes databases; the demo shop of each moment is loaded once and copied from then on."""

    server: EmbeddedServer
    shop: Shop
    _run: str = field(default_factory=lambda: secrets.token_hex(4))
    _templates: dict[datetime, str] = field(default_factory=dict)
    _making: asyncio.Lock = field(default_factory=asyncio.Lock)

    @asynccontextmanager
    async def demo(self, now: datetime) -> AsyncIterator[str]:
        """The connection string of a demo shop as it is at `now`; dropped on the way out."""
        async with self._making:
            if now not in self._templates:
                self._templates[now] = await self._template(now)
            name = await self._create(self._templates[now])
        try:
            yield self.server.dsn(name)
        finally:
            await self._drop(name)

    async def aclose(self) -> None:
        """Drop the demo shops the copies were made from."""
        for name in self._templates.values():
            await self._drop(name)
        self._templates.clear()

    async def _template(self, now: datetime) -> str:
        name = await self._create("template0")
        dsn = self.server.dsn(name)
        await migrate(dsn)
        async with open_pool(dsn, max_size=1) as pool:
            await load_demo(pool, self.shop, lambda: now)
            await AsyncPostgresSaver(pool).setup()  # type: ignore[arg-type]  # it sets its own row factory
        return name

    async def _create(self, template: str) -> str:
        name = f"evals_{self._run}_{secrets.token_hex(4)}"
        await self._execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
        return name

    async def _drop(self, name: str) -> None:
        await self._execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    async def _execute(self, statement: sql.Composed) -> None:
        dsn = self.server.dsn("postgres")
        async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as admin:
            await admin.execute(statement)


def _quick_folder() -> Path:
    """Memory, where there is enough: a new database takes 15 ms there, up to 300 on a disk."""
    memory = Path("/dev/shm")  # noqa: S108 - for a folder of our own in it
    if memory.is_dir() and shutil.disk_usage(memory).free > _ENOUGH:
        return memory
    return Path(tempfile.gettempdir())


def _clear(home: Path) -> None:
    # The server's own watcher holds this until it has stopped the server and removed the data.
    os.close(lock(home / "postgres.reaper", patience_s=_PATIENCE_S))
    shutil.rmtree(home)

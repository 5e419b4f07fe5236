"""Customers' files, remembered for minutes and forgotten as soon as one changes.

    customers, vehicles, service_history ──trigger──► NOTIFY customer_files ──► FileCache.forget
    this process's own writes ────────────────────────────────────────────────► FileCache.forget

Nothing is remembered unless the database is known to tell of changes: while the connection that
listens is down, or its own notes do not come back, every question goes to the database.
"""

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
from cachetools import TTLCache
from psycopg import AsyncConnection

from shop.beside import beside
from shop.faults import describe

if TYPE_CHECKING:
    from shop.people.customers import CustomerFile

logger = logging.getLogger(__name__)

KEPT_S = 300.0
"""How long a file is remembered that nobody changes."""

_MOST = 5_000
_PING_S = 10.0
_ECHO_S = 5.0
_FIRST_WAIT_S = 0.25
_LONGEST_WAIT_S = 30.0

_changing: ContextVar[set[str | UUID] | None] = ContextVar("changing", default=None)


def changed(whose: str | UUID) -> None:
    """Say whose file a write changes, by their number in E.164 or their id.

    The repositories say it; it counts for the write that `forgetting` surrounds, if there is one.
    """
    noted = _changing.get()
    if noted is not None:
        noted.add(whose)


@contextmanager
def forgetting(cache: "FileCache") -> Iterator[None]:
    """Forget the files that a write has changed once it is over, whether or not it succeeded."""
    noted: set[str | UUID] = set()
    token = _changing.set(noted)
    try:
        yield
    finally:
        _changing.reset(token)
        for whose in noted:
            cache.forget(whose)


class FileCache:
    """The files by telephone number. Its repr and its logs name nobody."""

    def __init__(self, timer: Callable[[], float] = time.monotonic) -> None:
        self._files: TTLCache[str, tuple[CustomerFile, ...]] = TTLCache(_MOST, KEPT_S, timer=timer)
        self._generation = 0
        self._listening = asyncio.Event()

    @property
    def listening(self) -> bool:
        """Whether changes are heard of, and so whether anything is remembered."""
        return self._listening.is_set()

    async def until_listening(self) -> None:
        """Wait until changes are heard of."""
        await self._listening.wait()

    async def get(
        self, phone: str, load: Callable[[], Awaitable[Sequence["CustomerFile"]]]
    ) -> tuple["CustomerFile", ...]:
        """The files under a number, from memory or else from the database."""
        remembered = self._files.get(phone)
        if remembered is not None:
            return remembered
        before = self._generation
        found = tuple(await load())
        # What was read while something changed may be how it was before.
        if self.listening and before == self._generation:
            self._files[phone] = found
        return found

    def forget(self, whose: str | UUID) -> None:
        """A number's files, or those of the number a customer has, are out of date."""
        self._generation += 1
        if isinstance(whose, str):
            self._files.pop(whose, None)
            return
        for phone, files in list(self._files.items()):
            if any(file.customer.id == whose for file in files):
                del self._files[phone]

    def listen(self) -> None:
        """Changes are heard of from now on."""
        if not self.listening:
            self._generation += 1
            self._listening.set()

    def stop_listening(self) -> None:
        """Changes may be missed from now on: forget everything, remember nothing."""
        self._generation += 1
        self._listening.clear()
        self._files.clear()


@asynccontextmanager
async def open_files(
    dsn: str, timer: Callable[[], float] = time.monotonic
) -> AsyncIterator[FileCache]:
    """A cache that follows a database over a connection of its own until the context ends."""
    cache = FileCache(timer)
    async with beside(_keep_following(dsn, cache)):
        yield cache


class _NoEcho(Exception):
    """What we told the channel did not come back, as through a pooler that shares sessions."""


async def _keep_following(dsn: str, cache: FileCache) -> None:
    failures = 0
    while True:
        try:
            async with await AsyncConnection.connect(
                dsn, autocommit=True, connect_timeout=5
            ) as conn:
                await _follow(conn, cache)
        except (psycopg.Error, OSError, TimeoutError, _NoEcho) as error:
            failures = 0 if cache.listening else failures + 1
            logger.warning("files: not remembered for now: %s", describe(error))
        finally:
            cache.stop_listening()
        wait = min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2 ** min(failures, 10))
        await asyncio.sleep(wait * random.uniform(0.5, 1))  # noqa: S311 - spreads, guards nothing


async def _follow(conn: AsyncConnection[Any], cache: FileCache) -> None:
    await conn.execute("LISTEN customer_files")
    own = conn.info.backend_pid
    while True:
        async with asyncio.timeout(_ECHO_S):
            await conn.execute("SELECT pg_notify('customer_files', '')")
        echoed = False
        patience = _PING_S if cache.listening else _ECHO_S
        async with aclosing(conn.notifies(timeout=patience)) as notes:
            async for note in notes:
                if note.pid == own:
                    echoed = True
                    cache.listen()
                else:
                    cache.forget(note.payload)
        if not echoed:
            raise _NoEcho

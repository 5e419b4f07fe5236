"""What the database tells every process of the calendar, and which of them reads the calendar."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import AsyncConnection

from shop.faults import describe

logger = logging.getLogger(__name__)

OUTBOX = "calendar_outbox"
"""Notified when there is something to tell the calendar."""

CHANGES = "calendar_changes"
"""Notified when the calendar has said that it has changed."""

_READERS = 730_194_652
"""Any number, as long as nobody else takes an advisory lock on it."""

_PATIENCE_S = 10.0
_AGAIN_S = 2.0


@dataclass(slots=True)
class Listening:
    """One connection of its own, which is opened again whenever it is lost.

    Attributes:
        told: What to do at each notification.
        began_to_read: What to do once this process has the lock.
        every_s: How often to see whether the connection stands and the lock can be had.
        reads: Whether this process has the lock, and so reads.
    """

    dsn: str
    told: Mapping[str, Callable[[], None]]
    began_to_read: Callable[[], None]
    every_s: float
    reads: bool = False

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            try:
                async with await AsyncConnection.connect(
                    self.dsn, autocommit=True, connect_timeout=5
                ) as conn:
                    await self._listen(conn)
            except (psycopg.Error, OSError, TimeoutError) as error:
                logger.warning("calendar: the database is not heard: %s", describe(error))
            finally:
                self.reads = False
            await asyncio.sleep(min(_AGAIN_S, self.every_s))

    async def _listen(self, conn: AsyncConnection[Any]) -> None:
        async with asyncio.timeout(_PATIENCE_S):
            for channel in self.told:
                await conn.execute(f"LISTEN {channel}")
        for wake in self.told.values():
            wake()  # what happened while nobody listened
        while True:
            await self._ask_for_lock(conn)
            async with aclosing(conn.notifies(timeout=self.every_s, stop_after=1)) as notes:
                async for note in notes:
                    self.told[note.channel]()

    async def _ask_for_lock(self, conn: AsyncConnection[Any]) -> None:
        """The lock ends with its connection, so that a dead process does not keep it."""
        question = "SELECT true" if self.reads else f"SELECT pg_try_advisory_lock({_READERS})"
        async with asyncio.timeout(_PATIENCE_S):
            row = await (await conn.execute(question)).fetchone()
        assert row is not None
        if row[0] and not self.reads:
            self.reads = True
            self.began_to_read()


async def tell_of_change(conn: AsyncConnection[Any]) -> None:
    """Have the calendar read soon, by whichever process reads."""
    await conn.execute("SELECT pg_notify(%s, '')", [CHANGES])

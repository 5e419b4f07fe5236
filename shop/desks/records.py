"""Transactions on the records, and the one place where the driver's errors end."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

import psycopg
from psycopg import AsyncConnection, errors

from shop.clock import Clock
from shop.db import Pool
from shop.errors import BadValue, RecordsUnavailable
from shop.faults import describe
from shop.profile.closures import LiveShop
from shop.profile.shop import Shop

logger = logging.getLogger(__name__)

Conn = AsyncConnection[Any]

_T = TypeVar("_T")

_TRIES = 3
_GARBLED = "I didn't get that. Could you say it again?"
_PASSING = (
    errors.DeadlockDetected, errors.ExclusionViolation, errors.SerializationFailure,
    errors.UniqueViolation,
)  # fmt: skip
"""What somebody else's write at the same moment can cause; the ledger makes trying again safe."""


@dataclass(frozen=True, slots=True)
class Records:
    """Somebody's shop, its records and its clock.

    Attributes:
        profile: The shop as its file describes it.
        live: What staff have changed since.
    """

    pool: Pool
    profile: Shop
    clock: Clock
    live: LiveShop = field(default_factory=LiveShop, kw_only=True)

    @property
    def shop(self) -> Shop:
        """The shop as it is now: with the days closed and people away at short notice."""
        return self.live.over(self.profile)

    @property
    def _now(self) -> datetime:
        return self.clock().astimezone(UTC)

    @asynccontextmanager
    async def _records(self) -> AsyncIterator[Conn]:
        """A connection that commits each statement, for reading and for single writes."""
        try:
            async with self.pool.connection() as conn:
                yield conn
        except psycopg.Error as error:
            raise _unavailable(error) from None
        except UnicodeEncodeError:
            raise BadValue(_GARBLED, field="text") from None

    async def _write(self, work: Callable[[Conn], Awaitable[_T]]) -> _T:
        """Do some work in one transaction; again, if another one got in its way."""
        for left in reversed(range(_TRIES)):
            try:
                async with self.pool.connection() as conn, conn.transaction():
                    return await work(conn)
            except psycopg.Error as error:
                if not left or not isinstance(error, _PASSING):
                    raise _unavailable(error) from None
                logger.warning("records: trying again after %s", describe(error))
            except UnicodeEncodeError:
                raise BadValue(_GARBLED, field="text") from None
        raise AssertionError("the last try either returns or raises")


def _unavailable(error: psycopg.Error) -> RecordsUnavailable:
    # The driver's own words quote rows; its code and place are enough to find the fault.
    logger.error("records: %s %s", error.sqlstate or "no connection", describe(error))
    return RecordsUnavailable("I can't get to our records just now.")

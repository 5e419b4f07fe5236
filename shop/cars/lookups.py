"""What was looked up outside, kept so that it need not be asked for again."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb
from pydantic import TypeAdapter, ValidationError

from shop.cars.nhtsa import VinDecoding
from shop.cars.recalls import RecallCampaign

logger = logging.getLogger(__name__)

_T = TypeVar("_T")

_VIN = TypeAdapter(VinDecoding)
_CAMPAIGNS = TypeAdapter(tuple[RecallCampaign, ...])


@dataclass(frozen=True, slots=True)
class Kept(Generic[_T]):
    """An answer, and when it was given."""

    found: _T
    fetched_at: datetime

    def fresh(self, now: datetime, lasting: timedelta) -> bool:
        """Whether it is still as good as a new one."""
        return now - self.fetched_at < lasting


class Lookups:
    """The tables vin_lookups and recall_lookups. The caller owns the connection."""

    def __init__(self, conn: AsyncConnection[Any]) -> None:
        self._conn = conn

    async def vin(self, vin: str) -> Kept[VinDecoding] | None:
        """What the registry last said of a VIN."""
        rows = await self._conn.execute(
            "SELECT found, fetched_at FROM vin_lookups WHERE vin = %s", [vin]
        )
        return _read(_VIN, await rows.fetchone())

    async def keep_vin(self, found: VinDecoding, *, now: datetime) -> None:
        """Remember an answer in place of the one before."""
        await self._conn.execute(
            """
            INSERT INTO vin_lookups (vin, found, fetched_at) VALUES (%s, %s, %s)
            ON CONFLICT (vin) DO UPDATE
               SET found = excluded.found, fetched_at = excluded.fetched_at
             WHERE vin_lookups.fetched_at < excluded.fetched_at
            """,
            [found.vin, Jsonb(_VIN.dump_python(found, mode="json")), now],
        )

    async def recalls(
        self, make: str, model: str, year: int
    ) -> Kept[tuple[RecallCampaign, ...]] | None:
        """The campaigns that were last listed for a model."""
        rows = await self._conn.execute(
            """
            SELECT found, fetched_at FROM recall_lookups
             WHERE make = %s AND model = %s AND year = %s
            """,
            [make, model, year],
        )
        return _read(_CAMPAIGNS, await rows.fetchone())

    async def keep_recalls(
        self, make: str, model: str, year: int, found: Sequence[RecallCampaign], *, now: datetime
    ) -> None:
        """Remember a list, an empty one too, in place of the one before."""
        await self._conn.execute(
            """
            INSERT INTO recall_lookups (make, model, year, found, fetched_at)
            VALUES (%s, %s, %s, %s, %s)
            ON CONFLICT (make, model, year) DO UPDATE
               SET found = excluded.found, fetched_at = excluded.fetched_at
             WHERE recall_lookups.fetched_at < excluded.fetched_at
            """,
            [make, model, year, Jsonb(_CAMPAIGNS.dump_python(tuple(found), mode="json")), now],
        )


def _read(shape: TypeAdapter[_T], row: tuple[Any, datetime] | None) -> Kept[_T] | None:
    """A row of another version of this program is as good as none: it is asked for again."""
    if row is None:
        return None
    try:
        return Kept(shape.validate_python(row[0]), row[1])
    except ValidationError as error:
        # The library's own words quote the row.
        logger.warning("a kept look-up cannot be read: %d faults", error.error_count())
        return None

"""Telling the calendar what the records say.

    due ──lease──► load ──► insert, update or delete ──► mark
                     ▲          │ the event is not as it was left
                     └──────────┘

Every step can be the last one of its process: what is told again is told under the same id, and is
then found to be there already.
"""

import asyncio
import logging
import random
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from shop.calendar.complaints import OVERTAKEN, Complaints
from shop.calendar.connected import Connected
from shop.calendar.errors import CalendarError, Changed, Missing, Transient
from shop.calendar.events import body, event_id, interpret_own
from shop.calendar.google_events import Event, EventBody
from shop.calendar.loops import LONGEST_WAIT_S, backoff_s
from shop.calendar.outbox import LEASE, Outbox, Told
from shop.calendar.rows import Row, load
from shop.desks.records import Conn
from shop.errors import ShopError
from shop.faults import describe

logger = logging.getLogger(__name__)

BATCH = 4
"""How many events are written at a time: calendars take bursts badly."""

_ROUNDS = 3
_MOST_S = LEASE.total_seconds() * 0.75


class _MovedOn(Exception):
    """The appointment has changed while it was being told of."""


@dataclass(frozen=True, slots=True)
class Pushing(Connected):
    """Tells one calendar of the shop's appointments.

    Attributes:
        rng: Spreads the tries of many processes.
    """

    rng: random.Random = field(default_factory=random.Random, kw_only=True)

    async def push_due(self, *, limit: int = BATCH) -> int:
        """Tell the calendar of some appointments at once; returns how many there were.

        Raises:
            CalendarError: One of them could not be told; it is tried again later.
            RecordsUnavailable: The records cannot be reached.
        """
        async with self._records() as conn:
            due = await Outbox(conn).due(self._now, limit=limit)
        outcomes = await asyncio.gather(*map(self.push, due), return_exceptions=True)
        failures = [one for one in outcomes if isinstance(one, BaseException)]
        if failures:
            raise next((one for one in failures if not isinstance(one, CalendarError)), failures[0])
        return len(due)

    async def settle_past(self) -> None:
        """See that nothing waits to be told that is long over."""
        settled = 1
        while settled:
            async with self._records() as conn:
                settled = await Outbox(conn).settle_past(self._now)

    async def push(self, appointment_id: UUID) -> None:
        """Tell the calendar of one appointment, as it is now.

        Raises:
            CalendarError: It could not be told, which is written down.
            RecordsUnavailable: The records cannot be reached.
        """
        try:
            async with asyncio.timeout(_MOST_S):
                await self._push(appointment_id)
        except TimeoutError:
            failure = Transient("an appointment could not be shown in time")
            await self._failed(appointment_id, failure.code)
            raise failure from None
        except CalendarError as error:
            await self._failed(appointment_id, error.code, at_least_s=_asked_for(error))
            raise
        except ShopError:
            raise
        except asyncio.CancelledError:
            await self._release(appointment_id)
            raise
        except Exception as error:
            logger.error("calendar: an appointment cannot be shown: %s", describe(error))
            await self._failed(appointment_id, "broken")
            raise

    async def _push(self, appointment_id: UUID) -> None:
        for _ in range(_ROUNDS):
            row = await self._load(appointment_id)
            if row is None or not row.pending:
                return await self._release(appointment_id)
            try:
                event = await (self._remove(row) if row.cancelled else self._show(row))
            except (Changed, _MovedOn):
                continue
            return await self._mark(row, event)
        raise Changed("the event or its appointment changes as fast as it is written")

    async def _remove(self, row: Row) -> None:
        async with self._records() as conn:
            await Outbox(conn).deleting(row.id, now=self._now)
        await self.calendar.cancel(self.calendar_id, event_id(row.id))

    async def _show(self, row: Row) -> Event:
        wanted = body(row, self.shop)
        if row.etag is None:
            return await self._insert(row, wanted)
        try:
            return await self._update(wanted, row.etag)
        except Missing:
            return await self._insert(row, wanted)
        except Changed:
            there = await self.calendar.get(self.calendar_id, wanted.id)
            if there is None:
                return await self._insert(row, wanted)
            return await self._over(row, wanted, there)

    async def _insert(self, row: Row, wanted: EventBody) -> Event:
        there = await self.calendar.insert(self.calendar_id, wanted)
        return await self._over(row, wanted, there)

    async def _update(self, wanted: EventBody, etag: str) -> Event:
        return await self.calendar.update(self.calendar_id, wanted.id, wanted, etag=etag)

    async def _over(self, row: Row, wanted: EventBody, there: Event) -> Event:
        """Write over an event that is not as it was left, unless it shows this revision.

        What somebody has done since to one that does is for the reading to judge.
        """
        found = interpret_own(there)
        if found is not None and found.revision == row.revision:
            return there
        now = await self._load(row.id)
        if now is None or now.revision != row.revision:
            raise _MovedOn
        if found is not None and (found.moved or there.cancelled):
            await self._complain(row, there)
        return await self._update(wanted, there.etag)

    async def _complain(self, row: Row, there: Event) -> None:
        async def write(conn: Conn) -> None:
            await Complaints(conn, self.shop, self._now).add(row, there, OVERTAKEN)

        await self._write(write)

    async def _load(self, appointment_id: UUID) -> Row | None:
        async with self._records() as conn:
            return (await load(conn, [appointment_id])).get(appointment_id)

    async def _mark(self, row: Row, event: Event | None) -> None:
        edited = event is None or event.cancelled or _moved(event)
        etag = None if edited or event is None else event.etag
        async with self._records() as conn:
            outbox = Outbox(conn)
            await outbox.name_event(row.id, event_id(row.id))
            await outbox.mark(
                Told(row.id, row.revision, etag, gone=event is None, put_back=row.put_back)
            )

    async def _release(self, appointment_id: UUID) -> None:
        async with self._records() as conn:
            await Outbox(conn).release(appointment_id)

    async def _failed(
        self, appointment_id: UUID, fault: str, *, at_least_s: float | None = None
    ) -> None:
        row = await self._load(appointment_id)
        wait = backoff_s(row.attempts if row else 0, self.rng)
        next_try_at = self._now + timedelta(seconds=max(wait, at_least_s or 0.0))
        async with self._records() as conn:
            await Outbox(conn).failed(appointment_id, fault=fault, next_try_at=next_try_at)


def _asked_for(error: CalendarError) -> float | None:
    if not isinstance(error, Transient) or error.retry_after is None:
        return None
    return min(error.retry_after, LONGEST_WAIT_S)


def _moved(event: Event) -> bool:
    found = interpret_own(event)
    return found is not None and found.moved

"""What is taken of the schedule, and the locks under which that may change.

Whoever writes to the schedule locks the local days it concerns before reading what is taken, so
that bookings of one day take turns and those of different days do not wait for each other. Several
days are locked in the order of the calendar. The lock comes last of all a transaction takes: the
ledger's entry, the customer, the appointment's row, the days. It ends with the transaction.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from shop.profile.shop import Shop
from shop.schedule.slots import Busy, Slot

_DAYS = 730_194_651
"""Any number, as long as nobody else takes pairs of it and a number as advisory locks."""

Span = tuple[datetime, datetime]
"""From a moment until another, in UTC; the end is not part of it."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What is not free to somebody, and the times that are promised to them."""

    busy: tuple[Busy, ...]
    promised: tuple[Slot, ...]

    def promise(self, service_key: str, starts_at: datetime) -> Slot | None:
        """What was promised for this wish."""
        wish = service_key, starts_at
        return next((s for s in self.promised if (s.service_key, s.starts_at) == wish), None)


async def lock_days(conn: AsyncConnection[Any], shop: Shop, days: Iterable[date]) -> None:
    """Keep others from writing to these local days until the transaction ends.

    Sees first that every bay and technician of the shop file has a row to be written about.
    """
    await _name_places(conn, shop)
    ordinals = sorted({day.toordinal() for day in days})
    # One by one in the order given; a function in FROM yields its array in order.
    await conn.execute(
        "SELECT pg_advisory_xact_lock(%s, day) FROM unnest(%s::int4[]) AS day", [_DAYS, ordinals]
    )


async def _name_places(conn: AsyncConnection[Any], shop: Shop) -> None:
    await conn.execute(
        """
        WITH missing_bays AS (
            INSERT INTO bays (name)
            SELECT wanted FROM unnest(%s::text[]) AS wanted
             WHERE NOT EXISTS (SELECT FROM bays WHERE name = wanted)
             ORDER BY wanted
            ON CONFLICT (name) DO NOTHING
        )
        INSERT INTO technicians (name)
        SELECT wanted FROM unnest(%s::text[]) AS wanted
         WHERE NOT EXISTS (SELECT FROM technicians WHERE name = wanted)
         ORDER BY wanted
        ON CONFLICT (name) DO NOTHING
        """,
        [[bay.name for bay in shop.bays], [one.name for one in shop.technicians]],
    )


async def place_ids(conn: AsyncConnection[Any]) -> tuple[dict[str, int], dict[str, int]]:
    """The ids of all bays, and of all technicians, by name."""
    bays = await conn.execute("SELECT name, id FROM bays")
    technicians = await conn.execute("SELECT name, id FROM technicians")
    return dict(await bays.fetchall()), dict(await technicians.fetchall())


async def read(
    conn: AsyncConnection[Any],
    shop: Shop,
    span: Span,
    *,
    now: datetime,
    holders: Collection[str] = (),
    besides: UUID | None = None,
    locking: Iterable[date] = (),
) -> Taken:
    """What is taken between two moments, from the point of view of some holders of promises.

    What is so close to them that no car could be in between counts as well.

    Appointments (one of them left out if wished), what others are promised, and what the calendar
    outside says. Promises that have expired do not count. With `locking`, those days are locked
    first, so that what was read stays true until the transaction ends.
    """
    gap = timedelta(minutes=shop.buffer_minutes)
    values = {"since": span[0] - gap, "until": span[1] + gap, "now": now, "besides": besides}
    # Lock and question travel together; the server still asks only once the lock is held.
    async with conn.pipeline():
        if days := list(locking):
            await lock_days(conn, shop, days)
        rows = await conn.execute(_TAKEN, values)
    return _sorted_out(await rows.fetchall(), holders)


async def of_car(conn: AsyncConnection[Any], vehicle_id: UUID, span: Span) -> tuple[Busy, ...]:
    """When a car is booked in between two moments, as times at which it can go nowhere else."""
    rows = await conn.execute(
        """
        SELECT lower(during), upper(during) FROM appointments
         WHERE vehicle_id = %s AND status IN ('scheduled', 'confirmed', 'in_progress')
           AND during && tstzrange(%s, %s)
        """,
        [vehicle_id, *span],
    )
    return tuple(Busy(None, since, until, blocked=True) for since, until in await rows.fetchall())


def _sorted_out(rows: Iterable[tuple[Any, ...]], holders: Collection[str]) -> Taken:
    busy, promised = [], []
    for bay, technician, starts_at, ends_at, blocked, holder, service in rows:
        if holder is not None and holder in holders:
            minutes = int((ends_at - starts_at).total_seconds()) // 60
            promised.append(Slot(service, starts_at, minutes, bay, technician))
        else:
            promise = holder is not None
            busy.append(Busy(bay, starts_at, ends_at, technician, promise, blocked))
    return Taken(tuple(busy), tuple(promised))


# No appointment is longer than a day, so that the index on its start can be used.
_TAKEN = """
SELECT b.name, t.name, lower(a.during), upper(a.during), false, NULL, NULL
  FROM appointments a
  JOIN bays b ON b.id = a.service_bay
  LEFT JOIN technicians t ON t.id = a.assigned_technician
 WHERE a.status IN ('scheduled', 'confirmed', 'in_progress')
   AND a.scheduled_at >= %(since)s::timestamptz - interval '1 day'
   AND a.scheduled_at < %(until)s
   AND a.during && tstzrange(%(since)s, %(until)s)
   AND a.id IS DISTINCT FROM %(besides)s
UNION ALL
SELECT b.name, t.name, lower(h.during), upper(h.during), false, h.holder, h.service_type
  FROM slot_holds h
  JOIN bays b ON b.id = h.service_bay
  LEFT JOIN technicians t ON t.id = h.technician
 WHERE h.expires_at > %(now)s AND h.during && tstzrange(%(since)s, %(until)s)
UNION ALL
SELECT b.name, t.name, greatest(lower(c.during), %(since)s), least(upper(c.during), %(until)s),
       true, NULL, NULL
  FROM calendar_blocks c
  LEFT JOIN bays b ON b.id = c.service_bay
  LEFT JOIN technicians t ON t.id = c.technician
 WHERE c.during && tstzrange(%(since)s, %(until)s)
"""


def bounds(shop: Shop, first: date, last: date) -> Span:
    """From when until when local days last, in UTC."""
    return _midnight(shop, first), _midnight(shop, last + timedelta(days=1))


def _midnight(shop: Shop, day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=shop.zone).astimezone(UTC)

"""What other people do to the shop's records while a caller is on the line."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID

from shop.db import Pool
from shop.desk import Desk
from shop.people.attempts import MOST_FAILURES, Attempts

_STAFF = "the front desk"
_THURSDAY = date(2026, 11, 19)
_FULL_BUT_FOR_HERS = """
INSERT INTO appointments (customer_id, vehicle_id, scheduled_at, duration_minutes, service_type,
                          service_category, service_description, service_bay)
SELECT v.customer_id, v.id, part.starts_at, part.minutes, 'engine_diagnostics', 'repair',
       'Diagnostic', b.id
  FROM bays b, vehicles v, (VALUES ('2026-11-19T08:00:00-06:00'::timestamptz, 120),
                                   ('2026-11-19T10:00:00-06:00', 30),
                                   ('2026-11-19T10:30:00-06:00', 450)) AS part (starts_at, minutes)
 WHERE v.license_plate = 'JC 7702'
   AND NOT EXISTS (SELECT FROM appointments a
                    WHERE a.service_bay = b.id AND a.scheduled_at = part.starts_at)
"""
_WAITING = (("Daniel Brooks", "+12175550163"), ("Wilma Grant", "+12175550134"))


async def next_of(pool: Pool, whose: str) -> UUID:
    """The next appointment of somebody, by first and last name.

    Raises:
        LookupError: They have none.
    """
    async with pool.connection() as conn:
        rows = await conn.execute(
            """
            SELECT a.id FROM appointments a JOIN customers c ON c.id = a.customer_id
             WHERE c.first_name || ' ' || c.last_name = %s
               AND a.status IN ('scheduled', 'confirmed')
             ORDER BY a.scheduled_at LIMIT 1
            """,
            [whose],
        )
        row = await rows.fetchone()
    if row is None:
        raise LookupError(f"{whose} has no appointment that staff could change")
    return UUID(str(row[0]))


async def move(desk: Desk, whose: str, at: datetime) -> None:
    """Staff move an appointment at the counter."""
    mine = await next_of(desk.pool, whose)
    await desk.move(call_sid=_STAFF, key=f"move {at}", appointment_id=mine, starts_at=at)


async def cancel(desk: Desk, whose: str) -> None:
    """Staff cancel an appointment at the counter."""
    mine = await next_of(desk.pool, whose)
    await desk.cancel(call_sid=_STAFF, key="cancel", appointment_id=mine, reason="other")


async def lock_out(desk: Desk, whose: str) -> None:
    """Somebody else has tried to prove that they are this customer, until nobody may any more."""
    async with desk.pool.connection() as conn:
        rows = await conn.execute(
            "SELECT id FROM customers WHERE first_name || ' ' || last_name = %s", [whose]
        )
        (customer,) = await rows.fetchall()
        for _ in range(MOST_FAILURES):
            await Attempts(conn).add(
                call_sid="somebody else",
                customer_id=customer[0],
                factor="birth_date",
                passed=False,
                now=desk.clock(),
            )


async def pass_on(desk: Desk) -> None:
    """A time that is held for somebody on the waiting list is not answered for, and passed on."""
    later = partial(_later, desk, desk.shop.offer_minutes + 1)
    if not await replace(desk, clock=later).pass_on_offers():
        raise LookupError("nobody on the waiting list has been offered anything")


def _later(desk: Desk, minutes: int) -> datetime:
    return desk.clock() + timedelta(minutes=minutes)


async def _offered(desk: Desk) -> None:
    """The one time of a full Thursday comes free for the first of two who wait for it."""
    async with desk.pool.connection() as conn:
        await conn.execute(_FULL_BUT_FOR_HERS)
    for minutes, (name, phone) in enumerate(_WAITING):
        await replace(desk, clock=partial(_later, desk, minutes)).join_waitlist(
            call_sid=_STAFF,
            key=name,
            phone=phone,
            name=name,
            service_key="oil_change",
            first_day=_THURSDAY,
            last_day=_THURSDAY,
        )
    await cancel(desk, "Maria Lopez")


STAGED: Mapping[str, Callable[[Desk], Awaitable[None]]] = {"offered": _offered}
"""Worlds that come about by what people do, not by statements."""

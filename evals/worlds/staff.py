"""What other people do to the shop's records while a caller is on the line."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from shop.db import Pool
from shop.desk import Desk
from shop.people.attempts import MOST_FAILURES, Attempts

_STAFF = "the front desk"
_THURSDAY = date(2026, 11, 19)
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
    later = desk.clock() + timedelta(minutes=desk.shop.offer_minutes + 1)
    if not await replace(desk, clock=lambda: later).pass_on_offers():
        raise LookupError("nobody on the waiting list has been offered anything")


async def _offered(desk: Desk) -> None:
    for name, phone in _WAITING:
        await desk.join_waitlist(
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

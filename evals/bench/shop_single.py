"""One caller at a time: who calls, what is free, and the writes to the schedule."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from evals.bench.shop_arms import Arm, Timed, Turns, in_turns
from shop.db import Pool
from shop.desk import Desk, NewCustomer, NewVehicle
from shop.profile import hours
from shop.profile.shop import Shop
from shop.schedule.booking import Booking
from shop.schedule.slots import Slot
from shop.seed.making import Rows

SERVICE = "oil_change"

ROW = "one row by its primary key"
COMMIT = "one row committed"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on file, and one of their cars."""

    id: UUID
    phone: str
    vehicle: UUID


def people(rows: Rows, *, seed: int) -> list[Person]:
    """Everybody who has nothing booked, in an order that the seed decides."""
    ahead = {row["customer_id"] for row in rows.appointments if row["completed_at"] is None}
    cars = {row["customer_id"]: row["id"] for row in rows.vehicles if row["is_primary_vehicle"]}
    found = [
        Person(row["id"], row["phone"], cars[row["id"]])
        for row in rows.customers
        if row["id"] not in ahead
    ]
    random.Random(seed).shuffle(found)  # noqa: S311 - an order, not a secret
    return found


@dataclass(frozen=True, slots=True)
class Days:
    """The days that are asked for. `busiest_cars` is how many cars are booked on the busiest."""

    empty: date
    busiest: date
    busiest_cars: int
    closed: date


async def days(pool: Pool, shop: Shop, today: date) -> Days:
    """The day with most on it, one that is emptied for the purpose, and the next holiday."""
    ahead = [today + timedelta(days=on) for on in range(1, shop.horizon_days)]
    closed = next(day for day in ahead if hours.holiday(shop, day))
    async with pool.connection() as conn:
        rows = await conn.execute(
            """
            SELECT (scheduled_at AT TIME ZONE %(zone)s)::date AS day, count(*)
              FROM appointments
             WHERE status IN ('scheduled', 'confirmed') AND scheduled_at >= %(tomorrow)s
             GROUP BY day ORDER BY count(*) DESC, day
            """,
            {"zone": shop.zone.key, "tomorrow": ahead[0]},
        )
        counts = await rows.fetchall()
        busiest, emptied = counts[0], counts[-1][0]
        await conn.execute(
            """
            DELETE FROM appointments
             WHERE (scheduled_at AT TIME ZONE %s)::date = %s AND completed_at IS NULL
            """,
            [shop.zone.key, emptied],
        )
    return Days(emptied, busiest[0], busiest[1], closed)


async def lookups(desk: Desk, callers: list[Person], turns: Turns) -> dict[str, Timed]:
    """Whose number it is: the first time anybody asks, again a moment later, and a bare row."""

    async def first(number: int) -> None:
        assert await desk.callers(callers[number].phone)

    async def again(number: int) -> None:
        assert await desk.callers(callers[number - 1].phone)

    arms = {ROW: _row(desk.pool, callers), "first time": first, "again": again}
    return await in_turns(arms, turns)


async def free_times(
    desk: Desk, callers: list[Person], asked: Days, turns: Turns
) -> dict[str, Timed]:
    """What is free on an empty, a full and a closed day, and a bare row."""

    def on(day: date) -> Arm:
        async def look(_: int) -> None:
            await desk.free_slots(SERVICE, day)

        return look

    arms = {
        ROW: _row(desk.pool, callers),
        "empty day": on(asked.empty),
        "busiest day": on(asked.busiest),
        "closed day": on(asked.closed),
    }
    return await in_turns(arms, turns)


def _row(pool: Pool, callers: list[Person]) -> Arm:
    async def row(number: int) -> None:
        async with pool.connection() as conn:
            found = await conn.execute(
                "SELECT * FROM customers WHERE id = %s", [callers[number % len(callers)].id]
            )
            assert await found.fetchone()

    return row


@dataclass(slots=True)
class Visits:
    """Callers one after the other, each with an offer, a booking, a move and a cancellation."""

    desk: Desk
    callers: list[Person]
    day: date
    offered: tuple[Slot, ...] = ()
    made: list[Booking] = field(default_factory=list)

    async def commit(self, number: int) -> None:
        """What any write takes at least."""
        async with self.desk.pool.connection() as conn:
            await conn.execute("INSERT INTO bench_rows (number) VALUES (%s)", [number])

    async def offer(self, number: int) -> None:
        """Free times found and held."""
        self.offered = (await self.desk.offer(f"visit-{number}", SERVICE, self.day)).slots

    async def book(self, number: int) -> None:
        """One of them booked for somebody on file."""
        who = self.callers[number]
        booked = await self.desk.book(
            call_sid=f"visit-{number}",
            key="book",
            customer=who.id,
            vehicle=who.vehicle,
            service_key=SERVICE,
            starts_at=self.offered[0].starts_at,
            notes=None,
        )
        self.made = [booked]

    async def move(self, number: int) -> None:
        """To another time of the day."""
        await self.desk.move(
            call_sid=f"visit-{number}",
            key="move",
            appointment_id=self.made[0].appointment.id,
            starts_at=self.offered[-1].starts_at,
        )

    async def cancel(self, number: int) -> None:
        """Off the schedule."""
        await self.desk.cancel(
            call_sid=f"visit-{number}",
            key="cancel",
            appointment_id=self.made[0].appointment.id,
            reason="other",
        )

    async def newcomer(self, number: int) -> None:
        """A booking for somebody who was not on file, car included."""
        booked = await self.desk.book(
            call_sid=f"newcomer-{number}",
            key="book",
            customer=NewCustomer("Robin", "Fields", f"+1309555{number:04d}"),
            vehicle=NewVehicle(2019, "Honda", "Civic"),
            service_key=SERVICE,
            starts_at=self.offered[0].starts_at,
            notes=None,
        )
        self.made.append(booked)

    async def leave(self, number: int) -> None:
        """The newcomer's appointment is taken off again, so that all days are alike."""
        await self.desk.cancel(
            call_sid=f"newcomer-{number}",
            key="cancel",
            appointment_id=self.made[1].appointment.id,
            reason="other",
        )


async def writes(desk: Desk, callers: list[Person], day: date, turns: Turns) -> dict[str, Timed]:
    """The writes of a call, and one row committed, in turns."""
    async with desk.pool.connection() as conn:
        await conn.execute("CREATE TABLE bench_rows (number integer NOT NULL)")
    visits = Visits(desk, callers, day)
    arms = {
        COMMIT: visits.commit,
        "offer and hold": visits.offer,
        "book": visits.book,
        "move": visits.move,
        "cancel": visits.cancel,
        "book, customer and car new": visits.newcomer,
    }
    return await in_turns(arms, turns, after=visits.leave)

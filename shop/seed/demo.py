"""A few people whom a newcomer can call as. Loading them again is harmless."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

from psycopg import AsyncConnection, sql

from shop.clock import Clock
from shop.db import Pool
from shop.errors import SlotTaken
from shop.people.customers import Customers
from shop.profile.catalog import Service
from shop.profile.hours import windows
from shop.profile.shop import Shop
from shop.schedule import slots, taken
from shop.schedule.appointments import Appointments
from shop.schedule.availability import Availability
from shop.schedule.placing import Placing
from shop.schedule.slots import Place, Slot

_SPACE = UUID("5c0f5c5e-0d5e-4b5e-9a57-ba275a070001")
"""Ids are made from names in this space, so that every load means the same rows."""

_NOTICE = timedelta(days=2)
_THURSDAY = 3


@dataclass(frozen=True, slots=True)
class DemoCaller:
    """Somebody on file, for the documentation.

    Attributes:
        proofs: What the shop accepts as proof that it is them, as (factor, words to say).
    """

    number: str
    name: str
    drives: tuple[str, ...]
    proofs: tuple[tuple[str, str], ...]
    has: str


DEMO_CALLERS = (
    DemoCaller(
        "+12175550142",
        "Maria Lopez",
        ("blue 2019 Honda Civic", "grey 2016 Toyota Tacoma"),
        (
            ("birth_date", "April twelfth, nineteen eighty-five"),
            ("address", "742 Elm Street, 62704"),
            ("plate", "B X four one nine two zero"),
        ),
        "an oil change for the Civic on the coming Thursday or the first free day after",
    ),
    DemoCaller(
        "+12175550119",
        "James Carter",
        ("black 2020 Ford F-150",),
        (
            ("birth_date", "September thirtieth, nineteen seventy-two"),
            ("address", "18 Oak Avenue, 62703"),
        ),
        "nothing booked",
    ),
    DemoCaller(
        "+12175550177",
        "Anna Novak",
        ("white 2021 Subaru Outback",),
        (("birth_date", "June third, nineteen ninety"),),
        "nothing booked; shares the number with Peter",
    ),
    DemoCaller(
        "+12175550177",
        "Peter Novak",
        ("red 2017 Mazda CX-5",),
        (("birth_date", "January nineteenth, nineteen eighty-eight"),),
        "nothing booked; shares the number with Anna",
    ),
)
"""Whom to call as, and what to say."""

# phone, first and last name, born, street, ZIP code, customer for so many years
_CUSTOMERS = (
    ("+12175550142", "Maria", "Lopez", date(1985, 4, 12), "742 Elm Street", "62704", 4),
    ("+12175550119", "James", "Carter", date(1972, 9, 30), "18 Oak Avenue", "62703", 2),
    ("+12175550177", "Anna", "Novak", date(1990, 6, 3), "55 Maple Court", "62702", 3),
    ("+12175550177", "Peter", "Novak", date(1988, 1, 19), "55 Maple Court", "62702", 3),
)
# owner, VIN, plate, year, make, model, colour, mileage, is the main car
_VEHICLES = (
    ("Maria Lopez", "19XFC2F51KE000101", "BX 41920", 2019, "Honda", "Civic", "blue", 61_200, True),
    (
        "Maria Lopez", "3TMAZ5CN2GM000202", "TRK 8812", 2016, "Toyota", "Tacoma", "grey", 98_400,
        False,
    ),
    (
        "James Carter", "1FTEW1E4XLF000303", "JC 7702", 2020, "Ford", "F-150", "black", 45_900,
        True,
    ),
    (
        "Anna Novak", "4S4BTACC6M3000404", "AN 2190", 2021, "Subaru", "Outback", "white", 33_100,
        True,
    ),
    ("Peter Novak", "JM3KFBDL3H0000505", "PN 5531", 2017, "Mazda", "CX-5", "red", 72_800, True),
)  # fmt: skip


def demo_id(name: str) -> UUID:
    """The id of a demo record: a person by name, a car by owner and make ("Maria Lopez Honda")."""
    return uuid5(_SPACE, name)


async def load_demo(pool: Pool, shop: Shop, clock: Clock) -> None:
    """Put the demo callers on file, and give Maria an appointment to move if she has none ahead.

    What callers have changed since the last load is left alone.
    """
    now = clock().astimezone(UTC)
    async with pool.connection() as conn, conn.transaction():
        await _people(conn, shop, now)
        # Two processes that start at once take turns from here on.
        await Customers(conn).hold(demo_id("Maria Lopez"))
        await _appointment(conn, shop, now)
        await _past_service(conn, shop, now)


async def _people(conn: AsyncConnection[Any], shop: Shop, now: datetime) -> None:
    today = now.astimezone(shop.zone).date()
    for phone, first, last, born, street, zip_code, years in _CUSTOMERS:
        since = today - timedelta(days=365 * years)
        await conn.execute(
            """
            INSERT INTO customers (id, phone, first_name, last_name, date_of_birth, street_address,
                                   city, state, zip_code, customer_since)
            VALUES (%s, %s, %s, %s, %s, %s, 'Springfield', 'IL', %s, %s)
            ON CONFLICT (id) DO NOTHING
            """,
            [demo_id(f"{first} {last}"), phone, first, last, born, street, zip_code, since],
        )
    for owner, vin, plate, year, make, model, color, mileage, is_primary in _VEHICLES:
        await conn.execute(
            """
            INSERT INTO vehicles (id, customer_id, vin, license_plate, year, make, model, color,
                                  current_mileage, is_primary_vehicle)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
            ON CONFLICT (id) DO NOTHING
            """,
            [
                demo_id(f"{owner} {make}"),
                demo_id(owner),
                vin,
                plate,
                year,
                make,
                model,
                color,
                mileage,
                is_primary,
            ],
        )


async def _past_service(conn: AsyncConnection[Any], shop: Shop, now: datetime) -> None:
    """Maria's brakes were inspected some three months before the first load."""
    service = shop.catalog.find("brake_inspection")
    on = _working_day(shop, now.astimezone(shop.zone).date() - timedelta(days=100))
    begins = datetime.combine(on, time(14), tzinfo=shop.zone)
    maria, civic = demo_id("Maria Lopez"), demo_id("Maria Lopez Honda")
    # Whoever could have done it may be away on just that day.
    place = slots.place(shop, service, begins, ()) or Place(shop.bays_for(service.key)[0])
    await taken.lock_days(conn, shop, [on])
    made = await conn.execute(
        """
        INSERT INTO appointments (id, customer_id, vehicle_id, scheduled_at, duration_minutes,
                                  service_type, service_category, service_description, actual_cost,
                                  status, service_bay, assigned_technician, booking_method,
                                  booked_by, completed_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, 60, 'completed',
                (SELECT id FROM bays WHERE name = %s),
                (SELECT id FROM technicians WHERE name = %s), 'phone', 'Sarah Chen', %s)
        ON CONFLICT (id) DO NOTHING
        """,
        [
            demo_id("brake inspection"),
            maria,
            civic,
            begins,
            service.minutes,
            service.key,
            service.category,
            service.name,
            place.bay,
            place.technician,
            begins + timedelta(minutes=service.minutes),
        ],
    )
    if made.rowcount == 0:
        return
    await conn.execute(
        """
        INSERT INTO service_history (vehicle_id, appointment_id, service_date, mileage,
                                     services_performed, total_cost, next_service_type)
        VALUES (%s, %s, %s, 58900, %s, 60, 'oil_change')
        """,
        [civic, demo_id("brake inspection"), on, [service.name]],
    )
    for table, record in (("vehicles", civic), ("customers", maria)):
        await conn.execute(
            sql.SQL("UPDATE {} SET last_service_date = %s WHERE id = %s").format(
                sql.Identifier(table)
            ),
            [on, record],
        )


def _working_day(shop: Shop, day: date) -> date:
    while not windows(shop, day):
        day -= timedelta(days=1)
    return day


async def _appointment(conn: AsyncConnection[Any], shop: Shop, now: datetime) -> None:
    appointments = Appointments(conn)
    maria, civic = demo_id("Maria Lopez"), demo_id("Maria Lopez Honda")
    ahead = await appointments.upcoming(maria, now=now, limit=10)
    if any(appointment.vehicle_id == civic for appointment in ahead):
        return
    service = shop.catalog.find("oil_change")
    slot = await _first_free(conn, shop, now, service)
    if slot is None:
        return
    # If a caller is quicker, the next start gives her one.
    with suppress(SlotTaken):
        await appointments.add(
            service,
            appointment_id=uuid4(),
            customer_id=maria,
            vehicle_id=civic,
            place=await Placing(conn, shop, now).secure(service, slot.starts_at),
            starts_at=slot.starts_at,
            notes=None,
        )


async def _first_free(
    conn: AsyncConnection[Any], shop: Shop, now: datetime, service: Service
) -> Slot | None:
    """About ten on the coming Thursday, else on the first free day after two days' notice."""
    first = now.astimezone(shop.zone).date() + _NOTICE
    thursday = first + timedelta(days=(_THURSDAY - first.weekday()) % 7)
    for day in (thursday, *(first + timedelta(days=on) for on in range(shop.horizon_days))):
        found = await Availability(conn, shop, now).on(service, day, near=time(10), limit=1)
        if found.slots:
            return found.slots[0]
    return None

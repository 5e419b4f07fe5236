"""Everything the desk can be asked to write."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, date, datetime, time
from uuid import UUID

import httpx

from shop.db import Pool
from shop.desk import Desk, NewCustomer, NewVehicle
from shop.nhtsa import Vpic
from shop.profile import load_shop

SHOP = load_shop()
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
"""A Monday morning in Springfield."""

CALL = "CA1"
STRANGER = NewCustomer("Daniel", "Brooks", "217-555-0131", "daniel@example.com")
REGULAR = NewCustomer("Ann", "Able", "217-555-0133", "ann@example.com")
CIVIC = NewVehicle(2018, "Honda", "Civic", color="Blue")
CAMRY = NewVehicle(2016, "Toyota", "Camry", license_plate="AB 12 345")
PERSONAL = (
    "Daniel", "Brooks", "daniel@example.com", "5550131", "555-0131",
    "Ann", "Able", "ann@example.com", "5550133", "555-0133", "AB12345", "AB 12 345",
)  # fmt: skip
"""What must never be found in a log or in an exception."""

Given = Mapping[str, str]
"""What is on file before a deed: the ids of a regular customer, their car and appointments."""

Deed = Callable[[Desk, Given], Awaitable[str]]
"""Asks for one write, always under the same key; returns what it led to in a word."""


def discreet(text: str) -> None:
    """Check that nothing in a log or in an exception's words is about a caller."""
    assert [word for word in PERSONAL if word in text] == []


def desk_on(pool: Pool, client: httpx.AsyncClient) -> Desk:
    """The desk of the shop, whose clock stands still."""
    return Desk(pool, SHOP, lambda: NOW, Vpic("http://127.0.0.1:9", client))


def at(hour: int, *, day: int = 24) -> datetime:
    """A time of Tuesday, or of another day of that November."""
    return datetime.combine(date(2026, 11, day), time(hour), tzinfo=SHOP.zone)


async def prepare(desk: Desk) -> Given:
    """Put a regular customer, their car and two appointments on file, one of them cancelled."""
    made = [
        await desk.book(
            call_sid="CA0", key=f"k{hour}", customer=REGULAR, vehicle=CAMRY,
            service_key="oil_change", starts_at=at(hour), notes=None,
        )
        for hour in (9, 14)
    ]  # fmt: skip
    given = {
        "customer": str(made[0].customer_id),
        "vehicle": str(made[0].vehicle_id),
        "appointment": str(made[0].appointment.id),
        "cancelled": str(made[1].appointment.id),
    }
    await desk.cancel(
        call_sid="CA0", key="c", appointment_id=made[1].appointment.id, reason="other"
    )
    return given


async def _book_stranger(desk: Desk, given: Given) -> str:
    made = await desk.book(
        call_sid=CALL, key="k", customer=STRANGER, vehicle=CIVIC, service_key="oil_change",
        starts_at=at(10), notes="a rattle",
    )  # fmt: skip
    return str(made.appointment.id)


async def _book_regular(desk: Desk, given: Given) -> str:
    made = await desk.book(
        call_sid=CALL, key="k", customer=UUID(given["customer"]), vehicle=UUID(given["vehicle"]),
        service_key="inspection", starts_at=at(10), notes=None,
    )  # fmt: skip
    return str(made.appointment.id)


async def _move(desk: Desk, given: Given) -> str:
    moved = await desk.move(
        call_sid=CALL, key="k", appointment_id=UUID(given["appointment"]), starts_at=at(11)
    )
    return f"{moved.appointment.id} at {moved.appointment.scheduled_at}"


async def _cancel(desk: Desk, given: Given) -> str:
    gone = await desk.cancel(
        call_sid=CALL, key="k", appointment_id=UUID(given["appointment"]), reason="vehicle_sold"
    )
    return f"{gone.id} {gone.status}"


async def _add_customer(desk: Desk, given: Given) -> str:
    return str(await desk.add_customer(call_sid=CALL, key="k", customer=STRANGER))


async def _add_vehicle(desk: Desk, given: Given) -> str:
    customer_id = UUID(given["customer"])
    return str(
        await desk.add_vehicle(call_sid=CALL, key="k", customer_id=customer_id, vehicle=CIVIC)
    )


async def _request_callback(desk: Desk, given: Given) -> str:
    asked = await desk.request_callback(
        call_sid=CALL, key="k", phone=STRANGER.phone, topic="a bill", summary="Too high",
        name="Daniel Brooks",
    )  # fmt: skip
    return str(asked.id)


async def _request_tow(desk: Desk, given: Given) -> str:
    asked = await desk.request_tow(
        call_sid=CALL, key="k", phone=STRANGER.phone, location="on Route 4", problem="no start"
    )
    return str(asked.id)


async def _opt_out(desk: Desk, given: Given) -> str:
    await desk.opt_out(call_sid=CALL, key="k", phone=REGULAR.phone)
    return "out"


async def _close_call(desk: Desk, given: Given) -> str:
    await desk.close_call(CALL, outcome="booked", customer_id=UUID(given["customer"]))
    return "closed"


DEEDS: dict[str, Deed] = {
    "book for a stranger": _book_stranger,
    "book for a regular customer": _book_regular,
    "move": _move,
    "cancel": _cancel,
    "write a customer down": _add_customer,
    "write a car down": _add_vehicle,
    "ask for a call back": _request_callback,
    "ask for a tow": _request_tow,
    "opt out": _opt_out,
    "close a call": _close_call,
}

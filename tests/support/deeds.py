"""Everything the desk can be asked to write."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import httpx

from shop.cars.nhtsa import Vpic
from shop.db import Pool
from shop.desk import Desk, NewCustomer, NewVehicle
from shop.people.consents import Consent
from shop.profile.shop import load_shop
from shop.schedule.booking import Booking

SHOP = load_shop()
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
"""A Monday morning in Springfield."""

TUESDAY = date(2026, 11, 24)

CALL = "CA1"
STRANGER = NewCustomer("Daniel", "Brooks", "217-555-0131", "daniel@example.com")
REGULAR = NewCustomer("Ann", "Able", "217-555-0133", "ann@example.com")
WAITING = NewCustomer("Wade", "Waiting", "217-555-0134")
ALSO_WAITING = NewCustomer("Wilma", "Waiting", "217-555-0135")
CIVIC = NewVehicle(2018, "Honda", "Civic", color="Blue")
CAMRY = NewVehicle(2016, "Toyota", "Camry", license_plate="AB 12 345")
PERSONAL = (
    "Daniel", "Brooks", "daniel@example.com", "5550131", "555-0131",
    "Ann", "Able", "ann@example.com", "5550133", "555-0133",
    "5550134", "555-0134", "5550135", "555-0135", "AB12345", "AB 12 345",
)  # fmt: skip
"""What must never be found in a log or in an exception."""

Given = Mapping[str, str]
"""The ids of what is on file before a deed; see `prepare`."""

Deed = Callable[[Desk, Given], Awaitable[str]]
"""Asks for one write, always under the same key; returns what it led to in a word."""


def discreet(text: str) -> None:
    """Check that nothing in a log or in an exception's words is about a caller."""
    assert [word for word in PERSONAL if word in text] == []


def desk_on(pool: Pool, client: httpx.AsyncClient) -> Desk:
    """The desk of the shop, whose clock stands still."""
    return Desk(pool, SHOP, lambda: NOW, Vpic("http://127.0.0.1:9", client))


def at(hour: int) -> datetime:
    """A time of Tuesday."""
    return datetime.combine(TUESDAY, time(hour), tzinfo=SHOP.zone)


async def prepare(desk: Desk) -> Given:
    """Put on file what a call finds.

    A regular customer has one appointment, and had another; somebody was offered the time of that,
    and somebody else goes on waiting. The call itself is being offered three times.
    """
    nine, two = await _booked(desk, 9), await _booked(desk, 14)
    offered = await _waits(desk, WAITING)
    await desk.cancel(call_sid="CA0", key="c", appointment_id=two.appointment.id, reason="other")
    await _waits(desk, ALSO_WAITING)
    await desk.offer(CALL, "oil_change", TUESDAY, near=time(10))
    return {
        "customer": str(nine.customer_id),
        "vehicle": str(nine.vehicle_id),
        "appointment": str(nine.appointment.id),
        "cancelled": str(two.appointment.id),
        "offered": str(offered),
    }


async def _booked(desk: Desk, hour: int) -> Booking:
    return await desk.book(
        call_sid="CA0", key=f"k{hour}", customer=REGULAR, vehicle=CAMRY, service_key="oil_change",
        starts_at=at(hour), notes=None,
    )  # fmt: skip


async def _waits(desk: Desk, who: NewCustomer) -> UUID:
    entry = await desk.join_waitlist(
        call_sid="CA0", key=who.first_name, phone=who.phone, name=who.first_name,
        service_key="oil_change", first_day=TUESDAY, last_day=TUESDAY,
    )  # fmt: skip
    return entry.id


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


async def _confirm(desk: Desk, given: Given) -> str:
    sure = await desk.confirm(
        call_sid=CALL, key="k", appointment_id=UUID(given["appointment"]), reminded=True
    )
    return f"{sure.id} {sure.status}"


async def _arrange(desk: Desk, given: Given) -> str:
    made = await desk.arrange(
        call_sid=CALL, key="k", appointment_id=UUID(given["appointment"]), visit="wait"
    )
    return f"{made.id} {made.visit}"


async def _restore(desk: Desk, given: Given) -> str:
    back = await desk.restore(call_sid=CALL, key="k", appointment_id=UUID(given["cancelled"]))
    return f"{back.appointment.id} {back.appointment.status}"


async def _offer(desk: Desk, given: Given) -> str:
    offered = await desk.offer(CALL, "oil_change", TUESDAY, near=time(11), limit=2)
    return str([slot.starts_at for slot in offered.slots])


async def _keep(desk: Desk, given: Given) -> str:
    free = await desk.free_slots("oil_change", TUESDAY, near=time(10), call_sid=CALL)
    return str((await desk.keep(CALL, free.slots[0])).starts_at)


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


async def _consent(desk: Desk, given: Given) -> str:
    said = Consent(STRANGER.phone, "text", "service", granted=True, wording="May we text you?")
    return str(await desk.record_consent(call_sid=CALL, key="k", consent=said))


async def _opt_out(desk: Desk, given: Given) -> str:
    await desk.opt_out(call_sid=CALL, key="k", phone=REGULAR.phone)
    return "out"


async def _join_waitlist(desk: Desk, given: Given) -> str:
    entry = await desk.join_waitlist(
        call_sid=CALL, key="k", phone=STRANGER.phone, name="Daniel Brooks",
        service_key="inspection", first_day=TUESDAY, last_day=TUESDAY,
    )  # fmt: skip
    return str(entry.id)


async def _decline(desk: Desk, given: Given) -> str:
    await desk.leave_waitlist(call_sid=CALL, key="k", entry_id=UUID(given["offered"]))
    return "declined"


async def _pass_on(desk: Desk, given: Given) -> str:
    later = NOW + timedelta(minutes=SHOP.offer_minutes + 1)
    await replace(desk, clock=lambda: later).pass_on_offers()
    return "passed on"


async def _close_call(desk: Desk, given: Given) -> str:
    await desk.close_call(CALL, outcome="booked", customer_id=UUID(given["customer"]))
    return "closed"


DEEDS: dict[str, Deed] = {
    "book for a stranger": _book_stranger,
    "book for a regular customer": _book_regular,
    "move": _move,
    "cancel": _cancel,
    "restore": _restore,
    "confirm": _confirm,
    "say how somebody comes": _arrange,
    "offer times": _offer,
    "keep a time": _keep,
    "write a customer down": _add_customer,
    "write a car down": _add_vehicle,
    "ask for a call back": _request_callback,
    "ask for a tow": _request_tow,
    "consent": _consent,
    "opt out": _opt_out,
    "wait for a time": _join_waitlist,
    "decline a time": _decline,
    "pass a time on": _pass_on,
    "close a call": _close_call,
}
"""Each is one transaction, and done once however often it is asked for."""

WRITES = {
    "book", "move", "cancel", "restore", "confirm", "arrange", "offer", "keep", "add_customer",
    "add_vehicle", "request_callback", "request_tow", "record_consent", "opt_out", "join_waitlist",
    "leave_waitlist", "pass_on_offers", "close_call",
}  # fmt: skip
"""The methods of the desk that the deeds ask for."""

"""The writes to the schedule: each is one transaction that the caller owns.

Locks are taken in one order everywhere, so that no two transactions wait for each other: the ledger
entry, the customer's number, the customer or the appointment, the bays by id.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args
from uuid import UUID

from psycopg import AsyncConnection

from shop import slots
from shop.appointments import LIVE, MOVABLE, Appointment, Appointments
from shop.audit import Audit
from shop.catalog import Service
from shop.customers import Customers, NewCustomer
from shop.effects import Effects
from shop.errors import BadValue, NotAllowed, SlotTaken, TooMany, WrongState
from shop.profile import Shop
from shop.vehicles import NewVehicle, Vehicles

MOST_OPEN = 3
"""How many bookings a customer may have ahead."""

Reason = Literal[
    "schedule_conflict", "got_service_elsewhere", "vehicle_sold", "issue_resolved", "other"
]


@dataclass(frozen=True, slots=True)
class Booking:
    """What a booking or a move led to. `replayed` means it had been done before."""

    appointment: Appointment
    customer_id: UUID
    vehicle_id: UUID
    replayed: bool


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be booked for whom."""

    customer: UUID | NewCustomer
    vehicle: UUID | NewVehicle
    service: Service
    starts_at: datetime
    notes: str | None


@dataclass(frozen=True, slots=True)
class Schedule:
    """The schedule as one intent of one call may change it."""

    conn: AsyncConnection[Any]
    shop: Shop
    now: datetime
    call_sid: str
    key: str

    async def book(self, order: Order) -> Booking:
        """Put a car on the schedule; customer and car are written down if they are new.

        Raises:
            TimeRefused, TooMany, NotAllowed, NotFound, BadValue: Nothing was written.
        """
        request = {"service": order.service.key, "starts_at": order.starts_at.isoformat()}
        before = await self._before("book", request)
        if before and before.status in LIVE and before.scheduled_at == order.starts_at:
            return Booking(before, before.customer_id, before.vehicle_id, replayed=True)
        slots.check(self.shop, order.service, order.starts_at, now=self.now)
        customer_id = await self.customer(order.customer)
        vehicle_id = await self.vehicle(order.vehicle, customer_id)
        same = await self._already_in(vehicle_id, order)
        if same is not None:
            return Booking(same, customer_id, vehicle_id, replayed=True)
        await self._check_room_for(customer_id)
        bay_id = await self._secure(order.service, order.starts_at)
        made = await Appointments(self.conn).add(
            order.service,
            customer_id=customer_id,
            vehicle_id=vehicle_id,
            bay_id=bay_id,
            starts_at=order.starts_at,
            notes=order.notes,
        )
        return await self._done("book", made)

    async def _already_in(self, vehicle_id: UUID, order: Order) -> Appointment | None:
        """This very booking, made before; a car cannot be in two bays at once.

        Raises:
            WrongState: The car is booked in for something else then.
        """
        ends_at = order.starts_at + timedelta(minutes=order.service.minutes)
        found = await Appointments(self.conn).of_car(vehicle_id, order.starts_at, ends_at)
        if found is None:
            return None
        if (found.service_type, found.scheduled_at) == (order.service.key, order.starts_at):
            return found
        raise WrongState("That car is already booked in for something else at that time.")

    async def move(self, appointment_id: UUID, starts_at: datetime) -> Booking:
        """Give an appointment another time; the old one is free only once the new one is secured.

        Raises:
            TimeRefused, WrongState, NotFound: The appointment stands as it was.
        """
        request = {"appointment": str(appointment_id), "starts_at": starts_at.isoformat()}
        before = await self._before("move", request)
        if before and before.status in LIVE and before.scheduled_at == starts_at:
            return Booking(before, before.customer_id, before.vehicle_id, replayed=True)
        found = await self._movable(appointment_id)
        # Staff may have made it longer or shorter than the catalogue has it.
        service = replace(
            self.shop.catalog.find(found.service_type), minutes=found.duration_minutes
        )
        slots.check(self.shop, service, starts_at, now=self.now)
        bay_id = await self._secure(service, starts_at, moving=found)
        await Appointments(self.conn).move(found.id, starts_at=starts_at, bay_id=bay_id)
        return await self._done("move", found.id, was=found.scheduled_at.isoformat())

    async def cancel(self, appointment_id: UUID, reason: str) -> Appointment:
        """Take an appointment off the schedule. The row stays, so staff can bring it back.

        Raises:
            WrongState, NotFound, BadValue: The appointment stands as it was.
        """
        if reason not in get_args(Reason):
            raise BadValue("Why would you like to cancel?", field="reason")
        before = await self._before("cancel", {"appointment": str(appointment_id)})
        if before and before.status == "cancelled":
            return before
        found = await self._movable(appointment_id)
        await Appointments(self.conn).cancel(found.id, reason=reason, now=self.now)
        return (await self._done("cancel", found.id, reason=reason)).appointment

    async def customer(self, who: UUID | NewCustomer) -> UUID:
        """The customer's id; somebody of that name and number who is on file is not doubled."""
        customers = Customers(self.conn)
        if isinstance(who, UUID):
            await customers.hold(who)
            return who
        new = who.cleaned()
        known = await customers.same(new)
        if known is not None:
            await customers.hold(known)
            return known
        today = self.now.astimezone(self.shop.zone).date()
        made, email_taken = await customers.add(new, today=today)
        await self._audit.note("create", "customers", made, {"email_taken": email_taken})
        return made

    async def vehicle(self, what: UUID | NewVehicle, customer_id: UUID) -> UUID:
        """The id of the customer's car; one that is described as on file is not doubled.

        Raises:
            NotAllowed: It is somebody else's.
        """
        vehicles = Vehicles(self.conn)
        if isinstance(what, UUID):
            if (await vehicles.get(what)).customer_id != customer_id:
                raise NotAllowed("I don't have that car for you.")
            return what
        new = what.cleaned(this_year=self.now.year)
        known = await vehicles.like(new, customer_id)
        if known is not None:
            return known
        made, vin_taken = await vehicles.add(new, customer_id)
        await self._audit.note("create", "vehicles", made, {"vin_taken": vin_taken})
        return made

    @property
    def _audit(self) -> Audit:
        return Audit(self.conn, self.call_sid, self.now)

    async def _before(self, kind: str, request: dict[str, Any]) -> Appointment | None:
        """The appointment this intent has already led to.

        Whether it still stands is for the caller to see: somebody who cancels and then books the
        same time once more wants a new booking, not to hear of the old one.
        """
        earlier = await Effects(self.conn).claim(self.call_sid, self.key, kind, request)
        if earlier is None:
            return None
        return await Appointments(self.conn).get(UUID(earlier["appointment_id"]))

    async def _movable(self, appointment_id: UUID) -> Appointment:
        found = await Appointments(self.conn).get(appointment_id, hold=True)
        if found.status not in MOVABLE:
            raise WrongState(_PAST_CHANGING[found.status])
        return found

    async def _check_room_for(self, customer_id: UUID) -> None:
        count = await Appointments(self.conn).count_open(customer_id, now=self.now)
        if count >= MOST_OPEN:
            raise TooMany("I can't make another booking myself. An advisor can help you with that.")

    async def _secure(
        self, service: Service, starts_at: datetime, *, moving: Appointment | None = None
    ) -> int:
        """The id of a bay that is free for the service and stays so until the transaction ends."""
        appointments = Appointments(self.conn)
        ids = await appointments.hold_bays(self.shop.bays_for(service.key))
        ends_at = starts_at + timedelta(minutes=service.minutes)
        besides = moving.id if moving else None
        busy = await appointments.busy(starts_at, ends_at, besides=besides)
        bay = slots.free_bay(self.shop, service, starts_at, busy)
        if bay is None:
            raise SlotTaken("That time has just been taken.")
        return ids[bay]

    async def _done(self, kind: str, appointment_id: UUID, **details: str) -> Booking:
        await self._audit.note(kind, "appointments", appointment_id, details)
        result = {"appointment_id": str(appointment_id)}
        await Effects(self.conn).record(self.call_sid, self.key, result)
        made = await Appointments(self.conn).get(appointment_id)
        return Booking(made, made.customer_id, made.vehicle_id, replayed=False)


_PAST_CHANGING = {
    "in_progress": "That car is in the shop already. An advisor can help you with that.",
    "completed": "That appointment is already done.",
    "cancelled": "That appointment is already cancelled.",
    "no_show": "That appointment is over. I can book you a new one.",
}


def in_utc(moment: datetime) -> datetime:
    """An aware moment in UTC.

    Raises:
        BadValue: It has no zone, so nobody knows when it is.
    """
    if moment.tzinfo is None:
        raise BadValue("Which day and time would you like?", field="starts_at")
    return moment.astimezone(UTC)

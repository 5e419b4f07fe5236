"""Putting a car on the schedule."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from shop.cars.vehicles import NewVehicle
from shop.errors import BadValue, SlotTaken, TooMany, WrongState
from shop.people.customers import NewCustomer
from shop.people.onfile import OnFile
from shop.profile.catalog import Service
from shop.schedule import slots
from shop.schedule.appointments import LIVE, Appointment
from shop.schedule.availability import Availability
from shop.schedule.coming import NOT_SAID, Coming
from shop.schedule.deeds import Booking, Deed
from shop.schedule.holds import Holds
from shop.schedule.placing import JUST_TAKEN

__all__ = ["Booking", "Order", "Schedule", "in_utc"]

MOST_OPEN = 3
"""How many bookings a customer may have ahead."""

ENOUGH = "I can't make another booking myself. An advisor can help you with that."
IN_ALREADY = "That car is already booked in for something else at that time."

ALTERNATIVES = 3
"""How many other times a refusal names."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be booked for whom."""

    customer: UUID | NewCustomer
    vehicle: UUID | NewVehicle
    service: Service
    starts_at: datetime
    notes: str | None
    coming: Coming = NOT_SAID

    @property
    def ends_at(self) -> datetime:
        """When the car is ready, as far as the schedule is concerned."""
        return self.starts_at + timedelta(minutes=self.service.minutes)

    def is_for(self, appointment: Appointment) -> bool:
        """Whether an appointment is for the same work at the same time."""
        found = appointment.service_type, appointment.scheduled_at
        return found == (self.service.key, self.starts_at)


@dataclass(frozen=True, slots=True)
class Schedule(Deed):
    """The schedule as one intent of one call may add to it."""

    async def book(self, order: Order) -> Booking:
        """Put a car on the schedule; customer and car are written down if they are new.

        Raises:
            TimeRefused, TooMany, WrongState, NotAllowed, NotFound, BadValue: Nothing was written.
        """
        request = {"service": order.service.key, "starts_at": order.starts_at.isoformat()}
        before = await self._before("book", request)
        if before and before.status in LIVE and before.scheduled_at == order.starts_at:
            return Booking.of(before, replayed=True)
        await self._glance(order)
        customer_id = await self.on_file.customer(order.customer)
        vehicle_id = await self.on_file.vehicle(order.vehicle, customer_id)
        same = await self._already_in(order, customer_id, vehicle_id)
        if same is not None:
            await self._record(same.id)
            return Booking.of(same, replayed=True)
        place = await self._placing.secure(order.service, order.starts_at)
        await self._check_open(order.starts_at)
        made = uuid4()
        async with self._writing():
            await self._appointments.add(
                order.service,
                appointment_id=made,
                customer_id=customer_id,
                vehicle_id=vehicle_id,
                place=place,
                starts_at=order.starts_at,
                notes=order.notes,
                coming=order.coming,
            )
            await self._note("book", made)
            await Holds(self.conn).release(*self._holders)
        if self.holder is not None:
            await self._waitlist.answered(self.holder)
        return Booking.of(await self._appointments.get(made))

    @property
    def on_file(self) -> OnFile:
        """Customers and cars, as this intent may add to them."""
        return OnFile(self.conn, self.shop, self._audit)

    async def _glance(self, order: Order) -> None:
        """Refuse what is plainly impossible before anything is written or locked.

        Under a rush on one time this is where all but the first end, without waiting in line.
        """
        day = order.starts_at.astimezone(self.shop.zone).date()
        found = await self._placing.day(day)
        promised = found.promise(order.service.key, order.starts_at) is not None
        slots.check(self.shop, order.service, order.starts_at, now=self.now, promised=promised)
        if slots.place(self.shop, order.service, order.starts_at, found.busy) is not None:
            return
        if await self._may_be_theirs(order):
            return
        car = order.vehicle if isinstance(order.vehicle, UUID) else None
        others = await Availability(self.conn, self.shop, self.now, self._holders, car).near(
            order.service, order.starts_at, limit=ALTERNATIVES, busy=found.busy
        )
        raise SlotTaken(JUST_TAKEN, alternatives=others)

    async def _may_be_theirs(self, order: Order) -> bool:
        who = order.customer
        known = who if isinstance(who, UUID) else None
        phone = None if isinstance(who, UUID) else who.cleaned().phone
        return await self._appointments.is_somebodys(
            order.starts_at, order.service.key, customer_id=known, phone=phone
        )

    async def _already_in(
        self, order: Order, customer_id: UUID, vehicle_id: UUID
    ) -> Appointment | None:
        """This very booking, made before; a car cannot be in two bays at once.

        Raises:
            WrongState: The car is booked in for something else then.
            TooMany: The customer has enough booked.
        """
        found = await self._appointments.standing(
            vehicle_id, customer_id, order.starts_at, order.ends_at, now=self.now
        )
        if found.same_car is not None:
            if order.is_for(found.same_car):
                return found.same_car
            raise WrongState(IN_ALREADY)
        if found.ahead >= MOST_OPEN:
            raise TooMany(ENOUGH)
        return None


def in_utc(moment: datetime) -> datetime:
    """An aware moment in UTC.

    Raises:
        BadValue: It has no zone, so nobody knows when it is.
    """
    if moment.tzinfo is None:
        raise BadValue("Which day and time would you like?", field="starts_at")
    return moment.astimezone(UTC)

"""The one door to the shop's records. Nothing but `ShopError` comes out of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from shop.audit import Audit
from shop.cars.vehicles import NewVehicle, Vehicle, Vehicles
from shop.desks.offering import OfferDesk
from shop.desks.records import Conn
from shop.effects import Effects
from shop.errors import TimeRefused
from shop.people.customers import CustomerFile, NewCustomer
from shop.people.onfile import OnFile
from shop.schedule.appointments import Appointment, Appointments
from shop.schedule.availability import DaySlots
from shop.schedule.booking import Booking, Order, Schedule, in_utc
from shop.schedule.changing import Changes
from shop.schedule.coming import Coming, Ride, Visit
from shop.schedule.slots import Slot
from shop.words import said

__all__ = [
    "Booking", "CustomerFile", "DaySlots", "Desk", "NewCustomer", "NewVehicle", "Slot",
]  # fmt: skip

_LISTED = 10


@dataclass(frozen=True, slots=True)
class Desk(OfferDesk):
    """What tools may ask of the shop. Every method may raise `RecordsUnavailable`."""

    async def vehicle(self, vehicle_id: UUID) -> Vehicle:
        """One car; NotFound if there is none."""
        async with self._records() as conn:
            return await Vehicles(conn).get(vehicle_id)

    async def appointment(self, appointment_id: UUID) -> Appointment:
        """One appointment, whatever its status; NotFound if there is none."""
        async with self._records() as conn:
            return await Appointments(conn).get(appointment_id)

    async def booked_then(
        self, vehicle_id: UUID, starts_at: datetime, minutes: int
    ) -> Appointment | None:
        """What a car is booked in for in the `minutes` after a moment, if for anything."""
        ends_at = starts_at + timedelta(minutes=minutes)
        async with self._records() as conn:
            owner = (await Vehicles(conn).get(vehicle_id)).customer_id
            found = await Appointments(conn).standing(
                vehicle_id, owner, starts_at, ends_at, now=self._now
            )
        return found.same_car

    async def upcoming(self, customer_id: UUID) -> list[Appointment]:
        """What a customer has booked, soonest first."""
        async with self._records() as conn:
            return await Appointments(conn).upcoming(customer_id, now=self._now, limit=_LISTED)

    async def book(  # noqa: PLR0913 - a booking needs as many things
        self,
        *,
        call_sid: str,
        key: str,
        customer: UUID | NewCustomer,
        vehicle: UUID | NewVehicle,
        service_key: str,
        starts_at: datetime,
        notes: str | None,
        visit: Visit | None = None,
        ride: Ride | None = None,
        holder: str | None = None,
    ) -> Booking:
        """Put a car on the schedule, with everything that is new about it, or nothing at all.

        A time that is held for the call is taken over; so is one held for `holder`, an entry of the
        waiting list that the call answers. A `ride` is asked for, never promised.

        Raises:
            TimeRefused: With alternatives.
            ShopError: Any other refusal.
        """
        service = self.shop.catalog.find(service_key)
        begins, words = in_utc(starts_at), said.optional(notes)
        order = Order(customer, vehicle, service, begins, words, Coming(visit, ride))

        async def write(conn: Conn) -> Booking:
            return await Schedule(conn, self.shop, self._now, call_sid, key, holder).book(order)

        try:
            return await self._write(write)
        except TimeRefused as refusal:
            wished = order.starts_at
            car = vehicle if isinstance(vehicle, UUID) else None
            raise await self._with_alternatives(refusal, service, wished, call_sid, car) from None

    async def move(
        self,
        *,
        call_sid: str,
        key: str,
        appointment_id: UUID,
        starts_at: datetime,
        holder: str | None = None,
    ) -> Booking:
        """Give an appointment another time; one that is held for `holder` is taken over.

        Raises:
            TimeRefused: With alternatives; the appointment stands as it was.
            ShopError: Any other refusal.
        """
        wished = in_utc(starts_at)

        async def write(conn: Conn) -> Booking:
            changes = self._changes(conn, call_sid, key, holder)
            return await changes.move(appointment_id, wished)

        try:
            return await self._write(write)
        except TimeRefused as refusal:
            raise await self._instead_of(refusal, appointment_id, wished, call_sid) from None

    async def cancel(
        self, *, call_sid: str, key: str, appointment_id: UUID, reason: str
    ) -> Appointment:
        """Take an appointment off the schedule for one of `shop.schedule.changing.Reason`."""

        async def write(conn: Conn) -> Appointment:
            return await self._changes(conn, call_sid, key).cancel(appointment_id, reason)

        return await self._write(write)

    async def confirm(
        self, *, call_sid: str, key: str, appointment_id: UUID, reminded: bool = False
    ) -> Appointment:
        """Note that a customer will come; `reminded` if that is what they were rung for.

        Raises:
            WrongState: It is over, gone, or for an advisor to confirm.
            ShopError: Any other refusal.
        """

        async def write(conn: Conn) -> Appointment:
            changes = self._changes(conn, call_sid, key)
            return await changes.confirm(appointment_id, reminded=reminded)

        return await self._write(write)

    async def arrange(
        self,
        *,
        call_sid: str,
        key: str,
        appointment_id: UUID,
        visit: Visit | None = None,
        ride: Ride | None = None,
    ) -> Appointment:
        """Note how a customer comes to an appointment; a `ride` is asked for, never promised."""

        async def write(conn: Conn) -> Appointment:
            changes = self._changes(conn, call_sid, key)
            return await changes.arrange(appointment_id, Coming(visit, ride))

        return await self._write(write)

    async def restore(self, *, call_sid: str, key: str, appointment_id: UUID) -> Booking:
        """Bring back an appointment that was cancelled within `Shop.undo_hours`.

        Raises:
            WrongState: It stands, or it is too late.
            TimeRefused: Its time is not free any more; with alternatives.
            ShopError: Any other refusal.
        """

        async def write(conn: Conn) -> Booking:
            return await self._changes(conn, call_sid, key).restore(appointment_id)

        try:
            return await self._write(write)
        except TimeRefused as refusal:
            raise await self._instead_of(refusal, appointment_id, None, call_sid) from None

    async def add_customer(self, *, call_sid: str, key: str, customer: NewCustomer) -> UUID:
        """Write a customer down outside a booking, unless they are on file; returns their id."""

        async def write(conn: Conn) -> UUID:
            on_file = self._on_file(conn, call_sid)
            return await Effects(conn).once(
                call_sid, key, "add_customer", {}, lambda: on_file.customer(customer)
            )

        return await self._write(write)

    async def add_vehicle(
        self, *, call_sid: str, key: str, customer_id: UUID, vehicle: NewVehicle
    ) -> UUID:
        """Write a customer's car down outside a booking, unless it is on file; returns its id."""

        async def add(on_file: OnFile) -> UUID:
            return await on_file.vehicle(vehicle, await on_file.customer(customer_id))

        async def write(conn: Conn) -> UUID:
            on_file = self._on_file(conn, call_sid)
            return await Effects(conn).once(call_sid, key, "add_vehicle", {}, lambda: add(on_file))

        return await self._write(write)

    def _changes(self, conn: Conn, call_sid: str, key: str, holder: str | None = None) -> Changes:
        return Changes(conn, self.shop, self._now, call_sid, key, holder)

    def _on_file(self, conn: Conn, call_sid: str) -> OnFile:
        return OnFile(conn, self.shop, Audit(conn, call_sid, self._now))

    async def _instead_of(
        self, refusal: TimeRefused, appointment_id: UUID, wished: datetime | None, call_sid: str
    ) -> TimeRefused:
        found = await self.appointment(appointment_id)
        service = self.shop.catalog.find(found.service_type)
        around = wished or found.scheduled_at
        return await self._with_alternatives(refusal, service, around, call_sid)

"""The one door to the shop's records. Nothing but `ShopError` comes out of it."""

from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from shop.appointments import Appointment, Appointments
from shop.availability import Availability, DaySlots
from shop.booking import Booking, Order, Schedule, in_utc
from shop.catalog import Service
from shop.customers import CustomerFile, NewCustomer
from shop.effects import Effects
from shop.errors import TimeRefused
from shop.records import Conn
from shop.slots import Slot
from shop.vehicles import NewVehicle, Vehicle, Vehicles
from shop.waitdesk import WaitDesk

__all__ = [
    "Booking", "CustomerFile", "DaySlots", "Desk", "NewCustomer", "NewVehicle", "Slot",
]  # fmt: skip

_LISTED = 10
_ALTERNATIVES = 3


@dataclass(frozen=True, slots=True)
class Desk(WaitDesk):
    """What tools may ask of the shop. Every method may raise `RecordsUnavailable`."""

    async def vehicle(self, vehicle_id: UUID) -> Vehicle:
        """One car; NotFound if there is none."""
        async with self._records() as conn:
            return await Vehicles(conn).get(vehicle_id)

    async def appointment(self, appointment_id: UUID) -> Appointment:
        """One appointment, whatever its status; NotFound if there is none."""
        async with self._records() as conn:
            return await Appointments(conn).get(appointment_id)

    async def upcoming(self, customer_id: UUID) -> list[Appointment]:
        """What a customer has booked, soonest first."""
        async with self._records() as conn:
            return await Appointments(conn).upcoming(customer_id, now=self._now, limit=_LISTED)

    async def free_slots(
        self, service_key: str, day: date, *, near: time | None = None, limit: int = 3
    ) -> DaySlots:
        """The free times of a day in the shop's zone; see `DaySlots` for a day without any."""
        service = self.shop.catalog.find(service_key)
        async with self._records() as conn:
            return await self._availability(conn).on(service, day, near=near, limit=limit)

    async def book(
        self,
        *,
        call_sid: str,
        key: str,
        customer: UUID | NewCustomer,
        vehicle: UUID | NewVehicle,
        service_key: str,
        starts_at: datetime,
        notes: str | None,
    ) -> Booking:
        """Put a car on the schedule, with everything that is new about it, or nothing at all.

        Raises:
            TimeRefused: With alternatives.
            ShopError: Any other refusal.
        """
        service = self.shop.catalog.find(service_key)
        order = Order(customer, vehicle, service, in_utc(starts_at), notes)

        async def write(conn: Conn) -> Booking:
            return await self._schedule(conn, call_sid, key).book(order)

        try:
            return await self._write(write)
        except TimeRefused as refusal:
            raise await self._with_alternatives(refusal, service, order.starts_at) from None

    async def move(
        self, *, call_sid: str, key: str, appointment_id: UUID, starts_at: datetime
    ) -> Booking:
        """Give an appointment another time.

        Raises:
            TimeRefused: With alternatives; the appointment stands as it was.
            ShopError: Any other refusal.
        """
        wished = in_utc(starts_at)

        async def write(conn: Conn) -> Booking:
            return await self._schedule(conn, call_sid, key).move(appointment_id, wished)

        try:
            return await self._write(write)
        except TimeRefused as refusal:
            found = await self.appointment(appointment_id)
            service = self.shop.catalog.find(found.service_type)
            raise await self._with_alternatives(refusal, service, wished) from None

    async def cancel(
        self, *, call_sid: str, key: str, appointment_id: UUID, reason: str
    ) -> Appointment:
        """Take an appointment off the schedule for one of `shop.booking.Reason`."""

        async def write(conn: Conn) -> Appointment:
            return await self._schedule(conn, call_sid, key).cancel(appointment_id, reason)

        return await self._write(write)

    async def add_customer(self, *, call_sid: str, key: str, customer: NewCustomer) -> UUID:
        """Write a customer down outside a booking, unless they are on file; returns their id."""

        async def write(conn: Conn) -> UUID:
            schedule = self._schedule(conn, call_sid, key)
            return await Effects(conn).once(
                call_sid, key, "add_customer", {}, lambda: schedule.customer(customer)
            )

        return await self._write(write)

    async def add_vehicle(
        self, *, call_sid: str, key: str, customer_id: UUID, vehicle: NewVehicle
    ) -> UUID:
        """Write a customer's car down outside a booking, unless it is on file; returns its id."""

        async def add(schedule: Schedule) -> UUID:
            return await schedule.vehicle(vehicle, await schedule.customer(customer_id))

        async def write(conn: Conn) -> UUID:
            schedule = self._schedule(conn, call_sid, key)
            return await Effects(conn).once(call_sid, key, "add_vehicle", {}, lambda: add(schedule))

        return await self._write(write)

    def _schedule(self, conn: Conn, call_sid: str, key: str) -> Schedule:
        return Schedule(conn, self.shop, self._now, call_sid, key)

    def _availability(self, conn: Conn) -> Availability:
        return Availability(conn, self.shop, self._now)

    async def _with_alternatives(
        self, refusal: TimeRefused, service: Service, wished: datetime
    ) -> TimeRefused:
        async with self._records() as conn:
            found = await self._availability(conn).near(service, wished, limit=_ALTERNATIVES)
        return type(refusal)(str(refusal), alternatives=found)

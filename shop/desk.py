"""The one door to the shop's records. Nothing but `ShopError` comes out of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from shop.audit import Audit
from shop.cars.vehicles import NewVehicle, Vehicle, Vehicles
from shop.desks.records import Conn
from shop.desks.waiting import WaitDesk
from shop.effects import Effects
from shop.errors import TimeRefused
from shop.people.customers import CustomerFile, NewCustomer
from shop.people.onfile import OnFile
from shop.profile.catalog import Service
from shop.schedule.appointments import Appointment, Appointments
from shop.schedule.availability import Availability, DaySlots, why_closed
from shop.schedule.booking import ALTERNATIVES, Booking, Order, Schedule, in_utc
from shop.schedule.changing import Changes
from shop.schedule.holds import Holds, Offer, Promises
from shop.schedule.slots import Slot
from shop.words import said

__all__ = [
    "Booking", "CustomerFile", "DaySlots", "Desk", "NewCustomer", "NewVehicle", "Slot",
]  # fmt: skip

_LISTED = 10


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
        self,
        service_key: str,
        day: date,
        *,
        near: time | None = None,
        limit: int = 3,
        call_sid: str | None = None,
    ) -> DaySlots:
        """The free times of a day in the shop's zone; see `DaySlots` for a day without any.

        Only looks: nothing is held. What others are offered is not free; what `call_sid` is, is.
        """
        service = self.shop.catalog.find(service_key)
        async with self._records() as conn:
            return await self._availability(conn, call_sid).on(service, day, near=near, limit=limit)

    async def offer(
        self,
        call_sid: str,
        service_key: str,
        day: date,
        *,
        near: time | None = None,
        limit: int = 3,
    ) -> DaySlots:
        """Free times of a day, held for the call for `Shop.hold_minutes` instead of earlier ones.

        The nearest to a wished time come first; with none, they spread over the day. If there is no
        free time, `DaySlots` says why and what is held stays held.
        """
        service = self.shop.catalog.find(service_key)
        offered = Offer((), ())
        if why_closed(self.shop, service, day, now=self._now) is None:

            async def write(conn: Conn) -> Offer:
                promises = Promises(conn, self.shop, self._now, call_sid)
                return await promises.offer(service, day, near=near, limit=limit)

            offered = await self._write(write)
        if offered.slots:
            return DaySlots(day, service, True, None, offered.slots, ())
        async with self._records() as conn:
            return await self._availability(conn, call_sid).instead(service, day, offered.busy)

    async def hold(self, call_sid: str, wished: Sequence[Slot]) -> tuple[Slot, ...]:
        """Hold those of some slots that are still free, instead of what the call held before."""
        if not wished:
            return ()

        async def write(conn: Conn) -> tuple[Slot, ...]:
            return await Promises(conn, self.shop, self._now, call_sid).hold(wished)

        return await self._write(write)

    async def keep(self, call_sid: str, slot: Slot) -> Slot:
        """Go on holding the slot a caller has settled on, as long again, and release the others.

        Raises:
            SlotTaken: Its hold had expired and somebody else has it; with alternatives.
        """
        service = self.shop.catalog.find(slot.service_key)

        async def write(conn: Conn) -> Slot:
            return await Promises(conn, self.shop, self._now, call_sid).keep(slot)

        try:
            return await self._write(write)
        except TimeRefused as refusal:
            wished = slot.starts_at
            raise await self._with_alternatives(refusal, service, wished, call_sid) from None

    async def release(self, call_sid: str) -> None:
        """Let go of everything that is held for a call; for when it is over."""
        async with self._records() as conn:
            await Holds(conn).release(call_sid)

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
        holder: str | None = None,
    ) -> Booking:
        """Put a car on the schedule, with everything that is new about it, or nothing at all.

        A time that is held for the call is taken over; so is one held for `holder`, an entry of the
        waiting list that the call answers.

        Raises:
            TimeRefused: With alternatives.
            ShopError: Any other refusal.
        """
        service = self.shop.catalog.find(service_key)
        order = Order(customer, vehicle, service, in_utc(starts_at), said.optional(notes))

        async def write(conn: Conn) -> Booking:
            return await Schedule(conn, self.shop, self._now, call_sid, key, holder).book(order)

        try:
            return await self._write(write)
        except TimeRefused as refusal:
            wished = order.starts_at
            raise await self._with_alternatives(refusal, service, wished, call_sid) from None

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
            return await self._changes(conn, call_sid, key).move(appointment_id, wished)

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

    def _changes(self, conn: Conn, call_sid: str, key: str) -> Changes:
        return Changes(conn, self.shop, self._now, call_sid, key)

    def _on_file(self, conn: Conn, call_sid: str) -> OnFile:
        return OnFile(conn, self.shop, Audit(conn, call_sid, self._now))

    def _availability(self, conn: Conn, call_sid: str | None) -> Availability:
        return Availability(conn, self.shop, self._now, (call_sid,) if call_sid else ())

    async def _instead_of(
        self, refusal: TimeRefused, appointment_id: UUID, wished: datetime | None, call_sid: str
    ) -> TimeRefused:
        found = await self.appointment(appointment_id)
        service = self.shop.catalog.find(found.service_type)
        around = wished or found.scheduled_at
        return await self._with_alternatives(refusal, service, around, call_sid)

    async def _with_alternatives(
        self, refusal: TimeRefused, service: Service, wished: datetime, call_sid: str
    ) -> TimeRefused:
        if refusal.alternatives:
            return refusal
        async with self._records() as conn:
            near = self._availability(conn, call_sid).near
            found = await near(service, wished, limit=ALTERNATIVES)
        return type(refusal)(str(refusal), alternatives=found)

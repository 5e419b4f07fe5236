"""Moving, cancelling and bringing back what is on the schedule."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal, get_args
from uuid import UUID

from shop.errors import BadValue, OutsideHours, TooMany, WrongState
from shop.people.customers import Customers
from shop.profile import hours
from shop.profile.catalog import Service
from shop.schedule import slots, taken
from shop.schedule.appointments import LIVE, MOVABLE, Appointment
from shop.schedule.booking import ENOUGH, IN_ALREADY, MOST_OPEN
from shop.schedule.coming import Coming
from shop.schedule.deeds import Booking, Deed
from shop.schedule.holds import Holds

Reason = Literal[
    "schedule_conflict", "got_service_elsewhere", "vehicle_sold", "issue_resolved", "other"
]

_PAST_CHANGING = {
    "in_progress": "That car is in the shop already. An advisor can help you with that.",
    "completed": "That appointment is already done.",
    "cancelled": "That appointment is already cancelled.",
    "no_show": "That appointment is over. I can book you a new one.",
}
_ADVISORS = "That one is still a request. An advisor confirms it with you."
_TOO_LATE = "It's too late to bring that appointment back. I can book you a new one."


@dataclass(frozen=True, slots=True)
class Changes(Deed):
    """What is on the schedule as one intent of one call may change it."""

    async def move(self, appointment_id: UUID, starts_at: datetime) -> Booking:
        """Give an appointment another time; the old one is free only once the new one is secured.

        Raises:
            TimeRefused, WrongState, NotFound: The appointment stands as it was.
        """
        request = {"appointment": str(appointment_id), "starts_at": starts_at.isoformat()}
        before = await self._before("move", request)
        if before and before.status in LIVE and before.scheduled_at == starts_at:
            return Booking.of(before, replayed=True)
        found = await self._keep_to_myself(appointment_id)
        _check_movable(found)
        service = self._service_of(found)
        await self._check(service, starts_at)
        await self._check_car(found, starts_at)
        place = await self._placing.secure(
            service, starts_at, besides=found.id, leaving=self._days_of(found)
        )
        await self._check_open(starts_at)
        async with self._writing():
            await self._appointments.move(found.id, starts_at=starts_at, place=place)
            await self._note("move", found.id, was=found.scheduled_at.isoformat())
            await Holds(self.conn).release(*self._holders)
        if self.holder is not None:
            await self._waitlist.answered(self.holder)
        await self._waitlist.freed(found.scheduled_at, found.ends_at)
        return Booking.of(await self._appointments.get(found.id))

    async def cancel(self, appointment_id: UUID, reason: str) -> Appointment:
        """Take an appointment off the schedule. The row stays, so that it can be brought back.

        Raises:
            WrongState, NotFound, BadValue: The appointment stands as it was.
        """
        if reason not in get_args(Reason):
            raise BadValue("Why would you like to cancel?", field="reason")
        before = await self._before("cancel", {"appointment": str(appointment_id)})
        if before and before.status == "cancelled":
            return before
        found = await self._appointments.get(appointment_id, hold=True)
        _check_movable(found)
        async with self._writing():
            await taken.lock_days(self.conn, self.shop, self._days_of(found))
            await self._appointments.cancel(found.id, reason=reason, now=self.now)
            await self._note("cancel", found.id, reason=reason)
        await self._waitlist.freed(found.scheduled_at, found.ends_at)
        return await self._appointments.get(found.id)

    async def confirm(self, appointment_id: UUID, *, reminded: bool) -> Appointment:
        """Note that the customer has said they will come; `reminded` if they were rung for that.

        Raises:
            WrongState, NotFound: The appointment stands as it was.
        """
        before = await self._before("confirm", {"appointment": str(appointment_id)})
        if before and before.status == "confirmed":
            return before
        found = await self._appointments.get(appointment_id, hold=True)
        _check_movable(found)
        if found.scheduled_at <= self.now:
            raise WrongState(_PAST_CHANGING["no_show"])
        if found.staff_confirmation_needed:
            raise WrongState(_ADVISORS)
        async with self._writing():
            await self._appointments.confirm(found.id, reminded=reminded)
            await self._note("confirm", found.id)
        return await self._appointments.get(found.id)

    async def arrange(self, appointment_id: UUID, coming: Coming) -> Appointment:
        """Note how the customer comes; what they said nothing of stays as it was.

        Raises:
            WrongState, NotFound: The appointment stands as it was.
        """
        before = await self._before("arrange", {"appointment": str(appointment_id)})
        if before and before.status in LIVE and coming.is_noted(before.visit, before.ride):
            return before
        found = await self._appointments.get(appointment_id, hold=True)
        _check_movable(found)
        async with self._writing():
            await self._appointments.arrange(found.id, coming)
            await self._note("arrange", found.id)
        return await self._appointments.get(found.id)

    async def restore(self, appointment_id: UUID) -> Booking:
        """Bring a cancelled appointment back at its time: to its old place, or to another.

        Raises:
            WrongState: It is not cancelled, or has been for too long.
            TimeRefused, TooMany, NotFound: It stays cancelled.
        """
        before = await self._before("restore", {"appointment": str(appointment_id)})
        if before and before.status in LIVE:
            return Booking.of(before, replayed=True)
        found = await self._keep_to_myself(appointment_id)
        self._check_restorable(found)
        await self._check_car(found, found.scheduled_at, one_more=True)
        place = await self._placing.secure(
            self._service_of(found), found.scheduled_at, prefer=found.place
        )
        await self._check_open(found.scheduled_at)
        async with self._writing():
            await self._appointments.restore(found.id, place=place)
            await self._note("restore", found.id)
        return Booking.of(await self._appointments.get(found.id))

    async def _keep_to_myself(self, appointment_id: UUID) -> Appointment:
        """An appointment that nobody else can change, and whose customer nobody else books for."""
        found = await self._appointments.get(appointment_id)
        await Customers(self.conn).hold(found.customer_id)
        return await self._appointments.get(appointment_id, hold=True)

    async def _check(self, service: Service, starts_at: datetime) -> None:
        day = starts_at.astimezone(self.shop.zone).date()
        found = await self._placing.day(day)
        promised = found.promise(service.key, starts_at) is not None
        slots.check(self.shop, service, starts_at, now=self.now, promised=promised)

    async def _check_car(
        self, found: Appointment, starts_at: datetime, *, one_more: bool = False
    ) -> None:
        """A car cannot be in two bays at once, nor one customer have too much ahead."""
        ends_at = starts_at + timedelta(minutes=found.duration_minutes)
        standing = await self._appointments.standing(
            found.vehicle_id,
            found.customer_id,
            starts_at,
            ends_at,
            now=self.now,
            besides=found.id,
        )
        if standing.same_car is not None:
            raise WrongState(IN_ALREADY)
        if one_more and standing.ahead >= MOST_OPEN:
            raise TooMany(ENOUGH)

    def _check_restorable(self, found: Appointment) -> None:
        if found.status != "cancelled":
            raise WrongState(_PAST_CHANGING.get(found.status, "That appointment still stands."))
        since = found.cancelled_at
        if since is None or since + timedelta(hours=self.shop.undo_hours) < self.now:
            raise WrongState(_TOO_LATE)
        if found.scheduled_at <= self.now:
            raise WrongState(_TOO_LATE)
        day = found.scheduled_at.astimezone(self.shop.zone).date()
        # A day may have been closed meanwhile.
        if not any(
            begins <= found.scheduled_at and found.ends_at <= ends
            for begins, ends in hours.windows(self.shop, day)
        ):
            raise OutsideHours("We can't take the car in at that time any more.")

    def _service_of(self, found: Appointment) -> Service:
        """Staff may have made it longer or shorter than the catalogue has it."""
        service = self.shop.catalog.find(found.service_type)
        return replace(service, minutes=found.duration_minutes)

    def _days_of(self, found: Appointment) -> tuple[date, ...]:
        return slots.days_of(self.shop, found.scheduled_at, found.ends_at)


def _check_movable(found: Appointment) -> None:
    if found.status not in MOVABLE:
        raise WrongState(_PAST_CHANGING[found.status])

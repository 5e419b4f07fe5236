"""Does to the records what staff have done to the events of appointments."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from uuid import UUID

from psycopg import errors

from shop.audit import Audit
from shop.calendar.complaints import ACTOR, OVERTAKEN, Complaints
from shop.calendar.events import Ours
from shop.calendar.judging import Verdict, judge
from shop.calendar.outbox import Outbox
from shop.calendar.rows import Row, load
from shop.desks.records import Conn, Records
from shop.errors import ShopError, SlotTaken, UnknownService
from shop.people.customers import Customers
from shop.schedule import slots, taken
from shop.schedule.appointments import LIVE, MOVABLE, Appointment, Appointments
from shop.schedule.placing import JUST_TAKEN, Placing
from shop.schedule.slots import Place
from shop.schedule.waitlist import Waitlist

_SHORTEST, _LONGEST = 5, 600
"""Minutes that an appointment may take."""

_NOT_FREE = "no bay and technician who can do it are free then"
_NOT_DONE = "the shop no longer does that"


class _CannotFollow(ShopError):
    """The text is the reason, for staff."""


@dataclass(frozen=True, slots=True)
class Edits(Records):
    """Takes over what staff did in the calendar, or has it undone there and tells them why."""

    async def take(
        self, ours: Ours, *, patient: bool = False, only_if: Row | None = None
    ) -> Verdict:
        """Follow one event; returns what it came to.

        With `patient`, one that has no room yet is left for later. With `only_if`, nothing is
        followed once the calendar has been told more than it had been then.
        """
        try:
            return await self._write(partial(self._follow, ours, only_if))
        except SlotTaken:
            if patient:
                return Verdict.LATER
            why = _NOT_FREE
        except UnknownService:
            why = _NOT_DONE
        except _CannotFollow as refusal:
            why = str(refusal)
        return await self._write(partial(self._refuse, ours, why))

    async def _follow(self, ours: Ours, only_if: Row | None, conn: Conn) -> Verdict:
        row = await self._keep_to_myself(conn, ours)
        verdict = judge(ours, row, self._now)
        if row is None:
            return verdict
        if only_if is not None and _told(only_if) != _told(row):
            return Verdict.NOTHING
        match verdict:
            case Verdict.SEEN:
                await Outbox(conn).seen(row.id, revision=row.revision, etag=ours.event.etag)
            case Verdict.PUT_BACK:
                await Outbox(conn).put_back({row.id: ours.event.etag or None})
            case Verdict.OVERTAKEN:
                await self._undo(conn, ours, row, OVERTAKEN)
            case Verdict.MOVE:
                await self._move(conn, ours, await Appointments(conn).get(row.id))
            case Verdict.CANCEL:
                await self._cancel(conn, await Appointments(conn).get(row.id))
        return verdict

    async def _refuse(self, ours: Ours, why: str, conn: Conn) -> Verdict:
        row = await self._keep_to_myself(conn, ours)
        verdict = judge(ours, row, self._now)
        if row is not None and verdict in (Verdict.MOVE, Verdict.CANCEL):
            await self._undo(conn, ours, row, why)
            return Verdict.PUT_BACK
        return verdict

    async def _keep_to_myself(self, conn: Conn, ours: Ours) -> Row | None:
        found = await load(conn, [ours.appointment_id])
        if not found:
            return None
        appointment = await Appointments(conn).get(ours.appointment_id)
        await Customers(conn).hold(appointment.customer_id)
        return (await load(conn, [ours.appointment_id], hold=True)).get(ours.appointment_id)

    async def _undo(self, conn: Conn, ours: Ours, row: Row, why: str) -> None:
        await Complaints(conn, self.shop, self._now).add(row, ours.event, why)
        await Outbox(conn).put_back({row.id: ours.event.etag or None})

    async def _move(self, conn: Conn, ours: Ours, found: Appointment) -> None:
        starts_at, ends_at = ours.event.starts_at, ours.event.ends_at
        assert starts_at is not None
        assert ends_at is not None
        if found.status not in LIVE:
            raise _CannotFollow("it is over")
        if ends_at <= self._now:
            raise _CannotFollow("that time has already gone")
        minutes = _minutes(starts_at, ends_at)
        await self._check_car(conn, found, starts_at, ends_at)
        service = replace(self.shop.catalog.find(found.service_type), minutes=minutes)
        leaving = slots.days_of(self.shop, found.scheduled_at, found.ends_at)
        place = await Placing(conn, self.shop, self._now).secure(
            service, starts_at, besides=found.id, leaving=leaving, prefer=found.place
        )
        await self._give(conn, found.id, starts_at, minutes, place)
        await Outbox(conn).know(found.id, etag=ours.event.etag)
        await self._note(conn, "move", found.id, was=found.scheduled_at.isoformat())
        await self._free(conn, found)

    async def _give(
        self, conn: Conn, appointment_id: UUID, starts_at: datetime, minutes: int, place: Place
    ) -> None:
        """Unlike a caller, staff may change the length too, of a car that is being worked on."""
        try:
            await conn.execute(
                """
                UPDATE appointments
                   SET scheduled_at = %(starts_at)s, duration_minutes = %(minutes)s,
                       service_bay = (SELECT id FROM bays WHERE name = %(bay)s),
                       assigned_technician =
                           (SELECT id FROM technicians WHERE name = %(technician)s),
                       status = CASE WHEN status = 'confirmed' AND scheduled_at <> %(starts_at)s
                                     THEN 'scheduled' ELSE status END,
                       confirmation_sent = confirmation_sent AND scheduled_at = %(starts_at)s,
                       reminder_sent = reminder_sent AND scheduled_at = %(starts_at)s
                 WHERE id = %(id)s
                """,
                {
                    "id": appointment_id,
                    "starts_at": starts_at,
                    "minutes": minutes,
                    "bay": place.bay,
                    "technician": place.technician,
                },
            )
        except errors.ExclusionViolation:
            raise SlotTaken(JUST_TAKEN) from None

    async def _check_car(
        self, conn: Conn, found: Appointment, starts_at: datetime, ends_at: datetime
    ) -> None:
        standing = await Appointments(conn).standing(
            found.vehicle_id,
            found.customer_id,
            starts_at,
            ends_at,
            now=self._now,
            besides=found.id,
        )
        if standing.same_car is not None:
            raise _CannotFollow("its car is booked in for something else then")

    async def _cancel(self, conn: Conn, found: Appointment) -> None:
        if found.status not in MOVABLE:
            raise _CannotFollow("its car is in the shop already")
        days = slots.days_of(self.shop, found.scheduled_at, found.ends_at)
        await taken.lock_days(conn, self.shop, days)
        await Appointments(conn).cancel(found.id, reason="other", now=self._now)
        await self._note(conn, "cancel", found.id, reason="other")
        await self._free(conn, found)

    async def _free(self, conn: Conn, found: Appointment) -> None:
        waitlist = Waitlist(conn, self.shop, self._now)
        await waitlist.freed(found.scheduled_at, found.ends_at)

    async def _note(self, conn: Conn, action: str, appointment_id: UUID, **details: str) -> None:
        audit = Audit(conn, None, self._now, ACTOR)
        await audit.note(action, "appointments", appointment_id, details)


def _told(row: Row) -> tuple[object, ...]:
    return row.revision, row.shown, row.etag


def _minutes(starts_at: datetime, ends_at: datetime) -> int:
    minutes, rest = divmod(int((ends_at - starts_at).total_seconds()), 60)
    if rest or not _SHORTEST <= minutes <= _LONGEST:
        raise _CannotFollow(f"it must take {_SHORTEST} to {_LONGEST} whole minutes")
    return minutes

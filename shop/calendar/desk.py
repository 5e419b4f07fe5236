"""The part of the desk that knows what the calendar outside shows."""

from dataclasses import dataclass
from uuid import UUID

from shop.calendar.outbox import CalendarState, Outbox
from shop.calendar.rows import Row, load
from shop.desks.records import Records
from shop.errors import NotFound


@dataclass(frozen=True, slots=True)
class CalendarDesk(Records):
    """Asks the records alone, so that nobody waits for a calendar."""

    async def calendar_state(self, appointment_id: UUID) -> CalendarState:
        """Whether the calendar shows an appointment as it is; "none" where there is no calendar.

        "pending" is true of every appointment for a moment, and for long when the calendar is
        down. It says nothing of whether the appointment stands: it does.
        """
        async with self._records() as conn:
            return await Outbox(conn).state(appointment_id)

    async def calendar_row(self, appointment_id: UUID) -> Row:
        """An appointment with what calendars are told of it; NotFound if there is none."""
        async with self._records() as conn:
            found = await load(conn, [appointment_id])
        if appointment_id not in found:
            raise NotFound("I can't find that appointment.")
        return found[appointment_id]

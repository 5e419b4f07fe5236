"""What tools say and note of appointments, and of everything that was done."""

from typing import Any
from uuid import UUID

from graph.state import CallState, Deed, DeedStatus, Outcome
from shop.errors import BadValue
from shop.people import phone
from shop.schedule.appointments import Appointment
from shop.words import spoken
from tools.calling import OnCall

_HERE = "+1"
"""What the shop rings: an overseas number is a toll to pay, and nobody's car is there."""


def when(appointment: Appointment, call: OnCall) -> str:
    """Its day and time, for the ear."""
    return spoken.moment(appointment.scheduled_at, call.shop.zone)


def facts(appointment: Appointment, handle: str, call: OnCall) -> dict[str, Any]:
    """What the model is told of an appointment that the caller may hear of."""
    local = appointment.scheduled_at.astimezone(call.shop.zone)
    told = {
        "appointment_id": handle,
        "service_type": appointment.service_type,
        "service": appointment.service_name,
        "vehicle": appointment.vehicle,
        "start_time": local.isoformat(),
        "spoken": when(appointment, call),
        "duration_minutes": appointment.duration_minutes,
        "status": appointment.status,
    }
    if appointment.staff_confirmation_needed and appointment.status == "scheduled":
        told["awaits_advisor"] = True
    asked = {"visit": appointment.visit, "ride_asked_for": appointment.ride}
    return told | {key: value for key, value in asked.items() if value}


def done(
    state: CallState,
    outcome: Outcome,
    summary: str,
    appointment_id: UUID | None = None,
    *,
    status: DeedStatus | None = None,
) -> list[Deed]:
    """The deeds of the call with one more."""
    deed = Deed(outcome=outcome, summary=summary)
    if appointment_id is not None:
        deed["appointment_id"] = str(appointment_id)
    if status is not None:
        deed["status"] = status
    return [*state.get("deeds", []), deed]


def number(stated: str | None, call: OnCall) -> str:
    """Where the caller can be reached: what they said, else where they ring from.

    Raises:
        BadValue: There is neither, or it cannot be a number.
    """
    if stated:
        wanted = phone.normalize(stated)
        if not wanted.startswith(_HERE):
            raise BadValue(
                "We can only ring numbers in the US and Canada. Is there one of those?",
                field="phone_number",
            )
        return wanted
    if not call.context.caller_number:
        raise BadValue("What number can we reach you at?", field="phone_number")
    return call.context.caller_number

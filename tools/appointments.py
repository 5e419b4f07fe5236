"""The caller's own appointments: listed, confirmed, moved and cancelled."""

from typing import Annotated, Any, Literal

from pydantic import Field

from graph.state import CallState
from shop.desk import Slot
from shop.errors import TimeRefused
from shop.schedule.appointments import Appointment
from shop.words import spoken
from tools import access, offers, telling
from tools.calling import Answer, Arguments, OnCall, Tool, Wish

Reason = Literal[
    "schedule_conflict", "got_service_elsewhere", "vehicle_sold", "issue_resolved", "other"
]


class GetUpcomingAppointments(Arguments, title="get_upcoming_appointments"):
    """List the verified caller's appointments. On a reminder call, the one they are rung about."""

    customer_id: Annotated[
        str, Field(description="From verify_identity; on a reminder also create_customer.")
    ]


class CancelAppointment(Arguments, title="cancel_appointment"):
    """Cancel one of the verified caller's appointments. The system reads it back first."""

    appointment_id: Annotated[str, Field(description="From get_upcoming_appointments.")]
    reason: Annotated[Reason | None, Field(description="If the caller said; ask at most once.")] = (
        None
    )


class RescheduleAppointment(Arguments, title="reschedule_appointment"):
    """Move one of the verified caller's appointments. The system reads it back first."""

    appointment_id: Annotated[str, Field(description="From get_upcoming_appointments.")]
    new_start_time: Annotated[
        str, Field(description="A start_time that get_available_slots gave on this call.")
    ]


async def _upcoming(args: GetUpcomingAppointments, call: OnCall) -> Answer:
    reminded = access.is_reminded(call.state, call.context)
    whose = access.reminded_customer if reminded else access.verified_customer
    found = await call.desk.upcoming(whose(call.state, args.customer_id))
    found = found[:1] if reminded else found
    await call.desk.disclosed(
        call_sid=call.call_sid,
        entity="appointments",
        records=[appointment.id for appointment in found],
        what=("service_type", "vehicle", "scheduled_at", "status"),
    )
    handles = dict(call.state.get("handles", {}))
    working: CallState = {**call.state, "handles": handles}
    listed = []
    for appointment in found:
        handle = access.handle_of(working, appointment.id, "a")
        handles[handle] = str(appointment.id)
        listed.append(telling.facts(appointment, handle, call))
    if not listed:
        return Answer("You have nothing booked at the moment.", {"appointments": []})
    words = spoken.all_of(
        [
            f"{spoken.a(a['service'])} for your {a['vehicle']} on {a['spoken']}{_open(a)}"
            for a in listed
        ]
    )
    return Answer(f"You have {words}.", {"appointments": listed}, update={"handles": handles})


def _open(told: dict[str, Any]) -> str:
    return ", which an advisor has yet to confirm" if told.get("awaits_advisor") else ""


async def _propose_cancel(args: CancelAppointment, call: OnCall) -> Wish:
    found = await _own(args.appointment_id, call)
    recap = f"I'll cancel your {found.service_name} on {telling.when(found, call)}. Is that right?"
    return Wish(f"cancel:{found.id}", recap)


async def _cancel(args: CancelAppointment, call: OnCall) -> Answer:
    wish = await _propose_cancel(args, call)
    appointment_id = access.appointment(call.state, args.appointment_id)
    gone = await call.desk.cancel(
        call_sid=call.call_sid,
        key=wish.key,
        appointment_id=appointment_id,
        reason=args.reason or "other",
    )
    summary = f"cancelled {gone.service_name} on {telling.when(gone, call)}"
    return Answer(
        f"Your {gone.service_name} on {telling.when(gone, call)} is cancelled.",
        telling.facts(gone, args.appointment_id, call),
        update={"deeds": telling.done(call.state, "appointment_cancelled", summary, gone.id)},
    )


async def _propose_move(args: RescheduleAppointment, call: OnCall) -> Wish | Answer:
    found = await _own(args.appointment_id, call)
    slot = _new_time(args, found, call)
    gone = None if _holder(args, found, call) else await offers.keep(slot, call)
    if gone is not None:
        return gone
    to = spoken.moment(slot.starts_at, call.shop.zone)
    was = telling.when(found, call)
    recap = f"I'll move your {found.service_name} from {was} to {to}. Is that right?"
    return Wish(_move_key(found, slot), recap)


def _new_time(args: RescheduleAppointment, found: Appointment, call: OnCall) -> Slot:
    return offers.offered(call, call.shop.catalog.find(found.service_type), args.new_start_time)


def _holder(args: RescheduleAppointment, found: Appointment, call: OnCall) -> str | None:
    """The waiting list's entry that the new time is held for, if it is."""
    return offers.holder(call, call.shop.catalog.find(found.service_type), args.new_start_time)


def _move_key(found: Appointment, slot: Slot) -> str:
    return f"move:{found.id}:{slot.starts_at.isoformat()}"


async def _move(args: RescheduleAppointment, call: OnCall) -> Answer:
    found = await _own(args.appointment_id, call)
    slot = _new_time(args, found, call)
    try:
        moved = await call.desk.move(
            call_sid=call.call_sid,
            key=_move_key(found, slot),
            appointment_id=found.id,
            starts_at=slot.starts_at,
            holder=_holder(args, found, call),
        )
    except TimeRefused as taken:
        return await offers.taken(taken, call)
    made = moved.appointment
    summary = f"moved {made.service_name} to {telling.when(made, call)}"
    update = {
        "offered": [],
        "deeds": telling.done(call.state, "appointment_rescheduled", summary, made.id),
    }
    data = {**telling.facts(made, args.appointment_id, call), "was": telling.when(found, call)}
    message = f"Your {made.service_name} is moved to {telling.when(made, call)}."
    return Answer(message, data, update=update)


async def _own(handle: str, call: OnCall) -> Appointment:
    appointment_id = access.appointment(call.state, handle)
    return await call.desk.appointment(appointment_id)


TOOLS = (
    Tool(GetUpcomingAppointments, _upcoming),
    Tool(CancelAppointment, _cancel, propose=_propose_cancel),
    Tool(RescheduleAppointment, _move, propose=_propose_move),
)

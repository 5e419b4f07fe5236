"""The writes a caller comes for: check, put into words, and, once agreed, do."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from graph.state import CallState, Deed, Draft, Outcome
from shop.desk import Booking, NewCustomer, NewVehicle, Slot
from shop.errors import NotAllowed, TimeRefused
from shop.schedule.appointments import Appointment
from shop.words import spoken
from tools import access, offers
from tools.calling import Answer, Arguments, OnCall, Tool, Wish

Reason = Literal[
    "schedule_conflict", "got_service_elsewhere", "vehicle_sold", "issue_resolved", "other"
]


class BookAppointment(Arguments, title="book_appointment"):
    """Book a time the caller chose. Call it as soon as customer, vehicle, service and time are
    known: it does not book yet, it makes the system read the booking back to the caller, who then
    says yes or no. Never read the booking back yourself.
    """

    customer_id: Annotated[str, Field(description="From create_customer or verify_identity.")]
    vehicle_id: Annotated[str, Field(description="From create_vehicle or verify_identity.")]
    service_type: Annotated[str, Field(description="What the car needs.")]
    start_time: Annotated[
        str, Field(description="A start_time that get_available_slots gave on this call.")
    ]
    notes: Annotated[
        str | None, Field(description="Symptoms or wishes, in the caller's words.")
    ] = None


class GetUpcomingAppointments(Arguments, title="get_upcoming_appointments"):
    """List the verified caller's appointments."""

    customer_id: Annotated[str, Field(description="From verify_identity.")]


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


async def _propose_booking(args: BookAppointment, call: OnCall) -> Wish | Answer:
    wish = await _booking_wish(args, call)
    service = call.shop.catalog.find(args.service_type)
    gone = await offers.keep(offers.offered(call, service, args.start_time), call)
    return gone or wish


async def _booking_wish(args: BookAppointment, call: OnCall) -> Wish:
    access.within(call.state, "appointment_booked", access.MAX_BOOKINGS)
    if call.state.get("unsafe"):
        raise NotAllowed("That car should not be driven here. Let me send a tow truck instead.")
    service = call.shop.catalog.find(args.service_type)
    starts_at = offers.offered(call, service, args.start_time).starts_at
    who = access.customer(call.state, args.customer_id)
    what = access.vehicle(call.state, args.vehicle_id)
    car = await _car_in_words(what, call)
    when = spoken.moment(starts_at, call.shop.zone)
    parts = [f"{spoken.a(service.name)} for your {car}", when]
    if isinstance(who, dict):
        fields = who["fields"]
        parts.append(f"under {fields['first_name']} {fields['last_name']}")
        if fields["phone"] != call.context.caller_number:
            parts.append(f"number {spoken.phone(fields['phone'])}")
    verb = "book it" if service.auto_book else "put in that request for an advisor to confirm"
    key = f"book:{service.key}:{_who(who)}:{_which(what)}:{starts_at.isoformat()}"
    return Wish(key, f"So that's {', '.join(parts)}. Shall I {verb}?")


async def _book(args: BookAppointment, call: OnCall) -> Answer:
    wish = await _booking_wish(args, call)
    service = call.shop.catalog.find(args.service_type)
    who = access.customer(call.state, args.customer_id)
    what = access.vehicle(call.state, args.vehicle_id)
    try:
        booking = await call.desk.book(
            call_sid=call.call_sid,
            key=wish.key,
            customer=who if isinstance(who, UUID) else _new_customer(who),
            vehicle=what if isinstance(what, UUID) else _new_vehicle(what),
            service_key=service.key,
            starts_at=offers.offered(call, service, args.start_time).starts_at,
            notes=args.notes,
        )
    except TimeRefused as taken:
        return await offers.taken(taken, call)
    return _booked(booking, args, call)


def _booked(booking: Booking, args: BookAppointment, call: OnCall) -> Answer:
    made = booking.appointment
    handle = access.handle_of(call.state, made.id, "a")
    handles = {
        **call.state.get("handles", {}),
        args.customer_id: str(booking.customer_id),
        args.vehicle_id: str(booking.vehicle_id),
        handle: str(made.id),
    }
    written = {args.customer_id, args.vehicle_id}
    drafts = {h: d for h, d in call.state.get("drafts", {}).items() if h not in written}
    summary = f"{made.service_name} for {made.vehicle} on {_when(made, call)}"
    update = {
        "handles": handles,
        "drafts": drafts,
        "offered": [],
        "deeds": _with(call.state, "appointment_booked", summary, made.id),
    }
    confirm = made.staff_confirmation_needed
    done = "I've put in your request" if confirm else "You're booked"
    after = " An advisor will confirm it with you." if confirm else ""
    data = {**_facts(made, handle, call), "staff_confirmation_needed": confirm}
    return Answer(
        f"{done}: {made.service_name} on {_when(made, call)}.{after}", data, update=update
    )


async def _upcoming(args: GetUpcomingAppointments, call: OnCall) -> Answer:
    customer_id = access.verified_customer(call.state, args.customer_id)
    found = await call.desk.upcoming(customer_id)
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
        listed.append(_facts(appointment, handle, call))
    if not listed:
        return Answer("You have nothing booked at the moment.", {"appointments": []})
    words = spoken.all_of(
        [f"{spoken.a(a['service'])} for your {a['vehicle']} on {a['spoken']}" for a in listed]
    )
    return Answer(f"You have {words}.", {"appointments": listed}, update={"handles": handles})


async def _propose_cancel(args: CancelAppointment, call: OnCall) -> Wish:
    found = await _own(args.appointment_id, call)
    recap = f"I'll cancel your {found.service_name} on {_when(found, call)}. Is that right?"
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
    summary = f"cancelled {gone.service_name} on {_when(gone, call)}"
    return Answer(
        f"Your {gone.service_name} on {_when(gone, call)} is cancelled.",
        _facts(gone, args.appointment_id, call),
        update={"deeds": _with(call.state, "appointment_cancelled", summary, gone.id)},
    )


async def _propose_move(args: RescheduleAppointment, call: OnCall) -> Wish | Answer:
    found = await _own(args.appointment_id, call)
    slot = _new_time(args, found, call)
    gone = await offers.keep(slot, call)
    if gone is not None:
        return gone
    to = spoken.moment(slot.starts_at, call.shop.zone)
    recap = f"I'll move your {found.service_name} from {_when(found, call)} to {to}. Is that right?"
    return Wish(_move_key(found, slot), recap)


def _new_time(args: RescheduleAppointment, found: Appointment, call: OnCall) -> Slot:
    return offers.offered(call, call.shop.catalog.find(found.service_type), args.new_start_time)


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
        )
    except TimeRefused as taken:
        return await offers.taken(taken, call)
    made = moved.appointment
    summary = f"moved {made.service_name} to {_when(made, call)}"
    update = {
        "offered": [],
        "deeds": _with(call.state, "appointment_rescheduled", summary, made.id),
    }
    data = {**_facts(made, args.appointment_id, call), "was": _when(found, call)}
    return Answer(f"Your {made.service_name} is moved to {_when(made, call)}.", data, update=update)


async def _own(handle: str, call: OnCall) -> Appointment:
    appointment_id = access.appointment(call.state, handle)
    return await call.desk.appointment(appointment_id)


async def _car_in_words(what: UUID | Draft, call: OnCall) -> str:
    if isinstance(what, UUID):
        car = await call.desk.vehicle(what)
        return spoken.vehicle(car.year, car.make, car.model)
    fields = what["fields"]
    return spoken.vehicle(fields["year"], fields["make"], fields["model"])


def _which(what: UUID | Draft) -> str:
    if isinstance(what, UUID):
        return str(what)
    fields = what["fields"]
    told_apart = fields["vin"] or fields["license_plate"] or fields["color"] or ""
    return f"{fields['year']} {fields['make']} {fields['model']} {told_apart}".strip().casefold()


def _who(who: UUID | Draft) -> str:
    if isinstance(who, UUID):
        return str(who)
    fields = who["fields"]
    return f"{fields['phone']} {fields['first_name']} {fields['last_name']}".casefold()


def _new_customer(draft: Draft) -> NewCustomer:
    fields = draft["fields"]
    return NewCustomer(
        first_name=fields["first_name"],
        last_name=fields["last_name"],
        phone=fields["phone"],
        email=fields["email"],
    )


def _new_vehicle(draft: Draft) -> NewVehicle:
    fields = {k: v for k, v in draft["fields"].items() if k != "owner"}
    return NewVehicle(**fields)


def _when(appointment: Appointment, call: OnCall) -> str:
    return spoken.moment(appointment.scheduled_at, call.shop.zone)


def _facts(appointment: Appointment, handle: str, call: OnCall) -> dict[str, Any]:
    local = appointment.scheduled_at.astimezone(call.shop.zone)
    return {
        "appointment_id": handle,
        "service_type": appointment.service_type,
        "service": appointment.service_name,
        "vehicle": appointment.vehicle,
        "start_time": local.isoformat(),
        "spoken": _when(appointment, call),
        "duration_minutes": appointment.duration_minutes,
        "status": appointment.status,
    }


def _with(state: CallState, outcome: Outcome, summary: str, appointment_id: UUID) -> list[Deed]:
    deed = Deed(outcome=outcome, summary=summary, appointment_id=str(appointment_id))
    return [*state.get("deeds", []), deed]


TOOLS = (
    Tool(BookAppointment, _book, propose=_propose_booking),
    Tool(GetUpcomingAppointments, _upcoming),
    Tool(CancelAppointment, _cancel, propose=_propose_cancel),
    Tool(RescheduleAppointment, _move, propose=_propose_move),
)

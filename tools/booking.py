"""Booking: check, put into words, and, once agreed, do."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from graph.state import Draft
from shop.desk import Booking, NewCustomer, NewVehicle, Slot
from shop.errors import NotAllowed, SlotTaken, TimeRefused
from shop.schedule.appointments import MOVABLE, Appointment
from shop.schedule.booking import IN_ALREADY
from shop.schedule.coming import Ride, Visit
from shop.schedule.placing import JUST_TAKEN
from shop.words import spoken
from shop.words.carnames import is_named
from tools import access, offers, telling
from tools.calling import Answer, Arguments, OnCall, Tool, Wish

_VISITS: dict[Visit, str] = {
    "wait": "you'll wait here while it's done",
    "drop_off": "you'll drop it off",
    "early_bird": "you'll leave it before we open",
    "key_drop": "you'll leave it and drop the key in our box",
}
_RIDES: dict[Ride, str] = {"loaner": "a loaner car", "shuttle": "a shuttle ride"}


WHICH_IS_UNSAFE = "Which car is it that isn't safe"


class BookAppointment(Arguments, title="book_appointment"):
    """Book a time the caller chose. Call it as soon as customer, vehicle, service and time are
    known: it does not book yet, it makes the system read the booking back to the caller, who then
    says yes or no. Never read the booking back yourself. If they say afterwards how they come, call
    it again with that.
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
    visit: Annotated[
        Visit | None,
        Field(description="Only if said: waits here, drops it off, before opening, key in the box"),
    ] = None
    ride: Annotated[
        Ride | None, Field(description="Only if asked for; it is noted and never promised.")
    ] = None


async def _propose(args: BookAppointment, call: OnCall) -> Wish | Answer:
    standing = await _standing(args, call)
    if standing is not None:
        return _arrangement(args, standing, call)
    wish = await _wish(args, call)
    if call.state.get("proposal") is not None:
        return wish
    service = call.shop.catalog.find(args.service_type)
    slot = offers.offered(call, service, args.start_time)
    elsewhere = await _elsewhere(args, slot, call)
    if elsewhere is not None:
        return elsewhere
    if offers.holder(call, service, args.start_time) is not None:
        return wish
    return await offers.keep(slot, call) or wish


async def _standing(args: BookAppointment, call: OnCall) -> Appointment | None:
    """The booking of this call that is only to be added to."""
    if args.visit is None and args.ride is None:
        return None
    service = call.shop.catalog.find(args.service_type)
    wanted = offers.instant(args.start_time, call)
    for deed in call.state.get("deeds", []):
        if deed["outcome"] == "appointment_booked" and "appointment_id" in deed:
            made = await call.desk.appointment(UUID(deed["appointment_id"]))
            same = (made.service_type, made.scheduled_at) == (service.key, wanted)
            if same and made.status in MOVABLE:
                return made
    return None


def _arrangement(args: BookAppointment, made: Appointment, call: OnCall) -> Wish:
    coming = _coming(args) + _ride(args)
    what = f"for your {made.service_name} on {telling.when(made, call)}"
    recap = f"I'll add {what}: {' '.join(coming)} Is that right?"
    return Wish(f"arrange:{made.id}:{args.visit or ''}:{args.ride or ''}", recap)


def _coming(args: BookAppointment) -> list[str]:
    return [f"{_VISITS[args.visit]}."] if args.visit else []


def _ride(args: BookAppointment) -> list[str]:
    return [f"You'd like {_RIDES[args.ride]}, which I can't promise."] if args.ride else []


async def _elsewhere(args: BookAppointment, slot: Slot, call: OnCall) -> Answer | None:
    """What to say if the car is booked in for something else then: which other times there are."""
    car = access.vehicle(call.state, args.vehicle_id)
    if not isinstance(car, UUID):
        return None
    found = await call.desk.booked_then(car, slot.starts_at, slot.minutes)
    if found is None or (found.service_type, found.scheduled_at) == (
        slot.service_key,
        slot.starts_at,
    ):
        return None
    local = slot.starts_at.astimezone(call.shop.zone)
    free = await call.desk.free_slots(
        slot.service_key, local.date(), near=local.time(), car=car, call_sid=call.call_sid
    )
    # Who has not proved who they are is not told of the other appointment.
    known = call.state.get("access") == "verified" or access.made_here(call.state, found.id)
    why = IN_ALREADY if known else JUST_TAKEN
    others = tuple(sorted(free.slots, key=lambda one: one.starts_at))
    return await offers.taken(SlotTaken(why, alternatives=others), call)


async def _wish(args: BookAppointment, call: OnCall) -> Wish:
    access.within(call.state, "appointment_booked", access.MAX_BOOKINGS)
    what = access.vehicle(call.state, args.vehicle_id)
    car = await _car_in_words(what, call)
    _check_safe(car, call)
    service = call.shop.catalog.find(args.service_type)
    starts_at = offers.offered(call, service, args.start_time).starts_at
    who = access.customer(call.state, args.customer_id)
    plate = what["fields"]["license_plate"] if isinstance(what, dict) else None
    marked = f", plate {spoken.plate(plate)}" if plate else ""
    for_what = f"{spoken.a(service.name)} for your {car}{marked}"
    parts = [for_what, spoken.moment(starts_at, call.shop.zone)]
    if isinstance(who, dict):
        fields = who["fields"]
        parts.append(f"under {fields['first_name']} {fields['last_name']}")
        if fields["phone"] != call.context.caller_number:
            parts.append(f"number {spoken.phone(fields['phone'])}")
    if args.visit:
        parts.append(f"and {_VISITS[args.visit]}")
    verb = "book it" if service.auto_book else "put in that request for an advisor to confirm"
    key = f"book:{service.key}:{_who(who)}:{_which(what)}:{starts_at.isoformat()}"
    told = " ".join([f"So that's {', '.join(parts)}.", *_ride(args)])
    return Wish(key, f"{told} Shall I {verb}?")


def _check_safe(car: str, call: OnCall) -> None:
    """See that a car is not the one which must not be driven.

    Raises:
        NotAllowed: It is, or nobody knows which one that is.
    """
    if not call.state.get("unsafe"):
        return
    unsafe = call.state.get("unsafe_cars", [])
    if not unsafe:
        raise NotAllowed(f"{WHICH_IS_UNSAFE}? I can't book that one in.")
    if is_named(car, unsafe):
        raise NotAllowed("That car should not be driven here. Let me send a tow truck instead.")


async def _book(args: BookAppointment, call: OnCall) -> Answer:
    standing = await _standing(args, call)
    if standing is not None:
        return await _arrange(args, standing, call)
    wish = await _wish(args, call)
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
            visit=args.visit,
            ride=args.ride,
            holder=offers.holder(call, service, args.start_time),
        )
    except TimeRefused as taken:
        return await offers.taken(taken, call)
    return _booked(booking, args, call)


async def _arrange(args: BookAppointment, made: Appointment, call: OnCall) -> Answer:
    noted = await call.desk.arrange(
        call_sid=call.call_sid,
        key=_arrangement(args, made, call).key,
        appointment_id=made.id,
        visit=args.visit,
        ride=args.ride,
    )
    handle = access.handle_of(call.state, made.id, "a")
    return Answer("That's added to your appointment.", telling.facts(noted, handle, call))


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
    confirm = made.staff_confirmation_needed
    summary = f"{made.service_name} for {made.vehicle} on {telling.when(made, call)}"
    update = {
        "handles": handles,
        "drafts": drafts,
        "offered": [],
        "deeds": telling.done(
            call.state,
            "appointment_booked",
            f"request for an advisor to confirm: {summary}" if confirm else summary,
            made.id,
            status="requested" if confirm else None,
        ),
    }
    told = "I've put in your request" if confirm else "You're booked"
    after = " An advisor will confirm it with you." if confirm else ""
    data = {**telling.facts(made, handle, call), "staff_confirmation_needed": confirm}
    return Answer(
        f"{told}: {made.service_name} on {telling.when(made, call)}.{after}", data, update=update
    )


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


TOOLS = (Tool(BookAppointment, _book, propose=_propose),)

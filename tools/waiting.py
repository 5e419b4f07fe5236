"""Waiting for a time that is not free, and taking back a cancellation."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from shop.errors import BadValue, NotAllowed, TimeRefused, WrongState
from shop.schedule import slots
from shop.schedule.waitrows import Entry
from shop.words import dates, spoken
from tools import access, offers, telling
from tools.calling import Answer, Arguments, OnCall, Tool, Wish


class JoinWaitlist(Arguments, title="join_waitlist"):
    """Put the caller on the waiting list when the days they want are full. The system reads it back
    first. Staff ring them if a time comes free: never promise that one will. Note their name with
    create_customer before.
    """

    service_type: Annotated[str, Field(description="What the car needs.")]
    first_day: Annotated[str, Field(description="YYYY-MM-DD, or the caller's own words.")]
    last_day: Annotated[str, Field(description="The same day again if only that one suits.")]
    part_of_day: Annotated[
        Literal["morning", "afternoon", "evening"] | None, Field(description="If it matters.")
    ] = None
    phone_number: Annotated[
        str | None, Field(description="Only if it is not the number they are calling from.")
    ] = None


class LeaveWaitlist(Arguments, title="leave_waitlist"):
    """Take the number that is calling off the waiting list. The system reads it back first."""

    service_type: Annotated[
        str | None, Field(description="If the caller waits for several things.")
    ] = None


class UndoCancellation(Arguments, title="undo_cancellation"):
    """Bring back an appointment that was cancelled on this call. The system reads it back first."""

    appointment_id: Annotated[str, Field(description="The one that was cancelled.")]


async def _propose_join(args: JoinWaitlist, call: OnCall) -> Wish:
    service = call.shop.catalog.find(args.service_type)
    first, last = _days(args, call)
    number = telling.number(args.phone_number, call)
    part = f" in the {args.part_of_day}" if args.part_of_day else ""
    recap = (
        f"I'll put you on our waiting list for {spoken.a(service.name)}"
        f" {_between(first, last)}{part}, and someone rings {spoken.phone(number)} if a time"
        " comes free. Is that right?"
    )
    key = f"wait:{service.key}:{number}:{first}:{last}:{args.part_of_day or 'any'}"
    return Wish(key, recap)


async def _join(args: JoinWaitlist, call: OnCall) -> Answer:
    wish = await _propose_join(args, call)
    service = call.shop.catalog.find(args.service_type)
    first, last = _days(args, call)
    await call.desk.join_waitlist(
        call_sid=call.call_sid,
        key=wish.key,
        phone=telling.number(args.phone_number, call),
        service_key=service.key,
        first_day=first,
        last_day=last,
        part=args.part_of_day,
        name=call.state.get("stated_name"),
    )
    return Answer(
        "You're on our waiting list. Someone will ring you if a time comes free.",
        {"waiting": True, "service_type": service.key},
        update={
            "deeds": telling.done(
                call.state,
                "information_provided",
                f"waits for {spoken.a(service.name)} {_between(first, last)}: put on the waiting"
                " list, nothing is booked",
                status="waitlisted",
            )
        },
    )


def _between(first: date, last: date) -> str:
    if first == last:
        return f"on {spoken.day(first)}"
    return f"between {spoken.day(first)} and {spoken.day(last)}"


def _days(args: JoinWaitlist, call: OnCall) -> tuple[date, date]:
    """The days as they will be written down: none that has gone, none beyond our schedule."""
    first = max(_day(args.first_day, "first_day", call), call.now.date())
    last = min(_day(args.last_day, "last_day", call), slots.last_day(call.shop, call.now))
    if first > last:
        raise BadValue(
            "Those days are gone or too far ahead. Which days suit you?", field="last_day"
        )
    return first, last


def _day(said: str, field: str, call: OnCall) -> date:
    try:
        found = dates.resolve(said, now=call.now).day
    except ValueError as error:
        raise BadValue(str(error), field=field) from error
    if found is None:
        raise BadValue("Between which days would suit you?", field=field)
    return found


async def _propose_leave(args: LeaveWaitlist, call: OnCall) -> Wish:
    entry = await _waiting(args, call)
    service = call.shop.catalog.find(entry.service_type)
    recap = f"I'll take you off our waiting list for {spoken.a(service.name)}. Is that right?"
    return Wish(f"unwait:{entry.id}", recap)


async def _leave(args: LeaveWaitlist, call: OnCall) -> Answer:
    entry = await _waiting(args, call)
    await call.desk.leave_waitlist(
        call_sid=call.call_sid, key=f"unwait:{entry.id}", entry_id=entry.id
    )
    return Answer(
        "You're off our waiting list.",
        {"waiting": False},
        update={
            "deeds": telling.done(
                call.state,
                "information_provided",
                "taken off the waiting list",
                status="off_waitlist",
            )
        },
    )


async def _waiting(args: LeaveWaitlist, call: OnCall) -> Entry:
    """The one wish that is meant. A number can be forged: only somebody who is verified is told.

    Whoever was told of the time that came free for them may say that they do not want it.
    """
    told = {slot.get("entry") for slot in call.state.get("offered", [])} - {None}
    if call.state.get("access") != "verified" and not told:
        raise NotAllowed("I need to check who I'm speaking with before I can look at that.")
    found = await call.desk.waiting(telling.number(None, call))
    if call.state.get("access") != "verified":
        found = [entry for entry in found if str(entry.id) in told]
    if args.service_type:
        wanted = call.shop.catalog.find(args.service_type).key
        found = [entry for entry in found if entry.service_type == wanted]
    if not found:
        raise BadValue("I don't see this number on our waiting list.", field="service_type")
    if len(found) > 1:
        raise BadValue("Which service is it that you no longer wait for?", field="service_type")
    return found[0]


async def _propose_undo(args: UndoCancellation, call: OnCall) -> Wish:
    appointment_id = access.appointment(call.state, args.appointment_id)
    found = await call.desk.appointment(appointment_id)
    when = spoken.moment(found.scheduled_at, call.shop.zone)
    # Once agreed to it may have been done already, by a process that died of it.
    if call.state.get("proposal") is None and found.status != "cancelled":
        raise WrongState(f"Your {found.service_name} on {when} isn't cancelled.")
    return Wish(
        f"undo:{found.id}:{len(call.state.get('deeds', []))}",
        f"I'll bring back your {found.service_name} on {when}. Is that right?",
    )


async def _undo(args: UndoCancellation, call: OnCall) -> Answer:
    wish = await _propose_undo(args, call)
    appointment_id = access.appointment(call.state, args.appointment_id)
    try:
        restored = await call.desk.restore(
            call_sid=call.call_sid, key=wish.key, appointment_id=appointment_id
        )
    except TimeRefused as taken:
        return await offers.taken(taken, call)
    made = restored.appointment
    summary = f"{made.service_name} on {spoken.moment(made.scheduled_at, call.shop.zone)}"
    return Answer(
        f"You're booked again: {summary}.",
        {"appointment_id": args.appointment_id, "status": made.status},
        update={"deeds": telling.done(call.state, "appointment_booked", summary, made.id)},
    )


TOOLS: tuple[Tool, ...] = (
    Tool(JoinWaitlist, _join, propose=_propose_join),
    Tool(LeaveWaitlist, _leave, propose=_propose_leave),
    Tool(UndoCancellation, _undo, propose=_propose_undo),
)

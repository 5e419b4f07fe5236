"""Confirming an appointment: a harmless write that the caller's own words are enough for."""

from typing import Annotated
from uuid import UUID

from langchain_core.messages import AIMessage, HumanMessage
from pydantic import Field

from graph.state import CallState
from shop.errors import NotAllowed
from shop.schedule.appointments import Appointment
from shop.words.attending import will_come
from tools import access, telling
from tools.calling import Answer, Arguments, OnCall, Tool, Wish


class ConfirmAppointment(Arguments, title="confirm_appointment"):
    """Note that the caller says they will come to an appointment they were told of. On a reminder
    call, list it first and ask whether they will be there. Not for new bookings.
    """

    appointment_id: Annotated[str, Field(description="From get_upcoming_appointments.")]


async def _propose(args: ConfirmAppointment, call: OnCall) -> Wish:
    found = await call.desk.appointment(_allowed(args, call))
    recap = (
        f"You'll be there for your {found.service_name} on {telling.when(found, call)}."
        " Is that right?"
    )
    return Wish(f"confirm:{found.id}", recap, agreed=_has_said_so(found, call))


def _allowed(args: ConfirmAppointment, call: OnCall) -> UUID:
    if access.is_reminded(call.state, call.context):
        return access.listed(call.state, args.appointment_id)
    return access.appointment(call.state, args.appointment_id)


def _has_said_so(found: Appointment, call: OnCall) -> bool:
    """Whether the caller, who was told of the day, has just said that they will come."""
    told, said = _last_exchange(call.state)
    local = found.scheduled_at.astimezone(call.shop.zone)
    days = [f"{local:%A}"]
    if (local.date() - call.now.date()).days == 1:
        days.append("tomorrow")
    return any(day.lower() in told.lower() for day in days) and will_come(said)


def _last_exchange(state: CallState) -> tuple[str, str]:
    """What the caller heard before they last spoke, and what they said."""
    messages = state["messages"]
    last = max((n for n, m in enumerate(messages) if isinstance(m, HumanMessage)), default=None)
    if last is None:
        return "", ""
    before = max((n for n in range(last) if isinstance(messages[n], HumanMessage)), default=-1)
    heard = [str(m.text) for m in messages[before + 1 : last] if isinstance(m, AIMessage)]
    return " ".join(heard), str(messages[last].text)


async def _confirm(args: ConfirmAppointment, call: OnCall) -> Answer:
    appointment_id = _allowed(args, call)
    reminded = call.context.call_type == "outbound_reminder"
    sure = await call.desk.confirm(
        call_sid=call.call_sid,
        key=f"confirm:{appointment_id}",
        appointment_id=appointment_id,
        reminded=reminded,
    )
    when = telling.when(sure, call)
    if sure.status != "confirmed":
        raise NotAllowed("I couldn't note that. An advisor can help you.")
    deeds = telling.done(
        call.state,
        "information_provided",
        f"confirmed {sure.service_name} on {when}",
        sure.id,
        status="confirmed",
    )
    return Answer(
        f"Thank you, that's confirmed: {sure.service_name} on {when}.",
        telling.facts(sure, args.appointment_id, call),
        update={"deeds": deeds},
    )


TOOLS = (Tool(ConfirmAppointment, _confirm, propose=_propose),)

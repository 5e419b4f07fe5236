"""Who may see and change what. The only place that decides.

Handles and ids that a model writes are claims; the call's state, which only code writes, is the
proof. A refusal reads the same whether or not the record exists.
"""

from uuid import UUID

from langchain_core.messages import AIMessage

from graph.context import CallContext
from graph.state import CallState, Draft, Outcome
from shop.errors import NotAllowed, TooMany

MAX_FACTORS = 3
MAX_NUMBERS = 3
MAX_TRANSFERS = 2
MAX_BOOKINGS = 3
MAX_TOWS = 1
MAX_CALLBACKS = 2
MAX_LOOKUPS = 8


def customer(state: CallState, handle: str) -> UUID | Draft:
    """The customer a handle stands for: a record this call may book for, or a draft.

    Raises:
        NotAllowed: The handle was not given out on this call.
    """
    return _resolve(state, handle, "c", "customer")


def vehicle(state: CallState, handle: str) -> UUID | Draft:
    """The vehicle a handle stands for.

    Raises:
        NotAllowed: The handle was not given out on this call.
    """
    return _resolve(state, handle, "v", "vehicle")


def appointment(state: CallState, handle: str) -> UUID:
    """The appointment a handle stands for: listed to a verified caller, or made on this call.

    Raises:
        NotAllowed: Neither is the case.
    """
    found = listed(state, handle)
    if state.get("access") != "verified" and not made_here(state, found):
        raise NotAllowed(_VERIFY)
    return found


def made_here(state: CallState, appointment_id: UUID) -> bool:
    """Whether this call has booked an appointment itself; to confirm one makes it nobody's own."""
    return any(
        deed.get("appointment_id") == str(appointment_id) and deed.get("status") != "confirmed"
        for deed in state.get("deeds", [])
    )


def is_reminded(state: CallState, context: CallContext) -> bool:
    """Whether we rang to remind somebody, who has said their name but not proved who they are.

    They may hear of the one appointment they are rung about and say that they will come.
    """
    return context.call_type == "outbound_reminder" and state.get("access") == "recognized"


def listed(state: CallState, handle: str) -> UUID:
    """The appointment a handle of this call stands for, whoever may use it.

    Raises:
        NotAllowed: The handle was not given out on this call.
    """
    found = state.get("handles", {}).get(handle)
    if not handle.startswith("a") or found is None:
        raise NotAllowed(_UNKNOWN)
    return UUID(found)


def reminded_customer(state: CallState, handle: str) -> UUID:
    """The record of the person we rang, once they have said that it is them.

    Raises:
        NotAllowed: The handle is not theirs.
    """
    found = state.get("handles", {}).get(handle)
    if found is None or found != state.get("customer_id"):
        raise NotAllowed(_UNKNOWN)
    return UUID(found)


def verified_customer(state: CallState, handle: str) -> UUID:
    """The caller's own record, once they have proved who they are.

    Raises:
        NotAllowed: They have not, or the handle is not theirs.
    """
    if state.get("access") != "verified":
        raise NotAllowed(_VERIFY)
    return reminded_customer(state, handle)


def within(state: CallState, outcome: Outcome, most: int) -> None:
    """Let one call do a thing only so often; who needs more is better served by a person.

    Raises:
        TooMany: It has been done that often.
    """
    done = sum(deed["outcome"] == outcome for deed in state.get("deeds", []))
    if done >= most:
        raise TooMany("I can't do any more of those on this call; someone here can help you.")


def looked_up(state: CallState, tool: str) -> None:
    """Let one call ask a service outside only so often by a tool, this time included.

    Raises:
        TooMany: The model has asked for the tool more than `MAX_LOOKUPS` times.
    """
    asked = (call for m in state["messages"] if isinstance(m, AIMessage) for call in m.tool_calls)
    if sum(call["name"] == tool for call in asked) > MAX_LOOKUPS:
        raise TooMany("I can't look up any more of those on this call; someone here can help you.")


def new_handle(state: CallState, prefix: str) -> str:
    """The next free handle of a kind: c1, c2, … or v1, v2, …"""
    taken = {*state.get("handles", {}), *state.get("drafts", {})}
    number = 1
    while f"{prefix}{number}" in taken:
        number += 1
    return f"{prefix}{number}"


def handle_of(state: CallState, record_id: UUID, prefix: str) -> str:
    """The handle a record already has on this call, else the next free one."""
    for handle, known in state.get("handles", {}).items():
        if known == str(record_id):
            return handle
    return new_handle(state, prefix)


_UNKNOWN = "I don't have that on this call."
_VERIFY = "I need to check who I'm speaking with before I can look at that."


def _resolve(state: CallState, handle: str, prefix: str, kind: str) -> UUID | Draft:
    draft = state.get("drafts", {}).get(handle)
    if draft is not None and draft["kind"] == kind:
        return draft
    found = state.get("handles", {}).get(handle)
    if not handle.startswith(prefix) or found is None:
        raise NotAllowed(_UNKNOWN)
    return UUID(found)

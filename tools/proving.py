"""Proof of who is calling: one fact, said by the person on the record."""

from typing import Annotated, Literal
from uuid import UUID

from langchain_core.messages import AIMessage, HumanMessage
from pydantic import Field

from graph.state import CallState
from shop.desk import CustomerFile
from shop.people import verification
from shop.people.names import same_person
from shop.words import spoken
from shop.words.onbehalf import speaks_for
from shop.words.stated import was_said
from tools import access
from tools.calling import Answer, Arguments, OnCall, Tool


class VerifyIdentity(Arguments, title="verify_identity"):
    """Check who is calling, with ONE fact of their own that the caller has stated on this call.
    Needed before appointments can be listed, moved or cancelled. Only the person on the record can
    be checked, nobody for them. Never tell the caller which part did not match.
    """

    factor: Annotated[
        Literal["birth_date", "vin", "plate", "address", "last_service"],
        Field(description="address means street and ZIP code together."),
    ]
    value: Annotated[str, Field(description="What the caller said, in their words.")]


async def _verify(args: VerifyIdentity, call: OnCall) -> Answer:
    state = call.state
    if state.get("access") == "verified":
        return Answer("You're already verified.", {"verified": True})
    failed = state.get("failed_factors", 0)
    if failed >= access.MAX_FACTORS:
        return _spent(failed)
    if (unheard := _unheard(args, state)) is not None:
        return unheard
    match = await _match(args, call)
    if match is None:
        return _not_matched(failed + 1, state)
    due = await _due(match, call)
    await _note_disclosure(match, call, due)
    return _proved(match, state, due)


def _unheard(args: VerifyIdentity, state: CallState) -> Answer | None:
    """A refusal to check what the caller did not say, or says about somebody else.

    It tells nothing of any record and takes none of the attempts.
    """
    turns = [str(m.text) for m in state["messages"] if isinstance(m, HumanMessage)]
    another = speaks_for(turns)
    if another == "another":
        return Answer(
            "I can only check that with the person themselves. I can have someone from the shop"
            " call you back. Would you like that?",
            error="not_the_person",
        )
    if another is not None and not state.get("stated_name"):
        return Answer("May I have your own first and last name first?", error="name_needed")
    if not was_said(args.factor, args.value, turns):
        return Answer("I didn't quite catch that. Could you say it once more?", error="not_said")
    return None


def _not_matched(failed: int, state: CallState) -> Answer:
    if failed >= access.MAX_FACTORS:
        return _spent(failed)
    asked = (call for m in state["messages"] if isinstance(m, AIMessage) for call in m.tool_calls)
    tried = {c["args"].get("factor") for c in asked if c["name"] == "verify_identity"}
    left = [words for factor, words in _EASY.items() if factor not in tried][:3]
    return Answer(
        "I couldn't match that. Is there something else I can check"
        f"{', such as ' + spoken.one_of(left) if left else ''}?",
        {"attempts_left": access.MAX_FACTORS - failed},
        error="not_matched",
        update={"failed_factors": failed},
    )


_EASY = {
    "birth_date": "your date of birth",
    "plate": "your plate",
    "address": "your street and ZIP code",
    "last_service": "your last service with us",
    "vin": "your VIN",
}
"""What else can be asked for, the easiest first."""


async def _due(file: CustomerFile, call: OnCall) -> dict[UUID, str]:
    """What each car is due for, by name. Whom the shop rings is sold nothing."""
    if call.context.call_type != "inbound_general":
        return {}
    named = {service.key: service.name for service in call.shop.catalog.services}
    due = await call.desk.due(file.customer.id)
    return {one.vehicle_id: named[one.service_type] for one in due if one.service_type in named}


async def _note_disclosure(file: CustomerFile, call: OnCall, due: dict[UUID, str]) -> None:
    """Write down what the caller is about to hear from the records."""
    told = ("first_name", "vehicles", *(("last_service",) if file.last_service else ()))
    await call.desk.disclosed(
        call_sid=call.call_sid, entity="customers", records=[file.customer.id], what=told
    )
    await call.desk.disclosed(
        call_sid=call.call_sid,
        entity="vehicles",
        records=[owned.id for owned in file.vehicles],
        what=("year", "make", "model", "color"),
    )
    await call.desk.disclosed(
        call_sid=call.call_sid, entity="vehicles", records=list(due), what=("service_due",)
    )


async def _match(args: VerifyIdentity, call: OnCall) -> CustomerFile | None:
    candidates: list[UUID | None] = [UUID(c) for c in call.state.get("candidates", [])]
    files = [await call.desk.file(c) for c in candidates if c is not None]
    matching = [f for f in files if verification.matches(args.factor, args.value, f)]
    # Whoever has said their name is that person and nobody else on the number.
    if name := call.state.get("stated_name"):
        matching = [f for f in matching if _is_named(f, name)]
    match = matching[0] if len(matching) == 1 else None
    locked = match is not None and await call.desk.verification_locked(match.customer.id)
    passed = match is not None and not locked
    # A wrong guess counts against everybody it might have been aimed at.
    aimed_at = [match.customer.id] if match is not None else (candidates or [None])
    for customer_id in aimed_at:
        await call.desk.record_verification(
            call_sid=call.call_sid, customer_id=customer_id, factor=args.factor, passed=passed
        )
    return match if passed else None


def _is_named(file: CustomerFile, name: str) -> bool:
    return same_person(name, file.customer.first_name, file.customer.last_name)


def _full_name(file: CustomerFile) -> str:
    return f"{file.customer.first_name} {file.customer.last_name}"


def _spent(failed: int) -> Answer:
    return Answer(
        "I'm sorry, I can't verify you by phone today. I can have someone from the shop help you.",
        error="attempts_spent",
        update={"failed_factors": failed},
    )


def _proved(file: CustomerFile, state: CallState, due: dict[UUID, str]) -> Answer:
    handles = dict(state.get("handles", {}))
    working: CallState = {**state, "handles": handles}
    customer_handle = access.handle_of(working, file.customer.id, "c")
    handles[customer_handle] = str(file.customer.id)
    vehicles = []
    for owned in file.vehicles:
        handle = access.handle_of(working, owned.id, "v")
        handles[handle] = str(owned.id)
        described = {
            "vehicle_id": handle,
            "vehicle": spoken.vehicle(owned.year, owned.make, owned.model),
        }
        if owned.color:
            described["color"] = owned.color
        if owned.id in due:
            described["due"] = due[owned.id]
        vehicles.append(described)
    data = {
        "customer_id": customer_handle,
        "first_name": file.customer.first_name,
        "vehicles": vehicles,
        "last_service": file.last_service,
    }
    update = {
        "access": "verified",
        "customer_id": str(file.customer.id),
        "handles": handles,
        "stated_name": _full_name(file),
    }
    return Answer(f"Thank you, {file.customer.first_name}.", data, update=update)


TOOLS = (Tool(VerifyIdentity, _verify),)

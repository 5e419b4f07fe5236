"""Who the caller is: look-up, description, proof."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from graph.state import CallState, Draft
from shop.desk import CustomerFile
from shop.errors import BadValue, TooMany
from shop.people import phone
from shop.people.names import same_person
from tools import access
from tools.calling import Answer, Arguments, OnCall, Tool
from tools.ringing_back import going_on


class LookupCustomer(Arguments, title="lookup_customer"):
    """Note the phone number a caller gives, so that their record can be found once they prove who
    they are. Says nothing about whether a record exists. Not needed for the number they ring from.
    """

    phone_number: Annotated[str, Field(description="As said, any US format.")]


class CreateCustomer(Arguments, title="create_customer"):
    """Note the caller's name for a booking. Use it for every caller who wants to book, whether or
    not they have been here before; it gives the customer_id that booking needs.
    """

    first_name: Annotated[str, Field(min_length=1, max_length=50)]
    last_name: Annotated[str, Field(min_length=1, max_length=50)]
    phone_number: Annotated[
        str | None, Field(description="Only if it is not the number they are calling from.")
    ] = None
    email: Annotated[str | None, Field(description="Only if the caller offers one.")] = None


async def _lookup(args: LookupCustomer, call: OnCall) -> Answer:
    number = phone.normalize(args.phone_number)
    numbers = call.state.get("numbers", [])
    if number not in numbers and len(numbers) >= access.MAX_NUMBERS:
        raise TooMany("I can't look up any more numbers on this call.")
    files = await call.desk.callers(number)
    known = call.state.get("candidates", [])
    found = [str(file.customer.id) for file in files]
    update = {
        "numbers": list(dict.fromkeys([*numbers, number])),
        "candidates": list(dict.fromkeys([*known, *found])),
    }
    return Answer("Thanks, I've noted that number.", {"noted": True}, update=update)


async def _create(args: CreateCustomer, call: OnCall) -> Answer:
    stated = phone.normalize(args.phone_number) if args.phone_number else None
    number = stated or call.context.caller_number
    if not number:
        raise BadValue("What's the best phone number for you?", field="phone_number")
    name = {"first_name": args.first_name, "last_name": args.last_name}
    thanks = f"Thanks, {args.first_name}."
    recognized = await _recognize(args, number, call)
    if recognized is not None:
        handle = access.handle_of(call.state, recognized, "c")
        known = {
            "customer_id": str(recognized),
            "access": "verified" if call.state.get("access") == "verified" else "recognized",
            "stated_name": f"{args.first_name} {args.last_name}",
            "handles": {**call.state.get("handles", {}), handle: str(recognized)},
        }
        known_answer = Answer(thanks, {"customer_id": handle, **name}, update=known)
        return going_on(known_answer, call.state, owner=None)
    handle = _draft_handle(call.state)
    draft = Draft(kind="customer", fields={**name, "phone": number, "email": args.email})
    update = {
        "stated_name": f"{args.first_name} {args.last_name}",
        "drafts": {**call.state.get("drafts", {}), handle: draft},
    }
    answer = Answer(thanks, {"customer_id": handle, **name}, update=update)
    return going_on(answer, call.state, owner=handle)


async def _recognize(args: CreateCustomer, number: str, call: OnCall) -> UUID | None:
    """The caller's record, if caller ID and the stated name agree, or they are already verified."""
    state = call.state
    if state.get("access") == "verified":
        own = await call.desk.file(UUID(state["customer_id"]))
        return own.customer.id if _same_name(own, args.first_name, args.last_name) else None
    if number != call.context.caller_number:
        return None
    same = [
        file.customer.id
        for file in await call.desk.callers(number)
        if _same_name(file, args.first_name, args.last_name)
    ]
    return same[0] if len(same) == 1 else None


def _same_name(file: CustomerFile, first: str, last: str) -> bool:
    return same_person(f"{first} {last}", file.customer.first_name, file.customer.last_name)


def _draft_handle(state: CallState) -> str:
    """A caller describes one person; describing them again corrects the draft."""
    for handle, draft in state.get("drafts", {}).items():
        if draft["kind"] == "customer":
            return handle
    return access.new_handle(state, "c")


TOOLS = (
    Tool(LookupCustomer, _lookup),
    Tool(CreateCustomer, _create),
)

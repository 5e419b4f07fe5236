"""Getting a human: transfer, call-back, tow truck."""

from typing import Annotated, Literal

from pydantic import Field

from shop.profile import hours
from shop.words import spoken
from tools import access, telling
from tools.calling import Answer, Arguments, OnCall, Tool, Wish

_BRIEF_WORDS = 60


class TransferToHuman(Arguments, title="transfer_to_human"):
    """Put the caller through to a person at the shop. If nobody can take the call it says so; then
    offer a call-back.
    """

    reason: Annotated[
        Literal[
            "asked_for_human",
            "angry",
            "complaint",
            "diagnostics",
            "warranty_or_insurance",
            "discount_or_policy",
            "safety",
            "cannot_verify",
            "other",
        ],
        Field(description="Why a person is needed."),
    ]
    summary: Annotated[
        str, Field(max_length=400, description="Who, which car, what they want; 60 words at most.")
    ]


class RequestCallback(Arguments, title="request_callback"):
    """Have someone from the shop call the caller back, or take a message. The system reads it back
    first.
    """

    topic: Annotated[
        str,
        Field(min_length=1, max_length=80, description="A few words that are fit to be read back."),
    ]
    summary: Annotated[str, Field(max_length=400, description="What staff should know.")]
    phone_number: Annotated[
        str | None, Field(description="Only if it is not the number they are calling from.")
    ] = None
    name: Annotated[str | None, Field(max_length=100, description="Who is to be called.")] = None


class BookTow(Arguments, title="book_tow"):
    """Send a tow truck for a car that must not or cannot be driven. The system reads it back first.
    Promise no arrival time and no price.
    """

    location: Annotated[str, Field(min_length=3, description="Address, landmark, or highway.")]
    problem: Annotated[str, Field(min_length=1, max_length=200)]
    safe_place: Annotated[bool | None, Field(description="Whether the caller is safe there.")] = (
        None
    )
    vehicle: Annotated[str | None, Field(max_length=80)] = None
    phone_number: Annotated[
        str | None, Field(description="Only if it is not the number they are calling from.")
    ] = None


async def _transfer(args: TransferToHuman, call: OnCall) -> Answer:
    tried = call.state.get("transfers", 0)
    target = call.shop.transfer_target("service_advisor")
    open_now = hours.is_open(call.shop, call.now)
    there = target is not None and hours.answers(call.shop, target.hours, call.now)
    if not call.can_transfer or not there or tried >= access.MAX_TRANSFERS:
        why = (
            "" if open_now else f" We open again {hours.next_opening_spoken(call.shop, call.now)}."
        )
        return Answer(
            f"I can't put you through right now.{why} I can have someone call you back. Would you"
            " like that?",
            {"transferred": False, "open_now": open_now},
            error="nobody_available",
        )
    update = {
        "transfer_to": "service_advisor",
        "transfers": tried + 1,
        "deeds": telling.done(call.state, "transferred", _brief(f"{args.reason}: {args.summary}")),
    }
    return Answer(
        "I'll put you through to a service advisor now. One moment, please.",
        {"transferred": True},
        update=update,
    )


async def _propose_callback(args: RequestCallback, call: OnCall) -> Wish:
    access.within(call.state, "callback_requested", access.MAX_CALLBACKS)
    number = telling.number(args.phone_number, call)
    recap = (
        f"I'll have someone from the shop call {_whom(args, call)} back at {spoken.phone(number)}."
        f" I have it down as: {args.topic}. Is that right?"
    )
    return Wish(f"callback:{number}:{args.topic.casefold()}", recap)


def _whom(args: RequestCallback, call: OnCall) -> str:
    """Who is called: by name if it is not the caller, so that a mistake is heard."""
    own = str(call.state.get("stated_name") or "").casefold().split()
    name = (args.name or "").split()
    same = not name or not own or {part.casefold() for part in name} <= set(own)
    return "you" if same else " ".join(name)


async def _callback(args: RequestCallback, call: OnCall) -> Answer:
    wish = await _propose_callback(args, call)
    await call.desk.request_callback(
        call_sid=call.call_sid,
        key=wish.key,
        phone=telling.number(args.phone_number, call),
        topic=args.topic,
        summary=_brief(args.summary),
        name=args.name or call.state.get("stated_name"),
    )
    return Answer(
        "Someone from the shop will call you back.",
        {"requested": True},
        update={"deeds": telling.done(call.state, "callback_requested", args.topic)},
    )


async def _propose_tow(args: BookTow, call: OnCall) -> Wish:
    access.within(call.state, "tow_requested", access.MAX_TOWS)
    number = telling.number(args.phone_number, call)
    recap = (
        f"I'll send a tow truck. I have the place down as: {args.location}. The driver can reach"
        f" you at {spoken.phone(number)}. Shall I send it?"
    )
    return Wish(f"tow:{number}:{args.location.casefold()}", recap)


async def _tow(args: BookTow, call: OnCall) -> Answer:
    wish = await _propose_tow(args, call)
    await call.desk.request_tow(
        call_sid=call.call_sid,
        key=wish.key,
        phone=telling.number(args.phone_number, call),
        location=args.location,
        problem=args.problem,
        vehicle=args.vehicle,
        safe=args.safe_place,
    )
    return Answer(
        "A tow truck is requested. Please stay somewhere safe, away from traffic. The driver will"
        " call you.",
        {"requested": True},
        update={"deeds": telling.done(call.state, "tow_requested", args.location)},
    )


def _brief(text: str) -> str:
    """What staff can take in at a glance."""
    return " ".join(text.split()[:_BRIEF_WORDS])


TOOLS: tuple[Tool, ...] = (
    Tool(TransferToHuman, _transfer),
    Tool(RequestCallback, _callback, propose=_propose_callback),
    Tool(BookTow, _tow, propose=_propose_tow),
)

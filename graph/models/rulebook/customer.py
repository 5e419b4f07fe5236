"""Who a booking is for."""

import re

from graph.models.rulebook.cars import car_in
from graph.models.rulebook.courtesy import in_between
from graph.models.rulebook.moves import Call, Move, ask
from graph.models.rulebook.names import Name, name_in
from graph.models.rulebook.request import Request, Turn
from graph.models.rulebook.talk import asks_for
from graph.models.rulebook.words import plain
from shop.errors import ShopError
from shop.people import phone

_INTRODUCED = re.compile(r"\bname\b|\bthis is\b|\bi'm\b|\bi am\b|\bit'?s\b", re.IGNORECASE)
_WANTS = re.compile(
    r"(?:(?:and|so|but|oh|um|ok|okay|well|please|actually|wait|also) )*(?:do|does|did|is|are|was"
    r"|can|could|would|should|what|when|where|why|which|how|put|take|tell|give|send|cancel|move"
    r"|book|schedule|have (?:some(?:one|body)|them)|let me|i (?:need|want|have|can't|don't)"
    r"|is there|there's)\b(?!.*\bname\b)"
)
"""How a wish or a question begins, where a name was asked for: "does my car have any recalls"."""
_NUMBER_WORDS = ("number", "reach me", "phone", "cell", "call me at", "call me on")
_READ_BACK = ("call you back at", "can reach you at")
"""What comes before a number that is read back, which another number may put right."""
_NORTH_AMERICA = "+1"


def customer(request: Request, before: str = "") -> Move | str:
    """The customer's handle, or how to get one."""
    known = handle(request)
    if request.facts.verified and known:
        return known
    name = stated_name(request)
    if name.first and name.last:
        args = {"first_name": name.first, "last_name": name.last, **_phone_args(request)}
        if known and not _changed(request, args):
            return known
        return Call("create_customer", args)
    if known:
        return known
    if name.first:
        return ask(request, "last_name", f"Thanks, {name.first}.")
    return ask(request, "name", before)


def handle(request: Request) -> str:
    """The handle of the customer on this call; empty if there is none yet."""
    given = [line.split()[0] for line in request.facts.all("customer_id") if line.strip()]
    made = request.newest("create_customer", "verify_identity", ok=True)
    newest = made.text("customer_id") if made is not None else ""
    if newest and (newest in given or not given):
        return newest
    return given[-1] if given else ""


def stated_name(request: Request) -> Name:
    """The name the caller gave, pieced together; what was said last counts."""
    name = Name()
    for turn in request.turns:
        last_only = asks_for(turn, "last_name")
        if in_between(turn.said) or _WANTS.match(plain(turn.said)):
            continue
        if car_in(turn.said).model and not _INTRODUCED.search(turn.said):
            continue
        said = name_in(
            turn.said, asked=asks_for(turn, "name") and not last_only, last_only=last_only
        )
        if said.first and said.last:
            name = said
        elif said.first or said.last:
            name = Name(said.first or name.first, said.last or name.last)
    return name


def stated_phone(request: Request) -> str:
    """The number the caller gave as theirs, in E.164; empty if they gave none that we ring."""
    for turn in reversed(request.turns):
        if (number := _number_in(turn)).startswith(_NORTH_AMERICA):
            return number
    return ""


def foreign_phone(request: Request) -> bool:
    """Whether the caller's last words give a number outside the US and Canada as theirs."""
    number = _number_in(request.turn)
    return bool(number) and not number.startswith(_NORTH_AMERICA)


def _number_in(turn: Turn) -> str:
    read_back = any(words in turn.asked for words in _READ_BACK)
    asked = read_back or asks_for(turn, "phone", "record_number")
    if not asked and not any(word in turn.said.lower() for word in _NUMBER_WORDS):
        return ""
    return number_in(turn.said)


def number_in(said: str) -> str:
    """The telephone number that a text is, in E.164; empty if it is none."""
    try:
        return phone.normalize(said)
    except ShopError:
        return ""


def _phone_args(request: Request) -> dict[str, str]:
    number = stated_phone(request)
    known = request.facts.one("caller_number")
    return {"phone_number": number} if number and number != known else {}


def _changed(request: Request, args: dict[str, str]) -> bool:
    """Whether the caller now says something else than what was noted."""
    noted = request.newest("create_customer", ok=True)
    if noted is None:
        stated = request.facts.one("caller_said_name").casefold()
        return bool(stated) and stated != f"{args['first_name']} {args['last_name']}".casefold()
    keys = ("first_name", "last_name", "phone_number")
    return [noted.args.get(key) for key in keys] != [args.get(key) for key in keys]

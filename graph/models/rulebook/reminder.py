"""A call of ours, to remind somebody: who they are, what it is about, whether they will come."""

import re

from graph.models.rulebook import modify, ringing, verify
from graph.models.rulebook.courtesy import courtesy
from graph.models.rulebook.customer import handle
from graph.models.rulebook.errand import WILL_YOU, action_in, puts_right
from graph.models.rulebook.moves import ANYTHING_ELSE, Call, Move, Say, ask
from graph.models.rulebook.request import Request, Result
from graph.models.rulebook.talk import refusal
from graph.models.rulebook.words import plain
from nodes.assent import assent
from shop.words.attending import will_come

_LIST, _CONFIRM = "get_upcoming_appointments", "confirm_appointment"
_COMES = re.compile(
    r"\b(?:(?:i|we)'?ll be there|see you (?:then|\w+day)|keep (?:it|that|(?:my )?\w+day))\b"
)
_UNCLEAR = "I didn't catch that."
_OTHERWISE = ("cancel", "move", "undecided")
_WHY = "This is Sophie, the shop's automated assistant, with a short reminder of an appointment."


def step(request: Request) -> Move | None:
    """The next step of a reminder; None once it was given, or where something else is wanted."""
    if request.outbound != "reminder" or request.task == "triage":
        return None
    if (message := ringing.to_a_machine(request, _WHY)) is not None:
        return message
    if request.task == "escalate":
        return None
    if request.last is not None:
        return _after(request, request.last)
    if (farewell := ringing.to_somebody_else(request)) is not None:
        return farewell
    listed = request.newest(_LIST, ok=True)
    if listed is not None:
        return _answered(request, listed)
    said = request.turn.said
    if request.task in ("modify", "verify") or action_in(said) in ("cancel", "move"):
        return None
    return ringing.at_a_bad_time(request) or _who(request)


def _who(request: Request) -> Move:
    """Nothing is told before the person has said that it is them."""
    if (proof := ringing.proof_offered(request)) is not None:
        return proof
    if known := handle(request):
        if request.newest(_LIST, ok=False) is None:
            return Call(_LIST, {"customer_id": known})
        return verify.step(request)
    return ringing.by_name(request, _WHY)


def _after(request: Request, last: Result) -> Move | None:
    if last.name == "verify_identity" and request.newest(_LIST, ok=True) is not None:
        return None
    if last.name in ("create_customer", "verify_identity") and last.ok:
        return Call(_LIST, {"customer_id": last.text("customer_id")})
    if last.name == _LIST and request.newest(_CONFIRM, ok=True) is None:
        if not last.ok:
            return ask(request, "proof", "I just need to check who I'm speaking with.")
        return _told(request, last)
    return refusal(last, ANYTHING_ELSE) if last.name == _CONFIRM else None


def _told(request: Request, listed: Result) -> Move | None:
    turns = request.turns
    if any(action_in(turn.said) in _OTHERWISE or puts_right(request, turn) for turn in turns):
        return None
    if not listed.rows("appointments"):
        return Say(f"{listed.message} I'm sorry to have troubled you. {ANYTHING_ELSE}")
    return Say(f"{listed.message} {WILL_YOU}")


def _answered(request: Request, listed: Result) -> Move | None:
    """What "will you be there?" comes to, also where it is answered later."""
    turn = request.turn
    said, asked = turn.said, WILL_YOU in turn.asked
    there = listed.rows("appointments")
    if there and (_keeps(request) or (asked and will_come(said))):
        return Call(_CONFIRM, {"appointment_id": str(there[0].get("appointment_id"))})
    if not asked or action_in(said) in ("cancel", "move"):
        return None
    if puts_right(request, turn):
        return modify.step(request)
    if assent(said) == "no" or action_in(said) == "undecided":
        return ask(request, "action", "That's no trouble.")
    unclear = request.task == "modify" and not action_in(said) and courtesy(request) is None
    return Say(f"{_UNCLEAR} {WILL_YOU}") if unclear and _UNCLEAR not in turn.asked else None


def _keeps(request: Request) -> bool:
    """Whether the caller says in so many words that they will come, without being asked again."""
    done = request.newest(_CONFIRM, "reschedule_appointment", "cancel_appointment", ok=True)
    said = request.turn.said
    return done is None and bool(_COMES.search(plain(said))) and assent(said) != "no"

"""A call of ours, to remind somebody: who they are, what it is about, whether they will come."""

import re

from graph.models.rulebook import verify
from graph.models.rulebook.customer import handle, stated_name
from graph.models.rulebook.errand import action_in
from graph.models.rulebook.moves import ANYTHING_ELSE, Call, Move, Say, ask
from graph.models.rulebook.proofs import proof_in
from graph.models.rulebook.request import Request, Result
from graph.models.rulebook.talk import asks_for, refusal
from graph.models.rulebook.words import plain
from nodes.assent import assent
from shop.words.attending import will_come

_LIST, _CONFIRM = "get_upcoming_appointments", "confirm_appointment"
_WILL_YOU = "Will you be there?"
_MACHINE = re.compile(
    r"\b(?:(?:leave|record) (?:me |us )?(?:a|your)(?: \w+)? message|voice ?mail|(?:after|at) the"
    r" (?:tone|beep)|can't (?:take|come to|answer) (?:your call|the phone)|(?:has been|you have"
    r"|you've) (?:forwarded|reached)|not available (?:right now|to take))\b"
)
_SOMEBODY_ELSE = re.compile(
    r"\b(?:(?:she|he|they)(?:'s| is|'re| are)? (?:not|isn't|aren't) (?:here|home|available|in)"
    r"|(?:she|he)'s (?:out|away|at work|sleeping|busy)|(?:not|isn't) (?:here|home) (?:right )?now"
    r"|no(?:body|one) (?:here )?by that name|(?:this is|i'm) not (?:her|him)"
    r"|(?:this is|i'm) (?:his|her|their) \w+|can i take a message)\b"
)
_BAD_TIME = re.compile(
    r"\b(?:(?:bad|not a good) time|busy|driving|in a meeting|call (?:me )?(?:back|later)"
    r"|can't talk)\b"
)
_OTHERWISE = ("cancel", "move", "undecided")
_WHY = "This is Sophie, the shop's automated assistant, with a short reminder of an appointment."


def step(request: Request) -> Move | None:
    """The next step of a reminder; None once it was given, or where something else is wanted."""
    if not request.outbound or request.task == "triage":
        return None
    last = request.last
    said = plain(request.turn.said)
    if last is None and _MACHINE.search(said):
        return Say(f"{_WHY} Please call us back at the shop. Thank you, and goodbye.")
    if request.task == "escalate":
        return None
    if last is not None:
        return _after(request, last)
    if _SOMEBODY_ELSE.search(said):
        return Say("I'm sorry to trouble you. Would you ask them to call the shop? Goodbye.")
    listed = request.newest(_LIST, ok=True)
    if listed is not None:
        return _answered(request, listed)
    if request.task in ("modify", "verify") or action_in(said) in ("cancel", "move"):
        return None
    if _BAD_TIME.search(said):
        return Say("No problem. Please call the shop when it suits you. Goodbye.")
    return _who(request)


def _who(request: Request) -> Move:
    """Nothing is told before the person has said that it is them."""
    asked = asks_for(request.turn, "name", "last_name") or verify.under_way(request)
    if (proof := proof_in(request.turn.said, asked=asked)) is not None:
        return Call("verify_identity", {"factor": proof[0], "value": proof[1][:300]})
    if known := handle(request):
        if request.newest(_LIST, ok=False) is None:
            return Call(_LIST, {"customer_id": known})
        return verify.step(request)
    name = stated_name(request)
    if name.first and name.last:
        return Call("create_customer", {"first_name": name.first, "last_name": name.last})
    if name.first:
        return ask(request, "last_name", f"Thanks, {name.first}.")
    return ask(request, "name", "" if asks_for(request.turn, "name") else _WHY)


def _after(request: Request, last: Result) -> Move | None:
    if last.name in ("create_customer", "verify_identity") and last.ok:
        return Call(_LIST, {"customer_id": last.text("customer_id")})
    if last.name == _LIST and request.newest(_CONFIRM, ok=True) is None:
        if not last.ok:
            return ask(request, "proof", "I just need to check who I'm speaking with.")
        return _told(request, last)
    return refusal(last, ANYTHING_ELSE) if last.name == _CONFIRM else None


def _told(request: Request, listed: Result) -> Move | None:
    if any(action_in(turn.said) in _OTHERWISE for turn in request.turns):
        return None
    if not listed.rows("appointments"):
        return Say(f"{listed.message} I'm sorry to have troubled you. {ANYTHING_ELSE}")
    return Say(f"{listed.message} {_WILL_YOU}")


def _answered(request: Request, listed: Result) -> Move | None:
    """What "will you be there?" comes to."""
    if _WILL_YOU not in request.turn.asked:
        return None
    said = request.turn.said
    if will_come(said):
        first = listed.rows("appointments")[0]
        return Call(_CONFIRM, {"appointment_id": str(first.get("appointment_id"))})
    if action_in(said) in ("cancel", "move"):
        return None
    if assent(said) == "no" or action_in(said) == "undecided":
        return ask(request, "action", "That's no trouble.")
    return None

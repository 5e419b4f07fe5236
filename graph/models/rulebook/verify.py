"""Proving who is calling: one fact at a time, whichever the caller offers."""

import re

from graph.models.rulebook import escalate
from graph.models.rulebook.courtesy import courtesy
from graph.models.rulebook.customer import number_in, stated_name, stated_phone
from graph.models.rulebook.marks import vin_within
from graph.models.rulebook.moves import Call, Move, Say, ask, was_asked
from graph.models.rulebook.proofs import has_street, has_zip, proof_in
from graph.models.rulebook.request import Request, Result
from graph.models.rulebook.talk import asks_for, refusal
from graph.models.rulebook.words import plain
from nodes.assent import assent
from shop.words import spelled
from shop.words.onbehalf import speaks_for

_TEN = 10
_NOT_THEM = (
    "I can only check that with the person themselves. I can have someone from the shop call you"
    " back. Would you like that?"
)
_CANNOT = re.compile(
    r"\b(?:don't (?:know|remember|have)|can't remember|rather not|not (?:going to|comfortable)"
    r"|why do you"
    r"|no idea|refuse|won't (?:say|tell)|skip)\b"
)


def step(request: Request) -> Move:
    """Ask for a proof, or check the one that was given."""
    last = request.last
    if last is not None:
        return _after(request, last)
    if (theirs := _for_somebody_else(request)) is not None:
        return theirs
    asked = under_way(request)
    if was_asked(request, "record_number") or _gives_number(request, asked=asked):
        if number := stated_phone(request) or number_in(request.turn.said):
            return Call("lookup_customer", {"phone_number": number})
        if was_asked(request, "record_number") and proof_in(request.turn.said, asked=True) is None:
            return ask(request, "record_number")
    if (proof := _proof(request, asked=asked)) is not None:
        return Call("verify_identity", {"factor": proof[0], "value": proof[1][:300]})
    return _ask(request, asked=asked)


def _for_somebody_else(request: Request) -> Move | None:
    """Only the person on the record can be checked; who may be another says their own name."""
    whose = speaks_for([turn.said for turn in request.turns])
    if whose == "another":
        return Say(_NOT_THEM)
    noted = request.newest("create_customer", ok=True) is not None
    if whose is None or noted or request.facts.verified:
        return None
    name = stated_name(request)
    if name.first and name.last:
        return Call("create_customer", {"first_name": name.first, "last_name": name.last})
    return ask(request, "name", "" if was_asked(request, "name") else "Sure. First about you:")


def under_way(request: Request) -> bool:
    """Whether the caller's last words answer a question for a proof."""
    kinds = ("proof", "zip", "birth_date", "plate", "vin", "address", "record_number")
    again = ("something else I can check", "say it once more")
    return asks_for(request.turn, *kinds) or any(one in request.turn.asked for one in again)


def _proof(request: Request, *, asked: bool) -> tuple[str, str] | None:
    said = request.turn.said
    if was_asked(request, "zip") and has_zip(plain(said)) and len(request.turns) > 1:
        street = request.turns[-2].said
        return ("address", f"{street} {said}") if has_street(plain(street)) else None
    return proof_in(said, asked=asked)


def _gives_number(request: Request, *, asked: bool) -> bool:
    words = request.turn.said.lower()
    called = any(word in words for word in ("phone", "number on", "my number", "cell"))
    return asked and (called or _is_only_a_number(request.turn.said))


def _is_only_a_number(said: str) -> bool:
    """Whether a text holds ten digits, and no date, street or VIN they could be a part of."""
    ten = len(spelled.digits(said)) in (_TEN, _TEN + 1)
    return ten and not vin_within(said) and proof_in(said, asked=True) is None


def _ask(request: Request, *, asked: bool) -> Move:
    words = plain(request.turn.said)
    if asked and has_street(words) and not has_zip(words):
        return ask(request, "zip")
    if asked and (_CANNOT.search(words) or assent(words) == "no"):
        if "street and ZIP" in request.turn.asked:
            return Say(
                "I can't open anything without that, but I can have someone call you back. Would"
                " you"
                " like that?"
            )
        return Say("That's fine. Could you tell me your street and ZIP code instead?")
    if asked and (polite := courtesy(request)) is not None:
        return polite
    if request.facts.withheld and request.newest("lookup_customer") is None:
        before = "" if was_asked(request, "record_number") else "I can help with that."
        return ask(request, "record_number", before)
    before = "" if asked else "Sure, I just need to check who I'm speaking with."
    return ask(request, "proof", before)


def _after(request: Request, last: Result) -> Move:
    if last.name in ("transfer_to_human", "request_callback"):
        return escalate.step(request)
    if last.name == "lookup_customer":
        return _looked_up(request, last)
    if last.error == "not_matched":
        tried_number = request.newest("lookup_customer") is not None
        if request.facts.one("failed_checks") == "2" and not tried_number:
            return ask(request, "record_number", "I still couldn't match that.")
        return Say(last.message)
    if last.name == "verify_identity" and not last.ok:
        return refusal(last, ask(request, "proof").text)
    return ask(request, "proof", "I just need to check who I'm speaking with.")


def _looked_up(request: Request, last: Result) -> Move:
    """With a new number noted, the proof that was given before may fit now."""
    if not last.ok:
        return refusal(last, ask(request, "record_number").text)
    given = request.newest("verify_identity", ok=False)
    if given is not None and given.error == "not_matched":
        return Call("verify_identity", dict(given.args))
    return ask(request, "proof", last.message)

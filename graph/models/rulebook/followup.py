"""A call of ours after a visit: how the car has been since, and what is done where it is not well.

Nothing is sold and no review is asked for: that would make it advertising, which takes consent in
writing (47 CFR 64.1200(a)(2), https://www.ecfr.gov/current/title-47/section-64.1200).
"""

import re

from graph.models.rulebook import booking, escalate, ringing, verify
from graph.models.rulebook.courtesy import courtesy
from graph.models.rulebook.customer import handle
from graph.models.rulebook.errand import action_in
from graph.models.rulebook.moves import ANYTHING_ELSE, CALL_BACK, Call, Move, Say, ask
from graph.models.rulebook.request import Request, Result
from graph.models.rulebook.services import services_in
from graph.models.rulebook.words import plain
from nodes.assent import assent
from nodes.words.vocabulary import SYMPTOM

_WHY = "This is Sophie, the shop's automated assistant, with a short follow-up call."
_HOW = "How has the car been running since your visit?"
_ANY_TROUBLE = "Has there been any trouble with the car since your visit?"
_WHAT = "What is it doing?"
_WHICH = "Would you like to bring it back in, or have an advisor call you?"
_SORRY = "I'm sorry to hear that."
_TOPIC = "trouble since your visit"

_NO_TROUBLE = re.compile(
    r"\b(?:no|not a|not any|without|zero|haven't had(?: any)?|hasn't had(?: any)?)"
    r"(?: (?:more|other|further|real|single|any))*"
    r" (?:troubles?|problems?|issues?|complaints?|nois\w+|squeak\w*|leaks?|lights?)\b"
    r"|\bnothing (?:wrong|at all|to (?:report|complain about))\b|\bnot? (?:bad|complain\w*)\b"
)
_WELL = re.compile(
    r"\b(?:great|good|fine|well|perfect\w*|excellent|smooth\w*|wonderful\w*|fantastic|awesome"
    r"|better|like new|amazing|okay|ok|alright|all right|happy|satisfied|beautiful\w*)\b"
)
_NOT_WELL = re.compile(
    r"\b(?:not|isn't|wasn't|hasn't|never|don't|doesn't|n't)(?: (?:so|too|very|really|that|all|been"
    r"|running|doing|driving|exactly))* (?:great|good|fine|well|right|perfect\w*|happy|satisfied"
    r"|better|okay|ok)\b"
    r"|\b(?:bad|badly|worse|terrible|awful|horrible|poor\w*|troubles?|problems?|issues?|wrong"
    r"|broke\w*|again|still|unhappy|disappointed)\b"
)
_SYMPTOM = re.compile(rf"\b{SYMPTOM}\b")
_ADVISOR = re.compile(r"\b(?:call|advis[oe]r|ring|phone|someone|somebody|person)\b")
_IN = re.compile(r"\b(?:in|back|bring|book|appointment|look at it|first|come|schedule)\b")


def step(request: Request) -> Move | None:
    """The next step of a follow-up; None once it was had, or where something else is wanted."""
    if request.outbound != "followup" or request.task == "triage":
        return None
    if (message := ringing.to_a_machine(request, _WHY)) is not None:
        return message
    if request.last is not None:
        return _after(request, request.last)
    if _WHICH in request.turn.asked:
        return _chosen(request)
    if request.task in ("escalate", "modify", "verify"):
        return None
    if any(words in request.turn.asked for words in (_HOW, _ANY_TROUBLE, _WHAT)):
        return _answered(request)
    return None if _was_had(request) else _who(request)


def _was_had(request: Request) -> bool:
    """Whether they were asked already, or came with a wish of their own before that."""
    asked = any(_HOW in turn.asked for turn in request.turns)
    return asked or request.task == "booking" or action_in(request.turn.said) in ("cancel", "move")


def _who(request: Request) -> Move:
    """Nothing is told before the person has said that it is them."""
    elsewhere = ringing.to_somebody_else(request) or ringing.at_a_bad_time(request)
    if elsewhere is not None:
        return elsewhere
    if (proof := ringing.proof_offered(request)) is not None:
        return proof
    return verify.step(request) if handle(request) else ringing.by_name(request, _WHY)


def _after(request: Request, last: Result) -> Move | None:
    """What comes of their name, or of a proof that they gave for it."""
    asked = any(_HOW in turn.asked for turn in request.turns)
    if asked or request.task != "answer" or last.name not in ("create_customer", "verify_identity"):
        return None
    if not last.ok:
        return verify.step(request)
    if request.facts.one("access") in ("recognized", "verified"):
        return Say(f"{last.message} {_HOW}")
    return ask(request, "proof", "I just need to check who I'm speaking with.")


def _answered(request: Request) -> Move | None:
    said = plain(request.turn.said)
    if _WHAT in request.turn.asked:
        return Say(_WHICH)
    if _is_well(request, said):
        return Say(f"Glad to hear it. {ANYTHING_ELSE}")
    if _says_what(said):
        return Say(f"{_SORRY} {_WHICH}")
    if _is_not_well(request, said):
        return Say(f"{_SORRY} {_WHAT}")
    if (polite := courtesy(request)) is not None:
        return polite
    return Say(CALL_BACK if _ANY_TROUBLE in request.turn.asked else _ANY_TROUBLE)


def _is_well(request: Request, said: str) -> bool:
    none = _NO_TROUBLE.search(said) is not None
    rest = _NO_TROUBLE.sub(" ", said)
    if _NOT_WELL.search(rest) or _SYMPTOM.search(rest) or "engine_diagnostics" in services_in(rest):
        return False
    denied = _ANY_TROUBLE in request.turn.asked and assent(said) == "no"
    return none or denied or bool(_WELL.search(said))


def _says_what(said: str) -> bool:
    """Whether it is told what is wrong, not only that something is."""
    return len(said.split()) > 2 and bool(services_in(said) or _SYMPTOM.search(said))


def _is_not_well(request: Request, said: str) -> bool:
    troubled = _ANY_TROUBLE in request.turn.asked and assent(said) == "yes"
    return troubled or bool(_NOT_WELL.search(said))


def _chosen(request: Request) -> Move | None:
    """A time to look at it again, or a call."""
    said = plain(request.turn.said)
    if assent(said) == "no" and not (_ADVISOR.search(said) or _IN.search(said)):
        return Say(f"Alright. {ANYTHING_ELSE}")
    if _ADVISOR.search(said):
        wanted = escalate.callback(request)
        assert isinstance(wanted, Call)
        return Call(wanted.name, {**wanted.args, "topic": _TOPIC})
    return booking.step(request) if _IN.search(said) or assent(said) == "yes" else None

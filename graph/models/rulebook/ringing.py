"""What calls of ours have in common: who answers, whether it suits them, who they say they are."""

import re

from graph.models.rulebook import verify
from graph.models.rulebook.customer import stated_name
from graph.models.rulebook.moves import Call, Move, Say, ask
from graph.models.rulebook.proofs import proof_in
from graph.models.rulebook.request import Request
from graph.models.rulebook.talk import asks_for
from graph.models.rulebook.words import plain

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
_WHO_RINGS = re.compile(
    r"\b(?:who(?: is|'s| are) (?:this|you|calling|it|there)|what(?: is|'s) (?:this|it) (?:about"
    r"|regarding|for)|what do you want|where are you calling from|(?:scam|spam)\w*"
    r"|what company)\b"
)


def to_a_machine(request: Request, why: str) -> Say | None:
    """The message for a machine: who rang, and nothing of what about."""
    if request.last is not None or not _MACHINE.search(plain(request.turn.said)):
        return None
    return Say(f"{why} Please call us back at the shop. Thank you, and goodbye.")


def to_somebody_else(request: Request) -> Say | None:
    """The good-bye to whoever says that they are not the one who is rung."""
    if not _SOMEBODY_ELSE.search(plain(request.turn.said)):
        return None
    return Say("I'm sorry to trouble you. Would you ask them to call the shop? Goodbye.")


def at_a_bad_time(request: Request) -> Say | None:
    """The good-bye to whoever has no time now."""
    if not _BAD_TIME.search(plain(request.turn.said)):
        return None
    return Say("No problem. Please call the shop when it suits you. Goodbye.")


def proof_offered(request: Request) -> Call | None:
    """The check of a proof that the person gives, asked for one or not."""
    asked = asks_for(request.turn, "name", "last_name") or verify.under_way(request)
    proof = proof_in(request.turn.said, asked=asked)
    if proof is None:
        return None
    return Call("verify_identity", {"factor": proof[0], "value": proof[1][:300]})


def by_name(request: Request, why: str) -> Move:
    """Nothing is told before the person has said their name."""
    name = stated_name(request)
    if name.first and name.last:
        return Call("create_customer", {"first_name": name.first, "last_name": name.last})
    if name.first:
        return ask(request, "last_name", f"Thanks, {name.first}.")
    again = asks_for(request.turn, "name") and not _WHO_RINGS.search(plain(request.turn.said))
    return ask(request, "name", "" if again else why)

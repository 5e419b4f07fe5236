"""Taking back what was done on this call: a cancellation."""

import re

from graph.models.rulebook.moves import ANYTHING_ELSE, Call, Move, Say
from graph.models.rulebook.request import Request
from graph.models.rulebook.words import plain
from nodes.assent import assent

_KEEPS = re.compile(
    r"\b(?:keep (?:it|that|this|my \w+|the \w+)|change[d]? my mind|undo|un-?cancel\w*|reinstate"
    r"|restore|(?:bring|put|have|get|want|need) (?:it|that|my appointment|the appointment) back"
    r"|(?:don't|do not|didn't (?:mean|want) to|shouldn't have) cancel\w*"
    r"|(?:can|i'll|i will) (?:make it|come|be there)(?: after all)?|after all|not that one"
    r"|wrong (?:one|appointment)|mistake)\b"
)
_NEW = re.compile(r"\b(?:another|different|new|other) (?:day|time|date|appointment|one)\b")
_CHANGES = ("cancel_appointment", "undo_cancellation", "book_appointment", "reschedule_appointment")


def step(request: Request) -> Move | None:
    """Bring an appointment back that was cancelled a moment ago; None if nobody wants that."""
    done = request.newest(*_CHANGES, ok=True)
    if done is None or done.name != "cancel_appointment" or request.last is not None:
        return None
    held = request.newest("undo_cancellation", since=done.turn - 1)
    asked = held is not None and "I'll bring back" in request.turn.asked
    said = plain(request.turn.said)
    if asked and assent(said) == "no":
        return Say(f"Alright, it stays cancelled. {ANYTHING_ELSE}")
    if not (_KEEPS.search(said) or (asked and assent(said) == "yes")) or _NEW.search(said):
        return None
    return Call("undo_cancellation", {"appointment_id": str(done.args.get("appointment_id"))})

"""What a caller came for: to book something, or to change what is booked."""

import re
from typing import Literal

from graph.models.rulebook.moments import understood
from graph.models.rulebook.moves import ANYTHING_ELSE, BOOK_ONE, WHAT_CAN_I_DO
from graph.models.rulebook.request import Request, Turn
from graph.models.rulebook.services import service_in, services_in
from graph.models.rulebook.words import plain
from nodes.assent import assent
from shop.words.attending import will_come

Errand = Literal["book", "change", ""]

_NOT = r"(?<!don't )(?<!not )(?<!instead of )(?<!do not )(?<!rather than )"
_ACTIONS = (
    (
        "cancel",
        rf"{_NOT}\bcancel\w*\b|\bcall it off\b|\bdon't need (?:it|the appointment|that)\b"
        r"|\bget rid of\b|\bdrop (?:it|the appointment|my appointment)\b|\bscrap\b",
    ),
    (
        "move",
        rf"{_NOT}\b(?:re-? ?sched\w*|mov(?:e|ed|ing)|push\w*|postpone\w*|switch\w*)\b"
        r"|(?<!oil )(?<!all )\bchang(?:e|ed|ing)\b"
        r"(?! (?:my |the )?(?:oil|tires?|brakes?|pads|name|number))"
        r"|\b(?:delay\w*|swap|bring it forward)\b"
        r"|\b(?:different|another|new|other|earlier|later) (?:day|time|date|one)\b",
    ),
    (
        "status",
        r"\b(?:when(?:'s| is| was)?|what (?:time|day)|do i have|what do i have|confirm|check on"
        r"|look ?up|remind me|which day|am i)\b",
    ),
    (
        "undecided",
        r"\b(?:can't|cannot|can not|won't|will not|not going to|not be able to|unable to"
        r"|don't think i can) (?:be able to )?(?:make|come|keep|do)\b|\bmiss (?:my|the|it)\b"
        r"|\bsomething came up\b",
    ),
)
_PATTERNS = [(action, re.compile(pattern)) for action, pattern in _ACTIONS]
_BOOK = re.compile(
    r"\b(?:book\w*|(?:make|get|another|new|an) appointment|schedule|come in|bring (?:it|my|the)"
    r"|i also need|need (?:an?|to get|to have)|get (?:an?|my))\b"
)
_MAKE_IT = re.compile(
    r"\b(?:make (?:it|that)|instead|rather|(?:can|could) (?:we|you|i) (?:do|have)|better|sorry"
    r"|i (?:meant|said|mean)|not (?:\w+day|at))\b"
)
_OPENERS = (ANYTHING_ELSE, WHAT_CAN_I_DO)
WILL_YOU = "Will you be there?"
NEXT, GO_ON = "You also wanted", "Shall we do that now?"
"""How the rulebook comes back to a wish that had to wait."""

_TAKEN_UP = re.compile(rf"{NEXT} (?P<what>[^.?]+)")


def action_in(text: str) -> str:
    """What a text asks to be done with an appointment; empty if nothing."""
    words = plain(text)
    found = {action: match.start() for action, p in _PATTERNS if (match := p.search(words))}
    if "cancel" in found and "move" in found:
        # "Cancel it … no, move it": the later word corrects the earlier one.
        return max(("cancel", "move"), key=lambda action: found[action])
    return next((action for action, _ in _PATTERNS if action in found), "")


def taken_up(turn: Turn) -> str:
    """The wish that the words before this turn came back to; empty if they did not."""
    found = _TAKEN_UP.search(turn.asked)
    return found["what"] if found and GO_ON in turn.asked else ""


def puts_right(request: Request, turn: Turn) -> bool:
    """Whether the caller wants what they were just told of at another time after all."""
    written = ("book_appointment", "reschedule_appointment")
    done = any(r.ok and r.name in written and r.turn == turn.index - 1 for r in request.results)
    asked = WILL_YOU in turn.asked and not will_come(turn.said)
    if not asked and not (done and _MAKE_IT.search(plain(turn.said))):
        return False
    when = understood(turn.said, request.facts.now)
    return bool(when.day or when.time or when.part) and not services_in(turn.said)


def errand(request: Request) -> Errand:
    """What the caller turned to when they were last asked what else they want; empty if unknown.

    A new wish can come in the middle of another task: the task changes with the first tool only.
    """
    for turn in reversed(request.turns):
        if (wish := taken_up(turn)) and assent(turn.said) != "no":
            return "change" if action_in(wish) else "book"
        if BOOK_ONE in turn.question and assent(turn.said) == "yes":
            return "book"
        if puts_right(request, turn):
            return "change"
        action = action_in(turn.said)
        if turn.question in _OPENERS:
            if action in ("cancel", "move", "undecided"):
                return "change"
            return "book" if service_in(turn.said) or _BOOK.search(plain(turn.said)) else ""
        if action == "cancel":
            return ""
    return ""

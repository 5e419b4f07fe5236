"""What the rulebook can do next: speak, or call a tool; and how it asks for something."""

from dataclasses import dataclass, field
from typing import Any

from graph.models.rulebook.request import Request


@dataclass(frozen=True, slots=True)
class Say:
    """Speak; it is then the caller's turn."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """Ask for a tool; `text` is spoken before it."""

    name: str
    args: dict[str, Any] = field(default_factory=dict)
    text: str = ""


Move = Say | Call

ANYTHING_ELSE = "Anything else I can help with?"

BOOK_ONE = "Would you like to book"
"""How every offer to book begins."""

WHAT_CAN_I_DO = "What can I do for you?"

CALL_BACK = (
    "I'm sorry, I'm having trouble understanding. Would you like someone from the shop to call you"
    " back?"
)

QUESTIONS: dict[str, tuple[str, ...]] = {
    "service": (
        "What does the car need?",
        "Is it for an oil change, brakes, tires, or is something not working right?",
    ),
    "name": (
        "What's your first and last name?",
        "I didn't catch your name. Could you say your first and last name again?",
        "Could you spell your last name for me, with your first name before it?",
    ),
    "last_name": ("And your last name?", "I didn't catch that. What's your last name?"),
    "vehicle": (
        "What year, make and model is your car?",
        "I didn't catch the car. What's its year, make and model?",
        "Which make is the car, for example a Honda or a Ford?",
    ),
    "make": (
        "Which make and model is it?",
        "I didn't catch that. Which make and model is the car?",
    ),
    "model": ("Which model is it?", "I didn't catch the model. Which one is it?"),
    "year": ("What year is it?", "I didn't catch the year. What year is the car?"),
    "day": (
        "What day would you like to come in?",
        "I didn't catch the day. Which day would suit you?",
    ),
    "time": ("Which would you like?", "I didn't catch which one. Which time would you like?"),
    "phone": (
        "What's the best phone number for you?",
        "I didn't catch that number. What's your phone number, with the area code?",
    ),
    "plate": (
        "What's the plate, one letter at a time?",
        "I didn't catch that. Could you say the plate once more, letter by letter?",
    ),
    "change": ("What would you like to change?", "What should be different about it?"),
    "proof": (
        "What's your date of birth, or your license plate?",
        "I didn't catch that. What's your date of birth, your license plate, or your street and ZIP"
        " code?",
        "Could you read me the license plate, one letter at a time?",
    ),
    "zip": ("And the ZIP code?", "I didn't catch that. What's the ZIP code?"),
    "record_number": (
        "What phone number is on your record?",
        "I didn't catch that number. What's the phone number we have for you?",
    ),
    "action": (
        "Would you like to move it to another day, or cancel it?",
        "Should I move it or cancel it?",
    ),
    "which": ("Which one do you mean?", "I didn't catch which one. Which appointment is it?"),
    "wait_days": (
        "Which day would you like, or between which days?",
        "I didn't catch the day. Which day should we watch for you?",
    ),
    "new_day": (
        "What day would you like instead?",
        "I didn't catch the day. Which day should it move to?",
    ),
    "location": (
        "Where is the car?",
        "I didn't catch where it is. What's the street address, or the nearest crossing?",
    ),
    "about": ("What is it about?", "I didn't catch that. In a few words, what is it about?"),
    "price_of": (
        "Which service would you like a price for?",
        "I didn't catch the service. Is it for oil, brakes, tires, or something else?",
    ),
    "help": (
        "I can book, move or cancel an appointment, tell you our hours and prices, send a tow, or"
        " take a message. What can I help you with?",
        "I'm sorry, I still didn't get that. Is it about an appointment, a price, a tow, or a"
        " message for the team?",
    ),
}
"""Wordings of each question: the first, then what is asked when the answer was not understood."""


_SAME = 2
"""How often in a row a question may be asked in its first wording after an acknowledgement."""


def times_asked(request: Request, kind: str) -> int:
    """How often in a row, up to now, this was what Sophie asked and was given no answer to.

    A question of the caller's in between is no answer that was not understood.
    """
    asides = {r.turn for r in request.results if r.name == "get_service_info"}
    count = 0
    for turn in reversed(request.turns):
        if not any(wording in turn.asked for wording in QUESTIONS[kind]):
            break
        count += turn.index not in asides
    return count


def ask(request: Request, kind: str, before: str = "") -> Say:
    """Ask, in other words each time in a row; then offer a call-back instead.

    Args:
        request: The conversation so far.
        kind: What to ask for, a key of QUESTIONS.
        before: A sentence that comes first; progress is acknowledged there, so a question after
            it is asked in its first wording.
    """
    wordings = QUESTIONS[kind]
    times = times_asked(request, kind)
    if before:
        times //= _SAME
    if times >= len(wordings):
        return Say(CALL_BACK)
    return Say(f"{before} {wordings[times]}".strip())


def was_asked(request: Request, *kinds: str) -> bool:
    """Whether the caller's last turn answers one of these questions of the rulebook's own."""
    return any(wording in request.turn.asked for kind in kinds for wording in QUESTIONS[kind])

"""Further wishes of a sentence that held several: taken up one after the other."""

import re

from graph.models.rulebook.cars import car_in, same_car
from graph.models.rulebook.errand import GO_ON, NEXT, action_in
from graph.models.rulebook.moves import ANYTHING_ELSE, Call, Move, Say
from graph.models.rulebook.request import Request
from graph.models.rulebook.services import NAMES, service_in
from graph.models.rulebook.words import CLAUSE, plain
from shop.words import spoken

_NOW = " (now)"
_CHANGES = {"cancel": "to cancel", "move": "to move"}
_APPOINTMENTS = re.compile(r"\b(?:appointments?|bookings?|visits?)\b")
_OTHER_CAR = re.compile(r"\b(?:other|second|wife's|husband's|son's|daughter's|mom's|dad's) \w+")


def further(request: Request, but: str = "") -> str:
    """What is said after something has been done: the next wish, else whether there is one.

    `but` names what was done, where no tool says so.
    """
    due = [w.removesuffix(_NOW) for w in request.facts.all("also_wanted") if w.endswith(_NOW)]
    due = [wish for wish in due if not but or action_in(wish) != but]
    left = (wish for wish in due if not _is_done(wish, request))
    told = next((words for wish in left if (words := _in_words(wish, request))), "")
    told = told or _for_another_car(request)
    return f"{NEXT} {told}. {GO_ON}" if told else ANYTHING_ELSE


def left_waiting(request: Request) -> str:
    """What is said once nothing is to be done after all: the wish that waited for it, if any."""
    waiting = [wish.rpartition(" (")[0] for wish in request.facts.all("also_wanted")]
    told = next((words for wish in waiting if (words := _in_words(wish, request))), "")
    return f"{NEXT} {told}. {GO_ON}" if told else ANYTHING_ELSE


def _for_another_car(request: Request) -> str:
    """A service that was named together with the booked one, for a car that was not this one."""
    done = request.last
    if done is None or done.name != "book_appointment":
        return ""
    before = [r.turn for r in request.results if r.name == done.name and r.ok and r != done]
    said = [t.said for t in request.turns if t.index > max(before, default=-1)]
    clauses = [clause for text in said for clause in CLAUSE.split(text)]
    for clause in clauses:
        name = NAMES.get(service_in(clause) or "", "")
        booked = same_car(done.text("vehicle"), car_in(clause))
        if name and _OTHER_CAR.search(plain(clause)) and not booked:
            return f"{name} for {_car(clause, request)}"
    return ""


def questions(request: Request) -> list[str]:
    """What the caller asked in the same breath as their wish."""
    wishes = [w.removesuffix(_NOW) for w in request.facts.all("also_wanted") if w.endswith(_NOW)]
    return [wish for wish in wishes if not _in_words(wish, request)]


def told_with(message: str, move: Move) -> Move:
    """The next move, with the answer to a question that came before it."""
    if isinstance(move, Call):
        return Call(move.name, move.args, f"{message} {move.text}")
    return Say(f"{message} {move.text}")


def _is_done(wish: str, request: Request) -> bool:
    """Whether what was done last was this."""
    last = request.last
    if last is None or _OTHER_CAR.search(plain(wish)):
        return False
    change = {"cancel_appointment": "cancel", "reschedule_appointment": "move"}.get(last.name)
    if change is not None:
        return action_in(wish) == change
    return action_in(wish) not in _CHANGES and last.args.get("service_type") == service_in(wish)


def _in_words(wish: str, request: Request) -> str:
    name = NAMES.get(service_in(wish) or "", "")
    if (action := action_in(wish)) in _CHANGES:
        return f"{_CHANGES[action]} {name or 'an appointment'}"
    if action == "status" and _APPOINTMENTS.search(plain(wish)):
        return "to hear when your appointments are"
    if _OTHER_CAR.search(plain(wish)):
        return f"{name or 'a booking'} for {_car(wish, request)}"
    return name


def _car(wish: str, request: Request) -> str:
    car = car_in(wish, this_year=request.facts.now.year)
    if car.year is None or not car.whole:
        return "another car"
    return f"your {spoken.vehicle(car.year, car.make, car.model)}"

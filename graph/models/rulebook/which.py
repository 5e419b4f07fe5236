"""Which appointment a change is about: those there are, and the one that is meant."""

import re
from typing import Any

from graph.models.rulebook.errand import action_in, taken_up
from graph.models.rulebook.moments import chosen
from graph.models.rulebook.request import Request, Result, Turn
from graph.models.rulebook.services import services_in
from graph.models.rulebook.talk import asks_for
from graph.models.rulebook.words import CLAUSE, plain

CHANGES = ("cancel_appointment", "reschedule_appointment")
_OLD = re.compile(r"\b(?:my|the) (?P<old>.+?) (?:appointment|booking)\b")


def listed(request: Request, since: int) -> list[dict[str, Any]] | None:
    """The appointments there are to choose from; None if they are not known yet."""
    known = request.newest("get_upcoming_appointments", ok=True)
    if known is not None and known.turn >= since:
        return known.rows("appointments")
    made = request.newest("book_appointment", "reschedule_appointment", ok=True)
    if made is None or request.facts.verified or _means_another(request, since, made):
        return None
    gone = request.newest("cancel_appointment", ok=True)
    if gone is not None and gone.text("appointment_id") == made.text("appointment_id"):
        return []
    return [made.data]


def _means_another(request: Request, since: int, made: Result) -> bool:
    """Whether the caller names a service that is not the one this call has booked."""
    asked = next((t for t in reversed(request.turns) if action_in(t.said)), None)
    if asked is None or asked.index <= since:
        return False
    named = services_in(_clause_of_change(asked.said))
    return bool(named) and made.text("service_type") not in named


def _clause_of_change(said: str) -> str:
    """The clauses of a text that change something: "move my oil change", not "and brakes"."""
    return ", ".join(one for one in CLAUSE.split(said) if action_in(one) in ("cancel", "move"))


def meant(request: Request, since: int, there: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The appointment that the caller means; None if it could be several."""
    if len(there) == 1:
        return there[0]
    held = request.newest(*CHANGES, since=since)
    for turn in reversed(request.turns):
        if turn.index > since and (found := _named(request, turn, there)) is not None:
            return found
        if held is not None and held.turn == turn.index:
            break
    if held is not None:
        return next(
            (a for a in there if a.get("appointment_id") == held.args.get("appointment_id")), None
        )
    return None


def _named(request: Request, turn: Turn, there: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The one appointment that a text names, by service, car, day or place in the list."""
    said, which_asked = f"{taken_up(turn)} {turn.said}", asks_for(turn, "which")
    words = f" {plain(said)} "
    services = services_in(said)
    named = [a for a in there if a.get("service_type") in services]
    if len(named) == 1:
        return named[0]
    cars = [a for a in named or there if _names_car(words, str(a.get("vehicle", "")))]
    if len(cars) == 1:
        return cars[0]
    if " other one " in words and len(there) == 2:
        held = request.newest(*CHANGES)
        others = [
            a for a in there if held and a.get("appointment_id") != held.args.get("appointment_id")
        ]
        return others[0] if len(others) == 1 else None
    if not which_asked:
        old = _OLD.search(words)
        said = old["old"] if old else ""
    starts = [str(a.get("start_time", "")) for a in there]
    start = chosen(said, starts, request.facts.now)
    return next((a for a in there if a.get("start_time") == start), None) if start else None


def _names_car(words: str, vehicle: str) -> bool:
    parts = [part for part in plain(vehicle).split() if len(part) > 2]
    return any(f" {part} " in words for part in parts[-2:])

"""Questions about safety recalls."""

import re

from graph.models.rulebook.moves import ANYTHING_ELSE, Call, Move, Say, ask
from graph.models.rulebook.request import Request
from graph.models.rulebook.talk import open_question, pursued, refusal
from graph.models.rulebook.vehicle import described, known_cars
from graph.models.rulebook.words import plain

_RECALL = re.compile(r"\brecall(?:s|ed)?\b(?! (?:what|that|when|if|my|the name))")
_BOOKS = re.compile(r"\b(?:book|schedule|appointment|come in|bring it in)\b")
_TOOL = "check_recalls"
_OFFERS = (ANYTHING_ELSE, "How can I help you today?")


def step(request: Request) -> Move | None:
    """Look the model up, or ask which it is; None if recalls are not the matter."""
    since = request.after(_TOOL)
    last = request.last
    if last is not None and last.name == _TOOL:
        question = open_question(request, but=_OFFERS) or ANYTHING_ELSE
        return Say(f"{last.message} {question}") if last.ok else refusal(last, ANYTHING_ELSE)
    turn = pursued(request, _asks, "vehicle", "make", "model", "year", since=since)
    if turn is None:
        return None
    car = described(request, -1)
    if car.empty:
        car = next(iter(known_cars(request)), car)
    if car.whole:
        return Call(_TOOL, {"make": car.make, "model": car.model, "year": car.year})
    missing = "year" if car.model else "model" if car.make else "vehicle"
    return ask(request, missing, "I can look that up." if turn == request.turn else "")


def _asks(said: str) -> bool:
    return bool(_RECALL.search(said)) and not _BOOKS.search(plain(said))

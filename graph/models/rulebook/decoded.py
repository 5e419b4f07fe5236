"""A car known by its VIN: looked up, and taken only once the caller has said it is theirs."""

from dataclasses import dataclass

from graph.models.rulebook.cars import Car
from graph.models.rulebook.marks import vin_within
from graph.models.rulebook.moves import Call, Say
from graph.models.rulebook.request import Request, Result
from nodes.assent import assent


@dataclass(frozen=True, slots=True)
class Decoded:
    """The car a number stands for."""

    car: Car
    vin: str


def by_vin(request: Request, since: int) -> Decoded | Call | Say | None:
    """The car the caller read a number of, how to get it, or None if there is no number."""
    numbers = (vin_within(t.said) for t in reversed(request.turns) if t.index > since)
    vin = next((number for number in numbers if number), "")
    decoded = request.newest("decode_vin", since=since)
    if vin and (decoded is None or decoded.args.get("vin") != vin):
        return Call("decode_vin", {"vin": vin})
    if decoded is None or not decoded.ok:
        return None
    if decoded.turn == request.turn.index:
        return Say(decoded.message)
    return _agreed(request, decoded)


def _agreed(request: Request, decoded: Result) -> Decoded | None:
    answer = next((t for t in request.turns if t.index == decoded.turn + 1), None)
    if answer is None or assent(answer.said) == "no" or not decoded.text("make"):
        return None
    year = decoded.data.get("year")
    made = year if isinstance(year, int) else None
    return Decoded(Car(made, decoded.text("make"), decoded.text("model")), decoded.text("vin"))

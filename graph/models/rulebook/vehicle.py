"""Which car a booking is for."""

import re
from typing import Any

from graph.models.rulebook.cars import Car, car_in, is_truck, merged, model_in, same_car
from graph.models.rulebook.decoded import Decoded, by_vin
from graph.models.rulebook.errand import taken_up
from graph.models.rulebook.marks import plate_within, without_marks
from graph.models.rulebook.moves import QUESTIONS, Call, Move, Say, ask
from graph.models.rulebook.proofs import proof_in
from graph.models.rulebook.request import Request, Turn
from graph.models.rulebook.talk import asks_for
from graph.models.rulebook.words import plain, year_in

_ANOTHER = re.compile(
    r"\b(?:other|another|second|different|new|wife's|husband's|son's|daughter's|mother's"
    r"|father's|mom's"
    r"|dad's|my partner's) (?:car|vehicle|one|truck|van|suv)\b"
)
_ON_FILE = re.compile(
    r"\b(?:(?:the|my|our) (?:truck|pickup|car|van|suv|usual|vehicle)|(?:the )?same (?:one|car|as)"
    r"|on file|in your (?:system|computer)|you (?:should |already )?have (?:it|that|my)"
    r"|been (?:there|here|in) before)\b"
)
_REFUSES = re.compile(r"^(?!(?:yes|yeah|yep|yup|sure)\b).*\b(?:plate|license|licence|tag)\b")
_ELSEWHERE = ("proof", "birth_date", "address", "location", "zip")
_ORDINALS = (("first", "1st", "former"), ("second", "2nd", "latter"), ("third", "3rd"))


def vehicle(request: Request, since: int, owner: str, before: str = "") -> Move | str:
    """The vehicle's handle, or how to get one."""
    decoded = by_vin(request, since)
    if isinstance(decoded, Say | Call):
        return decoded
    said = described(request, since)
    car = merged(decoded.car, said) if decoded else said
    marks = _marks(request, since, decoded)
    known = _known(request)
    if not car.empty and _are_noted(request, marks):
        fitting = [h for h, words in known.items() if same_car(words, car)]
        if len(fitting) == 1:
            return fitting[0]
    if car.whole:
        made = {"customer_id": owner, "year": car.year, "make": car.make, "model": car.model}
        return Call("create_vehicle", made | ({"color": car.color} if car.color else {}) | marks)
    if not car.empty:
        return _ask(request, car, before)
    return _picked(request, since, known) or _not_described(request, before)


def _not_described(request: Request, before: str) -> Move:
    """The question where nothing was said that tells one car from another."""
    if len(_on_file(request)) > 1:
        return _which(request, before)
    meant = _ON_FILE.search(plain(request.turn.said)) if asks_for(request.turn, "vehicle") else None
    proved = request.newest("verify_identity") is not None
    if meant is None or proved or request.facts.verified or request.fresh:
        return _ask(request, Car(), before)
    return ask(request, "proof", "If it's on file with us, I can look it up.")


def described(request: Request, since: int) -> Car:
    """The car as the caller described it for this booking, in as many turns as it took."""
    car = Car()
    for turn in request.turns:
        if _is_about(turn, since):
            car = merged(car, car_in(taken_up(turn)))
            car = merged(car, _said(request, turn, car))
    return car


def _said(request: Request, turn: Turn, so_far: Car) -> Car:
    asked = asks_for(turn, "vehicle", "make", "model", "year")
    this_year = request.facts.now.year
    words = without_marks(turn.said)
    said = car_in(words, asked=asked, this_year=this_year)
    if asked and not said.model and so_far.make and asks_for(turn, "model", "vehicle"):
        return Car(said.year, said.make, model_in(words), said.color)
    correcting = "Shall I" in turn.question or asks_for(turn, "change")
    if said.empty and correcting and (year := year_in(words)):
        return Car(year=year[0])
    return said


def known_cars(request: Request) -> list[Car]:
    """The cars of this caller that have been told of on this call, the newest first."""
    return [car_in(words, asked=True) for words in _known(request).values()]


def _marks(request: Request, since: int, decoded: Decoded | None) -> dict[str, str]:
    """The plate that was said last and not refused, and the number the caller has agreed to."""
    since = max(since, _plate_refused(request) - 1)
    plates = (_plate(t) for t in reversed(request.turns) if _is_about(t, since))
    plate = next((plate for plate in plates if plate), "")
    marks = {"license_plate": plate, "vin": decoded.vin if decoded else ""}
    return {key: value for key, value in marks.items() if value}


def _plate(turn: Turn) -> str:
    if plate := plate_within(turn.said):
        return plate
    asked = any(wording in turn.asked for wording in QUESTIONS["plate"])
    kind, value = (proof_in(turn.said, asked=True) or ("", "")) if asked else ("", "")
    return value if kind == "plate" else ""


def _plate_refused(request: Request) -> int:
    """The last turn in which a plate that had been read back was called wrong; -1 if none was."""
    refused = (t.index for t in request.turns if _REFUSES.search(plain(t.said)) and _reads(t))
    return max(refused, default=-1)


def _reads(turn: Turn) -> bool:
    """Whether a plate was read back before this turn."""
    return bool(re.search(r"\bplate\b.*\bShall I\b", turn.asked, re.DOTALL))


def _are_noted(request: Request, marks: dict[str, str]) -> bool:
    """Whether the newest description of a car holds these marks, or there are none."""
    noted = request.newest("create_vehicle", ok=True)
    if noted is None:
        return not marks
    refused = "license_plate" in noted.args and noted.turn < _plate_refused(request)
    return marks.items() <= noted.args.items() and ("license_plate" in marks or not refused)


def _is_about(turn: Turn, since: int) -> bool:
    """Whether a turn may describe the car, and is no proof of who is calling."""
    return turn.index > since and not asks_for(turn, *_ELSEWHERE)


def _known(request: Request) -> dict[str, str]:
    """The cars that have a handle on this call, in words; the newest first."""
    known: dict[str, str] = {}
    for result in reversed(request.results):
        if result.name == "create_vehicle" and result.ok:
            words = " ".join(result.text(key) for key in ("year", "make", "model"))
            known.setdefault(result.text("vehicle_id"), words)
    for line in request.facts.all("vehicle_id"):
        name, _, words = line.partition(" ")
        known.setdefault(name, words)
    return {**known, **{row["vehicle_id"]: _words(row) for row in _on_file(request)}}


def _on_file(request: Request) -> list[dict[str, Any]]:
    proved = request.newest("verify_identity", ok=True)
    rows = proved.rows("vehicles") if proved is not None else []
    return [row for row in rows if row.get("vehicle_id")]


def _words(row: dict[str, Any]) -> str:
    return f"{row.get('vehicle', '')} {row.get('color') or ''}".strip()


def _picked(request: Request, since: int, known: dict[str, str]) -> str:
    """The known car the words mean, where they do not describe one."""
    turns = [t for t in request.turns if t.index > since]
    said = " ".join(plain(f"{taken_up(t)} {t.said}") for t in turns)
    on_file = _on_file(request)
    if _ANOTHER.search(said):
        return ""
    if not on_file:
        return next(iter(known), "")
    if len(on_file) == 1:
        return str(on_file[0]["vehicle_id"])
    if re.search(r"\b(?:truck|pickup)\b", said):
        trucks = [row for row in on_file if is_truck(_words(row))]
        if len(trucks) == 1:
            return str(trucks[0]["vehicle_id"])
    last = f" {plain(request.turn.said)} "
    colors = [r for r in on_file if r.get("color") and f" {plain(str(r['color']))} " in last]
    if len(colors) == 1:
        return str(colors[0]["vehicle_id"])
    if asks_for(request.turn, "vehicle"):
        for row, words in zip(on_file, _ORDINALS, strict=False):
            if any(f" {word} " in last for word in words):
                return str(row["vehicle_id"])
    return ""


def _which(request: Request, before: str) -> Say:
    cars = [f"your {row.get('vehicle')}" for row in _on_file(request)]
    return Say(f"{before} Which car is it, {', '.join(cars[:-1])} or {cars[-1]}?".strip())


def _ask(request: Request, car: Car, before: str) -> Move:
    this_year = request.facts.now.year
    said = without_marks(request.turn.said)
    described = not car_in(said, asked=True, this_year=this_year).empty
    told = before or (f"A {f'{car.make} {car.model}'.strip()}." if described else "")
    if car.make and car.model:
        return ask(request, "year", told)
    if car.make:
        return ask(request, "model", told)
    if car.year and not car.empty and asks_for(request.turn, "vehicle", "year"):
        return ask(request, "make", before)
    return ask(request, "vehicle", before)

"""Booking, step by step: what, who, which car, when; only what is still missing is asked."""

import re
from typing import Any

from graph.models.rulebook import needs, triage, verify
from graph.models.rulebook.cars import car_in
from graph.models.rulebook.coming import coming, coming_in
from graph.models.rulebook.courtesy import chat, courtesy
from graph.models.rulebook.customer import customer
from graph.models.rulebook.detours import without_detours
from graph.models.rulebook.marks import plate_within, without_marks
from graph.models.rulebook.moments import understood
from graph.models.rulebook.moves import ANYTHING_ELSE, Call, Move, Say, ask, was_asked
from graph.models.rulebook.names import name_in
from graph.models.rulebook.proofs import proof_in
from graph.models.rulebook.request import Request, Result
from graph.models.rulebook.services import NAMES, services_in
from graph.models.rulebook.talk import asks_for, forgets_it, refusal
from graph.models.rulebook.timing import Search
from graph.models.rulebook.vehicle import vehicle
from graph.models.rulebook.words import plain
from nodes.assent import assent
from shop.words import spoken
from shop.words.carnames import is_named, named

_DONE = "book_appointment"
_AFTER_A_TOW = (
    "I can't book that car in while it isn't safe to drive, but I can have someone from the shop"
    " call you back. Would you like that?"
)
_NEVER_HERE = re.compile(
    r"\b(?:never|first time|new (?:here|customer|to)|not on file|don't (?:know|remember|have)"
    r"|rather not|not sure|just (?:tell|give)|no idea)\b"
)


def step(request: Request) -> Move:
    """The next step of a booking."""
    request = without_detours(request)
    if request.facts.one("unsafe_car") and not _another_car(request):
        towed = request.newest("book_tow", ok=True) is not None and request.last is None
        return Say(_AFTER_A_TOW) if towed else triage.step(request)
    last = request.last
    if (proving := _proving(request)) is not None:
        return proving
    if last is not None and not last.ok and not last.held and last.error != "slot_taken":
        return _refused(request, last)
    since = request.after(_DONE)
    if last is None and forgets_it(request.turn.said):
        return Say("Alright, we'll leave it at that. Anything else I can help with?")
    need = needs.needed(request, since)
    if need is None:
        return _arrange(request, since) or _no_service(request, since)
    if last is None and (polite := courtesy(request)) is not None:
        return polite
    return _go_on(request, since, need)


def _another_car(request: Request) -> bool:
    """Whether the car spoken of last is not the one that must not be driven."""
    unsafe, _, _ = request.facts.one("unsafe_car").partition(":")
    if not named(unsafe):
        return False
    spoken_of = (named(turn.said) for turn in reversed(request.turns))
    last = next((names for names in spoken_of if names), [])
    return bool(last) and not any(is_named(unsafe, [name]) for name in last)


def _proving(request: Request) -> Move | None:
    """The check of who is calling, where it only serves to find their car on file."""
    last = request.last
    if last is not None:
        failed = last.name == "verify_identity" and not last.ok
        return verify.step(request) if failed else None
    turn = request.turn
    if not verify.under_way(request) or asks_for(turn, "plate", "vin"):
        return None
    said = plain(turn.said)
    if proof_in(turn.said, asked=True) is None:
        described = not car_in(turn.said, this_year=request.facts.now.year).empty
        if described or assent(said) == "no" or _NEVER_HERE.search(said):
            return None
    return verify.step(request)


def under_way(request: Request) -> bool:
    """Whether the caller's last words answer a question that a booking asks."""
    kinds = ("service", "name", "last_name", "vehicle", "make", "model", "year", "day", "time")
    return asks_for(request.turn, *kinds, "change", "date_time", "vin") or _read_back(request)


def _read_back(request: Request) -> bool:
    held = request.newest(_DONE)
    return held is not None and held.held and "Shall I" in request.turn.question


def _arrange(request: Request, since: int) -> Call | None:
    """How the caller comes to what was just booked, where they think of it afterwards."""
    done = request.newest(_DONE, ok=True)
    said = coming_in(request.turn.said)
    if done is None or done.turn != since or not said or request.last is not None:
        return None
    return Call(_DONE, {**done.args, **said})


def _no_service(request: Request, since: int) -> Move:
    polite = courtesy(request)
    if polite is not None:
        return polite
    if since >= 0 and request.turn.question == ANYTHING_ELSE and not _wants_more(request):
        return chat(request)
    before = "" if was_asked(request, "service") else "I'd be happy to set that up."
    return ask(request, "service", before)


def _wants_more(request: Request) -> bool:
    words = plain(request.turn.said)
    return any(word in words for word in ("book", "appointment", "schedule", "another", "also"))


def _go_on(request: Request, since: int, need: needs.Need) -> Move:
    before = _acknowledged(request, need)
    if (changed := _to_change(request) or _plate_again(request)) is not None:
        return changed
    who = customer(request, before)
    if not isinstance(who, str):
        return who
    what = vehicle(request, since, who, before)
    if not isinstance(what, str):
        return what
    held = request.newest(_DONE, since=since)
    wanted = {"customer_id": who, "vehicle_id": what, "service_type": need.service}
    search = Search(
        request,
        service=need.service,
        since=since,
        writer=_DONE,
        argument="start_time",
        fields_changed=_differs(request, held, wanted) or _says_again(request, need),
    )
    start = search.next(before)
    if not isinstance(start, str):
        return start
    notes = {"notes": need.notes} if need.notes else {}
    args = {**wanted, "start_time": start, **notes, **coming(request, since)}
    return Call(_DONE, args)


def _acknowledged(request: Request, need: needs.Need) -> str:
    """What is said before the next question, so the caller knows they were understood."""
    for name in ("create_customer", "create_vehicle", "verify_identity"):
        made = next((r for r in request.fresh if r.name == name and r.ok), None)
        if made is not None:
            return f"{made.message} {_due_told(made, need)}{_plate_told(request)}".strip()
    if need.turn == request.turn.index and need.service in NAMES:
        name = NAMES[need.service]
        return f"{name[0].upper()}{name[1:]}, sure."
    return "Got it." if _tells_something_else(request) else ""


def _due_told(made: Result, need: needs.Need) -> str:
    """Which car is due for something else than what is wanted, told once to who owns it."""
    due = [row for row in made.rows("vehicles") if row.get("due")]
    told = [row for row in due if plain(str(row["due"])) != plain(NAMES.get(need.service, ""))]
    words = [f"your {row['vehicle']} is due for {spoken.a(str(row['due']))}" for row in told]
    return f"By the way, {spoken.all_of(words)}. " if words else ""


def _tells_something_else(request: Request) -> bool:
    """Whether the caller told a thing that was not asked for, such as a day for a car."""
    turn, now = request.turn, request.facts.now
    if request.last is not None or asks_for(turn, "service"):
        return False
    named = name_in(turn.said)
    car = car_in(without_marks(turn.said), this_year=now.year)
    return (
        (understood(turn.said, now).day is not None and not asks_for(turn, "day", "date_time"))
        or (bool(named.last) and not asks_for(turn, "name", "last_name"))
        or (not car.empty and not asks_for(turn, "vehicle", "make", "model", "year"))
    )


def _plate_told(request: Request) -> str:
    """A plate that was just noted, said back."""
    made = next((r for r in request.fresh if r.name == "create_vehicle" and r.ok), None)
    plate = str(made.args.get("license_plate") or "") if made is not None else ""
    return f"The plate is {' '.join(plate)}. " if plate else ""


def _to_change(request: Request) -> Move | None:
    """The answer to "what would you like to change" when it names a thing and not its new value."""
    if not was_asked(request, "change") or request.fresh:
        return None
    words = plain(request.turn.said)
    if len(words.split()) > 4:
        return None
    for said, kind in (("name", "name"), ("car", "vehicle"), ("vehicle", "vehicle"),
                       ("service", "service")):  # fmt: skip
        if said in words.split():
            return ask(request, kind)
    return None


def _plate_again(request: Request) -> Move | None:
    """The question for a plate that was read back and refused, where no other one was made out."""
    said = request.turn.said
    refused = _read_back(request) and "plate" in plain(said).split() and assent(said) != "yes"
    return ask(request, "plate") if refused and not plate_within(said) else None


def _differs(request: Request, held: Result | None, wanted: dict[str, Any]) -> bool:
    """Whether something else than the time has changed since the booking was read back."""
    if held is None:
        return False
    made = any(r.ok and r.name in ("create_customer", "create_vehicle") for r in request.fresh)
    return made or any(held.args.get(key) != value for key, value in wanted.items())


def _says_again(request: Request, need: needs.Need) -> bool:
    """Whether the caller names what was read back to them already: it is read back once more."""
    said = request.turn.said
    if assent(said) == "no" and not services_in(said):
        return False
    named = name_in(said)
    car = car_in(without_marks(said), this_year=request.facts.now.year)
    named_again = need.turn == request.turn.index or bool(named.first and named.last)
    return named_again or not car.empty or bool(coming_in(said))


def _refused(request: Request, last: Result) -> Move:
    if last.name == _DONE and last.error == "bad_value" and "times" in last.message:
        start = str(last.args.get("start_time", ""))
        service = str(last.args.get("service_type", ""))
        return Call("get_available_slots", {"date": start, "service_type": service})
    kind = {
        "create_customer": "name",
        "create_vehicle": "vehicle",
        "decode_vin": "vehicle",
        "get_available_slots": "service" if last.error == "unknown_service" else "day",
    }.get(last.name, "day")
    return refusal(last, ask(request, kind).text)

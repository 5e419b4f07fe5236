"""Looking up, moving and cancelling the caller's own appointments."""

import re
from dataclasses import replace
from typing import Any

from graph.models.rulebook.courtesy import courtesy
from graph.models.rulebook.customer import handle
from graph.models.rulebook.detours import LEFT_AS_IT_IS
from graph.models.rulebook.errand import action_in, puts_right, taken_up
from graph.models.rulebook.further import further, left_waiting
from graph.models.rulebook.moments import understood
from graph.models.rulebook.moves import (
    ANYTHING_ELSE,
    QUESTIONS,
    Call,
    Move,
    Say,
    ask,
    was_asked,
)
from graph.models.rulebook.request import Request, Result, Turn
from graph.models.rulebook.talk import forgets_it, refusal
from graph.models.rulebook.timing import Search
from graph.models.rulebook.which import CHANGES, listed, meant
from graph.models.rulebook.words import plain
from nodes.assent import assent

_REASONS = (
    ("vehicle_sold", r"sold|traded|don't (?:have|own) (?:the|that|it) (?:car|truck|anymore)"),
    (
        "got_service_elsewhere",
        r"elsewhere|somewhere else|another (?:shop|place|garage)|already (?:got|had|did)"
        r"|friend (?:did|fixed)",
    ),
    (
        "issue_resolved",
        r"fixed itself|went away|resolved|working (?:fine|again)|fine now|no longer (?:needed"
        r"|a problem)",
    ),
    (
        "schedule_conflict",
        r"conflict|busy|working|have to work|out of town|travel\w*|came up|can't make|cannot make"
        r"|another appointment|meeting|sick|vacation",
    ),
)
_TO = re.compile(
    r"\b(?:to|for|until)\b (?!the appointment|my|cancel|move|resched|change)(?P<new>.+)$"
)
_OTHERS = re.compile(r"\b(?:appointments|bookings|(?:other|next) (?:appointment|booking|one))\b")


def step(request: Request) -> Move:
    """The next step with the caller's appointments."""
    last = request.last
    if last is not None and not last.ok and not last.held and last.error != "slot_taken":
        return _refused(request, last)
    since = request.after(*CHANGES, "book_appointment")
    if last is None and forgets_it(request.turn.said):
        return Say(f"{LEFT_AS_IT_IS} everything as it is. {left_waiting(request)}")
    if last is None and (polite := courtesy(request)) is not None:
        return polite
    there = listed(request, since)
    if there is None or _asks_for_others(request, since):
        return Call("get_upcoming_appointments", {"customer_id": handle(request) or "c1"})
    if not there:
        return Say("You have nothing booked at the moment. Would you like to book an appointment?")
    return _with(request, since, there)


def _asks_for_others(request: Request, since: int) -> bool:
    """Whether the caller asks when their appointments are, and not only for the one made here."""
    if request.newest("get_upcoming_appointments", ok=True) or wanted(request, since) != "status":
        return False
    asked = next((t for t in reversed(request.turns) if action_in(f"{taken_up(t)} {t.said}")), None)
    return asked is not None and bool(_OTHERS.search(plain(f"{taken_up(asked)} {asked.said}")))


def _with(request: Request, since: int, there: list[dict[str, Any]]) -> Move:
    action = wanted(request, since)
    if action == "status":
        return _status(request)
    appointment = meant(request, since, there)
    if appointment is None:
        return _which(request, there)
    if action == "cancel":
        return _cancel(request, since, appointment)
    if action == "move":
        return _move(request, since, appointment)
    before = f"I see your {appointment.get('service')} on {appointment.get('spoken')}."
    return ask(request, "action", "" if was_asked(request, "action") else before)


def wanted(request: Request, since: int = -1) -> str:
    """What is to be done: cancel, move, status, or undecided. What was said last counts."""
    for turn in reversed(request.turns):
        if turn.index <= since:
            break
        if "move it instead" in turn.asked and assent(turn.said) == "yes":
            return "move"
        if (wish := taken_up(turn)) and not action_in(turn.said):
            return action_in(wish)
        if puts_right(request, turn) or _says_when(request, turn):
            return "move"
        if (action := action_in(turn.said)) and not (
            action == "status"
            and turn.index > since + 1
            and wanted_before(request, since, turn.index)
        ):
            return action
    return "status"


def _says_when(request: Request, turn: Turn) -> bool:
    """Whether "move it or cancel it?" was answered with a day or a time."""
    asked = any(wording in turn.asked for wording in QUESTIONS["action"])
    when = understood(turn.said, request.facts.now)
    return asked and not action_in(turn.said) and bool(when.day or when.time)


def wanted_before(request: Request, since: int, turn: int) -> bool:
    """Whether an earlier turn already asked for a change."""
    earlier = (t for t in request.turns if since < t.index < turn)
    return any(action_in(t.said) in ("cancel", "move", "undecided") for t in earlier)


def _status(request: Request) -> Move:
    known = request.newest("get_upcoming_appointments", ok=True)
    made = request.newest("book_appointment", "reschedule_appointment", ok=True)
    message = known.message if known is not None else made.message if made is not None else ""
    if known is not None and made is not None and made.turn > known.turn:
        message = made.message
    just_told = request.last is None and message and message in request.turn.asked
    if just_told and action_in(request.turn.said) != "status":
        return ask(request, "action")
    return Say(f"{message} {further(request, but='status')}".strip())


def _which(request: Request, there: list[dict[str, Any]]) -> Move:
    if was_asked(request, "which"):
        return ask(request, "which")
    names = [f"your {a.get('service')} on {a.get('spoken')}" for a in there[:4]]
    return ask(request, "which", f"You have {', '.join(names[:-1])} and {names[-1]}.")


def _cancel(request: Request, since: int, appointment: dict[str, Any]) -> Move:
    held = request.newest("cancel_appointment", since=since)
    same = held is not None and held.args.get("appointment_id") == appointment.get("appointment_id")
    read_back = held is not None and held.held and same and held.turn < request.turn.index
    refused = assent(request.turn.said) == "no" and action_in(request.turn.said) != "cancel"
    if refused and "move it instead" in request.turn.asked:
        return Say(f"{LEFT_AS_IT_IS} it as it is. {left_waiting(request)}")
    if read_back and refused:
        return Say("Alright, nothing is changed. Would you like to move it instead?")
    said = " ".join(plain(t.said) for t in request.turns if t.index > since)
    reason = next(
        (name for name, pattern in _REASONS if re.search(rf"\b(?:{pattern})\b", said)), None
    )
    args = {"appointment_id": str(appointment.get("appointment_id"))}
    return Call("cancel_appointment", {**args, **({"reason": reason} if reason else {})})


def _move(request: Request, since: int, appointment: dict[str, Any]) -> Move:
    held_up = request.newest("reschedule_appointment", since=since)
    proved = any(r.name == "verify_identity" and r.ok for r in request.fresh)
    if held_up is not None and held_up.error == "not_allowed" and proved:
        return Call(held_up.name, dict(held_up.args))
    first = _first(request, since)
    opening = _opening(request, request.turns[min(first, len(request.turns) - 1)])
    # A question beside the wish takes nothing from the day that the wish names.
    asides = [r for r in request.results if (r.name, r.turn) == ("get_service_info", first)]
    heard = replace(request, results=tuple(r for r in request.results if r not in asides))
    search = Search(
        heard,
        service=str(appointment.get("service_type")),
        since=max(since, first - 1),
        writer="reschedule_appointment",
        argument="new_start_time",
        question="new_day",
        opening=opening,
    )
    start = search.next("" if was_asked(request, "new_day") else _lead(request, appointment))
    if not isinstance(start, str):
        return start
    args = {"appointment_id": str(appointment.get("appointment_id")), "new_start_time": start}
    return Call("reschedule_appointment", args)


def _opening(request: Request, turn: Turn) -> str:
    """The words that name the new day and time, in the turn that asks for the move."""
    if puts_right(request, turn):
        return turn.said
    found = _TO.search(plain(turn.said))
    return found["new"] if found else ""


def _first(request: Request, since: int) -> int:
    """The turn in which the caller came to this wish."""
    for turn in request.turns:
        if turn.index > since and action_in(turn.said):
            return turn.index
    return since + 1


def _lead(request: Request, appointment: dict[str, Any]) -> str:
    if request.last is None or request.last.name != "get_upcoming_appointments":
        return ""
    return f"I see your {appointment.get('service')} on {appointment.get('spoken')}."


def _refused(request: Request, last: Result) -> Move:
    if last.error == "not_allowed":
        return ask(request, "proof", "I just need to check who I'm speaking with.")
    if last.name == "reschedule_appointment" and "times" in last.message:
        found = request.newest("get_available_slots")
        service = str(found.args.get("service_type", "")) if found is not None else ""
        date = str(last.args.get("new_start_time", ""))
        return Call("get_available_slots", {"date": date, "service_type": service})
    if last.name == "get_upcoming_appointments":
        return refusal(last, ANYTHING_ELSE)
    return refusal(last, ask(request, "new_day").text)

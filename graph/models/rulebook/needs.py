"""What the car needs, for a booking: the service the caller named last."""

from dataclasses import dataclass

from graph.models.rulebook.detours import apart_from_changes
from graph.models.rulebook.errand import taken_up
from graph.models.rulebook.request import Request
from graph.models.rulebook.services import SYMPTOMS, service_in, services_in


@dataclass(frozen=True, slots=True)
class Need:
    """What the car needs, and the words it was said in."""

    service: str
    turn: int
    notes: str | None


def needed(request: Request, since: int = -1) -> Need | None:
    """The service the caller named last. A question about another one does not change it."""
    asides = {r.turn for r in request.results if r.name == "get_service_info"}
    turns = [t for t in request.turns if t.index > since and not _private(t.asked)]
    for turn in reversed(turns):
        if (service := service_in(taken_up(turn))) is not None and not service_in(turn.said):
            return Need(service, turn.index, None)
    plainly = [t for t in turns if t.index not in asides and _asked_for(t.said)]
    asked_about = [t for t in turns if t.index in asides and _asked_for(t.said)]
    for turn in reversed(plainly or asked_about):
        services = _asked_for(turn.said)
        return Need(services[0], turn.index, _notes(turn.said, services))
    return _looked_for(request, since)


def _asked_for(said: str) -> list[str]:
    """The services of a text but for those that it cancels or moves."""
    return services_in(apart_from_changes(said))


def _looked_for(request: Request, since: int) -> Need | None:
    """The service that times were looked up for, where the words for it are no longer there."""
    found = request.newest("get_available_slots", "get_waitlist_offer", ok=True, since=since)
    times = found.rows("slots") if found is not None else []
    asked = str(found.args.get("service_type") or "") if found is not None else ""
    service = asked or next((str(row.get("service_type") or "") for row in times), "")
    return Need(service, found.turn, None) if found is not None and service else None


def _private(asked: str) -> bool:
    return any(word in asked.lower() for word in ("birth", "zip", "where is the car", "plate"))


def _notes(said: str, services: list[str]) -> str | None:
    """What the technician should read: a symptom or a second wish in the caller's words."""
    if len(services) < 2 and not SYMPTOMS & set(services):
        return None
    return " ".join(said.split())[:300] if len(said.split()) > 2 else None

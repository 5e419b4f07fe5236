"""What was said on the way to changing another appointment, which is nothing of a booking's."""

import re
from collections.abc import Iterator
from dataclasses import replace

from graph.models.rulebook.errand import action_in
from graph.models.rulebook.request import Request, Result, Turn
from graph.models.rulebook.words import CLAUSE

LEFT_AS_IT_IS = "Alright, I'll leave"
"""How a change that is wanted no more is let go."""

_CHANGED = re.compile(
    r"\b(?<!don't )(?:cancel\w*|re-?sched\w*|postpone\w*|move (?:my|the)"
    r"|(?:can't|won't) (?:make|come))\b",
    re.IGNORECASE,
)
_TIMES = "get_available_slots"
_DONE = ("cancel_appointment", "reschedule_appointment")


def apart_from_changes(said: str) -> str:
    """The clauses of a text but for those that cancel or move something."""
    return ", ".join(one.strip() for one in CLAUSE.split(said) if not _CHANGED.search(one))


def without_detours(request: Request) -> Request:
    """The conversation as a booking sees it: days and times meant for a change are left out."""
    gone: set[int] = set()
    first: set[int] = set()
    for start, end in _detours(request):
        first.add(start)
        gone.update(range(start, end + 1))
    if not gone:
        return request
    # The times of a move stand in for those that were offered for the booking before it.
    stale = max(
        (r.turn for r in request.results if r.turn in gone and r.name == _TIMES), default=-1
    )
    kept = (r for r in request.results if r.turn > stale or not _needs_times(r))
    turns = (_heard(turn, gone, first) for turn in request.turns)
    return replace(request, turns=tuple(turns), results=tuple(kept))


def _needs_times(result: Result) -> bool:
    return result.name == _TIMES or (result.name == "book_appointment" and not result.ok)


def _heard(turn: Turn, gone: set[int], first: set[int]) -> Turn:
    if turn.index not in gone:
        return turn
    said = apart_from_changes(turn.said) if turn.index in first else ""
    return replace(turn, said=said)


def _detours(request: Request) -> Iterator[tuple[int, int]]:
    """The turns in which each change was begun, and done or let go."""
    before = -1
    for end in sorted(_ends(request)):
        turns = request.turns[before + 1 : end + 1]
        changes = ("cancel", "move", "undecided")
        start = next((turn.index for turn in turns if action_in(turn.said) in changes), end)
        yield start, end
        before = end


def _ends(request: Request) -> set[int]:
    done = {r.turn for r in request.results if r.ok and r.name in _DONE}
    left = {turn.index - 1 for turn in request.turns if turn.asked.startswith(LEFT_AS_IT_IS)}
    return {end for end in done | left if end >= 0}

"""Several wishes in one sentence: what is not done first is kept, told to the model, and taken up.

"cancel Tuesday and book an oil change for my other car"
    └ in charge now ┘  └ kept until something has been done ┘
"""

import re
from typing import Any, get_args

from graph.state import AlsoWanted, CallState
from nodes.understand import Intent, Understanding, ruled

_MOST_KEPT = 3
_CLAUSE = re.compile(
    r"\s*(?:[.;,]\s|\b(?:and then|and also|but also|as well as|and|also|plus|then)\b)[\s,]*", re.I
)
_WISHES: tuple[Intent, ...] = ("book", "modify", "tow", "message", "answer", "human")
_IN_DANGER: tuple[Intent, ...] = ("modify", "message", "answer")
"""What is still wanted of a car that must not be driven."""

_SAME_VISIT = re.compile(
    r"\b(?:another|different|new|later|earlier|next) (?:day|time|date|week|one|slot)\b"
    r"|\binstead\b|\bre ?book\w*",
    re.I,
)
"""Cancelling and booking "another day" is one wish: to move it."""

_OWN_CHANGE = re.compile(r"\b(?:cancel|move|reschedule|change|push|postpone)\b", re.I)
_OTHER_CAR = re.compile(
    r"\b(?:my|the|our|his|her) (?:other|second|wife's|husband's|son's|daughter's|mom's|dad's) \w+"
    r"|\bfor (?:my|the|our) (?!appointment)\w+",
    re.I,
)


def wished(text: str, heard: Understanding) -> list[tuple[Intent, str]]:
    """The wishes of a sentence beside the one that decides who is in charge, as they were said."""
    allowed = _IN_DANGER if heard.danger else _WISHES
    if heard.intent not in _WISHES and not heard.danger:
        return []
    named = [(_route(clause), clause) for clause in _CLAUSE.split(text) if clause.count(" ")]
    found: list[tuple[Intent, str]] = []
    first_passed = heard.danger
    for route, clause in named:
        if route not in allowed or (route == "book" and _SAME_VISIT.search(clause)):
            continue
        if route == heard.intent and not (first_passed and _stands_alone(route, clause)):
            first_passed = True
        elif (route, clause) not in found:
            found.append((route, clause))
    return found


def _route(clause: str) -> Intent | None:
    route = ruled(clause, "answer", "open")
    return route if route in get_args(Intent) else None  # type: ignore[return-value]  # narrowed


def _stands_alone(route: Intent, clause: str) -> bool:
    """Whether a second wish of the same kind is about something else than the first."""
    return (route == "modify" and bool(_OWN_CHANGE.search(clause))) or (
        route == "book" and bool(_OTHER_CAR.search(clause))
    )


def kept(state: CallState, text: str, heard: Understanding) -> dict[str, Any]:
    """What is still wanted after this turn's words; an empty update where nothing ever was."""
    before = [wish for wish in state.get("wishes", []) if not wish["now"]]
    done = len(state.get("deeds", []))
    waiting = [AlsoWanted(**{**wish, "now": wish["route"] == heard.intent}) for wish in before]
    waiting += [
        AlsoWanted(route=route, said=clause, after=done, now=route == "answer")
        for route, clause in wished(text, heard)
    ]
    if not waiting and not state.get("wishes"):
        return {}
    return {"wishes": waiting[-_MOST_KEPT:]}


def due(state: CallState) -> AlsoWanted | None:
    """The wish whose turn has come: something was done since it was said."""
    done = len(state.get("deeds", []))
    waiting = (wish for wish in state.get("wishes", []) if not wish["now"])
    return next((wish for wish in waiting if done > wish["after"]), None)


def told(state: CallState) -> list[str]:
    """How a model is told of what is still wanted."""
    done = len(state.get("deeds", []))
    return [
        f"{wish['said']} ({'now' if wish['now'] or done > wish['after'] else 'when this is done'})"
        for wish in state.get("wishes", [])
    ]

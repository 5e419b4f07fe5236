"""Several wishes in one sentence: what is not done first is kept, told to the model, and taken up.

"cancel Tuesday and book an oil change for my other car"
    └ in charge now ┘  └ kept until something has been done ┘
"""

import re
from typing import Any

from graph.state import AlsoWanted, CallState
from nodes.understand import Intent, Understanding, understand
from nodes.words.people import ASKS_FOR_A_PERSON
from nodes.words.questions import BOOKS, NEEDS_WORK
from nodes.words.vocabulary import SERVICE
from shop.words.numerals import plain

_MOST_KEPT = 3
_MOST_LETTERS = 1000
"""A minute of speech; nobody wants more than that at once."""
_CLAUSE = re.compile(
    r"\s*(?:[.;,]\s|\b(?:and then|and also|but also|as well as|and|also|plus|then)\b)[\s,]*", re.I
)
_IN_DANGER: tuple[Intent, ...] = ("modify", "message", "answer")
"""What is still wanted of a car that must not be driven."""

_OUTRIGHT: dict[Intent, tuple[re.Pattern[str], ...]] = {
    "book": (BOOKS, NEEDS_WORK, re.compile(rf"\b{SERVICE} (?:for|on) (?:my|the|our|his|her)\b")),
    "modify": (re.compile(r"\b(?:cancel|move|re ?schedul\w*|(?<!oil )change|push|postpone)\b"),),
    "tow": (re.compile(r"\b(?:need|want|send|get|call)(?: \w+){0,3} tow"),),
    "message": (
        re.compile(r"\bcall (?:me|us) back\b|\bcall ?back\b|\bmessage\b|\blet \w+ know\b"),
    ),
    "answer": (
        re.compile(
            r"^(?:(?:so|oh|um|hi|hello|please|could you|can you|tell me|find out"
            r"|i want to know|i'd like to know) )*(?:what"
            r"|when|where|how|which|who|do|does|is|are|can i|could i)\b"
        ),
    ),
    "human": (ASKS_FOR_A_PERSON,),
}
"""Half a sentence is a wish of its own only if it says so in as many words."""

_REFUSED = re.compile(
    r"\b(?:don't|do not|not|no|never|won't|can't|cannot|instead of|rather than)\b"
)
_SAME_VISIT = re.compile(
    r"\b(?:another|different|new|later|earlier|next|other|the same|that) (?:day|time|date|week|one"
    r"|slot)\b|\binstead\b|\bre ?book\w*|\b(?:my|the|have an?) appointment\b"
)
"""Cancelling and booking "another day" is one wish: to move it."""

_OTHER_CAR = re.compile(
    r"\b(?:my|the|our|his|her) (?:other|second|wife's|husband's|son's|daughter's|mom's|dad's) \w+"
    r"|\bfor (?:my|the|our) (?!appointment)\w+"
)


def wished(text: str, heard: Understanding) -> list[tuple[Intent, str]]:
    """The wishes of a sentence beside the one that decides who is in charge, as they were said."""
    clauses = [(_wish(one), one) for one in _CLAUSE.split(text[:_MOST_LETTERS]) if one.count(" ")]
    if heard.danger:
        return [(wish, one) for wish, one in clauses if wish in _IN_DANGER]
    first = next((one for wish, one in clauses if wish == heard.intent), None)
    if heard.intent not in _OUTRIGHT or len(clauses) < 2:
        return []
    return [
        (wish, one)
        for wish, one in clauses
        if (first is not None or wish == "answer")
        and one is not first
        and _is_another(wish, plain(one), heard.intent)
    ]


def _wish(clause: str) -> Intent:
    """What a clause wants for itself; "none" unless rules and weights agree and it is outright."""
    said = plain(clause)
    if not any(family.search(said) for families in _OUTRIGHT.values() for family in families):
        return "none"  # as most are, and understanding each took longer than the whole sentence
    heard = understand(clause, topic="answer", asked="open")
    wanted = any(family.search(said) for family in _OUTRIGHT.get(heard.intent, ()))
    if heard.danger or not wanted or _REFUSED.search(said):
        return "none"
    return heard.intent


def _is_another(wish: Intent, said: str, first: Intent) -> bool:
    """Whether it is about something else than the first wish."""
    match first, wish:
        case ("modify", "book"):
            return not _SAME_VISIT.search(said)
        case ("human", "answer"):
            return False
        case ("book", "book"):
            return bool(_OTHER_CAR.search(said))
        case (_, "none"):
            return False
        case _:
            return wish == "modify" or wish != first


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

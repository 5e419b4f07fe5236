"""Several wishes in one sentence: what is not done first is kept, told to the model, and taken up.

"cancel Tuesday and book an oil change for my other car"
    └ in charge now ┘  └ kept until something has been done ┘
"""

import re
from typing import Any

from graph.state import AlsoWanted, CallState
from nodes.halfway import half_made
from nodes.understand import Intent, Understanding, understand
from nodes.words.people import ASKS_FOR_A_PERSON
from nodes.words.questions import BOOKS, NEEDS_WORK
from nodes.words.vocabulary import APPOINTMENT, SERVICE
from shop.words.numerals import plain

_MOST_KEPT = 3
_MOST_TOLD = 160
"""So that whether it is due, which comes after it, is never cut off a line of the facts."""
_MOST_LETTERS = 1000
"""A minute of speech; nobody wants more than that at once."""
_CLAUSE = re.compile(
    r"\s*(?:[.;,]\s|\b(?:and then|and also|but also|as well as|and|also|plus|then)\b)[\s,]*", re.I
)
_IN_DANGER: tuple[Intent, ...] = ("modify", "message", "answer")
"""What is still wanted of a car that must not be driven."""

_LEAVES_IT: tuple[Intent, ...] = ("modify", "message", "human")
"""What a booking waits for that was under way."""

_CAR_OF = r"(?:for|on) (?:my|the|our|his|her)"
_WORK_ON_A_CAR = re.compile(rf"\b{SERVICE} {_CAR_OF}\b")

_OUTRIGHT: dict[Intent, tuple[re.Pattern[str], ...]] = {
    "book": (BOOKS, NEEDS_WORK, _WORK_ON_A_CAR),
    "modify": (
        re.compile(r"\b(?:cancel|move|re ?schedul\w*|(?<!oil )change|push|postpone)\b"),
        re.compile(rf"\b(?:when|what (?:day|time))\b.* {APPOINTMENT}\b"),
    ),
    "tow": (re.compile(r"\b(?:need|want|send|get|call)(?: \w+){0,3} tow"),),
    "message": (
        re.compile(r"\bcall (?:me|us) back\b|\bcall ?back\b|\bmessage\b|\blet \w+ know\b"),
    ),
    "answer": (
        re.compile(
            r"^(?:(?:so|oh|um|hi|hello|please|could you|can you|tell me|find out"
            r"|(?:i want to |i'd like to )?know|ask|check) )*(?:what"
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

_THEIRS = (
    r"(?:(?:my|our|the|his|her) (?:(?:other|second)|(?:wife|husband|son|daughter|mom|dad|mother"
    r"|father|brother|sister|partner|friend|neighbor)'s))"
)
_ANOTHER_CAR = re.compile(rf"\b{_THEIRS} \w+")
_ONLY_A_CAR = re.compile(rf"(?:for )?{_THEIRS}(?: \w+){{1,4}}")
_CAR = re.compile(
    rf"\b{_CAR_OF} (?!appointment|same|weekend|\w+day\b|\d+(?:st|nd|rd|th)\b"
    r"|(?:fir|four|fif|six|seven|eigh|nin|ten)\w*th\b)(?:\d{4} )?(?P<car>\w+)"
)


def wished(text: str, heard: Understanding) -> list[tuple[Intent, str]]:
    """The wishes of a sentence beside the one that decides who is in charge, as they were said."""
    halves = [one for one in _CLAUSE.split(text[:_MOST_LETTERS]) if one.count(" ")]
    clauses = [(_wish(one, heard.intent), one) for one in halves]
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
        and _is_another(wish, plain(one), heard.intent, plain(first or ""))
    ]


def _wish(clause: str, first: Intent) -> Intent:
    """What a clause wants for itself; "none" unless rules and weights agree and it is outright."""
    said = plain(clause)
    if first == "book" and _ONLY_A_CAR.fullmatch(said):
        return "book"
    if not any(family.search(said) for families in _OUTRIGHT.values() for family in families):
        return "none"  # as most are, and understanding each took longer than the whole sentence
    heard = understand(clause, topic="answer", asked="open")
    if heard.danger or _REFUSED.search(said):
        return "none"
    if heard.intent == "none" and _WORK_ON_A_CAR.search(said):
        return "book"
    wanted = any(family.search(said) for family in _OUTRIGHT.get(heard.intent, ()))
    return heard.intent if wanted else "none"


def _is_another(wish: Intent, said: str, first: Intent, first_said: str) -> bool:
    """Whether it is about something else than the first wish."""
    match first, wish:
        case ("modify", "book"):
            return not _SAME_VISIT.search(said) or _is_for_other_work(said, first_said)
        case ("human", "answer"):
            return False
        case ("book", "book"):
            return _is_for_another_car(said, first_said)
        case (_, "none"):
            return False
        case _:
            return wish == "modify" or wish != first


def _is_for_other_work(said: str, first_said: str) -> bool:
    """Whether something is to be booked instead that is no other day for what is cancelled."""
    named = re.search(rf"\b{SERVICE}\b", said)
    only_instead = not _SAME_VISIT.search(re.sub(r"\binstead\b", " ", said))
    return named is not None and only_instead and named[0] not in first_said


def _is_for_another_car(said: str, first_said: str) -> bool:
    """Whether two things to do are for two cars; a car that is named once has both done."""
    if _ANOTHER_CAR.search(said):
        return True
    one, other = _CAR.search(first_said), _CAR.search(said)
    return one is not None and other is not None and one["car"] != other["car"]


def kept(state: CallState, text: str, heard: Understanding) -> dict[str, Any]:
    """What is still wanted after this turn's words; an empty update where nothing ever was."""
    before = [wish for wish in state.get("wishes", []) if not wish["now"]]
    done = len(state.get("deeds", []))
    waiting = [AlsoWanted(**{**wish, "now": wish["route"] == heard.intent}) for wish in before]
    waiting += [
        AlsoWanted(route=route, said=clause, after=done, now=route == "answer")
        for route, clause in wished(text, heard)
    ]
    left = half_made(state, text) if heard.intent in _LEAVES_IT else None
    if left is not None and not any(one["route"] == "book" for one in waiting):
        waiting = [left, *waiting]
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
        f"{wish['said'][:_MOST_TOLD]} ({_when(wish, done)})" for wish in state.get("wishes", [])
    ]


def _when(wish: AlsoWanted, done: int) -> str:
    return "now" if wish["now"] or done > wish["after"] else "when this is done"

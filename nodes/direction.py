"""Which topic is in charge after what was understood. Pure: reads the state, returns its update."""

import re
from typing import Any

from langchain_core.messages import AIMessage, ToolMessage

from graph.state import CallState, Topic
from nodes.understand import Understanding
from nodes.wishes import due
from nodes.words.danger import danger
from nodes.words.people import asks_for_a_person
from shop.words.carnames import named, parts
from shop.words.numerals import plain
from tools.booking import WHICH_IS_UNSAFE

MOST_RINGS = 2
"""How often a caller is put through without the model: once, and once more if they ask again."""

_COME_BACK_TO: tuple[Topic, ...] = ("booking", "modify", "triage", "escalate")
"""What a question in between only interrupts."""

_TOPICS: dict[str, Topic] = {
    "book": "booking",
    "tow": "triage",
    "message": "escalate",
    "goodbye": "close",
    "wrong_number": "close",
    "stop_calling": "close",
}


_NUMBER = r"(?:\+?\d[\d\s().-]{5,}\d|(?:\d{3,4} )?number\b)"
_TO_A_NUMBER = re.compile(
    r"\b(?:transfer|connect|forward|patch|put|send|switch)\b[^.?!]*?\bto"
    rf" (?:that |this |the |my |a |another )?{_NUMBER}|\bdial (?:that |this |the )?{_NUMBER}",
    re.IGNORECASE,
)


def direct(state: CallState, heard: Understanding, words: str) -> dict[str, Any]:
    """Which topic is in charge, and what that topic must know."""
    if heard.danger or heard.emergency:
        return {"topic": "triage", "unsafe": True, **_unsafe_cars(state, words)}
    if heard.intent == "none":
        return _go_on(state, words)
    if heard.intent == "answer":
        topic = state.get("topic", "answer")
        return {
            "topic": "answer",
            "resume": topic if topic in _COME_BACK_TO else state.get("resume"),
        }
    return _turn_to(state, heard.intent, words)


def _unsafe_cars(state: CallState, words: str) -> dict[str, Any]:
    """The cars that are named where the danger is; else wherever one is."""
    there = [name for part in parts(words) if danger(plain(part)).car for name in named(part)]
    found = [*state.get("unsafe_cars", []), *(there or named(words))]
    return {"unsafe_cars": list(dict.fromkeys(found))} if found else {}


def _go_on(state: CallState, words: str) -> dict[str, Any]:
    """Nothing new is wanted: back to what was interrupted, or on to what else was wanted."""
    if state.get("unsafe") and not state.get("unsafe_cars") and _are_asked_which(state):
        return {**_back(state, words), **_unsafe_cars(state, words)}
    return _back(state, words)


def _are_asked_which(state: CallState) -> bool:
    """Whether a car that is named now is the one that is not safe."""
    replies = (str(m.text) for m in reversed(state["messages"]) if isinstance(m, AIMessage))
    asked = next((text for text in replies if text), "")
    return state.get("topic") == "triage" or WHICH_IS_UNSAFE in asked


def _back(state: CallState, words: str) -> dict[str, Any]:
    topic, resume = state.get("topic", "answer"), state.get("resume")
    wish = due(state) if state.get("proposal") is None else None
    if wish is not None:
        left = [{**one, "now": one is wish} for one in state.get("wishes", [])]
        return {**_turn_to(state, wish["route"], words), "wishes": left}
    if topic not in ("answer", "close"):
        return {"topic": topic}
    if resume == "modify" and not _were_told(state):
        return {"resume": None, **_to_modify(state)}
    return {"topic": resume or "answer", "resume": None}


def _turn_to(state: CallState, intent: str, words: str) -> dict[str, Any]:
    if intent == "human":
        return {"topic": "escalate", "person_wanted": _rings(state, words)}
    if intent == "modify":
        return _to_modify(state)
    update: dict[str, Any] = {"topic": _TOPICS.get(intent, "answer")}
    if update["topic"] == "close":
        update["resume"] = state.get("resume") or state.get("topic")
    if intent == "stop_calling":
        update["opted_out"] = True
    return update


def _rings(state: CallState, words: str) -> bool:
    """Whether to try a transfer: what is said to whoever takes a message is a part of it."""
    if state.get("topic") == "escalate" and not asks_for_a_person(words):
        return False
    return may_ring(state, words)


def may_ring(state: CallState, words: str) -> bool:
    """Whether a transfer may be tried in code: once; once more only if a person is asked for.

    Whoever names a number to be put through to wants no person of the shop.
    """
    if _TO_A_NUMBER.search(words):
        return False
    tried = attempts(state)
    return tried == 0 or (tried < MOST_RINGS and asks_for_a_person(words))


def attempts(state: CallState) -> int:
    """How often the caller was to be put through on this call, whether anybody was there or not."""
    rung = sum(
        isinstance(message, ToolMessage) and message.name == "transfer_to_human"
        for message in state["messages"]
    )
    return max(rung, state.get("transfers", 0))


def _to_modify(state: CallState) -> dict[str, Any]:
    if state.get("access") == "verified" or _booked_here(state):
        return {"topic": "modify"}
    return {"topic": "verify", "resume": "modify"}


def _were_told(state: CallState) -> bool:
    """Whether the caller has heard of an appointment already, as who is reminded does."""
    return any(handle.startswith("a") for handle in state.get("handles", {}))


def _booked_here(state: CallState) -> bool:
    """Whether this call has made an appointment; one that it only confirms is not its own."""
    return any(
        "appointment_id" in deed and deed.get("status") != "confirmed"
        for deed in state.get("deeds", [])
    )

"""Several wishes in one sentence: which are kept beside the one in charge."""

import pytest

from graph.state import AlsoWanted, CallState, Deed
from nodes.understand import understand
from nodes.wishes import due, kept, told, wished

KEPT: list[tuple[str, list[str]]] = [
    ("cancel Tuesday and book an oil change for my other car", ["book"]),
    ("I need an oil change for the Civic and I want to cancel my Friday appointment", ["book"]),
    ("I need to cancel my appointment, and what time do you close?", ["answer"]),
    ("please send a tow truck and I have to move my appointment", ["modify"]),
    ("cancel my appointment on Tuesday and move the one on Friday", ["modify"]),
    ("book an oil change for the Civic and a tire rotation for my wife's car", ["book"]),
    ("my brakes just failed and I need to cancel my appointment", ["modify"]),
    ("get me a manager, and also I want to book an oil change", ["book"]),
]
ONE_WISH = [
    "I need an oil change and a tire rotation",
    "cancel it and book another day instead",
    "cancel my appointment and rebook it for Friday",
    "my brakes are gone and I need a tow",
    "it's grinding and squeaking when I stop",
    "yes that's right and thank you",
    "my name is Anna and I drive a Civic",
    "what are your hours and where are you located",
    "I want to talk to somebody and I mean now",
]


@pytest.mark.parametrize(("words", "routes"), KEPT, ids=[words for words, _ in KEPT])
def test_what_is_wanted_besides_is_kept(words: str, routes: list[str]) -> None:
    heard = understand(words, topic="answer", asked="open")
    assert [route for route, _ in wished(words, heard)] == routes


@pytest.mark.parametrize("words", ONE_WISH)
def test_one_wish_in_two_halves_is_one_wish(words: str) -> None:
    assert wished(words, understand(words, topic="answer", asked="open")) == []


def state(*, deeds: int, wishes: list[AlsoWanted]) -> CallState:
    done = [Deed(outcome="appointment_cancelled", summary="it")] * deeds
    return CallState(messages=[], deeds=done, wishes=wishes)


WAITING = AlsoWanted(route="book", said="book an oil change", after=0, now=False)


def test_a_wish_waits_until_something_has_been_done() -> None:
    assert due(state(deeds=0, wishes=[WAITING])) is None
    assert due(state(deeds=1, wishes=[WAITING])) == WAITING
    assert told(state(deeds=0, wishes=[WAITING])) == ["book an oil change (when this is done)"]
    assert told(state(deeds=1, wishes=[WAITING])) == ["book an oil change (now)"]


def test_a_wish_that_was_taken_up_is_told_once_more_and_then_forgotten() -> None:
    heard = understand("I need an oil change", topic="modify", asked="open")
    assert heard.intent == "book"
    once = kept(state(deeds=1, wishes=[WAITING]), "I need an oil change", heard)["wishes"]
    assert once == [{**WAITING, "now": True}]
    assert kept(state(deeds=1, wishes=once), "yes", heard) == {"wishes": []}


def test_who_wants_one_thing_leaves_no_trace() -> None:
    words = "I need an oil change"
    assert (
        kept(CallState(messages=[]), words, understand(words, topic="answer", asked="open")) == {}
    )

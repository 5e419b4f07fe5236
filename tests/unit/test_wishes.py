"""Several wishes in one sentence: which are kept beside the one in charge."""

import pytest
from langchain_core.messages import AnyMessage, HumanMessage, ToolMessage

from graph.state import AlsoWanted, CallState, Deed, Topic
from nodes.halfway import half_made
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
    ("an oil change for my Civic and a tire rotation for my wife's 2020 Kia Soul", ["book"]),
    ("I'd like an oil change on the Civic and the rotation on the Corolla", ["book"]),
    ("I need an oil change on my truck and also my wife's car", ["book"]),
    ("cancel the oil change and I need a rotation on the Civic", ["modify"]),
    ("cancel my oil change on Thursday and book a rotation for the Civic", ["book"]),
    ("cancel my appointment and book a brake inspection for Friday instead", ["book"]),
    ("cancel my oil change and get the tires rotated on the Civic instead", ["book"]),
    ("book an oil change and tell me when my other appointment is", ["modify"]),
]
ONE_WISH = [
    "I need an oil change and a tire rotation",
    "I need an oil change and a tire rotation for my truck",
    "an oil change for the Civic and a rotation for the Civic",
    "I need an oil change for the Civic and a tire rotation on the fifth",
    "book an oil change for my car and new wipers on the same visit",
    "cancel it and book another day instead",
    "cancel my oil change on Monday and book the oil change for Friday instead",
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


def test_a_long_wish_is_told_with_whether_its_turn_has_come() -> None:
    long: AlsoWanted = {**WAITING, "said": "book " * 100}
    (line,) = told(state(deeds=1, wishes=[long]))
    assert line.endswith("(now)")
    assert len(line) < 200


CANCELS = "wait, first cancel my appointment on Friday"
BOOKED = ToolMessage('{"success": true, "data": {}}', tool_call_id="t", name="book_appointment")


def booking(
    *said: str | ToolMessage, topic: Topic = "booking", resume: Topic | None = None
) -> CallState:
    messages: list[AnyMessage] = [HumanMessage(x) if isinstance(x, str) else x for x in said]
    topic = "answer" if resume else topic
    return CallState(messages=messages, topic=topic, resume=resume)


HALFWAY: list[tuple[str, CallState, str]] = [
    (
        "what the car needs is kept",
        booking("I need an oil change", "Ann Lee", CANCELS),
        "I need an oil change",
    ),
    (
        "a question in between changes nothing",
        booking(
            "I need an oil change", "how much is it", CANCELS, topic="answer", resume="booking"
        ),
        "I need an oil change",
    ),
    (
        "the service counts before the wish to come",
        booking("a tire rotation", "can I come in on Monday", CANCELS),
        "a tire rotation",
    ),
    (
        "a booking without a service is one, too",
        booking("I'd like to make an appointment", "Ann Lee", CANCELS),
        "I'd like to make an appointment",
    ),
    (
        "one that is made is no longer half-made",
        booking("I need an oil change", "yes", BOOKED, CANCELS),
        "",
    ),
    ("nothing was asked for", booking("hello there", CANCELS), ""),
    ("another topic", booking("I need an oil change", CANCELS, topic="modify"), ""),
    (
        "it is given up for the change",
        booking("I need an oil change", "forget that, cancel my appointment instead"),
        "",
    ),
]


@pytest.mark.parametrize(("before", "said"), [pytest.param(*row[1:], id=row[0]) for row in HALFWAY])
def test_a_booking_under_way_is_kept_for_later(before: CallState, said: str) -> None:
    words = str(before["messages"][-1].text)
    found = half_made(before, words)
    assert (found["said"] if found else "") == said


def test_who_turns_from_a_booking_to_a_change_comes_back_to_it() -> None:
    before = booking("I need an oil change", "Ann Lee", CANCELS)
    heard = understand(CANCELS, topic="booking", asked="vehicle")
    assert heard.intent == "modify"
    assert kept(before, CANCELS, heard)["wishes"] == [
        {"route": "book", "said": "I need an oil change", "after": 0, "now": False}
    ]

"""What a caller hears whose line had dropped."""

from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage

from api.phone import CUT_OFF, going_on
from graph.state import CallState, Proposal

SORRY = "Sorry, we were cut off."


def _state(said: str, **more: Any) -> CallState:
    return CallState(messages=[HumanMessage("hello"), AIMessage(said, additional_kwargs=more)])


@pytest.mark.parametrize(
    ("said", "unheard", "again"),
    [
        ("Sure. What day suits you?", "", "What day suits you?"),
        ("Sure. What day", " suits you?", "What day suits you?"),
        ("", "You're booked. Anything else?", "You're booked. Anything else?"),
        ("You're booked for Tuesday.", " Anything else?", "Anything else?"),
        ("We open at eight.", "", None),
    ],
    ids=["the question", "what was cut", "nothing was heard", "the rest", "no question"],
)
def test_what_was_missed_is_said_again_else_what_was_asked(
    said: str, unheard: str, again: str | None
) -> None:
    words = going_on(_state(said, unheard=unheard))
    assert words == (f"{SORRY} {again}" if again else CUT_OFF)


def test_a_wish_is_read_back_again() -> None:
    recap = "So that's an oil change on Tuesday at ten. Shall I book it?"
    held = Proposal(key="k", tool="book_appointment", args={}, recap=recap, status="recapped")
    state: CallState = {**_state("So that's an oil"), "proposal": held}
    assert going_on(state) == f"{SORRY} {recap}"

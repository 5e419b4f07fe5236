"""A booking that is not made yet when its caller turns to another appointment: it is kept. Pure."""

import re
from collections.abc import Iterator

from langchain_core.messages import HumanMessage, ToolMessage

from graph.state import AlsoWanted, CallState
from nodes.handles import results
from nodes.words.questions import BOOKS, NEEDS_WORK
from nodes.words.vocabulary import SERVICE
from shop.words.numerals import plain

_WRITES = ("book_appointment", "reschedule_appointment", "cancel_appointment", "join_waitlist")
_SERVICE = re.compile(rf"\b{SERVICE}\b")
_GIVEN_UP = re.compile(
    r"\binstead\b|\bnever ?mind\b|\bforget\b|\brather than\b"
    r"|\b(?:don't|do not|no longer|won't) (?:need|want|book|bother|make)\b"
)


def half_made(state: CallState, words: str) -> AlsoWanted | None:
    """The booking under way, in the words it was asked for in; None if there is none.

    Args:
        words: What the caller has just said, which turns to something else.
    """
    under_way = state.get("topic") == "booking" or state.get("resume") == "booking"
    if not under_way or _GIVEN_UP.search(plain(words)):
        return None
    asked = [text for text in _said_before(state) if _asks(text)]
    named = next((text for text in asked if _SERVICE.search(plain(text))), "")
    said = named or next(iter(asked), "")
    if not said:
        return None
    done = len(state.get("deeds", []))
    return AlsoWanted(route="book", said=said, after=done, now=False)


def _said_before(state: CallState) -> Iterator[str]:
    """What the caller said since something was last written down, the newest first."""
    spoken = (m for m in reversed(state["messages"]) if isinstance(m, HumanMessage | ToolMessage))
    next(spoken, None)
    for message in spoken:
        if isinstance(message, HumanMessage):
            yield str(message.text)
        elif any(
            one.name in _WRITES and envelope.get("success") for one, envelope in results([message])
        ):
            return


def _asks(text: str) -> bool:
    said = plain(text)
    return any(family.search(said) for family in (_SERVICE, BOOKS, NEEDS_WORK))

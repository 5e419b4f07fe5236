"""What is said when a model's answer is missing or not whole: a way on, never twice the same."""

from collections.abc import Sequence

import orjson
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    AnyMessage,
    SystemMessage,
    ToolMessage,
)

APOLOGY = "I'm sorry, I lost my thread for a moment. Could you say that again?"
STILL = (
    "I'm sorry, I'm having trouble on my side today. Shall I have somebody from the shop call you"
    " back?"
)

FILTERED = "content_filter"
WAYS_ON = {
    "length": "I had better stop there. Shall I go on?",
    FILTERED: "I'm sorry, I can't say more about that. What can I do for your car?",
}
"""By the finish reason of an answer that is not whole."""

SORRY = "sorry"
"""Marks a message as one of these, so that the next is another."""


def stopped_by(said: Sequence[AIMessageChunk]) -> str | None:
    """Why the vendor ended an answer before its own end; None where it came to it."""
    reasons = [chunk.response_metadata.get("finish_reason") for chunk in said]
    return next((str(reason) for reason in reasons if reason in WAYS_ON), None)


def way_on(reason: str, said: str) -> str:
    """What follows the words of an answer that was ended early."""
    words = WAYS_ON[reason]
    if not said.strip():
        return words
    return f" {words}" if said.rstrip().endswith((".", "?", "!")) else f" … {words}"


def amends(request: Sequence[AnyMessage]) -> str:
    """What to say for an answer that failed: what a tool has just done, else sorry."""
    return _done(request) or (STILL if _was_sorry(request) else APOLOGY)


def _done(request: Sequence[AnyMessage]) -> str | None:
    talk = [message for message in request if not isinstance(message, SystemMessage)]
    last = talk[-1] if talk else None
    if not isinstance(last, ToolMessage) or last.status != "success":
        return None
    return str(orjson.loads(str(last.text)).get("message") or "") or None


def _was_sorry(request: Sequence[AnyMessage]) -> bool:
    replies = [m for m in request if isinstance(m, AIMessage) and m.text]
    return bool(replies) and bool(replies[-1].additional_kwargs.get(SORRY))

"""Whether a caller was gone before they heard that what they agreed to was done."""

import orjson
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage

from graph.state import CallState

_DONE = ("book_appointment", "reschedule_appointment", "cancel_appointment", "undo_cancellation")
_ENOUGH = 0.6
"""The share of a confirmation that tells what was done; the rest asks what else there is."""


def unheard(state: CallState) -> str | None:
    """What was done in the last turn and not heard, in the tool's words; None if all is well."""
    turn = _last_turn(state["messages"])
    for at in range(len(turn) - 1, -1, -1):
        done = _done(turn[at])
        if done is not None:
            return None if _told(turn[at + 1 :]) else done
    return None


def just_done(state: CallState) -> bool:
    """Whether the last turn did something, heard or not."""
    return any(_done(message) is not None for message in _last_turn(state["messages"]))


def _last_turn(messages: list[AnyMessage]) -> list[AnyMessage]:
    begun = [at for at, message in enumerate(messages) if isinstance(message, HumanMessage)]
    return messages[begun[-1] :] if begun else []


def _done(message: AnyMessage) -> str | None:
    if not isinstance(message, ToolMessage) or message.name not in _DONE:
        return None
    if message.status == "error":
        return None
    return str(orjson.loads(str(message.text)).get("message") or "done")


def _told(after: list[AnyMessage]) -> bool:
    """Whether most of what was said after it has been heard."""
    said = [message for message in after if isinstance(message, AIMessage)]
    heard = sum(len(str(message.text).strip()) for message in said)
    missed = sum(len(str(message.additional_kwargs.get("unheard", ""))) for message in said)
    return heard > 0 and heard >= _ENOUGH * (heard + missed)

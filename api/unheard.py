"""Whether a caller never heard that what they agreed to was done."""

import re
from collections.abc import Iterator
from types import MappingProxyType

import orjson
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage

from graph.state import CallState

_TELLS = MappingProxyType(
    {
        "book_appointment": re.compile(r"\b(?:booked|scheduled|confirmed|all set)\b", re.I),
        "reschedule_appointment": re.compile(r"\b(?:(?:re)?scheduled|moved|changed)\b", re.I),
        "cancel_appointment": re.compile(r"\bcancell?ed\b", re.I),
        "undo_cancellation": re.compile(r"\b(?:back|booked|restored|confirmed)\b", re.I),
    }
)
"""What says, in a later turn, that it was done."""

_ENOUGH = 0.6
"""The share of a confirmation that tells what was done; the rest asks what else there is."""


def unheard(state: CallState) -> str | None:
    """What was done and not heard, in the tools' words; None if all is well.

    Heard is what was told of it in the same turn, for the most part, or named later.
    """
    return " ".join(_untold(state["messages"])) or None


def _untold(messages: list[AnyMessage]) -> Iterator[str]:
    for at, message in enumerate(messages):
        done = _done(message)
        if done is None:
            continue
        after = messages[at + 1 :]
        turns = [n for n, one in enumerate(after) if isinstance(one, HumanMessage)]
        here, later = (after[: turns[0]], after[turns[0] :]) if turns else (after, [])
        told = _TELLS[str(message.name)]
        named = any(isinstance(one, AIMessage) and told.search(str(one.text)) for one in later)
        if not (named or _told(here)):
            yield done


def just_done(state: CallState) -> bool:
    """Whether the last turn did something, heard or not."""
    return any(_done(message) is not None for message in _last_turn(state["messages"]))


def _last_turn(messages: list[AnyMessage]) -> list[AnyMessage]:
    begun = [at for at, message in enumerate(messages) if isinstance(message, HumanMessage)]
    return messages[begun[-1] :] if begun else []


def _done(message: AnyMessage) -> str | None:
    if not isinstance(message, ToolMessage) or message.name not in _TELLS:
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

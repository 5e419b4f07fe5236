"""What the handles of a call stand for, in the words tools have told of them."""

from collections.abc import Iterable, Iterator
from typing import Any

import orjson
from langchain_core.messages import AnyMessage, ToolMessage

from graph.state import CallState


def in_words(state: CallState) -> dict[str, str]:
    """Cars and appointments that may be spoken of on this call, by handle, the newest words."""
    known = {**state.get("handles", {}), **state.get("drafts", {})}
    words: dict[str, str] = {}
    for handle, told in _told(state["messages"]):
        words[handle] = told or f"{words.get(handle, 'appointment')} (cancelled)"
    return {handle: told for handle, told in words.items() if handle in known}


def results(messages: Iterable[AnyMessage]) -> Iterator[tuple[ToolMessage, dict[str, Any]]]:
    """What tools answered, each with its envelope; what is none is left out."""
    for message in messages:
        if isinstance(message, ToolMessage):
            try:
                envelope = orjson.loads(str(message.text))
            except orjson.JSONDecodeError:
                continue
            if isinstance(envelope, dict):
                yield message, envelope


def _told(messages: Iterable[AnyMessage]) -> Iterator[tuple[str, str]]:
    for message, envelope in results(messages):
        if message.status != "error":
            yield from _named(envelope.get("data"))


def _named(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for one in value:
            yield from _named(one)
    elif isinstance(value, dict):
        if "appointment_id" in value and "spoken" in value:
            yield str(value["appointment_id"]), _appointment(value)
        elif "appointment_id" in value and value.get("status") == "cancelled":
            yield str(value["appointment_id"]), ""
        elif "vehicle_id" in value:
            car = value.get("vehicle") or _car(value)
            if car:
                yield str(value["vehicle_id"]), str(car)
        for one in value.values():
            yield from _named(one)


def _appointment(told: dict[str, Any]) -> str:
    car = f" for the {told['vehicle']}" if told.get("vehicle") else ""
    status = f" ({told['status']})" if told.get("status") not in (None, "scheduled") else ""
    if told.get("awaits_advisor"):
        status = " (requested: an advisor has yet to confirm it)"
    return f"{told.get('service', 'appointment')}{car} on {told['spoken']}{status}"


def _car(told: dict[str, Any]) -> str:
    parts = [str(told[key]) for key in ("year", "make", "model") if told.get(key)]
    return " ".join(parts)

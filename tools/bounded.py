"""What a model asks for, cut down to what a call can keep: no secrets, no broken text, no bulk."""

from typing import Any

from langchain_core.messages import ToolCall

from shop.words.redact import cleaned, redacted

_MOST_NAMED = 64
"""Characters of a name: OpenAI's own limit for that of a function."""

_MOST_SAID = 2_000
"""Characters of a text; more than any argument may have, so that what is cut is still refused."""

_LONGEST_SPELLED = 200
"""Characters that a card number takes at most, spelled out in words."""

_MOST_PARTS = 40
_DEEPEST = 4


def bounded(call: ToolCall, place: int) -> ToolCall:
    """A tool call as it may be kept; `place` names one that has no id of its own."""
    return ToolCall(
        name=_name(call["name"]),
        args={_name(key): _part(one, _DEEPEST) for key, one in _first(call["args"])},
        id=_name(call["id"] or "") or f"call-{place}",
        type="tool_call",
    )


def _name(text: str) -> str:
    return redacted(cleaned(text[:_MOST_NAMED]))


def _first(parts: dict[str, Any]) -> list[tuple[str, Any]]:
    return list(parts.items())[:_MOST_PARTS]


def _part(value: Any, depth: int) -> Any:
    match value:
        case str():
            return _text(value)
        case list() | dict() if depth == 0:
            return None
        case list():
            return [_part(one, depth - 1) for one in value[:_MOST_PARTS]]
        case dict():
            return {_name(key): _part(one, depth - 1) for key, one in _first(value)}
        case _:
            return value


def _text(text: str) -> str:
    """A text without secrets. Where it is cut it may end in half a card number: that goes too."""
    kept = redacted(cleaned(text[:_MOST_SAID]))
    return kept if len(text) <= _MOST_SAID else kept[:-_LONGEST_SPELLED]

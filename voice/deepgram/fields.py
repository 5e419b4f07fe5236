"""Fields of a vendor's messages, of which the SDK promises nothing: it checks no type.

Each raises `Malformed` for what cannot be; what is missing is not there, and no fault.
"""

from typing import Any

MOST_S = 86_400.0
"""No stream lasts a day."""


class Malformed(ValueError):
    """A vendor's message is not what it should be. Says nothing of what was said."""


def text(message: Any, name: str) -> str:
    """A field of text, without the spaces around it."""
    value = getattr(message, name, None)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Malformed(f"{name} is a {type(value).__name__} and no text")
    return value.strip()


def kind(message: Any) -> str:
    """The type of a message. The SDK gives None for what it does not know."""
    value = getattr(message, "type", None)
    return value if isinstance(value, str) else ""


def ms(message: Any, name: str) -> int:
    """A field of seconds since a stream began, in milliseconds; 0 for the -1 of what is not known.

    Nova's `last_word_end` is -1 where it has none (https://developers.deepgram.com/docs/utterance-end).
    """
    value = _number(message, name, -1.0, MOST_S)
    return 0 if value is None else max(0, round(value * 1000))


def confidence(message: Any) -> float | None:
    """How sure a recogniser is, from 0 to 1, if it says so."""
    value = _number(message, "confidence", 0.0, 1.01)
    return None if value is None else min(value, 1.0)


def items(message: Any, name: str) -> list[Any]:
    """A field with a list."""
    value = getattr(message, name, None)
    if value is None:
        return []
    if not isinstance(value, list):
        raise Malformed(f"{name} is a {type(value).__name__} and no list")
    return value


def _number(message: Any, name: str, least: float, most: float) -> float | None:
    value = getattr(message, name, None)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Malformed(f"{name} is a {type(value).__name__} and no number")
    if not least <= value <= most:  # nor is anything else that is no number
        raise Malformed(f"{name} cannot be")
    return float(value)

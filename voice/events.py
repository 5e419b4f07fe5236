"""What a recogniser can report of a call, in the order it can happen.

    SpeechStarted → Interim* → (EarlyTurn → Resumed → Interim*)* → EarlyTurn? → CallerTurn

Times are milliseconds of caller audio since the stream started, so they are the same whether the
audio came from a telephone in real time or from a file at once.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """The caller began to speak; if the agent is speaking, this is a barge-in."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class Interim:
    """What the caller seems to have said so far; may still change."""

    text: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class EarlyTurn:
    """The caller has probably finished; what they said will not change if they have."""

    text: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Resumed:
    """The caller goes on: the early turn before was none."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class CallerTurn:
    """Everything the caller said before falling silent."""

    text: str
    ended_ms: int
    confidence: float = 1.0


Heard = SpeechStarted | Interim | EarlyTurn | Resumed | CallerTurn


def said_ms(event: Heard) -> int:
    """By when in the caller's audio it was said."""
    return event.ended_ms if isinstance(event, CallerTurn) else event.at_ms

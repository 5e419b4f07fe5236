"""What happened when in each turn, on one clock, and what of it was the service's own time.

A turn is known by a word that the caller says. The recogniser transcribes it, the model is asked
with it and answers with it, and the voice is given it; so every stand-in can tell whose turn it
serves without being told.
"""

import asyncio
import re
import time
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["short", "story", "tool", "typed", "chat", "early", "early tool"]

_INITIAL: dict[str, Kind] = {
    "a": "short", "b": "story", "c": "tool", "d": "typed", "e": "chat",
    "f": "early", "g": "early tool",
}  # fmt: skip
_DIGITS = "abcdefghijklmnop"
_WORD = re.compile(rb"zz([a-g][a-p]{5})")


def word(number: int, kind: Kind) -> str:
    """The word of a turn: letters only, so that a full stop after it ends a clause.

    Raises:
        ValueError: More turns than there are words.
    """
    if not 0 <= number < 16**5:
        raise ValueError(f"there are words for {16**5} turns, not for {number}")
    initial = next(letter for letter, meant in _INITIAL.items() if meant == kind)
    return f"zz{initial}" + "".join(_DIGITS[number >> 4 * place & 15] for place in range(4, -1, -1))


def last_word(text: bytes) -> str | None:
    """The last such word in a text."""
    found = _WORD.findall(text)
    return f"zz{found[-1].decode()}" if found else None


def kind_of(known_word: str) -> Kind:
    """What kind of turn a word stands for."""
    return _INITIAL[known_word[2]]


@dataclass(slots=True)
class Request:
    """One request to the model: when it was all there, when what matters of it had been sent."""

    received: float
    released: float | None = None


EARLY_MS = 100.0
"""How long before its end of turn the recogniser hints at it, in the turns that are about it."""


@dataclass(slots=True)
class Turn:
    """One turn. Times are in seconds of `time.perf_counter`.

    Attributes:
        word: What it is known by.
        number: Which turn of its call it is, from 1.
        spoke: The caller's first frame was sent.
        said: The caller's last frame was sent.
        hinted: The recogniser sent an early end of turn.
        ended: The recogniser sent its end of turn.
        requests: What the model was asked.
        told: The voice was given the text up to the end of the first clause.
        flushed: The voice was told to begin.
        voiced: The voice's first audio was sent.
        heard: The first audio reached the telephone.
        done: Set with `heard`.
    """

    word: str
    number: int
    spoke: float | None = None
    said: float | None = None
    hinted: float | None = None
    ended: float | None = None
    requests: list[Request] = field(default_factory=list)
    told: float | None = None
    flushed: float | None = None
    voiced: float | None = None
    heard: float | None = None
    done: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class Hops:
    """A turn's own time, in ms, by where it went; what the vendors took is not in it.

    Attributes:
        carry: The caller's last frame sent, until the recogniser had it and told the end of the
            turn, or hinted at it.
        ask: End of turn sent, until the model's request is there.
        tool: A tool call's end sent, until the next request is there; all tools of the turn.
        speak: The first clause's last token sent, until the voice is told to begin.
        play: The voice's first audio sent, until it is at the telephone.
        gap: Early end of turn sent, until end of turn sent; the model is asked in it.
    """

    carry: float
    ask: float
    tool: float
    speak: float
    play: float
    gap: float = 0.0

    @property
    def added(self) -> float:
        """From the caller's last frame to the first audio; less than nothing if begun early.

        An early turn has gained the time by which its end was hinted at, as it was meant to be:
        that this program woke up late is no gain.
        """
        return self.carry + self.since_hint - (EARLY_MS if self.gap else 0.0)

    @property
    def since_hint(self) -> float:
        """From the end of turn, or the early end of turn, to the first audio."""
        return self.ask + self.tool + self.speak + self.play + self.gap


def hops(turn: Turn, *, unasked: bool = False) -> Hops | None:
    """Where a turn's time went; none for a turn that was not seen whole.

    Args:
        unasked: Take the voice to begin with the first clause's text, before it is told to.
    """
    released = [request.released for request in turn.requests]
    whole = [at for at in released if at is not None]
    began = turn.told if unasked else turn.flushed
    ended, voiced, heard = turn.ended, turn.voiced, turn.heard
    if not whole or len(whole) < len(released):
        return None
    if ended is None or began is None or voiced is None or heard is None or turn.said is None:
        return None
    later = zip(turn.requests[1:], whole, strict=False)
    return Hops(
        carry=((turn.hinted or ended) - turn.said) * 1000,
        ask=(turn.requests[0].received - ended) * 1000,
        tool=sum(request.received - before for request, before in later) * 1000,
        speak=(began - whole[-1]) * 1000,
        play=(heard - voiced) * 1000,
        gap=0.0 if turn.hinted is None else (ended - turn.hinted) * 1000,
    )


class Ledger:
    """Every turn of the run, by its word, and when each call's caller was heard to begin."""

    def __init__(self) -> None:
        self.turns: dict[str, Turn] = {}
        self.begun: dict[str, float] = {}
        """Call id to when the recogniser last sent its start of turn."""

    def open(self, kind: Kind, number: int) -> Turn:
        """A new turn."""
        named = word(len(self.turns), kind)
        turn = self.turns[named] = Turn(named, number)
        return turn

    def find(self, text: bytes) -> Turn | None:
        """The turn of the last word in a text."""
        named = last_word(text)
        return self.turns.get(named) if named else None


def now() -> float:
    """The clock of all stamps."""
    return time.perf_counter()

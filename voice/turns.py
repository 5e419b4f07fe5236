"""Turns whose end is not certain: what they are compared by, and when they are over."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field

from voice.events import CallerTurn, EarlyTurn, Heard, Interim, said_ms
from voice.ports import Agent
from voice.timings import Timeline

_SAME_TURN_MS = 1500
"""How much later a recogniser may put the end of the turn whose probable end it had told."""


def _words(text: str) -> list[str]:
    """What was said, whatever its marks and capitals."""
    return "".join(c if c.isalnum() else " " for c in text.casefold()).split()


@dataclass(slots=True)
class Early:
    """A reply made ready for a turn that may not have ended."""

    turn: EarlyTurn
    since_ms: float
    timeline: Timeline
    sure: asyncio.Event = field(default_factory=asyncio.Event)

    def answers(self, text: str) -> bool:
        """Whether it is the reply to these words."""
        return _words(self.turn.text) == _words(text)

    def taken(self) -> CallerTurn:
        """The turn it would be if it were certain."""
        return CallerTurn(self.turn.text, self.turn.at_ms)


@dataclass(slots=True)
class Unasked:
    """What was heard and not asked yet: turns heard late come one upon the other."""

    _text: str = ""

    def add(self, text: str) -> None:
        """Ask this with what was not asked yet."""
        self._text = f"{self._text} {text}".strip()

    async def ask(self, agent: Agent) -> AsyncGenerator[str, None]:
        """The agent's reply to all of it."""
        text, self._text = self._text, ""
        async with aclosing(agent.respond(text)) as tokens:
            async for token in tokens:
                yield token


def is_same(decided: CallerTurn | None, turn: CallerTurn) -> bool:
    """Whether the end of a turn is told that was not waited for, and so is answered already."""
    if decided is None or _words(decided.text) != _words(turn.text):
        return False
    return turn.ended_ms <= decided.ended_ms + _SAME_TURN_MS


@dataclass(slots=True)
class BeforeKeys:
    """What a caller says and then goes on by pressing keys: it is one turn.

    A recogniser finds the end of the words after the keys were pressed; by then they are asked.
    """

    _words: str = ""
    _until_ms: float = 0.0

    def note(self, event: Heard) -> None:
        """Take what was made out."""
        match event:
            case Interim(text=text) | EarlyTurn(text=text):
                self._words = text
            case CallerTurn():
                self._words = ""

    def with_keys(self, keyed: str, *, fed_ms: float) -> str:
        """The words so far and what the keys say, which were pressed so far into the audio."""
        words, self._words, self._until_ms = self._words, "", fed_ms
        return f"{words.strip()} {keyed}".strip()

    def has_asked(self, event: Heard) -> bool:
        """Whether this was said before the keys."""
        return 0 < said_ms(event) <= self._until_ms


class FalseStart:
    """Gives the floor back when the caller's sound turns out to be no speech.

    Noise that begins again and again takes the floor for twice as long, and not for ever.
    """

    def __init__(self, within_s: float, over: Callable[[], None]) -> None:
        self._within_s = within_s
        self._over = over
        self._since: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    def sound(self) -> None:
        """The caller makes a sound."""
        loop = asyncio.get_running_loop()
        since = loop.time() if self._since is None else self._since
        self.cancel()
        self._since = since
        due = min(loop.time(), since + self._within_s) + self._within_s
        self._timer = loop.call_at(due, self._end)

    def cancel(self) -> None:
        """It was speech, or nobody waits any more."""
        self._since = None
        if self._timer is not None:
            self._timer.cancel()

    def _end(self) -> None:
        self._since = None
        self._over()

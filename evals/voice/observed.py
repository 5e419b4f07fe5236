"""What is seen of one call from outside: who was to be heard when, and what came of it.

Times are milliseconds since the line was opened, on one clock for both sides.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from evals.voice.words import Errors

TurnKind = Literal["plain", "tool", "bridged"]
"""How an answer came: at once, after a tool, or after words that only bridge the wait."""

IntrusionKind = Literal["cuts in", "back-channel", "cough", "side talk"]
"""What a caller does while Sophie speaks. Only who cuts in wants the floor."""

PartKind = Literal["ending", "model", "voice", "own"]
"""Who a caller waits for: the end of turn, the model, the voice, or the service itself."""

_SILENT_MS = 200.0
_SAME_MS = 100.0
"""So soon no recogniser tells of a sound."""


@dataclass(frozen=True, slots=True)
class Spell:
    """A stretch of sound."""

    start_ms: float
    end_ms: float


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a wait."""

    kind: PartKind
    start_ms: float
    end_ms: float


@dataclass(frozen=True, slots=True)
class Turn:
    """Something a caller says, and when Sophie was to be heard after it.

    Attributes:
        said: The words; shown in reports, and always of made-up people.
        stopped_ms: The end of the caller's sound.
        answered_ms: The first sound of Sophie after it; none if the caller had to speak again.
        own_ms: Of the wait, what neither recogniser, model nor voice took.
    """

    number: int
    said: str
    began_ms: float
    stopped_ms: float
    answered_ms: float | None
    kind: TurnKind = "plain"
    own_ms: float | None = None
    parts: tuple[Part, ...] = ()

    @property
    def response_ms(self) -> float | None:
        """How long the caller waited."""
        return None if self.answered_ms is None else self.answered_ms - self.stopped_ms


@dataclass(frozen=True, slots=True)
class Intrusion:
    """A sound of the caller while Sophie speaks.

    Attributes:
        noticed_ms: When the recogniser told of it.
        silent_ms: From then until nothing of Sophie was to be heard; none if she went on.
        paused_ms: How long she was silent before she went on with the same words.
        gave_up: Whether the rest of her words was never said.
    """

    kind: IntrusionKind
    noticed_ms: float
    silent_ms: float | None
    paused_ms: float = 0.0
    gave_up: bool = False


@dataclass(frozen=True, slots=True)
class Cut:
    """A reply that was cut short, in words: played to the caller, and kept in the conversation."""

    played: int
    kept: int


@dataclass(frozen=True, slots=True)
class Observed:
    """One call.

    Attributes:
        name: What the call is of.
        sophie: When Sophie was to be heard, in order.
        caller: When the caller was.
        errors: What came to the agent otherwise than it was said.
        wrong: What the call left undone or did wrongly, in words.
    """

    name: str
    turns: tuple[Turn, ...] = ()
    intrusions: tuple[Intrusion, ...] = ()
    cuts: tuple[Cut, ...] = ()
    sophie: tuple[Spell, ...] = ()
    caller: tuple[Spell, ...] = ()
    ended_ms: float = 0.0
    errors: Errors = field(default_factory=Errors)
    wrong: tuple[str, ...] = ()

    @property
    def dead_air_ms(self) -> float:
        """The longest time in which nobody was to be heard."""
        until = longest = 0.0
        for spell in [*sorted_spells(self.sophie + self.caller), Spell(self.ended_ms, 0.0)]:
            longest = max(longest, spell.start_ms - until)
            until = max(until, spell.end_ms)
        return longest

    @property
    def talked_over(self) -> int:
        """Turns into which Sophie began to speak before the caller was done.

        Who begins in the same moment has interrupted nobody.
        """
        starts = [spell.start_ms for spell in joined(self.sophie)]
        return sum(
            any(turn.began_ms + _SAME_MS < start < turn.stopped_ms for start in starts)
            for turn in self.turns
        )


def sorted_spells(spells: Sequence[Spell]) -> list[Spell]:
    """By their beginnings."""
    return sorted(spells, key=lambda spell: (spell.start_ms, spell.end_ms))


def joined(spells: Sequence[Spell], gap_ms: float = _SILENT_MS) -> Iterator[Spell]:
    """Spells with no more than `gap_ms` between them made one."""
    last: Spell | None = None
    for spell in sorted_spells(spells):
        if last is not None and spell.start_ms - last.end_ms <= gap_ms:
            last = Spell(last.start_ms, max(last.end_ms, spell.end_ms))
            continue
        if last is not None:
            yield last
        last = spell
    if last is not None:
        yield last

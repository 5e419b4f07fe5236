"""One timeline per turn, on one clock: how long the caller waited, and for what."""

from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from dataclasses import asdict, dataclass

HOPS = (
    ("endpointing", "caller_stopped", "turn_committed"),
    ("thinking", "turn_committed", "first_token"),
    ("phrasing", "first_token", "first_clause"),
    ("voicing", "first_clause", "first_voice_byte"),
    ("sending", "first_voice_byte", "first_frame"),
    ("playing", "first_frame", "first_mark_played"),
    ("speaking", "first_mark_played", "last_mark_played"),
)
"""What a turn is made of, in order: its name, and the points it lies between."""


@dataclass(slots=True)
class Timeline:
    """Milliseconds since the line was opened; None where it has not happened.

    Attributes:
        early_begun: When a reply began to be made before the turn was known to have ended.
        early_dropped: When such a reply was last thrown away.
        early_adopted: Whether the reply that was heard is one made ahead.
        interrupted: When the reply fell silent for good, before its end.
        fillers: What was said to bridge the wait.
    """

    turn: int
    caller_stopped: float | None = None
    early_begun: float | None = None
    early_dropped: float | None = None
    early_adopted: bool = False
    turn_committed: float | None = None
    first_token: float | None = None
    first_clause: float | None = None
    first_voice_byte: float | None = None
    first_frame: float | None = None
    first_mark_played: float | None = None
    last_mark_played: float | None = None
    interrupted: float | None = None
    fillers: int = 0

    def stamp(self, event: str, at_ms: float) -> None:
        """Note the first time something happened; `last_mark_played` keeps the latest."""
        if event == "last_mark_played" or getattr(self, event) is None:
            setattr(self, event, round(at_ms, 1))

    def at(self, event: str) -> float | None:
        """When something happened."""
        found: float | None = getattr(self, event)
        return found

    @property
    def hops(self) -> Iterator[tuple[str, float, float]]:
        """What the turn was made of: name, beginning and end.

        A reply made ahead is thought of since it was begun. What came in another order has no
        length and is left out: a filler is voiced before the reply has words.
        """
        for name, begin, end in HOPS:
            early = name == "thinking" and self.early_adopted
            begun, ended = self.at("early_begun" if early else begin), self.at(end)
            if begun is not None and ended is not None and begun <= ended:
                yield name, begun, ended

    def as_dict(self) -> dict[str, float | int | None]:
        """The timeline as JSON shows it."""
        return asdict(self)


@dataclass(slots=True)
class Timings:
    """Fills the timelines of a call.

    Attributes:
        turns: One for each turn that has ended, in order.
    """

    turns: list[Timeline]
    _dropped: Timeline | None = None
    _silent_ms: float | None = None

    def begin(self, *, early_ms: float | None = None) -> Timeline:
        """A reply begins to be made; `early_ms` if the turn is not known to have ended."""
        timeline = Timeline(turn=len(self.turns) + 1)
        if early_ms is not None:
            timeline.stamp("early_begun", early_ms)
        return timeline

    def drop(self, timeline: Timeline, at_ms: float) -> None:
        """A reply made ahead is thrown away; the turn it was for remembers that."""
        timeline.early_dropped = round(at_ms, 1)
        self._dropped = timeline

    def commit(self, timeline: Timeline, at_ms: float, stopped_ms: float | None) -> None:
        """The turn has ended, and this is the reply to it; the caller stopped a while before."""
        timeline.stamp("caller_stopped", at_ms if stopped_ms is None else stopped_ms)
        timeline.stamp("turn_committed", at_ms)
        timeline.early_adopted = timeline.early_begun is not None
        dropped, self._dropped, self._silent_ms = self._dropped, None, None
        if dropped is not None:
            timeline.early_begun = timeline.early_begun or dropped.early_begun
            timeline.early_dropped = dropped.early_dropped
        self.turns.append(timeline)

    def played(self, at_ms: float) -> None:
        """The telephone has played some of the last reply."""
        if self.turns:
            self.turns[-1].stamp("first_mark_played", at_ms)
            self.turns[-1].stamp("last_mark_played", at_ms)

    def silent(self, at_ms: float) -> None:
        """What was being said fell silent; perhaps for a cough only."""
        self._silent_ms = at_ms

    def cut(self, at_ms: float) -> None:
        """The last reply is over before its end: since it fell silent, if it had."""
        if self.turns:
            since = at_ms if self._silent_ms is None else self._silent_ms
            self.turns[-1].stamp("interrupted", since)


async def stamped(
    tokens: AsyncGenerator[str, None], timeline: Timeline, now_ms: Callable[[], float]
) -> AsyncGenerator[str, None]:
    """The same tokens; the first is noted. Closing this closes them."""
    async with aclosing(tokens):
        async for token in tokens:
            timeline.stamp("first_token", now_ms())
            yield token

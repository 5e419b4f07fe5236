"""One timeline per turn, on one clock: how long the caller waited, and for what."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import asdict, dataclass


@dataclass(slots=True)
class Timeline:
    """Milliseconds since the call began; None where it has not happened."""

    turn: int
    caller_stopped: float | None = None
    turn_committed: float | None = None
    first_token: float | None = None
    first_clause: float | None = None
    first_voice_byte: float | None = None
    first_frame: float | None = None
    first_mark_played: float | None = None
    last_mark_played: float | None = None
    interrupted: float | None = None

    def stamp(self, event: str, at_ms: float) -> None:
        """Note the first time something happened; `last_mark_played` keeps the latest."""
        if event == "last_mark_played" or getattr(self, event) is None:
            setattr(self, event, round(at_ms, 1))

    def as_dict(self) -> dict[str, float | int | None]:
        """The timeline as JSON shows it."""
        return asdict(self)


async def stamped(
    tokens: AsyncGenerator[str, None], timeline: Timeline, now_ms: Callable[[], float]
) -> AsyncGenerator[str, None]:
    """The same tokens; the first is noted. Closing this closes them."""
    async with aclosing(tokens):
        async for token in tokens:
            timeline.stamp("first_token", now_ms())
            yield token

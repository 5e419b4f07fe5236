"""What has been said of one reply: clauses in, audio back, and which clause ends where."""

from collections import deque

from voice.deepgram.outbox import BYTES_PER_MS
from voice.ports import Sound

# Kept back until it is known whether a clause ends with it. One telephone frame.
TAIL = 20 * BYTES_PER_MS

# At most 20 flushes in 60 s (https://developers.deepgram.com/docs/tts-ws-flush); a second is
# added for the two clocks.
FLUSHES = 20
WINDOW_S = 61.0
# Beyond this many, a flush is spent only where a reply cannot end without it.
SAVING_FROM = 14


class Flushes:
    """How many flushes a connection has left. No clock."""

    def __init__(self) -> None:
        self._at: deque[float] = deque()

    def wait_s(self, now: float) -> float:
        """How long until another flush may be sent."""
        self._expire(now)
        return 0.0 if len(self._at) < FLUSHES else self._at[0] + WINDOW_S - now

    def to_spare(self, now: float) -> bool:
        """Whether a flush may be sent that only makes things quicker."""
        self._expire(now)
        return len(self._at) < SAVING_FROM

    def sent(self, now: float) -> None:
        """Count one."""
        self._at.append(now)

    def _expire(self, now: float) -> None:
        while self._at and now - self._at[0] >= WINDOW_S:
            self._at.popleft()


class Reply:
    """The clauses of one reply between being sent and being heard back. No I/O.

    A flush closes a group of clauses. The voice says when a group's audio is complete, not where
    in it a clause ends; so the clauses of a group all complete with its last audio.
    """

    def __init__(self) -> None:
        self._open: list[str] = []
        self._groups: deque[list[str]] = deque()
        self._tail = b""

    @property
    def unflushed(self) -> list[str]:
        """Clauses sent since the last flush."""
        return list(self._open)

    @property
    def groups(self) -> list[list[str]]:
        """Clauses flushed whose audio is not complete."""
        return [list(group) for group in self._groups]

    def said(self, clause: str) -> None:
        """A clause is being sent."""
        self._open.append(clause)

    def flushed(self) -> None:
        """A flush is being sent."""
        self._groups.append(self._open)
        self._open = []

    def audio(self, ulaw: bytes) -> Sound | None:
        """Take audio; gives what can be played already."""
        whole = self._tail + ulaw
        self._tail = whole[-TAIL:]
        ready = whole[: -len(self._tail)] if self._tail else b""
        return Sound(ready) if ready else None

    def complete(self) -> list[Sound]:
        """The oldest group's audio is complete; gives its last audio, split over its clauses."""
        if not self._groups:
            return []
        clauses = self._groups.popleft()
        tail, self._tail = self._tail, b""
        if not clauses:
            return [Sound(tail)] if tail else []
        size = len(tail) // len(clauses)
        cuts = [index * size for index in range(len(clauses))] + [len(tail)]
        return [
            Sound(tail[start:end], completes=clause)
            for clause, start, end in zip(clauses, cuts, cuts[1:], strict=False)
        ]

    def restart(self) -> None:
        """Audio of the oldest group is lost; what was kept back goes with it."""
        self._tail = b""

"""How often a voice may be asked to voice what it has. No clock, no I/O."""

from collections import deque

# At most 20 flushes in 60 s (https://developers.deepgram.com/docs/tts-ws-flush), counted for each
# connection; a second is added for the two clocks.
FLUSHES = 20
WINDOW_S = 61.0
# Half is left for the replies that are spoken until another connection is open.
LOW_FROM = 10
# Beyond this many, a flush is spent only where a reply cannot end without it.
SAVING_FROM = 16
# The same where no other connection is to be had: a reply of one flush each 4.5 s lasts for ever.
SAVING_ALONE_FROM = 8


class Flushes:
    """How many flushes a connection has left."""

    def __init__(self) -> None:
        self._at: deque[float] = deque()

    def spent(self, now: float) -> bool:
        """Whether no other flush may be sent yet."""
        return self._recent(now) >= FLUSHES

    def low(self, now: float) -> bool:
        """Whether it is time to have another connection."""
        return self._recent(now) >= LOW_FROM

    def to_spare(self, now: float, *, alone: bool = False) -> bool:
        """Whether a flush may be sent that only makes things quicker.

        Args:
            now: The moment, in seconds.
            alone: No other connection is to be had.
        """
        return self._recent(now) < (SAVING_ALONE_FROM if alone else SAVING_FROM)

    def sent(self, now: float) -> None:
        """Count one."""
        self._at.append(now)

    def _recent(self, now: float) -> int:
        while self._at and now - self._at[0] >= WINDOW_S:
            self._at.popleft()
        return len(self._at)

"""Notices a recogniser that stays connected and has stopped listening. No clock, no I/O.

Flux has been seen to keep a stream open and say nothing more in the middle of a turn
(https://github.com/pipecat-ai/pipecat/issues/5735); a caller would then talk to nobody.
"""

from typing import Literal

from voice.deadair import is_loud
from voice.deepgram.outbox import BYTES_PER_MS

Verdict = Literal["fine", "force", "deaf", "gone"]

STEADY_FROM = 8
"""So many reports of silence, none later than `STEADY_S`, and a gap means something."""
STEADY_S = 0.6
_PAUSE_S = 0.3
_SPOKE_S = 0.25
"""So much sound may be a word."""


class Watch:
    """Judges one connection by what was sent to it since it last said anything.

    Both audio and time must have passed: audio alone may be a file sent at once, time alone a
    silent line.

    Args:
        patience_s: How much of either is too much.
        now: The moment the connection was opened, in seconds.
    """

    def __init__(self, patience_s: float, now: float) -> None:
        self._patience_s = patience_s
        self._since = now
        self._sent_s = 0.0
        self._loud_s = 0.0
        self._quiet_s = 0.0
        self._loud_at = now
        self._after_loud_s = 0.0
        self._spoken = False
        self._idle_updates = 0
        self._forced = False

    def sent(self, ulaw: bytes, now: float) -> None:
        """Count audio that was sent."""
        seconds = len(ulaw) / BYTES_PER_MS / 1000
        self._sent_s += seconds
        if is_loud(ulaw):
            if not self._loud_s:
                self._loud_at = now
            self._loud_s += seconds
            self._quiet_s = 0.0
        else:
            self._quiet_s += seconds
        self._after_loud_s += seconds if self._loud_s else 0.0

    def received(self, now: float, *, idle_update: bool = False) -> None:
        """Take note that the recogniser heard something; `idle_update` while nobody spoke."""
        steady = min(now - self._since, self._sent_s) <= STEADY_S
        self._spoken = True
        self._idle_updates = self._idle_updates * steady + idle_update
        self.forgive(now)

    def forgive(self, now: float) -> None:
        """Start counting anew."""
        self._since, self._sent_s, self._forced = now, 0.0, False
        self._loud_s = self._after_loud_s = 0.0

    @property
    def quiet_ms(self) -> float:
        """How much quiet audio was sent since the last loud piece."""
        return self._quiet_s * 1000

    def verdict(self, now: float, *, in_turn: bool) -> Verdict:
        """Judge.

        Returns:
            "force": the caller has paused in a turn and nothing comes; ask for its end, once.
            "deaf": sound goes in, or silence that used to be reported, and nothing comes back.
            "gone": a turn is open and nothing comes, or it never heard anything at all.
        """
        sent_s = min(now - self._since, self._sent_s)
        if in_turn:
            return self._in_turn(sent_s)
        spoke = self._loud_s >= _SPOKE_S
        unheard_s = min(now - self._loud_at, self._after_loud_s) if spoke else 0.0
        if not self._spoken:
            return "gone" if unheard_s >= self._patience_s else "fine"
        if self._idle_updates >= STEADY_FROM:
            return "deaf" if max(unheard_s, sent_s / 2) >= self._patience_s else "fine"
        # It may be noise, which no recogniser reports: so twice as much time is given.
        return "deaf" if unheard_s >= self._patience_s * 2 else "fine"

    def _in_turn(self, quiet_s: float) -> Verdict:
        if quiet_s >= self._patience_s * 1.5:
            return "gone"
        # A caller who goes on speaking must not be cut off for a hitch of the network.
        if quiet_s >= self._patience_s and self._quiet_s >= _PAUSE_S and not self._forced:
            self._forced = True
            return "force"
        return "fine"

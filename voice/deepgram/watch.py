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
        self._spoken = False
        self._idle_updates = 0
        self._forced = False

    def sent(self, ulaw: bytes) -> None:
        """Count audio that was sent."""
        seconds = len(ulaw) / BYTES_PER_MS / 1000
        self._sent_s += seconds
        if is_loud(ulaw):
            self._loud_s += seconds
            self._quiet_s = 0.0
        else:
            self._quiet_s += seconds

    def received(self, now: float, *, idle_update: bool = False) -> None:
        """Take note that the recogniser heard something; `idle_update` while nobody spoke."""
        steady = min(now - self._since, self._sent_s) <= STEADY_S
        self._spoken = True
        self._idle_updates = self._idle_updates * steady + idle_update
        self.forgive(now)

    def forgive(self, now: float) -> None:
        """Start counting anew."""
        self._since, self._sent_s, self._loud_s, self._forced = now, 0.0, 0.0, False

    def verdict(self, now: float, *, in_turn: bool) -> Verdict:
        """Judge.

        Returns:
            "force": the caller has paused in a turn and nothing comes; ask for its end, once.
            "deaf": sound goes in, or silence that used to be reported, and nothing comes back.
            "gone": a turn is open and nothing comes, or it never heard anything at all.
        """
        passed_s = now - self._since
        if in_turn:
            return self._in_turn(min(passed_s, self._sent_s))
        loud_s = min(passed_s, self._loud_s)
        if not self._spoken:
            return "gone" if loud_s >= self._patience_s else "fine"
        if self._idle_updates >= STEADY_FROM:
            sent_s = min(passed_s, self._sent_s)
            return "deaf" if max(loud_s, sent_s / 2) >= self._patience_s else "fine"
        # It may be noise, which no recogniser reports: so twice as much is needed.
        return "deaf" if loud_s >= self._patience_s * 2 else "fine"

    def _in_turn(self, quiet_s: float) -> Verdict:
        if quiet_s >= self._patience_s * 1.5:
            return "gone"
        # A caller who goes on speaking must not be cut off for a hitch of the network.
        if quiet_s >= self._patience_s and self._quiet_s >= _PAUSE_S and not self._forced:
            self._forced = True
            return "force"
        return "fine"

"""Notices a recogniser that stays connected and has stopped listening. No clock, no I/O.

Flux has been seen to keep a stream open and say nothing more in the middle of a turn
(https://github.com/pipecat-ai/pipecat/issues/5735); a caller would then talk to nobody.
"""

from typing import Literal

from voice.deepgram.outbox import BYTES_PER_MS

Verdict = Literal["fine", "force", "deaf", "gone"]

# 1 for mu-law codes above about -30 dB of full scale, else 0.
_LOUD = bytes(int(((~code & 0x7F) >> 4) >= 3) for code in range(256))


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
        self._spoken = False
        self._chatty = False
        self._forced = False

    def sent(self, ulaw: bytes) -> None:
        """Count audio that was sent."""
        seconds = len(ulaw) / BYTES_PER_MS / 1000
        self._sent_s += seconds
        if sum(ulaw.translate(_LOUD)) * 4 >= len(ulaw):
            self._loud_s += seconds

    def received(self, now: float, *, idle_update: bool = False) -> None:
        """Take note that the recogniser said something; `idle_update` while nobody spoke."""
        self._spoken = True
        self._chatty = self._chatty or idle_update
        self.forgive(now)

    def forgive(self, now: float) -> None:
        """Start counting anew."""
        self._since, self._sent_s, self._loud_s, self._forced = now, 0.0, 0.0, False

    def verdict(self, now: float, *, in_turn: bool) -> Verdict:
        """Judge.

        Returns:
            "force": a turn is open and nothing comes; ask for its end, once.
            "deaf": sound goes in and a recogniser that used to report even silence does not.
            "gone": asking did not help, or it never said anything at all.
        """
        quiet_s = min(now - self._since, self._sent_s)
        if in_turn:
            if quiet_s >= self._patience_s * 1.5:
                return "gone"
            if quiet_s >= self._patience_s and not self._forced:
                self._forced = True
                return "force"
            return "fine"
        if min(now - self._since, self._loud_s) < self._patience_s:
            return "fine"
        if not self._spoken:
            return "gone"
        return "deaf" if self._chatty else "fine"

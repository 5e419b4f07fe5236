"""Says when the line has been silent for too long, and to whom that is owed. No clock, no I/O.

Only what an ear would take for speech ends a silence: Sophie's audio, by the clock and not by the
telephone's marks, which may be lost; the caller's voice; words that were made out.
"""

from dataclasses import dataclass

from voice.manners import Manners
from voice.playback import BYTES_PER_MS

NOISE_MS = 8_000
"""So much sound from the caller without a word made out is noise, and ends no silence."""

UNHEARD_MS = 500
"""So much sound from the caller was meant to be heard."""

_ECHO_MS = 300

# 1 for mu-law codes above about -30 dB of full scale, else 0.
_LOUD = bytes(int(((~code & 0x7F) >> 4) >= 3) for code in range(256))


def is_loud(ulaw: bytes) -> bool:
    """Whether a piece of audio sounds like somebody speaking and not like a line at rest."""
    return sum(ulaw.translate(_LOUD)) * 4 >= len(ulaw) > 0


@dataclass(slots=True)
class DeadAir:
    """The silence of one call. Times are milliseconds since its line was opened."""

    manners: Manners
    _caller_until: float = 0.0
    _words_at: float = 0.0
    _sound_ms: float = 0.0
    _fed_ms: float = 0.0

    def caller(self, ulaw: bytes, *, now_ms: float, ear_until_ms: float) -> None:
        """Take the caller's audio; while the ear hears something, it may be an echo of that."""
        self._fed_ms += len(ulaw) / BYTES_PER_MS
        if not is_loud(ulaw) or now_ms < ear_until_ms + _ECHO_MS:
            return
        self._sound_ms += len(ulaw) / BYTES_PER_MS
        if self._sound_ms < NOISE_MS:
            self._caller_until = now_ms

    def made_out(self, now_ms: float, said_ms: float | None = None) -> None:
        """The caller has words, which were said by then in their own audio, or keys."""
        self._caller_until = max(self._caller_until, self.said_at(now_ms, said_ms))
        self._words_at = now_ms
        self._sound_ms = 0.0

    def said_at(self, now_ms: float, said_ms: float | None) -> float:
        """When words were said that are made out now; without their place in the audio, now."""
        return now_ms if said_ms is None else now_ms - max(0.0, self._fed_ms - said_ms)

    def key(self, now_ms: float) -> None:
        """The caller presses a key, which is to be heard."""
        self._caller_until = now_ms

    @property
    def fed_ms(self) -> float:
        """How much of the caller's audio there has been."""
        return self._fed_ms

    @property
    def unheard(self) -> bool:
        """Whether the caller has spoken since anything of theirs was made out."""
        return self._sound_ms >= UNHEARD_MS

    def since(self, ear_until_ms: float) -> float:
        """Since when nobody has said anything."""
        return max(ear_until_ms, self._caller_until)

    def filler_due(self, ear_until_ms: float, *, filled: int, recorded: bool = True) -> float:
        """When a caller who waits for an answer must hear something, `filled` times told so.

        An answer has its own time to come from when the words were made out, which may be late.
        """
        wait_s = self.manners.still_s if filled else self.manners.filler_s
        begun = max(self.since(ear_until_ms), self._words_at)
        return min(begun + wait_s * 1000, self.nudge_due(ear_until_ms, recorded=recorded))

    def nudge_due(self, ear_until_ms: float, *, recorded: bool = True) -> float:
        """When a caller who is waited for must hear something; sooner if it has to be voiced."""
        wait_s = self.manners.unheard_s if self.unheard else self.manners.silence_s
        if not recorded:
            wait_s = min(wait_s, self.manners.unrecorded_s)
        return self.since(ear_until_ms) + wait_s * 1000

"""How the stand-in recogniser hears somebody who pauses between the parts of what they say.

A part is one stretch of sound; the script writes `three one two | five five five | oh one four two`
and so on. What is made out grows with each of them, and how long a pause ends the turn depends on
how sure the client wants the recogniser to be, as with Flux.
"""

from collections.abc import Callable, Iterator
from typing import Literal

from evals.standins.hearing import (
    BYTES_PER_MS,
    Began,
    Cue,
    Ended,
    Paused,
    Resumed,
    Utterances,
    Words,
    is_sound,
)

WINDOW_MS = 20
MADE_OUT_MS = 120
"""How long after a stretch of sound its words are made out."""
USUAL_SURENESS = 0.7


class DictatedHearing:
    """Hears a part of the next utterance of the script in each stretch of sound.

    Args:
        utterances: What is said.
        silence_ms: How much quiet ends a turn at Flux's usual threshold of 0.7. Half as much does
            at 0.6, twice as much at 0.8; at 1.0 none does. The straight line is made up.
        eager_ms: How much quiet pauses it, where early ends of turn are wanted.
        sureness: The client's threshold just now.
    """

    def __init__(
        self,
        utterances: Utterances,
        *,
        silence_ms: int,
        eager_ms: int | None,
        sureness: Callable[[], float],
    ) -> None:
        self._utterances = utterances
        self._silence_ms, self._eager_ms, self._sureness = silence_ms, eager_ms, sureness
        self._rest = b""
        self._now = self._quiet_ms = 0
        self._parts = 0
        self._text = ""
        self._sounds = self._paused = False

    def feed(self, ulaw: bytes) -> Iterator[Cue]:
        self._rest += ulaw
        size = WINDOW_MS * BYTES_PER_MS
        while len(self._rest) >= size:
            window, self._rest = self._rest[:size], self._rest[size:]
            self._now += WINDOW_MS
            yield from self._sound() if is_sound(window) else self._quiet()

    def end(self) -> Iterator[Cue]:
        if self._text:
            yield from self._done("manual")

    def _sound(self) -> Iterator[Cue]:
        self._quiet_ms = 0
        if self._sounds or self._utterances.next is None:
            return
        self._sounds = True
        if not self._text:
            yield Began(self._now)
        elif self._paused:
            self._paused = False
            yield Resumed(self._text, self._now)

    def _quiet(self) -> Iterator[Cue]:
        self._quiet_ms += WINDOW_MS
        if self._sounds and self._quiet_ms >= MADE_OUT_MS:
            self._sounds = False
            yield self._made_out()
        if not self._text or self._sounds:
            return
        if self._quiet_ms >= self._ends_after_ms():
            yield from self._done("model")
        elif self._eager_ms is not None and not self._paused and self._quiet_ms >= self._eager_ms:
            self._paused = True
            yield Paused(self._text, self._now)

    def _made_out(self) -> Words:
        utterance = self._utterances.next
        assert utterance is not None
        parts = [part.strip() for part in utterance.text.split("|")]
        self._text = f"{self._text} {parts[self._parts]}".strip()
        self._parts += 1
        if self._parts == len(parts):
            self._parts = 0
            self._utterances.said()
        return Words(self._text, self._now)

    def _ends_after_ms(self) -> float:
        sureness = self._sureness()
        if sureness >= 1:
            return float("inf")
        steps = (sureness - USUAL_SURENESS) * 10
        return self._silence_ms * (1 + steps if steps > 0 else max(0.25, 1 + steps / 2))

    def _done(self, trigger: Literal["model", "manual"]) -> Iterator[Cue]:
        text, self._text, self._paused = self._text, "", False
        yield Ended(text, self._now, trigger=trigger)

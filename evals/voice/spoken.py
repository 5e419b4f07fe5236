"""Speech for telephones without people: sound that carries its own words, and an ear for it.

    ▕marker·words▏▔▔▔▔▔tone▔▔▔▔▔▏   silence   ▏▔▔tone▔▔▏   silence ≥ 300 ms
                   words, words …            no words: a cough      end of turn

Unlike `evals.standins.verbatim` it lasts as long as speech does, so that a caller can be cut short,
pause, and be noticed before they are understood.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from evals.standins.hearing import BYTES_PER_MS, Began, Cue, Ended, Paused, Resumed, Words, is_sound
from evals.standins.verbatim import MARKER, verbatim

WORD_MS = 120
"""How long a caller takes for a word: faster than people do, so that a run is over soon."""

SILENCE_MS = 260
EAGER_MS = 120
_ONSET_MS, _WINDOW_MS, _WORDS_EVERY_MS = 40, 20, 250
_USUAL_SURENESS = 0.7
_TONE = (b"\xa0" * 20 + b"\x20" * 20) * 4


def spoken(words: str, pause_ms: int = 0) -> bytes:
    """Somebody saying something; with `pause_ms` they pause at each comma."""
    parts = [part.strip() for part in words.split(",")] if pause_ms else [words]
    quiet = b"\xff" * BYTES_PER_MS * pause_ms
    return quiet.join(_part(part) for part in parts if part)


def noise(ms: int) -> bytes:
    """A sound without words."""
    size = ms * BYTES_PER_MS
    return (_TONE * (size // len(_TONE) + 1))[:size]


def _part(words: str) -> bytes:
    ms = WORD_MS * max(2, len(words.split()))
    spelled = verbatim(words)
    return spelled + noise(ms)[len(spelled) :]


@dataclass(slots=True)
class _Said:
    words: list[str]
    began_ms: int

    def by(self, at_ms: int) -> list[str]:
        return self.words[: max(0, at_ms - self.began_ms) // WORD_MS]


class SpokenHearing:
    """Hears what sounds carry, when it is said; a turn ends with a silence, as with Flux.

    Args:
        sureness: How sure the client wants to be just now. Half the silence ends a turn at 0.6,
            twice as much at 0.8, and none at 1.0; the straight line is made up.
        eager: Whether a client wants early ends of turn.
    """

    def __init__(self, sureness: Callable[[], float], *, eager: bool) -> None:
        self._sureness, self._eager = sureness, eager
        self._rest = b""
        self._heard = bytearray()
        self._now = self._sound_ms = self._quiet_ms = self._told_ms = 0
        self._done: list[str] = []
        self._said: _Said | None = None
        self._paused = False

    def feed(self, ulaw: bytes) -> Iterator[Cue]:
        self._rest += ulaw
        size = _WINDOW_MS * BYTES_PER_MS
        while len(self._rest) >= size:
            window, self._rest = self._rest[:size], self._rest[size:]
            self._now += _WINDOW_MS
            self._spelled(window)
            yield from self._sound() if is_sound(window) else self._quiet()

    def end(self) -> Iterator[Cue]:
        if self._done and self._said is None:
            yield self._ended("manual")

    def _spelled(self, window: bytes) -> None:
        """Read the words that a stretch of sound begins with."""
        self._heard += window
        at = self._heard.find(MARKER)
        if at < 0:
            del self._heard[: -len(MARKER)]
            return
        head = at + len(MARKER) + 2
        size = int.from_bytes(self._heard[head - 2 : head], "big")
        if len(self._heard) < head + size:
            return
        words = bytes(self._heard[head : head + size]).decode("utf-8", "replace")
        del self._heard[: head + size]
        self._said = _Said(words.split(), self._now - _WINDOW_MS)

    def _sound(self) -> Iterator[Cue]:
        self._sound_ms += _WINDOW_MS
        self._quiet_ms = 0
        if self._sound_ms == _ONSET_MS:
            self._told_ms = self._now
            if self._paused:
                self._paused = False
                yield Resumed(" ".join(self._done), self._now)
            elif not self._done:
                yield Began(self._now)
        elif self._said is not None and self._now - self._told_ms >= _WORDS_EVERY_MS:
            self._told_ms = self._now
            words = [*self._done, *self._said.by(self._now)]
            if words:
                yield Words(" ".join(words), self._now)

    def _quiet(self) -> Iterator[Cue]:
        self._sound_ms = 0
        self._quiet_ms += _WINDOW_MS
        if self._said is not None and self._quiet_ms >= 2 * _WINDOW_MS:
            self._done += self._said.words
            self._said = None
            yield Words(" ".join(self._done), self._now)
        if not self._done or self._said is not None:
            return
        if self._quiet_ms >= self._ends_after_ms():
            yield self._ended("model")
        elif self._eager and not self._paused and self._quiet_ms >= EAGER_MS:
            self._paused = True
            yield Paused(" ".join(self._done), self._now)

    def _ends_after_ms(self) -> float:
        sureness = self._sureness()
        if sureness >= 1:
            return float("inf")
        steps = (sureness - _USUAL_SURENESS) * 10
        return SILENCE_MS * (1 + steps if steps > 0 else max(0.25, 1 + steps / 2))

    def _ended(self, trigger: Literal["model", "manual"]) -> Ended:
        words, self._done, self._paused = " ".join(self._done), [], False
        return Ended(words, self._now, trigger=trigger)

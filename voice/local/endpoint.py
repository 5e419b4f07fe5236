"""Where speech begins and ends. No clock, no I/O."""

from dataclasses import dataclass
from typing import Literal

from voice.local.vad import WINDOW_MS
from voice.ports import Expectation

# Numbers, names and addresses are dictated with pauses.
DICTATED: frozenset[Expectation] = frozenset(
    {"phone", "vin", "plate", "name", "address", "birth_date"}
)
SILENCE_MS = 500
DICTATED_SILENCE_MS = 1000
LONGEST_MS = 20_000


def silence_for(expected: Expectation) -> int:
    """How long a silence ends the answer to this question, in ms."""
    return DICTATED_SILENCE_MS if expected in DICTATED else SILENCE_MS


@dataclass(frozen=True, slots=True)
class Edge:
    """Speech began or ended at a moment of the caller's audio."""

    kind: Literal["began", "ended"]
    at_ms: int


@dataclass(slots=True)
class Endpointer:
    """Takes the probability of speech of each window of 32 ms, and finds the edges.

    Two likely windows in a row are speech; `silence_ms` of unlikely ones after it end it. Between
    the two thresholds nothing changes, so a wavering detector does not chop words.
    """

    silence_ms: int = SILENCE_MS
    onset: float = 0.5
    offset: float = 0.35
    confirm_windows: int = 2
    _at_ms: int = 0
    _likely: int = 0
    _began_ms: int | None = None
    _last_speech_ms: int = 0

    @property
    def speaking(self) -> bool:
        return self._began_ms is not None

    @property
    def silent_ms(self) -> int:
        """How long the caller has been silent since the last likely window."""
        return self._at_ms - self._last_speech_ms

    def push(self, probability: float) -> Edge | None:
        """Take the next window; the edge it makes certain, if any."""
        self._at_ms += WINDOW_MS
        if self._began_ms is None:
            return self._quiet(probability)
        return self._speech(probability, self._began_ms)

    def _quiet(self, probability: float) -> Edge | None:
        self._likely = self._likely + 1 if probability >= self.onset else 0
        if self._likely < self.confirm_windows:
            return None
        self._began_ms = self._at_ms - self._likely * WINDOW_MS
        self._last_speech_ms = self._at_ms
        return Edge("began", self._began_ms)

    def _speech(self, probability: float, began_ms: int) -> Edge | None:
        if probability >= self.offset:
            self._last_speech_ms = self._at_ms
        if self.silent_ms < self.silence_ms and self._at_ms - began_ms < LONGEST_MS:
            return None
        return self.end()

    def end(self) -> Edge:
        """The speech is over, however short the silence after it."""
        self._began_ms = None
        self._likely = 0
        return Edge("ended", self._last_speech_ms)

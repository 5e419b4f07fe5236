"""How the stand-in recogniser hears: mu-law in, cues out, all in audio time.

    Began → Words* → [Paused → (Resumed → Words*)]* → Ended

Nothing is recognised. What was said comes from a script, or from the audio bytes themselves; when
it was said comes from the script, from the loudness of the audio, or from where the bytes stand.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol

from pydantic import ConfigDict

from evals.standins.script import STRICT

BYTES_PER_MS = 8
WORDS_EVERY_MS = 250

HearsBy = Literal["energy", "dictated", "verbatim", "timed"]


@dataclass(frozen=True, slots=True)
class Utterance:
    """Something the caller says.

    Attributes:
        text: The transcript.
        after_ms: For timed hearing, the silence before it, since the last one ended.
        for_ms: For timed hearing, how long it takes to say.
        confidence: How sure the recogniser is, 0 to 1.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    text: str
    after_ms: int = 500
    for_ms: int = 1000
    confidence: float = 0.98


@dataclass(frozen=True, slots=True)
class Began:
    """Speech has started."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class Words:
    """What is made out so far."""

    text: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Paused:
    """The speaker may be done."""

    text: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Resumed:
    """The speaker was not done."""

    text: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The speaker is done."""

    text: str
    at_ms: int
    confidence: float = 0.98
    trigger: Literal["model", "manual", "timeout"] = "model"


Cue = Began | Words | Paused | Resumed | Ended


class Utterances:
    """What one caller says, in order; several connections of one call share it."""

    def __init__(self, utterances: tuple[Utterance, ...]) -> None:
        self._left = deque(utterances)

    @property
    def next(self) -> Utterance | None:
        """The utterance being said, or to be said next."""
        return self._left[0] if self._left else None

    def said(self) -> None:
        """Go on to the one after."""
        self._left.popleft()


class Hearing(Protocol):
    """Turns one connection's audio into cues."""

    def feed(self, ulaw: bytes) -> Iterator[Cue]:
        """Take the next audio."""

    def end(self) -> Iterator[Cue]:
        """End the turn now, whatever the audio says."""


class _Speech:
    """One utterance while it is being said."""

    def __init__(self, utterance: Utterance, began_ms: int) -> None:
        self.utterance = utterance
        self.began_ms = began_ms
        self._words = utterance.text.split()
        self._next_ms = began_ms + WORDS_EVERY_MS

    def so_far(self, at_ms: int) -> str:
        """The words said by now: one about every 250 ms, never quite all."""
        count = (at_ms - self.began_ms) // WORDS_EVERY_MS
        return " ".join(self._words[: min(count, len(self._words) - 1)])

    def words(self, at_ms: int) -> Iterator[Cue]:
        """A further interim result, when it is time for one."""
        if at_ms >= self._next_ms:
            self._next_ms += WORDS_EVERY_MS
            yield Words(self.so_far(at_ms), at_ms)

    def ended(self, at_ms: int, trigger: Literal["model", "manual"] = "model") -> Ended:
        """The whole of it."""
        return Ended(self.utterance.text, at_ms, self.utterance.confidence, trigger)


class TimedHearing:
    """Hears the script at the script's own times, whatever the audio is."""

    def __init__(self, utterances: Utterances) -> None:
        self._utterances = utterances
        self._bytes = 0
        self._idle_since = 0
        self._speech: _Speech | None = None

    def feed(self, ulaw: bytes) -> Iterator[Cue]:
        before = self._bytes // BYTES_PER_MS
        self._bytes += len(ulaw)
        for now in range(before + 1, self._bytes // BYTES_PER_MS + 1):
            yield from self._at(now)

    def end(self) -> Iterator[Cue]:
        if self._speech is not None:
            yield self._done(self._bytes // BYTES_PER_MS, "manual")

    def _at(self, now: int) -> Iterator[Cue]:
        due = self._utterances.next
        if self._speech is None:
            if due is not None and now - self._idle_since >= due.after_ms:
                self._speech = _Speech(due, now)
                yield Began(now)
        elif now - self._speech.began_ms >= self._speech.utterance.for_ms:
            yield self._done(now, "model")
        else:
            yield from self._speech.words(now)

    def _done(self, now: int, trigger: Literal["model", "manual"]) -> Ended:
        assert self._speech is not None
        ended = self._speech.ended(now, trigger)
        self._speech, self._idle_since = None, now
        self._utterances.said()
        return ended


def _magnitude(code: int) -> int:
    """The 16-bit size of a mu-law sample (ITU-T G.711)."""
    inverted = ~code & 0x7F
    return (((inverted & 0x0F) << 3) + 0x84 << (inverted >> 4)) - 0x84


_MAGNITUDES = [_magnitude(code) for code in range(256)]


def is_sound(window: bytes, loud: int = 300) -> bool:
    """Whether a piece of mu-law is sound: its mean sample size is at least `loud`."""
    return sum(_MAGNITUDES[code] for code in window) >= loud * len(window)


class EnergyHearing:
    """Hears the next utterance of the script in each stretch of sound between silences.

    Args:
        utterances: What is said.
        silence_ms: How much quiet ends a turn.
        eager_ms: How much quiet pauses it, where early ends of turn are wanted.
        loud: The mean sample size from which a 20 ms window is sound.
        onset_ms: How much sound starts a turn.
    """

    WINDOW_MS = 20

    def __init__(
        self,
        utterances: Utterances,
        *,
        silence_ms: int = 200,
        eager_ms: int | None = None,
        loud: int = 300,
        onset_ms: int = 40,
    ) -> None:
        self._utterances = utterances
        self._silence_ms, self._eager_ms = silence_ms, eager_ms
        self._loud, self._onset_ms = loud, onset_ms
        self._rest = b""
        self._now = self._sound_ms = self._quiet_ms = 0
        self._speech: _Speech | None = None
        self._paused = False

    def feed(self, ulaw: bytes) -> Iterator[Cue]:
        self._rest += ulaw
        size = self.WINDOW_MS * BYTES_PER_MS
        while len(self._rest) >= size:
            window, self._rest = self._rest[:size], self._rest[size:]
            self._now += self.WINDOW_MS
            if is_sound(window, self._loud):
                yield from self._sound()
            else:
                yield from self._quiet()

    def end(self) -> Iterator[Cue]:
        if self._speech is not None:
            yield self._done("manual")

    def _sound(self) -> Iterator[Cue]:
        self._sound_ms += self.WINDOW_MS
        self._quiet_ms = 0
        due = self._utterances.next
        if self._speech is None and due is not None and self._sound_ms >= self._onset_ms:
            self._speech = _Speech(due, self._now)
            yield Began(self._now)
        elif self._speech is not None and self._paused:
            self._paused = False
            yield Resumed(self._speech.so_far(self._now), self._now)
        elif self._speech is not None:
            yield from self._speech.words(self._now)

    def _quiet(self) -> Iterator[Cue]:
        self._sound_ms = 0
        self._quiet_ms += self.WINDOW_MS
        if self._speech is None:
            return
        if self._quiet_ms >= self._silence_ms:
            yield self._done("model")
        elif self._eager_ms is not None and not self._paused and self._quiet_ms >= self._eager_ms:
            self._paused = True
            yield Paused(self._speech.utterance.text, self._now)

    def _done(self, trigger: Literal["model", "manual"]) -> Ended:
        assert self._speech is not None
        ended = self._speech.ended(self._now, trigger)
        self._speech, self._paused = None, False
        self._utterances.said()
        return ended

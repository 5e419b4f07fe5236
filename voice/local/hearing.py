"""One call's ear: mu-law frames in, what was heard out. Runs in the recogniser's process."""

import re
from collections import deque
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from pocketsphinx import Decoder

from voice import ulaw
from voice.endpointing import pause_ms
from voice.events import CallerTurn, Heard, Interim, SpeechStarted
from voice.local.endpoint import Endpointer, silence_for
from voice.local.language import EXPECTATIONS, Language
from voice.local.pronounce import acoustic_model
from voice.local.resample import Doubler, rounded
from voice.local.vad import WINDOW, WINDOW_MS, detector
from voice.ports import Expectation

PRE_ROLL_WINDOWS = 10  # 320 ms, so that the first sound is not cut
INTERIM_WINDOWS = 8  # at most four interim texts a second
DRAFT_MS = 250  # of silence: the words are made out while the rest of the silence is awaited
# The telephone carries nothing above 4 kHz, where the acoustic model expects breath and hiss: a
# whisper of noise there halved the word errors of the weaker voices (docs/voice.md).
HISS = 40.0

_NOISE = re.compile(r"\(\d+\)|<[^>]*>|\[[^\]]*\]|\+\+[^+]*\+\+")
_HALF_DAY = re.compile(r"\b([ap]) m\b")


def tidy(hypothesis: str) -> str:
    """The words of a hypothesis: no marks for noise, silence or second pronunciations."""
    words = " ".join(_NOISE.sub(" ", hypothesis).split())
    return _HALF_DAY.sub(r"\1m", words)


class Hearing:
    """A seat: everything one call needs to be heard, used by one call after another."""

    def __init__(self, language: Language) -> None:
        self._decoder = Decoder(
            hmm=str(acoustic_model()), dict=str(language.dictionary), lm=None, loglevel="FATAL"
        )
        for expected in EXPECTATIONS:
            self._decoder.add_lm_file(expected, str(language.model(expected)))
        self._untouched = self._decoder.get_cmn(False)
        self._detector = detector()
        self._open = False
        self.reset()

    def reset(self) -> None:
        """Forget the call and make ready for another."""
        self._stop()
        self._decoder.set_cmn(self._untouched)
        self._detector.reset()
        self._expected: Expectation = "open"
        self._endpointer = Endpointer()
        self._double = Doubler()
        self._hiss = np.random.default_rng(0)
        self._waiting = b""
        self._recent: deque[bytes] = deque(maxlen=PRE_ROLL_WINDOWS)
        self._at_ms = 0
        self._said: list[bytes] = []
        self._draft: str | None = None
        self._spoken_windows = 0
        self._last_interim = ""

    def expect(self, expected: Expectation) -> None:
        """Listen for this from the next words on; what is being said is not disturbed."""
        self._expected = expected
        self._endpointer.silence_ms = silence_for(expected)

    def feed(self, frame: bytes) -> Iterator[Heard]:
        """Take the caller's next audio, of any length."""
        self._waiting += frame
        while len(self._waiting) >= WINDOW:
            window, self._waiting = self._waiting[:WINDOW], self._waiting[WINDOW:]
            yield from self._take(ulaw.decode(window))

    def _take(self, samples: NDArray[np.int16]) -> Iterator[Heard]:
        self._at_ms += WINDOW_MS
        edge = self._endpointer.push(self._detector.probability(samples))
        self._recent.append(self._wide(samples))
        if edge is None:
            if self._endpointer.speaking:
                yield from self._go_on()
        elif edge.kind == "began":
            yield SpeechStarted(edge.at_ms)
            self._said = list(self._recent)
            self._draft = None
            self._spoken_windows = 0
            self._listen(self._said)
        else:
            text = self._draft if self._draft is not None else self._transcribe()
            if text:
                yield CallerTurn(text, edge.at_ms)

    def _go_on(self) -> Iterator[Heard]:
        self._said.append(self._recent[-1])
        if self._endpointer.silent_ms >= DRAFT_MS:
            if self._draft is None:
                self._draft = self._transcribe()
            pause = pause_ms(self._draft, self._expected)
            if pause is not None and self._endpointer.silent_ms >= pause:
                yield CallerTurn(self._draft, self._endpointer.end().at_ms)
            return
        if self._draft is not None:  # the caller only paused
            self._draft = None
            self._listen(self._said)
        else:
            self._decoder.process_raw(self._recent[-1], False, False)
        self._spoken_windows += 1
        if self._spoken_windows % INTERIM_WINDOWS == 0:
            text = self._text()
            if text and text != self._last_interim:
                self._last_interim = text
                yield Interim(text, self._at_ms)

    def _wide(self, samples: NDArray[np.int16]) -> bytes:
        wide = self._double(samples)
        wide += self._hiss.normal(0, HISS, len(wide))
        return rounded(wide).tobytes()

    def _listen(self, said: list[bytes]) -> None:
        """Begin to decode as the audio comes, for the interim texts."""
        self._decoder.activate_search(self._expected)
        self._decoder.start_utt()
        self._open = True
        self._last_interim = ""
        self._decoder.process_raw(b"".join(said), False, False)

    def _transcribe(self) -> str:
        """Decode all of what was said once more, now that its mean spectrum is known.

        The caller's line and voice shift every spectrum; taking the mean of the whole away, not
        of what came before, makes half the errors on the first words of a call.
        """
        self._stop()
        self._decoder.activate_search(self._expected)
        self._decoder.start_utt()
        self._decoder.process_raw(b"".join(self._said), False, True)
        self._decoder.end_utt()
        return self._text()

    def _stop(self) -> None:
        if self._open:
            self._decoder.end_utt()
            self._open = False

    def _text(self) -> str:
        hypothesis = self._decoder.hyp()
        return tidy(hypothesis.hypstr) if hypothesis else ""

"""Nova behind `voice.ports.Ears`: results in pieces, from which turns are put together.

Messages: https://developers.deepgram.com/reference/speech-to-text/listen-streaming
"""

from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any

from deepgram.listen.v1.types import ListenV1Configure

from voice.deepgram import fields
from voice.deepgram.changes import Changes
from voice.deepgram.client import Deepgram
from voice.deepgram.dialect import Acknowledged, Report
from voice.deepgram.keyterms import keyterms
from voice.events import CallerTurn, Interim, SpeechStarted
from voice.ports import Expectation

ENDPOINTING_MS = 300
UTTERANCE_END_MS = 1000

# Said in pieces, so a short silence ends nothing.
DICTATED: frozenset[Expectation] = frozenset(
    {"name", "phone", "vin", "plate", "birth_date", "address"}
)


class Nova:
    """The dialect of `/v1/listen`.

    A turn ends with `speech_final`; while something is dictated, with the longer silence of
    `UtteranceEnd`. Keyterms exist for Nova-3 only.
    """

    def __init__(self, deepgram: Deepgram, model: str, words: tuple[str, ...], tag: str) -> None:
        self._deepgram = deepgram
        self._model = model
        self._words = words
        self._tag = tag
        self.changes = Changes(self._terms(words))
        self._dictated = False
        self._said: list[str] = []
        self._sure: list[float] = []
        self._at_ms = 0

    def connect(self) -> AbstractAsyncContextManager[Any]:
        """Open a stream with the settings wanted by now."""
        terms = self.changes.connecting()
        self._said.clear()
        self._sure.clear()
        self._at_ms = 0
        stream: AbstractAsyncContextManager[Any] = self._deepgram.sdk.listen.v1.connect(
            model=self._model,
            encoding="mulaw",
            sample_rate=8000,
            interim_results=True,
            vad_events=True,
            smart_format=True,
            endpointing=ENDPOINTING_MS,
            utterance_end_ms=UTTERANCE_END_MS,
            keyterm=list(terms) or None,
            tag=self._tag,
        )
        return stream

    def take(self, message: Any) -> Iterator[Report]:
        """Say what a message means; nothing, for a message not known."""
        kind = fields.kind(message)
        if kind == "Results":
            yield from self._results(message)
        elif kind == "SpeechStarted":
            yield SpeechStarted(fields.ms(message, "timestamp"))
        elif kind == "UtteranceEnd":
            # A turn that `speech_final` has ended leaves nothing to say here.
            yield from self._end(fields.ms(message, "last_word_end") or self._at_ms)
        elif kind in {"ConfigureSuccess", "ConfigureFailure"}:
            yield Acknowledged(kind == "ConfigureSuccess")

    def _results(self, results: Any) -> Iterator[Report]:
        heard = next(iter(fields.items(getattr(results, "channel", None), "alternatives")), None)
        text = fields.text(heard, "transcript")
        self._at_ms = at_ms = fields.ms(results, "start") + fields.ms(results, "duration")
        is_final = getattr(results, "is_final", None)
        if is_final and text:
            self._said.append(text)
            self._sure.append(fields.confidence(heard) or 0.0)
        so_far = [*self._said, *([] if is_final else [text])]
        yield Interim(" ".join(so_far).strip(), at_ms)
        forced = getattr(results, "from_finalize", None)
        if forced or (getattr(results, "speech_final", None) and not self._dictated):
            yield from self._end(at_ms)

    def _end(self, at_ms: int) -> Iterator[Report]:
        if self._said:
            sure = sum(self._sure) / len(self._sure)
            yield CallerTurn(" ".join(self._said), at_ms, sure)
            self._said.clear()
            self._sure.clear()

    def expect(self, expected: Expectation, phrases: tuple[str, ...]) -> None:
        """Want the settings that suit what the caller was asked."""
        self._dictated = expected in DICTATED
        self.changes.wanted = self._terms(phrases, self._words)

    async def tell(self, socket: Any) -> None:
        """Ask for the settings wanted."""
        terms = self.changes.asking()
        await socket.send_configure(ListenV1Configure(keyterms=list(terms)))

    async def force_end(self, socket: Any) -> None:
        """Ask for the end of the turn, whatever was heard of it."""
        await socket.send_finalize()

    def _terms(self, *lists: tuple[str, ...]) -> tuple[str, ...]:
        return keyterms(*lists) if self._model.startswith("nova-3") else ()

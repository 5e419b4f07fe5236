"""Cues as Deepgram says them: Flux on `/v2/listen`, Nova on `/v1/listen`.

Shapes: https://developers.deepgram.com/reference/speech-to-text/listen-flux and …/listen-streaming.
"""

import uuid
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from evals.standins.hearing import Began, Cue, Ended, Paused, Resumed, Words

Json = dict[str, Any]

THRESHOLDS = {
    "eot_threshold": (0.5, 1.0),
    "eager_eot_threshold": (0.3, 0.9),
    "eot_timeout_ms": (500, 60_000),
}
UPDATE_EVERY_MS = 250


class BadRequest(Exception):
    """A query the handshake refuses; the message says why."""


class Dialect(Protocol):
    """One connection's side of the protocol, without the socket."""

    def opened(self) -> Iterator[Json]:
        """What is said first."""

    def cue(self, cue: Cue) -> Iterator[Json]:
        """Say what was heard."""

    def passed(self, at_ms: int) -> Iterator[Json]:
        """Say that audio has been listened to, up to here."""

    def configured(self, message: Json) -> Json:
        """Take a Configure message and answer it."""

    def closing(self, at_ms: int) -> Iterator[Json]:
        """What is said last."""


class Flux:
    """`/v2/listen`: turns."""

    def __init__(self, query: Mapping[str, list[str]]) -> None:
        if not query.get("model", [""])[0].startswith("flux-"):
            raise BadRequest("model: /v2/listen takes Flux models only")
        _telephone(query)
        self._thresholds: Json = {"eot_threshold": 0.7, "eot_timeout_ms": 5000}
        given = {name: float(query[name][0]) for name in THRESHOLDS if name in query}
        self._thresholds |= _in_range(given)
        self._keyterms = list(query.get("keyterm", ()))
        self._request_id = str(uuid.uuid4())
        self._sequence = -1
        self._turn = 0
        self._started_ms = 0
        self._in_turn = False
        self._text = ""
        self._updated_ms = 0

    @property
    def eager(self) -> bool:
        """Whether early ends of turn were asked for."""
        return "eager_eot_threshold" in self._thresholds

    @property
    def sureness(self) -> float:
        """How sure the client wants it to be that a turn has ended."""
        return float(self._thresholds["eot_threshold"])

    def opened(self) -> Iterator[Json]:
        yield self._message("Connected")

    def cue(self, cue: Cue) -> Iterator[Json]:
        if isinstance(cue, Began):
            if not self._in_turn:
                self._in_turn, self._started_ms, self._text = True, cue.at_ms, ""
                yield self._info("StartOfTurn", cue.at_ms)
            return
        self._text = cue.text
        if isinstance(cue, Words):
            yield self._info("Update", cue.at_ms)
        elif isinstance(cue, Paused) and self.eager:
            yield self._info("EagerEndOfTurn", cue.at_ms, sure=0.5)
        elif isinstance(cue, Resumed) and self.eager:
            yield self._info("TurnResumed", cue.at_ms)
        elif isinstance(cue, Ended):
            yield from self._ended(cue)

    def _ended(self, cue: Ended) -> Iterator[Json]:
        yield self._info(
            "EndOfTurn", cue.at_ms, sure=0.9, trigger=cue.trigger, confidence=cue.confidence
        )
        self._turn += 1
        self._in_turn, self._text, self._started_ms = False, "", cue.at_ms

    def passed(self, at_ms: int) -> Iterator[Json]:
        if at_ms - self._updated_ms >= UPDATE_EVERY_MS:
            yield self._info("Update", at_ms)

    def configured(self, message: Json) -> Json:
        try:
            self._thresholds |= _in_range(message.get("thresholds") or {})
        except BadRequest as exc:
            return self._message(
                "ConfigureFailure",
                request_id=self._request_id,
                code="INVALID_CONFIGURE",
                description=str(exc),
            )
        if message.get("keyterms") is not None:
            self._keyterms = list(message["keyterms"])
        return self._message(
            "ConfigureSuccess", thresholds=dict(self._thresholds), keyterms=list(self._keyterms)
        )

    def closing(self, at_ms: int) -> Iterator[Json]:
        yield from ()

    def fatal(self, code: str, description: str) -> Json:
        """The error that ends the stream."""
        return self._message("Error", code=code, description=description)

    def _info(
        self,
        event: str,
        at_ms: int,
        *,
        sure: float = 0.05,
        confidence: float = 0.98,
        trigger: str | None = None,
    ) -> Json:
        self._updated_ms = at_ms
        words = [{"word": word, "confidence": confidence} for word in self._text.split()]
        fields = {"trigger": trigger} if trigger else {}
        return self._message(
            "TurnInfo",
            event=event,
            turn_index=self._turn,
            audio_window_start=self._started_ms / 1000,
            audio_window_end=at_ms / 1000,
            transcript=self._text,
            words=words,
            end_of_turn_confidence=sure,
            **fields,
        )

    def _message(self, kind: str, **fields: Any) -> Json:
        self._sequence += 1
        named = {"request_id": self._request_id, "sequence_id": self._sequence}
        return {"type": kind} | named | fields


class Nova:
    """`/v1/listen`: results, with the end of speech marked on them."""

    FINAL_WORDS = 8
    eager = False
    sureness = 0.7

    def __init__(self, query: Mapping[str, list[str]]) -> None:
        if query.get("model", [""])[0].startswith("flux-"):
            raise BadRequest("model: Flux is served on /v2/listen")
        _telephone(query)
        self._model = query["model"][0] if "model" in query else "base"
        self._interim = query.get("interim_results") == ["true"]
        self._vad = query.get("vad_events") == ["true"]
        self._utterance_end = "utterance_end_ms" in query
        self._request_id = str(uuid.uuid4())
        self._started_ms = 0

    def opened(self) -> Iterator[Json]:
        yield from ()

    def cue(self, cue: Cue) -> Iterator[Json]:
        if isinstance(cue, Began):
            self._started_ms = cue.at_ms
            if self._vad:
                yield {"type": "SpeechStarted", "channel": [0], "timestamp": cue.at_ms / 1000}
        elif isinstance(cue, Words) and self._interim:
            yield self._results(cue.text, cue.at_ms)
        elif isinstance(cue, Ended):
            yield from self._ended(cue)

    def _ended(self, cue: Ended) -> Iterator[Json]:
        words = cue.text.split()
        while len(words) > self.FINAL_WORDS:
            part, words = words[: self.FINAL_WORDS], words[self.FINAL_WORDS :]
            yield self._results(" ".join(part), cue.at_ms, final=True, sure=cue.confidence)
        manual = cue.trigger == "manual"
        yield self._results(
            " ".join(words), cue.at_ms, final=True, ends=True, manual=manual, sure=cue.confidence
        )
        if self._utterance_end:
            yield {
                "type": "UtteranceEnd",
                "channel": [0, 1],
                "last_word_end": cue.at_ms / 1000,
            }

    def passed(self, at_ms: int) -> Iterator[Json]:
        yield from ()

    def configured(self, message: Json) -> Json:
        named: Json = {"request_id": self._request_id}
        if not self._model.startswith("nova-3"):
            return named | {
                "type": "ConfigureFailure",
                "code": "CONFIGURE_KEYTERMS_NOT_SUPPORTED",
                "description": "this model does not support keyterms",
            }
        keyterms = message.get("keyterms")
        changed = {} if keyterms is None else {"keyterms": keyterms}
        return named | {"type": "ConfigureSuccess"} | changed

    def closing(self, at_ms: int) -> Iterator[Json]:
        yield {
            "type": "Metadata",
            "transaction_key": "deprecated",
            "request_id": self._request_id,
            "sha256": "0" * 64,
            "created": "2026-01-01T00:00:00.000Z",
            "duration": at_ms / 1000,
            "channels": 1,
        }

    def _results(
        self,
        text: str,
        at_ms: int,
        *,
        final: bool = False,
        ends: bool = False,
        manual: bool = False,
        sure: float = 0.9,
    ) -> Json:
        start, end = self._started_ms / 1000, at_ms / 1000
        words = [
            {"word": word, "start": start, "end": end, "confidence": sure} for word in text.split()
        ]
        return {
            "type": "Results",
            "channel_index": [0, 1],
            "duration": end - start,
            "start": start,
            "is_final": final,
            "speech_final": ends,
            "from_finalize": manual,
            "channel": {"alternatives": [{"transcript": text, "confidence": sure, "words": words}]},
            "metadata": {
                "request_id": self._request_id,
                "model_info": {"name": self._model, "version": "standin", "arch": "nova-3"},
                "model_uuid": str(uuid.UUID(int=0)),
            },
        }


def _telephone(query: Mapping[str, list[str]]) -> None:
    if query.get("encoding") != ["mulaw"] or query.get("sample_rate") != ["8000"]:
        raise BadRequest("encoding, sample_rate: the stand-in hears mulaw at 8000 only")


def _in_range(given: Json) -> Json:
    for name, value in given.items():
        if name not in THRESHOLDS:
            raise BadRequest(f"{name}: there is no such threshold")
        low, high = THRESHOLDS[name]
        if not isinstance(value, int | float) or not low <= value <= high:
            raise BadRequest(f"{name}: expected a value between {low} and {high}")
    return given

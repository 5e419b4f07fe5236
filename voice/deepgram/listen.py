"""Deepgram's recognisers behind `voice.ports.Ears`. Flux decides itself when a turn is over.

Messages: https://developers.deepgram.com/reference/speech-to-text/listen-flux
"""

from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from voice.deepgram import fields
from voice.deepgram.changes import Changes
from voice.deepgram.client import Deepgram
from voice.deepgram.dialect import Acknowledged, Dialect, Failed, Report
from voice.deepgram.keyterms import keyterms
from voice.deepgram.listener import Listener
from voice.deepgram.nova import Nova
from voice.events import CallerTurn, EarlyTurn, Interim, Resumed, SpeechStarted
from voice.ports import Expectation


@dataclass(frozen=True, slots=True)
class Patience:
    """How sure Flux must be that the caller is done, and how long it may wait for more.

    Attributes:
        eager: How sure it must be that the reply may be made ready. At most `eot_threshold`.
    """

    eot_threshold: float
    eot_timeout_ms: int
    eager: float


CONVERSATION = Patience(0.7, 5000, 0.5)
SHORT = Patience(0.6, 3000, 0.4)
# Names and numbers are said in pieces; Deepgram itself advises more patience for them
# (https://developers.deepgram.com/docs/flux/configure).
DICTATION = Patience(0.85, 6000, 0.8)
# What is known by its length to be whole is ended by the count (voice/endpointing.py).
COUNTING = Patience(0.9, 6000, 0.85)

# How long each may say nothing while it is spoken to. Flux reports about every quarter of a second
# of audio, Nova's interim results come about every second.
FLUX_PATIENCE_S = 0.8
NOVA_PATIENCE_S = 2.0

PATIENCE: dict[Expectation, Patience] = {
    "yes_no": SHORT,
    "name": DICTATION,
    "phone": COUNTING,
    "vin": COUNTING,
    "plate": COUNTING,
    "birth_date": COUNTING,
    "address": DICTATION,
}


@dataclass(frozen=True, slots=True)
class _Settings:
    patience: Patience
    keyterms: tuple[str, ...]


class Flux:
    """The dialect of `/v2/listen`."""

    def __init__(
        self,
        deepgram: Deepgram,
        model: str,
        words: tuple[str, ...],
        tag: str,
        *,
        eager: bool = False,
    ) -> None:
        self._deepgram = deepgram
        self._model = model
        self._words = words
        self._tag = tag
        self._eager = eager
        self.changes = Changes(_Settings(CONVERSATION, keyterms(words)))

    def connect(self) -> AbstractAsyncContextManager[Any]:
        """Open a stream with the settings wanted by now."""
        settings = self.changes.connecting()
        stream: AbstractAsyncContextManager[Any] = self._deepgram.sdk.listen.v2.connect(
            model=self._model,
            encoding="mulaw",
            sample_rate=8000,
            eager_eot_threshold=settings.patience.eager if self._eager else None,
            eot_threshold=settings.patience.eot_threshold,
            eot_timeout_ms=settings.patience.eot_timeout_ms,
            keyterm=list(settings.keyterms) or None,
            tag=self._tag,
        )
        return stream

    def take(self, message: Any) -> Iterator[Report]:
        """Say what a message means; nothing, for a message not known."""
        # The SDK's classes need not match the type.
        kind = fields.kind(message)
        if kind == "TurnInfo":
            yield from _turn(message)
        elif kind in {"ConfigureSuccess", "ConfigureFailure"}:
            yield Acknowledged(kind == "ConfigureSuccess")
        elif kind == "Error":
            yield Failed(fields.text(message, "code"))

    def expect(self, expected: Expectation, phrases: tuple[str, ...]) -> None:
        """Want the settings that suit what the caller was asked."""
        patience = PATIENCE.get(expected, CONVERSATION)
        self.changes.wanted = _Settings(patience, keyterms(phrases, self._words))

    async def tell(self, socket: Any) -> None:
        """Ask for the settings wanted."""
        wanted = self.changes.asking()
        patience = wanted.patience
        await socket.send_configure(
            {
                "type": "Configure",
                "thresholds": {
                    **({"eager_eot_threshold": patience.eager} if self._eager else {}),
                    "eot_threshold": patience.eot_threshold,
                    "eot_timeout_ms": patience.eot_timeout_ms,
                },
                "keyterms": list(wanted.keyterms),
            }
        )

    async def force_end(self, socket: Any) -> None:
        """Ask for the end of the turn, whatever was heard of it."""
        await socket.send_force_end_turn()


def _turn(info: Any) -> Iterator[Report]:
    at_ms = fields.ms(info, "audio_window_end")
    text = fields.text(info, "transcript")
    event = fields.text(info, "event")
    if event == "StartOfTurn":
        started = getattr(info, "audio_window_start", None) is not None
        yield SpeechStarted(fields.ms(info, "audio_window_start") if started else at_ms)
        yield Interim(text, at_ms)
    elif event == "Update":
        yield Interim(text, at_ms)
    elif event == "EagerEndOfTurn":
        yield EarlyTurn(text, at_ms)
    elif event == "TurnResumed":
        yield Resumed(at_ms)
        yield Interim(text, at_ms)
    elif event == "EndOfTurn":
        yield CallerTurn(text, at_ms, _confidence(info))


def _confidence(info: Any) -> float:
    told = [fields.confidence(word) for word in fields.items(info, "words")]
    sure = [one for one in told if one is not None]
    return sum(sure) / len(sure) if sure else 1.0


class DeepgramEars:
    """Recognisers for every call of the process.

    Args:
        api_key: Goes into the handshake and nowhere else.
        base_url: Another address than Deepgram's own; http(s) or ws(s).
        model: A `flux-…` model, or a `nova-…` one.
        keyterms: Words of the trade and the shop, the most telling first.
        eager: Whether Flux tells early that a turn has probably ended.
        patience_s: How long the recogniser may say nothing while it is spoken to; unset, what
            suits the model.
        connect_within_s: How long a handshake may take.

    Raises:
        ValueError: The key, the base URL or the model cannot be used; says why, without the key.
    """

    def __init__(
        self,
        api_key: str,
        base_url: str | None = None,
        model: str = "flux-general-en",
        *,
        keyterms: tuple[str, ...] = (),
        eager: bool = False,
        patience_s: float | None = None,
        connect_within_s: float = 1.5,
    ) -> None:
        if not model.startswith(("flux-", "nova-")):
            raise ValueError(f"the Deepgram model must be flux-… or nova-…, not {model!r}")
        self._deepgram = Deepgram(api_key, base_url)
        self._model = model
        self._words = keyterms
        self._eager = eager
        usual_s = FLUX_PATIENCE_S if model.startswith("flux-") else NOVA_PATIENCE_S
        self._patience_s = usual_s if patience_s is None else patience_s
        self._connect_within_s = connect_within_s

    async def open(self, call_sid: str) -> Listener:
        """Connect a recogniser for one call.

        Raises:
            VoiceError: Deepgram refused, was not there, or took too long.
        """
        listener = Listener(
            self._dialect(f"call:{call_sid}"),
            patience_s=self._patience_s,
            connect_within_s=self._connect_within_s,
        )
        await listener.open()
        return listener

    def _dialect(self, tag: str) -> Dialect:
        if self._model.startswith("flux-"):
            return Flux(self._deepgram, self._model, self._words, tag, eager=self._eager)
        return Nova(self._deepgram, self._model, self._words, tag)

    async def aclose(self) -> None:
        """Close what is shared by the calls."""
        await self._deepgram.aclose()

"""Deepgram's recognisers through the real SDK and real sockets, and everything that goes wrong."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from evals.standins.deepgram import (
    DeepgramScript,
    DeepgramStandIn,
    ListenFault,
    Utterance,
    verbatim,
)
from voice.deepgram.listen import DeepgramEars
from voice.ears import LastingEars
from voice.events import CallerTurn, Heard, Interim, SpeechStarted
from voice.ports import VoiceError

pytestmark = pytest.mark.anyio

KEY = "dg-secret-key"
QUIET = b"\xff" * 160
SOUND = (b"\xa0" * 20 + b"\x20" * 20) * 4
OIL = Utterance("I need an oil change please", confidence=0.9)
YES = Utterance("Yes that is fine")
MODELS = ["flux-general-en", "nova-3"]


@dataclass
class Call:
    """A transcriber and what it has reported."""

    stand_in: DeepgramStandIn
    ears: DeepgramEars
    transcriber: Any
    events: list[Heard] = field(default_factory=list)
    failure: Exception | None = None
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)
    _ended: bool = False

    async def listen(self) -> None:
        try:
            async for event in self.transcriber.heard():
                self.events.append(event)
                async with self._news:
                    self._news.notify_all()
        except VoiceError as exc:
            self.failure = exc
        self._ended = True
        async with self._news:
            self._news.notify_all()

    def say(self, *pieces: bytes) -> None:
        for piece in pieces:
            for start in range(0, len(piece), 160):
                self.transcriber.feed(piece[start : start + 160])

    async def until(self, wanted: Callable[[], object]) -> None:
        async with asyncio.timeout(10), self._news:
            await self._news.wait_for(wanted)

    async def turns(self, count: int) -> list[CallerTurn]:
        await self.until(lambda: len(self.heard_turns) >= count)
        return self.heard_turns

    async def failed(self) -> str:
        await self.until(lambda: self._ended)
        return str(self.failure)

    @property
    def heard_turns(self) -> list[CallerTurn]:
        return [event for event in self.events if isinstance(event, CallerTurn)]


@asynccontextmanager
async def _call(
    script: DeepgramScript,
    *,
    model: str = MODELS[0],
    receive_buffer: int | None = None,
    **options: Any,
) -> AsyncIterator[Call]:
    stand_in = DeepgramStandIn(script)
    async with stand_in.running(receive_buffer=receive_buffer) as url:
        ears = DeepgramEars(KEY, url, model, **options)
        transcriber = await ears.open("CA1")
        call = Call(stand_in, ears, transcriber)
        listening = asyncio.create_task(call.listen())
        try:
            yield call
        finally:
            await transcriber.aclose()
            await listening
            await ears.aclose()


@pytest.mark.parametrize("model", MODELS)
async def test_a_turn_is_heard_in_order(model: str) -> None:
    async with _call(DeepgramScript(utterances=(OIL, YES)), model=model) as call:
        call.say(QUIET * 10, SOUND * 50, QUIET * 15)
        await call.turns(1)
        call.say(QUIET * 20, SOUND * 50, QUIET * 15)
        turns = await call.turns(2)
    kinds = [type(event) for event in call.events]
    first = kinds[: kinds.index(CallerTurn) + 1]
    assert first[0] is SpeechStarted
    assert set(first[1:-1]) == {Interim}
    assert [turn.text for turn in turns] == [OIL.text, YES.text]
    assert turns[0].confidence == pytest.approx(0.9)
    started = [event.at_ms for event in call.events if isinstance(event, SpeechStarted)]
    assert started == [240, 1940]
    assert [turn.ended_ms for turn in turns] == [1400, 3100]


@pytest.mark.parametrize("model", MODELS)
async def test_speech_that_spells_itself_comes_through_whole(model: str) -> None:
    said = ["Hello.", "Is it ready — my Škoda?", "one two three four five six seven eight nine ten"]
    async with _call(DeepgramScript(hears="verbatim"), model=model) as call:
        for number, text in enumerate(said, 1):
            call.say(verbatim(text), QUIET * 2)
            await call.turns(number)
    assert [turn.text for turn in call.heard_turns] == said
    assert b"".join(bytes(connection.audio) for connection in call.stand_in.listening).startswith(
        verbatim(said[0])
    )


async def test_flux_is_asked_for_mulaw_with_the_words_of_the_shop() -> None:
    async with _call(DeepgramScript(), keyterms=("Bart's Automotive", "serpentine belt")) as call:
        query = (await call.stand_in.listener()).query
    assert query == {
        "model": ["flux-general-en"],
        "encoding": ["mulaw"],
        "sample_rate": ["8000"],
        "eot_threshold": ["0.7"],
        "eot_timeout_ms": ["5000"],
        "keyterm": ["Bart's Automotive", "serpentine belt"],
        "tag": ["call:CA1"],
    }


async def test_audio_leaves_in_pieces_of_eighty_milliseconds_or_what_there_is() -> None:
    async with _call(DeepgramScript()) as call:
        connection = await call.stand_in.listener()
        call.say(SOUND * 10)
        await connection.listened(200)
        heard = bytes(connection.audio[: 200 * 8])
    assert heard == SOUND * 10


async def test_silence_is_sent_while_no_audio_comes_and_shifts_no_time() -> None:
    async with _call(DeepgramScript(utterances=(OIL,))) as call:
        call.say(QUIET * 5)
        connection = await call.stand_in.listener()
        await connection.listened(500)
        call.say(SOUND * 50, QUIET * 15)
        (turn,) = await call.turns(1)
    assert set(connection.audio[100 * 8 : 500 * 8]) == {0xFF}
    started = next(event for event in call.events if isinstance(event, SpeechStarted))
    assert 120 <= started.at_ms <= 200
    assert 1280 <= turn.ended_ms <= 1400


async def test_what_is_expected_changes_patience_and_words_one_change_at_a_time() -> None:
    script = DeepgramScript(configure_delay_ms=50)
    async with _call(script, keyterms=("Bart's",)) as call:
        call.transcriber.expect("yes_no")
        connection = await call.stand_in.listener()
        await connection.received("Configure")
        for _ in range(3):
            call.transcriber.expect("phone", ("217",))
            call.transcriber.expect("vin", ("VIN", "Honda"))
        changes = await connection.received("Configure", 2)
        call.transcriber.expect("open")
        changes = await connection.received("Configure", 3)
    assert [(change["thresholds"]["eot_threshold"], change["keyterms"]) for change in changes] == [
        (0.6, ["Bart's"]), (0.9, ["VIN", "Honda", "Bart's"]), (0.7, ["Bart's"]),
    ]  # fmt: skip


async def test_the_same_expectation_twice_sends_nothing() -> None:
    async with _call(DeepgramScript()) as call:
        connection = await call.stand_in.listener()
        call.transcriber.expect("open")
        call.transcriber.expect("yes_no")
        call.transcriber.expect("open")
        call.say(QUIET * 20)
        await connection.listened(300)
    assert connection.messages == []


async def test_nova_takes_words_and_waits_longer_while_something_is_dictated() -> None:
    async with _call(DeepgramScript(utterances=(OIL, YES)), model="nova-3") as call:
        call.transcriber.expect("phone", ("217",))
        connection = await call.stand_in.listener()
        changes = await connection.received("Configure")
        call.say(SOUND * 30, QUIET * 15)
        (turn,) = await call.turns(1)
    assert changes == [{"type": "Configure", "keyterms": ["217"]}]
    assert turn.text == OIL.text


FAULTS = {
    "closed in a turn": ListenFault("close", in_turn=True),
    "closed between turns": ListenFault("close", after_ms=40),
    "closed politely": ListenFault("close", after_ms=300, code=1000),
    "a fatal error in a turn": ListenFault("error", in_turn=True, after_ms=500),
}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_a_lost_stream_is_replaced_once_and_no_word_is_lost(
    fault: ListenFault, model: str
) -> None:
    script = DeepgramScript(utterances=(OIL, YES), listen_faults=(fault,))
    async with _call(script, model=model) as call:
        call.say(QUIET * 10, SOUND * 50)
        await call.stand_in.listener(1)
        call.say(QUIET * 15)
        await call.turns(1)
        call.say(SOUND * 50, QUIET * 15)
        turns = await call.turns(2)
    assert [turn.text for turn in turns] == [OIL.text, YES.text]
    assert [turn.ended_ms for turn in turns] == [1400, 2700]
    assert sum(isinstance(event, SpeechStarted) for event in call.events) == 2
    assert call.failure is None


async def test_a_turn_that_was_heard_is_not_heard_again() -> None:
    faults = (ListenFault("close", after_ms=2000),)
    async with _call(DeepgramScript(hears="verbatim", listen_faults=faults)) as call:
        call.say(verbatim("First."), QUIET * 5)
        await call.turns(1)
        call.say(QUIET * 100)
        await call.stand_in.listener(1)
        call.say(verbatim("Second."))
        turns = await call.turns(2)
    assert [turn.text for turn in turns] == ["First.", "Second."]


async def test_the_second_loss_without_a_turn_between_is_the_end() -> None:
    fault = ListenFault("close", in_turn=True)
    async with _call(DeepgramScript(utterances=(OIL,), listen_faults=(fault, fault))) as call:
        call.say(SOUND * 50)
        failure = await call.failed()
    assert failure == "recogniser: Deepgram closed the stream (1011), after another attempt"


async def test_a_turn_heard_earns_another_attempt() -> None:
    faults = tuple(ListenFault("close", after_ms=ms) for ms in (1600, 4000, 4000))
    script = DeepgramScript(utterances=(OIL, YES, OIL), listen_faults=faults)
    async with _call(script) as call:
        for number in range(1, 4):
            call.say(SOUND * 50, QUIET * 15)
            await call.turns(number)
            call.say(QUIET * 125)
            await call.stand_in.listener(number)
    assert [turn.text for turn in call.heard_turns] == [OIL.text, YES.text, OIL.text]


async def test_when_deepgram_does_not_come_back_the_call_is_told() -> None:
    faults = (ListenFault("close", in_turn=True), ListenFault("refuse", status=500))
    async with _call(DeepgramScript(utterances=(OIL,), listen_faults=faults)) as call:
        call.say(SOUND * 50)
        failure = await call.failed()
    assert failure == "recogniser: Deepgram refused the connection with status 500"


async def test_a_stream_that_falls_silent_in_a_turn_is_asked_and_then_replaced() -> None:
    script = DeepgramScript(
        utterances=(OIL,), listen_faults=(ListenFault("silent", in_turn=True, after_ms=400),)
    )
    async with _call(script, patience_s=0.3) as call:
        first = await call.stand_in.listener()
        call.say(SOUND * 50, QUIET * 15)
        await first.received("ForceEndTurn")
        (turn,) = await call.turns(1)
    assert turn.text == OIL.text
    assert len(call.stand_in.listening) == 2


async def test_a_stream_that_never_says_a_word_is_replaced_when_spoken_to() -> None:
    script = DeepgramScript(utterances=(OIL,), listen_faults=(ListenFault("silent"),))
    async with _call(script, patience_s=0.3) as call:
        call.say(SOUND * 50, QUIET * 15)
        (turn,) = await call.turns(1)
    assert turn.text == OIL.text


async def test_a_stream_that_stops_reading_is_replaced() -> None:
    script = DeepgramScript(
        utterances=(OIL,), listen_faults=(ListenFault("stop_reading", after_ms=20),)
    )
    async with _call(script, receive_buffer=4096, patience_s=60) as call:
        call.say(SOUND * 50, QUIET * 1000)
        await call.stand_in.listener()
        while len(call.stand_in.listening) < 2:
            call.say(QUIET * 50)
            await asyncio.sleep(0.001)
        await call.stand_in.listener(1)
    assert call.failure is None


async def test_messages_it_does_not_know_change_nothing() -> None:
    faults = (ListenFault("unknown_messages"),)
    async with _call(DeepgramScript(utterances=(OIL,), listen_faults=faults)) as call:
        call.say(SOUND * 50, QUIET * 15)
        (turn,) = await call.turns(1)
    assert turn.text == OIL.text


async def test_an_unanswered_change_does_not_stop_the_audio() -> None:
    faults = (ListenFault("no_ack"),)
    async with _call(DeepgramScript(utterances=(OIL,), listen_faults=faults)) as call:
        call.transcriber.expect("phone")
        call.transcriber.expect("yes_no")
        call.say(SOUND * 50, QUIET * 15)
        (turn,) = await call.turns(1)
    assert turn.text == OIL.text
    assert len(call.stand_in.listening[0].of_type("Configure")) == 1


@pytest.mark.parametrize("model", MODELS)
async def test_a_refused_change_is_not_the_end_of_changes(model: str) -> None:
    faults = (ListenFault("refuse_change"),)
    async with _call(DeepgramScript(listen_faults=faults), model=model) as call:
        connection = await call.stand_in.listener()
        call.transcriber.expect("phone", ("217",))
        await connection.received("Configure")
        call.transcriber.expect("vin", ("VIN",))
        changes = await connection.received("Configure", 2)
        call.transcriber.expect("phone", ("217",))
        changes = await connection.received("Configure", 3)
    assert [change["keyterms"] for change in changes] == [["217"], ["VIN"], ["217"]]


TURN = (
    '{"type": "TurnInfo", "event": "EndOfTurn", "audio_window_end": 0.5, "transcript": "hi", '
    '"words": [{"word": "hi", "confidence": 0.9}]}'
)
RESULTS = (
    '{"type": "Results", "start": 0.1, "duration": 0.4, "is_final": true, "speech_final": true, '
    '"channel": {"alternatives": [{"transcript": "hi", "confidence": 0.9}]}}'
)
MALFORMED = {
    "a moment of text": (0, TURN.replace("0.5", '"abc"')),
    "a moment that is no number": (0, TURN.replace("0.5", "NaN")),
    "an infinite moment": (0, TURN.replace("0.5", "Infinity")),
    "a moment beyond all numbers": (0, TURN.replace("0.5", "1" + "0" * 400)),
    "words that are a number": (0, TURN.replace('"hi", "words"', '5, "words"')),
    "a list that is none": (0, TURN.replace('[{"word": "hi", "confidence": 0.9}]', '"none"')),
    "a confidence of text": (0, TURN.replace("0.9", '"x"')),
    "an impossible confidence": (0, TURN.replace("0.9", "7")),
    "an event that is a list": (0, TURN.replace('"EndOfTurn"', "[]")),
    "Nova: a duration of text": (1, RESULTS.replace("0.4", '"x"')),
    "Nova: words that are a list": (1, RESULTS.replace('"hi"', "[]")),
    "Nova: a confidence that is none": (1, RESULTS.replace("0.9", "NaN")),
    "Nova: an endless start": (1, RESULTS.replace("0.1", "-Infinity")),
    "Nova: an alternative that is none": (
        1,
        RESULTS.replace("[{", '{"a": [{').replace("}]", "}]}"),
    ),
}


@pytest.mark.parametrize(("model", "message"), MALFORMED.values(), ids=MALFORMED.keys())
async def test_a_message_that_makes_no_sense_is_a_lost_recogniser(model: int, message: str) -> None:
    fault = ListenFault("says", text=message)
    script = DeepgramScript(hears="verbatim", listen_faults=(fault, fault))
    async with _call(script, model=MODELS[model]) as call:
        failure = await call.failed()
    assert failure.startswith("recogniser: Deepgram makes no sense: ")
    assert call.events == []


async def test_another_recogniser_takes_over_from_one_that_makes_no_sense() -> None:
    fault = ListenFault("says", text=MALFORMED["a moment of text"][1])
    script = DeepgramScript(hears="verbatim", listen_faults=(fault, fault))
    stand_in = DeepgramStandIn(script)
    async with stand_in.running() as url:
        ears = LastingEars([DeepgramEars(KEY, url), DeepgramEars(KEY, url, "nova-3")])
        transcriber = await ears.open("CA1")
        transcriber.feed(verbatim("Hello.") + QUIET * 9)
        async with asyncio.timeout(10), aclosing(transcriber.heard()) as heard:
            turn = await anext(event async for event in heard if isinstance(event, CallerTurn))
        await transcriber.aclose()
        await ears.aclose()
    assert turn.text == "Hello."
    assert [connection.path for connection in stand_in.listening] == [
        "/v2/listen", "/v2/listen", "/v1/listen",
    ]  # fmt: skip


ODD = [
    "{oops",
    "null",
    "[1, 2]",
    "{}",
    "",
    TURN.replace("EndOfTurn", "Nonsense"),
    '{"type": ["TurnInfo"]}',
    '{"type": "TurnInfo"}',
    '{"type": "ConfigureSuccess"}',
]


@pytest.mark.parametrize("message", ODD)
async def test_messages_of_other_shapes_change_nothing(message: str) -> None:
    fault = ListenFault("says", text=message)
    async with _call(DeepgramScript(hears="verbatim", listen_faults=(fault,))) as call:
        call.say(verbatim("Hello."), QUIET * 2)
        (turn,) = await call.turns(1)
    assert turn.text == "Hello."
    assert len(call.stand_in.listening) == 1


async def test_a_fatal_error_that_says_nothing_of_itself_is_a_lost_stream() -> None:
    fault = ListenFault("says", text='{"type": "Error", "code": 7}')
    async with _call(DeepgramScript(hears="verbatim", listen_faults=(fault,))) as call:
        call.say(verbatim("Hello."), QUIET * 2)
        (turn,) = await call.turns(1)
    assert turn.text == "Hello."
    assert len(call.stand_in.listening) == 2


async def test_more_audio_than_can_wait_drops_the_oldest() -> None:
    async with _call(DeepgramScript(hears="verbatim")) as call:
        call.say(QUIET * 50 * 40, verbatim("Hello."))
        (turn,) = await call.turns(1)
        dropped = call.transcriber.dropped_ms
    assert turn.text == "Hello."
    assert dropped >= 9_000
    assert turn.ended_ms > 39_000


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (ListenFault("refuse", status=401), "refused the connection with status 401"),
        (ListenFault("refuse", status=429), "refused the connection with status 429"),
        (ListenFault("refuse", status=500), "refused the connection with status 500"),
        (ListenFault("stall_handshake"), "did not answer within 0.2 s"),
    ],
    ids=["a wrong key", "too many calls", "broken", "silent"],
)
async def test_a_handshake_that_fails_says_how_and_nothing_secret(
    model: str, fault: ListenFault, says: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    stand_in = DeepgramStandIn(DeepgramScript(listen_faults=(fault,)))
    async with stand_in.running() as url:
        ears = DeepgramEars(KEY, url, model, connect_within_s=0.2)
        with pytest.raises(VoiceError, match=says) as caught:
            await ears.open("CA1")
        await ears.aclose()
    shown = [str(caught.value), repr(caught.value), str(caught.value.__context__), caplog.text]
    assert not any(KEY in text for text in shown)


async def test_nobody_there_is_said_so() -> None:
    stand_in = DeepgramStandIn()
    async with stand_in.running() as url:
        pass
    ears = DeepgramEars(KEY, url)
    with pytest.raises(VoiceError, match="cannot be reached"):
        await ears.open("CA1")
    await ears.aclose()


async def test_closing_closes_the_stream_and_ends_the_report() -> None:
    async with _call(DeepgramScript()) as call:
        connection = await call.stand_in.listener()
        await call.transcriber.aclose()
        call.transcriber.feed(QUIET)
        await connection.closed.wait()
        assert await call.failed() == "None"


async def test_calls_at_once_do_not_disturb_each_other() -> None:
    stand_in = DeepgramStandIn(DeepgramScript(hears="verbatim"))
    async with stand_in.running() as url:
        ears = DeepgramEars(KEY, url)

        async def one(number: int) -> str:
            transcriber = await ears.open(f"CA{number}")
            for frame in range(0, 1600, 160):
                transcriber.feed((verbatim(f"I am caller {number}.") + QUIET * 9)[frame:][:160])
                await asyncio.sleep(0)
            async for event in transcriber.heard():
                if isinstance(event, CallerTurn):
                    await transcriber.aclose()
                    return event.text
            raise AssertionError("nothing was heard")

        heard = await asyncio.gather(*(one(number) for number in range(10)))
        await ears.aclose()
    assert heard == [f"I am caller {number}." for number in range(10)]

"""Turns end by what was asked for: numbers by their length, a yes at once; through real sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from evals.standins.deepgram import Connection, DeepgramScript, DeepgramStandIn, Utterance
from tests.support.service import BOOKING, a_caller, a_service
from voice.deepgram.listen import DeepgramEars
from voice.dictation import DictationTranscriber
from voice.events import CallerTurn
from voice.ports import Expectation

pytestmark = pytest.mark.anyio

QUIET = b"\xff" * 160
SOUND = (b"\xa0" * 20 + b"\x20" * 20) * 4
PHONE = Utterance("three one two | five five five | zero one four two")
PLATE = Utterance("B X | four one nine | two zero")
YES = Utterance("Yes, that's right.")


@dataclass
class Caller:
    """Somebody who is listened to; turns come with how much audio they took, in ms."""

    transcriber: DictationTranscriber
    connection: Connection

    async def speak(self, *audio: bytes) -> None:
        """Speak at the pace of speech."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        frames = [piece[at : at + 160] for piece in audio for at in range(0, len(piece), 160)]
        for number, frame in enumerate(frames, 1):
            self.transcriber.feed(frame)
            await asyncio.sleep(max(0.0, began + number * 0.02 - loop.time()))

    async def turns(self) -> list[str]:
        """The turns until the transcriber is closed."""
        events = [event async for event in self.transcriber.heard()]
        return [event.text for event in events if isinstance(event, CallerTurn)]

    def asked_to_end(self) -> int:
        """How often the recogniser was asked for the end of the turn."""
        kinds = {"ForceEndTurn", "Finalize"}
        return sum(message["type"] in kinds for message in self.connection.messages)


@asynccontextmanager
async def _caller(
    script: DeepgramScript, expected: Expectation, model: str = "flux-general-en"
) -> AsyncIterator[Caller]:
    stand_in = DeepgramStandIn(script)
    async with stand_in.running() as url:
        ears = DeepgramEars("key", url, model, patience_s=30)
        transcriber = DictationTranscriber(await ears.open("CA1"))
        transcriber.expect(expected)
        try:
            yield Caller(transcriber, await stand_in.listener())
        finally:
            await transcriber.aclose()
            await ears.aclose()


async def _dictate(
    script: DeepgramScript, expected: Expectation, model: str
) -> tuple[list[str], int]:
    """Three groups with pauses of 1.2 s; the turns, and how often their end was asked for."""
    async with _caller(script, expected, model) as caller:
        listening = asyncio.create_task(caller.turns())
        group, pause = SOUND * 25, QUIET * 60
        await caller.speak(QUIET * 5, group, pause, group, pause, group, QUIET * 50)
        await caller.transcriber.aclose()
        return await listening, caller.asked_to_end()


async def test_a_number_dictated_with_long_pauses_is_one_turn() -> None:
    """Whether the recogniser takes a pause for the end (at 300 ms) or would wait for ever."""
    cases = [
        (expected, said, silence_ms, model)
        for expected, said in (("phone", PHONE), ("plate", PLATE))
        for silence_ms in (300, 9000)
        for model in ("flux-general-en", "nova-3")
    ]
    dictations = [
        _dictate(
            DeepgramScript(hears="dictated", utterances=(said,), silence_ms=silence_ms),
            expected,  # type: ignore[arg-type]  # a list of several kinds
            model,
        )
        for expected, said, silence_ms, model in cases
    ]
    results = await asyncio.gather(*dictations)
    for (_, said, silence_ms, _), (turns, asked) in zip(cases, results, strict=True):
        assert turns == [said.text.replace(" | ", " ")]
        assert asked >= 1 or silence_ms == 300


@pytest.mark.parametrize("model", ["flux-general-en", "nova-3"])
async def test_a_clear_yes_ends_its_turn_where_the_recogniser_would_wait(model: str) -> None:
    script = DeepgramScript(hears="dictated", utterances=(YES,), silence_ms=9000)
    async with _caller(script, "yes_no", model) as caller:
        listening = asyncio.create_task(caller.turns())
        await caller.speak(SOUND * 25, QUIET * 40)
        await caller.transcriber.aclose()
        assert await listening == [YES.text]
        assert caller.asked_to_end() == 1


async def test_the_same_yes_to_no_question_is_left_to_the_recogniser() -> None:
    script = DeepgramScript(hears="dictated", utterances=(YES,), silence_ms=9000)
    async with _caller(script, "open") as caller:
        listening = asyncio.create_task(caller.turns())
        await caller.speak(SOUND * 25, QUIET * 40)
        await caller.transcriber.aclose()
        assert await listening == []
        assert caller.asked_to_end() == 0


async def _speak_and_close(caller: Caller, *audio: bytes) -> None:
    await caller.speak(*audio)
    await caller.transcriber.aclose()


async def _ended_after_ms(expected: Expectation) -> int:
    script = DeepgramScript(
        hears="dictated", utterances=(Utterance("that would be lovely"),), silence_ms=400
    )
    async with _caller(script, expected) as caller:
        if expected != "open":
            await caller.connection.received("Configure")
        events = aiter(caller.transcriber.heard())
        speaking = asyncio.create_task(_speak_and_close(caller, SOUND * 25, QUIET * 60))
        ended_ms = [event.ended_ms async for event in events if isinstance(event, CallerTurn)]
        await speaking
        return ended_ms[0]


async def test_the_recogniser_is_told_to_be_quicker_after_a_yes_or_no_question() -> None:
    """By the audio that it took, not by the clock."""
    yes_no, usual, number = await asyncio.gather(
        _ended_after_ms("yes_no"), _ended_after_ms("open"), _ended_after_ms("name")
    )
    assert yes_no < usual < number


async def test_a_car_that_was_spoken_of_is_listened_for_before_the_words_of_the_shop(
    dsn: str,
) -> None:
    async with a_service(dsn, twilio=True) as service, a_caller(service) as caller:
        for text in BOOKING[:3]:
            await caller.say(text)
        connection = await service.deepgram.listener()
        from_the_shop = connection.query["keyterm"]
        changes = await connection.received("Configure")
        await caller.call.until(lambda: "Honda Civic" in _listened_for(connection)[:1])
        assert _listened_for(connection) == ["Honda Civic", *from_the_shop]
        assert "Honda Civic" not in changes[0]["keyterms"]


def _listened_for(connection: Connection) -> list[str]:
    told = [message for message in connection.messages if message["type"] == "Configure"]
    return list(told[-1]["keyterms"])

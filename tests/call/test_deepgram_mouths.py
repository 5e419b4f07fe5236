"""Deepgram's voice through the real SDK and real sockets, and everything that goes wrong."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest

from evals.standins.deepgram import Connection, DeepgramScript, DeepgramStandIn, SpeakFault
from evals.standins.hearing import Ended
from evals.standins.verbatim import VerbatimHearing
from voice.deepgram.speak import DeepgramMouths
from voice.deepgram.speaker import Speaker
from voice.ports import Sound, VoiceError

pytestmark = pytest.mark.anyio

KEY = "dg-secret-key"
GREETING = ("Thank you for calling Bart's.", "This is Sophie.", "How can I help?")
SPELLING = DeepgramScript(speaks="verbatim")


@asynccontextmanager
async def _voice(
    stand_in: DeepgramStandIn,
    *,
    receive_buffer: int | None = None,
    **options: Any,
) -> AsyncIterator[Speaker]:
    async with stand_in.running(receive_buffer=receive_buffer) as url:
        mouths = DeepgramMouths(KEY, url, **options)
        speaker = await mouths.open("CA1")
        try:
            yield speaker
        finally:
            await speaker.aclose()
            await mouths.aclose()


async def _clauses(*clauses: str) -> AsyncIterator[str]:
    for clause in clauses:
        yield clause


async def _say(speaker: Speaker, *clauses: str) -> list[Sound]:
    return [sound async for sound in speaker.speak(_clauses(*clauses))]


def _spelt(sounds: list[Sound]) -> list[str]:
    heard = VerbatimHearing().feed(b"".join(sound.ulaw for sound in sounds))
    return [cue.text.strip() for cue in heard if isinstance(cue, Ended)]


def _completed(sounds: list[Sound]) -> list[str]:
    return [sound.completes for sound in sounds if sound.completes is not None]


async def test_a_reply_is_spoken_whole_and_each_clause_completes() -> None:
    stand_in = DeepgramStandIn(DeepgramScript(word_ms=50))
    async with _voice(stand_in) as speaker:
        sounds = await _say(speaker, *GREETING)
    words = len(" ".join(GREETING).split())
    assert sum(len(sound.ulaw) for sound in sounds) == words * 50 * 8
    assert _completed(sounds) == list(GREETING)
    assert all(sound.ulaw for sound in sounds)
    assert stand_in.speaking[0].query == {
        "model": ["aura-2-thalia-en"], "encoding": ["mulaw"], "sample_rate": ["8000"],
    }  # fmt: skip


async def test_the_first_clause_is_flushed_at_once_and_the_rest_together() -> None:
    stand_in = DeepgramStandIn(SPELLING)
    async with _voice(stand_in) as speaker:
        sounds = await _say(speaker, *GREETING)
    kinds = [message["type"] for message in stand_in.speaking[0].messages]
    assert kinds == ["Speak", "Flush", "Speak", "Speak", "Flush"]
    assert _spelt(sounds) == [GREETING[0], " ".join(GREETING[1:])]


async def test_the_first_clause_sounds_while_the_next_is_still_being_thought_of() -> None:
    thinking = asyncio.Event()

    async def clauses() -> AsyncIterator[str]:
        yield "One moment."
        await thinking.wait()
        yield "Nine is free."

    async with _voice(DeepgramStandIn(DeepgramScript())) as speaker:
        completed = []
        async for sound in speaker.speak(clauses()):
            completed += [sound.completes] if sound.completes else []
            if completed == ["One moment."]:
                thinking.set()
    assert completed == ["One moment.", "Nine is free."]


async def test_a_later_clause_is_not_held_back_while_the_model_pauses() -> None:
    thinking = asyncio.Event()

    async def clauses() -> AsyncIterator[str]:
        yield "Sure."
        yield "Let me look."
        await thinking.wait()
        yield "Nine is free."

    async with _voice(DeepgramStandIn(DeepgramScript())) as speaker:
        completed = []
        async for sound in speaker.speak(clauses()):
            completed += [sound.completes] if sound.completes else []
            if completed == ["Sure.", "Let me look."]:
                thinking.set()
    assert completed[-1] == "Nine is free."


@pytest.mark.parametrize("clauses", [(), ("",), ("  ", "\n")], ids=["none", "empty", "blank"])
async def test_a_reply_of_nothing_makes_no_sound(clauses: tuple[str, ...]) -> None:
    stand_in = DeepgramStandIn()
    async with _voice(stand_in) as speaker:
        assert await _say(speaker, *clauses) == []
    assert stand_in.speaking[0].messages == []


async def test_one_connection_serves_the_whole_call() -> None:
    stand_in = DeepgramStandIn(SPELLING)
    async with _voice(stand_in) as speaker:
        said = [_spelt(await _say(speaker, f"Answer {number}.")) for number in range(5)]
    assert said == [[f"Answer {number}."] for number in range(5)]
    assert len(stand_in.speaking) == 1


async def test_closing_the_reply_clears_it_and_nothing_of_it_is_heard_later() -> None:
    stand_in = DeepgramStandIn(DeepgramScript(speaks="verbatim", gap_ms=5))
    async with _voice(stand_in) as speaker:
        async with aclosing(speaker.speak(_clauses("word " * 300, "And more."))) as sounds:
            await anext(sounds)
        after = await _say(speaker, "Yes?")
        connection = await stand_in.speaker()
    kinds = [message["type"] for message in connection.messages]
    assert "Clear" in kinds
    assert _spelt(after) == ["Yes?"]
    assert _completed(after) == ["Yes?"]
    assert sum(len(sound.ulaw) for sound in after) < 2000
    assert len(stand_in.speaking) == 1


async def test_closing_a_reply_before_it_sounds_clears_it_too() -> None:
    stand_in = DeepgramStandIn(DeepgramScript(speaks="verbatim", voice_delay_ms=60_000))
    async with _voice(stand_in) as speaker:
        reply = asyncio.ensure_future(anext(speaker.speak(_clauses("Hello."))))
        connection = await stand_in.speaker()
        await connection.received("Flush")
        reply.cancel()
        await asyncio.gather(reply, return_exceptions=True)
        await connection.received("Clear")
    assert reply.cancelled()


async def test_barging_in_many_times_leaves_no_rest() -> None:
    stand_in = DeepgramStandIn(DeepgramScript(speaks="verbatim", chunk_ms=20))
    async with _voice(stand_in) as speaker:
        for number in range(5):
            async with aclosing(speaker.speak(_clauses(f"Interrupted {number}." * 9))) as sounds:
                await anext(sounds)
        assert _spelt(await _say(speaker, "At last.")) == ["At last."]


async def test_two_replies_at_once_are_a_mistake() -> None:
    async with _voice(DeepgramStandIn()) as speaker:
        async with aclosing(speaker.speak(_clauses(*GREETING))) as sounds:
            await anext(sounds)
            with pytest.raises(RuntimeError, match="close the reply"):
                await _say(speaker, "Hello.")
        assert _completed(await _say(speaker, "Hello.")) == ["Hello."]


async def test_many_replies_each_sound_at_once_on_connections_that_follow_one_another() -> None:
    stand_in = DeepgramStandIn(DeepgramScript(word_ms=5))
    async with _voice(stand_in) as speaker:
        for number in range(60):
            sounds = await _say(speaker, f"One {number},", "two.")
            assert _completed(sounds) == [f"One {number},", "two."]
            await _time_passes(stand_in)
            assert sum(not each.closed.is_set() for each in stand_in.speaking) <= 2
    _assert_prompt(stand_in)
    assert len(stand_in.speaking) == 13
    assert all(connection.closed.is_set() for connection in stand_in.speaking)


async def test_replies_that_are_taken_back_leave_the_next_ones_prompt() -> None:
    stand_in = DeepgramStandIn(DeepgramScript(speaks="verbatim", word_ms=5))
    async with _voice(stand_in) as speaker:
        for number in range(40):
            async with aclosing(speaker.speak(_clauses(f"Early {number},", "two."))) as sounds:
                await anext(sounds)
            assert _spelt(await _say(speaker, f"Real {number},", "two.")) == [
                f"Real {number},", "two.",
            ]  # fmt: skip
            await _time_passes(stand_in)
    _assert_prompt(stand_in)


async def test_without_another_connection_flushes_are_saved_and_nothing_is_left_out() -> None:
    refused = SpeakFault("refuse", status=429)
    script = DeepgramScript(speaks="verbatim", word_ms=5, speak_faults=(None, *[refused] * 6))
    stand_in = DeepgramStandIn(script)
    async with _voice(stand_in) as speaker:
        said = []
        for number in range(16):
            said += _spelt(await _say(speaker, f"One {number},", "two."))
            await stand_in.speaker(max(0, min(number - 3, 6)))
    assert " ".join(said) == " ".join(f"One {number}, two." for number in range(16))
    assert len(stand_in.speaking[0].of_type("Flush")) <= 20


async def test_replies_too_quick_for_another_handshake_wait_for_no_minute() -> None:
    stand_in = DeepgramStandIn(DeepgramScript(speaks="verbatim", word_ms=5))
    async with _voice(stand_in) as speaker:
        for number in range(60):
            said = _spelt(await _say(speaker, f"One {number},", "two."))
            assert " ".join(said) == f"One {number}, two."
    assert max(len(each.of_type("Flush")) for each in stand_in.speaking) <= 20


def _kinds(connection: Connection) -> list[str]:
    return [message["type"] for message in connection.messages]


async def _time_passes(stand_in: DeepgramStandIn) -> None:
    """As much of it as another connection takes, where one is due."""
    *worn, last = stand_in.speaking
    if len(last.of_type("Flush")) >= 10:
        await stand_in.speaker(len(stand_in.speaking))
        await last.closed.wait()
    for connection in worn:
        await connection.closed.wait()


def _assert_prompt(stand_in: DeepgramStandIn) -> None:
    """Every first clause was asked for alone and at once, and no flush was one too many."""
    for connection in stand_in.speaking:
        kinds = [kind for kind in _kinds(connection) if kind != "Clear"]
        assert kinds.count("Flush") <= 20
        assert kinds[::2] == ["Speak"] * len(kinds[::2])
        assert kinds[1::2] == ["Flush"] * len(kinds[1::2])


async def test_what_the_clauses_raise_is_raised() -> None:
    async def clauses() -> AsyncIterator[str]:
        yield "Hello."
        raise KeyError("a bug")

    stand_in = DeepgramStandIn()
    async with _voice(stand_in) as speaker:
        with pytest.raises(KeyError, match="a bug"):
            _ = [sound async for sound in speaker.speak(clauses())]
        assert _completed(await _say(speaker, "Hello.")) == ["Hello."]


FAULTS = {
    "closed in the middle": SpeakFault("close"),
    "closed before the first sound": SpeakFault("close", after_chunks=0),
    "closed in the second half": SpeakFault("close", after_flushes=1),
    "no sound": SpeakFault("stall"),
    "nothing is read": SpeakFault("stop_reading"),
    "no sound after some": SpeakFault("stall_inside"),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_a_voice_that_fails_is_replaced_once_and_nothing_is_left_out(
    fault: SpeakFault,
) -> None:
    stand_in = DeepgramStandIn(DeepgramScript(speaks="verbatim", speak_faults=(fault,)))
    async with _voice(stand_in, patience_s=0.3) as speaker:
        sounds = await _say(speaker, *GREETING)
        more = await _say(speaker, "Still here.")
    assert _completed(sounds) == list(GREETING)
    assert _spelt(sounds)[-1] == " ".join(GREETING[1:])
    assert _spelt(more) == ["Still here."]
    assert len(stand_in.speaking) == 2


@pytest.mark.parametrize("kind", ["close", "stall"])
async def test_a_voice_that_fails_again_is_given_up(kind: Any) -> None:
    fault = SpeakFault(kind)
    stand_in = DeepgramStandIn(DeepgramScript(speak_faults=(fault, fault)))
    async with _voice(stand_in, patience_s=0.3) as speaker:
        with pytest.raises(VoiceError, match="stopped speaking, after another attempt"):
            await _say(speaker, *GREETING)
        assert _completed(await _say(speaker, "Here again.")) == ["Here again."]


async def test_a_voice_that_does_not_come_back_says_how() -> None:
    faults = (SpeakFault("close"), SpeakFault("refuse", status=429))
    stand_in = DeepgramStandIn(DeepgramScript(speak_faults=faults))
    async with _voice(stand_in) as speaker:
        with pytest.raises(VoiceError, match=r"voice: Deepgram refused .* status 429"):
            await _say(speaker, *GREETING)


async def test_a_stopped_reply_that_is_never_acknowledged_does_not_mute_the_next() -> None:
    faults = (SpeakFault("no_cleared"),)
    stand_in = DeepgramStandIn(DeepgramScript(speaks="verbatim", speak_faults=faults))
    async with _voice(stand_in, patience_s=0.3) as speaker:
        async with aclosing(speaker.speak(_clauses("word " * 300))) as sounds:
            await anext(sounds)
        assert _spelt(await _say(speaker, "Yes?")) == ["Yes?"]


async def test_a_connection_lost_between_replies_is_replaced_before_the_next() -> None:
    stand_in = DeepgramStandIn(SPELLING)
    async with _voice(stand_in) as speaker:
        await _say(speaker, "Hello.")
        await stand_in.close_speakers()
        await stand_in.speaker(1)
        assert _spelt(await _say(speaker, "Still here.")) == ["Still here."]


async def test_messages_it_does_not_know_change_nothing() -> None:
    faults = (SpeakFault("unknown_messages"),)
    stand_in = DeepgramStandIn(DeepgramScript(speaks="verbatim", speak_faults=faults))
    async with _voice(stand_in) as speaker:
        assert _spelt(await _say(speaker, "Hello.")) == ["Hello."]


@pytest.mark.parametrize(
    "message",
    [
        "{oops",
        "null",
        "[1]",
        '{"type": "Warning"}',
        '{"type": ["Warning"], "code": {}}',
        '{"type": "Warning", "code": 7}',
        '{"type": "Cleared", "sequence_id": "x"}',
    ],
)
async def test_messages_of_any_shape_change_nothing(message: str) -> None:
    faults = (SpeakFault("says", text=message),)
    stand_in = DeepgramStandIn(DeepgramScript(speaks="verbatim", speak_faults=faults))
    async with _voice(stand_in) as speaker:
        assert _spelt(await _say(speaker, *GREETING)) == [GREETING[0], " ".join(GREETING[1:])]
    assert len(stand_in.speaking) == 1


async def test_a_flush_that_is_not_served_is_served_by_another_connection() -> None:
    warning = '{"type": "Warning", "code": "EXCESSIVE_FLUSH", "description": "too many"}'
    faults = (SpeakFault("says", text=warning),)
    stand_in = DeepgramStandIn(DeepgramScript(speaks="verbatim", speak_faults=faults))
    async with _voice(stand_in, patience_s=60) as speaker:
        assert _completed(await _say(speaker, *GREETING)) == list(GREETING)
    assert len(stand_in.speaking) == 2


async def test_audio_that_is_said_to_be_complete_and_never_came_is_asked_for_again() -> None:
    faults = (SpeakFault("says", text='{"type": "Flushed", "sequence_id": 0}'),)
    stand_in = DeepgramStandIn(DeepgramScript(speaks="verbatim", speak_faults=faults))
    async with _voice(stand_in, patience_s=60) as speaker:
        assert _spelt(await _say(speaker, "Hello.")) == ["Hello."]
    assert len(stand_in.speaking) == 2


async def test_a_peer_that_closes_every_connection_is_not_called_on_for_ever() -> None:
    stand_in = DeepgramStandIn(SPELLING)
    async with _voice(stand_in) as speaker:
        await _say(speaker, "Hello.")
        for number in range(2):
            connection = await stand_in.speaker(number)
            await stand_in.close_speakers()
            await connection.closed.wait()
        assert _spelt(await _say(speaker, "Still here.")) == ["Still here."]
    assert len(stand_in.speaking) == 3


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (SpeakFault("refuse", status=401), "refused the connection with status 401"),
        (SpeakFault("refuse", status=500), "refused the connection with status 500"),
        (SpeakFault("stall_handshake"), "did not answer within 0.2 s"),
    ],
    ids=["a wrong key", "broken", "silent"],
)
async def test_a_handshake_that_fails_says_how_and_nothing_secret(
    fault: SpeakFault, says: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    stand_in = DeepgramStandIn(DeepgramScript(speak_faults=(fault,)))
    async with stand_in.running() as url:
        mouths = DeepgramMouths(KEY, url, connect_within_s=0.2)
        with pytest.raises(VoiceError, match=says) as caught:
            await mouths.open("CA1")
        await mouths.aclose()
    shown = [str(caught.value), str(caught.value.__context__), caplog.text]
    assert not any(KEY in text for text in shown)


async def test_closing_closes_the_connection() -> None:
    stand_in = DeepgramStandIn()
    async with _voice(stand_in):
        connection = await stand_in.speaker()
    assert connection.closed.is_set()


async def test_calls_at_once_keep_their_own_voices() -> None:
    stand_in = DeepgramStandIn(DeepgramScript(speaks="verbatim", gap_ms=1, chunk_ms=20))
    async with stand_in.running() as url:
        mouths = DeepgramMouths(KEY, url)

        async def one(number: int) -> list[str]:
            speaker = await mouths.open(f"CA{number}")
            sounds = await _say(speaker, f"You are caller {number}.")
            await speaker.aclose()
            return _spelt(sounds)

        heard = await asyncio.gather(*(one(number) for number in range(10)))
        await mouths.aclose()
    assert heard == [[f"You are caller {number}."] for number in range(10)]

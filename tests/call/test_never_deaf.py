"""Recognisers and voices that fail in the middle of calls, through real sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, field

import pytest

from evals.standins.deepgram import (
    DeepgramScript,
    DeepgramStandIn,
    ListenFault,
    SpeakFault,
    Utterance,
)
from evals.standins.hearing import Ended
from evals.standins.verbatim import VerbatimHearing
from tests.support.service import a_caller, a_service, quick_speech
from voice.deepgram.listen import FLUX_PATIENCE_S, DeepgramEars
from voice.deepgram.listener import CHUNK_S, JITTER_S, UNREAD_S
from voice.deepgram.speak import DeepgramMouths
from voice.ears import LastingEars, LastingTranscriber
from voice.events import CallerTurn, Heard
from voice.hedge import HedgedMouths, HedgedSynthesizer
from voice.local.speak import LocalMouths
from voice.ports import Ears, Sound

pytestmark = pytest.mark.anyio

KEY = "dg-secret-key"
QUIET = b"\xff" * 160
SOUND = (b"\xa0" * 20 + b"\x20" * 20) * 4
OIL = Utterance("I need an oil change please")
YES = Utterance("Yes that is fine")
REFUSED = ListenFault("refuse", status=429)
PATIENCE_S = 20.0


@dataclass
class OneCaller:
    """A caller who speaks in real time, and what was made out."""

    transcriber: LastingTranscriber
    events: list[Heard] = field(default_factory=list)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def listen(self) -> None:
        async for event in self.transcriber.heard():
            self.events.append(event)
            async with self._news:
                self._news.notify_all()

    async def say(self, *pieces: bytes) -> None:
        for piece in pieces:
            for start in range(0, len(piece), 160):
                self.transcriber.feed(piece[start : start + 160])
                await asyncio.sleep(0.02)

    async def turns(self, count: int) -> list[str]:
        """The first turns, once there are so many; the line is silent meanwhile."""
        async with asyncio.timeout(PATIENCE_S):
            while len(self.heard) < count:
                await self.say(QUIET)
        return self.heard

    @property
    def heard(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, CallerTurn)]


@asynccontextmanager
async def _line(script: DeepgramScript) -> AsyncIterator[tuple[DeepgramStandIn, OneCaller]]:
    """A line with Flux and then Nova, as they are configured, at one stand-in."""
    stand_in = DeepgramStandIn(script)
    async with stand_in.running() as url:
        each: list[Ears] = [
            DeepgramEars(KEY, url, model) for model in ("flux-general-en", "nova-3")
        ]
        ears = LastingEars(each)
        caller = OneCaller(await ears.open("CA1"))
        listening = asyncio.create_task(caller.listen())
        try:
            yield stand_in, caller
        finally:
            await caller.transcriber.aclose()
            await listening
            await ears.aclose()


LOST = {
    "silent from the beginning": (ListenFault("silent", after_ms=20),),
    "silent in the middle of a turn": (ListenFault("silent", in_turn=True, after_ms=400),),
    "a black hole, which takes everything": (ListenFault("stop_reading", after_ms=400),),
    "closed with 1011": (ListenFault("close", in_turn=True, after_ms=400),),
    "closed again at once": (
        ListenFault("close", in_turn=True),
        ListenFault("close", in_turn=True),
    ),
    "refused at first": (REFUSED,),
    "refused after it was lost": (ListenFault("close", in_turn=True), REFUSED),
    "refused by both for a while": (REFUSED,) * 4,
    "a wrong key for one": (ListenFault("refuse", status=401),),
    "no answer to the handshake": (ListenFault("stall_handshake"),),
}


async def test_whatever_becomes_of_a_recogniser_every_word_is_heard_once() -> None:
    async def one(faults: tuple[ListenFault, ...]) -> tuple[list[str], list[str]]:
        script = DeepgramScript(utterances=(OIL, YES), listen_faults=faults)
        async with _line(script) as (stand_in, caller):
            await caller.say(QUIET * 10, SOUND * 75, QUIET * 15)
            await caller.turns(1)
            await caller.say(QUIET * 10, SOUND * 50, QUIET * 15)
            heard = await caller.turns(2)
            return heard, [connection.path for connection in stand_in.listening]

    results = await asyncio.gather(*(one(faults) for faults in LOST.values()))
    expected = [OIL.text, YES.text]
    assert {name: heard for name, (heard, _) in zip(LOST, results, strict=True)} == dict.fromkeys(
        LOST, expected
    )
    paths = dict(zip(LOST, (paths for _, paths in results), strict=True))
    assert paths["closed with 1011"] == ["/v2/listen"] * 2
    assert paths["refused at first"] == ["/v2/listen", "/v1/listen"]
    assert paths["closed again at once"] == ["/v2/listen", "/v2/listen", "/v1/listen"]


def test_a_deaf_recogniser_is_noticed_and_replaced_within_two_seconds() -> None:
    noticed_s = FLUX_PATIENCE_S * 1.5 + 2 * CHUNK_S + UNREAD_S
    assert noticed_s + JITTER_S < 1.7, "which leaves the rest for the handshake and the replay"


CLAUSES = ("Let me see.", "We open at eight in the morning.", "Shall I book it?")
STALLS = {
    "in time": (),
    "refused": (SpeakFault("refuse", status=429),) * 9,
    "no answer to the handshake": (SpeakFault("stall_handshake"),) * 9,
    "it makes no sound": (SpeakFault("stall"),) * 9,
    "it stops after the first clause": (SpeakFault("stall", after_flushes=1),) * 9,
    "it is closed after the first clause": (SpeakFault("close", after_flushes=1),) * 9,
    "it does not read": (SpeakFault("stop_reading"),) * 9,
}


async def test_a_stalled_voice_is_replaced_by_the_local_one_and_nothing_is_said_twice() -> None:
    async def one(faults: tuple[SpeakFault, ...]) -> tuple[list[str], str, int]:
        stand_in = DeepgramStandIn(DeepgramScript(speaks="verbatim", speak_faults=faults))
        async with AsyncExitStack() as stack:
            url = await stack.enter_async_context(stand_in.running())
            mouths = HedgedMouths([DeepgramMouths(KEY, url), LocalMouths()])
            stack.push_async_callback(mouths.aclose)
            voice = await mouths.open("CA1")
            stack.push_async_callback(voice.aclose)
            sounds = await _said(voice)
        audio = b"".join(sound.ulaw for sound in sounds)
        spelt = [cue.text for cue in VerbatimHearing().feed(audio) if isinstance(cue, Ended)]
        completed = [sound.completes for sound in sounds if sound.completes is not None]
        return completed, "".join(spelt).strip(), len(audio)

    results = dict(zip(STALLS, await asyncio.gather(*map(one, STALLS.values())), strict=True))
    for name, (completed, _, _) in results.items():
        assert completed == list(CLAUSES), name
    by_deepgram = {name: spelt for name, (_, spelt, _) in results.items()}
    first, whole = CLAUSES[0], " ".join(CLAUSES)
    assert by_deepgram["in time"] == whole
    assert by_deepgram["it stops after the first clause"] == first
    assert by_deepgram["refused"] == by_deepgram["it makes no sound"] == ""
    spoken = results["refused"][2]
    assert results["it makes no sound"][2] == results["it does not read"][2] == spoken


async def _said(voice: HedgedSynthesizer) -> list[Sound]:
    async def clauses() -> AsyncIterator[str]:
        for clause in CLAUSES:
            yield clause

    async with aclosing(voice.speak(clauses())) as sounds:
        return [sound async for sound in sounds]


async def test_a_caller_nobody_can_hear_is_put_through_by_a_key(dsn: str) -> None:
    faults = (ListenFault("refuse", status=401),) * 500
    speech = quick_speech(listen_faults=faults)
    async with (
        a_service(dsn, speech=speech, twilio=True) as service,
        a_caller(service) as caller,
    ):
        for words in ("Could you say it again?", "To reach a person, press zero."):
            caller.call.say(SOUND * 100)
            await caller.hears(words)
        caller.call.press("0")
        await caller.call.over()
        assert caller.call.dialed


@pytest.mark.parametrize(
    ("number", "said", "tasks"),
    [
        ("+12175550163", "Someone from the shop will call you back. Goodbye.", 1),
        ("anonymous", "Please call again. Goodbye.", 0),
    ],
    ids=["who can be called back is told so", "whose number is withheld is not"],
)
async def test_where_no_voice_is_left_the_carrier_says_so_at_once(
    dsn: str, number: str, said: str, tasks: int
) -> None:
    refused = (SpeakFault("refuse", status=429),) * 40
    speech = quick_speech(speak_faults=(None, None, *refused))
    async with (
        a_service(dsn, speech=speech, twilio=True, local_voice_fallback=False) as service,
        a_caller(service, caller=number) as caller,
    ):
        caller.speak("when do you open")
        await caller.call.over()
        (spoken,) = caller.call.spoken
        assert spoken.endswith(said)
        log = await service.log(caller.call_id)
        assert log.outcome == ("callback_requested" if tasks else "failed")
        async with service.pool.connection() as connection:
            found = await connection.execute(
                "SELECT phone, topic FROM callbacks WHERE call_sid = %s", (caller.call_id,)
            )
            assert len(await found.fetchall()) == tasks
        await service.nothing_open()


async def test_a_voice_that_is_gone_does_not_end_a_call(dsn: str) -> None:
    refused = (SpeakFault("refuse", status=429),) * 40
    speech = quick_speech(speak_faults=(None, None, *refused))
    async with a_service(dsn, speech=speech, twilio=True) as service, a_caller(service) as caller:
        caller.speak("when do you open")
        await caller.call.until(
            lambda: (
                caller.call_id in service.calls.live
                and len(service.calls.live[caller.call_id].agent.messages) > 2
            )
        )
        await caller.call.quiet(400)
        heard_ms = caller.call.heard_ms
        caller.speak("thank you, goodbye")
        await caller.call.over()
        assert caller.call.heard_ms is not None
        assert heard_ms is not None
        assert caller.call.heard_ms > heard_ms
        assert caller.call.spoken == []
        await service.nothing_open()

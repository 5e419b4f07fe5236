"""The local recogniser, with its real engines in its real process, and the recorded callers."""

import asyncio
import os
import re
import signal
import tomllib
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from api.words import shop_words
from evals.standins.phone import read_ulaw
from shop.profile.shop import load_shop
from voice import ulaw
from voice.events import CallerTurn, Heard, Interim, SpeechStarted
from voice.local.endpoint import silence_for
from voice.local.listen import LocalEars
from voice.ports import Expectation, VoiceError

pytestmark = pytest.mark.anyio

RECORDINGS = Path(__file__).parents[2] / "evals" / "recordings"
SCRIPTS = [
    tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(RECORDINGS.glob("*.toml"))
]
CLIPS = [clip for script in SCRIPTS for clip in script["clips"]]
FRAME = 160
SECOND = 8000


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("speech")


@pytest.fixture
async def ears(cache: Path) -> AsyncIterator[LocalEars]:
    opened = LocalEars(shop_words(load_shop()), cache, calls=2)
    yield opened
    await opened.aclose()


async def heard(ears: LocalEars, audio: bytes, expected: Expectation = "open") -> list[Heard]:
    """What is heard of the audio, up to the first turn."""
    listener = await ears.open("CA1")
    listener.expect(expected)
    events: list[Heard] = []
    try:
        for at in range(0, len(audio), FRAME):
            listener.feed(audio[at : at + FRAME])
        async with asyncio.timeout(30):
            async for event in listener.heard():
                events.append(event)
                if isinstance(event, CallerTurn):
                    return events
    finally:
        await listener.aclose()
    return events


def clip(name: str) -> bytes:
    quiet = ulaw.SILENCE * SECOND
    return quiet + read_ulaw(RECORDINGS / name) + quiet * 2


def means(text: str, meant: str) -> bool:
    """Whether all the words are there, in order."""
    return re.search(r"\b" + r"\b.*\b".join(meant.split()) + r"\b", text) is not None


async def test_every_clip_of_the_recorded_callers_is_understood(ears: LocalEars) -> None:
    async def understand(entry: dict[str, Any]) -> tuple[str, str, bool]:
        last = (await heard(ears, clip(entry["file"]), entry["asked"]))[-1]
        text = last.text if isinstance(last, CallerTurn) else ""
        return entry["text"], text, means(text, entry["means"])

    results = await asyncio.gather(*(understand(entry) for entry in CLIPS))
    assert [result[:2] for result in results if not result[2]] == []


async def test_speech_is_reported_in_order_with_its_times(ears: LocalEars) -> None:
    events = await heard(ears, clip("new_caller/car.wav"), "vehicle")
    started, *interims, turn = events
    assert isinstance(started, SpeechStarted)
    assert 900 < started.at_ms < 1400
    assert interims
    assert all(isinstance(event, Interim) for event in interims)
    times = [event.at_ms for event in interims if isinstance(event, Interim)]
    assert all(later - earlier >= 250 for earlier, later in pairwise(times))
    spoken_ms = len(read_ulaw(RECORDINGS / "new_caller/car.wav")) / 8
    assert isinstance(turn, CallerTurn)
    assert 1000 < turn.ended_ms <= 1000 + spoken_ms + 100


@pytest.mark.parametrize(
    ("file", "asked", "quiet_ms"),
    [
        ("new_caller/yes.wav", "yes_no", 450),
        ("known_caller/birth_date.wav", "birth_date", 750),
    ],
    ids=["a clear yes", "a date of birth that is whole"],
)
async def test_an_answer_that_is_whole_is_over_before_the_usual_silence(
    ears: LocalEars, file: str, asked: Expectation, quiet_ms: int
) -> None:
    *_, whole = await heard(ears, clip(file), asked)
    assert isinstance(whole, CallerTurn)
    assert quiet_ms < silence_for(asked)
    cut = clip(file)[: (whole.ended_ms + quiet_ms) * SECOND // 1000]
    assert isinstance((await heard(ears, cut, asked))[-1], CallerTurn)


async def test_silence_and_hiss_are_no_turn(ears: LocalEars) -> None:
    listener = await ears.open("CA1")
    listener.feed(ulaw.SILENCE * SECOND * 2 + bytes([0xFE, 0x7E, 0xFC, 0x7C]) * SECOND)
    listener.feed(clip("new_caller/yes.wav"))
    listener.expect("yes_no")
    async with asyncio.timeout(30):
        turn = await anext(e async for e in listener.heard() if isinstance(e, CallerTurn))
    assert turn.ended_ms > 7000
    await listener.aclose()


async def test_calls_are_heard_apart(ears: LocalEars) -> None:
    one, other = await asyncio.gather(
        heard(ears, clip("new_caller/oil_change.wav")),
        heard(ears, clip("known_caller/move.wav")),
    )
    assert "oil change" in str(one[-1])
    assert "move my appointment" in str(other[-1])


async def test_a_call_too_many_waits_for_a_free_seat(ears: LocalEars) -> None:
    first, _ = await ears.open("CA1"), await ears.open("CA2")
    third = asyncio.create_task(ears.open("CA3"))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not third.done()
    await first.aclose()
    assert "yes" in str((await hear_on(await third, clip("new_caller/yes.wav")))[-1])


async def hear_on(listener: Any, audio: bytes) -> list[Heard]:
    listener.feed(audio)
    async with asyncio.timeout(30):
        turn = await anext(e async for e in listener.heard() if isinstance(e, CallerTurn))
    return [turn]


async def test_closing_ends_what_is_heard_and_later_audio_is_nothing(ears: LocalEars) -> None:
    listener = await ears.open("CA1")
    waiting = asyncio.create_task(collect(listener.heard()))
    await listener.aclose()
    listener.feed(ulaw.SILENCE * FRAME)
    listener.expect("name")
    await listener.aclose()
    assert await waiting == []


async def collect(events: AsyncIterator[Heard]) -> list[Heard]:
    return [event async for event in events]


async def test_a_process_that_dies_fails_its_calls_and_serves_the_next(ears: LocalEars) -> None:
    listener = await ears.open("CA1")
    assert ears._process is not None
    os.kill(ears._process.worker.pid, signal.SIGKILL)
    with pytest.raises(VoiceError, match="has stopped"):
        await collect(listener.heard())
    listener.feed(ulaw.SILENCE * FRAME)
    await listener.aclose()
    assert "goodbye" in str((await heard(ears, clip("new_caller/goodbye.wav")))[-1])


async def test_the_process_ends_when_its_starter_closes_the_pipe(ears: LocalEars) -> None:
    await ears.warm()
    assert ears._process is not None
    process = ears._process.worker._process
    await ears.aclose()
    assert process.returncode == 0

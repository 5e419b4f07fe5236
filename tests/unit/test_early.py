"""A call that begins before its recogniser and its voice are open."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.support.speech import ScriptedEars, SpellingVoice, spelled
from voice.early import EarlySynthesizer, EarlyTranscriber
from voice.events import CallerTurn

pytestmark = pytest.mark.anyio


class KeepingEars(ScriptedEars):
    def __init__(self) -> None:
        super().__init__()
        self.fed = b""

    def feed(self, ulaw: bytes) -> None:
        self.fed += ulaw


async def test_what_is_said_while_the_recogniser_opens_is_heard() -> None:
    ears, ready = KeepingEars(), asyncio.Event()

    async def opening() -> KeepingEars:
        await ready.wait()
        return ears

    early = EarlyTranscriber(opening())
    early.feed(b"before ")
    early.expect("name")
    ears.events.put_nowait(CallerTurn("hello", 0))
    events = early.heard()
    first = asyncio.ensure_future(anext(events))
    await asyncio.sleep(0)
    early.feed(b"it opens")
    ready.set()
    assert await first == CallerTurn("hello", 0)
    early.feed(b", after")
    assert ears.fed == b"before it opens, after"
    assert ears.expected == ["name"]
    await early.aclose()
    assert ears.closed


async def test_a_caller_who_hangs_up_first_leaves_nothing_open() -> None:
    gone = False

    async def opening() -> KeepingEars:
        nonlocal gone
        try:
            await asyncio.Event().wait()
        finally:
            gone = True
        raise AssertionError

    early = EarlyTranscriber(opening())
    await asyncio.sleep(0)
    await early.aclose()
    assert gone


async def test_the_voice_speaks_once_it_is_there() -> None:
    voice = SpellingVoice()

    async def opening() -> SpellingVoice:
        return voice

    async def clauses() -> AsyncIterator[str]:
        yield "Hi."

    early = EarlySynthesizer(opening())
    assert [sound.ulaw async for sound in early.speak(clauses())] == [spelled("Hi.")]
    await early.aclose()
    assert voice.closed

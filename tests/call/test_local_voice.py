"""The local voice, with its real engine in its real process."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from voice import ulaw
from voice.local.speak import LocalMouths

pytestmark = pytest.mark.anyio


@pytest.fixture
async def mouths() -> AsyncIterator[LocalMouths]:
    opened = LocalMouths()
    yield opened
    await opened.aclose()


async def words(*clauses: str) -> AsyncIterator[str]:
    for clause in clauses:
        yield clause


async def test_each_clause_is_voiced_in_order_and_its_end_is_told(mouths: LocalMouths) -> None:
    mouth = await mouths.open("CA1")
    sounds = [s async for s in mouth.speak(words("Good morning.", "How can I help?"))]
    assert [s.completes for s in sounds if s.completes] == ["Good morning.", "How can I help?"]
    assert all(len(s.ulaw) <= 800 for s in sounds)
    seconds = sum(len(s.ulaw) for s in sounds) / 8000
    assert 1.0 < seconds < 4.0


async def test_it_is_loud_enough_and_does_not_clip(mouths: LocalMouths) -> None:
    pcm = ulaw.decode(await mouths.voice("Thanks for calling Bart's Automotive.")).astype(float)
    level = np.sqrt((pcm**2).mean())
    assert 800 < level < 12000
    assert (np.abs(pcm) >= 32124).mean() < 0.001


async def test_longer_text_takes_longer_and_punctuation_alone_is_silent(
    mouths: LocalMouths,
) -> None:
    short, long = await mouths.voice("Yes."), await mouths.voice("Yes, that is quite right.")
    assert len(short) < len(long)
    assert len(await mouths.voice("...")) < 4000


async def test_calls_share_one_process_without_mixing(mouths: LocalMouths) -> None:
    texts = ("One.", "Twenty thousand and three hundred.") * 3
    sizes = [len(ulaw) for ulaw in await asyncio.gather(*(mouths.voice(t) for t in texts))]
    assert max(sizes[0::2]) < min(sizes[1::2])


def alike(one: bytes, other: bytes) -> bool:
    """The engine never says the same thing twice to the bit, but for about as long."""
    return abs(len(one) - len(other)) < 0.2 * len(other)


async def test_a_caller_who_is_gone_does_not_disturb_the_next_clause(mouths: LocalMouths) -> None:
    expected = await mouths.voice("Second.")
    waiting = asyncio.create_task(mouths.voice("First, and rather long, to be sure."))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert alike(await mouths.voice("Second."), expected)


def _workers() -> list[int]:
    """The children of this process that run a local worker."""
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    command = {int(c): Path(f"/proc/{c}/cmdline").read_bytes() for c in children}
    return [pid for pid, line in command.items() if b"voice.local" in line]


async def test_a_process_that_dies_is_started_again(mouths: LocalMouths) -> None:
    expected = await mouths.voice("Hello.")
    workers = _workers()
    assert len(workers) == 1
    for process in workers:
        os.kill(process, signal.SIGKILL)
    assert alike(await mouths.voice("Hello."), expected)

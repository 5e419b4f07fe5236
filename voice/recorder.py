"""Lines that are always the same, voiced before anybody needs them.

    lines ─► the preferred voice, one after the other ─► audio, kept for the life of the process
               └─ out of reach: the line is tried again later

A line that is recorded sounds at once and whatever becomes of the voice, and costs no flush of it.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager

from voice.ports import Mouths, VoiceError

log = logging.getLogger(__name__)

_MOST_S = 5.0
"""A voice that takes longer for a line is out of reach."""


@asynccontextmanager
async def recording(
    mouths: Mouths,
    first: Sequence[str],
    others: Sequence[str] = (),
    *,
    between_s: float = 0.5,
    again_s: float = 30.0,
) -> AsyncIterator[Mapping[str, bytes]]:
    """The audio of lines by their text, mu-law: the first ones now, the others by and by.

    Args:
        mouths: The voice whose sound callers know; nothing stands in for it here.
        between_s: The pause between two lines: calls come first.
        again_s: How long after a failure a line is tried again.
    """
    recorded: dict[str, bytes] = {}
    for line in first:
        await _record(mouths, line, recorded)
    recording_on = asyncio.create_task(
        _keep_recording(mouths, dict.fromkeys((*first, *others)), recorded, between_s, again_s)
    )
    try:
        yield recorded
    finally:
        recording_on.cancel()
        await asyncio.gather(recording_on, return_exceptions=True)


async def _keep_recording(
    mouths: Mouths,
    lines: Mapping[str, None],
    recorded: dict[str, bytes],
    between_s: float,
    again_s: float,
) -> None:
    while missing := [line for line in lines if line not in recorded]:
        for line in missing:
            await asyncio.sleep(between_s)
            if not await _record(mouths, line, recorded):
                await asyncio.sleep(again_s)
    log.info("%d lines are recorded", len(recorded))


async def _record(mouths: Mouths, line: str, recorded: dict[str, bytes]) -> bool:
    try:
        async with asyncio.timeout(_MOST_S):
            ulaw = await voiced(mouths, line)
    except (VoiceError, TimeoutError) as error:
        log.warning("a line is voiced at the call: %s", error or "the voice is too slow")
        return False
    if ulaw:
        recorded[line] = ulaw
    return bool(ulaw)


async def voiced(mouths: Mouths, line: str) -> bytes:
    """A line as mu-law audio.

    Raises:
        VoiceError: The voice is out of reach.
    """

    async def once() -> AsyncIterator[str]:
        yield line

    synthesizer = await mouths.open("recorder")
    try:
        async with aclosing(synthesizer.speak(once())) as sounds:
            return b"".join([sound.ulaw async for sound in sounds])
    finally:
        await synthesizer.aclose()

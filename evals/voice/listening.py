"""Has sentences spoken, spoiled by a condition, and heard by a recogniser."""

import asyncio
from collections.abc import Callable, Sequence

import numpy as np

from evals.voice import conditions
from evals.voice.conditions import CONDITIONS, RATE, Samples
from evals.voice.matrix import Hearing, Sentence
from evals.voice.words import errors
from voice import ulaw
from voice.events import CallerTurn, Interim
from voice.ports import Ears, Mouths, Transcriber
from voice.recorder import voiced

AT_ONCE = 8
BEFORE_S, AFTER_S = 0.4, 2.6
_FRAME = 160
_FRAME_S = 0.02
_FULL = 32768.0
_FIRST_S, _NEXT_S, _ABOUT_MS = 6.0, 1.5, 300


async def listen(
    sentences: Sequence[Sentence],
    ears: Ears,
    mouths: Mouths,
    *,
    seed: int,
    real_time: bool,
    tell: Callable[[Hearing], None],
) -> list[Hearing]:
    """Every sentence under every condition.

    Args:
        sentences: What is said.
        ears: The recogniser; each sentence is a call of its own.
        mouths: The voice; each sentence is said once, and is the same under all conditions.
        seed: Of the conditions.
        real_time: Whether audio is sent as fast as people speak, as a service expects.
        tell: Told of each sentence as it was heard.

    Raises:
        VoiceError: The voice or the recogniser is gone.
    """
    voiced = [await _voiced(mouths, sentence.said) for sentence in sentences]
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(number: int, condition: str) -> Hearing:
        async with turn:
            sentence = sentences[number]
            line = _line(voiced[number], condition, seed + number)
            heard = await _heard(ears, sentence, line, real_time=real_time)
            found = Hearing(
                sentence, condition, heard, errors(sentence.said, heard, sentence.entities)
            )
            tell(found)
            return found

    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(one(number, condition))
            for number in range(len(sentences))
            for condition in CONDITIONS
        ]
    return [task.result() for task in tasks]


async def _voiced(mouths: Mouths, words: str) -> Samples:
    """The sentence at the usual level, with silence around it."""
    samples = ulaw.decode(await voiced(mouths, words)) / _FULL
    quiet = np.zeros(round(BEFORE_S * RATE)), np.zeros(round(AFTER_S * RATE))
    return conditions.levelled(np.concatenate([quiet[0], samples, quiet[1]]))


def _line(speech: Samples, condition: str, seed: int) -> bytes:
    spoiled = conditions.apply(condition, speech, seed)
    return ulaw.encode(np.clip(spoiled * _FULL, -_FULL, _FULL - 1).astype(np.int16))


async def _heard(ears: Ears, sentence: Sentence, line: bytes, *, real_time: bool) -> str:
    """What was made out by the end of it: whole turns, else as much as was guessed."""
    transcriber = await ears.open("evals-audio")
    made = _MadeOut(transcriber, len(line) / RATE * 1000 - AFTER_S * 1000)
    following = asyncio.create_task(made.follow())
    try:
        transcriber.expect(sentence.asked)
        await _feed(transcriber, line, real_time=real_time)
        if not real_time:
            await made.whole()
    finally:
        await transcriber.aclose()
        await following
    return made.text


class _MadeOut:
    """What is made out of one sentence."""

    def __init__(self, transcriber: Transcriber, spoken_ms: float) -> None:
        self._transcriber = transcriber
        self._spoken_ms = spoken_ms
        self._turns: list[CallerTurn] = []
        self._guess = ""
        self._news = asyncio.Event()

    @property
    def text(self) -> str:
        """Whole turns, and what was guessed of one that never ended."""
        return " ".join([*(turn.text for turn in self._turns), self._guess]).strip()

    async def follow(self) -> None:
        """Take what is heard until the recogniser is closed."""
        async for event in self._transcriber.heard():
            if isinstance(event, CallerTurn):
                self._turns.append(event)
                self._guess = ""
            elif isinstance(event, Interim):
                self._guess = event.text
            self._news.set()

    async def whole(self) -> None:
        """Wait for the end of a recogniser that hears at its own speed, and may hear nothing."""
        while not self._turns or self._turns[-1].ended_ms < self._spoken_ms - _ABOUT_MS:
            self._news.clear()
            try:
                async with asyncio.timeout(_NEXT_S if self._turns else _FIRST_S):
                    await self._news.wait()
            except TimeoutError:
                return


async def _feed(transcriber: Transcriber, line: bytes, *, real_time: bool) -> None:
    loop = asyncio.get_running_loop()
    due = loop.time()
    for start in range(0, len(line), _FRAME):
        transcriber.feed(line[start : start + _FRAME])
        due += _FRAME_S
        if real_time:
            await asyncio.sleep(max(0.0, due - loop.time()))

"""Two voices in virtual time: a stall is not heard, and nothing is said twice or left out."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from tests.support.speech import MS_PER_CHARACTER, spelled
from tests.support.virtual_time import run_virtually
from voice.hedge import HedgedMouths, HedgePatience
from voice.playback import BYTES_PER_MS
from voice.ports import Sound, VoiceError

REPLY = ("Let me see.", "We open at eight in the morning.", "Shall I book it?")
NEVER = 1000.0


@dataclass
class Vendor:
    """A voice that spells what it says, and fails as it is told.

    Attributes:
        opens_s: How long a call waits for it.
        begins_s: How long each clause waits for its audio.
        stalls_after: After so many pieces of one character it says nothing more.
        breaks_after: After so many pieces it is gone.
    """

    opens_s: float = 0.0
    begins_s: float = 0.05
    stalls_after: int | None = None
    breaks_after: int | None = None
    clears_s: float = 0.0
    asked: list[str] = field(default_factory=list)
    speaking: int = 0
    closed: int = 0
    _said: int = 0

    async def open(self, call_sid: str) -> "Vendor":
        await asyncio.sleep(self.opens_s)
        return self

    async def speak(self, clauses: AsyncIterator[str]) -> AsyncGenerator[Sound, None]:
        assert self.speaking == 0, "one reply at a time"
        self.speaking += 1
        try:
            async for clause in clauses:
                self.asked.append(clause)
                await asyncio.sleep(self.begins_s)
                for at, letter in enumerate(clause):
                    await self._fail_if_due()
                    self._said += 1
                    last = at == len(clause) - 1
                    yield Sound(spelled(letter), completes=clause if last else None)
        finally:
            await asyncio.sleep(self.clears_s)
            self.speaking -= 1

    async def _fail_if_due(self) -> None:
        if self._said == self.stalls_after:
            await asyncio.sleep(NEVER)
        if self._said == self.breaks_after:
            raise VoiceError("voice: gone")

    async def aclose(self) -> None:
        self.closed += 1


@dataclass
class Ear:
    """What was heard, and the longest silence between two sounds, played in real time."""

    text: str = ""
    completed: list[str] = field(default_factory=list)
    longest_gap_s: float = 0.0

    async def hear(self, sounds: AsyncGenerator[Sound, None]) -> None:
        loop = asyncio.get_running_loop()
        free_at = loop.time()
        async for sound in sounds:
            self.longest_gap_s = max(self.longest_gap_s, loop.time() - free_at)
            letters = sound.ulaw[:: MS_PER_CHARACTER * BYTES_PER_MS].decode("latin-1")
            self.text += letters
            if sound.completes is not None:
                self.completed.append(sound.completes)
            free_at = max(free_at, loop.time()) + len(sound.ulaw) / BYTES_PER_MS / 1000
            await asyncio.sleep(max(0.0, free_at - loop.time() - 0.4))


async def _slowly(*clauses: str, pause_s: float = 0.0) -> AsyncIterator[str]:
    for clause in clauses:
        await asyncio.sleep(pause_s)
        yield clause


def virtually(test: Callable[[], Awaitable[None]]) -> None:
    run_virtually(test())  # type: ignore[arg-type]  # tests are coroutines


STALLS = {
    "it does not open": Vendor(opens_s=NEVER),
    "it makes no sound": Vendor(begins_s=NEVER),
    "it stops within the first clause": Vendor(stalls_after=6),
    "it stops at the end of a word": Vendor(stalls_after=11 + 8),
    "it stops between two clauses": Vendor(stalls_after=11),
    "it stops in the last word": Vendor(stalls_after=11 + 30),
    "it breaks off at once": Vendor(breaks_after=0),
    "it breaks off within a clause": Vendor(breaks_after=11 + 14),
}


@pytest.mark.parametrize("name", STALLS)
def test_the_second_voice_goes_on_where_the_first_has_stopped(name: str) -> None:
    async def scenario() -> None:
        fault = STALLS[name]
        first = Vendor(fault.opens_s, fault.begins_s, fault.stalls_after, fault.breaks_after)
        second = Vendor()
        mouths = HedgedMouths([first, second])
        voice = await mouths.open("CA1")
        ear = Ear()
        await ear.hear(voice.speak(_slowly(*REPLY)))
        assert ear.completed == list(REPLY)
        assert _apart_from_one_word(ear.text, "".join(REPLY)), ear.text
        assert ear.longest_gap_s < 1.2
        await voice.aclose()
        await mouths.aclose()
        assert second.closed == 2

    virtually(scenario)


def _apart_from_one_word(heard: str, meant: str) -> bool:
    """Whether it is what was meant; the word in which a voice stopped may begin once more."""
    if heard == meant:
        return True
    for at in range(len(meant)):
        for again in range(12):
            if heard == meant[:at] + meant[max(0, at - again) :]:
                return " " not in meant[max(0, at - again) : at].strip()
    return False


def test_a_voice_in_time_is_heard_alone() -> None:
    async def scenario() -> None:
        first, second = Vendor(begins_s=0.5), Vendor()
        voice = await HedgedMouths([first, second]).open("CA1")
        ear = Ear()
        await ear.hear(voice.speak(_slowly(*REPLY, pause_s=2.0)))
        assert ear.text == "".join(REPLY)
        assert second.asked == []
        await voice.aclose()

    virtually(scenario)


def test_the_first_voice_wins_if_it_is_the_first_to_sound_after_all() -> None:
    async def scenario() -> None:
        first, second = Vendor(begins_s=0.8), Vendor(begins_s=0.5)
        voice = await HedgedMouths([first, second]).open("CA1")
        ear = Ear()
        await ear.hear(voice.speak(_slowly(REPLY[0])))
        assert ear.text == REPLY[0]
        assert second.asked == [REPLY[0]]
        await voice.aclose()

    virtually(scenario)


def test_a_voice_that_was_late_rests_and_is_asked_again_later() -> None:
    async def scenario() -> None:
        first, second = Vendor(begins_s=NEVER), Vendor()
        voice = await HedgedMouths([first, second], HedgePatience(rest_s=20)).open("CA1")
        gaps = []
        for pause_s in (0.0, 1.0, 30.0):
            await asyncio.sleep(pause_s)
            first.begins_s = NEVER if pause_s == 0.0 else 0.05
            ear = Ear()
            await ear.hear(voice.speak(_slowly(REPLY[0])))
            assert ear.text == REPLY[0]
            gaps.append(round(ear.longest_gap_s, 2))
        assert gaps == [0.75, 0.05, 0.05]
        assert (len(first.asked), len(second.asked)) == (2, 2)
        await voice.aclose()

    virtually(scenario)


def test_a_voice_slow_to_fall_silent_does_not_hold_up_the_next_reply() -> None:
    async def scenario() -> None:
        first, second = Vendor(clears_s=NEVER), Vendor()
        voice = await HedgedMouths([first, second]).open("CA1")
        sounds = voice.speak(_slowly(*REPLY))
        await anext(sounds)
        began = asyncio.get_running_loop().time()
        await sounds.aclose()
        ear = Ear()
        await ear.hear(voice.speak(_slowly("Yes?")))
        assert ear.text == "Yes?"
        assert asyncio.get_running_loop().time() - began < 1.2
        await voice.aclose()

    virtually(scenario)


@pytest.mark.parametrize("voices", [1, 2])
def test_when_no_voice_sounds_the_reply_is_given_up_in_time(voices: int) -> None:
    async def scenario() -> None:
        mouths = HedgedMouths([Vendor(begins_s=NEVER) for _ in range(voices)])
        voice = await mouths.open("CA1")
        began = asyncio.get_running_loop().time()
        with pytest.raises(VoiceError, match="no voice makes a sound"):
            await Ear().hear(voice.speak(_slowly(*REPLY)))
        assert asyncio.get_running_loop().time() - began < 2.6
        await voice.aclose()

    virtually(scenario)


def test_what_the_clauses_raise_is_raised() -> None:
    async def broken() -> AsyncIterator[str]:
        yield "Well."
        raise RuntimeError("no more")

    async def scenario() -> None:
        voice = await HedgedMouths([Vendor(), Vendor()]).open("CA1")
        with pytest.raises(RuntimeError, match="no more"):
            await Ear().hear(voice.speak(broken()))
        await voice.aclose()

    virtually(scenario)


def test_at_least_one_voice_is_needed() -> None:
    with pytest.raises(ValueError, match="at least one voice"):
        HedgedMouths([])

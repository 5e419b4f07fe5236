"""How the stand-in recogniser hears, in audio time."""

import pytest

from evals.standins.hearing import (
    Began,
    Cue,
    Ended,
    EnergyHearing,
    Hearing,
    Paused,
    Resumed,
    TimedHearing,
    Utterance,
    Utterances,
    Words,
)
from evals.standins.verbatim import VerbatimHearing, verbatim

QUIET = b"\xff" * 160
SOUND = b"\xa0" * 160
CALLER = (Utterance("one two three four five", after_ms=100, for_ms=600), Utterance("six"))


def _hear(hearing: Hearing, audio: bytes, size: int = 160) -> list[Cue]:
    return [
        cue
        for start in range(0, len(audio), size)
        for cue in hearing.feed(audio[start : start + size])
    ]


@pytest.mark.parametrize("size", [1, 160, 777, 100_000])
def test_energy_ends_an_utterance_of_the_script_at_each_silence(size: int) -> None:
    hearing = EnergyHearing(Utterances(CALLER), silence_ms=200)
    cues = _hear(hearing, (QUIET * 5 + SOUND * 30 + QUIET * 20) * 3, size)
    assert cues[0] == Began(140)
    assert [cue for cue in cues if not isinstance(cue, Words)] == [
        Began(140),
        Ended("one two three four five", 900),
        Began(1240),
        Ended("six", 2000),
    ]
    assert Words("one", 400) in cues


def test_energy_does_not_hear_a_click() -> None:
    hearing = EnergyHearing(Utterances(CALLER))
    assert _hear(hearing, QUIET * 5 + SOUND + QUIET * 30) == []


def test_energy_pauses_and_resumes() -> None:
    hearing = EnergyHearing(Utterances(CALLER), silence_ms=400, eager_ms=100)
    cues = _hear(hearing, SOUND * 10 + QUIET * 10 + SOUND * 5 + QUIET * 30)
    kinds = [type(cue) for cue in cues if not isinstance(cue, Words)]
    assert kinds == [Began, Paused, Resumed, Paused, Ended]


def test_timed_goes_by_the_script_alone() -> None:
    cues = _hear(TimedHearing(Utterances(CALLER)), QUIET * 200)
    turns = [cue for cue in cues if not isinstance(cue, Words)]
    assert turns[:2] == [Began(100), Ended("one two three four five", 700)]
    assert turns[2:] == [Began(1200), Ended("six", 2200)]


@pytest.mark.parametrize("kind", ["energy", "timed"])
def test_a_turn_can_be_ended_by_hand(kind: str) -> None:
    hearing: Hearing = {"energy": EnergyHearing, "timed": TimedHearing}[kind](Utterances(CALLER))
    _hear(hearing, SOUND * 20)
    assert [type(cue) for cue in hearing.end()] == [Ended]
    assert list(hearing.end()) == []


@pytest.mark.parametrize("size", [1, 7, 160, 100_000])
def test_verbatim_hears_what_the_bytes_spell(size: int) -> None:
    audio = QUIET + verbatim("Škoda, bitte") + QUIET * 3 + verbatim("a" * 500)
    cues = _hear(VerbatimHearing(), audio, size)
    assert [cue.text for cue in cues if isinstance(cue, Ended)] == ["Škoda, bitte", "a" * 500]
    assert sum(isinstance(cue, Began) for cue in cues) == 2


@pytest.mark.parametrize("size", [1, 160, 4000])
def test_verbatim_begins_before_its_words_can_be_made_out(size: int) -> None:
    audio = QUIET + verbatim("hello", for_ms=600)
    hearing = VerbatimHearing()
    cues = [cue for at in range(0, len(audio), size) for cue in hearing.feed(audio[at : at + size])]
    began, ended = cues
    assert isinstance(began, Began)
    assert isinstance(ended, Ended)
    assert ended.text == "hello"
    assert len(verbatim("hello", for_ms=600)) == 620 * 8


def test_verbatim_gets_over_lost_audio() -> None:
    audio = verbatim("a" * 500)[:320] + QUIET + verbatim("hello")
    cues = _hear(VerbatimHearing(), audio)
    assert [cue.text for cue in cues if isinstance(cue, Ended)] == ["hello"]


def test_verbatim_fills_whole_frames() -> None:
    assert len(verbatim("hello")) == 160
    with pytest.raises(ValueError, match="too long"):
        verbatim("a" * 70_000)

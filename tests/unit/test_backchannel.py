"""Who hums wants to listen, who answers wants the floor: judged on a table labelled by hand."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest

from tests.support.soak import sampled
from tests.support.speech import (
    MS_PER_CHARACTER,
    Handset,
    Parrot,
    ScriptedEars,
    SpellingVoice,
    recordings,
)
from tests.support.virtual_time import run_virtually
from voice.backchannel import Saying, is_backchannel, is_nod
from voice.call import VoiceCall
from voice.events import CallerTurn, EarlyTurn, Heard, Interim, Resumed, SpeechStarted

TABLE = Path(__file__).parents[2] / "evals" / "utterances" / "backchannels.jsonl"
ROWS = [orjson.loads(line) for line in TABLE.read_bytes().splitlines()]
PRECISION, RECALL = 0.98, 0.95

OFFER = "An oil change is forty-nine dollars. "
ASKING = "Shall I book it for Tuesday at ten?"
HOURS = "We're open from eight in the morning until six in the evening."


def _goes_on(row: dict[str, str]) -> bool:
    saying = Saying(row["heard"], row["unheard"], row["expecting"])  # type: ignore[arg-type]  # as labelled
    return is_backchannel(row["words"], saying)


def test_the_table_is_large_and_says_nothing_twice() -> None:
    assert len(ROWS) >= 150
    assert len({orjson.dumps({**row, "goes_on": None}) for row in ROWS}) == len(ROWS)


def test_precision_and_recall_are_what_is_stated() -> None:
    judged = [(row, _goes_on(row)) for row in ROWS]
    right = sum(row["goes_on"] for row, goes_on in judged if goes_on)
    wrong = [row for row, goes_on in judged if goes_on and not row["goes_on"]]
    missed = [row for row, goes_on in judged if row["goes_on"] and not goes_on]
    assert right / (right + len(wrong)) >= PRECISION, wrong
    assert right / (right + len(missed)) >= RECALL, missed


@pytest.mark.parametrize(
    ("words", "heard", "unheard", "goes_on"),
    [
        ("yeah", OFFER, ASKING, True),
        ("yeah", OFFER + ASKING[:14], ASKING[14:], False),
        ("yeah", OFFER + ASKING, "", False),
        ("mm-hm", HOURS[:20], HOURS[20:], True),
        ("no", HOURS[:20], HOURS[20:], False),
        ("okay?", HOURS[:20], HOURS[20:], False),
        ("okay", "", "", True),
        ("", HOURS[:20], HOURS[20:], False),
    ],
    ids=[
        "before the question it is a nod",
        "during the question it is an answer",
        "after the question it is an answer",
        "a hum in the middle of a statement",
        "an objection is never a nod",
        "a question is never a nod",
        "while she thinks it changes nothing",
        "no words are no nod",
    ],
)
def test_the_same_words_are_judged_by_what_is_being_said(
    words: str, heard: str, unheard: str, *, goes_on: bool
) -> None:
    assert is_backchannel(words, Saying(heard, unheard, "yes_no")) is goes_on


# The reply goes on


@dataclass(frozen=True)
class Sound:
    """Something a listener does: when, from the beginning of the reply, and what is made of it."""

    after_s: float
    events: tuple[Heard, ...]


def _nods_at(after_s: float) -> Sound:
    said = "mm-hm"
    return Sound(after_s, (SpeechStarted(0), Interim(said, 0), CallerTurn(said, 0)))


def _coughs_at(after_s: float) -> Sound:
    return Sound(after_s, (SpeechStarted(0),))


def _nods_early_at(after_s: float) -> Sound:
    said = "okay"
    taken_back = (EarlyTurn(said, 0), Resumed(0), EarlyTurn(said, 0), CallerTurn(said, 0))
    return Sound(after_s, (SpeechStarted(0), *taken_back))


STATEMENT = "We open at eight and close at six. " * 3
SPOKEN = STATEMENT.replace(". ", ".")
"""A voice makes no sound for the space between two sentences."""

LASTS_S = len(STATEMENT) * MS_PER_CHARACTER / 1000
OFFSETS = [number / sampled(10, 100) for number in range(1, sampled(10, 100) - 1)]


@pytest.mark.parametrize("sound", [_coughs_at, _nods_at, _nods_early_at], ids=lambda s: s.__name__)
@pytest.mark.parametrize("share", OFFSETS)
def test_after_a_sound_that_is_no_turn_every_word_is_heard_once(
    sound: Callable[[float], Sound], share: float
) -> None:
    run_virtually(_heard_out(sound(LASTS_S * share)))


async def _heard_out(*sounds: Sound) -> None:
    ears, handset, agent = ScriptedEars(), Handset(), Parrot([STATEMENT])
    call = VoiceCall(agent, ears, SpellingVoice(), "", recordings(""))
    handset.on_mark = call.marked
    running = asyncio.create_task(call.run(handset))
    await asyncio.sleep(1)
    ears.events.put_nowait(CallerTurn("when are you open", 0))
    for sound in sounds:
        await asyncio.sleep(sound.after_s)
        for event in sound.events:
            ears.events.put_nowait(event)
            await asyncio.sleep(0.05)
    await asyncio.sleep(LASTS_S + 3)
    assert handset.cleared_at
    assert handset.heard.startswith(SPOKEN)
    assert STATEMENT[:10] not in handset.heard[len(SPOKEN) :]
    assert (agent.asked, agent.was_heard) == (["when are you open"], [])
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await call.aclose()


@pytest.mark.parametrize(
    ("words", "unheard", "goes_on"),
    [
        ("I", HOURS, True),
        ("okay got", HOURS, True),
        ("take your", HOURS, True),
        ("I need", HOURS, False),
        ("I", ASKING, True),
        ("that's", "", False),
        ("no wait", HOURS, False),
    ],
)
def test_the_beginning_of_a_nod_is_waited_for_and_no_turn_is(
    words: str, unheard: str, goes_on: bool
) -> None:
    saying = Saying(OFFER, unheard)
    assert is_nod(Interim(words, 0), saying) is goes_on
    assert is_nod(CallerTurn(words, 0), saying) is False

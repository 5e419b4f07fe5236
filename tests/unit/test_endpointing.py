"""When an answer is whole, and turns that wait for the rest of a number."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass

import pytest

from tests.support.speech import Handset, Parrot, ScriptedEars, SpellingVoice, recordings
from tests.support.virtual_time import run_virtually
from voice.call import VoiceCall
from voice.dictation import HELD_MS, DictationTranscriber
from voice.endpointing import Progress, pause_ms, progress
from voice.events import CallerTurn, EarlyTurn, Heard, Interim, SpeechStarted
from voice.figures import dictated
from voice.ports import Expectation, VoiceError

SAID = {
    "number words": ("three one two", False, "312"),
    "figures in groups": ("(312) 555-0142", False, "3125550142"),
    "a country code": ("it's 1 312 555 0142", False, "13125550142"),
    "tens and teens": ("three twelve fifty five", False, "31255"),
    "double and triple": ("double five triple one", False, "55111"),
    "hundreds": ("eight hundred", False, "800"),
    "only what stands at the end": ("my 2 cars, it's 312", False, "312"),
    "nothing after other words": ("312 I think", False, ""),
    "letters with examples": ("B as in boy, X for X-ray 41", True, "BX41"),
    "the radio alphabet": ("bravo x-ray four one", True, "BX41"),
    "letters written together": ("BX 41920", True, "BX41920"),
    "no letters in a phone number": ("B X four one", False, "41"),
}


@pytest.mark.parametrize(("text", "letters", "run"), SAID.values(), ids=SAID.keys())
def test_what_was_dictated(text: str, letters: bool, run: str) -> None:
    assert dictated(text, letters=letters) == run


PROGRESS: dict[str, tuple[str, Expectation, Progress]] = {
    "three digits of a phone number": ("312", "phone", "part"),
    "ten digits": ("312 555 0142", "phone", "whole"),
    "ten digits that begin with the country code": ("1 312 555 014", "phone", "part"),
    "no digit": ("I don't have one", "phone", "none"),
    "sixteen of a VIN": ("1HGCM82633A00435", "vin", "part"),
    "seventeen": ("1HGCM82633A004352", "vin", "whole"),
    "four of a plate": ("B X 4 1", "plate", "part"),
    "six of a plate": ("B X 4 1 9 2", "plate", "perhaps"),
    "seven": ("B X 4 1 9 2 0", "plate", "whole"),
    "talk instead of a plate": ("why do you ask", "plate", "none"),
    "month and day": ("March third", "birth_date", "part"),
    "with the year": ("March third nineteen eighty five", "birth_date", "whole"),
    "a date in figures": ("3/10/1985", "birth_date", "whole"),
    "a house number": ("742", "address", "none"),
    "a ZIP code": ("742 Elm Street 62704", "address", "whole"),
    "numbers that nobody asked for": ("312 555", "open", "none"),
}


@pytest.mark.parametrize(("text", "expected", "said"), PROGRESS.values(), ids=PROGRESS.keys())
def test_progress(text: str, expected: Expectation, said: Progress) -> None:
    assert progress(text, expected) == said


PAUSES: dict[str, tuple[str, Expectation, int | None]] = {
    "a clear yes": ("Yes, that's right.", "yes_no", 400),
    "a no, which may go on": ("No.", "yes_no", 600),
    "a no that does not": ("No, thank you.", "yes_no", 400),
    "a yes with more": ("yes but on Tuesday", "yes_no", None),
    "yes, where it was not asked": ("yes", "open", None),
    "a whole phone number": ("312 555 0142", "phone", 400),
    "half of one": ("312 555", "phone", None),
    "an excuse": ("I don't have it with me", "phone", 1000),
    "the beginning of an answer": ("my number is", "phone", None),
    "somebody who goes to look": ("hold on, it's in the car", "vin", None),
    "a whole VIN": ("1HGCM82633A004352", "vin", 300),
    "a plate of seven": ("BX 41920", "plate", 600),
    "a plate of six": ("BX 4192", "plate", 1700),
    "a street with its ZIP code": ("742 Elm Street 62704", "address", 500),
    "the same in words": ("seven forty two Elm Street six two seven oh four", "address", 500),
    "five figures, perhaps of a house": ("62704", "address", 1000),
    "no words": ("", "yes_no", None),
}


@pytest.mark.parametrize(("text", "expected", "pause"), PAUSES.values(), ids=PAUSES.keys())
def test_after_which_pause_an_answer_is_over(
    text: str, expected: Expectation, pause: int | None
) -> None:
    assert pause_ms(text, expected) == pause


def _turn(text: str) -> list[Heard]:
    return [SpeechStarted(0), Interim(text, 0), CallerTurn(text, 0)]


Timed = tuple[float, list[Heard]]


async def _hear(expected: Expectation, *timed: Timed) -> list[tuple[float, str]]:
    """The turns, and when they were told; each group of events comes so long after the last."""
    ears, told = ScriptedEars(), []
    patient = DictationTranscriber(ears)
    patient.expect(expected)
    loop = asyncio.get_running_loop()

    async def listen() -> None:
        async for event in patient.heard():
            if isinstance(event, CallerTurn):
                told.append((round(loop.time(), 2), event.text))

    listening = asyncio.create_task(listen())
    for after_s, events in timed:
        await asyncio.sleep(after_s)
        for event in events:
            ears.events.put_nowait(event)
    await asyncio.sleep(10)
    await patient.aclose()
    await listening
    return told


HELD_S = HELD_MS / 1000
HELD = {
    "a phone number in three turns is one": (
        "phone",
        [(0, _turn("312")), (1.5, _turn("555")), (1.5, _turn("0142"))],
        [(3.0, "312 555 0142")],
    ),
    "a plate in three turns is one": (
        "plate",
        [(0, _turn("B X")), (1.5, _turn("4 1 9")), (1.5, _turn("2 0"))],
        [(3.0, "B X 4 1 9 2 0")],
    ),
    "half a number is a turn in the end": ("phone", [(0, _turn("312"))], [(HELD_S, "312")]),
    "a whole one is not waited with": ("phone", [(0, _turn("3125550142"))], [(0.0, "3125550142")]),
    "nor anything else": ("phone", [(0, _turn("I forgot it"))], [(0.0, "I forgot it")]),
    "nor where no number was asked for": ("open", [(0, _turn("312"))], [(0.0, "312")]),
    "who goes on speaking is waited for": (
        "phone",
        [(0, _turn("312")), (1.5, [SpeechStarted(0), Interim("555", 0)]), (3, _turn("555 0142"))],
        [(4.5, "312 555 0142")],
    ),
    "who gives up is heard with both": (
        "vin",
        [(0, _turn("1 H G")), (1.0, _turn("oh never mind"))],
        [(1.0, "1 H G oh never mind")],
    ),
    "a noise does not hold it for ever": (
        "phone",
        [(0, _turn("312")), (1.0, [SpeechStarted(0)])],
        [(1.0 + HELD_S, "312")],
    ),
}


@pytest.mark.parametrize(("expected", "timed", "turns"), HELD.values(), ids=HELD.keys())
def test_a_number_said_in_pieces_is_one_turn(
    expected: Expectation, timed: list[Timed], turns: list[tuple[float, str]]
) -> None:
    assert run_virtually(_hear(expected, *timed)) == turns


def _virtually(test: Callable[[], Awaitable[None]]) -> None:
    run_virtually(test())  # type: ignore[arg-type]  # tests are coroutines


def test_half_a_number_is_not_answered_early_and_the_whole_one_is() -> None:
    async def scenario() -> None:
        ears = ScriptedEars()
        patient = DictationTranscriber(ears)
        patient.expect("phone")
        for event in (EarlyTurn("312", 0), *_turn("312"), EarlyTurn("555 0142", 9), None):
            ears.events.put_nowait(event)
        told = [event async for event in patient.heard()]
        assert told == [
            Interim("312", 0),
            SpeechStarted(0),
            Interim("312", 0),
            Interim("312", 0),
            EarlyTurn("312 555 0142", 9),
            CallerTurn("312", 0),
        ]

    _virtually(scenario)


def test_what_is_held_comes_before_the_failure_of_the_recogniser() -> None:
    class Failing(ScriptedEars):
        async def heard(self) -> AsyncGenerator[Heard, None]:
            yield CallerTurn("312", 0)
            raise VoiceError("gone")

    async def scenario() -> None:
        patient = DictationTranscriber(Failing())
        patient.expect("phone")
        events = patient.heard()
        assert [await anext(events), await anext(events)] == [
            Interim("312", 0),
            CallerTurn("312", 0),
        ]
        with pytest.raises(VoiceError, match="gone"):
            await anext(events)

    _virtually(scenario)


@dataclass
class AsksForPhone(Parrot):
    """Wants a number, whatever is said."""

    @property
    def expecting(self) -> Expectation:
        return "phone"


def test_a_call_answers_a_number_in_pieces_once() -> None:
    async def scenario() -> None:
        ears, agent = ScriptedEars(), AsksForPhone(["What is your number?", "Thank you."])
        call = VoiceCall(agent, ears, SpellingVoice(), "", recordings(""))
        handset = Handset()
        handset.on_mark = call.marked
        running = asyncio.create_task(call.run(handset))
        for after_s, text in ((0.5, "hello"), (3.0, "312"), (1.5, "555"), (1.5, "0142"), (2.0, "")):
            await asyncio.sleep(after_s)
            for event in _turn(text) if text else []:
                ears.events.put_nowait(event)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await call.aclose()
        assert agent.asked == ["hello", "312 555 0142"]
        assert handset.heard.endswith("Thank you.")

    _virtually(scenario)

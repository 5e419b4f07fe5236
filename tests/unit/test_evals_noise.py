"""Noise is the same for the same seed, errs as often as it says, and is told by what it costs."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from evals.checks.run import Line, Run
from evals.curve import Cost, cost
from evals.listening import NO, Listener, named
from evals.noise import CONFUSIONS, DISFLUENCIES, Disfluency, disfluent, misheard
from evals.records import Difference
from evals.scenario import Scenario
from shop.profile.shop import load_shop

SHOP = load_shop()
WORDS = "I'd like an oil change for my Honda on Tuesday at ten in the morning please"
TEN = datetime(2026, 11, 17, 16, tzinfo=UTC)
ELEVEN = datetime(2026, 11, 17, 17, tzinfo=UTC)
SCENARIO = Scenario.model_validate_json(
    """{"id": "H99", "split": "happy", "why": "somebody would be hurt",
        "now": "2026-11-16T09:00:00-06:00", "ends": "appointment_booked",
        "caller": {"number": "+12175550163", "opening": "hi",
                   "facts": {"name": "Daniel Brooks", "date_time": "Tuesday at ten"}}}"""
)


def test_the_same_seed_mishears_the_same() -> None:
    assert misheard(0.5, "a")(WORDS, 1) == misheard(0.5, "a")(WORDS, 1)
    assert misheard(0.5, "a")(WORDS, 1) != misheard(0.5, "b")(WORDS, 1)


def test_no_error_leaves_every_word() -> None:
    assert misheard(0.0, "a")(WORDS, 1) == WORDS


@pytest.mark.parametrize("rate", [0.05, 0.1, 0.2])
def test_about_so_many_words_are_wrong(rate: float) -> None:
    words = WORDS.split()
    wrong = 0
    for turn in range(300):
        heard = misheard(rate, "seed")(" ".join(words), turn).split()
        wrong += sum(word not in heard for word in words)
    assert 0.7 * rate < wrong / (300 * len(words)) < 1.3 * rate


@pytest.mark.parametrize("word", ["fifteen", "fifty", "B", "Honda", "Tuesday", "brake", "five"])
def test_telephone_english_is_confused(word: str) -> None:
    assert CONFUSIONS[word]
    assert word not in CONFUSIONS[word]


def test_all_words_lost_is_still_a_sound() -> None:
    assert misheard(1.0, "a")("it is a", 1) == "..."


@pytest.mark.parametrize("kind", DISFLUENCIES)
def test_disfluent_speech_still_holds_what_is_meant(kind: Disfluency) -> None:
    said = disfluent(kind, "seed")("Tuesday at ten in the morning", 1)
    assert said != "Tuesday at ten in the morning"
    assert {"Tuesday", "at", "ten", "in", "the", "morning"} <= set(said.split())


def test_a_self_correction_ends_with_what_is_meant() -> None:
    said = disfluent("self-correction", "seed")("Tuesday at ten", 1)
    assert said.endswith("no wait, Tuesday at ten")


def test_what_can_be_misheard_is_found_in_a_read_back() -> None:
    asked = "So that's an oil change for your Kia, Tuesday at ten AM, under Mario Lopez. Right?"
    assert named(asked) == {"oil", "kia", "tuesday", "10", "mario", "lopez"}


def quiet(*differences: Difference, lines: tuple[Line, ...] = ()) -> Run:
    return Run(lines, differences, {}, (), (), None, (), 0, 0, 0)


@pytest.mark.anyio
async def test_a_listener_denies_what_they_did_not_say_and_says_it_again() -> None:
    read_back = "So that's Tuesday at ten AM, under Daniel Brooks. Shall I book it?"
    known = quiet(lines=(Line("sophie", read_back), Line("caller", "yes")))
    listener = Listener.over(SCENARIO.caller, known)
    assert await listener.says("What can I do for you?") == "hi"
    assert await listener.says(read_back) == "Yes, please."
    assert await listener.says(read_back.replace("Tuesday", "Thursday")) == f"{NO}. Tuesday at ten"
    assert await listener.says(read_back.replace("Brooks", "Books")) == f"{NO}. Daniel Brooks"
    assert await listener.says(read_back.replace("Brooks", "Books")) is None


def booked(**changed: Any) -> Difference:
    row = {"service_type": "oil_change", "scheduled_at": TEN, "customer_concerns": "x", **changed}
    return Difference("appointments", None, row)


ASKED = (Line("sophie", "Tuesday the seventeenth at eleven AM. Is that right?"),)
YES, NOT = Line("caller", "yes", meant="Yes"), Line("caller", "no", meant="No")


@pytest.mark.parametrize(
    ("noisy", "lines", "expected"),
    [
        ([booked()], (), "right"),
        ([booked(customer_concerns="y")], (), "right"),
        ([], (), "less"),
        ([Difference("callbacks", None, {"phone": "+12175550163"})], (), "less"),
        ([booked(estimated_cost=3)], (), "not the same"),
        ([booked(scheduled_at=ELEVEN)], (*ASKED, YES), "agreed"),
        ([booked(scheduled_at=ELEVEN)], (*ASKED, NOT), "WRONG"),
        ([booked(scheduled_at=ELEVEN)], (), "WRONG"),
        ([booked(service_type="brake_service")], (), "WRONG"),
        ([booked(), booked(scheduled_at=ELEVEN)], (), "WRONG"),
        ([Difference("appointments", {"status": "scheduled"}, {"status": "x"})], (), "WRONG"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_noise_is_told_by_what_it_cost(
    noisy: list[Difference], lines: tuple[Line, ...], expected: Cost
) -> None:
    run = replace(quiet(*noisy), lines=lines)
    assert cost(SCENARIO, quiet(booked()), run, SHOP)[0] == expected

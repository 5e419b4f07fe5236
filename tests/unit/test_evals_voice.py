"""The measures of speech hold what they say, by clocks that jump and noise that is made up."""

import asyncio
import time
from datetime import UTC, datetime

import pytest

from evals.report.voice import voice_page
from evals.scenario import ScenariosRefused, load_scenarios
from evals.standins.hearing import Began, Cue, Ended, Paused, Words
from evals.standins.verbatim import verbatim
from evals.voice import command
from evals.voice.drills import drills
from evals.voice.ear import spells, words_played
from evals.voice.hold import HeldCall
from evals.voice.interruptions import cuts
from evals.voice.lateness import Lateness
from evals.voice.measures import Effects, Measure, measures
from evals.voice.observed import Cut, Intrusion, Observed, Part, Spell, Turn
from evals.voice.plans import chosen
from evals.voice.run import Virtual, VoiceRun
from evals.voice.spoken import SILENCE_MS, SpokenHearing, noise, spoken
from evals.voice.stamps import Stamps, Wait, own_ms
from evals.voice.telling import markdown
from evals.voice.words import Entity, Errors, errors
from tests.support.pages import is_whole
from voice.manners import Manners

# Drills


def named(found: list[Measure], name: str) -> Measure:
    """The measure of a name."""
    return next(one for one in found if one.name == name)


@pytest.fixture(scope="module")
def drilled() -> list[Observed]:
    """The drills, with fewer replies cut short than in a run."""
    return drills(2, cuts_in=40)


def test_the_drills_keep_every_budget(drilled: list[Observed]) -> None:
    found = measures(drilled, "virtual time")
    assert [one for one in found if one.broken] == []
    assert named(found, "heard truth").events == 40
    assert named(found, "false yield").events == 142
    assert named(found, "our own part of it").events > 30


def test_the_drills_are_the_same_for_the_same_seed(drilled: list[Observed]) -> None:
    once = [one for one in drilled if one.name == "cuts in"]
    assert list(cuts(2, 40, Manners())) == once


def test_what_listeners_say_never_takes_the_floor(drilled: list[Observed]) -> None:
    needless = [
        drill.name.removeprefix("back-channel: ")
        for drill in drilled
        if any(one.gave_up and one.kind != "cuts in" for one in drill.intrusions)
    ]
    assert needless == []


# Measures

QUIET = Turn(1, "hello", 0.0, 500.0, 900.0, own_ms=10.0)
LATE = Turn(2, "hello?", 2000.0, 2500.0, None)
NEEDLESS = Intrusion("cough", 0.0, 0.0, gave_up=True)
WORDS_LOST = "words lost on the way to the agent"
BROKEN = {
    "a turn that is not answered": (Observed("", turns=(QUIET, LATE)), "response rate"),
    "a cough that takes the floor": (Observed("", intrusions=(NEEDLESS,)), "false yield"),
    "a caller who is not yielded to": (
        Observed("", intrusions=(Intrusion("cuts in", 0.0, None),)),
        "yield rate",
    ),
    "a yield of more than a frame": (
        Observed("", intrusions=(Intrusion("cuts in", 0.0, 21.0, gave_up=True),)),
        "yield latency",
    ),
    "a start while the caller speaks": (
        Observed("", turns=(QUIET,), sophie=(Spell(300, 800),)),
        "agent interrupts",
    ),
    "a silence of more than four seconds": (
        Observed("", sophie=(Spell(0, 100), Spell(4200, 4300)), ended_ms=4300),
        "dead air, the longest",
    ),
    "two words too many that are remembered": (Observed("", cuts=(Cut(3, 5),)), "heard truth"),
    "a word that is lost": (
        Observed("", errors=Errors(9, 1)),
        "words lost on the way to the agent",
    ),
    "a number that is lost": (
        Observed("", errors=errors("call 555", "call", [Entity("phone", "555")])),
        f"{WORDS_LOST}; and names, numbers and times",
    ),
    "time of our own": (
        Observed("", turns=(Turn(1, "", 0.0, 1.0, 90.0, own_ms=61.0),)),
        "our own part of it",
    ),
}


@pytest.mark.parametrize(("seen", "name"), BROKEN.values(), ids=BROKEN)
def test_a_budget_is_broken_by(seen: Observed, name: str) -> None:
    assert [one.name for one in measures([seen], "virtual time") if one.broken] == name.split("; ")


def test_times_of_this_machine_are_told_and_decide_nothing() -> None:
    slow = Observed("", turns=(Turn(1, "", 0.0, 1.0, 90.0, own_ms=61.0),))
    own = named(measures([slow], "whole service"), "our own part of it")
    assert own.kept is False
    assert not own.broken


def test_rates_of_fewer_than_ten_events_are_not_shown() -> None:
    few = named(measures([Observed("", turns=(QUIET,) * 9)], "whole service"), "response rate")
    many = named(measures([Observed("", turns=(QUIET,) * 10)], "whole service"), "response rate")
    assert "%" not in few.shown
    assert many.shown.startswith("100.0%")


def test_an_effect_that_is_not_done_exactly_once_breaks_the_run() -> None:
    found = measures([], "virtual time", Effects(39, 40, ("a caller who cuts in at step 7",)))
    assert [one.name for one in found if one.broken] == ["effects under interruption"]


def test_silence_is_what_neither_side_fills() -> None:
    seen = Observed(
        "", sophie=(Spell(0, 1000),), caller=(Spell(900, 2000), Spell(3500, 3600)), ended_ms=4000
    )
    assert seen.dead_air_ms == 1500


def test_a_wait_is_parted_between_the_vendors_and_us_without_counting_anything_twice() -> None:
    stamps = Stamps(
        model=[Wait(0.5, 1.2), Wait(1.3, 1.5), Wait(9.0, None)],
        voice=[Wait(1.1, 1.25), Wait(1.6, 1.9)],
    )
    parts = stamps.parts(1.0, 2.0)
    told = [(part.kind, round(part.end_ms - part.start_ms)) for part in parts]
    assert told == [
        ("model", 200), ("voice", 50), ("own", 50), ("model", 200), ("own", 100), ("voice", 300),
        ("own", 100),
    ]  # fmt: skip
    assert own_ms(parts) == pytest.approx(250)


@pytest.mark.anyio
async def test_a_loop_that_was_held_up_is_known_to_have_been_late() -> None:
    lateness = Lateness()
    watching = asyncio.create_task(lateness.watch())
    since = asyncio.get_running_loop().time()
    await asyncio.sleep(0.001)
    time.sleep(0.1)  # noqa: ASYNC251 - holding up the loop is the point
    await asyncio.sleep(0.03)  # the watcher's turn comes first, as it was due long ago
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    assert lateness.worst_ms(since) > 50
    assert lateness.worst_ms(asyncio.get_running_loop().time() + 1) == 0.0


# Speech that carries its words


def heard(audio: bytes, sureness: float = 0.7) -> list[Cue]:
    """Everything that is made out of it and of the silence after it."""
    hearing = SpokenHearing(lambda: sureness, eager=True)
    return list(hearing.feed(audio + b"\xff" * 8 * 1000))


def test_words_are_made_out_while_they_are_said_and_the_turn_ends_after_a_silence() -> None:
    cues = heard(spoken("I need an oil change please"))
    kinds = [type(cue) for cue in cues]
    assert kinds[0] is Began
    assert kinds[-2:] == [Paused, Ended]
    assert any(isinstance(cue, Words) and cue.text == "I need" for cue in cues)
    (end,) = (cue for cue in cues if isinstance(cue, Ended))
    assert end.text == "I need an oil change please"
    assert end.at_ms == pytest.approx(6 * 120 + SILENCE_MS, abs=40)


def test_a_cough_has_no_words_and_ends_no_turn() -> None:
    assert [type(cue) for cue in heard(noise(300))] == [Began]


def test_a_number_with_pauses_is_one_turn_for_who_wants_to_be_sure() -> None:
    audio = spoken("two one seven, five five five", pause_ms=400)
    sure = [cue.text for cue in heard(audio, 0.9) if isinstance(cue, Ended)]
    hasty = [cue.text for cue in heard(audio, 0.7) if isinstance(cue, Ended)]
    assert sure == ["two one seven five five five"]
    assert hasty == ["two one seven", "five five five"]


def test_words_that_were_cut_short_are_counted_by_what_was_played() -> None:
    tone = b"\xcf\x4f"
    clause = verbatim("three short words")
    whole = clause + tone * (8 * 300 // 2)
    assert words_played(whole, 100) == 3
    assert words_played(whole + clause + tone * (8 * 120 // 2), 100) == 4
    assert words_played(clause + tone * (8 * 60 // 2), 100) == 0
    assert words_played(b"", 100) == 0


def test_who_was_to_be_heard_is_read_off_the_recording() -> None:
    audio = b"\xff" * 1600 + noise(100) + b"\xff" * 800
    assert spells(audio) == (Spell(200.0, 300.0),)


# Reports and commands


def a_run(*wrong: str) -> VoiceRun:
    """A run with one call and nothing else."""
    part = Part("model", 600.0, 800.0)
    turn = Turn(1, "<b>mine</b>", 0.0, 500.0, 900.0, own_ms=10.0, parts=(part,))
    seen = Observed(
        "H01: <b>mine</b>",
        turns=(turn,),
        intrusions=(Intrusion("cough", 1000.0, 0.4, 1500.0),),
        sophie=(Spell(900, 2000),),
        caller=(Spell(0, 500),),
        ended_ms=2000,
        wrong=wrong,
    )
    (plan,) = chosen(load_scenarios(), ["H01"])
    virtual = Virtual((), Effects(1, 1))
    return VoiceRun(datetime(2026, 11, 23, tzinfo=UTC), 1.0, 1, (HeldCall(plan, seen),), virtual)


def test_the_page_draws_each_turn_and_needs_nothing_from_elsewhere() -> None:
    page = voice_page(a_run())
    assert "svg" in is_whole(page)
    assert "the model 200 ms" in page
    assert "Every budget that decides is kept" in page


def test_what_is_wrong_with_a_call_is_told_first_and_fails_the_run() -> None:
    run = a_run("no <b>mine</b> row")
    assert len(run.broken) == 1
    page = voice_page(run)
    is_whole(page)
    assert page.index("row") < page.index("Measures</h2>")
    assert "## Broken" in markdown(run)


def test_an_id_that_is_not_held_by_voice_is_refused_with_those_that_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command.main(["--id", "H99"]) == 2
    assert "H99 is not held by voice" in capsys.readouterr().err
    with pytest.raises(ScenariosRefused, match="H99 is not held by voice; there are H01"):
        chosen(load_scenarios(), ["H99"])
    assert [one.scenario.id for one in chosen(load_scenarios())]

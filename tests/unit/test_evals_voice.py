"""The measures of speech hold what they say, by clocks that jump and noise that is made up."""

from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import orjson
import pytest

from evals.report.audio import audio_page
from evals.report.voice import voice_page
from evals.scenario import ScenariosRefused, load_scenarios
from evals.standins.hearing import Began, Cue, Ended, Paused, Words
from evals.standins.verbatim import verbatim
from evals.voice import audio, conditions
from evals.voice.audio_telling import AudioRun, as_json
from evals.voice.conditions import CONDITIONS, FRAME, RATE
from evals.voice.drills import drills
from evals.voice.ear import spells, words_played
from evals.voice.hold import HeldCall
from evals.voice.interruptions import cuts
from evals.voice.matrix import Hearing, Sentence, load_sentences, rows
from evals.voice.measures import Effects, Measure, measures
from evals.voice.observed import Cut, Intrusion, Observed, Part, Spell, Turn
from evals.voice.plans import chosen
from evals.voice.run import Virtual, VoiceRun
from evals.voice.spoken import SILENCE_MS, SpokenHearing, noise, spoken
from evals.voice.stamps import Stamps, Wait, own_ms
from evals.voice.telling import markdown
from evals.voice.words import Entity, errors, plain

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
    broken = [one for one in found if one.broken and one.name != "false yield"]
    assert broken == []
    assert named(found, "heard truth").events == 40
    assert named(found, "false yield").events == 142
    assert named(found, "our own part of it").events > 30


def test_the_drills_are_the_same_for_the_same_seed(drilled: list[Observed]) -> None:
    once = [one for one in drilled if one.name == "cuts in"]
    assert list(cuts(2, 40)) == once


def test_what_listeners_say_in_one_word_never_takes_the_floor(drilled: list[Observed]) -> None:
    needless = [
        drill.name.removeprefix("back-channel: ")
        for drill in drilled
        if any(one.gave_up and one.kind != "cuts in" for one in drill.intrusions)
    ]
    assert [name for name in needless if len(name.split()) < 2] == []


# Measures

QUIET = Turn(1, "hello", 0.0, 500.0, 900.0, own_ms=10.0)
LATE = Turn(2, "hello?", 2000.0, 2500.0, None)
NEEDLESS = Intrusion("cough", 0.0, 0.0, gave_up=True)
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
    "a word that is lost": (Observed("", words=9, unheard=1), "words lost on the way to the agent"),
    "time of our own": (
        Observed("", turns=(Turn(1, "", 0.0, 1.0, 90.0, own_ms=61.0),)),
        "our own part of it",
    ),
}


@pytest.mark.parametrize(("seen", "name"), BROKEN.values(), ids=BROKEN)
def test_a_budget_is_broken_by(seen: Observed, name: str) -> None:
    assert [one.name for one in measures([seen], "virtual time") if one.broken] == [name]


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


# Words

PHONE = Entity("phone", "two one seven five five five zero one four two")
WORDS = {
    "the same in figures": ("two one seven five five five", "217 555", 0),
    "a wrong word": ("an oil change please", "an all change please", 1),
    "a word too many and one too few": ("move it to ten", "please move it ten", 2),
    "nothing at all": ("yes please", "", 2),
}


@pytest.mark.parametrize(("said", "came", "wrong"), WORDS.values(), ids=WORDS)
def test_word_errors_of(said: str, came: str, wrong: int) -> None:
    found = errors(said, came)
    assert (found.words, found.wrong) == (len(plain(said)), wrong)


@pytest.mark.parametrize(
    ("came", "lost"),
    [
        ("it is 217-555-0142", 0),
        ("two one seven five five five oh one four two", 0),
        ("two one seven five five nine zero one four two", 1),
        ("", 1),
    ],
)
def test_a_number_arrives_whole_or_is_lost(came: str, lost: int) -> None:
    found = errors(PHONE.said, came, [PHONE])
    assert (found.entities["phone"], found.lost["phone"]) == (1, lost)


# Conditions


@pytest.fixture(scope="module")
def speech() -> conditions.Samples:
    """Twenty seconds of something with the ups and downs of speech."""
    at = np.arange(20 * RATE) / RATE
    voice = sum((np.sin(2 * np.pi * 140 * n * at) / n for n in range(1, 25)), np.zeros(len(at)))
    return conditions.levelled(voice * (np.sin(2 * np.pi * 1.7 * at) > -0.2))


def snr_db(noise_: conditions.Samples, speech_: conditions.Samples) -> float:
    """How far noise lies below a voice."""
    power = float(np.mean(noise_**2))
    return float(10 * np.log10(conditions.active_power(speech_) / power))


def test_the_voice_is_at_the_usual_level(speech: conditions.Samples) -> None:
    power = conditions.active_power(speech)
    assert 10 * np.log10(power) == pytest.approx(conditions.LEVEL_DB, abs=0.1)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("room, 15 dB", conditions.ROOM_SNR_DB), ("engine and street", conditions.STREET_SNR_DB)],
)
def test_noise_lies_below_the_voice_by_what_is_said(
    speech: conditions.Samples, name: str, wanted: float
) -> None:
    added = conditions.apply(name, speech, 3) - speech
    assert snr_db(added, speech) == pytest.approx(wanted, abs=0.5)


def test_bursts_are_as_loud_and_as_frequent_as_is_said(speech: conditions.Samples) -> None:
    found = []
    share = 0.0
    for seed in range(10):
        added = conditions.apply("bursts, -5 to 10 dB", speech, seed) - speech
        share += np.count_nonzero(added) / len(added) / 10
        edges = np.flatnonzero(np.diff(added != 0)) + 1
        pieces = [piece for piece in np.split(added, edges) if piece.any()]
        found += [snr_db(piece, speech) for piece in pieces if len(piece) > 0.06 * RATE]
    low, high = conditions.BURST_SNR_DB
    assert min(found) > low - 0.5
    assert max(found) < high + 0.5
    assert np.mean(found) == pytest.approx((low + high) / 2, abs=1.5)
    assert share == pytest.approx(conditions.BURST_SHARE, abs=0.05)


def test_one_frame_in_a_hundred_is_lost_and_several_in_a_row() -> None:
    ones = np.ones(600 * RATE)
    left = conditions.losses(ones, np.random.default_rng(1)).reshape(-1, FRAME)
    lost = np.asarray(left.max(axis=1) == 0)
    assert lost.mean() == pytest.approx(conditions.LOSS_RATE, abs=0.003)
    bursts = np.count_nonzero(lost[1:] & ~lost[:-1]) + int(lost[0])
    assert lost.sum() / bursts == pytest.approx(conditions.LOSS_BURST, abs=0.6)


def test_what_is_muffled_has_nothing_above_its_limit() -> None:
    white = np.random.default_rng(1).standard_normal(4 * RATE) * 0.05
    found = np.abs(np.fft.rfft(conditions.muffled(white, np.random.default_rng(1)))) ** 2
    hertz = np.fft.rfftfreq(len(white), 1 / RATE)
    above = found[hertz > conditions.MUFFLED_HZ + 100].mean()
    below = found[hertz < conditions.MUFFLED_HZ - 100].mean()
    assert 10 * np.log10(below / (above + 1e-30)) > 60


def test_hands_free_there_is_one_echo_after_what_is_said() -> None:
    white = conditions.levelled(np.random.default_rng(1).standard_normal(4 * RATE))
    wet = conditions.apply("hands-free echo", white, 1)
    found = np.correlate(wet, white[: len(white) - RATE], "valid")
    later = found[200:]
    assert (int(np.argmax(later)) + 200) / RATE * 1000 == pytest.approx(conditions.ECHO_MS, abs=1)
    assert 20 * np.log10(later.max() / found[0]) == pytest.approx(conditions.ECHO_DB, abs=1)


def test_a_condition_is_the_same_for_the_same_seed_and_never_louder_than_a_line(
    speech: conditions.Samples,
) -> None:
    for name in CONDITIONS:
        once = conditions.apply(name, speech, 1)
        assert np.array_equal(once, conditions.apply(name, speech, 1)), name
        assert np.abs(once).max() <= 1.0, name
        assert len(once) == len(speech), name
        spoiled = not np.array_equal(once, conditions.apply(name, speech, 2))
        assert spoiled == (name not in ("clean", "muffled")), name


# The matrix


def hearings(wrong: int) -> Iterator[Hearing]:
    """Ten sentences of four words: all right on a clean line, else with so many wrong."""
    for number in range(10):
        sentence = Sentence(f"these are some {'abcdefghij'[number]}", "open")
        for name in CONDITIONS:
            bad = 0 if name == "clean" else wrong
            yield Hearing(sentence, name, "", errors(sentence.said, " ".join(
                sentence.said.split()[: 4 - bad])))  # fmt: skip


def test_a_condition_is_compared_sentence_by_sentence_with_the_clean_line() -> None:
    clean, *others = rows(list(hearings(1)))
    assert (clean.errors.rate, clean.p) == (0.0, None)
    for row in others:
        assert row.worse == pytest.approx(0.25)
        assert row.interval == pytest.approx((0.25, 0.25))
        assert row.p == pytest.approx(6 * 2 / 2**10)
    assert {row.p for row in rows(list(hearings(0)))[1:]} == {1.0}


def test_a_sentence_that_was_not_heard_everywhere_is_refused() -> None:
    with pytest.raises(ValueError, match="under every condition"):
        rows(list(hearings(0))[:-1])


def test_every_entity_is_said_in_its_sentence() -> None:
    for sentence in load_sentences():
        for entity in sentence.entities:
            assert not errors(entity.said, sentence.said, [entity]).lost, sentence.said


# Reports and commands


class Closed(HTMLParser):
    """Fails where tags are not closed in the order in which they were opened."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        if tag != "meta":
            self.opened.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.opened.pop() == tag


def is_whole(page: str) -> set[str]:
    """The tags of a page that is closed, shows a caller's words as words, and needs nothing."""
    found = Closed()
    found.feed(page)
    assert found.opened == []
    assert "<b>mine" not in page
    assert not {"script", "link", "img", "iframe"} & found.names
    return found.names


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


def test_the_page_of_the_matrix_is_whole() -> None:
    found = tuple(hearings(2))
    when = datetime(2026, 11, 23, tzinfo=UTC)
    page = audio_page(AudioRun(when, 1.0, "flux", "aura", 1, rows(found), found))
    assert "svg" in is_whole(page)
    assert "50.0%" in page


def test_the_matrix_is_kept_for_machines() -> None:
    lost = errors(PHONE.said, "", [PHONE])
    one = Hearing(Sentence(PHONE.said, "phone", (PHONE,)), "clean", "", lost)
    when = datetime(2026, 11, 23, tzinfo=UTC)
    run = AudioRun(when, 1.0, "flux", "aura", 1, rows([one]), (one,))
    (row,) = orjson.loads(as_json(run))["rows"]
    assert row["errors"]["lost"] == {"phone": 1}


def test_an_id_that_is_not_held_by_voice_is_refused_with_those_that_are() -> None:
    with pytest.raises(ScenariosRefused, match="H99 is not held by voice; there are H01"):
        chosen(load_scenarios(), ["H99"])
    assert [one.scenario.id for one in chosen(load_scenarios())]


def test_audio_without_a_recogniser_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("DEEPGRAM_API_KEY", "DEEPGRAM_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    assert audio.main([]) == 2
    assert "DEEPGRAM_API_KEY is not set" in capsys.readouterr().err

"""Lines are as bad as is said, and what is misheard on them is counted and compared rightly."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import orjson
import pytest

from evals.report.audio import audio_page
from evals.voice import audio, conditions
from evals.voice.audio_telling import AudioRun, as_json
from evals.voice.conditions import CONDITIONS, FRAME, RATE
from evals.voice.matrix import Hearing, Sentence, load_sentences, rows
from evals.voice.words import Entity, errors, plain
from tests.support.pages import is_whole

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


# The report and the command


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


def test_audio_without_a_recogniser_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("DEEPGRAM_API_KEY", "DEEPGRAM_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    assert audio.main([]) == 2
    assert "DEEPGRAM_API_KEY is not set" in capsys.readouterr().err

"""What the local recogniser knows: grammars, words and their sounds."""

import logging
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest

from voice.local import grammar, language
from voice.local.hearing import tidy
from voice.local.pronounce import pronunciations
from voice.local.resample import Doubler, halved
from voice.local.words import common_words

DRAWN = 1000
FEW = replace(
    common_words(),
    first_names=("ann",),
    last_names=("lee", "xyzzyq"),
    services=("oil change", "Checkover"),
)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> language.Language:
    return language.prepare(FEW, tmp_path_factory.mktemp("cache"), DRAWN)


def drawn(text: str, number: int = 200) -> set[str]:
    rules, chance = grammar.read(text), Random(1)
    return {" ".join(grammar.sentence(rules, "said", chance)) for _ in range(number)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("public <said> = one two;", {"one two"}),
        ("<said> = one | two three;", {"one", "two three"}),
        ("<said> = [one] two;", {"two", "one two"}),
        ("<said> = (a | b) c;", {"a c", "b c"}),
        ("<said> = a <b>; <b> = c | d; // a remark", {"a c", "a d"}),
        ("<said> = /9/ i'm | a;", {"i'm", "a"}),
    ],
    ids=["a sequence", "a choice", "an option", "brackets", "a reference", "a weight"],
)
def test_sentences_of_a_grammar(text: str, expected: set[str]) -> None:
    assert drawn(text) == expected


def test_a_repeated_part_is_said_at_least_once() -> None:
    lengths = {len(said.split()) for said in drawn("<said> = a+;")}
    assert min(lengths) == 1
    assert max(lengths) > 5


def test_a_weight_makes_likelier() -> None:
    rules, chance = grammar.read("<said> = /9/ a | b;"), Random(1)
    said = [grammar.sentence(rules, "said", chance)[0] for _ in range(1000)]
    assert 850 < said.count("a") < 950


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("<said> = (a;", "does not close a ("),
        ("<said> = a);", "closes a bracket"),
        ("<said> = a | ;", "empty alternative"),
        ("<said> = Loud;", "other than lower-case words"),
        ("<said> = a =;", "out of place"),
        ("<said> = <gone>;", "<gone>"),
    ],
)
def test_a_malformed_grammar_is_refused_by_name(text: str, fault: str) -> None:
    with pytest.raises(grammar.BadGrammar) as refused:
        grammar.check(grammar.read(text))
    assert "'said'" in str(refused.value)
    assert fault in str(refused.value)


def test_there_is_a_model_for_every_expectation(built: language.Language) -> None:
    for expected in language.EXPECTATIONS:
        assert "\\end\\" in built.model(expected).read_text()


def test_every_word_of_a_model_is_in_the_dictionary(built: language.Language) -> None:
    known = {line.split()[0] for line in built.dictionary.read_text().splitlines()}
    for expected in language.EXPECTATIONS:
        text = built.model(expected).read_text()
        unigrams = text.split("\\1-grams:\n")[1].split("\n\n")[0].splitlines()
        assert {line.split()[1] for line in unigrams} - {"<s>", "</s>"} <= known


def test_every_model_hears_what_is_said_whatever_was_asked(built: language.Language) -> None:
    for expected in language.EXPECTATIONS:
        text = built.model(expected).read_text()
        words = ("person", "cancel", "repeat", "goodbye", "emergency", "yes", "no")
        assert [word for word in words if f" {word} " not in text] == []


def test_a_word_without_known_sounds_is_named_and_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        name = language.prepare(FEW, tmp_path, DRAWN).model("name").read_text()
    assert "xyzzyq" in caplog.text
    assert " lee " in name
    assert "xyzzyq" not in name


def test_what_is_built_is_kept_until_the_words_change(tmp_path: Path) -> None:
    first = language.prepare(FEW, tmp_path, DRAWN)
    stamp = first.dictionary.stat().st_mtime_ns
    assert language.prepare(FEW, tmp_path, DRAWN).dictionary.stat().st_mtime_ns == stamp
    other = language.prepare(replace(FEW, first_names=("bob",)), tmp_path, DRAWN)
    assert other.folder != first.folder
    assert {path.name for path in tmp_path.iterdir()} == {first.folder.name, other.folder.name}


def test_a_list_without_any_known_word_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(grammar.BadGrammar, match=r"ShopWords\.last_names"):
        language.prepare(replace(FEW, last_names=("xyzzyq",)), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("word", "known"),
    [("tuesday", True), ("elantra", True), ("checkover", True), ("xyzzyq", False)],
    ids=["listed", "added by us", "two words in one", "nobody knows"],
)
def test_sounds(word: str, known: bool) -> None:
    assert (word in pronunciations({word})) is known


def test_all_common_words_can_be_said() -> None:
    words = common_words()
    said = {
        part for name in words.__slots__ for item in getattr(words, name) for part in item.split()
    }
    assert said - pronunciations(said).keys() == set()


@pytest.mark.parametrize(
    ("hypothesis", "text"),
    [
        ("<s> two(2) one ++NOISE++ seven </s>", "two one seven"),
        ("nine a m works <sil>", "nine am works"),
        ("[SPEECH]", ""),
        ("i'm a manager", "i'm a manager"),
    ],
)
def test_marks_of_the_decoder_are_stripped(hypothesis: str, text: str) -> None:
    assert tidy(hypothesis) == text


@pytest.mark.parametrize(
    ("hertz", "passes"),
    [(300, True), (1000, True), (3000, True), (5000, False), (7000, False)],
)
def test_halving_keeps_the_telephone_band_and_folds_nothing_into_it(
    hertz: int, passes: bool
) -> None:
    tone = (10000 * np.sin(2 * np.pi * hertz * np.arange(16000) / 16000)).astype(np.int16)
    level = np.abs(halved(tone)[100:-100].astype(int)).max()
    assert level > 8000 if passes else level < 100


def test_doubling_in_pieces_is_doubling_at_once() -> None:
    samples = np.random.default_rng(1).integers(-9000, 9000, 1600).astype(np.int16)
    double = Doubler()
    pieces = np.concatenate([double(piece) for piece in np.split(samples, 10)])
    assert np.allclose(pieces, Doubler()(samples))

"""What callers are likely to say, as one small trigram model for each expectation.

    grammars/*.jsgf + ShopWords → drawn sentences → ARPA model and dictionary, kept under `cache`

The folder in the cache is named by a hash of everything that went into it, so a change of words
builds anew and a second start builds nothing.
"""

import dataclasses
import hashlib
import logging
import os
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import get_args

from pocketsphinx.lm import ArpaBoLM

from voice.local import grammar
from voice.local.pronounce import dictionary, pronunciations
from voice.local.words import ShopWords
from voice.ports import Expectation

GRAMMARS = Path(__file__).parent / "grammars"
EXPECTATIONS: tuple[Expectation, ...] = get_args(Expectation)
SENTENCES = 24_000  # drawn for each model; half as many hear noticeably worse
DISCOUNT = 0.1  # what is left for word orders never drawn: little, the grammars are generous
EDITION = "2"  # raise it when the way of building changes

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Language:
    """A dictionary, and a language model for each expectation, as files pocketsphinx reads."""

    folder: Path

    @property
    def dictionary(self) -> Path:
        return self.folder / "words.dict"

    def model(self, expected: Expectation) -> Path:
        return self.folder / f"{expected}.lm"


def prepare(words: ShopWords, cache: Path, sentences: int = SENTENCES) -> Language:
    """The language of these words: from the cache, or built now, which takes some seconds.

    Raises:
        BadGrammar: A shipped grammar, or a shop's word, cannot be read.
        OSError: The cache cannot be written.
    """
    folder = cache / f"language-{_fingerprint(words, sentences)}"
    if folder.is_dir():
        return Language(folder)
    cache.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix="language-", dir=cache))
    try:
        _build(words, Language(unfinished), sentences)
        unfinished.rename(folder)
    except OSError:
        if not folder.is_dir():  # another process may have built the very same meanwhile
            raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return Language(folder)


def _fingerprint(words: ShopWords, sentences: int) -> str:
    content = hashlib.sha256(f"{EDITION} {sentences} {DISCOUNT} {words}".encode())
    for file in sorted(GRAMMARS.glob("*.jsgf")):
        content.update(file.read_bytes())
    return content.hexdigest()[:16]


def _build(words: ShopWords, language: Language, sentences: int) -> None:
    common = grammar.read((GRAMMARS / "common.jsgf").read_text(encoding="utf-8"))
    grammars = {
        expected: common | grammar.read((GRAMMARS / f"{expected}.jsgf").read_text(encoding="utf-8"))
        for expected in EXPECTATIONS
    }
    spoken = {word for rules in grammars.values() for word in grammar.words(rules.values())}
    listed = _rules(words)
    spoken |= grammar.words(listed.values())
    known = pronunciations(spoken)
    _tell(spoken - known.keys())
    listed = _rules(words, known=frozenset(known))
    for expected, rules in grammars.items():
        complete = listed | rules
        grammar.check(complete)
        _write_model(complete, language.model(expected), sentences)
    text = "".join(f"{line}\n" for line in dictionary(known))
    language.dictionary.write_text(text, encoding="utf-8")


def _rules(words: ShopWords, known: frozenset[str] | None = None) -> dict[str, grammar.Node]:
    """A rule for each list of the shop's words, without those nobody knows how to say."""
    rules: dict[str, grammar.Node] = {}
    for field in dataclasses.fields(words):
        said = [item.lower().split() for item in getattr(words, field.name)]
        kept = [each for each in said if known is None or known.issuperset(each)]
        if not kept:
            raise grammar.BadGrammar(f"ShopWords.{field.name} holds no word that can be recognised")
        options = tuple(grammar.Sequence(tuple(each)) for each in kept)
        rules[field.name.removesuffix("s")] = grammar.Choice(options)
    return rules


def _tell(unknown: Iterable[str]) -> None:
    missing = sorted(unknown)
    if missing:
        log.warning(
            "the local recogniser will not know these words: %s; add their sounds to ADDED in %s",
            ", ".join(missing),
            "voice/local/pronounce.py",
        )


def _write_model(rules: dict[str, grammar.Node], path: Path, sentences: int) -> None:
    model = ArpaBoLM(discount_mass=DISCOUNT)
    chance = Random(path.stem)  # noqa: S311 - the same sentences on every machine, no secret
    for _ in range(sentences):
        said = ["<s>", *grammar.sentence(rules, "said", chance), "</s>"]
        for index, word in enumerate(said):
            model.grams_1[word] += 1
            if index >= 1:
                model.grams_2[said[index - 1]][word] += 1
            if index >= 2:
                model.grams_3[said[index - 2]][said[index - 1]][word] += 1
    for word in grammar.vocabulary(rules, "said"):
        model.grams_1[word] += 1  # what was never drawn can still be heard
    model.compute()
    if not model.write_file(os.fspath(path)):
        raise OSError(f"cannot write the language model {path}")

"""How words are said that the CMU dictionary shipped with pocketsphinx does not have.

Sounds are ARPAbet symbols without stress (http://www.speech.cs.cmu.edu/cgi-bin/cmudict).
"""

from collections.abc import Collection, Iterable
from pathlib import Path

from pocketsphinx import get_model_path

ADDED = {
    "elantra": "IH L AA N T R AH",
    "impreza": "IH M P R EH Z AH",
    "loaner": "L OW N ER",
    "novak": "N OW V AE K",
    "rav": "R AE V",
    "ridgeline": "R IH JH L AY N",
    "sportage": "S P AO R T IH JH",
    "tiguan": "T IH G W AA N",
    "towing": "T OW IH NG",
}


def acoustic_model() -> Path:
    """The folder of pocketsphinx's US English sounds, 16 kHz."""
    return Path(get_model_path()) / "en-us" / "en-us"


def pronunciations(words: Collection[str]) -> dict[str, list[str]]:
    """The ways each word is said; a word nobody knows how to say is left out."""
    listed = _listed()
    found: dict[str, list[str]] = {}
    for word in words:
        ways = listed.get(word) or _compound(word, listed)
        if ways:
            found[word] = ways
    return found


def _listed() -> dict[str, list[str]]:
    ways: dict[str, list[str]] = {}
    with (acoustic_model().parent / "cmudict-en-us.dict").open(encoding="utf-8") as lines:
        for line in lines:
            entry, sounds = line.rstrip().split(" ", 1)
            ways.setdefault(entry.partition("(")[0], []).append(sounds)
    return ways | {word: [sounds] for word, sounds in ADDED.items()}


def _compound(word: str, listed: dict[str, list[str]]) -> list[str]:
    """How a word is said that is two known ones written together, such as "checkover"."""
    for at in range(3, len(word) - 2):
        head, tail = listed.get(word[:at]), listed.get(word[at:])
        if head and tail:
            return [f"{head[0]} {tail[0]}"]
    return []


def dictionary(found: dict[str, list[str]]) -> Iterable[str]:
    """The lines of a pocketsphinx dictionary: `word sounds`, `word(2) sounds`…"""
    for word, ways in sorted(found.items()):
        for number, sounds in enumerate(ways, 1):
            yield f"{word} {sounds}" if number == 1 else f"{word}({number}) {sounds}"

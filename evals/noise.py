"""What a bad line and a hesitant tongue make of a caller's words, the same for the same seed.

`misheard(rate)` errs in about `rate` of the words, as recognisers of American telephone speech do:
letters that rhyme, teens and tens, words of the trade that sound like others, lost little words and
lost ends. `disfluent(kind)` is about how people speak (the five kinds that Full-Duplex-Bench v3
tells apart); a self-correction says something else first, and what counts is what is said last.
"""

import random
import re
from collections.abc import Mapping
from typing import Literal, get_args

from evals.converse import Hearing

Disfluency = Literal["filler", "pause", "hesitation", "false start", "self-correction"]
DISFLUENCIES: tuple[Disfluency, ...] = get_args(Disfluency)

_RHYMES = ("B C D E G P T V Z", "A J K", "F S X", "M N", "I Y")
_PAIRS = (
    "thirteen/thirty", "fourteen/forty", "fifteen/fifty", "sixteen/sixty", "seventeen/seventy",
    "eighteen/eighty", "nineteen/ninety", "five/nine", "three/B", "eight/A", "two/to",
    "four/for", "one/won", "Tuesday/Thursday", "Monday/Sunday", "Saturday/Sunday",
    "third/first", "sixth/fifth", "eleventh/seventh", "morning/mornin'", "brake/break",
    "brakes/breaks", "tire/tired", "tires/tiles", "oil/all", "rotor/motor", "rotation/location",
    "Honda/on the", "Kia/key a", "Subaru/so borrow", "Civic/civil", "Accord/a cord",
    "Toyota/to yoda", "Tacoma/to coma", "Ford/four", "change/exchange", "cancel/council",
    "appointment/a pointment", "truck/track", "Elm/element", "Main/mane", "Daniel/Danielle",
    "Brooks/books", "Lopez/lopes", "Maria/Mario", "yes/yeah yes", "am/an", "at/that",
    "plate/late", "number/lumber", "April/able", "May/they", "move/moved", "ten/then",
)  # fmt: skip
_LITTLE = frozenset(
    ("a", "an", "the", "is", "it", "it's", "to", "for", "of", "on", "in", "my", "and", "i", "i'd",
     "i'm", "please", "like", "with", "so")
)  # fmt: skip
_WORD = re.compile(r"[\w']+")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
_HOURS = ("nine", "ten", "eleven", "one", "two", "three", "four")
_MOST_LOST = 3


def _table() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for group in _RHYMES:
        letters = group.split()
        for letter in letters:
            found[letter] = [one for one in letters if one != letter]
    for pair in _PAIRS:
        one, other = pair.split("/")
        found.setdefault(one, []).append(other)
        if " " not in other:
            found.setdefault(other, []).append(one)
    return {word: tuple(others) for word, others in found.items()}


CONFUSIONS = _table()
"""What a word may be heard as. Letters are those that are spelled, so they are capitals."""

_BY_FOLDED = {w.casefold(): others for w, others in CONFUSIONS.items() if len(w) > 1}


def misheard(rate: float, seed: str) -> Hearing:
    """Err in each word with the probability `rate`, from 0 to 1.

    An error is a confusion where the table has one; little words are lost; others lose their end.
    """

    def hear(words: str, turn: int) -> str:
        chance = random.Random(f"{seed}:{turn}")  # noqa: S311 - it decides nothing secret

        def one(match: re.Match[str]) -> str:
            return _err(match[0], chance) if chance.random() < rate else match[0]

        return " ".join(_WORD.sub(one, words).split()) or "..."

    return hear


def disfluent(kind: Disfluency, seed: str) -> Hearing:
    """Speak as people do; what is meant stays the same."""

    def hear(words: str, turn: int) -> str:
        chance = random.Random(f"{seed}:{turn}")  # noqa: S311 - it decides nothing secret
        return _spoken(kind, words, chance)

    return hear


def _err(word: str, chance: random.Random) -> str:
    others = CONFUSIONS.get(word) or _BY_FOLDED.get(word.casefold(), ())
    if others:
        return chance.choice(others)
    if word.casefold() in _LITTLE or len(word) <= _MOST_LOST:
        return ""
    return word[:-1]


def _spoken(kind: Disfluency, words: str, chance: random.Random) -> str:
    parts = words.split()
    at = chance.randrange(len(parts)) if parts else 0
    match kind:
        case "filler":
            return " ".join([*parts[:at], chance.choice(("uh,", "um,", "you know,")), *parts[at:]])
        case "pause":
            return " ".join([*parts[:at], "...", *parts[at:]])
        case "hesitation":
            return " ".join([f"{parts[0]},", *parts]) if parts else words
        case "false start":
            return f"{chance.choice(('I was, ', 'So the, ', 'Could you, '))}{words}"
        case "self-correction":
            return _corrected(words, chance)


def _corrected(words: str, chance: random.Random) -> str:
    """Another day or hour first, taken back at once; without either, only a word taken back."""
    for names in (_DAYS, _HOURS):
        found = re.search(rf"\b(?:{'|'.join(names)})\b", words)
        if found and (names is _DAYS or re.search(r"\b(?:at|morning|afternoon)\b", words)):
            other = chance.choice([one for one in names if one != found[0]])
            return f"{words[: found.start()]}{other}, no wait, {words[found.start() :]}"
    return words

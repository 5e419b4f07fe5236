"""Whether a name that was said is the one on file. Pure; comparisons take constant time.

A name is one factor among others and never a proof: it is on every letterbox. Nothing here tells
how a name is written on file.
"""

import re
import unicodedata

from shop.people.shortforms import forms, spelt
from shop.people.verification import same

_LETTERS = str.maketrans(
    {"ß": "ss", "ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)
_TITLES = frozenset(("mr", "mrs", "ms", "miss", "mister", "missus", "dr", "doctor"))
_SUFFIXES = {
    "jr": "jr",
    "junior": "jr",
    "sr": "sr",
    "senior": "sr",
    "ii": "2",
    "iii": "3",
    "iv": "4",
}
_SHORTEST_NAME, _MOST_WORDS = 2, 8
_SHORTEST = 2
"""Letters of a given name that is one; an initial fits too many people."""


def same_person(stated: str, first: str, last: str) -> bool:
    """Whether a whole name as it was said is that of the person on file.

    Alike are: accents and none, hyphens, spaces and apostrophes, either order ("Lopez, Maria"),
    usual short forms, spellings that sound alike, and middle names that only one side has. "Jr." is
    left out where one side lacks it; a junior is no senior. An initial never stands for a name.
    """
    words, suffix = _words(stated, least=_SHORTEST_NAME)
    given, _ = _words(first)
    family, known_suffix = _words(last)
    if not (given and family) or not _SHORTEST_NAME <= len(words) <= _MOST_WORDS:
        return False
    found = False
    for at in range(1, len(words)):
        found |= _fits(words[:at], words[at:], given, family)
        found |= _fits(words[at:], words[:at], given, family)
    return found and (not suffix or not known_suffix or same(suffix, known_suffix))


def _fits(said: list[str], said_family: list[str], given: list[str], family: list[str]) -> bool:
    one = same("".join(said_family), "".join(family))
    written_as_one = same("".join(said), "".join(given)) & (len("".join(said)) >= _SHORTEST)
    return one & (written_as_one | (_alike(said[0], given[0]) & _middle(said[1:], given[1:])))


def _alike(said: str, known: str) -> bool:
    if len(said) < _SHORTEST or len(known) < _SHORTEST:
        return False
    found = False
    for one in forms(said):
        for other in forms(known):
            found |= same(one, other)
    return found


def _middle(said: list[str], known: list[str]) -> bool:
    """Middle names agree as far as both sides have any; an initial will do for one."""
    agree = True
    for one, other in zip(said, known, strict=False):
        initial = len(one) == 1 or len(other) == 1
        agree &= same(one[0], other[0]) if initial else same(spelt(one), spelt(other))
    return agree


def _words(name: str, *, least: int = 1) -> tuple[list[str], str]:
    """The folded words of a name without titles, and what stands behind `least` of them ("jr")."""
    words = re.findall(r"[^\W\d_]+", re.sub(r"['\u2019\u2018`\u00b4]", "", folded(name)))
    while len(words) > 1 and words[0] in _TITLES:
        words = words[1:]
    suffix = ""
    while len(words) > least and words[-1] in _SUFFIXES:
        suffix = _SUFFIXES[words.pop()]
    return words, suffix


def folded(text: str) -> str:
    """The text in lower case and without accents."""
    apart = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    return "".join(c for c in apart if not unicodedata.combining(c))

"""Whether a caller who makes a sound while Sophie speaks wants the floor.

"Mm-hm" and "okay" in the middle of a sentence say "go on"; the same words after a question answer
it. Which of the two it is depends on what Sophie has asked and how far she has come, so both are
judged with the words. No clock, no I/O.
"""

import re
from dataclasses import dataclass

from voice.events import Heard, Interim, Resumed, SpeechStarted
from voice.ports import Expectation

_HUMS = frozenset(
    {"mm", "mmm", "hm", "hmm", "mhm", "mmhm", "mmhmm", "uhhuh", "uh", "um", "ah", "oh"}
)
_NODS = frozenset({"yeah", "yep", "yup", "yes", "okay", "ok", "right", "sure", "alright", "fine"})
_PRAISE = frozenset(
    {"great", "good", "perfect", "nice", "cool", "wonderful", "lovely", "excellent"}
)
_PHRASES = (
    ("i", "see"), ("got", "it"), ("gotcha",), ("all", "right"), ("sounds", "good"),
    ("that's", "fine"), ("that's", "good"), ("that's", "great"), ("of", "course"),
    ("makes", "sense"), ("uh", "huh"), ("mm", "hm"), ("mm", "hmm"), ("oh", "okay"), ("go", "on"),
    ("very", "good"), ("i", "understand"), ("that's", "right"), ("no", "problem"),
    ("take", "your", "time"), ("no", "hurry"), ("no", "worries"),
)  # fmt: skip
_BEFORE_THE_END = 3
"""Whoever speaks up so few words before the end of a reply does not wait for it."""

_LONGEST = 4
"""Words; who says more has something to say."""

_SENTENCE = re.compile(r"[^.?!]*[.?!]+|[^.?!]+$")


@dataclass(frozen=True, slots=True)
class Saying:
    """The reply under way.

    Attributes:
        heard: The beginning of it that has been played.
        unheard: What is still to come, as far as it has been made; with nothing heard and nothing
            to come she is still thinking.
        expecting: What the reply asks for.
    """

    heard: str
    unheard: str
    expecting: Expectation = "open"


def is_nod(event: Heard, saying: Saying) -> bool:
    """Whether the reply under way goes on although this was heard."""
    if isinstance(event, SpeechStarted):
        return False
    if isinstance(event, Interim) and _begins(event.text, saying):
        return True  # the rest of the phrase may still come, and nothing is said meanwhile
    # Taken back is only what was taken for a turn, and an early nod was not.
    return isinstance(event, Resumed) or is_backchannel(event.text, saying)


def is_backchannel(words: str, saying: Saying) -> bool:
    """Whether these words only say that the caller is listening, and the reply goes on."""
    said = _said(words)
    if "?" in words or not 0 < len(said) <= _LONGEST or not _only_nods(said):
        return False
    left = len(saying.unheard.split())
    if not left:
        return not saying.heard
    if set(said) <= _HUMS and not _is_yes(said):
        return True
    return left >= _BEFORE_THE_END and not _asks_now(saying)


def _begins(words: str, saying: Saying) -> bool:
    """Whether these words are the beginning of what a listener says."""
    said = _said(words)
    return any(
        tuple(said[-known:]) == phrase[:known]
        and is_backchannel(" ".join([*said[:-known], *phrase]), saying)
        for phrase in _PHRASES
        for known in range(1, len(phrase))
    )


def _said(words: str) -> list[str]:
    plain = words.casefold().replace("’", "'").replace("mm-h", "mmh").replace("uh-h", "uhh")
    return re.findall(r"[a-z']+|\d+", plain)


def _only_nods(said: list[str]) -> bool:
    """Whether there is nothing in it but what listeners say."""
    at = 0
    while at < len(said):
        phrase = next((p for p in _PHRASES if tuple(said[at : at + len(p)]) == p), None)
        if phrase is not None:
            at += len(phrase)
        elif said[at] in _HUMS | _NODS | _PRAISE:
            at += 1
        else:
            return False
    return True


def _is_yes(said: list[str]) -> bool:
    return said in (["mhm"], ["mmhm"], ["mmhmm"], ["uhhuh"], ["mm", "hm"], ["mm", "hmm"])


def _asks_now(saying: Saying) -> bool:
    """Whether a question that such words answer has been asked, or is being asked."""
    asked = saying.heard.rstrip().endswith("?")
    under_way = _SENTENCE.match(saying.unheard)
    begun = not re.search(r"[.?!]\s*$", saying.heard) and saying.heard.strip()
    asking = bool(begun and under_way and under_way.group().rstrip().endswith("?"))
    return (asked or asking) and saying.expecting in ("yes_no", "open")

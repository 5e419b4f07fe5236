"""Text for the ear: what a model writes in figures and marks, in the words people say. Pure.

Whoever knows how much was said can tell from the positions how much of the text that was. A text
that is in words already comes out as it is.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from voice.readings import READINGS

_LINK = re.compile(r"\[([^\]\n]+)\]\(\S*?\)")
_BULLET = re.compile(r"(?m)^[ \t]*(?:[-*+•]|#{1,6}|>)[ \t]+")
_MARKS = re.compile(r"[*_`|~\[\]{}<>^\\]|#(?!\d)|[\u2600-\u27bf\ufe0f\U0001f000-\U0001faff]")
_READABLE = re.compile("|".join(f"(?P<r{n}>{r.pattern})" for n, r in enumerate(READINGS)))


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a voice is given for a text.

    Attributes:
        text: What is said; empty where nothing of it can be.
        ends: Positions where words end, in what is said and in the text.
    """

    text: str
    ends: tuple[tuple[int, int], ...]

    def written(self, said: int) -> int:
        """How much of the text so many characters of what is said are; ends with a word."""
        at = bisect_right(self.ends, said, key=lambda end: end[0]) - 1
        return self.ends[at][1] if at >= 0 else 0


def spoken(text: str) -> Spoken:
    """A text, or a clause of one, as it is to be said."""
    kept = list(_kept(text))
    said = ""
    ends: list[tuple[int, int]] = []
    for words, end in _read("".join(character for character, _ in kept)):
        if not words.strip():
            said = f"{said} " if said and not said.endswith(" ") else said
        else:
            added = " ".join(words.split())
            glued = f" {added}" if words[0].isspace() and said and said[-1] != " " else added
            said += glued + (" " if words[-1].isspace() else "")
        place = (len(said.rstrip()), kept[end - 1][1])
        if ends and (not words.strip() or ends[-1][0] == place[0]):
            continue
        if end == len(kept) or kept[end][0].isspace():
            ends.append(place)
    return Spoken(said.rstrip(), tuple(ends) if said.strip() else ())


def _kept(text: str) -> Iterator[tuple[str, int]]:
    """The characters that are not marks, each with where it ends in the text."""
    dropped = [match.span() for match in _BULLET.finditer(text)]
    for match in _LINK.finditer(text):
        dropped += [(match.start(), match.start(1)), (match.end(1), match.end())]
    dropped += [match.span() for match in _MARKS.finditer(text)]
    gone = {at for start, end in dropped for at in range(start, end)}
    return ((c, at + 1) for at, c in enumerate(text) if at not in gone)


def _read(text: str) -> Iterator[tuple[str, int]]:
    """What is said, piece by piece, and where each ends; words and spaces are pieces."""
    at = 0
    for match in _READABLE.finditer(text):
        yield from _as_it_is(text, at, match.start())
        reading = READINGS[int((match.lastgroup or "r0")[1:])]
        own = reading.pattern_alone.match(text, match.start())
        yield (reading.say(own) if own is not None else match[0]), match.end()
        at = match.end()
    yield from _as_it_is(text, at, len(text))


_PIECE = re.compile(r"\s+|\S+")


def _as_it_is(text: str, start: int, end: int) -> Iterator[tuple[str, int]]:
    for piece in _PIECE.finditer(text, start, end):
        yield piece[0], piece.end()

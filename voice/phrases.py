"""Tokens to clauses: the unit handed to the voice.

A clause leaves as soon as its last character is there: waiting for the letter after ". " would cost
a token on every sentence. Only a full stop that may belong to an abbreviation or a number waits.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

_ENDS = ".?!;:"
_ABBREVIATIONS = frozenset(
    (
        "mr", "mrs", "ms", "dr", "st", "ave", "blvd", "rd", "hwy", "no", "a.m", "p.m", "a", "p",
        "e.g", "i.e", "vs", "approx", "incl", "jan", "feb", "aug", "sept", "oct", "nov", "dec",
    )
)  # fmt: skip
_ADDRESS = ("http", "www", "@")
_FIRST_WORDS = 4
"""The first clause may end at a comma after this many words, so that speech starts early."""


@dataclass(slots=True)
class ClauseCutter:
    """Takes tokens, gives clauses. Joined together the clauses are exactly the text."""

    _text: str = ""
    _first: bool = field(default=True)

    def push(self, token: str) -> list[str]:
        """Take one token; return the clauses it completed."""
        self._text += token
        clauses = []
        while (end := self._boundary()) is not None:
            clauses.append(self._text[:end])
            self._text = self._text[end:]
            self._first = False
        return clauses

    def flush(self) -> list[str]:
        """The reply is over: return what is left."""
        rest, self._text = self._text, ""
        self._first = True
        return [rest] if rest.strip() else []

    def _boundary(self) -> int | None:
        for at, character in enumerate(self._text):
            if character in _ENDS and self._ends_here(at):
                return at + 1
            if character == "," and self._first and self._comma_ends(at):
                return at + 1
        return None

    def _ends_here(self, at: int) -> bool:
        last = at == len(self._text) - 1
        if not last and not self._text[at + 1].isspace():
            return False
        before = self._text[:at].rsplit(maxsplit=1)[-1:] or [""]
        word = before[0].casefold().lstrip("(\"'")
        doubtful = word in _ABBREVIATIONS or word[-1:].isdigit() or not word
        doubtful = doubtful or any(mark in word for mark in _ADDRESS)
        return not (self._text[at] in ".:" and doubtful and (last or word in _ABBREVIATIONS))

    def _comma_ends(self, at: int) -> bool:
        spaced = at == len(self._text) - 1 or self._text[at + 1].isspace()
        words = self._text[:at].split()
        return spaced and len(words) >= _FIRST_WORDS and not words[-1][-1:].isdigit()


async def clauses(tokens: AsyncIterator[str]) -> AsyncIterator[str]:
    """Cut a reply into clauses as it is made."""
    cutter = ClauseCutter()
    async for token in tokens:
        for clause in cutter.push(token):
            yield clause
    for clause in cutter.flush():
        yield clause

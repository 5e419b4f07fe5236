"""The spoken-fact guard: stands between the model and the voice.

    model's words ──► held from the first checkable word ──► end of sentence ──► claims ⊆ evidence?
                  └─► said at once                                      yes: said   no: put right

Words that can be no claim pass untouched and unheld. A sentence that says what no tool result, deed
or fact supports is replaced by what is on record, in code's words, and counted.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from nodes.claims import checkable, claims
from nodes.evidence import Evidence, Fault

_ENDS = re.compile(
    r"(?<![ap]\.m)(?<!\b[a-z])(?<!\b[mds]r)(?<!\bmrs)(?<!\bst)"
    r"(?:[?!]+|(?<!\d)\.+)(?=\s|$)|(?<=\d)\.+(?=\s)|\n",
    re.IGNORECASE,
)
_PAUSE = re.compile(r"(?<!\d)[,;:](?=\s|$)|(?<=\d)[,;:](?=\s)")
_WORD = re.compile(r"\s*\S+(?:(?=\s)|(?<=[^\d\s][,;:])$)")
"""A mark ends a sentence or clause as soon as it arrives, unless more of a number, a time or an
abbreviation may follow: the last word of a reply must not wait for the stream to close."""

MOST_HELD = 300
"""Letters kept waiting at most; a sentence that goes on longer is judged as far as it is."""


@dataclass(slots=True)
class FactGuard:
    """One reply on its way out. Feed it words, say what it returns, and `close` it at the end.

    Attributes:
        known: What may be said; asked for when the first sentence has to be judged.
        truth: What is said in place of a sentence with a fault, by its kind; "" for the others.
        faults: What was put right, in order.
        said: Everything that was let through or said instead.
    """

    known: Callable[[], Evidence]
    truth: Callable[[], Mapping[Fault, str]]
    now: datetime
    faults: list[Fault] = field(default_factory=list)
    said: str = ""
    _held: str = ""
    _begun: str = ""
    _evidence: Evidence | None = None

    def feed(self, text: str) -> str:
        """Take more words; returns those that may be said now."""
        self._held += text
        out = ""
        while end := _ENDS.search(self._held):
            out += self._judged(end.end())
        return self._let(out + self._harmless() + self._proven())

    def close(self) -> str:
        """The last words, once the model has ended."""
        return self._let(self._judged(len(self._held)))

    def _harmless(self) -> str:
        """The words before the first that could begin a claim."""
        if len(self._held) > MOST_HELD:
            return self._judged(len(self._held))
        out = ""
        while (word := _WORD.match(self._held)) and not checkable(self._begun + word[0]):
            out += self._take(word.end())
        return out

    def _proven(self) -> str:
        """The words up to a comma, if what they claim is known already."""
        pauses = list(_PAUSE.finditer(self._held))
        if not pauses or self._fault(self._begun + self._held[: pauses[-1].start()]) is not None:
            return ""
        return self._take(pauses[-1].end())

    def _take(self, length: int) -> str:
        taken, self._held = self._held[:length], self._held[length:]
        self._begun += taken
        return taken

    def _judged(self, length: int) -> str:
        """The rest of a sentence, or what is true instead of it."""
        begun, sentence = self._begun, self._take(length)
        self._begun = ""
        fault = self._fault(begun + sentence) if sentence.strip() else None
        if fault is None:
            return sentence
        self.faults.append(fault)
        truth = self.truth()
        words = truth.get(fault, truth[""])
        blank = sentence[: len(sentence) - len(sentence.lstrip())]
        if begun.strip():
            return f"{blank}sorry, let me be exact: {words}"
        return f"{blank}{words[:1].upper()}{words[1:]}"

    def _fault(self, sentence: str) -> Fault | None:
        claimed = claims(sentence, now=self.now)
        if not claimed:
            return None
        if self._evidence is None:
            self._evidence = self.known()
        return self._evidence.fault(claimed)

    def _let(self, text: str) -> str:
        self.said += text
        return text

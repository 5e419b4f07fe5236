"""The spoken-fact guard: stands between the model and the voice.

    model's words ──► held from the first checkable word ──► end of sentence ──► claims ⊆ evidence?
                  └─► said at once                                      yes: said   no: put right

Words that can be no claim pass untouched and unheld. A sentence that says what no tool result, deed
or fact supports is replaced by what is on record, in code's words, and counted. How the model's
stream is cut into pieces changes nothing: all is decided at blanks and marks.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from nodes.claims import checkable, claims
from nodes.truths import on_record
from nodes.verdict import Evidence, Fault
from nodes.wordings import TIED

_PIECE = re.compile(r"[^\s.?!,;:]*[\s.?!,;:]|[^\s.?!,;:]+")
"""The stream in steps: to the next blank or mark, or what there is of a word."""
_MARKS = ".?!,;:"

_ENDS = re.compile(
    r"(?<![ap]\.m)(?<!\b[a-z])(?<!\b[mds]r)(?<!\bmrs)(?<!\bst)"
    r"(?:[?!]+|(?<!\d)\.+)(?=\s|$)|(?<=\d)\.+(?=\s)|\n",
    re.IGNORECASE,
)
_PAUSE = re.compile(r"(?<!\d)[,;:](?=\s|$)|(?<=\d)[,;:](?=\s)")
_WORD = re.compile(r"\s*\S+(?:(?=\s)|(?<=[^\d\s][,;:])$)")
"""A mark ends a sentence or clause as soon as it arrives, unless more of a number, a time or an
abbreviation may follow: the last word of a reply must not wait for the stream to close."""

_LEADS = frozenset((
    "a", "an", "the", "your", "my", "our", "i", "we", "you", "he", "she", "it", "that", "this",
    "they", "i'm", "i've", "i'll", "we've", "we'll", "you're", "it's", "that's", "there's",
    "there", "is", "are", "was", "be", "will", "can", "could", "in", "on", "at", "for", "from",
    "to", "by", "until", "till", "of", "about", "around", "between", "only", "just", "then", "and",
    "or", "but", "so", "with", "costs", "cost", "have", "has", "had", "see", "get", "give",
    "sounds", "no",
))  # fmt: skip
"""Words that say nothing without the next: a sentence that is broken off does not end in one."""

MOST_HELD = 300
"""Letters kept waiting at most; a sentence that goes on longer is judged as far as it is."""


@dataclass(slots=True)
class FactGuard:
    """One reply on its way out. Feed it words, say what it returns, and `close` it at the end.

    Attributes:
        known: What may be said; asked for when the first sentence has to be judged.
        truth: What is said in place of a sentence with a fault, by its kind; "" for the others.
            What the evidence has on record goes first.
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
    _waits: bool = False
    _tried: int = 0
    _evidence: Evidence | None = None

    def feed(self, text: str) -> str:
        """Take more words; returns those that may be said now."""
        out = ""
        for piece in _PIECE.findall(text):
            self._held += piece
            if piece[-1] in _MARKS or piece[-1].isspace():
                out += self._step()
        self.said += out
        return out

    def close(self) -> str:
        """The last words, once the model has ended."""
        last = self._judged(len(self._held))
        self.said += last
        return last

    def _step(self) -> str:
        """What may be said now that a blank or a mark has come."""
        out = ""
        if not (self._held[-1] == " " and self._held[-2:-1].isalpha()):
            while end := _ENDS.search(self._held):
                out += self._judged(end.end())
        if len(self._held) > MOST_HELD:
            return out + self._judged(len(self._held))
        if not self._waits:
            out += self._harmless()
        return out + self._proven()

    def _harmless(self) -> str:
        """The words before the first that could begin a claim."""
        at = safe = 0
        text = self._begun + self._held
        before = len(self._begun)
        while word := _WORD.match(self._held, at):
            if checkable(text[: before + word.end() + 1], before + at):
                self._waits = True
                break
            at = word.end()
            if word[0].strip().casefold().replace("\u2019", "'") not in _LEADS:
                safe = at
        return self._take(safe)

    def _proven(self) -> str:
        """The words up to a comma, if what they claim is known already."""
        if not any(mark in self._held for mark in ",;:"):
            return ""
        pauses = list(_PAUSE.finditer(self._held))
        if not pauses or pauses[-1].end() == self._tried:
            return ""
        if self._known(self._begun + self._held[: pauses[-1].start()]):
            return self._take(pauses[-1].end())
        self._tried = pauses[-1].end()
        return ""

    def _known(self, clause: str) -> bool:
        """Whether a clause is true whatever follows.

        A deed without its time is so only if it was done just now: "You're booked, Maria:".
        """
        claimed = claims(clause, now=self.now)
        if self._fault(clause) is not None:
            return False
        if claimed.times or not claimed.deeds & TIED or self._evidence is None:
            return True
        return claimed.deeds & TIED <= self._evidence.ledger.fresh

    def _take(self, length: int) -> str:
        taken, self._held = self._held[:length], self._held[length:]
        self._begun += taken
        self._tried = 0
        return taken

    def _judged(self, length: int) -> str:
        """The rest of a sentence, or what is true instead of it."""
        begun, sentence = self._begun, self._take(length)
        self._begun = ""
        self._waits = False
        fault = self._fault(begun + sentence) if sentence.strip() else None
        if fault is None:
            return sentence
        self.faults.append(fault)
        return _mended(begun, sentence, self._true_instead(fault))

    def _true_instead(self, fault: Fault) -> str:
        recorded = on_record(fault, self._evidence.ledger) if self._evidence else None
        truth = self.truth()
        return recorded or truth.get(fault, truth[""])

    def _fault(self, sentence: str) -> Fault | None:
        claimed = claims(sentence, now=self.now)
        if not claimed:
            return None
        if self._evidence is None:
            self._evidence = self.known()
        fault = self._evidence.fault(claimed)
        if fault is None:
            return None
        own = self._evidence.without_quotes(sentence)
        return fault if own == sentence else self._evidence.fault(claims(own, now=self.now))


def _mended(begun: str, sentence: str, truth: str) -> str:
    """The truth in place of a sentence, of which some may have been said."""
    blank = sentence[: len(sentence) - len(sentence.lstrip())]
    if not begun.strip():
        return f"{blank}{truth[:1].upper()}{truth[1:]}"
    lead = "" if "sorry" in begun.casefold() else "sorry, "
    if not truth.endswith("?"):
        lead += "let me be exact: "
    broken = "" if begun.rstrip()[-1] in ",;:—" else " —"
    return f"{broken} {lead}{truth}"

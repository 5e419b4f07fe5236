"""Whether what is claimed is supported: `nodes.claims` against what is on record. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time

from nodes import plates
from nodes.claims import Claims, sentences
from nodes.ledger import Entry, Ledger, Moment
from nodes.wordings import TIED, DeedKind, promises
from shop.words.numerals import figures, plain

Fault = str
"""Which kind of claim fails: "day", "time", "price", "plate", "diagnosis" or a kind of deed."""

_NO_SMALLER_QUOTE = 3
"""Words: fewer than these are found in anything."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What may be said on this call.

    Attributes:
        hours: Those of `times` that hold on any day where opening hours are spoken of.
        moments: Days with times that a tool named together.
        wished: Times and amounts of the caller's own words.
        told: Words of tools and facts, as they stand.
        heard: Words of the caller.
    """

    times: frozenset[time]
    hours: frozenset[time]
    dollars: frozenset[int]
    moments: frozenset[Moment]
    wished: Claims
    ledger: Ledger
    today: date
    told: tuple[str, ...] = ()
    heard: tuple[str, ...] = ()

    def fault(self, claim: Claims) -> Fault | None:
        """The first claim that nothing supports; None where all are."""
        if claim.impossible and not claim.refuses:
            return "day"
        for kind in sorted(claim.deeds):
            if self._undone(kind, claim):
                return "moved" if kind == "changed" else kind
        if self._price_fault(claim):
            return "price"
        if not all(plates.supported(one, (*self.heard, *self.told)) for one in claim.plates):
            return "plate"
        if not all(self._mentioned(part) for part in claim.diagnoses):
            return "diagnosis"
        return None if claim.deeds & TIED else self._time_fault(claim)

    def without_quotes(self, sentence: str) -> str:
        """A sentence without the words that repeat a sentence of a tool's result."""
        left = sentence
        for told in self.ledger.told:
            for quote in _sentences(told):
                left = _without(left, quote)
        return left

    def _undone(self, kind: DeedKind, claim: Claims) -> bool:
        """Whether a deed was not done, or not as often, or not at the time it is said to be."""
        record = self.ledger
        if kind == "changed":
            return not ("changed" in record.kinds or record.of("moved"))
        if kind not in TIED:
            return kind not in record.kinds
        entries = record.of(kind)
        # A message or the waiting list is a request too, of no certain time.
        loose = bool(record.kinds & {"callback", "tow", "waiting"}) and kind == "requested"
        known = len(entries) + loose
        if known < claim.count or (claim.more and max(record.deeds, known) < 2):
            return True
        if loose or any(entry.moment is None for entry in entries):
            return self._time_fault(claim) is not None
        if not claim.days and not claim.times:
            return kind in record.refused
        return not self._at_its_time(entries, claim)

    def _at_its_time(self, entries: list[Entry], claim: Claims) -> bool:
        """Whether the days and times of a claim are those of its deeds, and of no others."""
        own = {entry.moment for entry in entries if entry.moment}
        others = {
            moment
            for kind in claim.deeds & TIED
            for entry in self.ledger.of(kind)
            for moment in (entry.moment, entry.before if kind == "moved" else None)
            if moment
        }
        days = claim.days - {self.today} or claim.days
        if not days <= {day for day, _ in others}:
            return False
        times = claim.times - (self.hours if claim.hours else frozenset())
        if not times <= {clock for day, clock in others if not days or day in days}:
            return False
        if len(claim.deeds & TIED) > 1:
            return True
        return any(
            (not days or day in days) and (not times or clock in times) for day, clock in own
        )

    def _price_fault(self, claim: Claims) -> bool:
        wished = self.wished.dollars if claim.refuses else frozenset()
        if not claim.dollars <= self.dollars | wished:
            return True
        if not claim.promises:
            return False
        texts = (*self.told, *self.heard) if claim.asks else self.told
        return not claim.promises <= _promised(texts)

    def _mentioned(self, part: str) -> bool:
        return any(part in text.casefold() for text in (*self.heard, *self.told))

    def _time_fault(self, claim: Claims) -> Fault | None:
        asked = claim.times if claim.asks and not claim.deeds else claim.refused
        own = self.wished.times & asked
        if not claim.times <= self.times | own:
            return "time"
        if len(claim.days) != 1:
            return None
        (day,) = claim.days
        together = {clock for known, clock in self.moments if known == day}
        any_day = self.times - {clock for _, clock in self.moments}
        opening = self.hours if claim.hours else frozenset()
        return None if claim.times <= together | own | any_day | opening else "time"


def _promised(texts: Iterable[str]) -> frozenset[str]:
    said = (figures(plain(text.replace("%", " percent "))) for text in texts)
    return frozenset().union(*(promises(one) for one in said))


def _sentences(told: str) -> list[list[str]]:
    split = (plain(one).split() for one in sentences(told))
    return [words for words in split if len(words) >= _NO_SMALLER_QUOTE]


def _without(sentence: str, quote: list[str]) -> str:
    """The sentence without the first words that are the quote, if all of it is there in its order.

    A quote that ends in the middle of what was one word is none.
    """
    left: list[str] = []
    rest = quote
    for word in sentence.split():
        parts = plain(word).split()
        if parts and parts == rest[: len(parts)]:
            rest = rest[len(parts) :]
        else:
            left.append(word)
    return sentence if rest else " ".join(left)

"""What a stretch of Sophie's words claims: times, days, amounts, plates, and deeds. Pure.

    words → shop.numerals.figures → days, times, dollars → Claims
                       words themselves ─────────────────→ deeds, promises, diagnoses

Only what a record can prove or refute is a claim. Questions, refusals and wishes repeat what the
caller said and claim nothing but their own words.
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time

from nodes import wordings
from nodes.plates import plates
from nodes.wordings import DeedKind
from shop.words.days import days_named
from shop.words.numerals import figures, plain
from shop.words.times import clocks, part_of_day


@dataclass(frozen=True, slots=True)
class Claims:
    """The checkable part of one sentence.

    Attributes:
        refused: Those of `times` that are said not to be had.
        dollars: Amounts in whole dollars.
        count: How many appointments it speaks of at the least.
        more: It speaks of one more: "that too".
        promises: What is promised about money besides an amount.
        diagnoses: Parts that are said to be what is wrong.
        impossible: It names a day that does not exist or is another weekday.
        asks: It asks or goes to look and offers nothing, so its times may be the caller's own.
        refuses: It says that something cannot be had.
        hours: It speaks of opening hours.
    """

    days: frozenset[date] = frozenset()
    times: frozenset[time] = frozenset()
    refused: frozenset[time] = frozenset()
    dollars: frozenset[int] = frozenset()
    deeds: frozenset[DeedKind] = frozenset()
    count: int = 1
    more: bool = False
    promises: frozenset[str] = frozenset()
    diagnoses: frozenset[str] = frozenset()
    plates: frozenset[str] = frozenset()
    impossible: bool = False
    asks: bool = False
    refuses: bool = False
    hours: bool = False

    def __bool__(self) -> bool:
        return bool(
            self.days
            or self.times
            or self.dollars
            or self.deeds
            or self.promises
            or self.diagnoses
            or self.plates
            or self.impossible
        )


NOTHING = Claims()

_MAY_CLAIM = re.compile(
    r"[\d%]|\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|today|tonight|tomorrow|noon|midnight"
    r"|january|february|march|april|june|july|august|september|october|november|december"
    r"|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty"
    r"|fifty|sixty|seventy|eighty|ninety|hundred|thousand|half|quarter|dollars?|bucks"
    r"|book\w*|schedul\w*|confirm\w*|reserv\w*|mov\w*|chang\w*|switch\w*|updat\w*|cancel\w*"
    r"|sent|send\w*|text\w*|email\w*|on (?:its|the|their) way|call\w*|all set|noted|message"
    r"|requests?|wait(?:ing)? ?list|both|see you|free|charge|cost|complimentary|on (?:the house|us)"
    r"|guarantee\w*|waiv\w*|percent|discount|approved|authori[sz]ed|okayed|signed off"
    r"|(?:plates?|tags?|licen[cs]e)"
    r"|(?:problem|issue|cause) is|must be|sounds like)\b"
    r"|(?:^|[,;:—]|\b(?:and|so|but|okay|now|that)\b)\s*(?:you(?:['\u2019](?:re|ve)| are| have)"
    r"|(?:it|that)(?:['\u2019]s| is)|your|everything|they(?:['\u2019]re| are)"
    r"|(?:i|we)(?:['\u2019]ve| have))(?=\s)",
    re.IGNORECASE,
)
_LOOK_BACK = 40
"""Letters: more than the longest words above that belong together."""

_SENTENCE = re.compile(r"[^.?!\n]+(?:[.?!]+(?!\d)|\n|$)")


def sentences(text: str) -> list[str]:
    """The sentences of a text, each with its mark."""
    return [found.strip() for found in _SENTENCE.findall(text) if found.strip()]


def checkable(words: str, start: int = 0) -> bool:
    """Whether words may begin a claim, and so must wait for their sentence's end.

    What stands before `start` is known to begin none.
    """
    return _MAY_CLAIM.search(words, max(0, start - _LOOK_BACK)) is not None


_MONEY = re.compile(
    r"\$ ?(\d[\d,]*)(?:\.\d\d)?(?: ?(?:to|-|and|or) ?\$? ?(\d[\d,]*))?"
    r"|\b(\d[\d,]*)(?: (?:to|and|or) (\d[\d,]*))? (?:dollars?|bucks)\b"
)
_OFFERED_HOUR = re.compile(
    r"(?<!at )\b(\d{1,2}(?:[: ][0-5]\d)?)(?= (?:is|are|isn't|aren't|would be|looks|opens)(?: \w+)?"
    r" (?:free|available|open|taken|good|fine|gone)\b)"
)
"""An hour without "at" or "o'clock", as in "eleven is free"."""

_HOURS = re.compile(r"\b(?:open|close|closes|closed|closing|hours|lunch)\b")


def claims(sentence: str, *, now: datetime) -> Claims:
    """What a sentence claims, days and times as the shop's clock has them at `now`."""
    if not checkable(sentence):
        return NOTHING
    said = plain(sentence.replace("%", " percent "))
    written = figures(said)
    impossible = False
    days: frozenset[date] = frozenset()
    times: frozenset[time] = frozenset()
    try:
        days, times = _when(written, now)
    except ValueError:
        impossible = True
    refuses = wordings.refuses(said)
    return Claims(
        days=days,
        times=times,
        refused=_refused(sentence, now) & times if refuses and times else frozenset(),
        dollars=_dollars(sentence, written),
        deeds=wordings.deeds(said, dated=bool(days or times)),
        count=wordings.count(said),
        more=wordings.one_more(said),
        promises=wordings.promises(written),
        diagnoses=wordings.diagnoses(said),
        plates=plates(sentence),
        impossible=impossible,
        asks=_asks(sentence, said) and not wordings.offers(written),
        refuses=refuses,
        hours=_HOURS.search(said) is not None,
    )


def named(text: str, *, now: datetime) -> Claims:
    """The days, times and amounts alone that a text names, sentence by sentence."""
    days: set[date] = set()
    times: set[time] = set()
    dollars: set[int] = set()
    for sentence in sentences(text):
        if checkable(sentence):
            written = figures(plain(sentence))
            dollars |= _dollars(sentence, written)
            with suppress(ValueError):
                found = _when(written, now)
                days |= found[0]
                times |= found[1]
    return Claims(frozenset(days), frozenset(times), dollars=frozenset(dollars))


def _dollars(sentence: str, written: str) -> frozenset[int]:
    # `plain` drops the dollar sign.
    text = f"{written} # {sentence}" if "$" in sentence else written
    amounts = (match.groups() for match in _MONEY.finditer(text))
    return frozenset(int(one.replace(",", "")) for pair in amounts for one in pair if one)


def _asks(sentence: str, said: str) -> bool:
    return sentence.rstrip().endswith("?") or wordings.looks(said)


def _when(written: str, now: datetime) -> tuple[frozenset[date], frozenset[time]]:
    """The days and times that a text with figures names.

    Raises:
        ValueError: It names a day that does not exist.
    """
    hours = _OFFERED_HOUR.sub(r"at \1", _MONEY.sub(" # ", written))
    days, zoned, rest = days_named(hours, now)
    times = {clock.time for clock in clocks(rest, part_of_day(rest))}
    return frozenset(days), frozenset(times.union(zoned))


def _refused(sentence: str, now: datetime) -> frozenset[time]:
    """The times in those parts of a sentence that refuse."""
    found: set[time] = set()
    for part in wordings.TURNS.split(sentence):
        said = plain(part)
        if wordings.refuses(said):
            found |= _when(figures(said), now)[1]
    return frozenset(found)

"""What a stretch of Sophie's words claims: times, days, amounts, and deeds said to be done. Pure.

    words → shop.numerals.figures → days, times, dollars → Claims
                       words themselves ─────────────────→ deeds

Only what a record can prove or refute is a claim. Questions and wishes repeat what the caller said
and claim nothing but their own words.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal

from shop.words.days import days_named
from shop.words.numerals import figures, plain
from shop.words.times import clocks, part_of_day

DeedKind = Literal["booked", "moved", "cancelled", "tow", "callback", "text", "eta"]


@dataclass(frozen=True, slots=True)
class Claims:
    """The checkable part of one sentence.

    Attributes:
        impossible: It names a day that does not exist or is another weekday.
        dollars: Amounts in whole dollars.
        asks: It is a question, so its times may be the caller's own.
    """

    days: frozenset[date] = frozenset()
    times: frozenset[time] = frozenset()
    dollars: frozenset[int] = frozenset()
    deeds: frozenset[DeedKind] = frozenset()
    impossible: bool = False
    asks: bool = False

    def __bool__(self) -> bool:
        return bool(self.days or self.times or self.dollars or self.deeds or self.impossible)


_NAMES_A_DAY_OR_NUMBER = re.compile(
    r"\d|\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|today|tonight|tomorrow|noon|midnight"
    r"|january|february|march|april|june|july|august|september|october|november|december"
    r"|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty"
    r"|fifty|sixty|seventy|eighty|ninety|hundred|thousand|half|quarter|dollars?|bucks"
    r"|book\w*|schedul\w*|confirm\w*|reserv\w*|mov\w*|chang\w*|cancel\w*|sent|send\w*|text\w*"
    r"|email\w*|on (?:its|the|their) way|call\w*|all set|you're (?:down|in|set)|noted|message)\b",
    re.IGNORECASE,
)


_SENTENCE = re.compile(r"[^.?!\n]+(?:[.?!]+(?!\d)|\n|$)")


def sentences(text: str) -> list[str]:
    """The sentences of a text, each with its mark."""
    return [found.strip() for found in _SENTENCE.findall(text) if found.strip()]


def checkable(words: str) -> bool:
    """Whether words may be the beginning of a claim, and so must wait for their sentence's end."""
    return _NAMES_A_DAY_OR_NUMBER.search(words) is not None


_MONEY = re.compile(
    r"\$ ?(\d[\d,]*)(?:\.\d\d)?(?: ?(?:to|-|and|or) ?\$? ?(\d[\d,]*))?"
    r"|\b(\d[\d,]*)(?: (?:to|and|or) (\d[\d,]*))? (?:dollars?|bucks)\b"
)
_OFFERED_HOUR = re.compile(
    r"(?<!at )\b(\d{1,2}(?:[: ][0-5]\d)?)(?= (?:is|are|would be|looks|opens)(?: \w+)?"
    r" (?:free|available|open|taken|good|fine|gone)\b)"
)
"""An hour without "at" or "o'clock", as in "eleven is free"."""

_UNDONE = "".join(
    rf"(?<!{word} )"
    for word in ("not", "n't", "once", "if", "when", "before", "after", "until", "get")
)
"""What comes before words of doing that claim nothing: "once you're booked"."""

_JUST = r"(?:just |already |now |all |officially |gone ahead and |went ahead and )*"
_HAVE = rf"{_UNDONE}\bi(?:'ve| have) {_JUST}"
_IS = rf"{_UNDONE}\b(?:it|that|everything|appointment)(?:'s| is| has been) {_JUST}"
_DEEDS: tuple[tuple[DeedKind, re.Pattern[str]], ...] = (
    (
        "booked",
        re.compile(
            rf"{_UNDONE}\byou(?:'re| are|'ve been) {_JUST}(?:booked|scheduled|confirmed|reserved"
            r"|set up|set for|down for|locked in)\b"
            rf"|{_IS}(?:booked|scheduled|confirmed|reserved|set)\b"
            rf"|(?:{_HAVE}|\bi (?:just |went ahead and )?)(?:booked|scheduled|reserved|confirmed"
            r"|put you (?:down|in)|got you (?:booked|down|in|scheduled|set))\b"
        ),
    ),
    ("moved", re.compile(rf"(?:{_IS}|{_HAVE})(?:moved|rescheduled|changed|switched|pushed)\b")),
    ("cancelled", re.compile(rf"(?:{_IS}|{_HAVE})cancell?ed\b")),
    (
        "tow",
        re.compile(
            rf"{_UNDONE}\btruck(?: is|'s) {_JUST}(?:on (?:its|the) way|coming|headed)"
            rf"|{_HAVE}(?:sent|dispatched|ordered|arranged|requested)"
            r"(?: \w+){0,2} (?:tow|truck|flatbed)\b"
        ),
    ),
    (
        "callback",
        re.compile(
            rf"{_HAVE}(?:left|taken|passed|noted|sent|put in)(?: \w+){{0,3}}"
            r" (?:message|note|request|call ?back)\b"
        ),
    ),
    (
        "text",
        re.compile(
            r"\b(?:i|we)(?:'ll| will|'ve| have|'m going to)(?: \w+){0,2}"
            r" (?:text(?:ed)? you|email you"
            r"|(?:send|sent|emailed?)\b.*\b(?:text|sms|e ?mail|link))"
        ),
    ),
    (
        "eta",
        re.compile(
            r"\b(?:truck|driver|tow|they|he)(?:'ll| will| should| is|'s)?(?: \w+){0,4}"
            r" (?:in|within)(?: \w+){0,3} (?:minutes|hours?)\b"
        ),
    ),
)


def claims(sentence: str, *, now: datetime) -> Claims:
    """What a sentence claims, days and times as the shop's clock has them at `now`."""
    said = plain(sentence)
    written = figures(said)
    amounts = (match.groups() for match in _MONEY.finditer(_with_signs(sentence, written)))
    money = {int(amount.replace(",", "")) for pair in amounts for amount in pair if amount}
    rest = _OFFERED_HOUR.sub(r"at \1", _MONEY.sub(" # ", written))
    try:
        days, zoned, rest = days_named(rest, now)
    except ValueError:
        return Claims(dollars=frozenset(money), impossible=True)
    found_times = {clock.time for clock in clocks(rest, part_of_day(rest))} | set(zoned)
    return Claims(
        days=frozenset(days),
        times=frozenset(found_times),
        dollars=frozenset(money),
        deeds=frozenset(kind for kind, pattern in _DEEDS if pattern.search(said)),
        asks=sentence.rstrip().endswith("?"),
    )


def _with_signs(sentence: str, written: str) -> str:
    """The text amounts are looked for in: `plain` drops the dollar sign."""
    return f"{written} # {sentence}" if "$" in sentence else written

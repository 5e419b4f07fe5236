"""Days and times in what a caller said, typed or spoken, anywhere in a sentence.

    words → numerals → (corrections split off) → days + times → When

Rules that are choices, not facts: a weekday alone is the coming one and never today; "next Tuesday"
is in the next calendar week, which starts on Monday; a date without a year is the next such date;
"any day next week" and two different days leave the day open (`vague`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from datetime import time as TimeOfDay

from shop.words.days import days_named
from shop.words.numerals import figures, plain
from shop.words.reworded import reworded
from shop.words.spans import OPEN, Order, bounds, order_in
from shop.words.times import DAY_WORDS, Clock, Part, clocks, part_of_day, span

_CORRECTION = re.compile(
    r"\b(?:no wait|wait no|actually|i mean|scratch that|correction|or rather|make (?:it|that)"
    r"|instead|wait|sorry|nope|no)\b"
)
_THING = (
    rf"(?:(?:on|at|in|the|next|this) )*(?:mornings?\b|afternoons?\b|evenings?\b"
    rf"|(?:{DAY_WORDS})\b(?: at \d+(?: \d\d)?)?|\d{{4}}-\d\d-\d\d"
    r"|\d[\w:]*(?: (?:00|15|30|45))?(?: [ap]m)?|tomorrow|today|noon)"
)
_RULED_OUT = re.compile(
    r"\b(?:(?<!why )not|instead of|rather than|except|other than|any ?(?:day|time|thing)? but"
    rf"|(?:can't|cannot|can not)(?: (?:do|make|come|be there))?(?: it| in)?) {_THING}"
    rf"|\b{_THING} (?:doesn't|does not|won't|will not|isn't|is not|is no|don't|do not"
    r"|are not|aren't|are bad|are no)(?: (?:going to"
    r"|good))?(?: (?:work|good|possible|do|be good))?"
    rf"|\b{_THING} (?:is|would be)(?= (?:(?:a (?:bit|little)|just|way|much) )?too (?:early"
    r"|late)\b)"
)
_NOT_BEYOND = re.compile(r"\bno (later|earlier|sooner) than\b")
"""A limit, whose "no" takes nothing back."""

_VAGUE = re.compile(
    r"\b(?:next week|this week|week after(?: next)?|weekend|next month|this month|some ?time"
    r"|some day|any ?day|any ?time|whenever|as soon as|asap|earliest|soonest|first available"
    r"|next available|soon|couple of weeks|few (?:days|weeks)|(?:in|early|late|mid|during"
    r"|sometime) (?:january|february|march|april|may|june|july|august|september|october|november"
    r"|december)|end of the (?:week|month)|one of these days|couple (?:of )?days|mid ?week"
    r"|middle of (?:the|next|this) week|(?:before|after) (?:christmas|thanksgiving|new year'?s)"
    r"|(?:day|week|\w+day) after (?:that|this)|(?:day|week)s? (?:later|earlier)|later in the week"
    r"|after the (?:holidays|new year)|(?:end|beginning|start|middle|week) of (?:january|february"
    r"|march|april|may|june|july|august|september|october|november|december))\b"
)


@dataclass(frozen=True, slots=True)
class When:
    """What a caller said about a moment.

    Attributes:
        day: The day, if exactly one was meant.
        time: The time of day in the shop's zone, if exactly one was meant.
        part: The part of the day that was named, or that "after three" leaves.
        vague: A day or time was spoken of without being pinned down: ask one question.
        since: No start before this time suits, as in "after three" or "in the afternoon".
        until: No start at this time or later suits.
        order: The end of the day that is meant, or a step from what was offered last.
    """

    day: date | None = None
    time: TimeOfDay | None = None
    part: Part | None = None
    vague: bool = False
    since: TimeOfDay | None = None
    until: TimeOfDay | None = None
    order: Order | None = None


def resolve(text: str, *, now: datetime) -> When:
    """Find the day and the time a caller means; `now` is aware and in the shop's zone.

    The last word counts: in "Tuesday, no wait, Thursday" it is Thursday.

    Raises:
        ValueError: There is no such date. The message is a sentence fit to be spoken.
    """
    if now.tzinfo is None:
        raise ValueError("now must be an aware datetime in the shop's zone")
    return _understood(text, now)[0]


def pick(text: str, options: Sequence[datetime], *, now: datetime) -> datetime | None:
    """Choose among offered times by the caller's words; None when the choice is not clear.

    Understands a place in the order ("the second one"), a time, a day, a part of the day, and plain
    consent when only one time was offered. "Either is fine" is the earliest.
    """
    try:
        when, said = _understood(text, now)
    except ValueError:
        return None
    if when.time is None and _BEYOND.search(said):
        return None
    offered = sorted(option.astimezone(now.tzinfo) for option in options)
    left = _agreeing(said, when, offered)
    if left is not None:
        return left[0] if len(left) == 1 else None
    if len(places := _places(said, offered)) == 1:
        return places.pop()
    if when.vague or places:
        return None
    if _ANY.search(said) and not _REFUSAL.search(said):
        return offered[0] if offered else None
    consents = len(offered) == 1 and _CONSENT.search(said) and not _REFUSAL.search(said)
    return offered[0] if consents else None


def _understood(text: str, now: datetime) -> tuple[When, str]:
    """The moment, and the plain words that are left when days are taken out."""
    heard = reworded(figures(plain(text)), now.date())
    said = _RULED_OUT.sub(" # ", _NOT_BEYOND.sub(r"not \1 than", heard))
    pieces = [days_named(piece, now) for piece in _CORRECTION.split(said)]
    days, zoned = next(((d, z) for d, z, _ in reversed(pieces) if d), ([], []))
    parts = [part_of_day(piece) for piece in _CORRECTION.split(said)]
    part = next((part for part in reversed(parts) if part), None)
    spoken = [(found, rest) for _, _, rest in pieces if (found := clocks(rest, part))]
    named, around = spoken[-1] if spoken else ([], pieces[-1][2])
    times = set(zoned) or {clock.time for clock in named if not clock.limit}
    limits = [clock for clock in named if clock.limit]
    since, until = bounds(around, part, limits) if not times else OPEN
    when = When(
        day=days[0] if len(days) == 1 else None,
        time=min(times) if len(times) == 1 else None,
        part=part or (_left(limits, since, until) if limits and not times else None),
        vague=len(days) > 1 or len(times) > 1 or (not days and bool(_VAGUE.search(said))),
        since=since,
        until=until,
        order=order_in(said),
    )
    return when, " ".join(rest for _, _, rest in pieces)


def _left(limits: list[Clock], since: TimeOfDay | None, until: TimeOfDay | None) -> Part | None:
    """The part of the day that limits leave; "not before noon" leaves no morning."""
    part = span(limits)
    return None if part == "morning" and since is not None and until is None else part


_LOOSE_HOUR = re.compile(
    r"(?<![\d:] )(?<![\w:/.-])(1[012]|[1-9])(?: ([0-5]\d))?(?![\d:/.-]|\w| \d)"
)
_PLACE = re.compile(
    r"\b(first|second|1st|2nd|3th|3rd|last|later|latest|latter|former|earlier|earliest"
    r"|middle)\b(?! thing| available| of all| class| floor| street)"
)
_NO_PLACE = re.compile(
    r"\b(?:a|one|just a|this) second\b"
    r"|\b(?:any(?:thing)?|something|else|bit|much|a|day|week|see you|call\w*(?: you)?(?: back)?|no"
    r"|nothing|one) (?:later|earlier)\b|\b(?:later|earlier) (?:than|in)\b|^later$"
    r"|\blast (?:week|month|year|time|night)\b"
)
_BEYOND = re.compile(
    r"\b(?:(?:later|earlier|sooner) than|after|before) (?:that|those|these|them|it|this)\b"
    r"|\b(?:any(?:thing|time)?|something|nothing|bit|little|much) (?:later|earlier|sooner)\b"
    r"|\btoo (?:early|late)\b"
)
"""Another time than those that were offered, so that none of them is chosen."""

_ANY = re.compile(
    r"\b(?:either|whichever|any of (?:them|those)|any (?:one|is|works)|doesn't matter"
    r"|does not matter|don't care|you (?:pick|choose)|both (?:work|are fine))\b"
)
_CONSENT = re.compile(
    r"\b(?:yes|yeah|yep|yup|sure|okay|ok|perfect|great|fine|good|works|do it|do that|take (?:it"
    r"|that)|please|that one|book it|sounds|si|sí)\b"
)
_REFUSAL = re.compile(
    r"\b(?:no(?! problem| worries)|nope|not|neither|none|never|don't|doesn't work|won't|can't"
    r"|isn't|but|else|what|how|wait|hold on|other|another|different)\b"
)


def _agreeing(said: str, when: When, offered: list[datetime]) -> list[datetime] | None:
    """The offers that fit the day, time and part that were named; None when none was named."""
    left, named = offered, False
    if when.day:
        left, named = [o for o in left if o.date() == when.day], True
    if when.time:
        return [o for o in left if o.time().replace(tzinfo=None) == when.time]
    if hours := set(_LOOSE_HOUR.findall(said)):
        left, named = [o for o in left if _loosely(o, hours)], True
    if when.part:
        in_part = [o for o in left if _part_of(o) == when.part and _within(o, when)]
        left, named = in_part, True
    if not named or (len(left) > 1 and _places(said, left)):
        return None
    return left


def _loosely(option: datetime, hours: set[tuple[str, str]]) -> bool:
    return any(
        option.hour % 12 == int(hour) % 12 and option.minute == int(minute or 0)
        for hour, minute in hours
    )


def _within(option: datetime, when: When) -> bool:
    clock = option.time().replace(tzinfo=None)
    return (when.since is None or when.since <= clock) and (
        when.until is None or clock < when.until
    )


def _part_of(option: datetime) -> Part:
    return "morning" if option.hour < 12 else "afternoon" if option.hour < 17 else "evening"


def _places(said: str, offered: list[datetime]) -> set[datetime]:
    """The offers named by their place in the order they were read out."""
    chosen = set()
    for word in _PLACE.findall(_NO_PLACE.sub(" ", said)):
        index = {"first": 0, "1st": 0, "earliest": 0, "former": 0, "second": 1, "2nd": 1}.get(word)
        if word in ("3th", "3rd"):
            index = 2
        elif word in ("last", "latest"):
            index = len(offered) - 1
        elif word in ("later", "latter", "earlier"):
            index = None if len(offered) != 2 else int(word != "earlier")
        elif word == "middle":
            index = 1 if len(offered) == 3 else None
        if index is not None and 0 <= index < len(offered):
            chosen.add(offered[index])
    return chosen

"""Which stretch of a day, and which end of it, a caller means.

Works on `shop.words.numerals.plain` text with its numbers as figures. What is said of another time
than the appointment's is no wish: "call me later", "I called earlier".
"""

import re
from collections.abc import Sequence
from datetime import time
from typing import Literal

from shop.words.times import DAY_WORDS, Clock, Part

Order = Literal["first", "last", "later", "earlier", "soonest"]
"""An end of the day, a step from what was offered, or as soon as there is anything at all."""

Bounds = tuple[time | None, time | None]
"""From when on, and before when. Either may be open."""

OPEN: Bounds = (None, None)

_PARTS: dict[Part, Bounds] = {
    "morning": (None, time(12)),
    "afternoon": (time(12), time(17)),
    "evening": (time(17), None),
}
_STRETCHES: tuple[tuple[re.Pattern[str], Bounds], ...] = (
    (re.compile(r"\bearly (?:in the )?mornings?\b"), (None, time(10))),
    (re.compile(r"\b(?:mid ?|middle of the )mornings?\b"), (time(9, 30), time(11, 30))),
    (re.compile(r"\blater? (?:in the )?mornings?\b"), (time(10, 30), time(12))),
    (re.compile(r"\bearly (?:in the )?afternoons?\b"), (time(12), time(14))),
    (re.compile(r"\b(?:mid ?|middle of the )afternoons?\b"), (time(13, 30), time(15, 30))),
    (re.compile(r"\blater? (?:in the )?afternoons?\b"), (time(15), time(17))),
    (re.compile(r"\bmiddle of the day\b"), (time(11), time(14))),
    (
        re.compile(
            r"\blunch ?(?:time|hour|break)\b|\b(?:over|at|around|during)(?: my| the)? lunch\b"
        ),
        (time(11, 30), time(13, 30)),
    ),
    (re.compile(r"\bafter school\b"), (time(15), None)),
)
"""Stretches that are choices of ours: nobody says to the minute when a mid-morning begins."""

_AFTER_LUNCH = re.compile(r"\b(?:after|following|past) lunch\b")
_BEFORE_LUNCH = re.compile(r"\bbefore lunch\b")
_LUNCH_BEGINS, _LUNCH_ENDS = time(12), time(13)

_BEFORE_A_LIMIT = re.compile(
    r"\b(?P<no>(?:no|not|nothing|never)(?: any(?:thing)?)? )?"
    r"(?P<way>(?:later|earlier|sooner|rather) than|after|past|before|until|till?|from|between|than)"
    r"(?: about| around)? ?$"
)
_NOT_PAST = re.compile(r"\b(?:no|not) (?:later than|after|past)(?: about| around)? ?$")
"""What ends with the time that follows, that time itself being right."""

_TAKEN_UP = re.compile(
    r"\b(?:work\w*|busy|school|class|meetings?|tied up|shift|away|out of town|asleep|can't\b.*)"
    r"(?: \w+){0,2} (?:until|till?) ?$"
)
_UPWARDS = frozenset(("after", "past", "from", "between", "later than"))

_OTHER_DEEDS = (
    r"(?:call\w*|phone|ring|talk|speak|see|text|email|mail|told|said|spoke|was|were|came|come"
    r" back|check\w*|decide|get back)"
)
_TOLD = r"(?:(?:that|this)(?: one| time| slot)?|those|these|them|it|what you (?:said|have))\b"
"""Times that were spoken of before."""

_NO_ORDER = re.compile(
    rf"\b{_OTHER_DEEDS}(?: (?:you|me|back|in|to|with|us|him|her|someone)){{0,3}}"
    r" (?:later|earlier|sooner)\b"
    r"|\b(?:later|earlier) (?:(?:on )?(?:in|this|next|that) (?:the )?)?(?:week|month|year)\b"
    rf"|\b(?:later|earlier|sooner) than\b(?! {_TOLD})"
    rf"|\b(?:day|week|month|year|\w+day)s? (?:after|before) {_TOLD}|\btoo (?:late|early) to\b"
    r"|\b(?:day|week|month)s? (?:later|earlier)\b"
    r"|\bnot too (?:late|early)\b|\bor (?:later|earlier)\b|\bthe latest (?:i|we) can\b"
    r"|\blatest (?:recall|bill|invoice|visit|estimate|model)s?\b"
)
_SOONEST = re.compile(
    r"\b(?:as (?:soon|early|quickly) as (?:possible|you can|i can|we can)|as soon as|asap"
    r"|a s a p|soonest|(?:next|first) available|very first|earliest (?:possible|available|day"
    r"|date)|right away|first opening|sooner the better)\b"
)
_FIRST = re.compile(
    rf"\b(?:early (?:on )?(?:tomorrow|{DAY_WORDS})\b(?! (?:after|even))"
    r"|earliest|first thing|first (?:appointment|slot|time)(?: of the day)?"
    r"|(?:right|straight|directly|just|immediately|shortly|soon) after|when you open"
    r"|before (?:work|school|i (?:go|head|get|leave) (?:to|into|for) work))\b"
)
_LAST = re.compile(
    r"(?<!running )(?<!be )(?<!bit )(?<!little )(?<!minutes )(?<!too )"
    rf"\blate (?:on )?(?:tomorrow|{DAY_WORDS})\b(?! (?:morn|after))|"
    r"\b(?:latest|last thing|last (?:appointment|slot|opening|one of the day|time of the day)"
    r"|as late as(?: possible| you)?|(?:end of|late in|later in) the day"
    r"|end of (?:business |my )?day|close of business"
    r"|(?:right |just )?before you close|closing time)\b"
)
_ENDING = r"(?= ?$| (?:please|one|on|in|or|if)\b)"
_LATER = re.compile(
    rf"\b(?:later|after (?:that|those)|after (?:this|these|them|it){_ENDING}|too early)\b"
)
_EARLIER = re.compile(
    rf"\b(?:earlier|sooner|before (?:that|those)|before (?:this|these|them|it){_ENDING}|too late)\b"
)


def bounds(text: str, part: Part | None, limits: Sequence[Clock]) -> Bounds:
    """The stretch that a part of the day and words such as "after 3" leave."""
    since, until = _PARTS[part] if part else OPEN
    for pattern, stretch in _STRETCHES:
        if pattern.search(text):
            since, until = stretch
    if _AFTER_LUNCH.search(text):
        since = _LUNCH_ENDS
    if _BEFORE_LUNCH.search(text):
        until = _LUNCH_BEGINS
    for clock in limits:
        lead = text[: clock.start]
        if _is_beginning(lead, clock):
            since = clock.time
        else:
            until = _a_minute_past(clock.time) if _NOT_PAST.search(lead) else clock.time
    if since is not None and until is not None and since >= until:
        return since, None
    return since, until


def order_in(text: str) -> Order | None:
    """The end or the step that `plain` words of a caller name, if any."""
    said = _NO_ORDER.sub(" # ", text)
    if _SOONEST.search(said):
        return "soonest"
    if _LAST.search(said):
        return "last"
    if _FIRST.search(said):
        return "first"
    if _LATER.search(said):
        return "later"
    return "earlier" if _EARLIER.search(said) else None


def _a_minute_past(moment: time) -> time:
    return moment.replace(minute=moment.minute + 1) if moment.minute < 59 else moment


def _is_beginning(lead: str, clock: Clock) -> bool:
    """Whether the time that follows some words is the beginning of what suits."""
    if clock.limit == "range":
        return False
    if _TAKEN_UP.search(lead):
        return True
    found = _BEFORE_A_LIMIT.search(lead)
    if found is None:
        return clock.limit in ("after", "from", "between")
    return (found["way"] in _UPWARDS) != bool(found["no"])

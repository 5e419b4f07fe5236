"""Times of day in what a caller said. Works on the text `shop.words.numerals.figures` gives."""

import re
from dataclasses import dataclass
from datetime import time
from typing import Literal

Part = Literal["morning", "afternoon", "evening"]

DAY_WORDS = (
    r"mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?"
    r"|sat(?:urday)?|sun(?:day)?"
)

_MERIDIEM = r"(?: ?(?P<meridiem>am|pm))"
_STREET = (
    r"(?! (?:[a-z]+ ){0,3}(?:street|st|avenue|ave|road|rd|lane|ln|drive|dr|court|ct|boulevard|blvd"
    r"|way|circle|place|parkway|pkwy|highway|hwy|terrace|trail)\b)"
)
_COUNTED = (
    r"(?! (?:years?|months?|weeks?|days?|hours?|hrs?|minutes?|mins?|seconds?|miles?|mi|mph|k"
    r"|dollars?|bucks|cents|percent|degrees|thousand|hundred|grand|million|cars?|trucks?|vehicles?"
    r"|tires?|people|person|kids|quarts?|cylinders?|doors?|inch(?:es)?|or so miles|more|different"
    r"|other|things?|oil|times?|new|of (?:them|us|my|the|those|these))\b)"
)
_ALONE_BEFORE = r"(?<![\d\w:/.-])(?<!\d )"
_ALONE_AFTER = r"(?![\d:/]|[.-]\w)(?! ?\d)"
_MAKE = re.compile(
    r"(?:(?<!')\b(?:[b-hj-z]|costs?|paid|pay|charged|toyota|honda|ford|chevy|chevrolet|nissan|bmw"
    r"|lexus|mercedes|benz|infiniti|mazda|dodge|ram|gmc|volvo|chrysler|fiat|hyundai|kia|subaru"
    r"|audi|vw|volkswagen|jeep|buick|cadillac|acura|lincoln|tesla|silverado|sierra|express|transit"
    r"|econoline|series|model|route|interstate|highway|zip|plate|extension|suite|unit|apartment"
    r"|number) |\$)$"
)

_PATTERNS = (
    re.compile(r"\b(?:12 )?(?P<word>noon|midday|midnight)\b"),
    re.compile(
        r"(?<!from )(?<!between )\b(?P<lead>half|(?:a )?quarter|5|10|20|25"
        r"|\d{1,2} minutes?) (?P<side>past|after|to|till?|before"
        rf"|of) (?P<hour>\d{{1,2}})(?! ?\d)\b(?: o'?clock)?{_MERIDIEM}?"
    ),
    re.compile(rf"{_ALONE_BEFORE}(?P<hour>\d{{1,2}}):(?P<minute>\d\d)(?![\d:]){_MERIDIEM}?"),
    re.compile(rf"{_ALONE_BEFORE}(?P<hour>\d{{1,2}})(?:[ .](?P<minute>\d\d))?{_MERIDIEM}\b"),
    re.compile(rf"{_ALONE_BEFORE}(?P<hour>\d{{1,2}})(?P<minute>[0-5]\d){_MERIDIEM}\b"),
    re.compile(rf"{_ALONE_BEFORE}(?P<hour>\d{{1,2}}) ?o'? ?clock\b{_MERIDIEM}?"),
    re.compile(
        rf"{_ALONE_BEFORE}(?P<hour>[1-9]|1[012]) (?P<minute>0\d"
        rf"|[1-5][05])\b{_ALONE_AFTER}{_COUNTED}{_STREET}(?! [b-hj-z]\b)"
    ),
    re.compile(
        r"(?<=\bat )(?P<hour>[1-9]|1[012])(?P<minute>00|15|30"
        rf"|45)\b{_ALONE_AFTER}{_COUNTED}{_STREET}"
    ),
)

_FOLLOWS = (
    r"(?= ?$| (?:or|and|to|till?|if|please|thanks?|then|works?|would|will|is|sounds|should|on"
    r"|in the|instead|for (?:the|my|an?))\b| #)"
)
_BARE = (
    re.compile(rf"\b(?:at|@) ?(?P<hour>[1-9]|1[012])\b{_ALONE_AFTER}{_COUNTED}{_STREET}"),
    re.compile(
        r"(?:#|\b(?:by|around|about|for|after|before|until|till|than|between|from|say|do|take|with"
        r"|prefer|like|or|and|to|morning|afternoon|evening)) (?P<hour>[1-9]"
        rf"|1[012])\b{_ALONE_AFTER}{_COUNTED}{_FOLLOWS}"
    ),
    re.compile(
        rf"{_ALONE_BEFORE}(?<!number )(?P<hour>[1-9]|1[012]) (?:sharp|on the dot|works"
        r"|would (?:be|work)|sounds"
        r"|is (?:fine|good|great|okay|ok|perfect|better|best)|in the (?:morning|afternoon|evening)"
        r"|it is|should (?:be|work)|will (?:be|work|do)|or (?:\d+|#))(?!\w)"
    ),
)
_FILLER = re.compile(
    r"\b(?:u[hm]+|er|hm+|well|oh|yes|yeah|yep|sure|okay|ok|please|maybe|i guess|i think|let's|lets"
    r"|say|the|like|thanks?|thank you|sir|ma'am|about|for|me|no|problem|how|what|perfect|great|one"
    r"|sorry|in the (?:morning|afternoon|evening)|morning|afternoon|evening|alright|all right|so"
    r"|and|would|be|fine|good|is|works?|then|hi|just|that|at)\b"
)
_ONLY = re.compile(r"^ *(?P<hour>[1-9]|1[012]) *$")
_LIMIT = re.compile(r"\b(after|before|until|till|than|between|from)(?: about| around)? ?$")
_RANGE_END = re.compile(r"\b(?:between|from) .*\b(?:and|to|till?|until) ?$")
_GREETING = re.compile(r"\bgood (?:morning|afternoon|evening|night)\b")
_PARTS: tuple[tuple[Part, re.Pattern[str]], ...] = (
    (
        "morning",
        re.compile(
            r"\bmid ?mornings?\b|\bmornings?\b|\bfirst thing\b|\bin the am\b"
            r"|\bbefore (?:work|school|i (?:go|head|get|leave) (?:to|in to|into|for) work)\b"
            r"|\bon (?:my|the) way (?:to|in to) work\b"
        ),
    ),
    (
        "afternoon",
        re.compile(
            r"\b(?:mid ?)?afternoons?\b|\bafter lunch\b|\bafter school\b|\bclose of business\b"
            r"|\bend of (?:the |the business |business |my )?day\b|\b(?:late|later) in the day\b"
        ),
    ),
    (
        "evening",
        re.compile(
            r"\bevenings?\b|\btonight\b|\bat night\b|\b(?:tomorrow|\w+day) nights?\b|\bafter work\b"
            r"|\b(?:after|when|once) (?:i|we)(?:'m| am| get| finish)* (?:off|done with|done at|home"
            r" from|out of|finish)? ?work\b"
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day as it was said. `limit` marks the end of a span ("after three")."""

    time: time
    start: int
    end: int
    limit: str = ""


def part_of_day(text: str) -> Part | None:
    """The one part of the day the text names; None for none, or for several."""
    text = _GREETING.sub("", text)
    named = [part for part, pattern in _PARTS if pattern.search(text)]
    return named[0] if len(named) == 1 else None


def clocks(text: str, part: Part | None) -> list[Clock]:
    """Every time of day in the text, in order; `part` is the part of the day that was named.

    Without "am" or "pm" and without a part of the day, 7 to 11 are in the morning, 12 to 6 are not:
    a workshop has no other hours.
    """
    found: list[Clock] = []
    rest = text
    for pattern in (*_PATTERNS, *_BARE):
        for match in pattern.finditer(rest):
            if _MAKE.search(rest[: match.start()]):
                continue
            value = _time(match, part)
            if value is None:
                continue
            found.append(_clock(value, match, text))
        rest = _blank(rest, found)
    if not found and (only := _ONLY.match(_FILLER.sub(" ", text.replace("#", " ")))):
        value = _time(only, part)
        assert value is not None
        found.append(Clock(value, 0, len(text)))
    return sorted(found, key=lambda clock: clock.start)


def span(limits: list[Clock]) -> Part | None:
    """The part of the day that "before ten" or "between one and three" leaves, if it is one."""
    times = [clock.time.hour for clock in limits]
    if len(limits) == 1 and limits[0].limit in ("before", "until", "till"):
        return "morning" if times[0] <= 12 else None
    if len(limits) == 1:
        return None if times[0] < 12 else "evening" if times[0] >= 17 else "afternoon"
    named = {_part(min(times)), _part(max(times) - 1)}
    return named.pop() if len(named) == 1 else None


def _part(hour: int) -> Part:
    return "morning" if hour < 12 else "afternoon" if hour < 17 else "evening"


def _clock(value: time, match: re.Match[str], text: str) -> Clock:
    groups = match.groupdict()
    hour_at = match.start("hour") if groups.get("hour") else match.start()
    lead = text[:hour_at] if not groups.get("side") else text[: match.start()]
    limit = _LIMIT.search(lead)
    kind = limit[1] if limit else "range" if _RANGE_END.search(lead) else ""
    start = match.start() if groups.get("side") else hour_at
    return Clock(value, start, match.end(), kind)


def _time(match: re.Match[str], part: Part | None) -> time | None:
    groups = match.groupdict()
    if word := groups.get("word"):
        return time(0) if word == "midnight" else time(12)
    hour, minute = int(groups["hour"]), int(groups.get("minute") or 0)
    written_24 = hour > 12 or (hour == 0 and groups.get("minute") is not None)
    if hour > 23 or minute > 59 or (written_24 and groups.get("meridiem")):
        return None
    if written_24 and ":" not in match[0]:
        return None
    if not written_24:
        hour = _hour(hour, groups.get("meridiem"), part)
    if not groups.get("side"):
        return time(hour, minute)
    return _beside(hour, groups["lead"], groups["side"])


def _hour(hour: int, meridiem: str | None, part: Part | None) -> int:
    if meridiem:
        return hour % 12 + (12 if meridiem == "pm" else 0)
    if part == "morning":
        return hour
    if part in ("afternoon", "evening"):
        return hour % 12 + 12
    return hour + 12 if 1 <= hour <= 6 else hour


def _beside(hour: int, lead: str, side: str) -> time | None:
    number = re.match(r"\d+", lead)
    minutes = int(number[0]) if number else 30 if lead == "half" else 15
    if not 0 < minutes < 60 or (lead == "half" and side not in ("past", "after")):
        return None
    if side in ("past", "after"):
        return time(hour, minutes)
    return time((hour - 1) % 24, 60 - minutes)


def _blank(text: str, found: list[Clock]) -> str:
    for clock in found:
        text = text[: clock.start] + "#" * (clock.end - clock.start) + text[clock.end :]
    return text

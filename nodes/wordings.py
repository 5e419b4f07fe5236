"""How claims sound: what is said to be done, promised, refused or found wrong with a car. Pure.

All patterns read what `shop.words.numerals.plain` gives: lower case, no commas, one apostrophe.
"""

import re
from collections.abc import Iterator
from typing import Literal

DeedKind = Literal[
    "booked", "moved", "changed", "cancelled", "requested", "waiting", "tow", "callback", "text",
    "eta", "approved",
]  # fmt: skip
TIED: frozenset[DeedKind] = frozenset(("booked", "moved", "cancelled", "requested"))
"""Deeds that are done at a day and a time."""

_UNDONE = re.compile(
    r"(?:\b(?:not|get)|n't|\b(?:once|if|when|before|after|until|unless|whether)"
    r"(?: (?:your|the|an?|our))?) $"
)
"""What comes before words of doing that claim nothing: "once your appointment is booked"."""

_JUST = r"(?:just |already |now |all |both |officially |also |gone ahead and |went ahead and )*"
_HAVE = rf"\b(?:i|we)(?:'ve| have) {_JUST}"
_YOURS = r"your(?: [\w'/&-]+){1,6}?"
_WHAT = rf"(?:it|that|this|everything|they|both|all of (?:it|them)|appointments?|{_YOURS})"
_IS = rf"\b{_WHAT}(?:'s|'re| is| are| has been| have been) {_JUST}"
_DAY_IS = rf"{_IS}|day(?:'s one)?(?: is| has been) {_JUST}"
"""A day is booked when it is full; it is moved or cancelled as the appointment on it."""
_BARE = r"^(?:okay |great |perfect |alright |and |so )*(?:all )?"
"""Where a sentence says no more than that it is done: "Booked."."""
_LIST = r"wait(?:ing|list)? ?(?:list)?\b"

_DEEDS: tuple[tuple[DeedKind, re.Pattern[str]], ...] = (
    (
        "booked",
        re.compile(
            rf"\byou(?:'re| are|'ve been) {_JUST}(?:booked|scheduled|confirmed|reserved"
            r"|set up|set for(?! now)|down for|locked in)\b"
            rf"|{_IS}(?:booked|scheduled|confirmed|reserved|set)\b"
            rf"|(?:{_HAVE}|\b(?:i|we) (?:just |also |went ahead and )?)(?:booked|scheduled|reserved"
            r"|confirmed|(?:put|got) you (?:booked|down|in|scheduled|set))\b(?! (?:as|nothing)\b"
            r"|(?: \w+)? (?:systems?|records?|files?)\b)"
            r"|\byou(?:'ve got| have) (?:two|three|four|both) (?:appointments|bookings)\b"
            rf"|{_BARE}(?:booked|scheduled|confirmed)(?: in| it| (?:as well|too|for).*)?$"
        ),
    ),
    ("moved", re.compile(rf"(?:{_DAY_IS}|{_HAVE})(?:moved|rescheduled|pushed)\b|{_BARE}moved$")),
    (
        "changed",
        re.compile(
            rf"(?:{_HAVE}|\b(?:appointment|booking|time)(?: is| has been) {_JUST})"
            r"(?:changed|switched|updated)\b"
        ),
    ),
    ("cancelled", re.compile(rf"(?:{_DAY_IS}|{_HAVE})cancell?ed\b|{_BARE}cancell?ed$")),
    (
        "requested",
        re.compile(
            rf"{_HAVE}(?:put in|sent(?: in)?|passed(?: on)?|noted|submitted|left|taken)"
            r"(?: \w+){0,3} requests?\b"
            rf"|\byour request(?:(?! would| will| can| could).){{0,80}}? is {_JUST}(?:in|noted)\b"
        ),
    ),
    (
        "waiting",
        re.compile(
            rf"\byou(?:'re| are) {_JUST}(?:\w+ ){{0,4}}(?:on|for) (?:\w+ ){{0,3}}{_LIST}"
            rf"|{_HAVE}(?:put|added|placed|got) you (?:\w+ ){{0,5}}{_LIST}"
        ),
    ),
    (
        "tow",
        re.compile(
            rf"\btruck(?: is|'s) {_JUST}(?:on (?:its|the) way|coming|headed)"
            rf"|{_HAVE}(?:sent|dispatched|ordered|arranged|requested)"
            r"(?: \w+){0,2} (?:tow|truck|flatbed)\b"
        ),
    ),
    (
        "callback",
        re.compile(
            rf"{_HAVE}(?:left|taken|passed|noted|sent|put in)(?: \w+){{0,3}}"
            r" (?:message|note|call ?back)\b"
            r"|\b(?:someone|somebody|an? (?:\w+ )?advis[oe]r"
            r"|(?:one of )?(?:the|our) (?:team|staff))"
            r"(?: (?:here|there|from (?:the|our) (?:shop|team)))?(?:'ll| will)(?: \w+){0,2}"
            r" (?:call|ring|phone) you\b(?! (?:if|when|once|as soon|to confirm))"
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
    ("approved", re.compile(rf"{_HAVE}(?:approved|authori[sz]ed|okayed|signed off)\b")),
)  # fmt: skip

_EXPECTED = re.compile(
    r"\bsee you\b|\byour appointment(?:'s| is) (?:on|at|for|still)\b"
    r"|\byou(?:'ve got| have)(?: \w+){1,3} (?:appointment|booking|change|inspection|rotation"
    r"|diagnostics|service|repair|replacement|alignment)\b"
)
"""Words that take a booking for granted where they name its day or time."""


def deeds(said: str, *, dated: bool) -> frozenset[DeedKind]:
    """What is said to be done; `dated` where the words name a day or a time."""
    found = {kind for kind, pattern in _DEEDS if any(_done(pattern, said))}
    if "waiting" in found:
        found -= {"booked"}
    if dated and _EXPECTED.search(said):
        found.add("booked")
    return frozenset(found)


def _done(pattern: re.Pattern[str], said: str) -> Iterator[bool]:
    return (True for match in pattern.finditer(said) if not _UNDONE.search(said[: match.start()]))


_NUMBERS = {"both": 2, "two": 2, "2": 2, "three": 3, "3": 3, "four": 4, "4": 4}
_COUNT = re.compile(
    r"\b(?P<both>both)\b"
    r"|\b(?P<number>two|three|four|[2-4]) (?:appointments|bookings|of them|visits|services)\b"
)
_MORE = re.compile(r"\balso\b|\bas well\b|\btoo\b(?! (?:late|early|soon|long))")


def count(said: str) -> int:
    """How many appointments the words speak of at the least."""
    found = _COUNT.search(said)
    return _NUMBERS[found["both"] or found["number"]] if found else 1


def one_more(said: str) -> bool:
    """Whether the words speak of something besides what was done before."""
    return _MORE.search(said) is not None


_REFUSES = re.compile(
    r"\btoo (?:late|early|soon)\b|\bnothing\b|\bfull\b|\bfully booked\b|\bclosed\b|\bunavailable\b"
    r"|\bno (?:times?|openings?|slots?|room|space|availability|appointments?)\b"
    r"|(?:n't|\bnot|\bno longer)(?: \w+){0,2} (?:free|available|open|possible|work|exist)\b"
    r"|\b(?:is|are|'s|been|was|just|got|already)(?: \w+)? (?:taken|gone|booked up)\b"
    r"|\balready (?:taken|gone|booked)\b|\b(?:after|before) we (?:close|open)\b"
    r"|\b(?:can't|cannot|can not|couldn't|unable to|don't|do not|doesn't|won't)"
    r" (?:do|offer|have|take|fit|get|see|match|book|give)\b"
    r"|\bthere(?:'s| is) no\b|\b(?:isn't|is not) (?:an?|one|in)\b(?! (?:problem|issue))"
    r"|\bneither\b"
)
_OFFERS = re.compile(
    r"\b(?:is|are|it's|that's)(?: (?:still|wide|also|both))? (?:free|available|open)\b"
    r"|\b(?:i|we)(?:'ve got| have| do have| can do| can offer| can fit| could do| could offer)"
    r"(?: \S+){0,4}? (?:\d|noon)"
)
_LOOKS = re.compile(r"\b(?:let me|i'll|let's|i can|i need to) (?:just )?(?:check|see|look|try)\b")
TURNS = re.compile(
    r"\bbut\b|\bhowever\b|\balthough\b|;|—"
    r"|\band (?=[^,]*(?:(?:is|are) (?:still |also )?(?:free|available|open)"
    r"|\b(?:i|we)(?:'ve got| have| can| could))\b)",
    re.IGNORECASE,
)
"""Where a refusal ends and what is free instead may begin."""


def refuses(said: str) -> bool:
    """Whether it says that something cannot be had."""
    return _REFUSES.search(said) is not None


def offers(written: str) -> bool:
    """Whether it says that a time can be had. Reads text with figures."""
    return _OFFERS.search(written) is not None


def looks(said: str) -> bool:
    """Whether it says that something is being looked up."""
    return _LOOKS.search(said) is not None


_NEVER = re.compile(
    r"(?:\b(?:not|never|cannot|nothing|without|unable|whether|if)\b|n't\b)(?: \S+){0,4} ?$"
)
_PROMISES: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "free",
        re.compile(
            r"\bfree of charge\b|\b(?:at )?no (?:extra |additional )?(?:charge|cost)\b|\bfor free\b"
            r"|\bcomplimentary\b|\bon (?:the house|us(?! to))\b|\bwon't (?:cost|charge)(?: you)?\b"
            r"|\bfree (?:\w+ )?(?:inspection|diagnos\w+|estimate|check\w*|tow\w*|loaner|ride|oil"
            r"|wash|service|rotation|repair|replacement)\b"
        ),
    ),
    ("guaranteed", re.compile(r"\bguaranteed?\b")),
    ("waived", re.compile(r"\bwaiv(?:e|ed|ing)\b")),
    ("discount", re.compile(r"\bpercent (?:off|discount)|\b(?:give|get|offer)\b.*\bdiscount\b")),
)
_PERCENT = re.compile(r"\b(\d+(?:\.\d+)?) ?(?=percent (?:off|discount))")


def promises(written: str) -> frozenset[str]:
    """What is promised about money besides an amount: "free", "waived", "10 percent off"."""
    found = {
        name
        for name, pattern in _PROMISES
        for match in pattern.finditer(written)
        if not _NEVER.search(written[: match.start()])
    }
    if "discount" in found:
        found |= {f"{percent} percent off" for percent in _PERCENT.findall(written)}
    return frozenset(found)


_PARTS = (
    r"alternator|starter|battery|transmission|radiator|thermostat|catalytic converter|spark plugs?"
    r"|head gasket|gasket|brake pads?|brakes?|rotors?|calipers?|fuel pump|water pump|timing belt"
    r"|serpentine belt|belt|clutch|struts?|shocks?|suspension|wheel bearings?"
    r"|(?:oxygen |o2 )?sensor|ignition coil|compressor|muffler|exhaust|axle|cv joint|engine"
)
_DIAGNOSIS = re.compile(
    r"\b(?:it's|it is|that's|that is|(?:the )?(?:problem|issue|cause) is|it must be|sounds like)"
    r"(?: (?:definitely|probably|likely|clearly|almost certainly|just|going to be))*"
    r" (?:your|the|an?)(?: (?:bad|dead|dying|worn|faulty|failing|failed|blown|broken|loose))*"
    rf" (?P<part>{_PARTS})\b(?! (?:inspection|service|job|work|repair|replacement|change|light"
    r"|check|diagnos|rotation|appointment|flush|test))"
)


def diagnoses(said: str) -> frozenset[str]:
    """The parts that are said to be what is wrong with the car."""
    return frozenset(match["part"] for match in _DIAGNOSIS.finditer(said))

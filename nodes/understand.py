"""What the caller's last words ask for. Pure: no language model, no state.

    words → danger? → wish in any context → wish in this context ─┬→ Understanding
        └→ weights learned from labelled sentences ───────────────┘

The rules find what must never be missed; the weights, which see the rules' judgement too, find what
no rule foresaw (`nodes.learned`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, get_args

from graph.state import Topic
from nodes.learned import Route, learned
from nodes.words.danger import danger
from nodes.words.deeds import (
    CHANGES,
    LEAVES_WORD,
    NEEDS_A_TOW,
    READY,
    STOPS_CALLS,
    STUCK_PART,
)
from nodes.words.elsewhere import here_and_now
from nodes.words.people import NEEDS_A_PERSON, asks_for_a_person, cover_is
from nodes.words.questions import (
    ASKS,
    BOOKS,
    BRINGS,
    FAREWELL,
    NEEDS_WORK,
    NOTHING_MORE,
    ONLY_ASKS,
)
from nodes.words.spanish import speaks_spanish
from nodes.words.strangers import SOLICITS, WRONG_NUMBER
from shop.words.numerals import plain

Intent = Literal[
    "book", "modify", "answer", "tow", "human", "message", "goodbye", "stop_calling",
    "wrong_number", "none",
]  # fmt: skip
"""What the caller wants; "none" is an answer, small talk or filler: stay with the topic."""

INTENTS: tuple[Intent, ...] = get_args(Intent)

_OUTRIGHT: tuple[tuple[Intent, re.Pattern[str]], ...] = (
    ("stop_calling", STOPS_CALLS),
    ("wrong_number", SOLICITS),
    ("wrong_number", WRONG_NUMBER),
    *(("human", family) for family in NEEDS_A_PERSON),
    ("message", LEAVES_WORD),
    ("tow", NEEDS_A_TOW),
    ("modify", CHANGES),
)
"""Wishes with a verb in them, which count whatever was asked; order is precedence."""

_HINTS: tuple[tuple[Intent, re.Pattern[str]], ...] = (
    ("tow", re.compile(r"\btow(?:ed|ing|s)?\b|\broadside\b|\bflat ?bed\b|\bwrecker\b")),
    ("message", re.compile(r"\bcall ?back\b|\bmessage\b|\bvoicemail\b")),
    (
        "answer",
        re.compile(
            r"\b(?:hours|prices?|pricing|costs?|quote|estimate|coupons?|parking|wi ?fi|payment"
            r"|address|location|open (?:on|today|tomorrow|saturdays?|sundays?|late|now)"
            r"|holidays?)\b"
        ),
    ),
)
"""Bare words that are also names, streets and colours: they count where no such thing was asked."""

_PERSONAL = {
    "name", "phone", "vehicle", "vin", "plate", "birth_date", "address", "location",
}  # fmt: skip
_AS_LIKELY = 0.05
"""Where a rule finds a wish and the weights can hardly tell, the rule counts."""
_HARDLY, _LIKELY, _ALARMING, _ENDING, _SURE = 0.1, 0.5, 0.6, 0.75, 0.9
_ENDS: tuple[Intent, ...] = ("wrong_number", "stop_calling")
"""What ends a call for good must be likelier than what only turns it."""
_ARRANGING = ("booking", "triage", "escalate")
"""Topics in which "cancel that" is said of what is being arranged, and of nothing on file."""
_ANSWERING = ("escalate", "triage", "verify")
"""Topics in which a caller mostly answers what no label says that it was asked."""

_MOST_LETTERS = 4000
"""Minutes of speech; longer typed text is cut, because the rules read it many times over."""

_TITLED = re.compile(r"\b(?:mr|mrs|ms|miss|mister|doctor|dr) \w+\b")
_CALLED = re.compile(
    r"\bname(?:'s| is)((?: [a-z']+){1,3})$|\bcall me (?!back|when|if|at|later)[\w']+"
)
_ABANDONS = re.compile(
    r"\b(?:actually |oh |you know what |well |no |ok(?:ay)? )*(?:never ?mind"
    r"|forget)(?: about)?(?: (?:the|that|my|this|it))?(?: (?:booking|appointment|oil change"
    r"|one))?\b"
)
_NO_THIS = re.compile(r"^(?:(?:actually|oh|wait|well|u[hm]+|sorry)[, ]+)*no, (?=\w)", re.IGNORECASE)
"""In a booking "no, brakes" puts right what it is for; "no brakes" is what must never be missed."""
_NO_MORE = re.compile(r"^(?:uh |um |oh )?(?:no|nope|nah|not today)$")
_ELSEWHERE = re.compile(r"\b(?:my|our) (?:boss|manager|supervisor|work|job|other)\b")
_NUMBER_WRONG = re.compile(
    r"\b(?:that's|that is|it's|you have|you got) (?:the |my )?wrong number\b"
)


@dataclass(frozen=True, slots=True)
class Understanding:
    """What was understood.

    Attributes:
        intent: What the caller wants now; "none" keeps the topic.
        danger: The car must not be driven, whatever else is wanted.
        emergency: People are in danger (injury, fire, standing in traffic): only 911 helps.
        spanish: The caller speaks Spanish, or asks for it.
    """

    intent: Intent
    danger: bool = False
    emergency: bool = False
    spanish: bool = False


def understand(text: str, *, topic: Topic, asked: str) -> Understanding:
    """Read the caller's words in their place. Who asks for a person is hardly ever overruled.

    `asked` is what the last reply asked for, in the words of `graph.expect.Expectation`. A name, a
    car or an address that answers it is no wish; a wish with a verb in it always is.
    """
    said = heard_as(_NO_THIS.sub("nope ", text) if topic == "booking" else text)
    by_rule = _by_rules(said, topic, asked)
    likely = learned().weigh(said, topic=topic, asked=asked, ruled=_route(by_rule))
    heard = _weighed(by_rule, likely, answered=asked in _PERSONAL or topic in _ANSWERING)
    if by_rule.intent == "human" and likely["human"] > _HARDLY and asks_for_a_person(said):
        return replace(heard, intent="human")
    return heard


def ruled(text: str, topic: Topic, asked: str) -> Route:
    """What the rules alone make of a caller's words."""
    return _route(_by_rules(heard_as(text), topic, asked))


def heard_as(text: str) -> str:
    """The words that rules and weights judge: plain, without what is of another time or thing."""
    return here_and_now(plain(text[:_MOST_LETTERS]))


def _by_rules(said: str, topic: Topic, asked: str) -> Understanding:
    threat = danger(said)
    return Understanding(
        intent=_intent(said, topic, asked),
        danger=threat.car,
        emergency=threat.emergency,
        spanish=speaks_spanish(said),
    )


def _route(heard: Understanding) -> Route:
    if heard.emergency:
        return "emergency"
    return "triage" if heard.danger else heard.intent


def _weighed(
    by_rule: Understanding, likely: Mapping[Route, float], *, answered: bool
) -> Understanding:
    """The rules' judgement, put right by what was learned; danger only ever grows by it.

    Where the rules find no wish, one that is learned must be likelier than not; where a name or an
    address was asked for, anything may be a name, so it must be all but certain.
    """
    intent = max(INTENTS, key=lambda one: likely[one])
    if intent == "none" and likely["none"] - likely[by_rule.intent] < _AS_LIKELY:
        intent = by_rule.intent
    if by_rule.intent == "none" and likely[intent] < (_SURE if answered else _LIKELY):
        intent = "none"
    if intent in _ENDS and by_rule.intent != intent and likely[intent] < _ENDING:
        intent = by_rule.intent
    enough = _SURE if answered else _ALARMING
    emergency = by_rule.emergency or likely["emergency"] > enough
    in_danger = likely["triage"] + likely["emergency"] > enough
    return replace(
        by_rule,
        intent=intent,
        danger=by_rule.danger or emergency or in_danger,
        emergency=emergency,
    )


def _intent(said: str, topic: Topic, asked: str) -> Intent:
    said = _ELSEWHERE.sub("our thing", _ABANDONS.sub(" ", said)).strip()
    personal = asked in _PERSONAL or topic == "verify"
    if personal:
        said = _CALLED.sub(" #", _TITLED.sub(" #", said))
    wish = _plain_wish(said, topic, asked)
    if wish is not None:
        return wish
    if personal and not BOOKS.search(said) and not ASKS.search(said):
        return "goodbye" if FAREWELL.search(said) else "none"
    return _wish_here(said, topic, asked, personal)


def _plain_wish(said: str, topic: Topic, asked: str) -> Intent | None:
    """A wish that counts whatever was asked."""
    visit = re.search(r"\b(?:my|our) \w* ?appointment\b", said)
    negotiating = topic in _ARRANGING and not visit
    if any(family.search(said) for family in ONLY_ASKS):
        return "answer"
    for intent, family in _OUTRIGHT:
        if intent == "message" and (cover := cover_is(said)) is not None:
            return "human" if cover == "claimed" else "answer"
        if not family.search(said):
            continue
        if intent == "modify" and negotiating and not _drops_a_visit(said):
            continue
        if family is WRONG_NUMBER and not _only_lost(said, asked):
            continue
        if intent == "tow" and STUCK_PART.search(said):
            continue
        return intent
    if READY.search(said) and topic != "booking":
        return "message"
    return None


def _only_lost(said: str, asked: str) -> bool:
    """Reached the wrong place and wants nothing of this one."""
    if asked in ("phone", "yes_no") and _NUMBER_WRONG.search(said):
        return False
    rest = WRONG_NUMBER.sub(" # ", said)
    return _wish_here(rest, "answer", "open", personal=False) not in ("book", "answer", "tow")


def _drops_a_visit(said: str) -> bool:
    """Cancels or moves something that is already booked, not the one being arranged."""
    return bool(
        re.search(
            r"\bre ?schedul\w*|\bcancel(?! (?:that|it|this|the booking|everything)\b| ?$)"
            r"|\b(?:have|had|got|booked|made) an? (?:\w+ )?appointment\b",
            said,
        )
    )


def _wish_here(said: str, topic: Topic, asked: str, personal: bool) -> Intent:
    """A wish that depends on what is being talked about."""
    arranging = topic in ("booking", "modify")
    if FAREWELL.search(said) and not (arranging and BOOKS.search(said)):
        return "goodbye"
    if BOOKS.search(said):
        return "none" if arranging and not _names_booking(said) else "book"
    if ASKS.search(said):
        return "answer"
    if NOTHING_MORE.search(said) and (not arranging or asked == "open") and not BRINGS.search(said):
        return "goodbye"
    if asked == "open" and _NO_MORE.match(said):
        return "goodbye"
    if BRINGS.search(said):
        instead = topic == "modify" or (topic == "triage" and asked == "open")
        another = instead and NEEDS_WORK.search(said)
        return "book" if another or topic not in ("booking", "modify", "triage") else "none"
    if personal:
        return "none"
    return next((intent for intent, family in _HINTS if family.search(said)), "none")


def _names_booking(said: str) -> bool:
    return bool(
        re.search(r"\b(?:book|schedule|make|need|want|like)(?: \w+){0,4} appointment\b", said)
    )

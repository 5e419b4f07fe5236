"""What the last reply asked for, from the words of its last question.

Works on any model's wording: a question is first cut down to its last sentence that asks, then the
thing it asks for is looked up by word families.
"""

import re
from typing import Literal

Expectation = Literal[
    "open", "yes_no", "name", "phone", "vehicle", "vin", "plate", "service", "date_time",
    "birth_date", "address", "location",
]  # fmt: skip
"""What the caller is likely to answer with."""

_SENTENCE = re.compile(r"[^.?!]+(?:[.?!]+(?=\s|$)|$)")
_ABBREVIATION = re.compile(r"\b(a|p)\.\s?m\.|\b(mr|mrs|ms|dr|st|ave|no)\.", re.IGNORECASE)

_ELSE = re.compile(
    r"\b(?:anything|(?<!or )something|what) else\b(?! .*(?:car|truck|vehicle|going on|wrong"
    r"|need(?:s)? done))"
)
_TAGGED = re.compile(
    r"\b(?:is (?:that|this|everything|all of that) (?:all )?(?:right|correct|okay|ok|fine|accurate"
    r"|good)|(?:does|did) (?:that|i|this|it all)(?: \w+)? (?:sound|look|get|have"
    r"|seem)\b(?: \w+){0,4}|sound good|did i get that right|do i have that right"
    r"|est[aá] bien|(?<!working )(?<!acting )(?:right|correct|okay|yes|yeah))\?? ?$"
)

_WANTS_ACTION = re.compile(
    r"^(?:(?:so|and|okay|ok|great|then|now|perfect|\w+,) )*(?:shall|should) (?:i|we)\b"
    r"|\b(?:would you like|do you want|want|would you prefer) (?:me|us|someone|somebody)\b"
    r"|\b(?:would|do) you (?:like|want) to (?:book|schedule|set|go ahead|come in|keep|confirm"
    r"|proceed|cancel|move|reschedule|hold|continue|leave|speak|talk|hear|do that)\b"
    r"|\b(?:can|may|could) (?:i|we) (?:go ahead|book|help|put you|transfer|connect|send|use|cancel"
    r"|move|confirm|do that|text|call)\b|\bis it (?:okay|ok|all right|alright) if\b"
)
_CHOICE = re.compile(r"\bwhich\b|\bwould (?:either|one)\b|\beither of (?:those|these)\b|\bprefer\b")

_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|today|tomorrow"
_CLOCK = (
    r"\d{1,2}(?::\d\d)? ?(?:am|pm)\b|\b\d{1,2}:\d\d\b"
    r"|\b(?:one|two|three|four|five|seven|eight|nine|ten|eleven|twelve)(?: (?:oh|ten|fifteen"
    r"|twenty|thirty|forty|fifty)\w*)*(?= (?:am|pm|a m|p m|or|o'clock|works?|in the)\b)|\bnoon\b"
    r"|\b(?:at|or) (?:one|two|three|four|five|seven|eight|nine|ten|eleven|twelve)\b"
)
_MOMENT = re.compile(rf"\b(?:{_DAY})\b|{_CLOCK}|\bmorning\b|\bafternoon\b|\bevening\b")

_KINDS: tuple[tuple[Expectation, re.Pattern[str]], ...] = (
    ("vin", re.compile(r"\bvins?\b|\bv i n\b|vehicle identification|\bseventeen digit")),
    ("plate", re.compile(r"\bplates?\b|\btag number\b|\bregistration number\b")),
    ("birth_date", re.compile(r"\bbirth ?(?:date|day)?\b|\bborn\b|\bdob\b|\bbirthday\b")),
    (
        "phone",
        re.compile(
            r"\b(?:phone|telephone|cell|mobile|call ?back|contact|best|good"
            r"|reach\w*) ?(?:phone )?number\b|\bphone\b"
            r"|\bnumber\b.*\b(?:reach|call|text|contact)\b|\bnumber (?:for you|with area code)"
            r"|\barea code\b|\bwhat number\b|\bhow (?:can|should|do) (?:we|i) reach you\b"
            r"|\bdigits\b"
        ),
    ),
    (
        "location",
        re.compile(
            r"\bwhere (?:exactly )?(?:are you|is (?:the|your) (?:\w+ )?(?:car|truck|vehicle|van"
            r"|suv|\w+)(?! (?:from|made))|should the (?:tow|truck)|did (?:it|you) (?:break|stop)"
            r"|can the|are we|do (?:we|you) need (?:the|a) tow)"
            r"|\b(?:your|the car's|exact|current) location\b|\blandmark\b|\bcross street\b"
            r"|\bmile marker\b|\bpick(?:ed)? (?:it|the car|you) up\b"
            r"|\bwhere.*(?:stuck|located|parked|broken down|right now)\b"
        ),
    ),
    (
        "address",
        re.compile(r"\bzip\b|\bstreet\b|\baddress\b|\bpostal code\b|\bwhere do you live\b"),
    ),
    (
        "name",
        re.compile(
            r"\b(?:your|first|last|full|the|a|caller's|what) (?:and last |full |first "
            r"|last )?names?\b"
            r"|\bwho (?:am i|do i have|is this|is calling|are you|'s calling|am i speaking)"
            r"|\bwho's (?:calling|this)\b|\bspell (?:that|it|your|the)\b"
            r"|\bname (?:is )?(?:on|for|under|should)\b"
        ),
    ),
    (
        "vehicle",
        re.compile(
            r"\b(?:year|make|model)s?\b"
            r"|\b(?:which|what)(?: (?:kind|type|sort|color"
            r"|colour)(?: of)?)?(?: a)?(?: one of)?(?: your)? (?:car|vehicle|truck"
            r"|one of your (?:cars|vehicles)|color is)\b"
            r"|\b(?:what|which) (?:are you driving|do you drive|car)\b"
            r"|\bwhich one are you bringing\b|\bwhat (?:color|colour|trim)\b"
            r"|\btell me (?:a (?:bit|little) )?about (?:the|your) (?:car|vehicle)\b"
        ),
    ),
    (
        "date_time",
        re.compile(
            r"\b(?:what|which) (?:\w+ )?(?:days?|dates?|times?)\b|\bwhen\b|\bhow soon\b"
            r"|\btime of day\b|\b(?:day|date|time)s?\b.*\b(?:work|prefer|suit|best|good|mind|like)"
            r"|\bprefer\w* (?:day|time)"
            r"|\b(?:works?|prefer|like|do|want|take|about|have|make it|come"
            rf"|suits?)\b.*(?:\b(?:{_DAY})\b|{_CLOCK})"
            rf"|(?:\b(?:{_DAY})\b|{_CLOCK}).*\b(?:works?|suits?|prefer|better|good|fine)"
            r"|\bmorning or\b|\bmornings? or (?:the )?afternoons?\b|\bafternoon or\b"
            r"|\bhow about (?:mon|tue|wed|thu|fri|sat|the)\b|\banother (?:day|time)\b"
        ),
    ),
    (
        "service",
        re.compile(
            r"\bwhat (?:can|could|may) (?:we|i) do for (?:you|your|the)\b"
            r"|\bwhat (?:does (?:it|the|your)|do you|is it you) (?:\w+ ){0,2}need\b"
            r"|\bneed(?:s|ed)? done\b"
            r"|\bwhat(?:'s| is| seems| seem| has been)? (?:\w+ ){0,2}(?:going on|wrong"
            r"|the (?:problem|issue|trouble|matter|reason for your visit)|happening|bothering"
            r"|bringing you)\b|\bwhat seems to be\b"
            r"|\b(?:what|which) (?:kind of |type of )?(?:services?|work|repairs?|maintenance)\b"
            r"|\bwhat (?:would|are|were) you (?:like|looking|bringing|hoping)|\bwhat brings\b"
            r"|\bsymptoms?\b|\bdescribe\b|\bother (?:concerns|problems|issues)\b"
            r"|\banything else\b.*\b(?:car|truck|vehicle|going on|wrong|done)\b"
            r"|\bwhat is it doing\b|\bwhat(?:'s| is) (?:it|the (?:car|truck)|your \w+) doing\b"
        ),
    ),
)  # fmt: skip
_WORK = re.compile(r"\b(?:oil|brakes?|tires?|battery|inspection|repair|maintenance)\b")
_ASKS_FOR = re.compile(
    r"\b(?:can|could|may|might|would|will) (?:i|you|we)\b.*\b(?:have|get|give|tell|spell|share"
    r"|confirm|say|provide|let me know|grab|take|ask|read|repeat|mind)\b"
    r"|\b(?:i'll|i will|i|we'll|i'd|we|i just|let's|let me) (?:\w+ )?(?:need|get|grab|take"
    r"|start with|have)\b"
    r"|\b(?:please )?(?:tell me|give me|let me know|go ahead|share|spell|say|read me|start with"
    r"|provide)\b|\bdo you (?:have|know|remember|happen)\b|\bplease\b"
)
_OPENERS = (
    r"(?:(?:so|and|okay|ok|great|then|now|perfect|thanks|thank you|alright|all right"
    r"|just to (?:be sure|confirm)|before (?:that|we \w+)|first|sure|sorry|got it|one more thing"
    r"|\w+) )*?"
)
_WH = re.compile(r"\b(?:what|which|when|where|who|how|what's|who's|where's|when's)\b")
_POLAR = re.compile(
    rf"^{_OPENERS}(?:is|are|was|were|do|does|did|have|has|had|am i|can|could|will|would|should"
    r"|shall|may|isn't|aren't|any)\b"
)


def expectation(reply: str) -> Expectation:
    """Say what the caller has just been asked for; "open" when nothing in particular."""
    sentences = _sentences(reply)
    if not sentences:
        return "open"
    asked = next((s for s in reversed(sentences) if s.endswith("?")), "")
    if not asked:
        return _imperative(sentences[-1])
    before = sentences[sentences.index(asked) - 1] if sentences.index(asked) else ""
    return _question(asked.rstrip("?").strip(), before)


def _question(asked: str, before: str) -> Expectation:
    if (
        _ELSE.search(asked)
        or re.search(r"\b(?:like|want|need) to change\b", asked)
        or re.search(r"\b(?:how|what) (?:can|may|could) i (?:help|do)", asked)
    ):
        return "open"
    if _WANTS_ACTION.search(asked) and not _WH.search(asked):
        return "open" if re.search(r"\bor (?!not\b)", asked) else "yes_no"
    if _TAGGED.search(asked):
        return "yes_no"
    kinds = _kinds(asked)
    if not _WH.search(asked) and _POLAR.search(asked) and not _ASKS_FOR.search(asked):
        return _polar(asked, kinds, before)
    if kinds:
        return kinds[0] if len(kinds) == 1 or " or " not in asked else "open"
    if _CHOICE.search(asked):
        return _offer(asked, before)
    if _MOMENT.search(asked) and not _WH.search(asked):
        return "date_time"
    return "yes_no" if _POLAR.search(asked) and not _WH.search(asked) else "open"


def _polar(asked: str, kinds: list[Expectation], before: str) -> Expectation:
    """A question that yes or no would answer, unless it offers a choice or a time."""
    if "date_time" in kinds and re.search(
        r"\b(?:work|prefer|like|suit|better|good|want|do)\b", asked
    ):
        return "date_time"
    if re.search(r"\b(?:either|any|one) of (?:those|these|them)\b|\bthose (?:times|work)", asked):
        return _offer(asked, before)
    if " or " in asked and re.search(
        r"\b(?:civic|accord|car|truck|\d{4}|the \w+) or the \w+", asked
    ):
        return "vehicle"
    if " or " in asked and _WORK.search(asked):
        return "service"
    if " or " in asked and re.search(
        r"\bwould you (?:like|prefer)|\bdo you want\b|^is it about", asked
    ):
        return "open"
    return "service" if kinds == ["service"] else "yes_no"


def _offer(asked: str, before: str) -> Expectation:
    if _MOMENT.search(before) or _MOMENT.search(asked):
        return "date_time"
    named = _kinds(before)
    return named[0] if len(named) == 1 else "open"


def _imperative(sentence: str) -> Expectation:
    kinds = _kinds(sentence) if _ASKS_FOR.search(sentence) else []
    return kinds[0] if len(kinds) == 1 else "open"


def _kinds(text: str) -> list[Expectation]:
    return [kind for kind, pattern in _KINDS if pattern.search(text)]


def _sentences(reply: str) -> list[str]:
    text = reply.lower().replace("\u2019", "'")
    text = _ABBREVIATION.sub(lambda m: f"{m[1]}m" if m[1] else m[2], text)
    text = re.sub(r"[,;:](?=\s|$)|\s[-–—]+\s|[—()\"*]", " ", text)
    return [" ".join(found.split()) for found in _SENTENCE.findall(text) if found.strip(" .?!\n")]

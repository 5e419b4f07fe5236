"""What a car needs, from the words callers use for it."""

import re

from graph.models.rulebook.words import plain

_FAMILIES: tuple[tuple[str, str], ...] = (
    ("recall", r"recall(?:s|ed)?"),
    (
        "transmission_service",
        r"transmissions?|gear ?box|slipping gears|gears? (?:slip|slips|slipping)",
    ),
    ("engine_diagnostics", r"oil leak\w*|leak\w* oil|burn\w* oil"),
    (
        "oil_change",
        r"(?:oil|all|oyl) (?:change[sd]?|chains?|chang\w*|service)|lube|(?:change|new) (?:the "
        r"|my )?oil|oil|filter change",
    ),
    (
        "tire_rotation",
        r"t[iy]red? rotat\w*|rotat\w*(?: (?:the|my))?(?: t[iy]res)?|t[iy]res? \w* ?rotated",
    ),
    (
        "brake_service",
        r"(?:new|replace\w*|fix|change|do)(?: (?:the|my|front|rear|all))* (?:brakes?|breaks?)"
        r"|(?:brakes?|breaks?) (?:job|pads?|service|serviced|replace\w*|repair\w*|rotors?|fluid"
        r"|done|fixed|changed|line|lines)|brake ?pads?|rotors?",
    ),
    ("brake_inspection", r"brakes?|breaks|break (?:inspection|check)|braking"),
    (
        "engine_diagnostics",
        r"(?:check )?engine(?: light)?|warning light|light (?:is|came|comes|keeps|went)\b.* on"
        r"|light on|diagnos\w*|nois\w+|rattl\w*|knock\w*|squeal\w*|squeak\w*|grind\w*|clunk\w*"
        r"|stall\w*|misfir\w*|(?:won't|doesn't|not|wouldn't|hard to) (?:start|turn over)\w*"
        r"|starting"
        r"|rough|leak\w*|shak\w*|vibrat\w*|wobbl\w*|overheat\w*|smok\w*|smell\w*|battery"
        r"|something(?:'s| is)? wrong|not (?:running|working) (?:right|well)|loses? power"
        r"|losing power"
        r"|acting (?:up|funny|weird)|(?:strange|weird|funny) sound\w*|sound\w* (?:strange|weird"
        r"|funny)"
        r"|a ?c|air condition\w*|heater|alternator|pull(?:s|ing) (?:to|left|right|hard|over)"
        r"|jerk\w*|hesitat\w*|click\w*|thump\w*|humming|hiss\w*|shudder\w*",
    ),
    ("inspection", r"(?:state |safety |pre purchase )?inspect\w*|emissions?"),
    (
        "general_maintenance",
        r"tune ?up|maintenance|(?:regular|full|annual|yearly|major|minor|mile|general) service"
        r"|serviced|check ?up|check-up|checked (?:out|over)|look(?:ed)? (?:it )?over|service|flat"
        r"|puncture|(?:wheel )?alignment|(?:new|change|replace) (?:the |my )?t[iy]res?|wipers?"
        r"|headlight",
    ),
    ("tire_rotation", r"t[iy]res?"),
)
"""From the special to the general: in one sentence the first family that matches a word owns it."""

_PATTERNS = [(key, re.compile(rf"\b(?:{pattern})\b")) for key, pattern in _FAMILIES]
_NEGATED = re.compile(
    r"\b(?:not|no|instead of|rather than|don't need|isn't)(?: (?:an?|the|my|for))*$"
)
_NO_THEN = re.compile(r"\bno, ", re.IGNORECASE)
"""Before what is wanted instead; "no oil change" has no comma."""
_SMALL_TALK = re.compile(
    r"\b(?:good service|customer service|break (?:in|down|even|time)|day break)\b"
)

SYMPTOMS = frozenset({"engine_diagnostics", "brake_inspection"})
"""Booked when a caller names a symptom; their words then go along for the technician."""

NAMES = {
    "oil_change": "an oil change",
    "tire_rotation": "a tire rotation",
    "brake_inspection": "a brake inspection",
    "brake_service": "a brake service",
    "engine_diagnostics": "a diagnostic check",
    "inspection": "an inspection",
    "general_maintenance": "a maintenance visit",
    "transmission_service": "a transmission service",
    "recall": "a recall",
}


def services_in(text: str) -> list[str]:
    """The services a text asks for, in its order, each once. One it says no to is left out."""
    rest = _SMALL_TALK.sub(" ", plain(_NO_THEN.sub("nope ", text)))
    found: list[tuple[int, str]] = []
    for key, pattern in _PATTERNS:
        for match in pattern.finditer(rest):
            if not _NEGATED.search(rest[: match.start()].rstrip()):
                found.append((match.start(), key))
        rest = pattern.sub(lambda m: "·" * len(m[0]), rest)
    return list(dict.fromkeys(key for _, key in sorted(found)))


def service_in(text: str) -> str | None:
    """The first service a text asks for."""
    return next(iter(services_in(text)), None)

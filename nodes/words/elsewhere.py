"""Danger that is not here or not now: last year's fire, the smoke of a barbecue, a neighbour's car.

Only what is certainly over or certainly no car of the caller's is taken out of a sentence; whatever
else the sentence holds still counts. "It caught fire last year and it's on fire again" leaves the
second half, and "the car caught fire at the barbecue" stays whole.
"""

import re

from nodes.words.vocabulary import CAR

_LONG_AGO = (
    r"(?:(?:last|a previous) (?:year|month|summer|winter|spring|fall|autumn|christmas|season)"
    r"|(?:(?:a|one|two|three|four|five|six|seven|eight|nine|ten|\d+|couple|few|several|many|some"
    r"|of|about|like|almost|over) ){0,4}(?:years?|months?|decades?) (?:ago|back)"
    r"|(?:a long time|ages) ago|back in (?:high school|college|school"
    r"|the (?:day|\w+ties)|(?:19|20)\d\d|nineteen \w+|two thousand)|back when [\w']+"
    r"|when i was (?:a kid|little|young\w*|growing up|a teenager|in [\w']+)|growing up"
    r"|in (?:19|20)\d\d|in (?:nineteen|two thousand)(?: [\w']+){0,2}|once upon a time)"
)
_BURNED = (
    r"(?:(?:caught|caught on|was on|were on|had a|was in|went up in|burst into|got in) "
    r"(?:fire|flames)|burned|burnt|burned (?:up|down|out)|blew up|exploded)"
)
_HURT = (
    r"(?:(?:was|were|got|been) (?:\w+ )?(?:hurt|injured|killed|trapped|hit|rear ended|t boned)"
    r"|(?:had|was in) (?:a|an) (?:\w+ )?(?:accident|crash|wreck)|crashed)"
)
_FAILED = (
    r"(?:over ?heated|smoked|was smoking|had (?:brake failure|no brakes|smoke)"
    r"|lost (?:its|the|my) (?:brakes|steering)|broke down|died"
    r"|(?:brakes|steering|transmission) (?:went out|failed|gave out))"
)
_HAPPENED = rf"(?:{_BURNED}|{_HURT}|{_FAILED})"
_BETWEEN = (
    r"(?: (?!(?:i|we|you|he|she|they|it|this|and|but|so|now|just|again|still|today|bought|got"
    r"|is|are)\b)[\w']+){0,4}"
)
"""Words of the same clause that do not bring the matter up to the present."""
_SINCE = (
    r"(?: (?!(?:it|this|and|but|so|now|just|again|still|today|bought|got|is|are)\b)[\w']+){0,6}"
)

_OVER = re.compile(
    rf"\b(?:{_BURNED}|{_HURT})(?: (?:once|before))?{_BETWEEN} {_LONG_AGO}\b"
    r"|(?:^|\b(?:and|but|because|since|well|anyway|actually|yeah|ha|oh|um|uh) )"
    rf"{_LONG_AGO}{_SINCE} (?:{_BURNED}|{_HURT})\b"
    rf"|\b(?:first|last|previous|former) (?:\w+ )?{CAR}(?: that| which)?{_BETWEEN} {_HAPPENED}\b"
    rf"|\b(?:old|other) (?:\w+ )?{CAR}{_BETWEEN} {_HAPPENED}{_BETWEEN} {_LONG_AGO}\b"
    rf"|\b(?:broke down|died){_BETWEEN} {_LONG_AGO}\b"
    rf"|\bmy (?:neighbou?r|coworker|colleague|landlord)(?:'s)? {CAR}{_BETWEEN}"
    r" (?:broke down|died)\b"
)
_BURNS = r"(?:smoke|smoking|fire|flames|burning)"
_HEARTH = (
    r"(?:barbe[cq]ues?|bbq|cook ?out|camp ?fire|bon ?fire|fire ?place|fire pit|wood stove"
    r"|wild ?fires?|forest fires?|brush fires?|cigarettes?|cigars?|candles?"
    r"|fireworks)"
)
_NOT_THE_CAR = re.compile(
    rf"(?:[\w']+ ){{0,4}}\b{_BURNS}(?: [\w']+){{0,5}} {_HEARTH}\b"
    rf"|\b{_HEARTH}(?: [\w']+){{0,6}} {_BURNS}\b(?: [\w']+){{0,5}}|\b{_HEARTH}\b"
)
_THE_CAR = re.compile(
    rf"\b(?:{CAR}|it|it's|engine|hood|dash\w*|motor|wheels?|brakes?|exhaust|tail ?pipe|wires?"
    r"|wiring|seats?|trunk|battery|vents?|hurt|injured|bleeding|trapped)\b"
)


def here_and_now(said: str) -> str:
    """The words without danger that is told of another time or another thing."""
    return _NOT_THE_CAR.sub(_unless_the_car, _OVER.sub(" # ", said))


def _unless_the_car(found: re.Match[str]) -> str:
    return found[0] if _THE_CAR.search(found[0]) else " # "

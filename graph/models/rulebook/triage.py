"""A car that may be unsafe, or will not move: a tow, else a person."""

import re

from graph.models.rulebook import escalate
from graph.models.rulebook.cars import car_in
from graph.models.rulebook.courtesy import courtesy
from graph.models.rulebook.customer import stated_phone
from graph.models.rulebook.further import told_with
from graph.models.rulebook.moves import ANYTHING_ELSE, Call, Move, Say, ask
from graph.models.rulebook.request import Request, Turn
from graph.models.rulebook.services import service_in
from graph.models.rulebook.talk import asks_for, refusal
from graph.models.rulebook.words import plain, without_filler
from nodes.assent import assent

_HURT = re.compile(
    r"\b(?:hurt|injur\w*|bleed\w*|fire|flames?|burning|unconscious|stuck in traffic|middle of the"
    r" (?:road|highway|street)|ambulance)\b"
)
_NO_TOW = re.compile(
    r"\b(?:no tow|don't (?:need|want) (?:a |the )?tow|without a tow|no thanks?|no thank you"
    r"|i'll drive"
    r"|drive it (?:in|there|over)|not (?:a |the )?tow|rather not)\b"
)
_PLACE = re.compile(
    r"\b(?P<place>(?:at|on|near|in|by|outside|behind|across from|in front of|off|next to|corner of)"
    r" (?!a safe (?:place|spot)$)"
    r"(?!(?:the )?(?:red|fire|and off|all|time|moment|way|phone|my way|it|a tow|tow)\b).+)$"
)
_LEAD = re.compile(
    r"^(?:(?:i'm|i am|we're|we are|it's|it is|the car's|the car is|my car is|the car|car|parked"
    r"|sitting"
    r"|stuck|stranded|right|just|currently|broken down|broke down|still|over|here|at)\b ?)+"
)
_ON = re.compile(r"^(?:on|at|in(?! front)) ")
_PLACE_WORD = re.compile(
    r"\d|\b(?:street|st|avenue|ave|road|rd|lane|drive|court|boulevard|way|place|highway|interstate"
    r"|route|exit|mile|corner|lot|mall|store|station|school|church|bridge|park|parking|house|and"
    r"|near|behind|across|front|next to|walmart|downtown|airport)\b"
)
_CORRECTION = re.compile(r"^(?:(?:no|nope|wait|sorry|actually|that's wrong|not that)\b ?)+")
_UNKNOWN = re.compile(
    r"\b(?:don't know|not sure|no idea|can't (?:tell|say)|have to (?:look|check)|why|what|where"
    r"|let me|number|phone|out of the car)\b"
)
_QUESTION = re.compile(
    r"\bhow (?:much|long|soon|far|late|many)\b|\b(?:cost|costs|price|charge|fee|free|expensive)\b"
    r"|\bwhen (?:will|would|can|does|do)\b|^(?:who|will|does|do|is|are|can|could) "
)
"""What callers ask about a tow in the middle of arranging it; no place is told like this."""

_AT_HOME = re.compile(
    r"^(?:home|at home|my house|in my driveway|driveway|work|at work|here"
    r"|(?:in )?a safe (?:place|spot)|somewhere safe)$"
)
_DROPPED = re.compile(
    r"\b(?:never ?mind|forget (?:it|that|the tow)|don't (?:need|want) (?:it|that|one|a tow"
    r"|the tow)|no longer need|(?:it|car|engine)(?: has| just| finally)* start(?:ed|s)\b(?! (?:to"
    r"|smok\w*|mak\w*|shak\w*))|it's (?:running|working|going) (?:again|now)|after all"
    r"|cancel (?:that|it|the tow)|changed my mind|got (?:it|a) (?:started|going|running|jump))\b"
)
_WHERE = re.compile(r"\b(?:street|st|avenue|ave|road|rd|drive|highway|corner|at|on|near|behind)\b")
_TOW = re.compile(r"\b(?:tow\w*|truck|send (?:it|one|someone))\b")


def step(request: Request) -> Move:
    """Offer a tow, ask where to, and let the system read it back."""
    last = request.last
    if last is not None:
        return _after(request)
    if asks_of_it(request):
        return Call("get_service_info", {"topic": "towing"})
    said = plain(request.turn.said)
    if _HURT.search(said) and not re.search(r"\b(?:no|not|nobody|no one)\b", said):
        return Say(
            "Please hang up and call nine one one right now. If everyone is safe, tell me where the"
            " car is. Is everyone safe?"
        )
    if _other_number(request, said) or _unclear_number(request):
        return ask(request, "phone")
    if _drops_it(request, said):
        return Say(f"Alright, no tow then. {ANYTHING_ELSE}")
    if _refuses(request) or _DROPPED.search(said):
        return Say(
            "Alright, but please don't drive it. I can have someone from the shop call you back."
            " Would you like that?"
        )
    return _tow(request)


def under_way(request: Request) -> bool:
    """Whether a tow was being arranged when the caller spoke."""
    turn = request.turn
    return asks_for(turn, "location") or "Shall I send it?" in turn.asked


def asks_of_it(request: Request) -> bool:
    """Whether the caller asks what a tow costs or takes."""
    said = plain(request.turn.said)
    about = re.search(r"\btow\w*\b|\bthe (?:truck|driver)\b", said) or under_way(request)
    of_something_else = _WHERE.search(said) or service_in(said)
    return bool(about and _QUESTION.search(said) and not of_something_else)


def go_on(request: Request, told: str) -> Move:
    """Say what was asked, and go on arranging it."""
    return told_with(told, _tow(request))


def _drops_it(request: Request, said: str) -> bool:
    """Whether no tow is wanted any more, of a car that is safe to drive."""
    return bool(_DROPPED.search(said)) and not request.facts.one("unsafe_car")


def _other_number(request: Request, said: str) -> bool:
    """Whether the driver should call another number, which has not been said yet."""
    told = re.search(r"\b(?:number|phone)\b", said) and "Shall I send it?" in request.turn.asked
    return bool(told) and not stated_phone(request)


def _unclear_number(request: Request) -> bool:
    return asks_for(request.turn, "phone") and not stated_phone(request)


def location(request: Request) -> str:
    """Where the car is, as the caller last said it; empty if they have not."""
    for turn in reversed(request.turns):
        if place := _place(turn):
            return place
    return ""


def problem(request: Request) -> str:
    """What is wrong, in the words that brought the caller here."""
    for turn in request.turns:
        if not asks_for(turn, "location") and len(turn.said.split()) > 2 and not _place_only(turn):
            return " ".join(turn.said.split())[:200]
    return "The car cannot be driven."


def _tow(request: Request) -> Move:
    place = location(request)
    if place:
        number = stated_phone(request)
        elsewhere = number and number != request.facts.one("caller_number")
        phone = {"phone_number": number} if elsewhere else {}
        car = _car(request)
        held = request.newest("book_tow")
        args = {"location": place, "problem": problem(request), **car, **phone}
        if held is not None and held.args == args and assent(request.turn.said) == "no":
            return ask(request, "location", "Alright.")
        return Call("book_tow", args)
    if asks_for(request.turn, "location") and _AT_HOME.match(plain(request.turn.said)):
        return Say("What's the street address there?")
    if not asks_for(request.turn, "location") and (polite := courtesy(request)) is not None:
        return polite
    return ask(
        request, "location", "" if asks_for(request.turn, "location") else "I can send a tow truck."
    )


def _place(turn: Turn) -> str:
    words = " ".join(turn.said.split()).strip(" .,!?")
    low = plain(words)
    correcting = "Shall I send it?" in turn.asked
    if correcting:
        low = _CORRECTION.sub("", low)
    if correcting or asks_for(turn, "location", "address"):
        if assent(low) != "unclear" and len(low.split()) < 4:
            return ""
        answer = _LEAD.sub("", without_filler(low)).strip()
        if (
            _UNKNOWN.search(low)
            or _QUESTION.search(low)
            or _NO_TOW.search(low)
            or len(answer) < 5
            or _AT_HOME.match(answer)
            or _DROPPED.search(low)
            or (_is_something_else(turn.said) and not _WHERE.search(low))
            or _TOW.fullmatch(answer)
        ):
            return ""
        if correcting and not _PLACE_WORD.search(answer):
            return ""
        return _cased(words, _ON.sub("", answer))
    found = _PLACE.search(low)
    if found is None or not re.search(
        r"\b(?:tow|stuck|stranded|broke\w*|parked|i'm|it's|car)\b", low
    ):
        return ""
    place = _LEAD.sub("", found["place"])
    return _cased(words, place) if _PLACE_WORD.search(place) else ""


def _is_something_else(said: str) -> bool:
    """Whether a text names a car or a service, which are no places to tow from."""
    return bool(car_in(said).make or service_in(said))


def _place_only(turn: Turn) -> bool:
    return bool(_place(turn)) and not _PLACE.search(plain(turn.said))


def _cased(words: str, answer: str) -> str:
    """The end of the original words, with their capitals, from where the answer begins."""
    at = words.lower().replace("’", "'").find(answer.split()[0])
    kept = words[at:] if at >= 0 else answer
    return kept[:200]


def _refuses(request: Request) -> bool:
    said = plain(request.turn.said)
    if _NO_TOW.search(said):
        return True
    asked = request.turn.asked
    offered = "tow truck" in asked and "Shall I send it?" not in asked
    asked_where = asks_for(request.turn, "location") or offered
    return asked_where and assent(said) == "no" and not _place(request.turn)


def _car(request: Request) -> dict[str, str]:
    for turn in reversed(request.turns):
        car = car_in(turn.said, this_year=request.facts.now.year)
        if car.make:
            return {"vehicle": f"{car.year or ''} {car.make} {car.model}".strip()}
    return {}


def _after(request: Request) -> Move:
    last = request.last
    assert last is not None
    if last.name == "get_service_info":
        return go_on(request, last.message)
    if last.name == "book_tow" and last.ok:
        return Say(f"{last.message} {ANYTHING_ELSE}")
    if last.name in ("request_callback", "transfer_to_human"):
        return escalate.step(request)
    if last.name == "book_tow" and "number" in last.message:
        return ask(request, "phone")
    if not last.ok:
        return refusal(last, ask(request, "location").text)
    return ask(request, "location", last.message)

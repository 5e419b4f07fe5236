"""Questions about the shop, and finding out what a caller wants."""

import re

from graph.models.rulebook import booking, escalate, modify, needs, triage, verify
from graph.models.rulebook.courtesy import chat, courtesy, what_it_is
from graph.models.rulebook.customer import handle
from graph.models.rulebook.errand import WILL_YOU
from graph.models.rulebook.further import told_with
from graph.models.rulebook.moves import ANYTHING_ELSE, Call, Move, Say, ask, was_asked
from graph.models.rulebook.request import Request, Result
from graph.models.rulebook.services import NAMES, service_in
from graph.models.rulebook.talk import asks_for, refusal
from graph.models.rulebook.words import plain
from nodes.assent import assent
from nodes.words.questions import ASKS

_TOPICS = (
    (
        "payment",
        r"pay|payment|credit cards?|debit|cash|checks? accepted|take cards?|visa|financing",
    ),
    (
        "hours",
        r"hours|open(?! (?:the|my|it|up the))|close|closed|closing|opening|what time do you",
    ),
    (
        "address",
        r"where (?:are you|is the shop|are you located|do i (?:go|come))|address|located|location"
        r"|directions?|how do i get there|find you",
    ),
    ("hours", r"(?:work|there|in) (?:on )?(?:\w+days?|weekends?|holidays?)"),
    ("towing", r"do you (?:do )?tow\w*|towing|tow truck service"),
    (
        "services",
        r"what (?:services|do you do|kind of (?:work|services)|can you do)|services"
        r"|do you (?:do|offer|fix|handle|repair|service|sell|work on)",
    ),
)
_FEE = re.compile(
    r"\b(?:cancell?\w*|no show|late) (?:policy|fee|charge)\b"
    r"|\b(?:cost|charge|fee)\w*\b.* (?:cancel\w*|no show|not showing)"
    r"|\bcancell?ation\b.* (?:cost|charge|fee)\w*\b"
)
_NOT_HERE = "I don't know that from here, but the team can tell you."
_PATTERNS = [(topic, re.compile(rf"\b(?:{pattern})\b")) for topic, pattern in _TOPICS]
_PRICE = re.compile(
    r"\b(?:how much|price\w*|cost\w*|charge|expensive|estimate|quote|what (?:do|does"
    r"|would) .* run|fee"
    r"|ballpark|how long|duration|take long)\b"
)
_PRICE_OF_IT = re.compile(
    r"\b(?:what (?:was|is|did|does|do|would|will)|what's|how much|remind me|tell me)\b"
    r".*\b(?:price|cost|costs|charge|run me|much)\b"
)
_AND_THIS = re.compile(r"^(?:and|what about|how about)\b(?!.*\b(?:book|need|want|like)\b)")
_WANTS_BOOKING = re.compile(
    r"\b(?:book\w*|appointment|schedul\w*|come in|bring (?:it|my|the|in)|drop (?:it )?off"
    r"|set (?:me )?up|get"
    r" (?:it|my|an?|the)|need (?:an?|my|to get|to have|some)|fix\w*|looked at|want (?:an?|to get"
    r"|my)|i'd"
    r" like (?:an?|to get|my))\b"
)
_WANTS_CHANGE = re.compile(
    r"\b(?:resched\w*|cancel\w*|(?:move|change|push|postpone) (?:my|the"
    r"|an?) (?:\w+ )?(?:appointment|booking)"
    r"|my appointment|when am i (?:in|booked|coming))\b"
)
_WANTS_PERSON = re.compile(
    r"\b(?:(?:speak|talk) (?:to|with)|human|real person|manager|advisor|representative|operator"
    r"|transfer"
    r" me|put me through)\b"
)
_WANTS_TOW = re.compile(r"\b(?:need a tow|tow (?:me|it|my)|send a tow|a tow truck|towed)\b")


def step(request: Request) -> Move:
    """Answer a question about the shop, else find out what the caller wants."""
    last = request.last
    if last is not None:
        return _after(request, last)
    if triage.asks_of_it(request):
        return Call("get_service_info", {"topic": "towing"})
    if was_asked(request, "price_of"):
        return _priced(request)
    if (unknown := _not_known(request)) is not None:
        return unknown
    if (topic := topic_in(request)) is not None:
        return Call("get_service_info", {"topic": topic})
    return _direct(request)


def topic_in(request: Request) -> str | None:
    """What a question about the shop is about: a topic of get_service_info."""
    return topic_of(request.turn.said, request)


def topic_of(said: str, request: Request) -> str | None:
    """The same for any words of the caller's."""
    words = plain(said)
    if _PRICE.search(words):
        service = service_in(said)
        if service == "brake_inspection" and not re.search(r"inspect|check|look", words):
            service = "brake_service"
        needed = needs.needed(request)
        return service or (needed.service if needed is not None else _only_one(request))
    for topic, pattern in _PATTERNS:
        if pattern.search(words):
            service = service_in(said) if topic == "services" else None
            return service or topic
    return None


def _only_one(request: Request) -> str | None:
    """The service of the appointment that the caller was told of, where it is the only one."""
    listed = request.newest("get_upcoming_appointments", ok=True)
    rows = listed.rows("appointments") if listed is not None else []
    return str(rows[0].get("service_type")) if len(rows) == 1 else None


def asks_a_price(said: str) -> bool:
    """Whether a text asks what something costs, and does not only speak of it."""
    return bool(_PRICE_OF_IT.search(plain(said)))


def asks_for_another_price(request: Request) -> bool:
    """Whether the caller, who was just told a price, asks "and brakes?"."""
    said = request.turn.said
    if not _AND_THIS.search(plain(said)) or service_in(said) is None:
        return False
    before = request.turn.index - 1
    told = [r for r in request.results if r.name == "get_service_info" and r.turn == before]
    return any("typically" in one.message for one in told)


def _not_known(request: Request) -> Say | None:
    """The honest answer to a question about the shop that nothing on file answers."""
    words = plain(request.turn.said)
    asks = request.task == "answer" and ASKS.search(words) and topic_in(request) is None
    about_a_price = _PRICE.search(words) or service_in(words)
    if not (asks and not about_a_price and courtesy(request) is None) and not _FEE.search(words):
        return None
    under_way = booking.under_way(request) or verify.under_way(request)
    pending = request.turn.question if under_way else ""
    return Say(f"{_NOT_HERE} {pending or ANYTHING_ELSE}")


def _direct(request: Request) -> Move:
    """Turn to what the caller wants. Naming a tool of another task takes the call there."""
    if (resumed := _resumed(request)) is not None:
        return resumed
    said = request.turn.said
    words = plain(said)
    if _PRICE.search(words):
        return ask(request, "price_of")
    if _WANTS_TOW.search(words):
        return triage.step(request)
    if _WANTS_CHANGE.search(words):
        return Call("get_upcoming_appointments", {"customer_id": handle(request) or "c1"})
    if (honest := what_it_is(request)) is not None:
        return honest
    if _WANTS_PERSON.search(words):
        return escalate.transfer(request)
    if escalate.wants_message(said):
        return escalate.step(request)
    if escalate.for_people(said):
        return Say(
            "I can't look into that from here. Would you like someone from the shop to call you"
            " back about it?"
        )
    if service_in(said) or _WANTS_BOOKING.search(words):
        return booking.step(request)
    return chat(request) if words else ask(request, "help")


def _resumed(request: Request) -> Move | None:
    """The answer to a question of another task, which goes on from here."""
    if _accepts_booking(request) or booking.under_way(request):
        return booking.step(request)
    if asks_for(request.turn, "proof", "birth_date", "zip", "record_number"):
        return verify.step(request)
    if asks_for(request.turn, "action", "which", "new_day"):
        return modify.step(request)
    if asks_for(request.turn, "location"):
        return triage.step(request)
    return escalate.step(request) if was_asked(request, "about") else None


def _accepts_booking(request: Request) -> bool:
    question = request.turn.question.lower()
    return "book" in question and assent(request.turn.said) == "yes"


def _priced(request: Request) -> Move:
    service = service_in(request.turn.said)
    if service is not None:
        return Call("get_service_info", {"topic": service})
    return (
        ask(request, "price_of")
        if not _WANTS_BOOKING.search(plain(request.turn.said))
        else _direct(request)
    )


def _after(request: Request, last: Result) -> Move:
    if last.name == "get_service_info":
        return _told(request, last)
    if last.name in ("transfer_to_human", "request_callback"):
        return escalate.step(request)
    if last.name == "book_tow":
        return triage.step(request)
    if last.name in ("verify_identity", "lookup_customer"):
        return verify.step(request)
    if last.name in ("get_upcoming_appointments", "cancel_appointment", "reschedule_appointment"):
        return modify.step(request)
    return booking.step(request)


def _told(request: Request, last: Result) -> Move:
    """Say it, then take up what was going on, or offer one thing."""
    if last.error == "unknown_topic":
        return Say(f"{last.message} Which of those can I help with?")
    if not last.ok:
        return refusal(last, ANYTHING_ELSE)
    if last.args.get("topic") == "towing" and triage.under_way(request):
        return triage.go_on(request, last.message)
    if (held := was_read_back(request)) is not None:
        return Call(held.name, dict(held.args), text=f"{last.message} ")
    question = request.turn.question
    topic = str(last.args.get("topic", ""))
    besides = service_in(request.turn.said)
    if topic not in NAMES and besides and _WANTS_BOOKING.search(plain(request.turn.said)):
        return told_with(last.message, booking.step(request))
    chooses = topic in NAMES and asks_for(request.turn, "service")
    if (booking.under_way(request) and question and not chooses) or question == WILL_YOU:
        return Say(f"{last.message} {question}")
    if topic in NAMES and not request.facts.all("done"):
        return Say(f"{last.message} Would you like to book one?")
    if topic == "services":
        return Say(f"{last.message} What does your car need?")
    return Say(f"{last.message} {ANYTHING_ELSE}")


def was_read_back(request: Request) -> Result | None:
    """The wish that was read back right before the caller's question; None if none was."""
    held = request.newest("book_appointment", "reschedule_appointment", "cancel_appointment")
    if held is None or not held.held or held.turn != request.turn.index - 1:
        return None
    return held if held == request.results[-1 - len(request.fresh)] else None

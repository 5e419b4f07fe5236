"""A person, a call-back, a message."""

import re

from graph.expect import expectation
from graph.models.rulebook.courtesy import courtesy
from graph.models.rulebook.customer import stated_phone
from graph.models.rulebook.further import left_waiting
from graph.models.rulebook.moves import ANYTHING_ELSE, Call, Move, Say, ask, was_asked
from graph.models.rulebook.request import Request, Result
from graph.models.rulebook.services import NAMES, service_in
from graph.models.rulebook.talk import asks_for, call_back_offered, forgets_it, refusal
from graph.models.rulebook.words import plain, without_filler
from nodes.assent import assent
from nodes.understand import understand
from shop.words import spelled

_TOPICS: tuple[tuple[str, str], ...] = (
    ("a warranty or insurance question", r"warrant\w*|insurance|claim"),
    ("a discount", r"discount|coupon|promised|for free|cheaper|price match"),
    (
        "your bill",
        r"(?:my|the|a|your|our|that|this|about|last) (?:\w+ )?bill|invoice|charged?"
        r"|overcharged|refund|money back|payment",
    ),
    (
        "a complaint",
        r"complain\w*|unhappy|upset|terrible|ripped|scratch\w*|damaged?|same problem|again",
    ),
    (
        "whether your car is ready",
        r"(?:is|when|be) (?:\w+ ){0,5}(?:ready|done|finished)|pick (?:it|my)",
    ),
    ("a recall", r"recall\w*"),
    ("a part", r"parts?|order(?:ed)?"),
    ("a quote", r"quote|estimate|how much|cost|price"),
)
_READY = re.compile(r"\b(?:is|when|be) (?:\w+ ){0,5}(?:ready|done|finished)\b")
_MESSAGE = re.compile(
    r"\b(?:leave|take|pass(?: on)?|give) (?:\w+ ){0,3}message\b|\bcall (?:me )?back\b|\bcallback\b"
    r"|\b(?:call|ring|phone) me\b|\bget back to me\b|\bhave (?:some(?:one|body)|them|him"
    r"|her) call\b"
)
_ABOUT = re.compile(r"\b(?:about|regarding|concerning)\b (?P<what>(?!(?:that|it|this)\b).+)$")
_TOLD = re.compile(
    r"^(?:(?:please )?tell \w+|(?:it's )?because|that|saying|it's for)\b (?P<what>.+)$"
)
_LATE = re.compile(
    r"\b(?:running|going to be|gonna be|i'll be|we'll be|i'm|be) (?:\w+ ){0,4}(?:late|behind)\b"
    r"(?! (?:on|with) (?:my|the) (?:maintenance|service|oil))"
)
_ASKS_FOR_SOMEONE = re.compile(
    r"\b(?:human|person|someone|somebody|advisor|manager|owner|mechanic|technician|representative"
    r"|operator|agent|staff|transfer|speak|talk)\b"
)
_CONNECT = re.compile(r"\b(?:transfer|connect|put|patch|forward|dial|call)\b")
_SOME_NUMBER = re.compile(r"\b(?:that|this|the|a) (?:\w+ )?(?:hundred )?number\b")
_A_NUMBER = 7
_ONLY_HERE = "I can only put you through to people here at the shop. Would you like that?"
_NOBODY = "I'm sorry, I can't put you through just now, but somebody can call you back."
_MINE = re.compile(r"\b(?:my|our)\b")
_CARD = re.compile(r"(?:\d[ -]?){13,19}")
_PROOFS = ("proof", "birth_date", "plate", "vin", "address", "zip", "record_number")
_NUMBER = re.compile(r"\b(?:number|phone|cell)\b")
_HELD = "request_callback"


def step(request: Request) -> Move:
    """Say how the transfer went, then take a message if the caller wants one."""
    last = request.last
    if last is not None:
        return _after(request, last)
    return _in_spanish(request) or _asked_for(request) or _wanted(request)


def _in_spanish(request: Request) -> Move | None:
    """A call-back for a caller whom Sophie cannot speak with, unless one was asked for already."""
    heard = understand(request.turn.said, topic="escalate", asked=expectation(request.turn.asked))
    if not heard.spanish or request.newest(_HELD) is not None:
        return None
    number = stated_phone(request)
    phone = {"phone_number": number} if number else {}
    return Call(_HELD, {"topic": "spanish", "summary": summary(request), **phone})


def _asked_for(request: Request) -> Move | None:
    """What the answer to a question about the call-back comes to."""
    said = request.turn.said
    if was_asked(request, "about"):
        refused = forgets_it(said) or assent(said) == "no"
        return Say(f"Alright. {left_waiting(request)}") if refused else callback(request)
    if asks_for(request.turn, "phone"):
        return callback(request) if stated_phone(request) else ask(request, "phone")
    held = request.newest(_HELD)
    read_back = held is not None and held.held and "Is that right?" in request.turn.asked
    return _after_recap(request, held) if held is not None and read_back else None


def _wanted(request: Request) -> Move:
    said = request.turn.said
    if _READY.search(plain(said)):
        return callback(request, "I can't see that from here, so the team will tell you. ")
    if wants_message(said):
        return callback(request) if topic_in(said) else ask(request, "about", "Of course.")
    if (polite := courtesy(request)) is not None:
        return polite
    if _names_a_line(said):
        return Say(_ONLY_HERE)
    if _ONLY_HERE in request.turn.asked and assent(said) == "yes":
        return transfer(request)
    wants_someone = _ASKS_FOR_SOMEONE.search(plain(said)) is not None
    if wants_someone and request.newest("transfer_to_human") is None:
        return transfer(request)
    if for_people(said):
        return callback(request)
    return ask(request, "about", _NOBODY if wants_someone else "")


def _names_a_line(said: str) -> bool:
    """Whether the caller says which number to be put through to, which is not theirs to choose."""
    words = plain(said)
    if not _CONNECT.search(words):
        return False
    return len(spelled.digits(said)) >= _A_NUMBER or bool(_SOME_NUMBER.search(words))


def transfer(request: Request, reason: str = "asked_for_human") -> Move:
    """Try to get a person on the line."""
    return Call("transfer_to_human", {"reason": reason, "summary": summary(request)})


def late(request: Request) -> Move | None:
    """Word for the team that the caller comes late; None to anybody else."""
    if request.last is not None or not _LATE.search(plain(request.turn.said)):
        return None
    wanted = callback(request)
    assert isinstance(wanted, Call)
    return Call(_HELD, {**wanted.args, "topic": "coming late today"}, "I can pass that on. ")


def callback(request: Request, before: str = "") -> Move:
    """Ask for a call-back about what the caller said."""
    number = stated_phone(request)
    elsewhere = number and number != request.facts.one("caller_number")
    phone = {"phone_number": number} if elsewhere else {}
    args = {"topic": topic(request), "summary": summary(request), **phone}
    return Call(_HELD, args, before)


def answer_to_offer(request: Request) -> Move | None:
    """What an offered call-back comes to; None if none was offered or something else was said."""
    if not call_back_offered(request.turn) or request.fresh:
        return None
    said = request.turn.said
    if wants_message(said) or assent(said) == "yes":
        return callback(request)
    if assent(said) == "no":
        return Say(f"Alright. {left_waiting(request)}")
    return callback(request) if for_people(said) else None


def wants_message(text: str) -> bool:
    """Whether the caller wants to be called back or to leave word."""
    return bool(_MESSAGE.search(plain(text)))


def topic(request: Request) -> str:
    """In a few words, what the call is about; the last thing said that has a topic."""
    if request.task == "triage":
        return "your car"
    for turn in reversed(request.turns):
        found = topic_in(turn.said)
        if asks_for(turn, "about"):
            message = bool(_TOLD.search(plain(turn.said)))
            found = found or ("your message" if message else _short(turn.said))
        if found:
            return found
    done = [result.name for result in request.results]
    if "get_upcoming_appointments" in done or "verify_identity" in done:
        return "your appointment"
    return "your car"


def topic_in(text: str) -> str:
    """What a text is about, in words that can be read back; empty if it names nothing."""
    words = plain(text)
    if named := for_people(text):
        return named
    if (service := service_in(text)) is not None:
        return NAMES.get(service, service.replace("_", " "))
    if re.search(r"\b(?:appointment|booking|resched\w*|cancel\w*)\b", words):
        return "your appointment"
    about = _ABOUT.search(words)
    return _short(about["what"]) if about else ""


def for_people(text: str) -> str:
    """The matter in a text that only people can settle; empty if there is none."""
    words = plain(text)
    return next((n for n, p in _TOPICS if re.search(rf"\b(?:{p})\b", words)), "")


def summary(request: Request) -> str:
    """The caller's own words, newest last, without proofs of who they are or card numbers."""
    proved = {r.turn for r in request.results if r.name in ("verify_identity", "lookup_customer")}
    told = [t for t in request.turns if t.index not in proved and not asks_for(t, *_PROOFS)]
    said = [" ".join(t.said.split()) for t in told if len(t.said.split()) > 1]
    text = _CARD.sub("…", " / ".join(said) or "No details given.")
    return text[-400:].strip()


def _short(text: str) -> str:
    words = " ".join(without_filler(text).split()[:10])
    return _CARD.sub("…", _MINE.sub("your", words))[:80].strip()


def _after(request: Request, last: Result) -> Move:
    if last.name == "transfer_to_human":
        return Say(f"{_sorry(request)}{last.message}".strip())
    if last.name == _HELD and "number" in last.message:
        return ask(request, "phone")
    return refusal(last, ANYTHING_ELSE)


def _sorry(request: Request) -> str:
    """Why a person is needed, if it was the check of who is calling that failed."""
    spent = next((r for r in request.fresh if r.error == "attempts_spent"), None)
    return f"{spent.message.split('. ')[0].rstrip('.')}. " if spent is not None else ""


def _after_recap(request: Request, held: Result) -> Move:
    """The call-back was read back, and the answer was no plain yes."""
    said = request.turn.said
    if assent(said) == "yes" or topic_in(said) or stated_phone(request):
        again = callback(request)
        assert isinstance(again, Call)
        if not topic_in(said):
            again.args["topic"] = held.args.get("topic", again.args["topic"])
        return again
    if _NUMBER.search(plain(said)):
        return ask(request, "phone")
    if assent(said) == "no":
        return Say(f"Alright, no call then. {left_waiting(request)}")
    return ask(request, "about")

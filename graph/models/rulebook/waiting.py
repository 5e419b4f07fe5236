"""The waiting list: onto it, off it, and a time on it that came free."""

import re
from datetime import date, timedelta

from graph.models.rulebook import needs, verify
from graph.models.rulebook.customer import customer, stated_phone
from graph.models.rulebook.moments import understood
from graph.models.rulebook.moves import ANYTHING_ELSE, QUESTIONS, Call, Move, Say, ask
from graph.models.rulebook.request import Request, Turn
from graph.models.rulebook.services import service_in
from graph.models.rulebook.talk import forgets_it, pursued, refusal
from graph.models.rulebook.words import plain
from nodes.assent import assent

_LIST = r"(?:wait(?:ing)?[ -]?lists?)"
_OFF = re.compile(
    rf"\b(?:off|leave|remove me from|cancel|drop me from) (?:(?:of|the|your|that|my|our) )*"
    rf"(?:{_LIST}|list)\b|\b(?:remove|take) (?:me|my \w+) (?:off|from) (?:\w+ )?(?:{_LIST}|list)\b"
)
_ONTO = re.compile(
    rf"\b{_LIST}\b|\b(?:put|get|add) me (?:down )?on (?:the|a|your) list\b"
    r"|\b(?:if|when|in case) (?:something|anything|any time|a (?:spot|slot|time|place|cancellation)"
    r"|one|it|somebody|someone) (?:\w+ ){0,2}(?:opens?|comes?|frees?|becomes?|cancels?)\b"
    r"|\bif (?:there's|there is|you (?:have|get)) an? cancel\w+"
)
_FREED = re.compile(
    r"\b(?:you|somebody|someone|they) (?:just |have |had )?(?:called|rang|phoned|texted|left)\b"
    r"|\b(?:got|had|missed) (?:a|your|the) (?:call|message|voicemail|text)\b"
    r"|\b(?:opened up|came free|come free|freed up|became (?:free|available))\b"
)
_ABOUT_A_TIME = re.compile(
    rf"\b(?:{_LIST}|open(?:ed|ing)?|free(?:d)?|available|cancellation|a (?:spot|slot|time))\b"
)
_ANY_DAY = re.compile(r"\b(?:any ?(?:day|time)|whenever|asap|soon\w*|earliest|doesn't matter)\b")
_APART = re.compile(r"\b(?:and|or|to|through|thru|until|till)\b| - ")
_NO_LONGER = re.compile(rf"\b(?:don't|do not|no longer|not) .*\b(?:on|wait|need).*{_LIST}\b")
_ANSWERS = ("service", "name", "last_name", "phone", "wait_days", "proof", "zip", "birth_date")
_WOULD_YOU = "Would you like it?"
_ASKED_TO_AGREE = ("our waiting list for", _WOULD_YOU)
_SATURDAY, _FORTNIGHT = 5, timedelta(days=14)


def step(request: Request) -> Move | None:
    """The next step with the waiting list; None if the caller wants nothing of it."""
    since = request.after("join_waitlist", "leave_waitlist", "book_appointment")
    turn = pursued(request, _wants, *_ANSWERS, since=since, or_heard=_ASKED_TO_AGREE)
    if turn is None:
        return None
    if _is_dropped(request):
        return Say(f"Alright. {ANYTHING_ELSE}")
    last = request.last
    if last is not None and not last.ok and not last.held and last.name.endswith("waitlist"):
        return refusal(last, ANYTHING_ELSE)
    said = plain(turn.said)
    if _is_off(said):
        return _leave(request)
    return _offered(request) if _is_about_an_offer(said) else _join(request, turn, since)


def _wants(said: str) -> bool:
    return bool(_is_off(said) or _ONTO.search(said)) or _is_about_an_offer(said)


def _is_off(said: str) -> bool:
    return bool(_OFF.search(said) or _NO_LONGER.search(said))


def _is_about_an_offer(said: str) -> bool:
    return bool(_FREED.search(said) and _ABOUT_A_TIME.search(said)) and not _is_off(said)


def _is_dropped(request: Request) -> bool:
    """Whether what was read back, or the whole wish, was refused."""
    said = request.turn.said
    read_back = any(words in request.turn.asked for words in _ASKED_TO_AGREE)
    again = _wants(plain(said)) or understood(said, request.facts.now).day
    refused = read_back and assent(said) == "no" and not again
    return request.last is None and (refused or forgets_it(said))


def _leave(request: Request) -> Move:
    if not request.facts.verified:
        return verify.step(request)
    service = service_in(request.turn.said)
    return Call("leave_waitlist", {"service_type": service} if service else {})


def _offered(request: Request) -> Move | None:
    """The time that is held for the caller, once they have said their name."""
    found = request.newest("get_waitlist_offer")
    if found is not None and found.turn < request.turn.index:
        return None
    if found is not None:
        ending = _WOULD_YOU if len(found.rows("slots")) == 1 else "Which would you like?"
        return Say(f"{found.message} {ending}") if found.ok else refusal(found, ANYTHING_ELSE)
    who = customer(request)
    return Call("get_waitlist_offer") if isinstance(who, str) else who


def _join(request: Request, turn: Turn, since: int) -> Move | None:
    need = needs.needed(request, since)
    if need is None:
        return ask(request, "service", "Sure.")
    who = customer(request, "Sure.")
    if not isinstance(who, str):
        return who
    days = _days(request, turn, since)
    if days is None:
        return ask(request, "wait_days")
    look = _look_first(request, days, need.service)
    if look is not None:
        return look
    number = stated_phone(request)
    elsewhere = number and number != request.facts.one("caller_number")
    phone = {"phone_number": number} if elsewhere else {}
    part = _part(request, turn)
    first, last = (day.isoformat() for day in days)
    args = {"service_type": need.service, "first_day": first, "last_day": last}
    return Call("join_waitlist", args | ({"part_of_day": part} if part else {}) | phone)


def _look_first(request: Request, days: tuple[date, date], service: str) -> Call | Say | None:
    """Who waits for one day hears of the times it has first; None where that has been done."""
    first, last = days
    looked = [r for r in request.results if r.name == "get_available_slots"]
    seen = [r for r in looked if r.text("date") == first.isoformat() or r.args.get("date") == first]
    if first != last or (seen and seen[-1].turn < request.turn.index):
        return None
    fresh = next((r for r in reversed(request.fresh) if r.name == "get_available_slots"), None)
    if fresh is not None:
        return Say(f"{fresh.message} {QUESTIONS['time'][0]}") if fresh.rows("slots") else None
    return Call("get_available_slots", {"date": first.isoformat(), "service_type": service})


def _days(request: Request, turn: Turn, since: int) -> tuple[date, date] | None:
    """The first and the last day that would do: as said last, else the day looked at last."""
    for said_in in reversed(request.turns):
        if said_in.index < turn.index:
            break
        if (found := _span(said_in.said, request)) is not None:
            return found
    looked = request.newest("get_available_slots", ok=True, since=since)
    if looked is None or not looked.text("date"):
        return None
    day = date.fromisoformat(looked.text("date"))
    return day, day


def _span(said: str, request: Request) -> tuple[date, date] | None:
    words, now = plain(said), request.facts.now
    today = now.date()
    if re.search(r"\b(?:next|this) week\b", words) and understood(said, now).day is None:
        monday = today + timedelta(days=7 * ("next week" in words) - today.weekday())
        return max(monday, today), monday + timedelta(days=_SATURDAY)
    parts = [understood(part, now).day for part in _APART.split(words)]
    days = [day for day in parts if day is not None]
    if days and " or " in words:
        return min(days), max(days)
    if days:
        weeks = max(0, -(-(days[0] - days[-1]).days // 7))
        return days[0], days[-1] + timedelta(days=7 * weeks)
    whole = understood(said, now).day
    if whole is not None:
        return whole, whole
    return (today, today + _FORTNIGHT) if _ANY_DAY.search(words) else None


def _part(request: Request, turn: Turn) -> str:
    said = [t.said for t in request.turns if t.index >= turn.index]
    parts = (understood(text, request.facts.now).part for text in reversed(said))
    return next((part for part in parts if part), "")

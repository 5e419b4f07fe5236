"""What the records of a call support: the other side of `nodes.claims`. Pure.

Tool results and the shop's own facts prove; what the caller said proves nothing, but may be
repeated in a question.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

import orjson
from langchain_core.messages import AnyMessage, HumanMessage, ToolMessage

from graph.state import CallState
from nodes.claims import Claims, DeedKind, claims, sentences
from shop.profile.shop import Shop
from shop.words import spoken

Fault = str
"""Which kind of claim fails: "day", "time", "price" or a kind of deed."""

_BY_OUTCOME: dict[str, DeedKind] = {
    "appointment_booked": "booked",
    "appointment_rescheduled": "moved",
    "appointment_cancelled": "cancelled",
    "tow_requested": "tow",
    "callback_requested": "callback",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What may be said on this call.

    Attributes:
        moments: Days with times that a tool named together.
        wished: Times and days of the caller's own words.
    """

    days: frozenset[date]
    times: frozenset[time]
    dollars: frozenset[int]
    deeds: frozenset[DeedKind]
    moments: frozenset[tuple[date, time]]
    wished: Claims

    def fault(self, claim: Claims) -> Fault | None:
        """The first claim that nothing supports; None where all are."""
        if claim.impossible:
            return "day"
        for kind in sorted(claim.deeds):
            if kind not in self.deeds:
                return kind
        if not claim.dollars <= self.dollars:
            return "price"
        return self._time_fault(claim)

    def _time_fault(self, claim: Claims) -> Fault | None:
        own = self.wished.times if claim.asks and not claim.deeds else frozenset()
        if not claim.times <= self.times | own:
            return "time"
        if len(claim.days) != 1 or not claim.times - own:
            return None
        (day,) = claim.days
        together = {clock for known, clock in self.moments if known == day}
        if not together:
            return None
        return None if claim.times <= together | own | self._any_day else "time"

    @property
    def _any_day(self) -> frozenset[time]:
        """Times that hold on any day, such as opening hours."""
        return self.times - {clock for _, clock in self.moments}


def evidence(state: CallState, *, shop: Shop, standing: str, facts: str, now: datetime) -> Evidence:
    """Gather what this call's messages, deeds and facts support.

    Args:
        standing: What the model is told on every call, such as the opening hours.
        facts: What it was told of this one.
    """
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    found = [*_standing(standing, today), _prices(shop)]
    found += [claims(one, now=now) for one in sentences(facts)]
    moments: set[tuple[date, time]] = set()
    deeds = {
        _BY_OUTCOME[d["outcome"]] for d in state.get("deeds", []) if d["outcome"] in _BY_OUTCOME
    }
    for message in state["messages"]:
        if isinstance(message, ToolMessage):
            result = _result(message)
            said = (one for text in _texts(result) for one in sentences(text))
            found += [claims(one, now=now) for one in said]
            moments |= {_local(m, shop) for m in _moments(result)}
            deeds |= _on_record(message, result)
    moments |= {
        _local(datetime.fromisoformat(s["starts_at"]), shop) for s in state.get("offered", [])
    }
    return Evidence(
        days=frozenset().union(*(one.days for one in found), {day for day, _ in moments}),
        times=frozenset().union(*(one.times for one in found), {clock for _, clock in moments}),
        dollars=frozenset().union(*(one.dollars for one in found)),
        deeds=frozenset(deeds),
        moments=frozenset(moments),
        wished=_wished(state["messages"], now=now),
    )


@lru_cache(maxsize=16)
def _standing(text: str, now: datetime) -> tuple[Claims, ...]:
    return tuple(claims(one, now=now) for one in sentences(text))


def _prices(shop: Shop) -> Claims:
    amounts = [cents // 100 for s in shop.catalog.services for cents in s.price or ()]
    return Claims(dollars=frozenset(amounts))


def _wished(messages: Sequence[AnyMessage], *, now: datetime) -> Claims:
    said = [claims(m.text, now=now) for m in messages if isinstance(m, HumanMessage)]
    return Claims(
        days=frozenset().union(*(one.days for one in said)),
        times=frozenset().union(*(one.times for one in said)),
    )


def _result(message: ToolMessage) -> Any:
    try:
        return orjson.loads(str(message.text))
    except orjson.JSONDecodeError:
        return {}


def _on_record(message: ToolMessage, result: Any) -> set[DeedKind]:
    """Bookings that a tool listed may be spoken of as booked."""
    listed = message.name == "get_upcoming_appointments" and isinstance(result, dict)
    data = result.get("data") if listed else None
    return {"booked"} if isinstance(data, dict) and data.get("appointments") else set()


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _moments(value: Any) -> Iterator[datetime]:
    for text in _texts(value):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            continue
        if moment.tzinfo is not None:
            yield moment


def _local(moment: datetime, shop: Shop) -> tuple[date, time]:
    local = moment.astimezone(shop.zone)
    return local.date(), local.time()


def truths(state: CallState, shop: Shop) -> dict[Fault, str]:
    """What to say in place of a claim that fails, by its kind; "" stands for days and times."""
    return {
        "": _offered_in_words(state, shop) or "I'd have to look up which times are free.",
        "price": "the exact price comes in writing after we've inspected the car.",
        "booked": "nothing is booked yet.",
        "moved": "nothing has been moved yet.",
        "cancelled": "nothing has been cancelled yet.",
        "tow": "no truck is on its way yet.",
        "callback": "I haven't passed that on yet.",
        "text": "I can't send texts or e-mails myself.",
        "eta": "I can't say how long the truck will take. The driver calls you on the way.",
    }


def _offered_in_words(state: CallState, shop: Shop) -> str | None:
    local = sorted(
        datetime.fromisoformat(slot["starts_at"]).astimezone(shop.zone)
        for slot in state.get("offered", [])
    )
    if not local:
        return None
    times = [spoken.time(moment) for moment in local if moment.date() == local[-1].date()]
    return f"on {spoken.day(local[-1].date())} I have {spoken.one_of(times)}."

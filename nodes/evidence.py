"""What the records of a call support, and what is true instead of a claim that they do not. Pure.

Tool results and the shop's own facts prove; what the caller said proves nothing, but may be
repeated in a question or a refusal.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from langchain_core.messages import ToolMessage

from graph.state import CallState
from nodes.claims import Claims, named
from nodes.ledger import Entry, Ledger, Moment, heard, ledger, local, result
from nodes.truths import FIXED
from nodes.verdict import Evidence, Fault
from shop.profile.shop import Shop
from shop.words import spoken

NO_TIMES = "I'd have to look up which times are free."
NO_SUCH_DAY = "I mixed up the date there. Which day would suit you?"

_APPOINTMENT = re.compile(r"^appointment\w*: (?P<words>.*)$", re.MULTILINE)
_NOT_STANDING = re.compile(r"\bcancell?ed\b", re.IGNORECASE)
_REQUEST = re.compile(r"\brequest(?:ed)?\b|\bto confirm\b", re.IGNORECASE)


def evidence(state: CallState, *, shop: Shop, standing: str, facts: str, now: datetime) -> Evidence:
    """Gather what this call's messages, deeds and facts support.

    Args:
        standing: What the model is told on every call, such as the opening hours.
        facts: What it was told of this one, a line for each.
    """
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    results = [result(one) for one in state["messages"] if isinstance(one, ToolMessage)]
    texts = list(dict.fromkeys(text for one in results for text in _texts(one)))
    stamps, words = _told_apart(texts)
    always = _standing(standing, today)
    found = [always, *(named(text, now=now) for text in (facts, *words))]
    said = heard(state["messages"])
    moments = {local(moment, shop) for moment in stamps} | {
        local(datetime.fromisoformat(s["starts_at"]), shop) for s in state.get("offered", [])
    }
    record = _with_facts(ledger(state, shop=shop, now=now), facts, now)
    moments |= {entry.moment for entry in record.entries if entry.moment}
    return Evidence(
        times=frozenset().union(*(one.times for one in found), {clock for _, clock in moments}),
        hours=always.times,
        dollars=_prices(shop).union(*(one.dollars for one in found)),
        moments=frozenset(moments),
        wished=named("\n".join(said), now=now),
        ledger=record,
        today=now.date(),
        told=(standing, facts, *words),
        heard=said,
    )


@lru_cache(maxsize=16)
def _standing(text: str, now: datetime) -> Claims:
    return named(text, now=now)


def _prices(shop: Shop) -> frozenset[int]:
    return frozenset(cents // 100 for s in shop.catalog.services for cents in s.price or ())


def _with_facts(record: Ledger, facts: str, now: datetime) -> Ledger:
    """The ledger with appointments that only the facts know of, such as that of a reminder."""
    known = {entry.moment for entry in record.entries}
    more = tuple(
        entry for entry in _listed(facts, now) if entry.moment and entry.moment not in known
    )
    return replace(record, entries=(*record.entries, *more))


def _listed(facts: str, now: datetime) -> Iterator[Entry]:
    for line in _APPOINTMENT.finditer(facts):
        words = line["words"]
        said = named(words.rpartition(" on ")[2], now=now)
        if len(said.days) == len(said.times) == 1 and not _NOT_STANDING.search(words):
            moment: Moment = (min(said.days), min(said.times))
            yield Entry("", moment, request=_REQUEST.search(words) is not None)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _told_apart(texts: Sequence[str]) -> tuple[list[datetime], list[str]]:
    """The texts that are moments, and the others."""
    moments: list[datetime] = []
    words: list[str] = []
    for text in texts:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            words.append(text)
            continue
        if moment.tzinfo is not None:
            moments.append(moment)
    return moments, words


def truths(state: CallState, shop: Shop) -> dict[Fault, str]:
    """What to say in place of a claim that fails, by its kind; "" stands for days and times."""
    offered = _offered_in_words(state, shop)
    return {"": offered or NO_TIMES, "day": offered or NO_SUCH_DAY, **FIXED}


def _offered_in_words(state: CallState, shop: Shop) -> str | None:
    there = sorted(
        datetime.fromisoformat(slot["starts_at"]).astimezone(shop.zone)
        for slot in state.get("offered", [])
    )
    if not there:
        return None
    times = [spoken.time(moment) for moment in there if moment.date() == there[-1].date()]
    return f"on {spoken.day(there[-1].date())} I have {spoken.one_of(times)}."

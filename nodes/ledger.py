"""What stands on record as far as this call knows: its deeds, and the appointments it was told of.

tool results, oldest first ─► one entry for each appointment, as it is now
deeds without a result     ─► an entry from the deed's own words
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Any

import orjson
from langchain_core.messages import AnyMessage, HumanMessage, ToolMessage

from graph.state import CallState, Deed
from nodes.claims import named
from nodes.wordings import DeedKind
from shop.profile.shop import Shop

Moment = tuple[date, time]
"""A day and a time on the shop's clock."""

_BY_TOOL: dict[str, DeedKind] = {
    "book_appointment": "booked",
    "undo_cancellation": "booked",
    "reschedule_appointment": "moved",
    "cancel_appointment": "cancelled",
}
_BY_OUTCOME: dict[str, DeedKind] = {
    "appointment_booked": "booked",
    "appointment_rescheduled": "moved",
    "appointment_cancelled": "cancelled",
    "tow_requested": "tow",
    "callback_requested": "callback",
}
_LISTING = "get_upcoming_appointments"
_NOTED = ("create_customer", "create_vehicle")


@dataclass(frozen=True, slots=True)
class Entry:
    """One appointment.

    Attributes:
        moment: When it is; None where that is not known.
        before: When it was before it was moved.
        done: What this call did to it last; None where it was only told of.
        request: Whether an advisor has yet to confirm it.
    """

    service: str
    moment: Moment | None
    before: Moment | None = None
    done: DeedKind | None = None
    request: bool = False

    def supports(self, kind: DeedKind) -> bool:
        """Whether "booked", "requested", "moved" or "cancelled" may be said of it."""
        match kind:
            case "booked":
                return self.done != "cancelled" and not self.request
            case "requested":
                return self.done != "cancelled"
        return self.done == kind


@dataclass(frozen=True, slots=True)
class Ledger:
    """Everything done or told of on one call.

    Attributes:
        kinds: Which deeds that have no appointment were done.
        fresh: Which deeds were done after the caller's last words.
        refused: Which were tried after them and not done.
        told: The words of the results that still hold.
    """

    entries: tuple[Entry, ...] = ()
    kinds: frozenset[DeedKind] = frozenset()
    fresh: frozenset[DeedKind] = frozenset()
    refused: frozenset[DeedKind] = frozenset()
    told: tuple[str, ...] = ()

    @property
    def deeds(self) -> int:
        """How many things this call did, or told of, in all."""
        return len(self.entries) + len(self.kinds - {"changed", "booked", "moved", "cancelled"})

    def of(self, kind: DeedKind) -> list[Entry]:
        """The appointments of which a deed may be said."""
        return [entry for entry in self.entries if entry.supports(kind)]


@dataclass(slots=True)
class _Reading:
    shop: Shop
    entries: dict[str, Entry] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    kinds: set[DeedKind] = field(default_factory=set)
    fresh: set[DeedKind] = field(default_factory=set)
    refused: set[DeedKind] = field(default_factory=set)

    def take(self, name: str, result: Mapping[str, Any]) -> None:
        found = result.get("data")
        facts: Mapping[str, Any] = found if isinstance(found, dict) else {}
        kind = _BY_TOOL.get(name)
        if not result.get("success"):
            if kind:
                self.refused.add(kind)
                self.fresh.clear()
            if name == "leave_waitlist" and result.get("error") == "awaiting_assent":
                self.kinds.add("waiting")
            return
        self.refused -= {kind} if kind else set()
        if name == _LISTING:
            for one in facts.get("appointments", ()):
                self._told_of(one)
        elif kind:
            self._write(kind, facts)
        elif name == "join_waitlist":
            self.kinds.add("waiting")
        elif name == "leave_waitlist":
            self.kinds.discard("waiting")
        elif name in _NOTED:
            self.kinds.add("changed")

    def _told_of(self, one: Mapping[str, Any]) -> None:
        handle = str(one.get("appointment_id"))
        known = self.entries.get(handle, Entry(str(one.get("service", "")), None))
        self.entries[handle] = replace(known, moment=self._moment(one) or known.moment)

    def _write(self, kind: DeedKind, facts: Mapping[str, Any]) -> None:
        handle = str(facts.get("appointment_id"))
        known = self.entries.get(handle, Entry(str(facts.get("service", "")), None))
        request = bool(facts.get("staff_confirmation_needed", known.request))
        moment = self._moment(facts) or known.moment
        before = known.moment if kind == "moved" else known.before
        self.entries[handle] = replace(
            known, moment=moment, before=before, done=kind, request=request
        )
        self.fresh |= {"requested"} if request else {kind, "requested"}

    def _moment(self, facts: Mapping[str, Any]) -> Moment | None:
        start = facts.get("start_time")
        return local(datetime.fromisoformat(start), self.shop) if isinstance(start, str) else None


def ledger(state: CallState, *, shop: Shop, now: datetime) -> Ledger:
    """Read the call's tool results and deeds, oldest first."""
    reading = _Reading(shop)
    last: dict[str, str] = {}
    for at, message in enumerate(state["messages"]):
        if isinstance(message, HumanMessage):
            reading.refused.clear()
            reading.fresh.clear()
        if isinstance(message, ToolMessage):
            found = result(message)
            reading.take(message.name or "", found)
            subject = _subject(message, found)
            if subject:
                last.pop(_LISTING, None)
            last[subject or str(at)] = str(found.get("message", ""))
    ids = state.get("handles", {})
    known = {ids.get(handle, handle) for handle in reading.entries}
    done = state.get("deeds", [])
    others = [one for one in done if one.get("appointment_id") not in known]
    entries = [*reading.entries.values(), *_from_words(others, now)]
    kinds = reading.kinds | {_BY_OUTCOME[d["outcome"]] for d in done if d["outcome"] in _BY_OUTCOME}
    return Ledger(
        tuple(entries),
        frozenset(kinds),
        frozenset(reading.fresh),
        frozenset(reading.refused),
        tuple(last.values()),
    )


def result(message: ToolMessage) -> dict[str, Any]:
    """A tool's envelope; empty where it cannot be read."""
    try:
        found = orjson.loads(str(message.text))
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def local(moment: datetime, shop: Shop) -> Moment:
    """An aware moment as the shop's clock shows it."""
    there = moment.astimezone(shop.zone)
    return there.date(), there.time()


def heard(messages: Sequence[AnyMessage]) -> tuple[str, ...]:
    """The caller's words, turn by turn."""
    return tuple(message.text for message in messages if isinstance(message, HumanMessage))


def _subject(message: ToolMessage, found: Mapping[str, Any]) -> str | None:
    """The appointment a write was about: what was said of it before holds no more."""
    facts = found.get("data")
    if not found.get("success") or not isinstance(facts, dict):
        return None
    if message.name == _LISTING:
        return _LISTING
    if message.name not in _BY_TOOL:
        return None
    return f"appointment {facts.get('appointment_id')}"


def _from_words(deeds: Sequence[Deed], now: datetime) -> Iterator[Entry]:
    """Deeds as their own summaries tell them: "oil change for … on Tuesday at nine AM"."""
    for deed in deeds:
        kind = _BY_OUTCOME.get(deed["outcome"])
        if kind in ("booked", "moved", "cancelled"):
            service, _, when = deed["summary"].partition(" for ")
            said = named((when or deed["summary"]).rpartition(" on ")[2], now=now)
            one = len(said.days) == len(said.times) == 1
            moment = (min(said.days), min(said.times)) if one else None
            yield Entry(service if when else "", moment, done=kind)

"""Choosing a time together: a wish, offers, a choice. Booking and moving both go through here."""

import re
from dataclasses import dataclass
from datetime import timedelta

from graph.models.rulebook.moments import as_moment, chosen, loose_hour, understood
from graph.models.rulebook.moves import CALL_BACK, QUESTIONS, Call, Move, Say, ask, was_asked
from graph.models.rulebook.offers import Offers, Wish, closed
from graph.models.rulebook.request import Request, Result, Turn
from graph.models.rulebook.talk import asks_for
from graph.models.rulebook.words import plain
from nodes.assent import assent

_PRIVATE = re.compile(
    r"\b(?:birth|born|plate|vin|zip|phone number|number on your record|where is the car)\b",
    re.IGNORECASE,
)
"""A question whose answer may hold numbers that are no day."""

_TO_THE_MINUTE = len("2026-11-24T10:00")
_DATED = ("book_appointment", "reschedule_appointment")
_OTHER_FIELDS = ("name", "last_name", "vehicle", "make", "model", "year", "service")
"""What was asked where a bare number is a year or a model and only a named day is a wish."""

_SOON = re.compile(
    r"\b(?:as soon as|asap|soonest|earliest|next available|first available|any ?time|any day"
    r"|whenever"
    r"|what(?:ever)? (?:do )?you (?:have|got)|doesn't matter|you (?:pick|choose)|don't care"
    r"|flexible|when (?:are|can|do) you|what's (?:free|open|available))\b"
)
_NONE_OF_THEM = re.compile(
    r"\b(?:none|neither|no|nope|another|other|different|something else|anything else|don't work"
    r"|doesn't work|can't (?:do|make)|won't work)\b"
)
_THE_LATER = re.compile(r"\b(?:the|that) (?:later|latest|last)(?: one| time)?\b")
_YES_IN_IT = re.compile(
    r"^(?!.*\b(?:no|not|but|except|change|wrong)\b).*\b(?:yes|yeah|sure|correct)\b"
)
_NEXT_WEEK = re.compile(r"\bnext week\b")
_A_WEEK = re.compile(r"\bweek\b|\bnext\b")
_ONLY_WEEKDAY = re.compile(r"^(?!.*\b(?:this|today|tomorrow|next)\b).*\b\w+day\b")
_SAME_DAY = re.compile(r"\bsame (?:day|date)\b")
_LATER = re.compile(r"\b(?:later|afternoon|after work)\b")
_EARLIER = re.compile(r"\b(?:earlier|sooner|before work)\b")


@dataclass(frozen=True, slots=True)
class Search:
    """One appointment that needs a time.

    Attributes:
        request: The conversation.
        service: What the time is for.
        since: Words and offers count only if they came after this turn.
        writer: The tool that will take the time.
        argument: The name of its argument.
        question: How the day is asked for, a key of QUESTIONS.
        fields_changed: The caller has just corrected something else than the time.
        opening: The part of the first words that may name the wished day.
    """

    request: Request
    service: str
    since: int
    writer: str
    argument: str
    question: str = "day"
    fields_changed: bool = False
    opening: str | None = None

    def next(self, before: str = "") -> Move | str:
        """The start time that was chosen, or what has to happen first."""
        offers, tried = self.offers(), self.tried()
        if offers is None or offers.result.args.get("service_type") not in (None, self.service):
            return self._look(tried, before)
        if offers.result.turn == self.request.turn.index:
            return self._present(offers, before)
        return self._answer(offers, tried, before)

    def offers(self) -> Offers | None:
        """The newest times or days a tool gave."""
        for result in reversed(self.request.results):
            has = "slots" in result.data and (result.ok or result.error == "slot_taken")
            if has and result.turn > self.since:
                return Offers(result)
        return None

    def tried(self) -> Result | None:
        """The last time that was read back to the caller and not agreed to."""
        held = self.request.newest(self.writer, since=self.since)
        return held if held is not None and held.held else None

    def _look(self, tried: Result | None, before: str) -> Move:
        if tried is not None:
            return self._slots(str(tried.args.get(self.argument, ""))[:_TO_THE_MINUTE])
        if (same := self._same_day()) is not None:
            return same
        wish = self.wish()
        refused = self.request.newest("get_available_slots", ok=False, since=self.since)
        if wish is not None and (refused is None or refused.turn < wish.turn):
            return self._slots(wish.text)
        answered = was_asked(self.request, self.question)
        if answered and _SOON.search(plain(self.request.turn.said)):
            return self._slots(self.request.turn.said)
        return ask(self.request, self.question, before)

    def _same_day(self) -> Call | None:
        """The day of the last booking, if that is the day the caller means."""
        done = self.request.newest(*_DATED, ok=True)
        if done is None or not _SAME_DAY.search(plain(self.request.turn.said)):
            return None
        day = done.text("start_time").partition("T")[0]
        when = understood(self.request.turn.said, self.request.facts.now)
        return self._slots(f"{day}T{when.time:%H:%M}" if when.time else day)

    def wish(self) -> Wish | None:
        """The last day or time the caller named."""
        for turn in reversed(self.request.turns):
            if turn.index > self.since and (found := self._wish_in(turn)) is not None:
                return found
        return None

    def _wish_in(self, turn: Turn) -> Wish | None:
        asides = {r.turn for r in self.request.results if r.name == "get_service_info"}
        if _PRIVATE.search(turn.question) or turn.index in asides:
            return None
        text = turn.said
        if turn.index == self.since + 1 and self.opening is not None:
            text = self.opening
        when = understood(text, self.request.facts.now)
        loosely = when.time or when.part or when.since or when.until or when.vague
        if not when.day and (not loosely or asks_for(turn, *_OTHER_FIELDS)):
            return None
        return Wish(turn.index, text, when)

    def _slots(self, words: str) -> Call:
        vague = not understood(words, self.request.facts.now).day
        if vague and _NEXT_WEEK.search(plain(words)):
            words = "next monday"
        return Call(
            "get_available_slots", {"date": words[:300] or "soon", "service_type": self.service}
        )

    def _present(self, offers: Offers, before: str) -> Move | str:
        asked_for = offers.result.args.get("date", "")
        when = understood(str(asked_for), self.request.facts.now)
        if offers.result.data.get("wished_time_free") is True:
            start = offers.starting(when.time)
            if start is not None:
                return start
        taken = offers.result.data.get("wished_time_free") is False and offers.starts
        lead = f"{before} That time isn't free." if taken else before
        return Say(f"{lead} {closed(offers)}".strip())

    def _answer(self, offers: Offers, tried: Result | None, before: str) -> Move | str:
        said = self.request.turn.said
        now = self.request.facts.now
        if (start := chosen(said, offers.starts, now)) is not None:
            return start
        if (wish := self._wish_in(self.request.turn)) is not None:
            return self._again(wish, offers)
        if not offers.starts:
            return self._other_day(offers, before)
        if tried is None and (start := self._chosen_before(offers)):
            return start
        if (hour := loose_hour(said)) and not self.fields_changed:
            return self._again(Wish(self.request.turn.index, hour, understood(hour, now)), offers)
        if tried is not None and tried.turn >= offers.result.turn:
            return self._after_recap(tried, before)
        return self._not_chosen(offers, before)

    def _chosen_before(self, offers: Offers) -> str:
        """The time that was chosen before something else had to be asked."""
        for turn in self.request.turns[offers.result.turn + 1 : -1]:
            agreed = len(offers.starts) == 1 and assent(turn.said) == "yes"
            if agreed and "Would" in turn.question:
                return offers.starts[0]
            if asks_for(turn, "time") and (
                start := chosen(turn.said, offers.starts, self.request.facts.now)
            ):
                return start
        return ""

    def _again(self, wish: Wish, offers: Offers) -> Move | str:
        """Another time, perhaps on the day that was being talked about."""
        everything = [line.split()[0] for line in self.request.facts.all("offered") if line]
        if wish.when.day and (start := chosen(wish.text, everything, self.request.facts.now)):
            return start
        if (day := self._in_that_week(wish, offers)) is not None:
            return self._slots(day)
        if wish.when.day or not offers.day or wish.when.vague:
            return self._slots(wish.text)
        if wish.when.time:
            return self._slots(f"{offers.day}T{wish.when.time:%H:%M}")
        return self._slots(f"{offers.day}, {wish.text}")

    def _in_that_week(self, wish: Wish, offers: Offers) -> str | None:
        """A weekday named after "next week" is one of that week."""
        asked_for, named = str(offers.result.args.get("date", "")), wish.when.day
        talked_of = as_moment(offers.day)
        if named is None or talked_of is None or not _A_WEEK.search(asked_for.lower()):
            return None
        if not _ONLY_WEEKDAY.search(plain(wish.text)) or named >= talked_of.date():
            return None
        day = talked_of.date() + timedelta(days=(named.weekday() - talked_of.weekday()) % 7)
        if wish.when.time:
            return f"{day}T{wish.when.time:%H:%M}"
        return f"{day} in the {wish.when.part}" if wish.when.part else f"{day}"

    def _other_day(self, offers: Offers, before: str) -> Move:
        said = self.request.turn.said
        days = [d for d in offers.other_days if as_moment(d)]
        if (day := chosen(said, days, self.request.facts.now)) is not None:
            return self._slots(day)
        if days and (_SOON.search(plain(said)) or assent(said) == "yes"):
            return self._slots(days[0])
        return ask(self.request, self.question, before)

    def _after_recap(self, tried: Result, before: str) -> Move | str:
        """The time was read back, and the answer was no plain yes."""
        start = str(tried.args.get(self.argument, ""))
        said = self.request.turn.said
        if self.fields_changed or assent(said) == "yes" or _YES_IN_IT.search(plain(said)):
            return start
        if re.search(r"\b(?:time|hour)\b", plain(said)):
            return Say("Which time would you like instead?")
        if re.search(r"\b(?:day|date)\b", plain(said)):
            return ask(self.request, self.question, before)
        return ask(self.request, "change", before)

    def _not_chosen(self, offers: Offers, before: str) -> Move | str:
        said = plain(self.request.turn.said)
        if _THE_LATER.search(said):
            return offers.starts[-1]
        stepping = understood(said, self.request.facts.now).order in ("later", "earlier")
        if stepping and offers.starts:
            return self._slots(said)
        if _LATER.search(said) and offers.day:
            return self._slots(f"{offers.day} in the afternoon")
        if _EARLIER.search(said) and offers.day:
            return self._slots(f"{offers.day} in the morning")
        if _NONE_OF_THEM.search(said):
            return Say("What day or time would suit you better?")
        if _SOON.search(said):
            return self._slots(offers.starts[0])
        misses = self.request.turn.index - offers.result.turn
        if before or misses == 2:
            return Say(f"{before} {closed(offers)}".strip())
        return Say(QUESTIONS["time"][1] if misses < 2 else CALL_BACK)

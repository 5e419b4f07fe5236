"""From a caller's words and what they were told last to the day and the hours to look at."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from graph.state import Looked
from shop.errors import BadValue
from shop.schedule.within import Order, Within
from shop.words import dates
from shop.words.dates import When
from shop.words.numerals import plain

Step = Literal["later", "earlier"]

_NOON = time(12)
_MIDDLE = {"morning": time(9), "afternoon": time(14), "evening": time(17)}
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Search:
    """What is to be looked at.

    Attributes:
        near: The time of day to stay near to.
        wished: The exact time the caller named, if they did.
        named: Whether the day is the caller's own; else another one will do as well.
        step: They want something later or earlier than what they were told last.
    """

    day: date
    within: Within
    near: time | None = None
    wished: time | None = None
    named: bool = True
    step: Step | None = None


def search(said: str, last: Looked | None, *, now: datetime) -> Search:
    """Understand a wish; `last` is what the caller was told before it.

    Raises:
        BadValue: There is no such day; the text says so.
    """
    try:
        when = dates.resolve(said, now=now)
    except ValueError as error:
        raise BadValue(str(error), field="date") from error
    if when.time is None and when.order in ("later", "earlier"):
        step: Step = "later" if when.order == "later" else "earlier"
        return _stepping(step, when, last, now)
    if when.order == "soonest" and when.day is None:
        within = Within(when.since, when.until, "first")
        return Search(now.date(), within, named=False)
    return _plainly(said, when, last, now)


def _plainly(said: str, when: When, last: Looked | None, now: datetime) -> Search:
    day = when.day or _open_day(said, now)
    since, until, order = when.since, when.until, _end(when)
    goes_on = day is None and last is not None and (order or when.time or since or until)
    if goes_on and last is not None:
        day = date.fromisoformat(last["date"])
        if order and not (since or until):
            since, until = _bounds(last)
    near = when.time or (_MIDDLE[when.part] if when.part and not order else None)
    if near and not when.time and not Within(since, until).holds(near):
        near = since
    return Search(
        day or now.date() + timedelta(days=1),
        Within(since, until, order),
        near,
        wished=when.time,
        named=bool(when.day or goes_on),
    )


def _stepping(step: Step, when: When, last: Looked | None, now: datetime) -> Search:
    if last is None or not last["starts"]:
        day = when.day or (date.fromisoformat(last["date"]) if last else None)
        within = Within(since=_NOON) if step == "later" else Within(until=_NOON)
        return Search(day or now.date() + timedelta(days=1), within, named=day is not None)
    told = [datetime.fromisoformat(start).time() for start in last["starts"]]
    day = when.day or date.fromisoformat(last["date"])
    if step == "later":
        beyond = (datetime.combine(day, max(told)) + timedelta(minutes=1)).time()
        return Search(day, Within(beyond, when.until, "first", only=True), step=step)
    return Search(day, Within(when.since, min(told), "last", only=True), step=step)


def _end(when: When) -> Order | None:
    if when.order in ("first", "soonest"):
        return "first"
    return "last" if when.order == "last" else None


def _bounds(last: Looked) -> tuple[time | None, time | None]:
    since, until = last["since"], last["until"]
    return (
        time.fromisoformat(since) if since else None,
        time.fromisoformat(until) if until else None,
    )


def _open_day(said: str, now: datetime) -> date | None:
    """The first day of a stretch of days that was named as a whole."""
    words, today = plain(said), now.date()
    if "next week" in words:
        return today + timedelta(days=7 - today.weekday())
    if "weekend" in words:
        return today + timedelta(days=(_SATURDAY - today.weekday()) % 7)
    return None

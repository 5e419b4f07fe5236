"""Days and times in words, and the choice among those that were offered."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time

from graph.models.rulebook.words import plain
from shop.words import dates
from shop.words.numerals import figures

_LOOSE_HOUR = re.compile(r"(?<![\d:])(?:1[012]|[1-9])(?::?[0-5]\d| [0-5]\d)?(?![\d:])")
_COUNTED = re.compile(r"\b(?:number|miles|years?|dollars|cars?|street|avenue|one)\b")


def understood(text: str, now: datetime) -> dates.When:
    """What the words say about a moment; one that does not exist is for the tool to refuse."""
    try:
        return dates.resolve(text, now=now)
    except ValueError:
        return dates.When(vague=True)


def chosen(text: str, options: Sequence[str], now: datetime) -> str | None:
    """The option (a date or start time as a tool wrote it) that the words choose."""
    # Wall-clock times are compared, so that an option keeps its hour when the clocks change.
    by_wall: dict[datetime, str] = {}
    for option in options:
        moment = as_moment(option)
        if moment is not None:
            by_wall[moment.replace(tzinfo=UTC)] = option
    picked = dates.pick(text, list(by_wall), now=now)
    return by_wall.get(picked) if picked is not None else None


def loose_hour(said: str) -> str:
    """The only number in words like "I said eleven", as a time; empty if there are more or none."""
    found = _LOOSE_HOUR.findall(figures(plain(said)))
    return f"at {found[0]}" if len(found) == 1 and not _COUNTED.search(plain(said)) else ""


def as_moment(text: str) -> datetime | None:
    """A date or a start time as a tool wrote it; None if it is neither."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    try:
        return datetime.combine(date.fromisoformat(text), time())
    except ValueError:
        return None

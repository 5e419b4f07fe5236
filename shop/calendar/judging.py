"""What is to be done about an event of ours that is not, or no longer, as it was left. Pure.

Every event of ours carries the revision and the times that were written into it. What somebody did
to the revision that still stands is theirs to do; what they did to an older one came too late.
"""

from datetime import datetime, timedelta
from enum import Enum, auto

from shop.calendar.events import Ours
from shop.calendar.rows import Row

UNSURE = timedelta(minutes=15)
"""For how long a deletion of our own, of which no answer came, may still take effect."""

_DONE = ("completed", "no_show")


class Verdict(Enum):
    """What becomes of an event, or of its appointment."""

    NOTHING = auto()
    SEEN = auto()
    """It is as it should be, in a state that was not known yet."""
    MOVE = auto()
    LATER = auto()
    """It cannot be moved yet: something else is where it is to go, which may move too."""
    CANCEL = auto()
    PUT_BACK = auto()
    OVERTAKEN = auto()
    """Put back, and staff are told that theirs was the older wish."""
    BLOCK = auto()
    """It is about nothing that is still to come, yet something stands there."""


def judge(ours: Ours, row: Row | None, now: datetime) -> Verdict:
    """Decide, from an event as it was read and its appointment as it stands."""
    if row is None:
        return Verdict.NOTHING if ours.event.cancelled else Verdict.BLOCK
    if row.is_over(now):
        return _of_the_past(ours, now)
    if ours.event.cancelled:
        return _gone(ours, row, now)
    if row.cancelled:
        return Verdict.NOTHING if row.pending else Verdict.PUT_BACK
    if ours.revision != row.revision:
        if row.pending:
            return Verdict.NOTHING
        return Verdict.OVERTAKEN if ours.moved else Verdict.PUT_BACK
    if not ours.moved:
        known = ours.event.etag == row.etag and not row.pending
        return Verdict.NOTHING if known else Verdict.SEEN
    refused_already = row.put_back and ours.event.etag == row.etag
    return Verdict.NOTHING if refused_already else Verdict.MOVE


def _of_the_past(ours: Ours, now: datetime) -> Verdict:
    ends_at = ours.event.ends_at
    ahead = not ours.event.cancelled and ends_at is not None and ends_at > now
    return Verdict.BLOCK if ahead else Verdict.NOTHING


def _gone(ours: Ours, row: Row, now: datetime) -> Verdict:
    if row.cancelled or row.status in _DONE:
        return Verdict.NOTHING
    base = row.shown if ours.revision is None else ours.revision
    if base != row.revision:
        return Verdict.NOTHING if row.pending else Verdict.OVERTAKEN
    if row.put_back and ours.event.etag == row.etag:
        return Verdict.NOTHING
    if row.deleting_at is not None and now < row.deleting_at + UNSURE:
        return Verdict.PUT_BACK
    return Verdict.CANCEL

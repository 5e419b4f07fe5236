"""When to ask again, and how fast to ask at all. No clock, no I/O.

Which errors to try again: https://developers.google.com/workspace/calendar/api/guides/errors.
Limits: https://developers.google.com/workspace/calendar/api/guides/quota.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from shop.calendar.errors import Transient

PER_MINUTE = 600
"""Requests a minute for one user of one project, over a sliding minute."""

_BURST = 60


@dataclass(frozen=True, slots=True)
class Policy:
    """Waits of a random part of a doubling time ("full jitter"), within a total.

    Attributes:
        attempts: How often to ask at most.
        base_s: What the first wait is less than, in seconds.
        most_s: What every wait is less than, unless the other side asks for more.
        budget_s: What all attempts and waits may take together, in seconds.
        attempt_s: What one attempt may take, in seconds.
    """

    attempts: int = 6
    base_s: float = 0.5
    most_s: float = 16.0
    budget_s: float = 30.0
    attempt_s: float = 10.0

    def wait(
        self, failure: Transient, *, attempt: int, spent_s: float, rng: random.Random
    ) -> float | None:
        """Seconds to wait after the failure of attempt 1, 2, …; None to give up."""
        if not failure.documented or attempt >= self.attempts:
            return None
        wait = rng.uniform(0, min(self.most_s, self.base_s * 2 ** (attempt - 1)))
        wait = max(wait, failure.retry_after or 0.0)
        return wait if spent_s + wait < self.budget_s else None


class Pace:
    """Spreads requests, so that no minute ever holds more than are allowed.

    A token bucket that is kept as the time at which it would be full again: a burst passes at
    once, then the rest of the minute's allowance goes evenly.
    """

    def __init__(self, per_minute: int = PER_MINUTE, burst: int = _BURST) -> None:
        """Both count requests.

        Raises:
            ValueError: The burst leaves nothing to spread.
        """
        if not 1 <= burst < per_minute:
            raise ValueError("a burst is at least one request and less than a minute's allowance")
        self._each_s = 60 / (per_minute - burst)
        self._slack_s = self._each_s * (burst - 1)
        self._full_at = 0.0

    def wait(self, now_s: float, *, most_s: float) -> float | None:
        """Take a place; seconds until it comes up. None takes none: it is further off than most_s.

        Args:
            now_s: The present, in seconds on any steady clock.
            most_s: How long the request can wait.
        """
        full_at = max(self._full_at, now_s)
        wait = max(0.0, full_at - self._slack_s - now_s)
        if wait > most_s:
            return None
        self._full_at = full_at + self._each_s
        return wait


def retry_after(header: str | None, now: datetime) -> float | None:
    """The seconds a Retry-After header asks for (RFC 9110, 10.2.3); None if it does not say."""
    if header is None:
        return None
    if header.strip().isascii() and header.strip().isdecimal():
        return float(header.strip()[:9])
    try:
        at = parsedate_to_datetime(header)
    except ValueError:
        return None
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return max(0.0, (at - now).total_seconds())

"""What the stand-in for Google Calendar is told to be like."""

from dataclasses import dataclass, field
from typing import ClassVar

from pydantic import ConfigDict

from evals.standins.google_calendar_faults import Fault
from evals.standins.script import STRICT

CALENDAR = "shop@group.calendar.google.com"


@dataclass(frozen=True, slots=True)
class GoogleCalendarScript:
    """What calendars there are, and what goes wrong.

    Attributes:
        calendars: Their zones by their ids. The first is the account's own, "primary".
        read_only: Which of them the account may only read.
        untold: What the busy times of a calendar are answered with instead: a reason.
        faults: Of the first request, the second, …; None is a good one. Token requests apart.
        token_faults: The same for token requests.
        token_lasts_s: How long an access token is good.
        page_size: The largest page, whatever is asked for.
        per_minute: How many requests a sliding minute has room for; None is no limit.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    calendars: dict[str, str] = field(default_factory=lambda: {CALENDAR: "America/Chicago"})
    read_only: tuple[str, ...] = ()
    untold: dict[str, str] = field(default_factory=dict)
    faults: tuple[Fault | None, ...] = ()
    token_faults: tuple[Fault | None, ...] = ()
    token_lasts_s: int = 3599
    page_size: int = 2500
    per_minute: int | None = None

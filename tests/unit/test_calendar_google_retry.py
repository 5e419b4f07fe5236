"""How often Google is asked again, after how long, and how fast it is asked at all."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.standins.google_calendar import (
    CALENDAR,
    Exchange,
    Fault,
    GoogleCalendarScript,
    GoogleCalendarStandIn,
)
from shop.calendar.errors import (
    CalendarError,
    CalendarGarbled,
    RateLimited,
    ServerTrouble,
    Transient,
    Unreachable,
)
from shop.calendar.google import GoogleCalendar
from shop.calendar.retry import Pace, Policy, retry_after
from tests.support.google import calendar, oil_change
from tests.support.virtual_time import run_virtually

NOW = datetime(2026, 12, 1, 15, tzinfo=UTC)
BUSY = Fault("server_error")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("7", 7.0),
        (" 120 ", 120.0),
        ("Tue, 01 Dec 2026 15:00:30 GMT", 30.0),
        ("Tue, 01 Dec 2026 14:59:30 GMT", 0.0),
        ("Tue, 01 Dec 2026 15:00:30", 30.0),
        ("soon", None),
        ("-1", None),
        ("", None),
    ],
    ids=[
        "none", "seconds", "with spaces", "a date", "a date that is past", "a date without a zone",
        "a word", "a negative number", "nothing",
    ],
)  # fmt: skip
def test_retry_after(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, NOW) == seconds


@pytest.mark.parametrize(
    ("failure", "attempt", "spent_s", "least", "most"),
    [
        (ServerTrouble("x"), 1, 0, 0, 0.5),
        (ServerTrouble("x"), 3, 0, 0, 2),
        (ServerTrouble("x"), 6, 0, None, None),
        (Unreachable("x"), 2, 0, 0, 1),
        (RateLimited("x", retry_after=9), 1, 0, 9, 9),
        (RateLimited("x", retry_after=9), 1, 22, None, None),
        (RateLimited("x", documented=False), 1, 0, None, None),
        (CalendarGarbled("x"), 1, 0, None, None),
    ],
    ids=[
        "at first soon", "then later", "six times at most", "a lost connection too",
        "as long as it asks for", "not beyond the budget", "not when it says to wait for long",
        "not what cannot be understood",
    ],
)  # fmt: skip
def test_the_wait_after_a_failure(
    failure: Transient, attempt: int, spent_s: float, least: float | None, most: float | None
) -> None:
    for seed in range(50):
        rng = random.Random(seed)
        wait = Policy().wait(failure, attempt=attempt, spent_s=spent_s, rng=rng)
        if least is None or most is None:
            assert wait is None
        else:
            assert wait is not None
            assert least <= wait <= most


@given(
    gaps=st.lists(st.floats(0, 5), min_size=1, max_size=300),
    burst=st.integers(1, 9),
)
def test_no_minute_holds_more_than_it_has_room_for(gaps: list[float], burst: int) -> None:
    pace, now, sent = Pace(10, burst), 0.0, list[float]()
    for gap in gaps:
        now += gap
        wait = pace.wait(now, most_s=1e9)
        assert wait is not None
        sent.append(now + wait)
    assert sent == sorted(sent)
    for index, first in enumerate(sent):
        within = [later for later in sent[index:] if later < first + 60 - 1e-6]
        assert len(within) <= 10


def test_a_burst_passes_at_once_and_a_full_queue_takes_no_place() -> None:
    pace = Pace(600, 60)
    assert [pace.wait(0, most_s=0) for _ in range(60)] == [0.0] * 60
    assert pace.wait(0, most_s=0.1) is None
    assert pace.wait(0, most_s=1) == pytest.approx(1 / 9)
    assert pace.wait(3600, most_s=0) == 0.0


def test_a_pace_with_nothing_to_spread_is_refused() -> None:
    with pytest.raises(ValueError, match="burst"):
        Pace(10, 10)


class Virtual:
    """The stand-in without a socket, in virtual time; `slept` are the waits of the client."""

    def __init__(self, script: GoogleCalendarScript) -> None:
        self.stand_in = GoogleCalendarStandIn(script, clock=self.now)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return NOW + timedelta(seconds=asyncio.get_running_loop().time())

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(seconds)

    def run(
        self, ask: Callable[[GoogleCalendar], Awaitable[Any]], policy: Policy | None = None
    ) -> tuple[Any, float]:
        """What came of it, and how long it took."""

        async def main() -> tuple[Any, float]:
            transport = httpx.ASGITransport(self.stand_in.app)
            async with httpx.AsyncClient(transport=transport) as client:
                google = calendar(
                    self.stand_in,
                    "http://google.test",
                    client,
                    clock=self.now,
                    policy=policy or Policy(),
                    sleep=self.sleep,
                )
                try:
                    came: Any = await ask(google)
                except CalendarError as error:
                    came = error
                return came, asyncio.get_running_loop().time()

        outcome: tuple[Any, float] = run_virtually(main())
        return outcome


async def insert(google: GoogleCalendar) -> Any:
    return await google.insert(CALENDAR, oil_change())


@pytest.mark.parametrize(
    ("faults", "error", "asked", "waits"),
    [
        ((), None, 1, ()),
        ((BUSY, BUSY), None, 3, (0.5, 1.0)),
        ((Fault("rate_limited"), Fault("user_rate_limited")), None, 3, (0.5, 1.0)),
        ((Fault("too_many", retry_after_s=4),), None, 2, (4.0,)),
        ((Fault("unavailable", retry_after_s=40),), ServerTrouble, 1, ()),
        ((BUSY,) * 9, ServerTrouble, 6, (0.5, 1.0, 2.0, 4.0, 8.0)),
        ((Fault("quota_exceeded"),), RateLimited, 1, ()),
        ((Fault("half_json"),), CalendarGarbled, 1, ()),
        ((Fault("hang"),), None, 2, (0.5,)),
        ((Fault("hang"),) * 9, Unreachable, 3, (0.5, 1.0)),
    ],
    ids=[
        "well at once", "a fault that passes", "a limit that passes", "as long as it asks",
        "not when it asks for too long", "a fault that stays", "a quota that is used up",
        "half an answer", "no answer once", "no answer until the budget is spent",
    ],
)  # fmt: skip
def test_what_is_tried_again(
    faults: Sequence[Fault],
    error: type[CalendarError] | None,
    asked: int,
    waits: tuple[float, ...],
) -> None:
    virtual = Virtual(GoogleCalendarScript(faults=tuple(faults)))
    came, took = virtual.run(insert)
    assert type(came) is error if error is not None else came.status == "confirmed"
    assert len(faults) - len(virtual.stand_in.faults.coming) == min(asked, len(faults))
    assert len(virtual.slept) == len(waits)
    for slept, most in zip(virtual.slept, waits, strict=True):
        assert slept <= most
    assert took <= Policy().budget_s


def test_what_it_asked_for_is_told_on_when_that_is_too_long_to_wait() -> None:
    virtual = Virtual(GoogleCalendarScript(faults=(Fault("too_many", retry_after_s=90),)))
    came, took = virtual.run(insert)
    assert (type(came), came.retry_after, took) == (RateLimited, 90.0, 0.0)


def test_the_waits_are_spread() -> None:
    virtual = Virtual(GoogleCalendarScript(faults=(BUSY,) * 5))
    virtual.run(insert)
    assert len({round(slept, 3) for slept in virtual.slept}) == 5


def test_many_requests_are_delayed_rather_than_refused() -> None:
    virtual = Virtual(GoogleCalendarScript(per_minute=600))

    async def ask(google: GoogleCalendar) -> list[Any]:
        asked = (google.get(CALENDAR, f"abcde{number}") for number in range(900))
        return await asyncio.gather(*asked)

    came, took = virtual.run(ask, Policy(budget_s=300, attempt_s=300))
    assert came == [None] * 900
    assert {refused(each) for each in virtual.stand_in.exchanges} == {"notFound"}
    assert took == pytest.approx((900 - 60) / 9, abs=0.01)


def refused(exchange: Exchange) -> str:
    return str(exchange.answer["error"]["errors"][0]["reason"])


def test_a_queue_that_is_too_long_is_refused_here() -> None:
    virtual = Virtual(GoogleCalendarScript())

    async def ask(google: GoogleCalendar) -> list[Any]:
        asked = (google.get(CALENDAR, f"abcde{number}") for number in range(100))
        return await asyncio.gather(*asked, return_exceptions=True)

    came, took = virtual.run(ask, Policy(budget_s=2))
    assert {type(each) for each in came if each is not None} == {RateLimited}
    assert sum(each is None for each in came) == len(virtual.stand_in.exchanges) == 78
    assert took < 2

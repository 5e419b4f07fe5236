"""When the shop is open, and which times of a day are free."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shop.errors import BeyondHorizon, InThePast, OutsideHours, TooSoon
from shop.profile import hours
from shop.profile.catalog import Service
from shop.profile.shop import Bay, Closure, Holiday, Shop, Span, load_shop
from shop.schedule import slots
from shop.schedule.slots import Busy, Slot

SHOP = load_shop()
ZONE = SHOP.zone
OIL = SHOP.catalog.find("oil_change")
BRAKES = SHOP.catalog.find("brake_service")


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZONE)  # type: ignore[arg-type,misc]  # year, month, day, …


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        (local(2026, 11, 23, 8), True),
        (local(2026, 11, 23, 7, 59), False),
        (local(2026, 11, 23, 17, 59), True),
        (local(2026, 11, 23, 18), False),
        (local(2026, 11, 23, 12, 30), True),
        (local(2026, 11, 28, 8, 30), False),
        (local(2026, 11, 28, 9), True),
        (local(2026, 11, 29, 12), False),
        (local(2026, 11, 26, 12), False),
        (datetime(2026, 3, 9, 13, 0, tzinfo=UTC), True),
        (datetime(2026, 3, 6, 13, 0, tzinfo=UTC), False),
    ],
    ids=[
        "it opens on the minute",
        "not a minute before",
        "until the last minute",
        "and closes on the minute",
        "somebody is there at lunch",
        "later on Saturdays",
        "from nine on Saturdays",
        "not on Sundays",
        "not on a holiday",
        "one PM in UTC is eight in summer",
        "and seven in winter",
    ],
)
def test_open(moment: datetime, is_open: bool) -> None:
    assert hours.is_open(SHOP, moment) is is_open


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (local(2026, 11, 23, 6), "today at eight AM"),
        (local(2026, 11, 23, 20), "tomorrow at eight AM"),
        (local(2026, 11, 21, 20), "on Monday at eight AM"),
        (local(2026, 11, 25, 19), "on Friday at eight AM"),
        (local(2026, 11, 27, 18), "tomorrow at nine AM"),
    ],
)
def test_when_it_opens_again(now: datetime, words: str) -> None:
    assert hours.next_opening_spoken(SHOP, now) == words


def test_a_shop_that_never_opens_has_no_next_opening() -> None:
    shut = replace(SHOP, hours=(None,) * 7)
    assert hours.next_opening(shut, local(2026, 11, 23, 6)) is None
    assert "month" in hours.next_opening_spoken(shut, local(2026, 11, 23, 6))


def test_the_week_in_words() -> None:
    assert hours.spoken_week(SHOP) == (
        "Monday to Friday from eight AM to six PM and Saturday from nine AM to three PM, closed on"
        " Sunday"
    )
    assert hours.week(SHOP)["saturday"] == "09:00-15:00"
    assert hours.week(SHOP)["sunday"] == "closed"


@pytest.mark.parametrize(
    ("day", "windows"),
    [
        (date(2026, 11, 23), [("09:00", "12:00"), ("13:00", "17:00")]),
        (date(2026, 11, 28), [("09:00", "12:00"), ("13:00", "15:00")]),
        (date(2026, 11, 29), []),
        (date(2026, 11, 26), []),
    ],
)
def test_windows(day: date, windows: list[tuple[str, str]]) -> None:
    found = [
        tuple(f"{edge.astimezone(ZONE):%H:%M}" for edge in window)
        for window in hours.windows(SHOP, day)
    ]
    assert found == windows


STORM = Closure("the ice storm", "weather")
FAIR = Closure("the county fair", "other")
CLOSED = SHOP.changed(
    {
        date(2026, 11, 24): STORM,
        date(2026, 11, 25): STORM,
        date(2026, 11, 29): FAIR,
        date(2026, 11, 30): FAIR,
        date(2026, 12, 14): FAIR,
        date(2026, 12, 16): FAIR,
        date(2026, 12, 19): STORM,
        date(2026, 12, 21): STORM,
    },
    frozenset(),
)


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 11, 23), None),
        (date(2026, 11, 24), "closed on account of the ice storm"),
        (date(2026, 11, 26), "closed for Thanksgiving Day"),
        (date(2026, 11, 30), "closed for the county fair"),
        (date(2026, 12, 6), "closed"),
    ],
)
def test_why_a_day_is_closed(day: date, words: str | None) -> None:
    assert hours.closed_spoken(CLOSED, day) == words
    assert (hours.opening(CLOSED, day) is None) is (words is not None)
    assert (hours.windows(CLOSED, day) == ()) is (words is not None)


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (
            local(2026, 11, 23, 9),
            "closed from tomorrow through Wednesday, November twenty-fifth on account of the ice"
            " storm, on Thursday, November twenty-sixth for Thanksgiving Day and on Monday,"
            " November thirtieth for the county fair",
        ),
        (local(2026, 11, 25, 9), "closed today on account of the ice storm, tomorrow for"
         " Thanksgiving Day and on Monday, November thirtieth for the county fair"),
        (local(2026, 11, 30, 20), "closed today for the county fair"),
        (local(2026, 12, 13, 9), "closed tomorrow for the county fair, on Wednesday, December"
         " sixteenth for the county fair, from Saturday, December nineteenth through Monday,"
         " December twenty-first on account of the ice storm and on Friday, December twenty-fifth"
         " for Christmas Day"),
        (local(2027, 1, 2, 9), None),
    ],
)  # fmt: skip
def test_which_days_are_closed_soon(now: datetime, words: str | None) -> None:
    assert hours.closed_soon_spoken(CLOSED, now) == words


def test_closed_days_are_no_days_to_reach_anybody() -> None:
    target = CLOSED.transfers["service_advisor"]
    assert hours.answers(CLOSED, target.hours, local(2026, 11, 23, 9))
    assert not hours.answers(CLOSED, target.hours, local(2026, 11, 24, 9))
    assert hours.next_opening_spoken(CLOSED, local(2026, 11, 23, 20)) == "on Friday at eight AM"


def starts(day: date, now: datetime, *, busy: list[Busy] | None = None) -> list[str]:
    found = slots.free(SHOP, BRAKES, day, busy=busy or [], now=now)
    return [f"{slot.starts_at.astimezone(ZONE):%H:%M}" for slot in found]


WHOLE_DAY = ["09:00", "09:30", "10:00", "13:00", "13:30", "14:00", "14:30", "15:00"]


@pytest.mark.parametrize(
    ("day", "now", "expected"),
    [
        (date(2026, 11, 24), local(2026, 11, 23, 9), WHOLE_DAY),
        (date(2026, 11, 23), local(2026, 11, 23, 9), WHOLE_DAY[2:]),
        (date(2026, 11, 23), local(2026, 11, 23, 9, 1), WHOLE_DAY[3:]),
        (date(2026, 11, 23), local(2026, 11, 23, 16), []),
        (date(2026, 11, 20), local(2026, 11, 23, 9), []),
        (date(2027, 1, 22), local(2026, 11, 23, 9), WHOLE_DAY),
        (date(2027, 1, 23), local(2026, 11, 23, 9), []),
        (date(2026, 11, 26), local(2026, 11, 23, 9), []),
    ],
    ids=[
        "two hours end by lunch and by closing",
        "an hour's notice is needed",
        "a minute less is too late",
        "a day that is nearly over has none",
        "nor one that has gone",
        "the last day of the horizon has them",
        "the day after has none",
        "nor a holiday",
    ],
)
def test_free_times(day: date, now: datetime, expected: list[str]) -> None:
    assert starts(day, now) == expected


@pytest.mark.parametrize(
    ("at", "error"),
    [
        (local(2026, 11, 23, 9), InThePast),
        (local(2026, 11, 23, 8), InThePast),
        (local(2026, 11, 23, 9, 30), TooSoon),
        (local(2027, 1, 23, 9), BeyondHorizon),
        (local(2026, 11, 23, 11, 30), OutsideHours),
        (local(2026, 11, 23, 13, 15), OutsideHours),
        (local(2026, 11, 26, 9), OutsideHours),
        (local(2026, 11, 23, 10), None),
    ],
)
def test_why_a_start_cannot_be(at: datetime, error: type[Exception] | None) -> None:
    now = local(2026, 11, 23, 9)
    if error is None:
        slots.check(SHOP, BRAKES, at.astimezone(UTC), now=now)
    else:
        with pytest.raises(error):
            slots.check(SHOP, BRAKES, at.astimezone(UTC), now=now)


def test_the_nearest_slots_come_first_and_the_earlier_of_two() -> None:
    day = date(2026, 11, 24)
    found = slots.free(SHOP, OIL, day, busy=[], now=local(2026, 11, 23, 9))
    near = slots.nearest(found, time(14), shop=SHOP, limit=3)
    times = [f"{slot.starts_at.astimezone(ZONE):%H:%M}" for slot in near]
    assert times == ["14:00", "13:30", "14:30"]


# Days on which clocks change, and the days beside them, in zones that change at other hours.
ZONES = ("America/Chicago", "Europe/Berlin", "Australia/Lord_Howe", "America/Havana", "UTC")
CHANGES = (date(2026, 3, 8), date(2026, 11, 1), date(2026, 3, 29), date(2026, 10, 25),
           date(2026, 4, 5), date(2026, 10, 4), date(2026, 11, 24))  # fmt: skip


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Shop, date, datetime, list[Busy]]:
    """A shop that may be open at night, a day, a moment before it, and a schedule."""
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    hour = st.integers(0, 23)
    opens, closes = sorted((draw(hour), draw(hour)))
    begins, ends = sorted((draw(hour), draw(hour)))
    span: Span = (time(opens), time(closes, 45))
    lunch: Span | None = (time(begins), time(ends)) if begins < ends else None
    day = draw(st.sampled_from(CHANGES))
    midnight = datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
    now = midnight + timedelta(minutes=draw(st.integers(-600, 1500)))
    minutes = st.integers(-60, 1500)
    busy = [
        Busy(bay, midnight + timedelta(minutes=start), midnight + timedelta(minutes=start + length))
        for bay, start, length in draw(
            st.lists(st.tuples(st.sampled_from("AB"), minutes, st.integers(5, 240)), max_size=8)
        )
    ]
    shop = replace(
        SHOP,
        zone=zone,
        hours=(span,) * 7,
        bookable=(span,) * 7,
        lunch=lunch,
        holidays=(),
        horizon_days=draw(st.integers(1, 3)),
        lead_minutes=draw(st.sampled_from((0, 60))),
        grid_minutes=draw(st.sampled_from((15, 30))),
        bays=(Bay("A", frozenset({OIL.key, BRAKES.key})), Bay("B", frozenset({OIL.key}))),
    )
    return shop, day, now, busy


def _on_the_wall(moment: datetime, shop: Shop) -> time:
    return moment.astimezone(shop.zone).time()


def _fits(shop: Shop, day: date, slot: Slot) -> bool:
    """Minute by minute, by the clock on the wall: open, not lunch, the day itself."""
    span = shop.bookable[day.weekday()]
    assert span is not None
    for minute in range(slot.minutes):
        moment = (slot.starts_at + timedelta(minutes=minute)).astimezone(shop.zone)
        wall = moment.time().replace(fold=0)
        if moment.date() != day or not span[0] <= wall < span[1]:
            return False
        if shop.lunch and shop.lunch[0] <= wall < shop.lunch[1]:
            return False
    return True


@settings(deadline=None, max_examples=150)
@given(world=worlds(), service=st.sampled_from((OIL, BRAKES)))
def test_only_times_that_can_really_be_had_are_free(
    world: tuple[Shop, date, datetime, list[Busy]], service: Service
) -> None:
    shop, day, now, busy = world
    found = slots.free(shop, service, day, busy=busy, now=now)
    assert list(found) == sorted(found, key=lambda slot: slot.starts_at)
    assert len({slot.starts_at for slot in found}) == len(found)
    for slot in found:
        ends_at = slot.starts_at + timedelta(minutes=slot.minutes)
        assert slot.starts_at >= now + timedelta(minutes=shop.lead_minutes)
        assert day <= now.astimezone(shop.zone).date() + timedelta(days=shop.horizon_days)
        assert slot.bay in shop.bays_for(service.key)
        for taken in busy:
            if taken.bay == slot.bay:
                assert ends_at <= taken.starts_at or taken.ends_at <= slot.starts_at
        slots.check(shop, service, slot.starts_at, now=now - timedelta(microseconds=1))


@settings(deadline=None, max_examples=150)
@given(world=worlds(), service=st.sampled_from((OIL, BRAKES)))
def test_every_time_that_can_be_had_is_found(
    world: tuple[Shop, date, datetime, list[Busy]], service: Service
) -> None:
    """The oracle tries every grid start after every opening, and asks the wall clock."""
    shop, day, now, busy = world
    found = {slot.starts_at for slot in slots.free(shop, service, day, busy=busy, now=now)}
    step = timedelta(minutes=shop.grid_minutes)
    for begins, ends in hours.windows(shop, day):
        start = begins
        while start < ends:
            slot = Slot(service.key, start, service.minutes, "")
            last = start + timedelta(minutes=service.minutes)
            free_somewhere = any(
                all(b.bay != bay or last <= b.starts_at or b.ends_at <= start for b in busy)
                for bay in shop.bays_for(service.key)
            )
            soon = start < now + timedelta(minutes=shop.lead_minutes)
            far = day > now.astimezone(shop.zone).date() + timedelta(days=shop.horizon_days)
            can_be = last <= ends and free_somewhere and not soon and not far
            assert (start in found) is can_be
            if can_be:
                assert _fits(shop, day, slot)
            start += step


@st.composite
def shops(draw: st.DrawFn) -> tuple[Shop, datetime]:
    """A shop with any week, holidays and closures, and a moment near a change of the clocks."""
    minutes = st.integers(0, 24 * 60 - 1)

    def span() -> Span | None:
        begins, ends = sorted((draw(minutes), draw(minutes)))
        if begins == ends or draw(st.integers(0, 3)) == 0:
            return None
        return time(begins // 60, begins % 60), time(ends // 60, ends % 60)

    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    day = draw(st.sampled_from(CHANGES))
    near = [day + timedelta(days=ahead) for ahead in range(-2, 9)]
    shut = draw(st.lists(st.sampled_from(near), max_size=4))
    kinds = st.sampled_from((STORM, FAIR))
    shop = replace(
        SHOP,
        zone=zone,
        hours=tuple(span() for _ in range(7)),
        bookable=tuple(span() for _ in range(7)),
        lunch=span(),
        holidays=tuple(Holiday("a holiday", date=one) for one in shut[:2]),
        closures={one: draw(kinds) for one in shut[2:]},
    )
    midnight = datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
    return shop, midnight + timedelta(minutes=draw(st.integers(-2000, 4000)))


@settings(deadline=None, max_examples=300)
@given(shops())
def test_hours_agree_with_each_other(world: tuple[Shop, datetime]) -> None:
    shop, moment = world
    day = moment.astimezone(shop.zone).date()
    opening, closed = hours.opening(shop, day), hours.closed_spoken(shop, day)
    assert (opening is None) is (closed is not None)
    assert hours.is_open(shop, moment) is (
        opening is not None and opening[0] <= moment < opening[1]
    )
    if hours.is_open(shop, moment):
        assert _within(shop, day, shop.hours[day.weekday()], moment)
    if hours.holiday(shop, day) is not None:
        assert hours.windows(shop, day) == ()
        assert not hours.answers(shop, shop.hours, moment)
    else:
        assert hours.answers(shop, shop.hours, moment) is hours.is_open(shop, moment)
    for begins, ends in hours.windows(shop, day):
        assert begins < ends
        for inside in (begins, ends - timedelta(minutes=1)):
            assert _within(shop, day, shop.bookable[day.weekday()], inside)
            assert not (shop.lunch and _within(shop, day, shop.lunch, inside))


@settings(deadline=None, max_examples=300)
@given(shops())
def test_the_next_opening_is_the_first_moment_of_opening_hours(
    world: tuple[Shop, datetime],
) -> None:
    shop, moment = world
    opens = hours.next_opening(shop, moment)
    today = moment.astimezone(shop.zone).date()
    ahead = [hours.opening(shop, today + timedelta(days=on)) for on in range(32)]
    begins = [window[0] for window in ahead if window and window[0] > moment]
    assert opens == min(begins, default=None)
    if opens is not None:
        assert hours.is_open(shop, opens)
        assert not hours.is_open(shop, opens - timedelta(microseconds=1))


def _within(shop: Shop, day: date, span: Span | None, moment: datetime) -> bool:
    """Whether the clock on the wall shows a time of a span, on that day."""
    wall = moment.astimezone(shop.zone)
    if span is None or wall.date() != day:
        return False
    return span[0] <= wall.time().replace(fold=0) < span[1]

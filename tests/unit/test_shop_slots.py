"""Capacity over bays and technicians: free times against an oracle, and who is given what."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shop.errors import InThePast, TooSoon
from shop.profile.catalog import Service
from shop.profile.shop import Bay, Holiday, Shop, Span, Technician, load_shop
from shop.schedule import slots
from shop.schedule.slots import Busy, Place, Slot
from tests.support.schedule import free_starts

SHOP = load_shop()
OIL = SHOP.catalog.find("oil_change")
BRAKES = SHOP.catalog.find("brake_service")
BOTH = frozenset({OIL.key, BRAKES.key})
TUESDAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


def at(hour: int, minute: int = 0) -> datetime:
    return datetime.combine(TUESDAY, time(hour, minute), tzinfo=SHOP.zone).astimezone(UTC)


def small(*technicians: Technician) -> Shop:
    """Two bays that can do everything, and these people."""
    return replace(SHOP, bays=(Bay("A", BOTH), Bay("B", BOTH)), technicians=technicians)


ALL_ROUND = Technician("Ann", BOTH)
OIL_ONLY = Technician("Otto", frozenset({OIL.key}))
ALSO_OIL = Technician("Olga", frozenset({OIL.key}))
AWAY = ((TUESDAY, TUESDAY),)
TEN = at(10), at(10, 30)
TIDY = replace(small(ALL_ROUND), buffer_minutes=10)


@pytest.mark.parametrize(
    ("shop", "service", "busy", "place"),
    [
        (small(), OIL, [], Place("A")),
        (small(ALL_ROUND, OIL_ONLY), OIL, [], Place("A", "Otto")),
        (small(ALL_ROUND, OIL_ONLY), BRAKES, [], Place("A", "Ann")),
        (small(OIL_ONLY, ALSO_OIL), OIL, [], Place("A", "Otto")),
        (small(OIL_ONLY), BRAKES, [], None),
        (small(replace(OIL_ONLY, away=AWAY), ALL_ROUND), OIL, [], Place("A", "Ann")),
        (small(replace(OIL_ONLY, away=AWAY)), OIL, [], None),
        (small(ALL_ROUND), OIL, [Busy("A", *TEN)], Place("B", "Ann")),
        (small(ALL_ROUND), OIL, [Busy("A", *TEN), Busy("B", *TEN)], None),
        (small(ALL_ROUND, OIL_ONLY), OIL, [Busy("A", *TEN, "Otto")], Place("B", "Ann")),
        (small(ALL_ROUND), OIL, [Busy("A", *TEN, "Ann")], None),
        (small(ALL_ROUND), OIL, [Busy(None, *TEN, "Ann")], None),
        (small(ALL_ROUND, OIL_ONLY), OIL, [Busy(None, *TEN, "Otto")], Place("A", "Ann")),
        (small(ALL_ROUND, OIL_ONLY), OIL, [Busy(None, *TEN)], None),
        (small(), OIL, [Busy(None, *TEN)], None),
        (small(ALL_ROUND), OIL, [Busy(None, at(9), at(10))], Place("A", "Ann")),
        (small(ALL_ROUND), OIL, [Busy(None, at(10, 30), at(11))], Place("A", "Ann")),
        (small(ALL_ROUND), OIL, [Busy("A", *TEN, "Ann", promised=True)], None),
        (small(ALL_ROUND), OIL, [Busy("Z", *TEN, "Zoe")], Place("A", "Ann")),
        (TIDY, OIL, [Busy("A", at(9), at(9, 50), "Ann")], Place("A", "Ann")),
        (TIDY, OIL, [Busy("A", at(9), at(9, 51), "Ann")], None),
        (TIDY, OIL, [Busy("A", at(10, 39), at(11), "Ann")], None),
        (TIDY, OIL, [Busy("A", at(9), at(10), "Ann", blocked=True)], Place("A", "Ann")),
        (TIDY, OIL, [Busy("A", at(9), at(10, 1), "Ann", blocked=True)], None),
    ],
    ids=[
        "with no technicians only bays count",
        "who can do the least goes first",
        "who cannot do it does not go at all",
        "of equals the first in the file",
        "a service that nobody can do has no place",
        "somebody who is away does not go",
        "and if nobody else can, it has no place",
        "the next bay when the first is taken",
        "no place without a bay",
        "an appointment takes both its bay and its technician",
        "a free bay is no use without a technician",
        "a technician may be busy without a bay",
        "and then another goes",
        "a block of the whole shop leaves no place",
        "nor does it where there are no technicians",
        "what ends as it begins is not in the way",
        "nor is what begins as it ends",
        "a promise counts as much",
        "bays and people the file does not know do not",
        "ten minutes between two cars are enough",
        "nine are not",
        "nor before the next car",
        "what is no car may come right before",
        "but not meet it",
    ],
)
def test_who_gets_what(shop: Shop, service: Service, busy: list[Busy], place: Place | None) -> None:
    assert slots.place(shop, service, at(10), busy) == place


@pytest.mark.parametrize(
    ("prefer", "busy", "place"),
    [
        (Place("B", "Olga"), [], Place("B", "Olga")),
        (Place("B", "Olga"), [Busy("B", *TEN)], Place("A", "Olga")),
        (Place("B", "Olga"), [Busy(None, *TEN, "Olga")], Place("B", "Otto")),
        (Place("B"), [], Place("B", "Otto")),
        (Place("Z", "Zoe"), [], Place("A", "Otto")),
    ],
    ids=[
        "both, if both are free",
        "the technician, if only they are",
        "the bay, if only it is",
        "a bay alone",
        "what the shop no longer has is not preferred",
    ],
)
def test_what_is_preferred(prefer: Place, busy: list[Busy], place: Place) -> None:
    shop = small(OIL_ONLY, ALSO_OIL)
    assert slots.place(shop, OIL, at(10), busy, prefer=prefer) == place


@pytest.mark.parametrize(
    ("count", "limit", "chosen"),
    [
        (0, 3, []),
        (2, 3, [0, 1]),
        (3, 3, [0, 1, 2]),
        (14, 3, [0, 7, 13]),
        (14, 2, [0, 13]),
        (14, 1, [0]),
        (5, 4, [0, 1, 3, 4]),
    ],
)
def test_a_few_of_many(count: int, limit: int, chosen: list[int]) -> None:
    many = [Slot(OIL.key, NOW + timedelta(hours=n), 30, "A") for n in range(count)]
    assert slots.spread(many, limit) == tuple(many[n] for n in chosen)


def test_a_promise_in_time_is_good_when_others_would_be_too_late() -> None:
    now = at(9, 30)
    with pytest.raises(TooSoon):
        slots.check(SHOP, OIL, at(10), now=now)
    slots.check(SHOP, OIL, at(10), now=now, promised=True)
    with pytest.raises(InThePast):
        slots.check(SHOP, OIL, at(9, 30), now=now, promised=True)


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "days"),
    [
        (at(9), at(10), [24]),
        (at(0), at(0) + timedelta(days=1), [24]),
        (at(0) - timedelta(minutes=1), at(0) + timedelta(minutes=1), [23, 24]),
        (at(23), at(23) + timedelta(hours=30), [24, 25, 26]),
        (at(9), at(9), [24]),
    ],
    ids=["within one", "midnight to midnight", "across midnight", "three", "no time at all"],
)
def test_the_days_a_stretch_lies_in(
    starts_at: datetime, ends_at: datetime, days: list[int]
) -> None:
    assert [day.day for day in slots.days_of(SHOP, starts_at, ends_at)] == days


# Days on which clocks change, and others, in zones that change at other hours; on one of them
# the whole day was skipped.
PLACES_AND_DAYS = [
    ("America/Chicago", date(2026, 3, 8)),
    ("America/Chicago", date(2026, 11, 1)),
    ("America/Chicago", TUESDAY),
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("America/Havana", date(2026, 3, 8)),
    ("America/Havana", date(2026, 11, 1)),
    ("Asia/Kathmandu", TUESDAY),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Pacific/Kiritimati", TUESDAY),
]
NAMES = ("Ann", "Ben", "Cho", "Dee")
SKILLS = st.sets(st.sampled_from((OIL.key, BRAKES.key))).map(frozenset)
EDGES = st.sampled_from([time(h, m) for h in range(24) for m in (0, 15, 30, 45)])
SPANS = st.tuples(EDGES, EDGES).filter(lambda edges: edges[0] < edges[1])


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Shop, date, datetime, list[Busy]]:
    """A shop that may be open at night, a day, a moment before it, and what is taken."""
    name, day = draw(st.sampled_from(PLACES_AND_DAYS))
    zone = ZoneInfo(name)
    span: Span = draw(SPANS)
    away = st.sampled_from((day - timedelta(days=2), day - timedelta(days=1), day)).map(
        lambda first: ((first, first + timedelta(days=1)),)
    )
    people = tuple(
        Technician(who, draw(SKILLS), away=draw(st.one_of(st.just(()), away)))
        for who in NAMES[: draw(st.integers(0, 4))]
    )
    shop = replace(
        SHOP,
        zone=zone,
        hours=(span,) * 7,
        bookable=(span,) * 7,
        lunch=draw(st.one_of(st.none(), SPANS)),
        holidays=draw(st.sampled_from(((), (), (), (Holiday("Today", date=day),)))),
        horizon_days=draw(st.integers(0, 2)),
        lead_minutes=draw(st.sampled_from((0, 60, 90))),
        grid_minutes=draw(st.sampled_from((15, 30, 45))),
        buffer_minutes=draw(st.sampled_from((0, 0, 10, 45))),
        bays=tuple(Bay(n, draw(SKILLS)) for n in "ABC"[: draw(st.integers(1, 3))]),
        technicians=people,
    )
    midnight = datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
    now = midnight + timedelta(minutes=draw(st.integers(-3000, 1500)))
    return shop, day, now, [draw(taken(midnight)) for _ in range(draw(st.integers(0, 12)))]


@st.composite
def taken(draw: st.DrawFn, midnight: datetime) -> Busy:
    starts_at = midnight + timedelta(minutes=5 * draw(st.integers(-20, 300)))
    length = timedelta(minutes=5 * draw(st.integers(1, 40)))
    bay = draw(st.sampled_from((None, "A", "A", "B", "B", "C", "Z")))
    who = draw(st.sampled_from((None, *NAMES, "Zoe")))
    if bay is None and who is None and draw(st.booleans()):
        bay = "A"
    return Busy(bay, starts_at, starts_at + length, who, draw(st.booleans()), draw(st.booleans()))


@settings(deadline=None, max_examples=400)
@given(
    world=worlds(),
    service=st.sampled_from((OIL, BRAKES)),
    minutes=st.sampled_from((20, 30, 60, 120)),
)
def test_free_times_are_those_the_oracle_finds(
    world: tuple[Shop, date, datetime, list[Busy]], service: Service, minutes: int
) -> None:
    shop, day, now, busy = world
    service = replace(service, minutes=minutes)
    found = slots.free(shop, service, day, busy=busy, now=now)
    expected = free_starts(shop, service, day, busy, now)
    assert [slot.starts_at for slot in found] == sorted(expected)
    skills = {one.name: len(one.services) for one in shop.technicians}
    for slot in found:
        bays, people = expected[slot.starts_at]
        assert slot.bay == bays[0]
        assert slot.technician == min(people, key=lambda one: skills.get(one or "", 0))
        assert slot.minutes == minutes
        assert slots.place(shop, service, slot.starts_at, busy) == slot.place

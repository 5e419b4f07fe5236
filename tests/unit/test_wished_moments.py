"""Wishes as callers word them, on days that are hard: with what each means, worked out by hand."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from shop.words.dates import pick, resolve

SHOP = ZoneInfo("America/New_York")
MONDAY = "2026-11-23T10:00"
NEW_YEARS_EVE = "2026-12-31T16:00"
BEFORE_SPRING = "2026-03-07T23:30"
"""Saturday; the clocks go forward in the night."""

BEFORE_AUTUMN = "2026-10-31T23:30"
"""Saturday; the clocks go back in the night."""

LATE_JANUARY = "2027-01-31T09:00"
SEPTEMBER = "2026-09-30T12:00"


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=SHOP)


DAYS = [
    (MONDAY, "a week Tuesday", "2026-12-01"),
    (MONDAY, "a week on Tuesday", "2026-12-01"),
    (MONDAY, "a week from Tuesday at ten", "2026-12-01"),
    (MONDAY, "Tuesday week", "2026-12-01"),
    (MONDAY, "a week today", "2026-11-30"),
    (MONDAY, "tomorrow week", "2026-12-01"),
    (MONDAY, "in a fortnight", "2026-12-07"),
    (MONDAY, "a fortnight on Tuesday", "2026-12-08"),
    (MONDAY, "a fortnight from today", "2026-12-07"),
    (MONDAY, "the Tuesday of the week after next", "2026-12-08"),
    (MONDAY, "Thursday the week after next", "2026-12-10"),
    (MONDAY, "the week after next on Wednesday", "2026-12-09"),
    (MONDAY, "two days after tomorrow", "2026-11-26"),
    (MONDAY, "the first Monday in December", "2026-12-07"),
    (MONDAY, "the second Tuesday of December at nine", "2026-12-08"),
    (MONDAY, "the third Wednesday of next month", "2026-12-16"),
    (MONDAY, "the last Friday of the month", "2026-11-27"),
    (MONDAY, "the first Monday of the month", "2026-12-07"),
    (MONDAY, "the first of the month", "2026-12-01"),
    (MONDAY, "the last day of the month", "2026-11-30"),
    (MONDAY, "the last day of December", "2026-12-31"),
    (MONDAY, "the fifteenth of next month", "2026-12-15"),
    (MONDAY, "the thirty-first", "2026-12-31"),
    (MONDAY, "on Thanksgiving", "2026-11-26"),
    (MONDAY, "the day after Thanksgiving", "2026-11-27"),
    (MONDAY, "the Monday after Thanksgiving", "2026-11-30"),
    (MONDAY, "the Wednesday before Christmas", "2026-12-23"),
    (MONDAY, "Christmas Eve in the morning", "2026-12-24"),
    (MONDAY, "on Labor Day", "2027-09-06"),
    (MONDAY, "in a month", "2026-12-23"),
    (MONDAY, "not on the first Monday in December, the second Tuesday of December", "2026-12-08"),
    (SEPTEMBER, "on Black Friday", "2026-11-27"),
    (SEPTEMBER, "the 31st", "2026-10-31"),
    (SEPTEMBER, "a month from now", "2026-10-30"),
    (SEPTEMBER, "the first", None),
    (SEPTEMBER, "on the first", "2026-10-01"),
    (SEPTEMBER, "tomorrow", "2026-10-01"),
    (SEPTEMBER, "the thirtieth", "2026-09-30"),
    (NEW_YEARS_EVE, "tomorrow", "2027-01-01"),
    (NEW_YEARS_EVE, "next Monday", "2027-01-04"),
    (NEW_YEARS_EVE, "Friday", "2027-01-01"),
    (NEW_YEARS_EVE, "Thursday", "2027-01-07"),
    (NEW_YEARS_EVE, "this Thursday", "2026-12-31"),
    (NEW_YEARS_EVE, "the second of January", "2027-01-02"),
    (NEW_YEARS_EVE, "the fifth of next month", "2027-01-05"),
    (NEW_YEARS_EVE, "New Year's Day", "2027-01-01"),
    (LATE_JANUARY, "in a month", "2027-02-28"),
    (LATE_JANUARY, "the thirtieth", "2027-03-30"),
    (LATE_JANUARY, "the last day of next month", "2027-02-28"),
    (BEFORE_SPRING, "tomorrow morning", "2026-03-08"),
    (BEFORE_SPRING, "in two days", "2026-03-09"),
    (BEFORE_SPRING, "next Tuesday", "2026-03-10"),
    (BEFORE_SPRING, "a week from tomorrow", "2026-03-15"),
    (BEFORE_AUTUMN, "tomorrow", "2026-11-01"),
    (BEFORE_AUTUMN, "in a week", "2026-11-07"),
    (BEFORE_AUTUMN, "the first Monday of the month", "2026-11-02"),
    (MONDAY, "tomorrow first thing", "2026-11-24"),
    (MONDAY, "12-4-2026", "2026-12-04"),
    (MONDAY, "12.4.2026", "2026-12-04"),
    (MONDAY, "one week later", None),
    (MONDAY, "the first week of December", None),
    (MONDAY, "I haven't driven it in two weeks", None),
    (MONDAY, "I haven't been in in a month", None),
    (MONDAY, "I was there Thursday two weeks ago", None),
    (MONDAY, "we're driving to my mother's for Thanksgiving", None),
    (MONDAY, "it's for a Christmas trip", None),
    (MONDAY, "the day after that", None),
    (MONDAY, "some time next month", None),
    (MONDAY, "the week after next", None),
    (MONDAY, "a couple days from now", None),
]


@pytest.mark.parametrize(
    ("now", "words", "day"), DAYS, ids=[f"{words} on {now}" for now, words, _ in DAYS]
)
def test_a_day_is_worked_out_however_it_is_named(now: str, words: str, day: str | None) -> None:
    assert resolve(words, now=at(now)).day == (date.fromisoformat(day) if day else None)


TIMES = [
    ("noon-ish", time(12)),
    ("noonish on Thursday", time(12)),
    ("tenish", time(10)),
    ("around ten-ish tomorrow", time(10)),
    ("two thirty-ish", time(14, 30)),
    ("9ish", time(9)),
    ("nine or so", time(9)),
    ("half past eight", time(8, 30)),
    ("half past two", time(14, 30)),
    ("quarter to nine", time(8, 45)),
    ("a quarter past three", time(15, 15)),
    ("ten to nine", time(8, 50)),
    ("tomorrow at eight thirty", time(8, 30)),
    ("the first Monday in December at ten", time(10)),
    ("Thanksgiving at nine", time(9)),
    ("Tuesday at 5", time(17)),
    ("twelve thirty", time(12, 30)),
    ("nine sharp tomorrow", time(9)),
    ("ten at the latest", None),
    ("ten is too early", None),
    ("two or so years", None),
    ("it's Spanish", None),
    ("mid-morning", None),
    ("lunchtime", None),
]


@pytest.mark.parametrize(("words", "clock"), TIMES, ids=[words for words, _ in TIMES])
def test_a_time_is_worked_out_however_it_is_named(words: str, clock: time | None) -> None:
    assert resolve(words, now=at(MONDAY)).time == clock


STRETCHES = [
    ("mid morning", time(9, 30), time(11, 30)),
    ("mid-morning on Tuesday", time(9, 30), time(11, 30)),
    ("midmorning", time(9, 30), time(11, 30)),
    ("late morning", time(10, 30), time(12)),
    ("early morning", None, time(10)),
    ("early afternoon", time(12), time(14)),
    ("mid afternoon", time(13, 30), time(15, 30)),
    ("mid-afternoon tomorrow", time(13, 30), time(15, 30)),
    ("late in the afternoon", time(15), time(17)),
    ("the middle of the day", time(11), time(14)),
    ("at lunchtime", time(11, 30), time(13, 30)),
    ("over lunch on Friday", time(11, 30), time(13, 30)),
    ("during my lunch break", time(11, 30), time(13, 30)),
    ("after school", time(15), None),
    ("before school", None, time(12)),
    ("on my way to work", None, time(12)),
    ("when I get off work", time(17), None),
    ("tomorrow night", time(17), None),
    ("end of day", time(12), time(17)),
    ("mid-morning, say ten", None, None),
    ("I get off at four", time(16), None),
    ("I'm off work at three on Fridays", time(15), None),
    ("ten at the latest", None, time(10, 1)),
    ("at the earliest ten", time(10), None),
    ("not before noon", time(12), None),
    ("not in the morning", None, None),
    ("mornings don't work", None, None),
    ("I can't do mornings, the afternoon is fine", time(12), time(17)),
]


@pytest.mark.parametrize(("words", "since", "until"), STRETCHES, ids=[row[0] for row in STRETCHES])
def test_a_loose_time_of_day_is_a_stretch(
    words: str, since: time | None, until: time | None
) -> None:
    when = resolve(words, now=at(MONDAY))
    assert (when.since, when.until) == (since, until)


ORDERS = [
    ("later than that", "later"),
    ("something later than those", "later"),
    ("a bit later than it please", "later"),
    ("anything after that", "later"),
    ("anything after those", "later"),
    ("do you have something after that one", "later"),
    ("is there one after it", "later"),
    ("that's too early for me", "later"),
    ("ten is too early", "later"),
    ("earlier than that", "earlier"),
    ("sooner than those", "earlier"),
    ("before that one", "earlier"),
    ("anything before those", "earlier"),
    ("that's too late", "earlier"),
    ("before school", "first"),
    ("before I go to work", "first"),
    ("end of day Thursday", "last"),
    ("close of business", "last"),
    ("early tomorrow", "first"),
    ("late Friday", "last"),
    ("I'm running late tomorrow", None),
    ("the sooner the better", "soonest"),
    ("a day later", None),
    ("later than three", None),
    ("earlier than ten", None),
    ("the day after that", None),
    ("is it too late to cancel", None),
    ("it started after it was serviced", None),
    ("I'll call you after that", "later"),
]


@pytest.mark.parametrize(("words", "order"), ORDERS, ids=[row[0] for row in ORDERS])
def test_a_step_from_what_was_spoken_of_is_an_order(words: str, order: str | None) -> None:
    assert resolve(words, now=at(MONDAY)).order == order


WRITTEN = [
    ("2026-03-10T09:00:00-04:00", "2026-03-10T09:00"),
    ("2026-03-10T09:00:00-05:00", "2026-03-10T10:00"),
    ("2026-03-10T13:00:00Z", "2026-03-10T09:00"),
    ("2026-03-10T13:00:00.000Z", "2026-03-10T09:00"),
    ("2026-03-10 09:00:00-04:00", "2026-03-10T09:00"),
    ("2026-03-10T09:00", "2026-03-10T09:00"),
    ("2026-03-11T01:00:00Z", "2026-03-10T21:00"),
]


@pytest.mark.parametrize(("written", "moment"), WRITTEN, ids=[row[0] for row in WRITTEN])
def test_a_moment_as_machines_write_it_is_read_in_the_zone_of_the_shop(
    written: str, moment: str
) -> None:
    when, meant = resolve(written, now=at(BEFORE_SPRING)), at(moment)
    assert (when.day, when.time) == (meant.date(), time(meant.hour, meant.minute))


NINE, TWO = at("2026-11-24T09:00"), at("2026-11-24T14:00")
CHOICES = [
    ("something before that one", [NINE], None),
    ("anything later than that", [NINE], None),
    ("something later in the morning", [NINE, TWO], None),
    ("that's too early", [NINE], None),
    ("fine, but later than that", [NINE, TWO], None),
    ("the later one", [NINE, TWO], TWO),
    ("the earlier one please", [NINE, TWO], NINE),
    ("yes, that one", [NINE], NINE),
    ("mid-morning is better", [NINE, TWO], None),
    ("mid-morning", [NINE, at("2026-11-24T10:00"), TWO], at("2026-11-24T10:00")),
    ("mid-afternoon is fine", [NINE, TWO], TWO),
    ("tenish", [NINE, at("2026-11-24T10:00")], at("2026-11-24T10:00")),
]


@pytest.mark.parametrize(("words", "offers", "choice"), CHOICES, ids=[row[0] for row in CHOICES])
def test_who_asks_for_another_time_has_chosen_none(
    words: str, offers: list[datetime], choice: datetime | None
) -> None:
    assert pick(words, offers, now=at(MONDAY)) == choice


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("the thirty-first of next month", "February thirty-first"),
        ("February 29", "February twenty-ninth in 2027"),
    ],
)
def test_a_day_that_is_none_is_refused_in_a_sentence(words: str, names: str) -> None:
    with pytest.raises(ValueError, match=names):
        resolve(words, now=at(LATE_JANUARY))

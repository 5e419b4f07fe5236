"""Monday, 23 November 2026, nine in the morning in Chicago."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shop.words.dates import When, pick, resolve

SHOP = ZoneInfo("America/Chicago")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=SHOP)


def nov(day: int) -> date:
    return date(2026, 11, day)


def dec(day: int) -> date:
    return date(2026, 12, day)


DAYS = [
    ("2026-11-24", nov(24)),
    ("today", nov(23)),
    ("can I come in today", nov(23)),
    ("tomorrow", nov(24)),
    ("the day after tomorrow", nov(25)),
    ("tuesday", nov(24)),
    ("Tues please", nov(24)),
    ("monday", nov(30)),
    ("this monday", nov(23)),
    ("this friday", nov(27)),
    ("next tuesday", dec(1)),
    ("tuesday next week", dec(1)),
    ("Tuesday morning next week", dec(1)),
    ("on tuesday at ten next week", dec(1)),
    ("Tuesday afternoon at two, next week", dec(1)),
    ("next week on friday", dec(4)),
    ("tuesday week", dec(1)),
    ("a week from tuesday", dec(1)),
    ("two weeks from tuesday", dec(8)),
    ("a week from today", nov(30)),
    ("the tuesday after next", dec(8)),
    ("the 3rd", dec(3)),
    ("the third", dec(3)),
    ("how about the twenty fourth", nov(24)),
    ("the twenty third", nov(23)),
    ("on the first", dec(1)),
    ("on the 31st", dec(31)),
    ("december third", dec(3)),
    ("December 3, please", dec(3)),
    ("3 december", dec(3)),
    ("the third of december", dec(3)),
    ("12/3", dec(3)),
    ("12/3/2026", dec(3)),
    ("november twenty fourth", nov(24)),
    ("November twenty-fourth", nov(24)),
    ("november second", date(2027, 11, 2)),
    ("in two days", nov(25)),
    ("two days from now", nov(25)),
    ("in a week", nov(30)),
    ("tuesday the 24th", nov(24)),
    ("thursday december third", dec(3)),
    ("book it wait no thursday", nov(26)),
    ("Tuesday. Actually, Friday.", nov(27)),
    ("i can't do tuesday how about thursday", nov(26)),
    ("not tuesday wednesday", nov(25)),
    ("tuesday doesn't work but thursday does", nov(26)),
    ("this afternoon", nov(23)),
    ("march 3rd 1985", date(1985, 3, 3)),
    ("december third nineteen eighty five", date(1985, 12, 3)),
    ("3/14/85", date(1985, 3, 14)),
    ("june first two thousand and one", date(2001, 6, 1)),
    ("february 29 2028", date(2028, 2, 29)),
    ("May 3rd", date(2027, 5, 3)),
]

NO_DAY = [
    "the first",
    "the second one",
    "the third option",
    "the first available",
    "give me a second",
    "may I come in",
    "it started last tuesday",
    "I was there two weeks ago",
    "are you open 24/7",
    "it's a 3/4 ton truck",
    "it sat for a month",
    "my sun visor is broken",
    "I march to work",
    "I live on third street",
    "",
    "...",
]


@pytest.mark.parametrize(("words", "day"), DAYS, ids=[words for words, _ in DAYS])
def test_a_named_day_is_found(words: str, day: date) -> None:
    assert resolve(words, now=NOW).day == day


@pytest.mark.parametrize("words", NO_DAY)
def test_other_words_are_no_day(words: str) -> None:
    assert resolve(words, now=NOW).day is None


@pytest.mark.parametrize(
    "words",
    [
        "next week",
        "some time soon",
        "any day",
        "any day next week",
        "as soon as possible",
        "sometime in december",
        "tuesday or wednesday",
        "ten or eleven",
        "the week after next",
        "the weekend",
    ],
)
def test_an_open_wish_is_vague(words: str) -> None:
    when = resolve(words, now=NOW)
    assert when.vague
    assert when.day is None


TIMES = [
    ("10", time(10)),
    ("ten", time(10)),
    ("10:30", time(10, 30)),
    ("14:30", time(14, 30)),
    ("at ten", time(10)),
    ("ten thirty", time(10, 30)),
    ("ten thirty please", time(10, 30)),
    ("ten oh five", time(10, 5)),
    ("half past nine", time(9, 30)),
    ("quarter to ten", time(9, 45)),
    ("a quarter past eleven", time(11, 15)),
    ("twenty past nine", time(9, 20)),
    ("ten minutes to nine", time(8, 50)),
    ("nine o'clock", time(9)),
    ("nine o clock", time(9)),
    ("noon", time(12)),
    ("2 pm", time(14)),
    ("2 p.m.", time(14)),
    ("two p m", time(14)),
    ("10am", time(10)),
    ("1030 am", time(10, 30)),
    ("12 am", time(0)),
    ("twelve", time(12)),
    ("two in the afternoon", time(14)),
    ("seven in the evening", time(19)),
    ("one", time(13)),
    ("at one", time(13)),
    ("three", time(15)),
    ("seven", time(7)),
    ("six thirty", time(18, 30)),
    ("yeah maybe ten", time(10)),
    ("let's do ten", time(10)),
    ("make it eleven", time(11)),
    ("how about two", time(14)),
    ("No problem, ten works", time(10)),
    ("noon is fine", time(12)),
    ("eight fifteen would be great", time(8, 15)),
    ("tuesday ten", time(10)),
    ("tuesday ten thirty", time(10, 30)),
    ("december 3rd ten thirty", time(10, 30)),
    ("next tuesday at ten in the morning", time(10)),
    ("tomorrow morning at eight", time(8)),
    ("2026-11-24T10:00:00-06:00", time(10)),
    ("2026-11-24T16:00:00Z", time(10)),
    ("nine no wait ten", time(10)),
    ("ten instead of nine", time(10)),
    ("can I come at 930", time(9, 30)),
]

NO_TIME = [
    "it's a 2018 Honda Civic",
    "a twenty eighteen honda civic",
    "F-150",
    "ford f one fifty",
    "two one seven five five five",
    "two one seven five five five oh one four two",
    "my number is 217-555-0142",
    "you can reach me at 217 555 0142",
    "it has about ten thousand miles on it",
    "it shakes at sixty miles an hour",
    "at ten thirty elm street",
    "I've had it for two years",
    "four new tires",
    "two cars",
    "in ten minutes",
    "six two seven oh four",
    "1HGCM82633A004352",
    "the one on friday",
    "that one",
    "it cost one fifty",
    "a three fifty z",
    "after three",
    "between nine and eleven",
    "it's a 4 cylinder",
]


@pytest.mark.parametrize(("words", "at"), TIMES, ids=[words for words, _ in TIMES])
def test_a_named_time_is_found(words: str, at: time) -> None:
    assert resolve(words, now=NOW).time == at


@pytest.mark.parametrize("words", NO_TIME)
def test_other_numbers_are_no_time(words: str) -> None:
    assert resolve(words, now=NOW).time is None


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ("first thing", "morning"),
        ("tuesday morning", "morning"),
        ("after lunch", "afternoon"),
        ("after three", "afternoon"),
        ("before noon", "morning"),
        ("between nine and eleven", "morning"),
        ("after work", "evening"),
        ("good morning", None),
        ("morning or afternoon", None),
        ("tuesday", None),
    ],
)
def test_part_of_the_day(words: str, part: str | None) -> None:
    assert resolve(words, now=NOW).part == part


STRETCHES = [
    ("after three", time(15), None),
    ("any time after 2 pm", time(14), None),
    ("later than three", time(15), None),
    ("not before ten", time(10), None),
    ("no earlier than two thirty", time(14, 30), None),
    ("I'm at work until four", time(16), None),
    ("before noon", None, time(12)),
    ("is there anything before ten", None, time(10)),
    ("before lunch", None, time(12)),
    ("no later than four", None, time(16, 1)),
    ("between nine and eleven", time(9), time(11)),
    ("tuesday morning after ten", time(10), time(12)),
    ("in the afternoon", time(12), time(17)),
    ("after work", time(17), None),
    ("right after lunch", time(13), time(17)),
    ("tuesday at ten in the morning", None, None),
    ("tuesday", None, None),
    ("I called earlier than tuesday", None, None),
]


@pytest.mark.parametrize(("words", "since", "until"), STRETCHES, ids=[row[0] for row in STRETCHES])
def test_a_stretch_of_the_day_is_found(words: str, since: time | None, until: time | None) -> None:
    when = resolve(words, now=NOW)
    assert (when.since, when.until) == (since, until)


ORDERS = [
    ("the earliest one you have", "first"),
    ("right after lunch", "first"),
    ("first thing on tuesday", "first"),
    ("the last appointment of the day", "last"),
    ("end of the day friday", "last"),
    ("as late as possible", "last"),
    ("do you have anything later on tuesday", "later"),
    ("later that day", "later"),
    ("anything earlier", "earlier"),
    ("something sooner", "earlier"),
    ("as soon as possible", "soonest"),
    ("the next available", "soonest"),
    ("can you call me later", None),
    ("I called earlier about tuesday", None),
    ("later this week", None),
    ("no later than four", None),
    ("half past three or later", None),
    ("the first one", None),
    ("tuesday at ten", None),
]


@pytest.mark.parametrize(("words", "order"), ORDERS, ids=[row[0] for row in ORDERS])
def test_an_end_of_the_day_or_a_step_is_found(words: str, order: str | None) -> None:
    assert resolve(words, now=NOW).order == order


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("february 30", "February thirtieth"),
        ("february 29", "February twenty-ninth in 2027"),
        ("2026-13-01", "month number 13"),
        ("13/45", "month number 13"),
        ("the 32nd", "thirty-second"),
        ("tuesday the 25th", "Wednesday"),
        ("2026-11-24T25:00", "25:00"),
    ],
)
def test_an_impossible_date_is_refused_in_a_sentence(words: str, names: str) -> None:
    with pytest.raises(ValueError, match=names) as refusal:
        resolve(words, now=NOW)
    assert str(refusal.value)[-1] in ".?"


def test_now_must_be_aware() -> None:
    with pytest.raises(ValueError, match="aware"):
        resolve("today", now=NOW.replace(tzinfo=None))


def test_next_tuesday_in_the_week_clocks_change_is_a_calendar_day() -> None:
    before = datetime(2026, 10, 31, 23, 30, tzinfo=SHOP)
    assert resolve("next tuesday at ten", now=before) == When(date(2026, 11, 3), time(10))


def test_an_offset_is_brought_into_the_zone_of_the_shop() -> None:
    assert resolve("2026-11-25T03:00Z", now=NOW) == When(nov(24), time(21))


@given(st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_no_text_breaks_it(text: str) -> None:
    try:
        resolve(text, now=NOW)
    except ValueError as refusal:
        assert "?" in str(refusal) or "." in str(refusal)  # noqa: PT017 -- both outcomes are right


NINE = datetime(2026, 11, 24, 9, 0, tzinfo=SHOP)
TEN_THIRTY = datetime(2026, 11, 24, 10, 30, tzinfo=SHOP)
WEDNESDAY_TWO = datetime(2026, 11, 25, 14, 0, tzinfo=SHOP)
TWO = [NINE, TEN_THIRTY]
THREE = [NINE, TEN_THIRTY, WEDNESDAY_TWO]

CHOICES = [
    ("the first one", TWO, NINE),
    ("the first", TWO, NINE),
    ("the second", TWO, TEN_THIRTY),
    ("the second one please", THREE, TEN_THIRTY),
    ("the third one", THREE, WEDNESDAY_TWO),
    ("the third one", TWO, None),
    ("the later one", TWO, TEN_THIRTY),
    ("the later one", THREE, None),
    ("the earlier one", TWO, NINE),
    ("the last one", THREE, WEDNESDAY_TWO),
    ("the latest you have", THREE, WEDNESDAY_TWO),
    ("the middle one", THREE, TEN_THIRTY),
    ("ten thirty", THREE, TEN_THIRTY),
    ("ten thirty please", THREE, TEN_THIRTY),
    ("10:30 am", THREE, TEN_THIRTY),
    ("the nine", TWO, NINE),
    ("nine works", TWO, NINE),
    ("i'll take the nine o'clock", TWO, NINE),
    ("no the second one", TWO, TEN_THIRTY),
    ("nine no wait ten thirty", TWO, TEN_THIRTY),
    ("not nine ten thirty", TWO, TEN_THIRTY),
    ("wednesday", THREE, WEDNESDAY_TWO),
    ("tuesday", THREE, None),
    ("tuesday at nine", THREE, NINE),
    ("tuesday the first one", THREE, NINE),
    ("wednesday afternoon", THREE, WEDNESDAY_TWO),
    ("the afternoon one", THREE, WEDNESDAY_TWO),
    ("in the morning", THREE, None),
    ("the 25th", THREE, WEDNESDAY_TWO),
    ("two", THREE, WEDNESDAY_TWO),
    ("2026-11-24T10:30:00-06:00", THREE, TEN_THIRTY),
    ("that works", [NINE], NINE),
    ("yes please", [NINE], NINE),
    ("no problem that works", [NINE], NINE),
    ("that works", TWO, None),
    ("either is fine", TWO, NINE),
    ("whichever", TWO, NINE),
    ("neither", TWO, None),
    ("neither works", [NINE], None),
    ("that doesn't work", [NINE], None),
    ("eleven", TWO, None),
    ("do you have anything later", TWO, None),
    ("give me a second", TWO, None),
    ("nine or ten thirty", TWO, None),
    ("friday", THREE, None),
    ("what else do you have", TWO, None),
    ("hmm", TWO, None),
    ("february 30", TWO, None),
    ("yes", [], None),
    ("the first one", [], None),
]


@pytest.mark.parametrize(
    ("words", "options", "chosen"), CHOICES, ids=[f"{w} of {len(o)}" for w, o, _ in CHOICES]
)
def test_a_choice_among_offered_times(
    words: str, options: list[datetime], chosen: datetime | None
) -> None:
    assert pick(words, options, now=NOW) == chosen


def test_offers_in_universal_time_are_read_in_the_zone_of_the_shop() -> None:
    offers = [option.astimezone(UTC) for option in TWO]
    assert pick("ten thirty", offers, now=NOW) == TEN_THIRTY

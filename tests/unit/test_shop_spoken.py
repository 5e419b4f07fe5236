"""Text for the ear."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from shop.words import spoken


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (spoken.day(date(2026, 11, 24)), "Tuesday, November twenty-fourth"),
        (spoken.day(date(2026, 11, 1)), "Sunday, November first"),
        (spoken.day(date(2026, 12, 30)), "Wednesday, December thirtieth"),
        (spoken.day(date(2026, 12, 12)), "Saturday, December twelfth"),
        (spoken.time(time(9)), "nine AM"),
        (spoken.time(time(14, 30)), "two thirty PM"),
        (spoken.time(time(9, 5)), "nine oh five AM"),
        (spoken.time(time(12)), "noon"),
        (spoken.time(time(0)), "midnight"),
        (spoken.time(time(12, 30)), "twelve thirty PM"),
        (spoken.time(time(0, 15)), "twelve fifteen AM"),
        (spoken.money(8000), "eighty dollars"),
        (spoken.money(100), "one dollar"),
        (spoken.money(12_950), "one hundred twenty-nine dollars and fifty cents"),
        (spoken.money(1), "one cent"),
        (spoken.money(0), "zero dollars"),
        (spoken.money_range(4000, 8000), "forty to eighty dollars"),
        (spoken.money_range(4000, 4000), "forty dollars"),
        (spoken.money_range(20_000, 120_000), "two hundred to one thousand two hundred dollars"),
        (spoken.phone("+12175550142"), "two one seven, five five five, zero one four two"),
        (spoken.phone("+493090"), "four nine three, zero nine zero"),
        (spoken.vehicle(2019, "Honda", "Civic"), "twenty nineteen Honda Civic"),
        (spoken.vehicle(2005, "Ford", "F-150"), "two thousand five Ford F-150"),
        (spoken.vehicle(1999, "BMW", "328i"), "nineteen ninety-nine BMW 328i"),
        (spoken.vehicle(2000, "Kia", ""), "two thousand Kia"),
        (spoken.vehicle(1905, "Rolls", "Ten"), "nineteen oh five Rolls Ten"),
        (spoken.plate("BX 41920"), "B X, four one nine two zero"),
        (
            spoken.vin("1HGCM82633A004352"),
            "one H G, C M eight two six three, three A zero zero, four three five two",
        ),
        (spoken.one_of(["nine AM", "ten AM", "two PM"]), "nine AM, ten AM or two PM"),
        (spoken.all_of(["oil", "brakes"]), "oil and brakes"),
        (spoken.one_of(["noon"]), "noon"),
        (spoken.one_of([]), ""),
        (spoken.duration(30), "thirty minutes"),
        (spoken.duration(60), "an hour"),
        (spoken.duration(90), "an hour and a half"),
        (spoken.duration(120), "two hours"),
        (spoken.duration(150), "two and a half hours"),
        (spoken.duration(75), "seventy-five minutes"),
        (spoken.a("oil change"), "an oil change"),
        (spoken.a("brake service"), "a brake service"),
        (spoken.a("engine diagnostics"), "engine diagnostics"),
        (spoken.ordinal(100), "one hundredth"),
    ],
)
def test_words(said: str, words: str) -> None:
    assert said == words


def test_a_moment_is_said_on_the_shops_own_clock() -> None:
    nine = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
    said = spoken.moment(nine, ZoneInfo("America/Chicago"))
    assert said == "Tuesday, November twenty-fourth at nine AM"


@pytest.mark.parametrize("value", [-1, 1_000_000])
def test_numbers_nobody_says(value: int) -> None:
    with pytest.raises(ValueError, match="said in words"):
        spoken.number(value)

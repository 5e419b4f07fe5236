"""What a check digit sees, what it cannot see, and what a number says by itself."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.cars import alike, makers, vin
from shop.cars.nhtsa import VinDecoding
from shop.cars.vin import Doubt
from shop.errors import BadValue

SIGNS = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
YEARS = "ABCDEFGHJKLMNPRSTVWXY123456789"
ACCORD = "1HGCM82633A004352"


def adding_up(number: str) -> str:
    return f"{number[:8]}{vin.check_digit(number)}{number[9:]}"


AMERICAN = st.builds(
    "".join,
    st.tuples(
        st.sampled_from("12345"),
        st.text(SIGNS, min_size=8, max_size=8),
        st.sampled_from(YEARS),
        st.text(SIGNS, min_size=3, max_size=3),
        st.text("0123456789", min_size=4, max_size=4),
    ),
).map(adding_up)


@given(AMERICAN, st.integers(0, 16), st.sampled_from(SIGNS))
def test_one_wrong_character_is_caught_unless_it_has_the_same_value(
    number: str, place: int, other: str
) -> None:
    wrong = number[:place] + other + number[place + 1 :]
    equal = vin.check_digit(other * 17) == vin.check_digit(number[place] * 17)
    unseen = place != 8 and equal
    assert vin.adds_up(wrong) == (unseen or other == number[place])


@given(AMERICAN)
def test_what_is_in_doubt_is_just_what_the_digit_lets_through(number: str) -> None:
    doubts = vin.confusions(number)
    told = {(d.place, other) for d in doubts for other in d.instead}
    for place, other in told:
        changed = number[: place - 1] + other + number[place:]
        assert vin.adds_up(changed)
        assert place != 9
        assert place != 10 or other in YEARS
        assert place < 14 or other.isdecimal()
    for at, heard in enumerate(number):
        for other in alike.partners(heard):
            passes = vin.adds_up(number[:at] + other + number[at + 1 :])
            free = at not in {8, 9, *range(13, 17)}
            assert not (passes and free) or (at + 1, other) in told
    assert all(d.heard == number[d.place - 1] for d in doubts)


def test_the_blind_pairs_follow_from_the_table() -> None:
    values = {sign: vin.check_digit(sign * 17) for sign in SIGNS}
    pairs = {
        one + other
        for one in SIGNS
        for other in alike.partners(one)
        if one < other and values[one] == values[other]
    }
    assert pairs == {"AJ", "8H", "6F", "CT", "3C", "3T", "EV", "GP"}


@given(AMERICAN, st.integers(0, 16), st.data())
def test_every_repair_is_right_and_the_true_one_is_among_them(
    number: str, place: int, data: st.DataObject
) -> None:
    others = [c for c in alike.partners(number[place]) if c in SIGNS]
    if not others:
        return
    wrong = number[:place] + data.draw(st.sampled_from(others)) + number[place + 1 :]
    if vin.adds_up(wrong):
        return
    mends = vin.repairs(wrong)
    for mend in mends:
        assert vin.adds_up(wrong[: mend.place - 1] + mend.instead + wrong[mend.place :])
    assert Doubt(place + 1, wrong[place], number[place]) in mends


def test_a_number_that_does_not_add_up_has_no_doubts_but_a_digit() -> None:
    assert vin.confusions("1HGCN82633A004352") == ()


@pytest.mark.parametrize(
    ("number", "asked"),
    [
        (
            "1HGCN82633A004352",
            "Is it M as in Mary and not N as in Nora in the fifth place?"
            " If not, could you read it again?",
        ),
        (
            "1HGCM82633A004392",
            "Is it the number five and not the number nine in the sixteenth place?"
            " If not, could you read it again?",
        ),
        (
            "5YJSA1E14HF000316",
            "Could you read it again, with a word for each letter, such as B as in boy?",
        ),
    ],
    ids=["M for N", "five for nine", "too many to choose from"],
)
def test_a_mend_is_asked_about_and_never_taken(number: str, asked: str) -> None:
    with pytest.raises(BadValue) as refused:
        vin.check(number)
    assert str(refused.value).endswith(f"doesn't fit the rest. {asked}")
    assert number not in str(refused.value)


@pytest.mark.parametrize(
    ("doubts", "asked"),
    [
        (
            [Doubt(4, "A", "J")],
            "Is that A as in apple or J as in Juliet in the fourth place?",
        ),
        (
            [Doubt(4, "C", "3T")],
            "Is that C as in Charlie, the number three or T as in Tom in the fourth place?",
        ),
        (
            [Doubt(4, "C", "3T"), Doubt(6, "8", "H")],
            "Do I have it right: C as in Charlie in the fourth place and the number eight in the"
            " sixth place?",
        ),
    ],
    ids=["one is a choice", "of three", "several are read back"],
)
def test_doubts_are_asked_about(doubts: list[Doubt], asked: str) -> None:
    assert vin.question(doubts) == asked


def test_every_character_can_be_named_and_is_understood_as_named() -> None:
    assert [vin.clean(alike.named(sign)) for sign in SIGNS] == list(SIGNS)


def test_likeness_goes_both_ways_and_has_a_degree() -> None:
    for one in SIGNS:
        for other in alike.partners(one):
            assert one in alike.partners(other)
            assert alike.distance(one, other) == alike.distance(other, one) is not None
    assert [alike.distance(*pair) for pair in ("MN", "AJ", "8B", "WR")] == [0, 1, 2, None]
    assert alike.partners("A")[0] == "8"


ALONE = "not from the registry: maker and year were worked out from the number alone"
ELSEWHERE = "its maker writes the model year elsewhere than in the tenth place"
UNCHECKED = "without a check digit the tenth character need not be the model year"
AHEAD = "its tenth character would be a model year that is still to come"
NOBODY = "its first three characters stand for no single maker we know of"


@pytest.mark.parametrize(
    ("number", "make", "year", "more"),
    [
        (ACCORD, "Honda", 2003, ()),
        ("1HGCM8F63LA004352", "Honda", 2020, ()),
        (adding_up("JHMCM8A60GA004352"), "Honda", 2016, ()),
        ("WVWZZZ1JZXW000001", "Volkswagen", None, (UNCHECKED,)),
        (adding_up("6FPAAAJG0WKA12345"), "Ford", None, (ELSEWHERE,)),
        (adding_up("1HGCM8A60WA004352"), "Honda", None, (AHEAD,)),
        (adding_up("11111111011111111"), None, 2001, (NOBODY,)),
        (adding_up("1GNCM8A60HA004352"), "Chevrolet", 2017, ()),
        (adding_up("WDDCM8A60HA004352"), None, 2017, (NOBODY,)),
    ],
    ids=[
        "before 2010", "a letter in the seventh place is later", "an import for America",
        "an import for elsewhere", "a maker with a year of its own place", "a year to come",
        "no maker", "the country is left out", "a maker of several names",
    ],
)  # fmt: skip
def test_what_a_number_says_by_itself(
    number: str, make: str | None, year: int | None, more: tuple[str, ...]
) -> None:
    number = adding_up(number) if number[0] == "1" else number
    found = makers.from_number(number, this_year=2026)
    told = VinDecoding(number, year, make, None, None, None, source="number")
    assert found == replace(told, warnings=(ALONE, *more))
    assert not found.definite


@given(st.text(SIGNS, min_size=17, max_size=17))
def test_any_number_can_be_asked_without_the_registry(number: str) -> None:
    found = makers.from_number(number, this_year=2026)
    assert found.model is None
    assert found.year is None or 1980 <= found.year <= 2027

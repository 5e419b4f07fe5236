"""Telephone numbers, VINs and plates, however they are said."""

import random

import pytest

from shop.cars import vin
from shop.cars.vin import VinCheck
from shop.errors import BadValue
from shop.people import phone
from shop.words import spelled


@pytest.mark.parametrize(
    "said",
    [
        "2175550142",
        "217-555-0142",
        "(217) 555-0142",
        "217.555.0142",
        "1 217 555 0142",
        "+12175550142",
        "tel:+1-217-555-0142",
        "217-555-0142 ext. 12",
        "two one seven five five five oh one four two",
        "two one seven, double five five, zero one forty two",
        "it's two one seven triple five zero one four two please",
        "my number is 217 555 oh one four two",
    ],
)
def test_one_number_in_many_ways(said: str) -> None:
    assert phone.normalize(said) == "+12175550142"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("one eight hundred five five five one two one two", "+18005551212"),
        ("1-800-FLOWERS", "+18003569377"),
        ("+49 30 901820", "+4930901820"),
        ("217 555 0199", "+12175550199"),
    ],
    ids=["a toll-free one", "letters of the keypad", "a foreign one", "one set aside for fiction"],
)
def test_other_numbers(said: str, kept: str) -> None:
    assert phone.normalize(said) == kept


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("", "ten digits"),
        ("banana", "ten digits"),
        ("anonymous", "ten digits"),
        ("555-0142", "area code too"),
        ("217 555 014", "that was 9"),
        ("one two three", "that was 3"),
        ("0175550142", "area code can't begin"),
        ("2170550142", "after the area code can't begin"),
        ("900 555 0142", "premium"),
        ("9" * 40, "ten digits"),
        ("sip:bob@example.com", "ten digits"),
    ],
)
def test_nonsense_is_refused_in_words(said: str, why: str) -> None:
    with pytest.raises(BadValue, match=why) as refused:
        phone.normalize(said)
    assert refused.value.field == "phone_number"
    assert not said or said not in str(refused.value)


@pytest.mark.parametrize(
    ("number", "year"),
    [
        ("1HGCM82633A004352", 2003),
        ("1HGBH41JXMN109186", 1991),
        ("1M8GDM9AXKP042788", 1989),
        ("11111111111111111", 2001),
        ("5YJSA1E14HF000316", None),
    ],
)
def test_vins_that_add_up(number: str, year: int | None) -> None:
    if year is not None:
        assert vin.check(number) == VinCheck(number)
        assert vin.year_of(number) == year
    else:
        assert vin.year_of(number) == 2017


@pytest.mark.parametrize(
    ("number", "rule"),
    [
        ("1HGCM82633A00435", "seventeen characters, and I got 16"),
        ("1HGCM82633A0043521", "seventeen characters, and I got 18"),
        ("", "I got 0"),
        ("1HGCM82633AO04352", "no I, O or Q"),
        ("IHGCM82633A004352", "no I, O or Q"),
        ("1HGCM82633A0Q4352", "no I, O or Q"),
        ("1HGCM82633A123456", "check digit"),
        ("1HGCM82643A004352", "check digit"),
        ("1HGCM82633A00435é", "character"),
    ],
)
def test_a_wrong_vin_says_which_rule_it_breaks(number: str, rule: str) -> None:
    with pytest.raises(BadValue, match=rule) as refused:
        vin.check(number)
    assert refused.value.field == "vin"


def test_a_check_digit_is_no_rule_for_imports() -> None:
    assert vin.check("WVWZZZ1JZXW000001").warnings


def test_no_single_wrong_character_but_its_equals_gets_past_the_check_digit() -> None:
    rng = random.Random(7)
    number = "1HGCM82633A004352"
    values = {c: vin.check_digit(c * 17) for c in "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"}
    for _ in range(200):
        place, other = rng.randrange(17), rng.choice("ABCDEFGHJKLMNPRSTUVWXYZ0123456789")
        wrong = number[:place] + other + number[place + 1 :]
        if place == 0 and other not in "12345":
            continue
        if wrong == number or (place != 8 and values[other] == values[number[place]]):
            continue
        with pytest.raises(BadValue):
            vin.check(wrong)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("1hgcm82633a004352", "1HGCM82633A004352"),
        ("1HG-CM8263-3A00-4352", "1HGCM82633A004352"),
        ("1HGCM82633AOO4352", "1HGCM82633A004352"),
        ("one hotel golf charlie mike 8 2 6 3 3 alpha oh oh 4 3 5 2", "1HGCM82633A004352"),
    ],
)
def test_a_vin_as_it_is_read_out(said: str, meant: str) -> None:
    assert vin.clean(said) == meant


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("BX 41920", "BX41920"),
        ("bx forty one nine twenty", "BX41920"),
        ("B as in boy, X-ray, four one nine two zero", "BX41920"),
        ("it's BX 41920", "BX41920"),
        ("license plate number TRK-8812", "TRK8812"),
        ("T R K double eight one two", "TRK8812"),
    ],
)
def test_a_plate_as_it_is_read_out(said: str, meant: str) -> None:
    assert spelled.characters(said) == meant


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("seven forty two elm", "742 elm"),
        ("seven hundred and forty two elm", "742 elm"),
        ("nine hundred five main", "905 main"),
        ("eight hundred five five five", "800555"),
        ("six two seven oh four", "62704"),
    ],
)
def test_numbers_inside_a_sentence(said: str, written: str) -> None:
    assert spelled.in_figures(said) == written

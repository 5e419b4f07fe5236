"""Plates, VINs and how a customer comes, heard in the middle of sentences."""

import pytest

from graph.models.rulebook.coming import coming_in
from graph.models.rulebook.escalate import for_people
from graph.models.rulebook.marks import plate_within, vin_within, without_marks
from graph.models.rulebook.names import Name, name_in

VIN = "1HGCM82633A004352"


@pytest.mark.parametrize(
    "said",
    [
        "The VIN is one H G C M eight two six three three A zero zero four three five two",
        "I only have the VIN: one H G C M eight two six three three A zero zero four three five 2",
        "it's 1HGCM82633A004352 I think",
        "1HG CM8 2633A 004352",
        "it's a one hotel golf charlie mike eight two six double three alpha zero zero four three"
        " five two thanks",
    ],
)
def test_a_vin_is_heard_in_any_sentence(said: str) -> None:
    assert vin_within(said) == VIN


@pytest.mark.parametrize(
    "said",
    [
        "my number is two one seven five five five zero one six three",
        "it's a 2018 Honda Civic",
        "April twelfth nineteen eighty five",
        "seven forty two Elm Street, six two seven zero four",
    ],
)
def test_other_numbers_are_no_vin(said: str) -> None:
    assert vin_within(said) == ""


@pytest.mark.parametrize(
    ("said", "plate", "rest"),
    [
        ("a Civic, the plate is B as in boy, X, five five one nine", "BX5519", "a civic the"),
        ("wait, the plate was wrong, it is D as in dog, X, 5 5 one nine", "DX5519", "wait the"),
        ("plate number is DX 5519 and it's red", "DX5519", "and it's red"),
        ("license plate ABC 123", "ABC123", ""),
        ("plates: bravo x-ray 4 1 9 2 0", "BX41920", ""),
        (
            "the plate is b x four one nine two zero and I need an oil change on Tuesday at ten",
            "BX41920",
            "the and i need an oil change on tuesday at ten",
        ),
        ("I don't know my plate", "", "i don't know my"),
        ("it's a BMW X five", "", "it's a bmw x five"),
    ],
)  # fmt: skip
def test_a_plate_is_heard_in_any_sentence_and_is_no_car(said: str, plate: str, rest: str) -> None:
    assert (plate_within(said), without_marks(said)) == (plate, rest)


@pytest.mark.parametrize(
    ("said", "asked_for"),
    [
        ("I'll wait for it", {"visit": "wait"}),
        ("could I wait there", {"visit": "wait"}),
        ("can I drop it off the night before", {"visit": "drop_off"}),
        ("I'll drop the keys in the box", {"visit": "key_drop"}),
        ("I'd leave it before you open", {"visit": "early_bird"}),
        ("I need a loaner", {"ride": "loaner"}),
        ("drop it off and get a ride to work", {"visit": "drop_off", "ride": "shuttle"}),
        ("when can I drop it off", {}),
        ("I don't need a loaner", {}),
        ("wait, make it ten", {}),
        ("I can't wait there", {}),
        ("put me on the waiting list", {}),
        ("I want to wait until Friday", {}),
    ],
)
def test_how_a_customer_comes_is_taken_from_their_words(
    said: str, asked_for: dict[str, str]
) -> None:
    assert coming_in(said) == asked_for


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Maria Lopez speaking", Name("Maria", "Lopez")),
        ("let's see, I'm Bill O'Neil", Name("Bill", "O'Neil")),
        ("my name is Grace Kim, yeah, it's for a Camry", Name("Grace", "Kim")),
        ("April Jones", Name("April", "Jones")),
        ("April twelfth nineteen eighty five", Name()),
        ("hold on a second", Name()),
        ("my husband", Name()),
    ],
)
def test_only_a_name_is_taken_for_one(said: str, name: Name) -> None:
    assert name_in(said, asked=True) == name


@pytest.mark.parametrize(
    ("said", "matter"),
    [
        ("I'm calling about my bill", "your bill"),
        ("about the last bill", "your bill"),
        ("my name is Bill O'Neil", ""),
        ("name's Bill", ""),
    ],
)
def test_a_caller_called_bill_has_no_question_about_one(said: str, matter: str) -> None:
    assert for_people(said) == matter

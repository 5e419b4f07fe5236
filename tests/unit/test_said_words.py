"""What callers say of themselves: that they will come, that they speak for somebody, a proof."""

import pytest

from shop.words.attending import will_come
from shop.words.onbehalf import speaks_for
from shop.words.stated import was_said

BORN = "1985-04-12"
PLATE = "BX41920"
HOME = "742 Elm Street, 62704"
VIN = "1HGCM82633A004352"
OIL = "oil change in september"

SAID = [
    ("birth_date", BORN, ["April twelfth nineteen eighty five"]),
    ("birth_date", "April 12, 1985", ["it's 4/12/85"]),
    ("birth_date", "04121985", ["oh four twelve nineteen eighty five"]),
    ("birth_date", BORN, ["sure", "April twelfth", "nineteen eighty-five", "thanks"]),
    ("birth_date", BORN, ["It's April twelfth 1985 and my zip is 62704"]),
    ("plate", PLATE, ["my plate is B X four one nine two zero"]),
    ("plate", PLATE, ["B as in boy, X, 4 1 9", "2 0"]),
    ("plate", PLATE, ["BX 41-920, the blue one"]),
    ("vin", VIN, [VIN]),
    ("vin", VIN, ["one H G C M eight two six three three", "A zero zero four three five two"]),
    ("address", HOME, ["seven forty two Elm Street, six two seven oh four"]),
    ("address", "742 Elm St Springfield IL 62704", ["742 elm street", "and the zip is 62704"]),
    ("last_service", OIL, ["an oil change in September"]),
    ("last_service", "tire rotation in august", ["you rotated my tires in August"]),
]
NEVER_SAID = [
    ("birth_date", BORN, ["cancel my appointment", "I'm Maria"]),
    ("birth_date", BORN, ["April the 12th"]),
    ("birth_date", BORN, ["April twelfth", "yes", "no", "well", "hm", "nineteen eighty five"]),
    ("birth_date", BORN, ["April thirteenth nineteen eighty five"]),
    ("plate", PLATE, ["I don't know the plate"]),
    ("plate", PLATE, ["BX 4192"]),
    ("vin", VIN, ["it's a Honda"]),
    ("address", HOME, ["62704"]),
    ("address", HOME, ["742 Oak Street, 62704"]),
    ("last_service", OIL, ["in September I guess"]),
    ("last_service", OIL, ["an oil change"]),
    ("shoe_size", "ten", ["ten"]),
    ("plate", "", ["anything"]),
    ("plate", PLATE, []),
]


@pytest.mark.parametrize(("factor", "value", "turns"), SAID)
def test_a_proof_that_was_said_in_any_form_was_said(
    factor: str, value: str, turns: list[str]
) -> None:
    assert was_said(factor, value, turns)


@pytest.mark.parametrize(("factor", "value", "turns"), NEVER_SAID)
def test_a_proof_that_nobody_said_was_not_said(factor: str, value: str, turns: list[str]) -> None:
    assert not was_said(factor, value, turns)


COMES = [
    "Yes, I'll be there", "yes", "Yes I can make it", "see you then", "yes please", "confirm",
    "Yeah that still works for me", "we'll be there", "Sure, I'm coming",
]  # fmt: skip
NOT_SURE = [
    "no", "I can't make it", "Yes but can we move it", "I'll be there if I can", "I think so",
    "Yes, this is Maria", "what time was it?", "I'll come by later", "yes, please cancel it",
    "I'll be a bit late", "", "hello?", "April twelfth nineteen eighty five",
]  # fmt: skip


@pytest.mark.parametrize("words", COMES)
def test_who_says_so_will_come(words: str) -> None:
    assert will_come(words)


@pytest.mark.parametrize("words", NOT_SURE)
def test_anything_else_is_no_promise_to_come(words: str) -> None:
    assert not will_come(words)


@pytest.mark.parametrize(
    ("words", "whom"),
    [
        ("I'm her husband Peter", "another"),
        ("I'm calling for my wife", "another"),
        ("I'm asking on behalf of a friend", "another"),
        ("this is his assistant", "another"),
        ("when is my wife's appointment", "perhaps another"),
        ("cancel my mother's oil change appointment", "perhaps another"),
        ("it's my wife's car", None),
        ("I'd like to move my appointment", None),
        ("my husband will bring it", None),
    ],
)
def test_who_speaks_for_somebody_else_is_heard(words: str, whom: str | None) -> None:
    assert speaks_for(["hello", words]) == whom

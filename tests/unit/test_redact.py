"""Card and social security numbers are cut out; everything else is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.words.redact import CARD, SSN, redacted

# The card schemes' own published test numbers.
VISA = "4111111111111111"
AMEX = "378282246310005"


@pytest.mark.parametrize(
    "said",
    [
        VISA,
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "four one one one, one one one one, one one one one, one one one one",
        "Four One One One 1111 1111 1111",
        AMEX,
        "3782 822463 10005",
    ],
)
def test_a_card_number_is_cut_however_it_is_said(said: str) -> None:
    assert redacted(f"my card is {said} thanks") == f"my card is {CARD} thanks"


def test_what_stands_around_it_in_the_same_breath_stays() -> None:
    assert redacted(f"{VISA} 04 27") == f"{CARD} 04 27"


def test_a_social_security_number_is_cut() -> None:
    assert redacted("it's 078-05-1120") == f"it's {SSN}"


@pytest.mark.parametrize(
    "said",
    [
        "two one seven, five five five, zero one four two",
        "+1 217 555 0142 or 217 555 0177",
        "1HGCM82633A004352",
        "a 2018 Honda Civic with 61,200 miles",
        "742 Elm Street, 62704",
        "april 12 1985 at 10:30",
        "BX 41920",
    ],
)
def test_numbers_of_the_trade_are_left_alone(said: str) -> None:
    assert redacted(said) == said


@given(st.text(max_size=200))
def test_any_text_is_taken_and_taken_once(text: str) -> None:
    assert redacted(redacted(text)) == redacted(text)

"""Telephone numbers: however they are said or typed, E.164 is what is kept. Pure."""

import phonenumbers
from phonenumbers import PhoneNumberType, ValidationResult

from shop.errors import BadValue
from shop.words import spelled

_REGION = "US"


def normalize(text: str) -> str:
    """The number in E.164, from any US format, typed or spoken; foreign ones need their plus sign.

    Only the shape of a number is checked, not whether its range is in use: new ranges open faster
    than tables are updated, and the numbers that are set aside for fiction (555-01XX) must work.

    Raises:
        BadValue: It cannot be a number that somebody is called back at; the text says why.
    """
    said = spelled.digits(text) if spelled.has_words(text) else text.strip()
    try:
        number = phonenumbers.parse(said, _REGION)
    except phonenumbers.NumberParseException:
        raise BadValue(_NOT_A_NUMBER, field="phone_number") from None
    _check(number)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


_NOT_A_NUMBER = "I need a phone number with its area code, ten digits in all."


def _check(number: phonenumbers.PhoneNumber) -> None:
    count = len(phonenumbers.national_significant_number(number))
    shape = phonenumbers.is_possible_number_with_reason(number)
    if shape != ValidationResult.IS_POSSIBLE:
        if count == 7 and number.country_code == 1:
            raise BadValue("I need the area code too.", field="phone_number")
        raise BadValue(
            f"I need ten digits with the area code, and that was {count}.", field="phone_number"
        )
    if number.country_code == 1:
        _check_north_american(phonenumbers.national_significant_number(number))
    if phonenumbers.number_type(number) == PhoneNumberType.PREMIUM_RATE:
        raise BadValue("I can't use a premium-rate number.", field="phone_number")


def _check_north_american(national: str) -> None:
    """Area codes and exchanges begin with 2 to 9 (https://nationalnanpa.com, NPA-NXX-XXXX)."""
    if national[0] in "01":
        raise BadValue(
            "An area code can't begin with a zero or a one. What's the whole number?",
            field="phone_number",
        )
    if national[3] in "01":
        raise BadValue(
            "The three digits after the area code can't begin with a zero or a one. What's the"
            " whole number?",
            field="phone_number",
        )
    if national.startswith("900"):
        raise BadValue("I can't use a premium-rate number.", field="phone_number")

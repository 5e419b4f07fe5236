"""What callers say of themselves and their cars, and how each is written down or asked again."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.cars.vehicles import NewVehicle
from shop.errors import BadValue
from shop.people import address
from shop.people.customers import NewCustomer
from shop.words import said

ZOE = NewCustomer("Zoe", "Quinn", "217 555 0166")
CIVIC = NewVehicle(2019, "Honda", "Civic")


@pytest.mark.parametrize(
    ("wrong", "field", "asked"),
    [
        ({"first_name": ""}, "first_name", "first name"),
        ({"first_name": " \t\x00 "}, "first_name", "first name"),
        ({"first_name": "2"}, "first_name", "first name"),
        ({"last_name": "x" * 51}, "last_name", "last name"),
        ({"last_name": "!?"}, "last_name", "last name"),
        ({"phone": "banana"}, "phone_number", "area code"),
        ({"phone": "555 0166"}, "phone_number", "area code too"),
        ({"email": "zoe"}, "email", "e-mail"),
        ({"email": "zoe@quinn"}, "email", "e-mail"),
        ({"email": "zoe@@example.com"}, "email", "e-mail"),
        ({"email": "zoe quinn@example.com"}, "email", "e-mail"),
        ({"email": ".zoe@example.com"}, "email", "e-mail"),
        ({"email": "zoe@-example.com"}, "email", "e-mail"),
        ({"email": "zoe@localhost"}, "email", "e-mail"),
        ({"email": "zoe@[127.0.0.1]"}, "email", "e-mail"),
        ({"email": "Zoe <zoe@example.com>"}, "email", "e-mail"),
        ({"email": "z" * 65 + "@example.com"}, "email", "e-mail"),
        ({"email": "zoe@" + "a.b" * 100 + ".com"}, "email", "e-mail"),
        ({"email": "zoë@example.com"}, "email", "e-mail"),
        ({"street_address": "-"}, "street_address", "street"),
        ({"street_address": "7 Elm " * 30}, "street_address", "street"),
        ({"city": "62704"}, "city", "city"),
        ({"city": "x" * 81}, "city", "city"),
        ({"state": "Illinoise"}, "state", "state"),
        ({"state": "XX"}, "state", "state"),
        ({"state": "ILL"}, "state", "state"),
        ({"zip_code": "6270"}, "zip_code", "five digits"),
        ({"zip_code": "627044"}, "zip_code", "five digits"),
        ({"zip_code": "00000"}, "zip_code", "five digits"),
        ({"zip_code": "SW1A 1AA"}, "zip_code", "five digits"),
        ({"zip_code": "٦٢٧٠٤"}, "zip_code", "five digits"),
    ],
)
def test_what_a_person_is_asked_again(wrong: dict[str, Any], field: str, asked: str) -> None:
    with pytest.raises(BadValue, match=asked) as refused:
        replace(ZOE, **wrong).cleaned()
    assert refused.value.field == field
    (value,) = wrong.values()
    assert len(value) < 3 or value not in str(refused.value)


@pytest.mark.parametrize(
    ("wrong", "field", "asked"),
    [
        ({"year": 1949}, "year", "year"),
        ({"year": 2028}, "year", "year"),
        ({"make": ""}, "make", "make"),
        ({"make": "x" * 41}, "make", "make"),
        ({"model": "--"}, "model", "model"),
        ({"model": "\x00"}, "model", "model"),
        ({"current_mileage": -1}, "current_mileage", "miles"),
        ({"current_mileage": 2**31}, "current_mileage", "miles"),
        ({"license_plate": "ABC 123 456 789"}, "license_plate", "plate"),
        ({"vin": "1HGCM82633A00435"}, "vin", "seventeen"),
        ({"vin": "1HGCM82633A123456"}, "vin", "check digit"),
    ],
)
def test_what_is_asked_again_of_a_car(wrong: dict[str, Any], field: str, asked: str) -> None:
    with pytest.raises(BadValue, match=asked) as refused:
        replace(CIVIC, **wrong).cleaned(this_year=2026)
    assert refused.value.field == field


def test_a_person_as_they_are_written_down() -> None:
    stated = NewCustomer(
        "  zoe\x00 ann ",
        "O’Quinn",
        "two one seven 555 0166",
        email="Zoe.Quinn@Example.COM",
        street_address="742  Elm\nStreet",
        city=" St. Louis ",
        state="missouri",
        zip_code="six three one oh one",
    )
    assert stated.cleaned() == NewCustomer(
        "zoe ann",
        "O’Quinn",
        "+12175550166",
        email="zoe.quinn@example.com",
        street_address="742 Elm Street",
        city="St. Louis",
        state="MO",
        zip_code="63101",
    )
    assert "Zoe" not in repr(stated)
    empty = replace(ZOE, email=" ", street_address="", city=" ", state="", zip_code=" ")
    assert empty.cleaned() == replace(ZOE, phone="+12175550166")


def test_a_car_as_it_is_written_down() -> None:
    stated = NewVehicle(
        2027, " Land \t Rover", "F-150", color=" Dark  RED ", license_plate="bx-41 920",
        vin="1hgcm82633a004352", trim=" XLT ", current_mileage=0,
    )  # fmt: skip
    assert stated.cleaned(this_year=2026) == NewVehicle(
        2027, "Land Rover", "F-150", color="dark red", license_plate="BX41920",
        vin="1HGCM82633A004352", trim="XLT", current_mileage=0,
    )  # fmt: skip
    blank = replace(CIVIC, color=" ", license_plate="", vin=" ", trim="\t")
    assert blank.cleaned(this_year=2026) == CIVIC


@pytest.mark.parametrize(
    ("stated", "kept"),
    [
        ("jane@example.com", "jane@example.com"),
        (" Jane.Doe+cars@Example.Com ", "jane.doe+cars@example.com"),
        ("jane at example dot com", "jane@example.com"),
        ("Jane dot Doe at example dot com", "jane.doe@example.com"),
        ("jane underscore d at my dash shop dot co dot uk", "jane_d@my-shop.co.uk"),
        ("j a n e at example dot com", "jane@example.com"),
        ("jane@bücher.de", "jane@xn--bcher-kva.de"),
    ],
)
def test_an_email_address_said_or_typed(stated: str, kept: str) -> None:
    assert address.email(stated) == kept


@pytest.mark.parametrize(
    ("stated", "kept"),
    [
        ("IL", "IL"), ("il", "IL"), ("I. L.", "IL"), ("i l", "IL"), ("Illinois", "IL"),
        ("state of illinois", "IL"), ("New  York", "NY"), ("the District of Columbia", "DC"),
        ("D.C.", "DC"), ("washington, dc", "DC"), ("Washington", "WA"), ("Puerto Rico", "PR"),
        ("Guam", "GU"), ("U.S. Virgin Islands", "VI"), ("west virginia", "WV"),
    ],
)  # fmt: skip
def test_a_state_said_or_typed(stated: str, kept: str) -> None:
    assert address.state(stated) == kept


@pytest.mark.parametrize(
    ("stated", "kept"),
    [
        ("62704", "62704"),
        ("62704-1234", "62704-1234"),
        ("627041234", "62704-1234"),
        (" 62704 1234 ", "62704-1234"),
        ("six two seven oh four", "62704"),
        ("00501", "00501"),
    ],
)
def test_a_zip_code_said_or_typed(stated: str, kept: str) -> None:
    assert address.zip_code(stated) == kept


TEXTS = st.text(max_size=300)


def _kept(stated: NewCustomer) -> NewCustomer | str:
    """As it is written down, or the field that is asked for again."""
    try:
        return stated.cleaned()
    except BadValue as refused:
        return refused.field


@given(TEXTS, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS)
def test_any_text_is_kept_in_form_or_asked_again(
    first: str, street: str, city: str, state: str, zip_code: str, email: str
) -> None:
    for wrong in (
        {"first_name": first}, {"street_address": street}, {"city": city}, {"state": state},
        {"zip_code": zip_code}, {"email": email}, {"phone": first},
    ):  # fmt: skip
        stated = replace(ZOE, **wrong)
        kept = _kept(stated)
        if isinstance(kept, str):
            assert kept in {*wrong, "phone_number"}
        else:
            assert kept.cleaned() == kept


@given(TEXTS)
def test_what_is_said_fits_on_a_line_that_postgresql_takes(text: str) -> None:
    words = said.optional(text, most=40)
    if words is None:
        with pytest.raises(BadValue, match="What is it about"):
            said.needed(text, "What is it about?", name="topic")
        return
    assert len(words) <= 40
    assert words.isprintable()
    words.encode()


def test_no_part_of_an_address_is_quoted_where_a_person_is_shown() -> None:
    whole = replace(ZOE, email="z@example.com", street_address="7 Elm", city="Peru", state="IL")
    assert repr(replace(whole, zip_code="61354")) == "NewCustomer()"

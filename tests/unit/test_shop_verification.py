"""What proves who is calling, and what does not."""

from datetime import date
from uuid import UUID

import pytest

from shop.cars.vehicles import Vehicle
from shop.people.customers import Customer, CustomerFile
from shop.people.verification import matches

_ID = UUID(int=1)


def customer(**changes: object) -> Customer:
    fields: dict[str, object] = {
        "id": _ID,
        "phone": "+12175550142",
        "email": None,
        "first_name": "Maria",
        "last_name": "Lopez",
        "date_of_birth": date(1985, 4, 12),
        "street_address": "742 Elm Street",
        "city": "Springfield",
        "state": "IL",
        "zip_code": "62704",
    }
    return Customer(**{**fields, **changes})  # type: ignore[arg-type]  # a table of fields


def car(vin: str | None, plate: str | None) -> Vehicle:
    return Vehicle(_ID, _ID, vin, plate, 2019, "Honda", "Civic")


FILE = CustomerFile(
    customer(),
    (car("1HGCM82633A004352", "BX 41920"), car("1M8GDM9AXKP042788", "TRK 8812")),
    "brake inspection",
    date(2026, 8, 14),
)
BARE = CustomerFile(
    customer(date_of_birth=None, street_address="", zip_code=""), (car(None, None), car("", ""))
)

PROOFS = [
    ("birth_date", "april twelfth nineteen eighty five"),
    ("birth_date", "April 12, 1985"),
    ("birth_date", "1985-04-12"),
    ("birth_date", "4/12/85"),
    ("birth_date", "oh four twelve nineteen eighty five"),
    ("birth_date", "it's the twelfth of april eighty five"),
    ("vin", "1HGCM82633A004352"),
    ("vin", "1hg cm8 2633 A OO4352"),
    ("vin", "one H G C M eight two six three three A double zero four three five two"),
    ("vin", "1M8GDM9AXKP042788"),
    ("plate", "BX 41920"),
    ("plate", "b x four one nine two oh"),
    ("plate", "B as in boy X forty one nine twenty"),
    ("plate", "tango romeo kilo eighty eight twelve"),
    ("plate", "the plate is TRK-8812"),
    ("address", "742 Elm Street, 62704"),
    ("address", "seven forty two elm street six two seven oh four"),
    ("address", "I live at seven hundred forty two Elm in Springfield, zip 62704-1234"),
    ("address", "742 elm st apt 3, Springfield Illinois 6 2 7 0 4"),
    ("last_service", "brake inspection in august"),
    ("last_service", "I had a brake inspection on August fourteenth"),
    ("last_service", "the brakes inspection last August, 2026"),
]
NO_PROOFS = [
    ("birth_date", ""),
    ("birth_date", "april"),
    ("birth_date", "april twelfth"),
    ("birth_date", "1985"),
    ("birth_date", "december fourth nineteen eighty five"),
    ("birth_date", "april twelfth nineteen eighty six"),
    ("birth_date", "april 12 1985 or april 13 1985"),
    ("birth_date", "february 30 1985"),
    ("vin", ""),
    ("vin", "004352"),
    ("vin", "1HGCM82633A004353"),
    ("plate", ""),
    ("plate", "   "),
    ("plate", "419"),
    ("plate", "41920"),
    ("plate", "BX 41920 TRK 8812"),
    ("address", ""),
    ("address", "742 Elm Street"),
    ("address", "62704"),
    ("address", "elm street 62704"),
    ("address", "742 Oak Street, 62704"),
    ("address", "742 Elm Street, 62703"),
    ("address", "62704 742 Elm Street"),
    ("address", "742 743 744 Elm Street, 62704"),
    ("last_service", ""),
    ("last_service", "august"),
    ("last_service", "brake inspection"),
    ("last_service", "brake inspection in july"),
    ("last_service", "brake inspection in july or august"),
    ("last_service", "oil change or brake inspection in august"),
    ("last_service", "brake inspection on august thirteenth"),
    ("phone", "0142"),
    ("phone", "+12175550142"),
    ("name", "Maria Lopez"),
    ("", "april twelfth nineteen eighty five"),
]


@pytest.mark.parametrize(("factor", "stated"), PROOFS)
def test_what_proves_it(factor: str, stated: str) -> None:
    assert matches(factor, stated, FILE)


@pytest.mark.parametrize(("factor", "stated"), NO_PROOFS)
def test_what_does_not(factor: str, stated: str) -> None:
    assert not matches(factor, stated, FILE)


@pytest.mark.parametrize("stated", ["", " ", "none", "april twelfth nineteen eighty five", "0000"])
@pytest.mark.parametrize("factor", ["birth_date", "vin", "plate", "address", "last_service"])
def test_nothing_matches_a_file_that_holds_nothing(factor: str, stated: str) -> None:
    assert not matches(factor, stated, BARE)


@pytest.mark.parametrize("factor", ["vin", "plate", "address", "last_service"])
def test_a_fact_of_another_kind_proves_nothing(factor: str) -> None:
    assert not matches(factor, "1985-04-12", FILE)


@pytest.mark.parametrize(
    ("street", "stated"),
    [
        ("120 5th Avenue", "120 Fifth Avenue 62704"),
        ("18 N Oak Ave", "eighteen north oak avenue, 62704"),
        ("9 Martin Luther King Drive", "nine martin luther king drive 62704"),
    ],
)
def test_streets_are_written_in_more_than_one_way(street: str, stated: str) -> None:
    file = CustomerFile(customer(street_address=street), ())
    assert matches("address", stated, file)


def test_nothing_personal_is_in_a_repr() -> None:
    shown = repr(FILE)
    for secret in ("Maria", "Lopez", "5550142", "1985", "Elm", "62704", "41920", "1HGCM"):
        assert secret not in shown

"""What the rulebook finds in callers' words, typed and as a recogniser writes them."""

import pytest

from graph.models.rulebook.cars import Car, car_in, merged, model_in, same_car
from graph.models.rulebook.marks import vin_within
from graph.models.rulebook.names import Name, name_in
from graph.models.rulebook.proofs import proof_in
from graph.models.rulebook.services import service_in, services_in
from graph.models.rulebook.words import collapsed, year_in

SERVICES = [
    ("I need an oil change", "oil_change"),
    ("i need an all change", "oil_change"),
    ("my oil needs changing", "oil_change"),
    ("rotate the tires please", "tire_rotation"),
    ("tire rotation", "tire_rotation"),
    ("i want my tires rotated", "tire_rotation"),
    ("my brakes are squeaking", "brake_inspection"),
    ("my breaks are grinding", "brake_inspection"),
    ("my brakes have a problem", "brake_inspection"),
    ("new brake pads for the front", "brake_service"),
    ("i need my brakes replaced", "brake_service"),
    ("a brake job", "brake_service"),
    ("the check engine light is on", "engine_diagnostics"),
    ("it makes a weird noise when i turn", "engine_diagnostics"),
    ("my car won't start", "engine_diagnostics"),
    ("there is an oil leak under the car", "engine_diagnostics"),
    ("something is wrong with the engine", "engine_diagnostics"),
    ("state inspection", "inspection"),
    ("it's time for a tune up", "general_maintenance"),
    ("i have a flat tire", "general_maintenance"),
    ("thirty thousand mile service", "general_maintenance"),
    ("the transmission is slipping", "transmission_service"),
    ("i got a recall letter", "recall"),
    ("not an oil change a tire rotation", "tire_rotation"),
    ("a tire rotation instead of an oil change", "tire_rotation"),
    ("you always give good service", None),
    ("daniel brooks", None),
    ("tuesday at ten", None),
    ("", None),
]


@pytest.mark.parametrize(("said", "service"), SERVICES, ids=[s or "silence" for s, _ in SERVICES])
def test_a_service_is_known_by_its_words(said: str, service: str | None) -> None:
    assert service_in(said) == service


def test_two_wishes_in_one_sentence_are_both_found_in_their_order() -> None:
    assert services_in("a tire rotation and an oil change") == ["tire_rotation", "oil_change"]


NAMES_ASKED = [
    ("Daniel Brooks", Name("Daniel", "Brooks")),
    ("daniel brooks", Name("Daniel", "Brooks")),
    ("my name is daniel brooks", Name("Daniel", "Brooks")),
    ("uh it's daniel brooks please", Name("Daniel", "Brooks")),
    ("yeah this is mary ann smith", Name("Mary Ann", "Smith")),
    ("maria de la cruz", Name("Maria", "De La Cruz")),
    ("kevin o'neil", Name("Kevin", "O'Neil")),
    ("kevin o neil", Name("Kevin", "O'Neil")),
    ("yeah it's uh robert williams", Name("Robert", "Williams")),
    ("sarah smith-jones", Name("Sarah", "Smith-Jones")),
    ("first name daniel last name brooks", Name("Daniel", "Brooks")),
    ("daniel and my last name is brooks", Name("Daniel", "Brooks")),
    ("brooks b r o o k s", Name("Brooks")),
    ("daniel brooks b r o o k s", Name("Daniel", "Brooks")),
    ("it's daniel brooks and i drive a honda civic", Name("Daniel", "Brooks")),
    ("daniel", Name("Daniel")),
    ("sure it's mister brooks", Name("Brooks")),
    ("put it under daniel brooks", Name("Daniel", "Brooks")),
    ("why do you need that", Name()),
    ("i would rather not say", Name()),
    ("no", Name()),
    ("what", Name()),
    ("tuesday at ten", Name()),
    ("", Name()),
]


@pytest.mark.parametrize(
    ("said", "name"), NAMES_ASKED, ids=[s or "silence" for s, _ in NAMES_ASKED]
)
def test_an_answer_to_the_name_question_is_a_name(said: str, name: Name) -> None:
    assert name_in(said, asked=True) == name


NAMES_UNASKED = [
    ("hi my name is daniel brooks and i need an oil change", Name("Daniel", "Brooks")),
    ("this is Mary O'Neil calling", Name("Mary", "O'Neil")),
    ("hi i'm daniel brooks i need an oil change", Name("Daniel", "Brooks")),
    ("i'm calling about my car", Name()),
    ("this is about my appointment", Name()),
    ("i'm extremely annoyed", Name()),
    ("i am looking for a mechanic", Name()),
    ("honda civic two thousand eighteen", Name()),
    ("this is great news", Name()),
]


@pytest.mark.parametrize(("said", "name"), NAMES_UNASKED, ids=[s for s, _ in NAMES_UNASKED])
def test_without_the_question_only_an_introduction_gives_a_name(said: str, name: Name) -> None:
    assert name_in(said) == name


CARS = [
    ("2018 Honda Civic", Car(2018, "Honda", "Civic")),
    ("honda civic two thousand eighteen", Car(2018, "Honda", "Civic")),
    ("it's a twenty eighteen honda civic", Car(2018, "Honda", "Civic")),
    ("a two thousand and nine toyota camry", Car(2009, "Toyota", "Camry")),
    ("nineteen ninety nine ford ranger", Car(1999, "Ford", "Ranger")),
    ("twenty oh nine chevy silverado fifteen hundred", Car(2009, "Chevrolet", "Silverado 1500")),
    ("an '18 civic", Car(2018, "Honda", "Civic")),
    ("my oh nine camry", Car(2009, "Toyota", "Camry")),
    ("ford f one fifty twenty twenty", Car(2020, "Ford", "F-150")),
    ("2015 F-150", Car(2015, "Ford", "F-150")),
    ("blue honda c r v from two thousand twelve", Car(2012, "Honda", "CR-V", "Blue")),
    ("toyota rav four twenty nineteen", Car(2019, "Toyota", "RAV4")),
    ("a two thousand six jeep grand cherokee", Car(2006, "Jeep", "Grand Cherokee")),
    ("tesla model three", Car(None, "Tesla", "Model 3")),
    ("a toyota", Car(None, "Toyota")),
    ("2016 hyundai veloster", Car(2016, "Hyundai", "Veloster")),
    ("2011 saab nine three", Car(2011, "Saab", "Nine Three")),
    ("ram fifteen hundred two thousand seventeen", Car(2017, "Ram", "1500")),
    ("mazda three twenty fourteen", Car(2014, "Mazda", "Mazda3")),
    ("two thousand eighteen", Car(2018)),
    ("i don't know", Car()),
    ("", Car()),
]


@pytest.mark.parametrize(("said", "car"), CARS, ids=[s or "silence" for s, _ in CARS])
def test_an_answer_to_the_car_question_is_a_car(said: str, car: Car) -> None:
    assert car_in(said, asked=True, this_year=2026) == car


CARS_UNASKED = [
    ("an oil change for my 2018 honda civic on tuesday at ten", Car(2018, "Honda", "Civic")),
    ("can you fit me in on the edge of the day", Car()),
    ("my civic needs brakes", Car(None, "Honda", "Civic")),
    ("i live at twenty eighteen maple street", Car()),
    ("tuesday at nine", Car()),
    ("my focus is on price", Car()),
    ("i need to escape tomorrow", Car()),
]


@pytest.mark.parametrize(("said", "car"), CARS_UNASKED, ids=[s for s, _ in CARS_UNASKED])
def test_in_a_sentence_only_a_plain_car_is_a_car(said: str, car: Car) -> None:
    assert car_in(said, this_year=2026) == car


def test_a_car_told_in_pieces_is_put_together() -> None:
    whole = merged(merged(Car(make="Honda"), Car(model="Civic")), Car(year=2018))
    assert whole == Car(2018, "Honda", "Civic")


def test_another_make_is_another_car_but_keeps_the_year() -> None:
    assert merged(Car(2018, "Honda", "Civic"), Car(make="Toyota")) == Car(2018, "Toyota", "")


@pytest.mark.parametrize(
    ("words", "car", "same"),
    [
        ("twenty eighteen Honda Civic", Car(None, "Honda", "Civic"), True),
        ("twenty eighteen Honda Civic", Car(2018, "Honda", ""), True),
        ("twenty eighteen Honda Civic", Car(2019, "Honda", "Civic"), False),
        ("twenty fifteen Toyota Tacoma", Car(None, "Honda", "Civic"), False),
    ],
)
def test_a_car_on_file_is_recognised_in_words(words: str, car: Car, same: bool) -> None:
    assert same_car(words, car) is same


def test_an_unheard_of_model_is_taken_as_it_was_said() -> None:
    assert model_in("it's a veloster") == "Veloster"


PROOFS = [
    ("march fifth nineteen eighty five", ("birth_date", "march fifth nineteen eighty five")),
    ("3/5/1985", ("birth_date", "3/5/1985")),
    ("my birthday is the fifth of march", ("birth_date", "my birthday is the fifth of march")),
    ("my plate is a b c one two three four", ("plate", "ABC1234")),
    ("ABC 1234", ("plate", "ABC1234")),
    ("b x four one nine two", ("plate", "BX4192")),
    ("123 main street 62701", ("address", "123 main street 62701")),
    (
        "four twelve oak street zip six two seven oh one",
        ("address", "four twelve oak street zip six two seven oh one"),
    ),
    ("1HGCM82633A004352", ("vin", "1HGCM82633A004352")),
    ("my last service was an oil change", ("last_service", "my last service was an oil change")),
    ("i don't know", None),
    ("no", None),
    ("", None),
]


@pytest.mark.parametrize(("said", "proof"), PROOFS, ids=[s or "silence" for s, _ in PROOFS])
def test_a_proof_is_known_by_its_look(said: str, proof: tuple[str, str] | None) -> None:
    assert proof_in(said, asked=True) == proof


@pytest.mark.parametrize(
    "said",
    [
        "vin is one h g c m eight two six three three a zero zero four three five two",
        "1HG CM8 2633A004352",
        "one h g c m eight two six double three a double zero four three five two",
    ],
)
def test_a_vin_read_letter_by_letter_is_put_together(said: str) -> None:
    assert vin_within(f"my vin number is {said}") == "1HGCM82633A004352"


@pytest.mark.parametrize(
    "said", ["i need an oil change tomorrow please", "extraordinarilylong", "my vin", ""]
)
def test_words_are_no_vin(said: str) -> None:
    assert vin_within(said) == ""


@pytest.mark.parametrize(
    ("said", "year"),
    [
        ("two thousand", 2000),
        ("two thousand and four", 2004),
        ("nineteen eighty seven", 1987),
        ("twenty twenty six", 2026),
        ("it has two thousand miles", None),
        ("twenty one", None),
        ("two one seven five five five oh one four two", None),
    ],
)
def test_a_year_is_heard_in_words(said: str, year: int | None) -> None:
    found = year_in(said)
    assert (found[0] if found else None) == year


def test_spelled_letters_and_doubled_digits_collapse() -> None:
    assert collapsed("a b double five oh one") == "AB5501"

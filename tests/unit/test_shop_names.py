"""Whether a name that was said is the one on file."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shop.people.names import same_person

SAME = [
    ("Maria Lopez", "Maria", "Lopez"),
    ("maria lopez", "MARIA", "LOPEZ"),
    ("Lopez Maria", "Maria", "Lopez"),
    ("Lopez, Maria", "Maria", "Lopez"),
    ("María López", "Maria", "Lopez"),
    ("Maria Lopez", "María", "López"),
    ("Jorg Muller", "Jörg", "Müller"),
    ("Soren Ostergaard", "Søren", "Østergaard"),
    ("Mike Brooks", "Michael", "Brooks"),
    ("Michael Brooks", "Mike", "Brooks"),
    ("Micheal Brooks", "Mike", "Brooks"),
    ("Bill Brooks", "William", "Brooks"),
    ("Bob Brooks", "Rob", "Brooks"),
    ("Jon Brooks", "John", "Brooks"),
    ("John Brooks", "Jonathan", "Brooks"),
    ("Catherine Hill", "Katherine", "Hill"),
    ("Kate Hill", "Catherine", "Hill"),
    ("Sara Hill", "Sarah", "Hill"),
    ("Stephen Hill", "Steven", "Hill"),
    ("Steve Hill", "Stephen", "Hill"),
    ("Alex Hill", "Alexandra", "Hill"),
    ("Alex Hill", "Alexander", "Hill"),
    ("Sarah Smith Jones", "Sarah", "Smith-Jones"),
    ("Sarah Smith-Jones", "Sarah", "Smith Jones"),
    ("Mary Ann Smith", "Mary-Ann", "Smith"),
    ("Maryann Smith", "Mary Ann", "Smith"),
    ("Mary Smith", "Mary Ann", "Smith"),
    ("Maria Elena Lopez", "Maria", "Lopez"),
    ("Maria E. Lopez", "Maria Elena", "Lopez"),
    ("Kevin O Neil", "Kevin", "O'Neil"),
    ("Kevin Oneil", "Kevin", "O\u2019Neil"),
    ("Maria Dela Cruz", "Maria", "De La Cruz"),
    ("Ann Mc Donald", "Anne", "McDonald"),
    ("John Smith Junior", "John", "Smith Jr."),
    ("John Smith", "John", "Smith III"),
    ("John Smith Jr.", "John", "Smith"),
    ("Mr. John Smith", "John", "Smith"),
    ("Dr. Ng Jo", "Jo", "Ng"),
    ("John Senior", "John", "Senior"),
]

OTHERS = [
    ("Mick Brooks", "Mike", "Brooks"),
    ("Maria Brooks", "Mike", "Brooks"),
    ("Mick Brooks", "Michael", "Brooks"),
    ("M Brooks", "Mike", "Brooks"),
    ("M. Brooks", "M", "Brooks"),
    ("M", "Mike", "Brooks"),
    ("M M", "M", "M"),
    ("Mike", "Mike", "Brooks"),
    ("Brooks", "Mike", "Brooks"),
    ("Mike Mike", "Mike", "Brooks"),
    ("Brooks Brooks", "Mike", "Brooks"),
    ("Mike B", "Mike", "Brooks"),
    ("Mike Brook", "Mike", "Brooks"),
    ("", "Mike", "Brooks"),
    ("   ", "Mike", "Brooks"),
    ("", "", ""),
    ("Mike Brooks", "", "Brooks"),
    ("Mike Brooks", "Mike", ""),
    ("- '", "-", "'"),
    ("Alexander Hill", "Alexandra", "Hill"),
    ("Christina Hill", "Christopher", "Hill"),
    ("Patrick Hill", "Patricia", "Hill"),
    ("Samuel Hill", "Samantha", "Hill"),
    ("Maria Garcia", "Maria", "Lopez"),
    ("Maria Lopez Garcia", "Maria", "Lopez"),
    ("Maria Lopez", "Maria", "Lopez Garcia"),
    ("Maria Elena Lopez", "Maria Isabel", "Lopez"),
    ("Elena Lopez", "Maria Elena", "Lopez"),
    ("Ann Smith", "Mary Ann", "Smith"),
    ("John Smith Junior", "John", "Smith Sr."),
    ("Mike or Michael or Bill Brooks Brooks Brooks Brooks Brooks", "Mike", "Brooks"),
    ("%", "Mike", "Brooks"),
    ("Mike %", "Mike", "Brooks"),
    ("Mike' OR '1'='1", "Mike", "Brooks"),
]


@pytest.mark.parametrize(("stated", "first", "last"), SAME)
def test_one_person_is_named_in_several_ways(stated: str, first: str, last: str) -> None:
    assert same_person(stated, first, last)


@pytest.mark.parametrize(("stated", "first", "last"), OTHERS)
def test_another_name_is_another_person(stated: str, first: str, last: str) -> None:
    assert not same_person(stated, first, last)


@given(st.text(max_size=40), st.text(max_size=20), st.text(max_size=20))
@settings(max_examples=100, deadline=None)
def test_no_text_breaks_it_and_none_fits_nobody(stated: str, first: str, last: str) -> None:
    same_person(stated, first, last)
    assert not same_person(stated, "", last)
    assert not same_person(stated, first, "")
    assert not same_person("", first, last)


@given(st.sampled_from("abcdefghijklmnopqrstuvwxyzé"), st.sampled_from([r[1] for r in SAME]))
def test_an_initial_never_stands_for_a_name(initial: str, first: str) -> None:
    assert not same_person(f"{initial} Brooks", first, "Brooks")

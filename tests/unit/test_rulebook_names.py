"""Answers to "What's your name?": which are names, and what the name is."""

import pytest

from graph.models.rulebook.names import Name, name_in

NAMES = [
    ("Maria, Maria Lopez", Name("Maria", "Lopez")),
    ("It's Mike, Mike Johnson", Name("Mike", "Johnson")),
    ("Mike Johnson. Mike.", Name("Mike", "Johnson")),
    ("Maria Lopez, Maria Lopez", Name("Maria", "Lopez")),
    ("Bond, James Bond", Name("James", "Bond")),
    ("The name is Fields, Dana Fields", Name("Dana", "Fields")),
    ("Lopez comma Maria", Name("Maria", "Lopez")),
    ("Maria Lopez, L O P E Z", Name("Maria", "Lopez")),
    ("Mr. Daniel Brooks", Name("Daniel", "Brooks")),
    ("John Smith Junior", Name("John", "Smith Junior")),
    ("Will Smith", Name("Will", "Smith")),
    ("José García", Name("Jose", "Garcia")),
    ("Jean-Luc Picard", Name("Jean-Luc", "Picard")),
    ("Absolutely, Dana Fields", Name("Dana", "Fields")),
    ("Full name Dana Fields", Name("Dana", "Fields")),
    ("Harrison Ford", Name("Harrison", "Ford")),
    ("April May", Name("April", "May")),
    ("Mark Can", Name("Mark")),
    ("Bob is fine", Name("Bob")),
    ("You can call me Bob Dylan", Name("Bob", "Dylan")),
    ("Dana Fields is my name", Name("Dana", "Fields")),
]

NO_NAMES = [
    "Could you, um, tell me why",
    "Could you say that again",
    "Hold on",
    "Hold on a second",
    "Why do you need that",
    "It's me again",
    "It's me",
    "The same as before",
    "Same as last time",
    "You should have it on file",
    "Don't you have that",
    "Do I have to",
    "Does it matter",
    "Did you get that",
    "May I speak to someone",
    "Might be on the record",
    "Is that necessary",
    "Was it not on the record",
    "Whose name",
    "My husband's name or mine",
    "Under my wife's name",
    "Forget it",
    "Never mind",
    "None of your business",
    "That's private",
    "Excuse me",
    "Pardon",
    "Anonymous",
    "Both",
    "Guess",
    "It depends",
    "Quick question",
    "Real quick question",
    "Nice to meet you",
    "Absolutely",
    "Certainly",
    "Would you believe I forgot",
    "Are you a robot",
    "Will do",
    "Will that take long",
    "Honda Civic",
    "I beg your pardon",
]


@pytest.mark.parametrize(("said", "name"), NAMES, ids=[said for said, _ in NAMES])
def test_a_name_is_taken_once_and_in_its_order(said: str, name: Name) -> None:
    assert name_in(said, asked=True) == name


@pytest.mark.parametrize("said", NO_NAMES)
def test_a_question_back_or_a_refusal_is_no_name(said: str) -> None:
    assert name_in(said, asked=True) == Name()

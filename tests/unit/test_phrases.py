"""Tokens to clauses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice.phrases import ClauseCutter


def cut(text: str) -> list[str]:
    """Cut a text that arrives in tokens of one word each."""
    cutter = ClauseCutter()
    clauses = []
    for at, word in enumerate(text.split(" ")):
        clauses += cutter.push(word if at == 0 else f" {word}")
    return clauses + cutter.flush()


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("One. Two? Three!", ["One.", " Two?", " Three!"]),
        ("We open at eight a.m. on Monday.", ["We open at eight a.m. on Monday."]),
        ("It is $40.50 today. Fine?", ["It is $40.50 today.", " Fine?"]),
        (
            "On Tuesday I have nine AM, ten AM or two PM.",
            ["On Tuesday I have nine AM,", " ten AM or two PM."],
        ),
        ("Sure, no problem.", ["Sure, no problem."]),
        ("no end", ["no end"]),
    ],
    ids=[
        "at the end of sentences",
        "not at an abbreviation",
        "not inside a number",
        "at the first comma once four words are there",
        "not at an early comma",
        "what is left comes with the flush",
    ],
)
def test_clauses(text: str, clauses: list[str]) -> None:
    assert cut(text) == clauses


def test_a_clause_leaves_with_its_last_character() -> None:
    cutter = ClauseCutter()
    assert cutter.push("Sure") == []
    assert cutter.push(".") == ["Sure."]


@given(st.lists(st.text(max_size=12), max_size=30))
def test_no_character_is_lost_or_added(tokens: list[str]) -> None:
    cutter = ClauseCutter()
    clauses = [clause for token in tokens for clause in cutter.push(token)]
    clauses += cutter.flush()
    assert "".join(clauses).strip() == "".join(tokens).strip() or "".join(tokens).isspace()

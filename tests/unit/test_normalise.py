"""Text for the ear, and how much of the text was heard when so much of it was said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice.figures import count, in_pairs, nth, one_by_one
from voice.normalise import spoken
from voice.phrases import ClauseCutter
from voice.playback import BYTES_PER_MS, Playback

READ = {
    "whole dollars": ("an oil change is $45.", "an oil change is forty-five dollars."),
    "dollars and cents": ("$45.50, $0.99", "forty-five dollars and fifty cents, ninety-nine cents"),
    "one dollar": ("$1", "one dollar"),
    "thousands": ("$1,250", "one thousand two hundred fifty dollars"),
    "a range of money": ("$40-$80 or $90–120", "forty to eighty dollars or ninety to one hundred"
                         " twenty dollars"),
    "money by the hour": ("$89/hr", "eighty-nine dollars per hour"),
    "a time": ("at 9:30 AM.", "at nine thirty AM."),
    "a full hour": ("2:00 PM or 9 am", "two PM or nine AM"),
    "minutes below ten": ("8:05 a.m. on Monday", "eight oh five AM on Monday"),
    "a time of 24 hours": ("14:30", "two thirty PM"),
    "opening hours": ("8 a.m. - 5 p.m.", "eight AM to five PM."),
    "opening hours, short": ("8-5 PM", "eight to five PM"),
    "a date": ("on 3/10, okay?", "on March tenth, okay?"),
    "a date with its year": ("3/10/2026", "March tenth, twenty twenty-six"),
    "a date of machines": ("2026-03-10", "March tenth, twenty twenty-six"),
    "a named month": ("Nov. 24", "November twenty-fourth"),
    "a short day": ("Mon, Nov 23rd", "Monday, November twenty-third"),
    "no date": ("24/7 and 13/45", "twenty-four seven and thirteen slash forty-five"),
    "a part of something": ("3/4 inch", "three quarters inch"),
    "a phone number": ("217-555-0142", "two one seven, five five five, zero one four two"),
    "a number of machines": ("+12175550142", "two one seven, five five five, zero one four two"),
    "a local number": ("555-0142", "five five five, zero one four two"),
    "a VIN": ("1HGCM82633A004352",
              "one H G, C M eight two six three, three A zero zero, four three five two"),
    "a plate": ("plate BX 41920", "plate B X, four one nine two zero"),
    "a plate in one": ("It's BX41920.", "It's B X, four one nine two zero."),
    "a truck": ("F-150 or F-250", "F one fifty or F two fifty"),
    "models": ("CX-5, CR-V, RAV4", "C X five, C R V, rav four"),
    "an oil": ("5W-30", "five W thirty"),
    "a model year": ("2019 Honda Civic", "twenty nineteen Honda Civic"),
    "a mileage": ("60,000 miles", "sixty thousand miles"),
    "an address": ("742 Elm St., Springfield, IL 62704",
                   "seven forty-two Elm Street, Springfield, IL six two seven zero four"),
    "saints and doctors": ("Dr. Smith, St. Louis", "Doctor Smith, Saint Louis"),
    "a drive": ("12 Oak Dr.", "twelve Oak Drive."),
    "short words": ("w/ filter, w/o tax, approx. 30 mins & more",
                    "with filter, without tax, approximately thirty minutes and more"),
    "how long": ("2-3 hrs", "two to three hours"),
    "a decimal": ("1.5 hours", "one point five hours"),
    "a share": ("10% off", "ten percent off"),
    "a rank": ("the 3rd", "the third"),
    "no markdown": ("**Nine AM** it _is_.", "Nine AM it is."),
    "a list": ("# Times\n- one\n- two", "Times one two"),
    "a link": ("see [our page](https://a.example/x)", "see our page"),
    "a web address": ("See https://www.example.com/x now", "See example dot com now"),
    "an e-mail address": ("bart@barts-auto.com", "bart at barts dash auto dot com"),
    "pictures": ("Great 🚗!", "Great !"),
    "nothing to say": ("** **", ""),
    "words": ("You're booked: Tuesday, November twenty-fourth at nine AM. Anything else?",) * 2,
}  # fmt: skip


@pytest.mark.parametrize(("text", "said"), READ.values(), ids=READ.keys())
def test_what_is_said_for_what_is_written(text: str, said: str) -> None:
    assert spoken(text).text == said


@pytest.mark.parametrize("said", [said for _, said in READ.values()], ids=READ.keys())
def test_what_is_in_words_stays_as_it_is(said: str) -> None:
    assert spoken(said).text == said


def test_numbers_in_words() -> None:
    assert [count(n) for n in (0, 19, 21, 100, 999_999)] == [
        "zero", "nineteen", "twenty-one", "one hundred",
        "nine hundred ninety-nine thousand nine hundred ninety-nine",
    ]  # fmt: skip
    assert [nth(n) for n in (1, 12, 20, 33)] == ["first", "twelfth", "twentieth", "thirty-third"]
    assert [in_pairs(n) for n in (5, 150, 500, 1905, 2000, 2009, 2026)] == [
        "five", "one fifty", "five hundred", "nineteen oh five", "two thousand",
        "two thousand nine", "twenty twenty-six",
    ]  # fmt: skip
    assert one_by_one("bx-4") == "B X four"


WRITTEN = st.sampled_from([text for text, _ in READ.values()])
PLAIN = st.sampled_from(["the", "oil", "change", "is", "ready,", "on", "Tuesday.", "Okay?"])
TEXTS = st.lists(PLAIN | WRITTEN, min_size=1, max_size=8).map(" ".join)


@pytest.mark.parametrize("text", [text for text, _ in READ.values()], ids=READ.keys())
@pytest.mark.parametrize("size", [1, 4, 1000])
def test_a_clause_at_a_time_is_said_like_the_whole(text: str, size: int) -> None:
    whole = f"I can tell you now: {text} Is that all right?"
    cutter = ClauseCutter()
    tokens = [whole[at : at + size] for at in range(0, len(whole), size)]
    clauses = [clause for token in tokens for clause in cutter.push(token)] + cutter.flush()
    said = " ".join(spoken(clause).text for clause in clauses)
    assert _bare(said) == _bare(spoken(whole).text)


def _bare(said: str) -> str:
    """Without the full stops of abbreviations, which end a sentence only where a clause ends."""
    return " ".join(said.replace(".", "").split())


@given(TEXTS)
def test_said_twice_is_said_once(text: str) -> None:
    assert spoken(spoken(text).text).text == spoken(text).text


@given(st.text(max_size=60))
def test_any_text_can_be_said(text: str) -> None:
    said = spoken(text)
    assert said.text == said.text.strip()
    assert list(said.ends) == sorted(said.ends)
    assert not said.text or said.ends[-1][0] == len(said.text)


@given(TEXTS, st.floats(0, 1))
def test_what_was_heard_of_a_clause_is_within_a_word_of_the_truth(text: str, share: float) -> None:
    """The truth is told by the voice, which takes as long for each character it says."""
    said = spoken(text)
    ms_per_character = 10
    playback = Playback()
    playback.begin(text, said=said)
    playback.voiced(bytes(len(said.text) * ms_per_character * BYTES_PER_MS), completes=True)
    playback.take(len(playback.audio), now_ms=0)
    heard = playback.heard(len(said.text) * ms_per_character * share)
    assert text.startswith(heard)
    at = int(len(said.text) * share)
    written = _word_ends(text)
    told = sum(end <= len(heard) for end in written)
    said_by = [_said_at(said.ends, end) for end in written]
    assert all(end <= at for end in said_by[:told])
    assert all(end > at for end in said_by[told + 1 + _ATOMIC :])


_ATOMIC = 1
"""So many written words more may be said as one with another: "9:30 AM" is heard whole."""


def _word_ends(text: str) -> list[int]:
    return [at + 1 for at, c in enumerate(text) if c != " " and text[at + 1 : at + 2] in ("", " ")]


def _said_at(ends: tuple[tuple[int, int], ...], written: int) -> int:
    """How much has been said when a written word is over."""
    return next((said for said, end in ends if end >= written), ends[-1][0] if ends else 0)


def test_a_phone_number_is_heard_when_its_last_digit_was_said() -> None:
    text = "Call 217-555-0142, please."
    said = spoken(text)
    before, after = said.text.index("two,"), said.text.index("please")
    assert text[: said.written(before)] == "Call"
    assert text[: said.written(after)] == "Call 217-555-0142,"

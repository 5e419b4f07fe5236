"""A caller without a model says what a person with those facts would, the same way every time."""

from typing import Any

import pytest

from evals.callers import GOOD_BYE, REFUSAL, UNKNOWN, FactCaller, ReplayCaller, caller_of
from evals.scenario import CallerScript

GREETING = "This is Sophie. How can I help you today?"
FACTS = {
    "name": "Ada Byron",
    "birth_date": "May first",
    "date_time": ["Sunday at ten", "Monday at ten"],
}


async def a_caller(**more: Any) -> FactCaller:
    """A caller who has said their first words."""
    caller = FactCaller(CallerScript(opening="hello", **{"facts": FACTS, **more}))
    assert await caller.says(GREETING) == "hello"
    return caller


@pytest.mark.anyio
async def test_a_replayed_caller_says_the_same_words_and_hangs_up() -> None:
    caller = caller_of(CallerScript(opening="hello", replies=["one", "two"]))
    assert isinstance(caller, ReplayCaller)
    assert [await caller.says(GREETING) for _ in range(4)] == ["hello", "one", "two", None]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("What's your first and last name?", "Ada Byron"),
        ("Shall I book it?", "Yes, please."),
        ("What's your date of birth, or your license plate?", "May first"),
        ("What's your license plate?", UNKNOWN),
        ("Anything else I can help with?", GOOD_BYE),
    ],
    ids=[
        "a fact that is asked for",
        "yes unless told otherwise",
        "the one they know of two that are asked for",
        "what they do not know",
        "good-bye when nothing is left to wish for",
    ],
)
async def test_the_answer_fits_the_question(asked: str, said: str) -> None:
    caller = await a_caller()
    assert await caller.says(asked) == said


@pytest.mark.anyio
async def test_answers_come_in_order_and_the_last_is_repeated() -> None:
    caller = await a_caller()
    said = [await caller.says(f"What day would you like, number {n}?") for n in range(3)]
    assert said == ["Sunday at ten", "Monday at ten", "Monday at ten"]


@pytest.mark.anyio
async def test_wishes_come_in_order_then_good_bye_and_the_end() -> None:
    caller = await a_caller(wants=["a tow", "a price"])
    said = [await caller.says(f"All done{'.' * n} Anything else?") for n in range(1, 5)]
    assert said == ["a tow", "a price", GOOD_BYE, None]


@pytest.mark.anyio
async def test_a_reaction_comes_before_the_answer_and_only_once() -> None:
    caller = await a_caller(reactions=[{"hears": "shall i book", "says": "make it ten"}])
    assert await caller.says("At nine. Shall I book it?") == "make it ten"
    assert await caller.says("At ten. Shall I book it?") == "Yes, please."


@pytest.mark.anyio
async def test_what_is_refused_is_not_told_even_if_it_is_known() -> None:
    caller = await a_caller(refuses=["name"])
    assert await caller.says("What's your first and last name?") == REFUSAL


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("replies", "limits"),
    [
        (["Your VIN?", "Sorry, your VIN?", "The VIN, please?", "Your VIN again?"], {}),
        (["Shall I book it?"] * 4, {}),
        (["What's your name?", "What's your first and last name?"], {"turns": 2}),
    ],
    ids=["asked three times for what they do not know", "the same words again", "a long call"],
)
async def test_the_caller_gives_up(replies: list[str], limits: dict[str, int]) -> None:
    caller = await a_caller(**limits)
    said = [await caller.says(reply) for reply in replies]
    assert None not in said[:-1]
    assert said[-1] is None

"""Facts in any order, questions in between and changes of mind; without a language model."""

from itertools import groupby

import pytest

from graph.models.rulebook.request import last_question
from shop.db import Pool
from tests.support.conversation import MONDAY_MORNING, a_desk
from tests.support.flows import Flow, Rows, changes, everything, on_the_line
from tests.support.wandering import ASIDES, Wanderer

pytestmark = pytest.mark.anyio

SEEDS = range(60)
MOST_TURNS = 25


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_caller_who_wanders_gets_what_they_said_last_or_a_call_back(
    pool: Pool, seed: int
) -> None:
    caller = Wanderer.of(seed)
    async with a_desk(pool, lambda: MONDAY_MORNING) as desk:
        before = await everything(pool)
        async with on_the_line(Flow(()), desk, pool) as call:
            said: str | None = caller.opening()
            told: list[tuple[str, str]] = []
            while said is not None and len(told) < MOST_TURNS:
                told.append((said, await call.say(said)))
                said = caller.answer(told[-1][1])
        left = changes(before, await everything(pool))
    # Who asks something else in between is asked again for what is missing.
    asked = ["" if words in ASIDES else _asked(reply) for words, reply in told]
    assert max(len(list(same)) for _, same in groupby(asked)) <= 2, told
    assert len(told) < MOST_TURNS, told
    assert _is_right(left, caller), told


def _asked(reply: str) -> str:
    """What a reply asks; a read-back with another wish in it is another question."""
    return reply if "Shall I" in reply else last_question(reply)


def _is_right(left: Rows, caller: Wanderer) -> bool:
    """Whether the one booking is the one that was wanted, or nothing but a call-back was noted."""
    if "appointments" not in left:
        return set(left) == {"callbacks"}
    (made,), (customer,), (car,) = left["appointments"], left["customers"], left["vehicles"]
    wants = caller.wants
    return (
        made["service_type"] == wants["service"].means
        and made["scheduled_at"] == f"{caller.starts_at().isoformat()}+00:00"
        and f"{customer['first_name']} {customer['last_name']}" == wants["name"].means
        and f"{car['year']} {car['make']} {car['model']}" == wants["vehicle"].means
    )

"""A run that begins when the caller does is the run that would have begun with their words."""

import asyncio
from typing import Any

import pytest
from langchain_core.messages import HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import CheckpointTuple
from psycopg import OperationalError

from evals.models import Says, ScriptedModel
from graph.checkpoints import WriteBehindSaver
from shop.db import Pool
from tests.integration.test_early_turns import BOOKING
from tests.support.conversation import MARIA, Conversation, a_call, rows

pytestmark = pytest.mark.anyio


class _Gone(WriteBehindSaver):
    """A saver whose database is away."""

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        raise OperationalError("away")


async def _until_it_waits(call: Conversation) -> None:
    """Begin to speak, and let the run come to where it waits for the words."""
    call.agent.listen()
    await asyncio.sleep(0.02)


async def _spoken(pool: Pool, *texts: str, listens: bool) -> dict[str, Any]:
    async with a_call(pool) as call:
        replies = []
        for text in texts:
            if listens:
                await _until_it_waits(call)
            replies.append(await call.say(text))
        state = {k: v for k, v in call.agent.state.items() if k not in ("messages", "deeds")}
        told = [(message.type, message.text) for message in call.agent.messages]
        return {"replies": replies, "told": told, "kept": sorted(state)}


@pytest.fixture(scope="module")
def calls() -> dict[bool, Any]:
    """What came of the same call, with and without."""
    return {}


@pytest.mark.parametrize("listens", [False, True])
async def test_the_call_is_the_same_with_and_without(
    pool: Pool, calls: dict[bool, Any], listens: bool
) -> None:
    told = await _spoken(pool, *BOOKING, listens=listens)
    starts = sorted(str(row["scheduled_at"]) for row in await rows(pool, "appointments"))
    calls[listens] = told, starts
    assert len({str(came_of) for came_of in calls.values()}) == 1


async def test_who_says_nothing_leaves_nothing_behind(pool: Pool) -> None:
    tasks = asyncio.all_tasks()
    async with a_call(pool, caller=MARIA) as call:
        await _until_it_waits(call)
        call.agent.listen()
        assert len(asyncio.all_tasks() - tasks) > 0
    async with pool.connection() as connection:
        stored = await connection.execute("SELECT checkpoint->'channel_versions' FROM checkpoints")
        assert all("access" not in row[0] for row in await stored.fetchall())
    assert not {task for task in asyncio.all_tasks() - tasks if not task.done()}


async def test_what_was_heard_meanwhile_is_remembered(pool: Pool) -> None:
    """The caller cuts in: a run waits already when it is known how much they had heard."""
    model = ScriptedModel(replies=[Says(text="One two three."), Says(text="Yes.")])
    async with a_call(pool, model=model) as call:
        await call.say("count")
        await _until_it_waits(call)
        call.agent.heard("One two")
        call.agent.aside("Are you still there?")
        assert await call.say("and then") == "Yes."
        assert [message.text for message in call.agent.messages][1:] == [
            "count",
            "One two",
            "Are you still there?",
            "and then",
            "Yes.",
        ]


async def test_a_turn_thought_ahead_takes_the_run_that_waits(pool: Pool) -> None:
    model = ScriptedModel(replies=[Says(text="Who?"), Says(text="Fine."), Says(text="Bye.")])
    async with a_call(pool, model=model) as call:
        await _until_it_waits(call)
        assert [word async for word in call.agent.ahead("hello")] == ["Who?"]
        await call.agent.retract()
        await _until_it_waits(call)
        assert [word async for word in call.agent.ahead("hello there")] == ["Fine."]
        assert await call.agent.confirm()
        assert await call.say("thanks") == "Bye."
        said = [m.text for m in call.agent.messages if isinstance(m, HumanMessage)]
        assert said == ["hello there", "thanks"]


async def test_a_run_that_broke_while_it_waited_is_replaced(pool: Pool) -> None:
    model = ScriptedModel(replies=[Says(text="Fine.")])
    async with a_call(pool, model=model) as call:
        saver, call.agent.saver = call.agent.saver, _Gone(call.agent.saver)
        await _until_it_waits(call)
        call.agent.saver = saver
        assert await call.say("hello") == "Fine."


async def test_nobody_listens_while_a_turn_is_under_way(pool: Pool) -> None:
    model = ScriptedModel(replies=[Says(text="Fine."), Says(text="Bye.")])
    async with a_call(pool, model=model) as call:
        words = call.agent.respond("hello")
        assert await anext(words) == "Fine."
        call.agent.listen()
        await words.aclose()
        assert await call.say("thanks") == "Bye."

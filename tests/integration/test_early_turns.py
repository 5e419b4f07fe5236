"""Turns thought through ahead, on real records: adopted as they are, or gone without a trace."""

import asyncio
import random
from datetime import date
from typing import Any

import httpx
import pytest
from langchain_core.messages import AnyMessage

from evals.models import Says, ScriptedModel
from graph.agent import GraphAgent
from shop.cars.nhtsa import Vpic
from shop.db import Pool
from shop.desk import Desk
from shop.profile.shop import load_shop
from tests.support.conversation import MONDAY_MORNING, Conversation, a_call, rows
from tests.support.soak import sampled

pytestmark = pytest.mark.anyio

BOOKING = (
    "I need an oil change",
    "Ada Byron",
    "a 2018 Honda Civic",
    "Wednesday at ten",
    "yes please",
    "no that's all, bye",
)
WEDNESDAY = date(2026, 11, 25)
WATCHED = ("customers", "vehicles", "appointments", "slot_holds", "audit_log", "effects")


async def _ahead(agent: GraphAgent, text: str) -> str:
    return "".join([token async for token in agent.ahead(text)])


async def _count(pool: Pool, *tables: str) -> dict[str, int]:
    counts = {}
    async with pool.connection() as connection:
        for table in tables:
            found = await connection.execute(f"SELECT count(*) FROM {table}")
            (counts[table],) = await found.fetchone() or (0,)
    return counts


async def _traces(pool: Pool) -> dict[str, int]:
    return await _count(pool, *WATCHED, "checkpoints", "checkpoint_writes", "checkpoint_blobs")


def _told(messages: list[AnyMessage]) -> list[tuple[str, str]]:
    return [(message.type, str(message.text)) for message in messages]


async def _booked(pool: Pool) -> list[dict[str, Any]]:
    kept = ("scheduled_at", "service_type", "status")
    return [{key: row[key] for key in kept} for row in await rows(pool, "appointments")]


async def test_a_read_is_done_ahead_and_held_only_once_it_is_real(pool: Pool) -> None:
    async with a_call(pool) as call:
        await call.say_all(*BOOKING[:3])
        before = await _traces(pool)
        words = await _ahead(call.agent, "Wednesday")
        assert "On Wednesday" in words
        assert await _traces(pool) == before
        assert await call.agent.confirm()
        assert (await _count(pool, "slot_holds"))["slot_holds"] == 3
        await call.agent.settled()
        assert call.agent.messages[-1].text == words
        after = await _traces(pool)
        assert after["checkpoints"] == before["checkpoints"] + 1


async def test_a_write_waits_until_the_caller_has_really_finished(pool: Pool) -> None:
    async with a_call(pool) as call:
        await call.say_all(*BOOKING[:4])
        before = await _traces(pool)
        thinking = asyncio.create_task(_ahead(call.agent, "yes please"))
        done, _ = await asyncio.wait({thinking}, timeout=0.3)
        assert not done
        assert await _traces(pool) == before
        assert await call.agent.confirm()
        assert "booked" in await thinking
        await call.agent.settled()
        after = await _traces(pool)
        assert after["appointments"] == before["appointments"] + 1
        assert after["customers"] == before["customers"] + 1


async def test_who_speaks_on_leaves_no_trace_of_what_was_thought(pool: Pool) -> None:
    async with a_call(pool) as call:
        await call.say_all(*BOOKING[:4])
        before, history = await _traces(pool), _told(call.agent.messages)
        tasks = asyncio.all_tasks()
        for text in ("yes", "Wednesday", "cancel everything", "a person please"):
            thinking = asyncio.create_task(_ahead(call.agent, text))
            await asyncio.wait({thinking}, timeout=0.05)
            await call.agent.retract()
            await thinking
        assert await _traces(pool) == before
        assert _told(call.agent.messages) == history
        assert not {task for task in asyncio.all_tasks() - tasks if not task.done()}


async def test_a_time_lost_meanwhile_is_not_told(pool: Pool) -> None:
    async with a_call(pool) as call:
        await call.say_all(*BOOKING[:3])
        words = await _ahead(call.agent, "Wednesday")
        async with httpx.AsyncClient() as http:
            shop = load_shop()
            desk = Desk(pool, shop, lambda: MONDAY_MORNING, Vpic("http://127.0.0.1:9", http))
            for n in range(2 * len(shop.bays)):
                await desk.offer(f"CA-{n}", "oil_change", WEDNESDAY, limit=100)
        assert not await call.agent.confirm()
        assert await call.say("Wednesday") != words


async def test_what_was_heard_of_the_last_reply_is_not_forgotten_with_a_turn(pool: Pool) -> None:
    model = ScriptedModel(replies=[Says(text="One two three."), *[Says(text="Yes.")] * 3])
    async with a_call(pool, model=model) as call:
        await call.say("count")
        call.agent.heard("One two")
        assert await _ahead(call.agent, "and") == "Yes."
        await call.agent.retract()
        assert await _ahead(call.agent, "and then") == "Yes."
        assert await call.agent.confirm()
        await call.agent.settled()
        assert _told(call.agent.messages)[1:] == [
            ("human", "count"),
            ("ai", "One two"),
            ("human", "and then"),
            ("ai", "Yes."),
        ]


async def test_a_turn_that_breaks_ahead_is_asked_again(pool: Pool) -> None:
    model = ScriptedModel(replies=[Says(text="Well", fails=RuntimeError("x")), Says(text="Fine.")])
    async with a_call(pool, model=model) as call:
        await _ahead(call.agent, "hello")
        if await call.agent.confirm():
            await call.agent.settled()
            assert "sorry" in str(call.agent.messages[-1].text)
        assert await call.say("hello") == "Fine."


@pytest.fixture(scope="module")
def plain() -> dict[str, Any]:
    """The same call without looking ahead, played once."""
    return {}


@pytest.mark.parametrize("seed", [None, *range(sampled(4, 100))])
async def test_a_call_thought_ahead_is_the_call_as_it_would_have_been(
    pool: Pool, plain: dict[str, Any], seed: int | None
) -> None:
    rng = random.Random(seed)
    async with a_call(pool) as call:
        for text in BOOKING:
            await (call.say(text) if seed is None else _early_or_not(call, text, rng))
        told = _told(call.agent.messages)
    left = {"told": told, "rows": await _count(pool, *WATCHED), "booked": await _booked(pool)}
    assert len(left["booked"]) > 0
    assert plain.setdefault("left", left) == left


async def _early_or_not(call: Conversation, text: str, rng: random.Random) -> None:
    for _ in range(rng.randrange(3)):
        await _begins_to_speak(call, rng)
        part = text[: rng.randint(1, len(text))]
        thinking = asyncio.create_task(_ahead(call.agent, part))
        await asyncio.wait({thinking}, timeout=rng.choice((0, 0.002, 0.02)))
        await call.agent.retract()
        await thinking
    await _begins_to_speak(call, rng)
    thinking = asyncio.create_task(_ahead(call.agent, text))
    await asyncio.wait({thinking}, timeout=rng.choice((0.001, 0.01, 0.1)))
    confirmed = rng.random() < 0.9 and await call.agent.confirm()
    if not confirmed:
        await call.agent.retract()
    await thinking
    if not confirmed:
        await call.say(text)
    await call.agent.settled()


async def _begins_to_speak(call: Conversation, rng: random.Random) -> None:
    for _ in range(rng.randrange(3)):
        call.agent.listen()
        await asyncio.sleep(rng.choice((0, 0.002, 0.02)))

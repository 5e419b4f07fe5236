"""The bridge between a call and the graph: events, interruption, memory."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from itertools import groupby

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from evals.models import Says, ScriptedModel
from graph.context import CallContext
from graph.speech import Failed, Finished, ToolEnded, ToolStarted, Words
from shop.db import Pool
from tests.support.conversation import MONDAY_MORNING, a_call, a_desk, answering

pytestmark = pytest.mark.anyio


async def test_a_turn_is_told_in_order_and_ends_with_its_usage(pool: Pool) -> None:
    model = ScriptedModel(
        replies=[
            Says(text="Let me look.", calls=[("get_service_info", {"topic": "hours"})]),
            Says(text="We open at eight."),
        ]
    )
    async with a_call(pool, model=model) as call:
        reply = await call.say("when do you open")
        assert reply == "Let me look.We open at eight."
        kinds = [kind for kind, _ in groupby(type(event) for event in call.events)]
        assert kinds == [Words, ToolStarted, ToolEnded, Words, Finished]
        assert call.events[-1] == Finished("stop", 20, 10)


async def test_the_model_is_asked_with_persona_history_and_facts(pool: Pool) -> None:
    model = ScriptedModel(replies=[Says(text="Hello."), Says(text="Yes.")])
    async with a_call(pool, model=model) as call:
        await call.say_all("hi there", "are you open")
        first, *history, last = model.requests[1]
        assert "You are Sophie" in first.text
        assert first.text == model.requests[0][0].text
        assert [m.type for m in history] == ["ai", "human", "ai", "human"]
        assert "automated assistant" in history[0].text
        assert "<call_facts>" in last.text


async def test_closing_the_reply_closes_the_models_stream_and_keeps_what_was_heard(
    pool: Pool,
) -> None:
    slow = Says(text="Well now let me see what it is that we could do about that.", gap_s=0.02)
    model = ScriptedModel(replies=[slow, Says(text="Sure.")])
    async with a_call(pool, model=model) as call:
        heard = await _until(call.agent.respond("count"), words=3)
        call.agent.heard(heard)
        assert await call.say("stop") == "Sure."
        assert model.closed_streams == 1
        said = [m for m in call.agent.messages if isinstance(m, AIMessage)][1]
        assert said.text == heard
        assert said.additional_kwargs["interrupted"]
        asked_with = [m.text for m in model.requests[1] if isinstance(m, AIMessage)]
        assert asked_with[-1] == heard


async def _until(tokens: AsyncGenerator[str, None], *, words: int) -> str:
    heard = ""
    async for token in tokens:
        heard += token
        if len(heard.split()) >= words:
            break
    await tokens.aclose()
    return heard


async def test_a_tool_that_has_begun_finishes_although_the_caller_cuts_in(pool: Pool) -> None:
    model = ScriptedModel(
        replies=[
            Says(calls=[("create_customer", {"first_name": "Ada", "last_name": "Byron"})]),
            Says(text="Never said."),
            Says(text="Go on."),
        ]
    )
    async with a_call(pool, model=model) as call:
        turn = call.agent.turn("I am Ada Byron")
        async for event in turn:
            if isinstance(event, ToolStarted):
                break
        await turn.aclose()
        await call.agent.settled()
        assert call.agent.state["stated_name"] == "Ada Byron"
        assert isinstance(call.agent.messages[-1], ToolMessage)
        assert len(model.requests) == 1
        model.replies.pop(0)
        assert await call.say("hello?") == "Go on."
        assert _answered(model.requests[-1])


def _answered(request: Sequence[object]) -> bool:
    """Whether a strict endpoint would take the history."""
    asked = {c["id"] for m in request if isinstance(m, AIMessage) for c in m.tool_calls}
    answered = {m.tool_call_id for m in request if isinstance(m, ToolMessage)}
    return asked == answered


async def test_a_failing_model_is_apologised_for_and_the_call_goes_on(pool: Pool) -> None:
    model = ScriptedModel(
        replies=[Says(text="Well", fails=RuntimeError("secret")), Says(text="Fine.")]
    )
    async with a_call(pool, model=model) as call:
        reply = await call.say("hello")
        assert "sorry" in reply.lower()
        assert "secret" not in reply
        assert any(isinstance(event, Failed) for event in call.events)
        assert await call.say("hello again") == "Fine."


async def test_a_silent_model_is_given_up(pool: Pool) -> None:
    model = ScriptedModel(replies=[Says(text="Too late.", gap_s=60)])
    async with a_desk(pool, lambda: MONDAY_MORNING) as desk:
        maker = await answering(desk, pool, model, first_token_s=0.05)
        agent = maker(CallContext(call_sid="CA-slow", channel="text"))
        words = "".join([token async for token in agent.respond("hello")])
        assert "sorry" in words.lower()
        await agent.aclose()


async def test_a_call_goes_on_in_another_process(pool: Pool) -> None:
    context = CallContext(call_sid="CA-moved", channel="text")
    async with a_desk(pool, lambda: MONDAY_MORNING) as desk:
        model = ScriptedModel(replies=[Says(text="Hello Ada."), Says(text="You are Ada.")])
        first = (await answering(desk, pool, model))(context)
        async for _ in first.turn("I am Ada"):
            pass
        await first.settled()
        second = (await answering(desk, pool, model))(context)
        assert await second.resume()
        words = "".join([token async for token in second.respond("who am I")])
        assert words == "You are Ada."
        asked = [m.text for m in model.requests[-1] if isinstance(m, HumanMessage)]
        assert asked == ["I am Ada", "who am I"]
        await second.aclose()


async def test_a_call_nobody_spoke_on_keeps_its_greeting(pool: Pool) -> None:
    async with a_call(pool, model=ScriptedModel(replies=[])) as call:
        agent = call.agent
    assert not [m for m in agent.messages if isinstance(m, HumanMessage)]
    snapshot = await agent.graph.aget_state({"configurable": {"thread_id": "CA-test"}})
    assert [m.text for m in snapshot.values["messages"]] == [agent.greeting]


async def test_turns_of_one_call_never_overlap(pool: Pool) -> None:
    model = ScriptedModel(replies=[Says(text="First.", gap_s=0.05), Says(text="Second.")])
    async with a_call(pool, model=model) as call:
        one = asyncio.create_task(_words(call.agent.respond("a")))
        await asyncio.sleep(0)
        assert await one == "First."
        assert await _words(call.agent.respond("b")) == "Second."
        types = [m.type for m in call.agent.messages]
        assert types == ["ai", "human", "ai", "human", "ai"]


@pytest.mark.parametrize("speaks_again", [True, False], ids=["speaks again", "hangs up"])
async def test_words_said_while_the_turn_before_settles_are_not_lost(
    pool: Pool, speaks_again: bool
) -> None:
    tool = ("create_customer", {"first_name": "Ada", "last_name": "Byron"})
    model = ScriptedModel(replies=[Says(text="Yes.", calls=[tool]), Says(text="Go on.")])
    async with a_call(pool, model=model) as call:
        first = call.agent.turn("I am Ada Byron")
        await anext(first)
        await first.aclose()
        second = asyncio.ensure_future(anext(call.agent.turn("and my car is a Civic")))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
        if speaks_again:
            await call.say("a blue one")
        else:
            await call.agent.aclose()
        said = [m.text for m in call.agent.messages if isinstance(m, HumanMessage)]
        rest = " a blue one" if speaks_again else ""
        assert said == ["I am Ada Byron", f"and my car is a Civic{rest}"]


async def _words(tokens: AsyncGenerator[str, None]) -> str:
    return "".join([token async for token in tokens])

"""The temperature of an arm holds for every model that answers its calls."""

import asyncio
from dataclasses import replace

import pytest
from pydantic import SecretStr

from api.core import agent_maker
from evals.standins.openai import OpenAIScript, OpenAIStandIn, Reply, ToolCall
from graph.build import Resources
from graph.context import CallContext
from graph.models.openai import Server, openai_model
from nodes.talk import MAX_TOOL_STEPS
from nodes.variants import CONTROL, Variants, variants
from shop.db import Pool
from tests.support.conversation import MONDAY_MORNING, STRANGER, Conversation, a_desk

pytestmark = pytest.mark.anyio

LOOK_UP = Reply(tool_calls=(ToolCall("get_service_info", {"service": "oil change"}),))
PLAN = (
    *[LOOK_UP] * MAX_TOOL_STEPS,
    Reply(text="An oil change it is."),
    Reply(text="Thank you for asking."),
)
ARMS = Variants(
    {
        **variants().arms,
        CONTROL: variants().named(CONTROL),
        "calm": replace(variants().named(CONTROL), name="calm", temperature=0.2),
    }
)


@pytest.mark.parametrize(("arm", "temperature"), [(CONTROL, 0.8), ("calm", 0.2)])
async def test_an_arms_temperature_reaches_every_model(
    pool: Pool, arm: str, temperature: float
) -> None:
    vendor = OpenAIStandIn(OpenAIScript(replies=PLAN))
    usual = {"temperature": 0.8, "max_tokens": 100, "effort": None, "first_token_s": 5.0}
    async with vendor.running() as url, a_desk(pool, lambda: MONDAY_MORNING) as desk:
        server = Server(SecretStr("sk-any"), url, asyncio.Semaphore(4))
        async with (
            openai_model(server, "gpt-4o", **usual) as model,  # type: ignore[arg-type]  # one table
            openai_model(server, "gpt-4o-mini", **usual) as simple,  # type: ignore[arg-type]  # one table
        ):
            resources = Resources(model, desk, simple=simple, variants=ARMS)
            maker = await agent_maker(resources, pool)
            context = CallContext("CA-arm", STRANGER, channel="phone", variant=arm)
            call = Conversation(maker(context), pool)
            await call.say("how long does an oil change take")
            await call.say("what are your hours")
            await call.agent.aclose()
    bodies = [request.body for request in vendor.requests]
    assert [body["model"] for body in bodies] == ["gpt-4o"] * (MAX_TOOL_STEPS + 1) + ["gpt-4o-mini"]
    assert [body.get("tool_choice") for body in bodies] == [
        *[None] * MAX_TOOL_STEPS,
        "none",
        None,
    ]
    assert {body["temperature"] for body in bodies} == {temperature}

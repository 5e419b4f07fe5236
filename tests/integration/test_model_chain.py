"""A call outlives its model: who is asked when a model fails, and what the caller notices."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx2
import openai
import pytest
from langchain_core.messages import AIMessageChunk, HumanMessage

from evals.models import Says, ScriptedModel
from graph.models.chain import VOICE_BUDGET_S, BoundChain, ModelChain
from graph.models.errors import ModelError, Refused, Stalled
from graph.models.link import REST_S, Link
from graph.models.meter import Meter
from graph.models.usage import ASKED
from tests.support.virtual_time import run_virtually

pytestmark = pytest.mark.anyio

REQUEST = [HumanMessage("hello")]
TOOLS = [{"type": "function", "function": {"name": "t", "description": "d", "parameters": {}}}]


def a_status(code: int, **headers: str) -> openai.APIStatusError:
    request = httpx2.Request("POST", "http://127.0.0.1/v1/chat/completions")
    response = httpx2.Response(code, request=request, headers=headers)
    return openai.APIStatusError("no", response=response, body=None)


@dataclass
class Tried:
    """A chain of scripted models and how often each was asked."""

    models: list[ScriptedModel]
    links: tuple[Link, ...]
    meter: Meter | None = None
    chain: BoundChain = field(init=False)

    def __post_init__(self) -> None:
        self.chain = ModelChain(self.links, meter=self.meter).bind_tools(TOOLS)

    @property
    def asked(self) -> list[int]:
        return [len(model.requests) for model in self.models]

    async def say(self) -> str:
        chunks = [chunk async for chunk in self.chain.astream(list(REQUEST))]
        assert all(isinstance(chunk, AIMessageChunk) for chunk in chunks)
        return "".join(chunk.text for chunk in chunks)


def tried(
    *scripts: list[Says],
    first_token_s: float = 5.0,
    stall_s: float = 5.0,
    local: bool = False,
    meter: Meter | None = None,
) -> Tried:
    """Models with their scripts; with `local`, the last is a part of the process."""
    models = [ScriptedModel(replies=list(replies)) for replies in scripts]
    links = tuple(
        Link(f"model {n}", model, first_token_s, stall_s, local and model is models[-1])
        for n, model in enumerate(models)
    )
    return Tried(models, links, meter)


async def test_the_first_model_answers_alone() -> None:
    chain = tried([Says(text="First.")], [Says(text="Second.")])
    assert await chain.say() == "First."
    assert chain.asked == [1, 0]


async def test_a_quick_failure_that_may_pass_is_tried_once_more() -> None:
    chain = tried([Says(fails=a_status(503)), Says(text="First.")], [Says(text="Second.")])
    assert await chain.say() == "First."
    assert chain.asked == [2, 0]


@pytest.mark.parametrize("code", [400, 401, 404, 429])
async def test_a_failure_that_will_not_pass_goes_to_the_next_model(code: int) -> None:
    chain = tried([Says(fails=a_status(code))], [Says(text="Second.")])
    assert await chain.say() == "Second."
    assert chain.asked == [1, 1]


async def test_a_model_that_does_not_begin_is_given_up() -> None:
    chain = tried([Says(text="Late.", gap_s=30)], [Says(text="Second.")], first_token_s=0.02)
    assert await chain.say() == "Second."


async def test_a_model_that_failed_rests_and_is_not_waited_for_again() -> None:
    chain = tried([Says(fails=a_status(401))], [Says(text="Second."), Says(text="Again.")])
    assert await chain.say() == "Second."
    assert await chain.say() == "Again."
    assert chain.asked == [1, 2]


async def test_a_server_says_how_long_it_wants_to_be_left_alone() -> None:
    refused = a_status(429, **{"retry-after": "0"})
    first = [Says(fails=refused), Says(text="Back.")]
    chain = tried(first, [Says(text="Second.")])
    assert await chain.say() == "Second."
    assert await chain.say() == "Back."


async def test_a_wrong_request_does_not_put_a_model_to_rest() -> None:
    first = [Says(fails=a_status(400)), Says(text="Fine again.")]
    chain = tried(first, [Says(text="Second.")])
    assert await chain.say() == "Second."
    assert await chain.say() == "Fine again."


async def test_the_last_model_is_asked_although_it_rests() -> None:
    chain = tried([Says(fails=a_status(401)), Says(text="Back.")])
    with pytest.raises(ModelError):
        await chain.say()
    assert await chain.say() == "Back."


async def test_words_that_were_said_are_never_said_again_by_another_model() -> None:
    chain = tried([Says(text="One two three", gap_s=0.05)], [Says(text="Second.")], stall_s=0.02)
    chunks = chain.chain.astream(list(REQUEST))
    assert (await anext(chunks)).text == "One"
    with pytest.raises(ModelError):
        await anext(chunks)
    assert chain.asked == [1, 0]


async def test_giving_up_on_a_model_closes_its_stream() -> None:
    chain = tried([Says(text="Late.", gap_s=30)], [Says(text="Second.")], first_token_s=0.02)
    await chain.say()
    assert chain.models[0].closed_streams == 1


async def test_the_first_chunk_names_the_model_that_answers() -> None:
    chain = tried([Says(fails=a_status(401))], [Says(text="Second one.")])
    chunks = [chunk async for chunk in chain.chain.astream(list(REQUEST))]
    told = [chunk.response_metadata.get(ASKED) for chunk in chunks]
    assert (told[0], set(told[1:])) == ("model 1", {None})


@pytest.mark.parametrize("empty", [Says(), Says(text=" ")], ids=["nothing", "a blank"])
async def test_a_reply_without_words_is_none_and_the_next_model_answers(empty: Says) -> None:
    chain = tried([empty, empty], [Says(text="Second.")])
    assert (await chain.say()).strip() == "Second."
    assert chain.asked == [2, 1]


async def test_a_model_that_breaks_off_once_is_asked_again_and_twice_running_rests() -> None:
    breaks = Says(text="Half", fails=a_status(500))
    chain = tried([breaks, Says(text="Whole."), breaks, breaks], [Says(text="Second.")])
    said = []
    for _ in range(5):
        try:
            said.append(await chain.say())
        except ModelError as error:
            said.append(type(error).__name__)
    assert said == ["Broke", "Whole.", "Broke", "Broke", "Second."]


async def test_an_answer_held_back_by_a_filter_is_not_sought_from_the_same_vendor() -> None:
    chain = tried(
        [Says(fails=Refused())], [Says(text="Second.")], [Says(text="Rules.")], local=True
    )
    assert await chain.say() == "Rules."
    assert chain.asked == [1, 0, 1]


# How long it takes, in virtual time


def in_time(scene: Callable[[], Awaitable[Any]]) -> tuple[Any, float]:
    """Play a scene; returns what it gave and how many seconds passed."""

    async def main() -> tuple[Any, float]:
        began = asyncio.get_running_loop().time()
        return await scene(), asyncio.get_running_loop().time() - began

    played: tuple[Any, float] = run_virtually(main())
    return played


LATE = Says(text="Late.", gap_s=60)


def test_all_models_together_have_one_budget_and_the_rules_need_none() -> None:
    chain = tried([LATE], [LATE], [LATE], [Says(text="Rules.")], first_token_s=2.5, local=True)
    said, took = in_time(chain.say)
    assert said == "Rules."
    assert chain.asked == [1, 1, 0, 1]
    assert took == pytest.approx(VOICE_BUDGET_S)


def test_without_rules_the_budget_is_the_end() -> None:
    chain = tried([LATE], [LATE], first_token_s=3.0)

    async def scene() -> str:
        with pytest.raises(Stalled):
            await chain.say()
        return ""

    assert in_time(scene)[1] == pytest.approx(VOICE_BUDGET_S)


def test_a_stalled_stream_is_noticed_after_its_patience() -> None:
    chain = tried([Says(text="One two", gap_s=1.4)], first_token_s=2.5, stall_s=1.2)

    async def scene() -> str:
        with pytest.raises(Stalled):
            await chain.say()
        return ""

    assert in_time(scene)[1] == pytest.approx(1.4 + 1.2)


def test_after_its_rest_one_request_tries_a_model_and_the_others_pass_it_over() -> None:
    back = Says(text="Back.", gap_s=1.0)
    chain = tried([Says(fails=a_status(401)), back, Says(text="More.")], [SECOND] * 5, local=True)

    async def scene() -> list[str]:
        said = [await chain.say()]
        await asyncio.sleep(REST_S)
        said += await asyncio.gather(*(chain.say() for _ in range(4)))
        return [*said, await chain.say()]

    assert in_time(scene)[0] == ["Second.", "Back.", "Second.", "Second.", "Second.", "More."]
    assert chain.asked == [3, 4]


SECOND = Says(text="Second.")


def test_a_caller_who_leaves_while_a_model_is_tried_lets_the_next_one_try_it() -> None:
    chain = tried([Says(fails=a_status(401)), LATE, Says(text="Back.")], [SECOND], local=True)

    async def scene() -> str:
        await chain.say()
        await asyncio.sleep(REST_S)
        trying = asyncio.create_task(chain.say())
        await asyncio.sleep(0.5)
        trying.cancel()
        await asyncio.gather(trying, return_exceptions=True)
        return await chain.say()

    assert in_time(scene)[0] == "Back."


def test_when_a_model_fails_for_many_at_once_one_asks_again_and_the_rest_go_on() -> None:
    down = [Says(text="", fails=a_status(503)) for _ in range(20)]
    chain = tried(down, [SECOND] * 10, local=True)

    async def scene() -> list[str]:
        return await asyncio.gather(*(chain.say() for _ in range(10)))

    assert in_time(scene)[0] == ["Second."] * 10
    assert chain.asked == [11, 10]


# What it takes


def a_meter(most: int | None) -> Meter:
    return Meter(lambda: datetime(2026, 11, 23, 15, 0, tzinfo=UTC), UTC, most)


async def test_a_days_tokens_spent_leave_the_rules() -> None:
    meter = a_meter(15)
    replies = [Says(text="First."), Says(text="Never.")]
    chain = tried(replies, [Says(text="Rules.")], local=True, meter=meter)
    assert [await chain.say(), await chain.say()] == ["First.", "Rules."]
    assert meter.tokens == 15


async def test_an_answer_that_was_cut_is_counted_by_estimate_and_the_rules_cost_nothing() -> None:
    meter = a_meter(None)
    chain = tried([Says(text="One two three")], [Says(text="Rules.")], local=True, meter=meter)
    chunks = chain.chain.astream(list(REQUEST))
    await anext(chunks)
    await chunks.aclose()
    expected = chain.chain.estimate("model 0", list(REQUEST), "One")
    assert expected is not None
    assert meter.tokens == expected["total_tokens"] > 0
    assert chain.chain.estimate("nobody", list(REQUEST), "One") is None

"""A call outlives its model: who is asked when a model fails, and what the caller notices."""

from dataclasses import dataclass, field

import httpx2
import openai
import pytest
from langchain_core.messages import AIMessageChunk, HumanMessage

from evals.models import Says, ScriptedModel
from graph.models.chain import BoundChain, ModelChain
from graph.models.errors import ModelError
from graph.models.link import Link

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
    chain: BoundChain = field(init=False)

    def __post_init__(self) -> None:
        self.chain = ModelChain(self.links).bind_tools(TOOLS)

    @property
    def asked(self) -> list[int]:
        return [len(model.requests) for model in self.models]

    async def say(self) -> str:
        chunks = [chunk async for chunk in self.chain.astream(list(REQUEST))]
        assert all(isinstance(chunk, AIMessageChunk) for chunk in chunks)
        return "".join(chunk.text for chunk in chunks)


def tried(*scripts: list[Says], first_token_s: float = 5.0, stall_s: float = 5.0) -> Tried:
    models = [ScriptedModel(replies=replies) for replies in scripts]
    links = tuple(
        Link(f"model {n}", model, first_token_s, stall_s) for n, model in enumerate(models)
    )
    return Tried(models, links)


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

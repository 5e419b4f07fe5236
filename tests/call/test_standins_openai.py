"""The stand-in model over a real socket, judged by OpenAI's own SDK."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import openai
import pytest
from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_openai import ChatOpenAI
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam
from pydantic import SecretStr

from evals.standins.openai import Fault, ModelCard, OpenAIScript, OpenAIStandIn, Reply, ToolCall
from evals.standins.openai_rulebook import answer as rulebook
from evals.standins.openai_wire import FaultKind
from graph.models.rulebook.model import RulebookModel

pytestmark = pytest.mark.anyio

HELLO: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Hello"}]
TOOLS: list[ChatCompletionToolParam] = [
    {
        "type": "function",
        "function": {"name": "slots", "parameters": {"type": "object", "properties": {}}},
    }
]


@asynccontextmanager
async def _client(
    stand_in: OpenAIStandIn, *, patience_s: float = 10
) -> AsyncIterator[openai.AsyncOpenAI]:
    async with (
        stand_in.running() as url,
        openai.AsyncOpenAI(
            base_url=url, api_key="sk-test", max_retries=0, timeout=patience_s
        ) as client,
    ):
        yield client


def _scripted(*replies: Reply) -> OpenAIStandIn:
    return OpenAIStandIn(OpenAIScript(replies=replies))


async def test_a_whole_reply() -> None:
    async with _client(_scripted(Reply(text="Hello, this is Sophie."))) as client:
        reply = await client.chat.completions.with_raw_response.create(
            model="gpt-4o", messages=HELLO
        )
        completion = reply.parse()
    assert completion.choices[0].message.content == "Hello, this is Sophie."
    assert completion.usage is not None
    assert completion.usage.total_tokens > completion.usage.completion_tokens > 0
    assert reply.headers["x-request-id"].startswith("req_")
    assert int(reply.headers["x-ratelimit-remaining-requests"]) > 0


async def test_a_streamed_reply_with_a_tool_call_and_usage() -> None:
    stand_in = _scripted(Reply(text="One moment.", tool_calls=(ToolCall("slots", {"day": "Tue"}),)))
    async with (
        _client(stand_in) as client,
        client.chat.completions.stream(
            model="gpt-4o", messages=HELLO, tools=TOOLS, stream_options={"include_usage": True}
        ) as stream,
    ):
        completion = await stream.get_final_completion()
    message = completion.choices[0].message
    assert message.content == "One moment."
    assert message.tool_calls is not None
    assert message.tool_calls[0].function.arguments == '{"day": "Tue"}'
    assert completion.usage is not None
    assert stand_in.requests[0].outcome == "answered"


async def test_replies_can_come_from_a_function() -> None:
    async def answer(request: dict[str, Any]) -> Reply:
        return Reply(text=request["messages"][-1]["content"].upper())

    async with _client(OpenAIStandIn(answer=answer)) as client:
        completion = await client.chat.completions.create(model="gpt-4o", messages=HELLO)
    assert completion.choices[0].message.content == "HELLO"


async def test_without_a_fitting_line_it_says_so() -> None:
    async with _client(OpenAIStandIn()) as client:
        completion = await client.chat.completions.create(model="gpt-4o", messages=HELLO)
    assert "no reply for that" in (completion.choices[0].message.content or "")


async def test_models_carry_their_shutdown_date_or_null_or_no_field() -> None:
    cards = (ModelCard("a", "2027-01-14"), ModelCard("b"), ModelCard("c", "absent"))
    async with _client(OpenAIStandIn(OpenAIScript(models=cards))) as client:
        models = [model async for model in client.models.list()]
        one = await client.models.retrieve("a")
        with pytest.raises(openai.NotFoundError):
            await client.models.retrieve("d")
    assert [(model.id, model.shutdown_date) for model in models] == [
        ("a", "2027-01-14"), ("b", None), ("c", None),
    ]  # fmt: skip
    assert ["shutdown_date" in model.model_fields_set for model in models] == [True, True, False]
    assert one.shutdown_date == "2027-01-14"


@pytest.mark.parametrize(
    ("kind", "error", "code"),
    [
        ("unauthorized", openai.AuthenticationError, "invalid_api_key"),
        ("forbidden", openai.PermissionDeniedError, None),
        ("rate_limited", openai.RateLimitError, "rate_limit_exceeded"),
        ("quota", openai.RateLimitError, "insufficient_quota"),
        ("server_error", openai.InternalServerError, None),
        ("overloaded", openai.InternalServerError, None),
    ],
)
async def test_a_refusal_is_the_error_the_sdk_knows(
    kind: FaultKind,
    error: type[openai.APIStatusError],
    code: str | None,
) -> None:
    stand_in = _scripted(Reply(fault=Fault(kind, retry_after_s=7)), Reply(text="Better."))
    async with _client(stand_in) as client:
        with pytest.raises(error) as caught:
            await client.chat.completions.create(model="gpt-4o", messages=HELLO)
        again = await client.chat.completions.create(model="gpt-4o", messages=HELLO)
    assert caught.value.code == code
    assert (caught.value.response.headers.get("retry-after") == "7") is (kind == "rate_limited")
    assert again.choices[0].message.content == "Better."
    assert [request.outcome for request in stand_in.requests] == ["refused", "answered"]


async def test_a_bad_request_is_refused_as_the_real_one_does() -> None:
    async with _client(OpenAIStandIn()) as client:
        with pytest.raises(openai.BadRequestError) as caught:
            await client.chat.completions.create(
                model="gpt-4o",
                messages=[*HELLO, {"role": "tool", "tool_call_id": "a", "content": "x"}],
            )
        with pytest.raises(openai.NotFoundError) as unknown:
            await client.chat.completions.create(model="gpt-9", messages=HELLO)
    assert caught.value.param == "messages.[1].role"
    assert unknown.value.code == "model_not_found"


@pytest.mark.parametrize("path", ["models", "models/gpt-4o", "chat/completions"])
async def test_without_a_key_nothing_is_given(path: str) -> None:
    stand_in = OpenAIStandIn()
    async with stand_in.running() as url, httpx.AsyncClient() as client:
        method = "POST" if path.startswith("chat") else "GET"
        for headers in ({}, {"authorization": "Basic x"}, {"authorization": "Bearer"}):
            answer = await client.request(method, f"{url}/{path}", headers=headers, content="{}")
            assert answer.status_code == 401


async def test_a_body_that_is_not_json_is_refused_and_kept() -> None:
    stand_in = OpenAIStandIn()
    async with stand_in.running() as url, httpx.AsyncClient() as client:
        answer = await client.post(
            f"{url}/chat/completions", headers={"authorization": "Bearer x"}, content=b"\xff{"
        )
    assert answer.status_code == 400
    assert stand_in.requests[0].body == "\ufffd{"


async def test_a_dropped_stream_breaks_off_after_its_chunks() -> None:
    stand_in = _scripted(Reply(text="one two three four", fault=Fault("drop", after_chunks=3)))
    heard: list[str] = []
    async with _client(stand_in) as client:
        stream = await client.chat.completions.create(model="gpt-4o", messages=HELLO, stream=True)
        with pytest.raises(openai.APIConnectionError):  # noqa: PT012 - the loop is the statement
            async for chunk in stream:
                heard.append(chunk.choices[0].delta.content or "")
    assert "".join(heard) == "one two"
    assert stand_in.requests[0].outcome == "dropped"


@pytest.mark.parametrize("kind", ["stall_head", "stall_first_token", "stall_inside"])
async def test_a_stall_lasts_until_the_client_gives_up(kind: FaultKind) -> None:
    stand_in = _scripted(Reply(text="one two three", fault=Fault(kind)))
    async with _client(stand_in, patience_s=0.3) as client:
        with pytest.raises((openai.APITimeoutError, openai.APIConnectionError)):
            async for _ in await client.chat.completions.create(
                model="gpt-4o", messages=HELLO, stream=True
            ):
                pass
        await stand_in.requests[0].done.wait()
    assert stand_in.requests[0].outcome == "abandoned"


@pytest.mark.parametrize("kind", ["stall_head", "stall_first_token", "stall_inside"])
async def test_a_stall_can_end(kind: FaultKind) -> None:
    stand_in = _scripted(Reply(text="one two", fault=Fault(kind, for_ms=150, keep_alive=True)))
    async with _client(stand_in) as client:
        stream = await client.chat.completions.create(model="gpt-4o", messages=HELLO, stream=True)
        heard = [chunk.choices[0].delta.content or "" async for chunk in stream]
    assert "".join(heard) == "one two"


async def test_it_notices_a_client_that_stops_reading_early() -> None:
    stand_in = _scripted(Reply(text="one two three four five six", gap_ms=50, ttft_ms=1))
    async with _client(stand_in) as client:
        async with await client.chat.completions.create(
            model="gpt-4o", messages=HELLO, stream=True
        ) as stream:
            await anext(aiter(stream))
        await stand_in.requests[0].done.wait()
    assert stand_in.requests[0].outcome == "abandoned"


async def test_many_clients_at_once_get_their_own_replies() -> None:
    async def answer(request: dict[str, Any]) -> Reply:
        return Reply(text=request["messages"][-1]["content"], gap_ms=1)

    async with _client(OpenAIStandIn(answer=answer)) as client:
        said = [f"caller {number} says hello" for number in range(20)]
        replies = await asyncio.gather(
            *(
                client.chat.completions.create(
                    model="gpt-4o", messages=[{"role": "user", "content": text}]
                )
                for text in said
            )
        )
    assert [reply.choices[0].message.content for reply in replies] == said


async def test_the_rulebook_answers_over_http_as_it_does_in_process() -> None:
    looked_up = {
        "success": True, "data": {"topic": "hours"}, "message": "We are open eight to six.",
    }  # fmt: skip
    tool = {
        "type": "function",
        "function": {
            "name": "get_service_info",
            "parameters": {"type": "object", "properties": {"topic": {"type": "string"}}},
        },
    }
    messages: list[BaseMessage] = [
        SystemMessage("You are Sophie."),
        HumanMessage("What are your hours?"),
    ]
    inside = RulebookModel().bind_tools([tool])
    async with OpenAIStandIn(answer=rulebook).running() as url:
        outside = ChatOpenAI(model="gpt-4o", base_url=url, api_key=SecretStr("x")).bind_tools(
            [tool]
        )
        for _ in range(2):
            expected = await inside.ainvoke(messages)
            reply = await outside.ainvoke(messages)
            assert (reply.text, reply.tool_calls) == (expected.text, expected.tool_calls)
            messages.append(reply)
            messages += [
                ToolMessage(json.dumps(looked_up), tool_call_id=call["id"])
                for call in reply.tool_calls
            ]
    assert messages[-1].text

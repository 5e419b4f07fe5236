"""The stand-in model's rules and shapes, judged by OpenAI's own types."""

from pathlib import Path
from typing import Any

import pytest
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from evals.standins.openai import OpenAIScript, last_said
from evals.standins.openai_checks import check
from evals.standins.openai_wire import Fault, Reply, ToolCall, chunks, finish, whole
from evals.standins.script import Lines, load

ASK: dict[str, Any] = {"role": "user", "content": "Any time on Tuesday?"}
CALL: dict[str, Any] = {
    "role": "assistant",
    "content": None,
    "tool_calls": [
        {"id": "call_1", "type": "function", "function": {"name": "slots", "arguments": "{}"}}
    ],
}
RESULT: dict[str, Any] = {"role": "tool", "tool_call_id": "call_1", "content": "nine"}
TOOL: dict[str, Any] = {
    "type": "function",
    "function": {"name": "slots", "parameters": {"type": "object", "properties": {}}},
}


def _request(**changes: Any) -> dict[str, Any]:
    return {"model": "gpt-4o", "messages": [ASK]} | changes


def _tool(**function: Any) -> dict[str, Any]:
    return {"type": "function", "function": TOOL["function"] | function}


GOOD = {
    "a question": _request(),
    "a tool round that is complete": _request(messages=[ASK, CALL, RESULT], tools=[TOOL]),
    "a reasoning model with its own field names": _request(
        model="gpt-6-luna", max_completion_tokens=5, reasoning_effort="none", tools=[TOOL]
    ),
    "an assistant message without a tool call after one with": _request(
        messages=[ASK, CALL, RESULT, {"role": "assistant", "content": "Nine."}, ASK]
    ),
}

BAD = {
    "not an object": (["x"], None, "parse the JSON"),
    "no model": ({"messages": [ASK]}, None, "model parameter"),
    "no messages": ({"model": "gpt-4o"}, "messages", "Missing"),
    "empty messages": (_request(messages=[]), "messages", "empty array"),
    "an unknown role": (
        _request(messages=[{"role": "caller", "content": "x"}]), "messages[0].role", "caller",
    ),
    "a message that is nothing": (
        _request(messages=[{"role": "user", "content": None}]), "messages[0].content", "null",
    ),
    "a tool call nobody answered": (
        _request(messages=[ASK, CALL]), "messages.[2].role", "call_1",
    ),
    "a tool call answered too late": (
        _request(messages=[ASK, CALL, ASK, RESULT]), "messages.[2].role", "call_1",
    ),
    "a tool result without a call": (
        _request(messages=[ASK, RESULT]), "messages.[1].role", "preceeding",
    ),
    "a tool result for another call": (
        _request(messages=[ASK, CALL, RESULT | {"tool_call_id": "call_2"}]),
        "messages.[2].tool_call_id",
        "not found",
    ),
    "a tool call without text arguments": (
        _request(
            messages=[
                CALL | {"tool_calls": [{"id": "a", "type": "function", "function": {"name": "b"}}]}
            ]
        ),
        "messages[0].tool_calls[0]",
        "text arguments",
    ),
    "an unknown argument": (_request(temprature=1), None, "temprature"),
    "an empty tool list": (_request(tools=[]), "tools", "empty"),
    "a tool of another type": (_request(tools=[{"type": "tool"}]), "tools[0].type", "function"),
    "a tool without a name": (
        _request(tools=[{"type": "function", "function": {}}]), "tools[0].function.name", "Missing",
    ),
    "a tool name with a space": (
        _request(tools=[_tool(name="a b")]), "tools[0].function.name", "pattern",
    ),
    "a tool whose schema is no object": (
        _request(tools=[_tool(parameters={"type": "string"})]),
        "tools[0].function.parameters",
        "'object'",
    ),
    "a strict tool with an open schema": (
        _request(tools=[_tool(strict=True)]), "tools[0].function.parameters", "strict",
    ),
    "the same tool twice": (_request(tools=[TOOL, TOOL]), "tools", "Duplicate"),
    "a choice of a tool that is not there": (
        _request(tools=[TOOL], tool_choice={"type": "function", "function": {"name": "b"}}),
        "tool_choice",
        "not in",
    ),
    "parallel calls without tools": (
        _request(parallel_tool_calls=True), "parallel_tool_calls", "only allowed",
    ),
    "stream options without a stream": (
        _request(stream_options={"include_usage": True}), "stream_options", "only allowed",
    ),
    "a temperature out of range": (_request(temperature=3), "temperature", "between 0 and 2"),
    "a token limit of nothing": (_request(max_tokens=0), "max_tokens", "minimum"),
    "max_tokens for a reasoning model": (
        _request(model="gpt-6-luna", max_tokens=5), "max_tokens", "max_completion_tokens",
    ),
    "a temperature for a model that reasons": (
        _request(model="gpt-6-luna", temperature=0.8), "temperature", "does not support",
    ),
    "tools for a gpt-6 that reasons": (
        _request(model="gpt-6-luna", tools=[TOOL]), "tools", "reasoning_effort",
    ),
    "effort for a model that does not reason": (
        _request(reasoning_effort="none"), "reasoning_effort", "Unrecognized",
    ),
}  # fmt: skip


@pytest.mark.parametrize("body", GOOD.values(), ids=GOOD.keys())
def test_is_accepted(body: dict[str, Any]) -> None:
    assert check(body) is None


@pytest.mark.parametrize(("body", "param", "says"), BAD.values(), ids=BAD.keys())
def test_is_refused(body: object, param: str | None, says: str) -> None:
    refusal = check(body)
    assert refusal is not None
    assert (refusal.status, refusal.param) == (400, param)
    assert says in refusal.message


REPLIES = {
    "text": (Reply(text="Nine is  free.\n"), "stop"),
    "nothing at all": (Reply(), "stop"),
    "text and two tool calls": (
        Reply(text="Wait.", tool_calls=(ToolCall("a", {"day": "Tuesday"}), ToolCall("b", {}))),
        "tool_calls",
    ),
    "arguments cut short": (
        Reply(tool_calls=(ToolCall("a", {"x": 1}),), fault=Fault("truncated_arguments")), "length",
    ),
    "a filtered answer": (Reply(text="I", finish_reason="content_filter"), "content_filter"),
}  # fmt: skip


@pytest.mark.parametrize(("reply", "reason"), REPLIES.values(), ids=REPLIES.keys())
def test_a_reply_has_the_published_shape_whole_and_in_pieces(reply: Reply, reason: str) -> None:
    answer = finish(reply, _request(), created=1)
    completion = ChatCompletion.model_validate(whole(answer), strict=True)
    parts = [
        ChatCompletionChunk.model_validate(chunk, strict=True)
        for chunk in chunks(answer, with_usage=True)
    ]
    deltas = [choice.delta for part in parts for choice in part.choices]
    reasons = [choice.finish_reason for part in parts for choice in part.choices]
    assert deltas[0].role == "assistant"
    assert "".join(delta.content or "" for delta in deltas) == reply.text
    assert completion.choices[0].finish_reason == reason
    assert reasons == [None] * (len(reasons) - 1) + [reason]
    assert parts[-1].choices == []
    assert parts[-1].usage == completion.usage


def test_a_tool_call_is_named_once_and_argued_in_pieces() -> None:
    answer = finish(Reply(tool_calls=(ToolCall("a", {"day": "Tuesday"}),)), _request(), created=1)
    fragments = [
        call
        for chunk in chunks(answer, with_usage=False)
        for choice in chunk["choices"]
        for call in choice["delta"].get("tool_calls", ())
    ]
    assert [bool(call.get("id")) for call in fragments] == [True] + [False] * (len(fragments) - 1)
    assert len(fragments) > 2
    assert "".join(call["function"]["arguments"] for call in fragments) == '{"day": "Tuesday"}'


def test_usage_is_sent_only_when_asked_for() -> None:
    answer = finish(Reply(text="Yes."), _request(), created=1)
    assert not any("usage" in chunk for chunk in chunks(answer, with_usage=False))


def test_the_token_limit_cuts_an_answer() -> None:
    answer = finish(Reply(text="one two three"), _request(max_tokens=2), created=1)
    assert (answer.text, answer.reason, answer.usage["completion_tokens"]) == (
        "one two",
        "length",
        2,
    )


def test_lines_are_chosen_by_match_then_by_order_then_not_at_all() -> None:
    tuesday = Reply(text="T", match="tuesday")
    after = Reply(text="A", after_tool="^slots$")
    first, second = Reply(text="1"), Reply(text="2")
    lines = Lines((tuesday, first, after, second))
    asked = [
        lines.choose(text="On Tuesday"),
        lines.choose(text="Hello"),
        lines.choose(text="On Tuesday", tool="slots"),
        lines.choose(text="On Tuesday", tool="other"),
        lines.choose(text="Hello"),
        lines.choose(text="tuesday?"),
    ]
    assert asked == [tuesday, first, after, second, None, tuesday]


def test_what_was_said_last_skips_the_prompt_and_names_the_tool() -> None:
    prompt = {"role": "system", "content": "Be brief."}
    parts = {"role": "user", "content": [{"type": "text", "text": "Hello"}]}
    assert last_said([prompt, parts, prompt]) == ("Hello", None)
    assert last_said([prompt, ASK, CALL, RESULT, prompt]) == (ASK["content"], "slots")


def test_a_script_comes_from_toml_or_json(tmp_path: Path) -> None:
    toml = tmp_path / "replies.toml"
    toml.write_text(
        'ttft_ms = 5\n[[replies]]\nmatch = "hi"\ntext = "Hello."\nfault = {kind = "drop"}\n'
        '[[replies]]\ntool_calls = [{name = "slots", arguments = {day = "Tuesday"}}]\n'
    )
    json = tmp_path / "replies.json"
    json.write_text('{"replies": [{"text": "Hello."}]}')
    script = load(toml, OpenAIScript)
    assert script.replies[0] == Reply(text="Hello.", match="hi", fault=Fault("drop"))
    assert script.replies[1].tool_calls == (ToolCall("slots", {"day": "Tuesday"}),)
    assert load(json, OpenAIScript).replies == (Reply(text="Hello."),)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[[replies]]\ntxet = "Hello."\n', r"replies\.0\.txet"),
        ('[[replies]]\nfault = {kind = "fire"}\n', r"replies\.0\.fault\.kind"),
        ("[[replies", "bad.toml: Expected"),
    ],
    ids=["a field misspelt", "a fault that does not exist", "not TOML"],
)
def test_a_script_that_cannot_be_used_says_where(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=says):
        load(path, OpenAIScript)

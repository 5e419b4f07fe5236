"""What the chat completions endpoint refuses, as the real one does.

Rules and wording follow https://platform.openai.com/docs/api-reference/chat and error bodies
seen in public issue threads; the checks are those a client of ours can get wrong.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Body = dict[str, Any]

ROLES = ("system", "assistant", "user", "function", "tool", "developer")
PARAMETERS = frozenset(
    {
        "audio", "frequency_penalty", "function_call", "functions", "logit_bias", "logprobs",
        "max_completion_tokens", "max_tokens", "messages", "metadata", "modalities", "model", "n",
        "parallel_tool_calls", "prediction", "presence_penalty", "prompt_cache_key",
        "prompt_cache_retention", "reasoning_effort", "response_format", "safety_identifier",
        "seed", "service_tier", "stop", "store", "stream", "stream_options", "temperature",
        "tool_choice", "tools", "top_logprobs", "top_p", "user", "verbosity", "web_search_options",
    }
)  # fmt: skip
TOOL_NAME = re.compile(r"^[a-zA-Z0-9_-]{1,64}$")
REASONING = re.compile(r"^(o\d|gpt-[5-9])")


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error answer: HTTP status and the fields of the `error` object."""

    message: str
    param: str | None = None
    code: str | None = None
    status: int = 400
    type: str = "invalid_request_error"

    def body(self) -> Body:
        error = {"message": self.message, "type": self.type, "param": self.param, "code": self.code}
        return {"error": error}


def check(body: object) -> Refusal | None:
    """Find the first thing wrong with a chat completions request, if anything is."""
    if not isinstance(body, dict):
        return Refusal("We could not parse the JSON body of your request. (HINT: expected JSON.)")
    rules: tuple[Callable[[Body], Iterator[Refusal]], ...] = (
        _parameters,
        _ranges,
        _reasoning,
        _tools,
        _messages,
        _tool_order,
    )
    for rule in rules:
        for refusal in rule(body):
            return refusal
    return None


def _parameters(body: Body) -> Iterator[Refusal]:
    for name in body:
        if name not in PARAMETERS:
            yield Refusal(f"Unrecognized request argument supplied: {name}")
    if not isinstance(body.get("model"), str) or not body["model"]:
        yield Refusal("you must provide a model parameter")
    if body.get("stream_options") is not None and not body.get("stream"):
        message = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
        yield Refusal(message, param="stream_options")
    if body.get("parallel_tool_calls") is not None and not body.get("tools"):
        message = "'parallel_tool_calls' is only allowed when 'tools' are specified."
        yield Refusal(message, param="parallel_tool_calls")
    if body.get("max_tokens") is not None and body.get("max_completion_tokens") is not None:
        yield Refusal("Setting 'max_tokens' and 'max_completion_tokens' at once is not supported.")
    if body.get("n") not in (None, 1):
        yield Refusal("The stand-in answers with one choice only.", param="n")


def _ranges(body: Body) -> Iterator[Refusal]:
    for name, low, high in (("temperature", 0, 2), ("top_p", 0, 1)):
        value = body.get(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float):
            yield Refusal(f"Invalid type for '{name}': expected a decimal.", name, "invalid_type")
        elif not low <= value <= high:
            message = f"Invalid '{name}': expected a value between {low} and {high}."
            yield Refusal(message, name, "decimal_out_of_range")
    for name in ("max_tokens", "max_completion_tokens"):
        value = body.get(name)
        if value is not None and (not isinstance(value, int) or value < 1):
            message = f"Invalid '{name}': integer below minimum value. Expected a value >= 1."
            yield Refusal(message, name, "integer_below_min_value")


def _reasoning(body: Body) -> Iterator[Refusal]:
    if not REASONING.match(body["model"]):
        if body.get("reasoning_effort") is not None:
            message = "Unrecognized request argument supplied: reasoning_effort"
            yield Refusal(message, "reasoning_effort", "unsupported_parameter")
        return
    if body.get("max_tokens") is not None:
        message = (
            "Unsupported parameter: 'max_tokens' is not supported with this model. "
            "Use 'max_completion_tokens' instead."
        )
        yield Refusal(message, "max_tokens", "unsupported_parameter")
    if body.get("reasoning_effort") == "none":
        return
    for name in ("temperature", "top_p"):
        if body.get(name) not in (None, 1):
            message = f"Unsupported value: '{name}' does not support {body[name]} with this model."
            yield Refusal(message, name, "unsupported_value")
    if body.get("tools") and body["model"].startswith("gpt-6"):
        message = "Function tools need 'reasoning_effort' to be 'none' with this model."
        yield Refusal(message, "tools", "unsupported_parameter")


def _tools(body: Body) -> Iterator[Refusal]:
    tools = body.get("tools")
    if tools is None:
        if body.get("tool_choice") not in (None, "none"):
            message = "'tool_choice' is only allowed when 'tools' are specified."
            yield Refusal(message, "tool_choice")
        return
    if not isinstance(tools, list) or not tools:
        yield Refusal("Invalid 'tools': empty array.", "tools", "empty_array")
        return
    for index, tool in enumerate(tools):
        yield from _tool(tool, f"tools[{index}]")
    names = [tool["function"]["name"] for tool in tools]
    for name in names:
        if names.count(name) > 1:
            yield Refusal(f"Duplicate tool name '{name}'.", "tools", "invalid_value")
    choice = body.get("tool_choice")
    if isinstance(choice, dict) and choice.get("function", {}).get("name") not in names:
        message = "Tool choice names a function that is not in 'tools'."
        yield Refusal(message, "tool_choice", "invalid_value")


def _tool(tool: object, where: str) -> Iterator[Refusal]:
    if not isinstance(tool, dict) or tool.get("type") != "function":
        message = f"Invalid value for '{where}.type'. Supported values are: 'function'."
        yield Refusal(message, f"{where}.type", "invalid_value")
        return
    function = tool.get("function")
    if not isinstance(function, dict) or not isinstance(function.get("name"), str):
        param = f"{where}.function.name"
        yield Refusal(
            f"Missing required parameter: '{param}'.", param, "missing_required_parameter"
        )
        return
    if not TOOL_NAME.match(function["name"]):
        param = f"{where}.function.name"
        message = f"Invalid '{param}': string does not match pattern '^[a-zA-Z0-9_-]+$'."
        yield Refusal(message, param, "invalid_value")
    schema = function.get("parameters", {"type": "object", "properties": {}})
    if not isinstance(schema, dict) or schema.get("type") != "object":
        message = f"Invalid schema for function '{function['name']}': type must be 'object'."
        yield Refusal(message, f"{where}.function.parameters", "invalid_function_parameters")
        return
    properties = schema.get("properties", {})
    if function.get("strict") and (
        schema.get("additionalProperties") is not False
        or set(schema.get("required", ())) != set(properties)
    ):
        message = (
            f"Invalid schema for function '{function['name']}': with 'strict', "
            "'additionalProperties' must be false and every property 'required'."
        )
        yield Refusal(message, f"{where}.function.parameters", "invalid_function_parameters")


def _messages(body: Body) -> Iterator[Refusal]:
    messages = body.get("messages")
    if not isinstance(messages, list):
        message = "Missing required parameter: 'messages'."
        yield Refusal(message, "messages", "missing_required_parameter")
        return
    if not messages:
        message = "Invalid 'messages': empty array. Expected an array with minimum length 1."
        yield Refusal(message, "messages", "empty_array")
    for index, entry in enumerate(messages):
        yield from _message(entry, f"messages[{index}]")


def _message(entry: object, where: str) -> Iterator[Refusal]:
    if not isinstance(entry, dict) or entry.get("role") not in ROLES:
        role = entry.get("role") if isinstance(entry, dict) else entry
        allowed = ", ".join(f"'{name}'" for name in ROLES)
        message = f"Invalid value: '{role}'. Supported values are: {allowed}."
        yield Refusal(message, f"{where}.role", "invalid_value")
        return
    content = entry.get("content")
    may_be_empty = entry["role"] == "assistant" and entry.get("tool_calls")
    if not isinstance(content, str | list) and not (content is None and may_be_empty):
        message = f"Invalid value for 'content' in '{where}': expected a string, got null."
        yield Refusal(message, f"{where}.content")
    if entry["role"] == "tool" and not isinstance(entry.get("tool_call_id"), str):
        param = f"{where}.tool_call_id"
        message = f"Missing required parameter: '{param}'."
        yield Refusal(message, param, "missing_required_parameter")
    for number, call in enumerate(entry.get("tool_calls") or ()):
        if not _call_is_whole(call):
            param = f"{where}.tool_calls[{number}]"
            message = f"Invalid '{param}': needs 'id', 'type' and 'function' with text arguments."
            yield Refusal(message, param, "invalid_value")


def _call_is_whole(call: object) -> bool:
    if not isinstance(call, dict) or not isinstance(call.get("function"), dict):
        return False
    function = call["function"]
    texts = (call.get("id"), function.get("name"), function.get("arguments"))
    return call.get("type") == "function" and all(isinstance(text, str) for text in texts)


def _tool_order(body: Body) -> Iterator[Refusal]:
    waiting: list[str] = []
    open_group = False
    for index, entry in enumerate(body["messages"]):
        if entry["role"] == "tool":
            if entry["tool_call_id"] not in waiting:
                yield _stray(index, open_group)
                return
            waiting.remove(entry["tool_call_id"])
            continue
        if waiting:
            yield _unanswered(waiting, index)
        waiting = [call["id"] for call in entry.get("tool_calls") or ()]
        open_group = bool(waiting)
    if waiting:
        yield _unanswered(waiting, len(body["messages"]))


def _stray(index: int, open_group: bool) -> Refusal:
    if open_group:
        message = "Invalid parameter: 'tool_call_id' not found in 'tool_calls' of previous message."
        return Refusal(message, f"messages.[{index}].tool_call_id")
    message = (
        "Invalid parameter: messages with role 'tool' must be a response to a preceeding message "
        "with 'tool_calls'."
    )
    return Refusal(message, f"messages.[{index}].role")


def _unanswered(ids: list[str], index: int) -> Refusal:
    message = (
        "An assistant message with 'tool_calls' must be followed by tool messages responding to "
        "each 'tool_call_id'. The following tool_call_ids did not have response messages: "
        + ", ".join(ids)
    )
    return Refusal(message, f"messages.[{index}].role")

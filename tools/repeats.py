"""The answer to a question that was asked before on the same call, where it cannot have changed."""

from typing import Any

import orjson
from langchain_core.messages import AIMessage, AnyMessage, ToolMessage
from pydantic import ValidationError

from tools.calling import Answer, Arguments, Tool


def answered(tool: Tool, arguments: Arguments, messages: list[AnyMessage]) -> Answer | None:
    """What the same tool answered to the same arguments before; refusals are asked again."""
    for message in reversed(messages):
        if not isinstance(message, ToolMessage) or message.name != tool.name:
            continue
        if _asked(tool, message.tool_call_id, messages) == arguments:
            found = _result(message)
            return Answer(found["message"], found["data"]) if found.get("success") else None
    return None


def _asked(tool: Tool, call_id: str, messages: list[AnyMessage]) -> Arguments | None:
    for message in messages:
        for call in message.tool_calls if isinstance(message, AIMessage) else ():
            if call["id"] == call_id:
                try:
                    return tool.arguments.model_validate(call["args"])
                except ValidationError:
                    return None
    return None


def _result(message: ToolMessage) -> dict[str, Any]:
    try:
        found = orjson.loads(str(message.text))
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}

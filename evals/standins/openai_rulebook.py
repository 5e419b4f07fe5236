"""The rulebook model behind OpenAI's wire format: a whole call over HTTP, by rules."""

from typing import Any

from langchain_core.messages import convert_to_messages

from evals.standins.openai_wire import Reply, ToolCall
from graph.models.rulebook.model import RulebookModel


async def answer(request: dict[str, Any]) -> Reply:
    """Answer a chat completions request by the rules of `graph.models.rulebook`."""
    tool_choice = "none" if request.get("tool_choice") == "none" else None
    model = RulebookModel().bind_tools(request.get("tools") or [], tool_choice=tool_choice)
    message = await model.ainvoke(convert_to_messages(request["messages"]))
    calls = tuple(ToolCall(call["name"], call["args"], call["id"]) for call in message.tool_calls)
    return Reply(text=message.text, tool_calls=calls)

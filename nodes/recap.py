"""Read a wish back, and carry it out once the caller has agreed."""

from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessage, ToolCall

from graph.speech import mouth
from graph.state import CallState
from nodes.in_spanish import read_back
from nodes.scripted import say


@dataclass(frozen=True, slots=True)
class RecapNode:
    """The words are made from the wish itself, so what is agreed to is what will be written."""

    async def __call__(self, state: CallState) -> dict[str, Any]:
        proposal = state.get("proposal")
        assert proposal is not None
        if proposal["status"] == "agreed":
            call = ToolCall(
                name=proposal["tool"],
                args=proposal["args"],
                id=f"agreed-{len(state['messages'])}",
                type="tool_call",
            )
            return {"messages": [AIMessage("", tool_calls=[call])]}
        if mouth().shut.is_set():
            return {}
        return {
            "messages": [say(read_back(proposal, state))],
            "proposal": {**proposal, "status": "recapped"},
        }

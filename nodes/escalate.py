"""Get a person: the attempt is made by code, so no model can forget it."""

from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessage, ToolCall
from langgraph.runtime import Runtime

from graph.context import CallContext
from graph.state import CallState
from nodes.intent import last_words
from nodes.talk import TalkNode


@dataclass(frozen=True, slots=True)
class EscalateNode:
    """Try a transfer as soon as a person is wanted, then talk about how it went."""

    talk: TalkNode

    async def __call__(self, state: CallState, runtime: Runtime[CallContext]) -> dict[str, Any]:
        if not state.get("person_wanted"):
            return await self.talk(state, runtime)
        asked = "cannot_verify" if state.get("failed_factors", 0) >= 3 else "asked_for_human"
        call = ToolCall(
            name="transfer_to_human",
            args={"reason": asked, "summary": last_words(state["messages"])[:400]},
            id=f"escalate-{len(state['messages'])}",
            type="tool_call",
        )
        return {"messages": [AIMessage("", tool_calls=[call])], "person_wanted": False}

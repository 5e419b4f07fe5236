"""Get a person: the attempt is made by code, so no model can forget it."""

from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessage, ToolCall
from langgraph.runtime import Runtime

from graph.context import CallContext
from graph.state import CallState
from nodes.direction import may_ring
from nodes.intent import last_words
from nodes.talk import TalkNode
from tools.access import MAX_FACTORS


@dataclass(frozen=True, slots=True)
class EscalateNode:
    """Try a transfer as soon as a person is wanted, then talk about how it went.

    Once it has failed, only a caller who asks for a person again makes it try again, and only once.
    """

    talk: TalkNode

    async def __call__(self, state: CallState, runtime: Runtime[CallContext]) -> dict[str, Any]:
        words = last_words(state["messages"])
        if not state.get("person_wanted") or not may_ring(state, words):
            return {**await self.talk(state, runtime), "person_wanted": False}
        unproved = state.get("failed_factors", 0) >= MAX_FACTORS
        # After failed checks the last words are a birth date or a plate: nobody's business.
        about = "could not be verified" if unproved else words[:400]
        call = ToolCall(
            name="transfer_to_human",
            args={
                "reason": "cannot_verify" if unproved else "asked_for_human",
                "summary": about or "asked for a person",
            },
            id=f"escalate-{len(state['messages'])}",
            type="tool_call",
        )
        return {"messages": [AIMessage("", tool_calls=[call])], "person_wanted": False}

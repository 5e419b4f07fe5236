"""Which node comes next. Pure: a route reads the state and nothing else.

They are coroutines because LangGraph runs a plain function in a thread, which would be a hop on the
way to the first word.
"""

from typing import Literal

from langchain_core.messages import AIMessage
from langgraph.graph import END

from graph.state import CallState, Topic


async def after_start(state: CallState) -> Literal["identify", "intent"]:
    """The first turn of a call finds out whose number it is; later turns know."""
    return "intent" if "access" in state else "identify"


async def after_intent(state: CallState) -> Topic | Literal["recap"]:
    """A wish just agreed to is carried out; otherwise the topic in charge speaks."""
    proposal = state.get("proposal")
    if proposal is not None and proposal["status"] == "agreed":
        return "recap"
    return state.get("topic", "answer")


async def after_talk(state: CallState) -> str:
    """Tools that were asked for run; otherwise it is the caller's turn."""
    last = state["messages"][-1]
    return "tools" if isinstance(last, AIMessage) and last.tool_calls else END


async def after_tools(state: CallState) -> Topic | Literal["recap"]:
    """A wish that needs agreement is read back; otherwise the topic in charge goes on."""
    proposal = state.get("proposal")
    if proposal is not None and proposal["status"] == "held":
        return "recap"
    return state.get("topic", "answer")

"""A car that may be dangerous comes before everything else."""

from dataclasses import dataclass
from typing import Any

from langgraph.runtime import Runtime

from graph.context import CallContext
from graph.state import CallState
from nodes.scripted import say
from nodes.talk import TalkNode

WARNING = (
    "Please don't drive the car; if you're in it, pull over somewhere safe and switch it off."
    " If anyone is hurt, there's fire, or you're stuck in traffic, hang up and call nine one one."
    " Otherwise I can send a tow truck. Where is the car?"
)


@dataclass(frozen=True, slots=True)
class TriageNode:
    """Say the warning in fixed words first; only then let a model talk about the tow."""

    talk: TalkNode

    async def __call__(self, state: CallState, runtime: Runtime[CallContext]) -> dict[str, Any]:
        if state.get("unsafe") and not state.get("warned"):
            return {"messages": [say(WARNING)], "warned": True}
        return await self.talk(state, runtime)

"""A car that may be dangerous comes before everything else."""

from dataclasses import dataclass
from typing import Any

from langgraph.runtime import Runtime

from graph.context import CallContext
from graph.expect import expectation
from graph.state import CallState
from nodes import in_spanish
from nodes.intent import last_reply, last_words
from nodes.scripted import say
from nodes.talk import TalkNode
from nodes.understand import Understanding, understand

WARNING = (
    "Please don't drive the car; if you're in it, pull over somewhere safe and switch it off."
    " If anyone is hurt, there's fire, or you're stuck in traffic, hang up and call nine one one."
    " Otherwise I can send a tow truck. Where is the car?"
)

EMERGENCY = (
    "Please hang up and call nine one one right now. Get away from the car and from traffic if you"
    " can, and please don't drive it."
)


@dataclass(frozen=True, slots=True)
class TriageNode:
    """Say the warning in fixed words first; only then let a model talk about the tow."""

    talk: TalkNode

    async def __call__(self, state: CallState, runtime: Runtime[CallContext]) -> dict[str, Any]:
        heard = _heard(state)
        if heard.emergency:
            return {
                "messages": [say(f"{_first(heard, spanish=in_spanish.EMERGENCY)}{EMERGENCY}")],
                "warned": True,
            }
        if state.get("unsafe") and not state.get("warned"):
            return {
                "messages": [say(f"{_first(heard, spanish=in_spanish.WARNING)}{WARNING}")],
                "warned": True,
            }
        return await self.talk(state, runtime)


def _first(heard: Understanding, *, spanish: str) -> str:
    """What comes before the English words: the same, for somebody who speaks Spanish."""
    return f"{spanish} " if heard.spanish else ""


def _heard(state: CallState) -> Understanding:
    asked = expectation(last_reply(state["messages"]))
    return understand(last_words(state["messages"]), topic="triage", asked=asked)

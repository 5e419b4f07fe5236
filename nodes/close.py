"""The end of a call, in words that promise only what was done."""

from dataclasses import dataclass
from typing import Any

from langgraph.runtime import Runtime

from graph.context import CallContext
from graph.state import CallState
from graph.tentative import until_real
from nodes.scripted import say
from shop.desk import Desk


@dataclass(frozen=True, slots=True)
class CloseNode:
    """Say good-bye and let the line be hung up once it has been heard."""

    desk: Desk

    async def __call__(self, state: CallState, runtime: Runtime[CallContext]) -> dict[str, Any]:
        context = runtime.context or CallContext()
        words = farewell(state, self.desk.shop.name)
        if state.get("opted_out") and context.caller_number:
            await until_real()
            await self.desk.opt_out(
                call_sid=context.call_sid, key="opt_out", phone=context.caller_number
            )
            words = f"Understood, we won't call this number again. {words}"
        return {"messages": [say(words)], "ended": True}


def farewell(state: CallState, shop_name: str) -> str:
    """The last sentence of a call."""
    deeds = state.get("deeds", [])
    booked = deeds and deeds[-1]["outcome"] in ("appointment_booked", "appointment_rescheduled")
    see_you = " We'll see you then." if booked else ""
    return f"Thanks for calling {shop_name}.{see_you} Have a good day. Goodbye."

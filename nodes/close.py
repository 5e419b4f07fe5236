"""The end of a call, in words that promise only what was done."""

from dataclasses import dataclass
from typing import Any

from langgraph.runtime import Runtime

from graph.context import CallContext
from graph.expect import expectation
from graph.state import CallState
from graph.tentative import until_real
from nodes.halfway import half_made
from nodes.intent import last_reply, last_words
from nodes.scripted import say
from nodes.understand import understand
from nodes.words.strangers import SOLICITS
from shop.desk import Desk
from shop.words.numerals import plain

NO_MORE_CALLS = "Understood, we won't call this number again."
_GO_ON = "Shall we go on with your booking?"


@dataclass(frozen=True, slots=True)
class CloseNode:
    """Say good-bye and let the line be hung up once it has been heard.

    Who wants no more calls in the middle of a booking is asked whether to go on with it.
    """

    desk: Desk

    async def __call__(self, state: CallState, runtime: Runtime[CallContext]) -> dict[str, Any]:
        context = runtime.context or CallContext()
        words = _to_strangers(state, context, self.desk.shop.name)
        words = words or farewell(state, context, self.desk.shop.name)
        ended = True
        if state.get("opted_out") and context.caller_number:
            await until_real()
            await self.desk.opt_out(
                call_sid=context.call_sid, key="opt_out", phone=context.caller_number
            )
            if not _was_told(state):
                ended = half_made(state, last_words(state["messages"])) is None
                words = f"{NO_MORE_CALLS} {words if ended else _GO_ON}"
        return {"messages": [say(words)], "ended": ended}


def _was_told(state: CallState) -> bool:
    """Whether it was said, and heard, that this number is not called any more."""
    return any(m.text.startswith(NO_MORE_CALLS) for m in state["messages"] if m.type == "ai")


def _to_strangers(state: CallState, context: CallContext, shop_name: str) -> str | None:
    """The last words to somebody who wants nothing of the shop; None to anybody else."""
    words = last_words(state["messages"])
    if SOLICITS.search(plain(words)):
        return f"Thank you, but {shop_name} takes no offers or surveys on this line. Goodbye."
    asked = expectation(last_reply(state["messages"]))
    if understand(words, topic="close", asked=asked).intent != "wrong_number":
        return None
    if context.call_type.startswith("outbound"):
        return "I'm sorry, then we have the wrong number. Goodbye."
    return f"No problem. This is {shop_name}, a car repair shop. Goodbye."


def farewell(state: CallState, context: CallContext, shop_name: str) -> str:
    """The last sentence of a call; who was rung is not thanked for ringing."""
    deeds = state.get("deeds", [])
    booked = deeds and deeds[-1]["outcome"] in ("appointment_booked", "appointment_rescheduled")
    see_you = " We'll see you then." if booked else ""
    rung = context.call_type.startswith("outbound")
    thanks = "Thank you for your time." if rung else f"Thanks for calling {shop_name}."
    return f"{thanks}{see_you} Have a good day. Goodbye."

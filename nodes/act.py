"""Carry out the tool calls of the last message."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import orjson
from langchain_core.messages import AIMessage, ToolCall, ToolMessage
from langgraph.runtime import Runtime

from graph.context import CallContext, CallType
from graph.speech import ToolEnded, ToolStarted, mouth
from graph.state import CallState, Topic
from graph.tentative import until_real
from shop.desk import Desk
from tools.calling import OnCall
from tools.registry import TOOLS
from tools.router import ToolRouter

_BOOKING = {"create_customer", "create_vehicle", "get_available_slots", "book_appointment"}
Ran = tuple[tuple[str, Any], ToolMessage]
"""The name of a tool with the code of its refusal, and its message."""

_OWN = {
    "get_upcoming_appointments",
    "reschedule_appointment",
    "cancel_appointment",
    "undo_cancellation",
    "confirm_appointment",
}

_PROVED: dict[CallType, Topic] = {"outbound_reminder": "modify", "outbound_followup": "answer"}
"""What whoever the shop rings proves who they are for, where nothing else waits for it."""


@dataclass(frozen=True, slots=True)
class ActNode:
    """What only reads, all at once; the rest one after the other, each seeing the one before it.

    What has begun is finished even if the caller cuts in: only the mouth is ever stopped.
    """

    desk: Desk
    can_transfer: bool

    async def __call__(self, state: CallState, runtime: Runtime[CallContext]) -> dict[str, Any]:
        asked = state["messages"][-1]
        assert isinstance(asked, AIMessage)
        context = runtime.context or CallContext()
        call = OnCall(
            _call_sid(context, runtime), context, state, self.desk, self._can_transfer(context)
        )
        router = ToolRouter.on(call)
        results = await _run_all(router, asked.tool_calls)
        update = router.update
        done = [name for name, _ in results]
        topic = next_topic({**state, **update}, done, context.call_type)  # type: ignore[typeddict-item]  # merged from tools
        return {**update, **topic, "messages": [message for _, message in results]}

    def _can_transfer(self, context: CallContext) -> bool:
        """Only a caller on a telephone can be put through."""
        return self.can_transfer and context.channel == "phone"


async def _run_all(router: ToolRouter, calls: list[ToolCall]) -> list[Ran]:
    """The results in the order of the calls, whatever order they came in."""
    reading: dict[int, asyncio.Task[Ran]] = {}
    async with asyncio.TaskGroup() as group:
        for place, call in enumerate(calls):
            tool = TOOLS.get(call["name"])
            if tool is not None and tool.reads_only:
                reading[place] = group.create_task(_run(router, call))
        return [
            await (reading[place] if place in reading else _run(router, call))
            for place, call in enumerate(calls)
        ]


async def _run(router: ToolRouter, tool_call: ToolCall) -> Ran:
    call_id = tool_call["id"] or ""
    lips = mouth()
    tool = TOOLS.get(tool_call["name"])
    if tool is not None and not tool.may_run_ahead:
        await until_real()
    # A model may send half a character; the standard library writes it down as such.
    arguments = json.dumps(tool_call["args"], default=str)
    lips.emit(ToolStarted(tool_call["name"], arguments, call_id))
    envelope = await router.execute(tool_call["name"], **tool_call["args"])
    result = orjson.dumps(envelope).decode()
    lips.emit(ToolEnded(result, call_id))
    status = "success" if envelope["success"] else "error"
    message = ToolMessage(result, tool_call_id=call_id, name=tool_call["name"], status=status)
    return (tool_call["name"], envelope.get("error")), message


def next_topic(
    state: CallState, done: list[tuple[str, Any]], call_type: CallType = "inbound_general"
) -> dict[str, Any]:
    """Where the conversation stands after these tools; pure.

    A model may take a turn that the words alone did not announce; the topic follows what it did.
    Whoever the shop rings says their name and proves it for what they are rung about.
    """
    topic: Topic = state.get("topic", "answer")
    rung = call_type.startswith("outbound")
    for name, error in done:
        if error == "attempts_spent":
            return {"topic": "escalate", "person_wanted": True}
        if name == "transfer_to_human":
            return {"topic": "escalate", "person_wanted": False}
        if name == "verify_identity" and error is None:
            proved_for = _PROVED.get(call_type, "booking")
            return {"topic": state.get("resume") or proved_for, "resume": None}
        if name in _OWN:
            if error == "not_allowed" and state.get("access") != "verified":
                return {"topic": "verify", "resume": "modify"}
            topic = "modify"
        elif name in _BOOKING and topic == "answer" and not (rung and name == "create_customer"):
            topic = "booking"
    return {"topic": topic}


def _call_sid(context: CallContext, runtime: Runtime[CallContext]) -> str:
    if context.call_sid:
        return context.call_sid
    info = runtime.execution_info
    return str(info.thread_id) if info is not None and info.thread_id else "studio"

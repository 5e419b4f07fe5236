"""What a call remembers of the person its caller was promised; nothing here asks the carrier."""

from langchain_core.messages import HumanMessage, ToolMessage

from api.call import Call, Transfer
from api.outcomes import brief
from api.twilio.dialing import DialOutcome
from graph.state import CallState
from shop.calls.logs import CallLog

_RINGING = ": not known."
"""In the summary of a call whose record was written while somebody was rung for it."""


def was_promised(state: CallState) -> bool:
    """Whether a person was promised in answer to the caller's last words."""
    for message in reversed(state["messages"]):
        if isinstance(message, HumanMessage):
            return False
        if isinstance(message, ToolMessage) and message.name == "transfer_to_human":
            return message.status != "error"
    return False


def rang(call: Call) -> bool:
    """Whether the person who was promised last was rung, and not a word was said to it since."""
    return was_promised(call.state) and len(call.transfers) >= call.state.get("transfers", 1)


def reason(state: CallState) -> str:
    """Why a person was wanted, as "reason: summary"; the newest where there are several."""
    deeds = reversed(state.get("deeds", []))
    return next((deed["summary"] for deed in deeds if deed["outcome"] == "transferred"), "")


def attempt_elsewhere(state: CallState, outcome: DialOutcome | None = None) -> Transfer:
    """An attempt that another process made, as far as the call remembers it."""
    return Transfer(state.get("transfer_to") or "a person", brief(reason(state)), outcome)


def has_call_back(state: CallState) -> bool:
    """Whether somebody is to ring the caller."""
    return any(deed["outcome"] == "callback_requested" for deed in state.get("deeds", []))


def is_news(call: Call, attempt: Transfer, outcome: DialOutcome) -> bool:
    """Whether the carrier tells of an attempt what was not known, or only supposed."""
    supposed = attempt.outcome == "failed" and not has_call_back(call.state)
    return attempt.outcome is None or (supposed and outcome == "answered")


def is_unsettled(log: CallLog) -> bool:
    """Whether the record of a call does not say how ringing a person ended."""
    ringing = log.outcome == "transferred" and _RINGING in (log.summary or "")
    return log.status == "open" or ringing


def take_back(call: Call) -> None:
    """What was promised has not happened; the next words of the caller make that lasting."""
    state = call.state
    deeds = [deed for deed in state.get("deeds", []) if deed["outcome"] != "transferred"]
    call.agent.state = {**state, "transfer_to": None, "deeds": deeds}

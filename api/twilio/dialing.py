"""How ringing a person for a caller ended, and what that person hears first.

Fields: https://www.twilio.com/docs/voice/twiml/dial#action.
"""

from collections.abc import Mapping
from typing import Literal, get_args

DialOutcome = Literal[
    "answered", "busy", "no_answer", "failed", "declined", "voicemail", "caller_left"
]
"""`declined`: picked up, and the call was not taken; `voicemail`: a machine picked up."""

ENDED = frozenset({"completed", "busy", "no-answer", "canceled", "failed"})
WHISPER_WAIT_S = 10
_ACCEPT = "1"
_NOT_BACK = ("answered", "caller_left")
_PICKED_UP = ("completed", "answered")
_NOT_REACHED: Mapping[str, DialOutcome] = {"busy": "busy", "no-answer": "no_answer"}
_ABOUT: Mapping[str, str] = {
    "angry": "They are upset",
    "complaint": "They have a complaint",
    "diagnostics": "They have a question about a fault",
    "warranty_or_insurance": "It is about a warranty or insurance",
    "discount_or_policy": "It is about a price or a policy",
    "safety": "It may be about safety",
    "cannot_verify": "They could not be verified",
}


def outcome(fields: Mapping[str, str]) -> DialOutcome:
    """What Twilio's form says; what is not clear has failed, so that the caller comes back."""
    status = fields.get("DialCallStatus", "").lower()
    picked_up = status in _PICKED_UP
    if picked_up and fields.get("DialBridged", "true").lower() != "false":
        return "answered"
    if fields.get("CallStatus", "").lower() in ENDED:
        return "caller_left"
    if is_machine(fields):
        return "voicemail"
    return "declined" if picked_up else _NOT_REACHED.get(status, "failed")


def not_reached(told: str) -> str:
    """How ringing ended by what another process has put into an address; else empty."""
    return told if told in get_args(DialOutcome) and told not in _NOT_BACK else ""


def is_machine(fields: Mapping[str, str]) -> bool:
    """Whether Twilio has noticed that no person picked up."""
    return fields.get("AnsweredBy", "").lower().startswith(("machine", "fax"))


def accepts(fields: Mapping[str, str]) -> bool:
    """Whether whoever picked up wants the call."""
    return fields.get("Digits", "") == _ACCEPT


def whispered(about: str) -> str:
    """One line for whoever picks up. It names nobody: it may be a machine that listens."""
    reason = _ABOUT.get(about, "They asked for a person")
    return f"A caller is waiting on the shop's line. {reason}. Press 1 to take the call."

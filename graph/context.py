"""The facts of one call that are known before anybody speaks."""

from dataclasses import dataclass
from typing import Annotated, Literal

CallType = Literal[
    "inbound_new", "inbound_existing", "inbound_general", "outbound_reminder", "outbound_followup"
]
Channel = Literal["phone", "text", "studio"]


@dataclass(frozen=True, slots=True)
class CallContext:
    """Set once per call; every field is JSON-able and has a default, so Studio can show a form."""

    call_sid: Annotated[str, "The carrier's id of the call; empty: the thread id stands in."] = ""
    caller_number: Annotated[str, "Caller ID in E.164; a claim, never a proof. May be empty."] = ""
    call_type: Annotated[CallType, "Which opening prompt is used."] = "inbound_general"
    channel: Annotated[Channel, "Where the words come from."] = "studio"
    variant: Annotated[str, "The arm of an experiment this call belongs to."] = "control"

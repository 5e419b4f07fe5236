"""What is remembered of one call: messages and builtins, nothing live.

The checkpointer stores exactly this. Ids of records stay here; the model sees the short handles
(`c1`, `v2`, `a1`) that `handles` maps to them.
"""

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from langchain_core.messages import AnyMessage
from langgraph.graph.message import add_messages

Access = Literal["unknown", "recognized", "verified"]
"""Nobody we know; caller ID and name match; an independent factor matches."""

Topic = Literal["answer", "booking", "modify", "verify", "triage", "escalate", "close"]
"""The speaking node in charge of the conversation."""

Outcome = Literal[
    "appointment_booked",
    "appointment_rescheduled",
    "appointment_cancelled",
    "transferred",
    "tow_requested",
    "callback_requested",
    "information_provided",
    "abandoned",
    "failed",
]


class OfferedSlot(TypedDict):
    """A time read out to the caller on this call. The model never sees `bay`.

    `entry` is that of the waiting list for which it is held, where it is not held for the call.
    """

    service_type: str
    starts_at: str
    minutes: int
    bay: str
    entry: NotRequired[str]


class Looked(TypedDict):
    """What free times were looked for last.

    "Later" and "the earliest of them" are understood by it. As long as what it led to is held for
    the call, the same question has the same `answer`; None once it may not be.
    """

    asked: dict[str, Any]
    date: str
    starts: list[str]
    since: str | None
    until: str | None
    answer: dict[str, Any] | None
    good_until: str


class Draft(TypedDict):
    """A customer or a vehicle the caller has described and nobody has written down yet."""

    kind: Literal["customer", "vehicle"]
    fields: dict[str, Any]


class Proposal(TypedDict):
    """A write the model asked for, held until the caller has heard it and said yes.

    `key` names the intent (what is changed, and to what), so asking twice is one write.
    """

    key: str
    tool: str
    args: dict[str, Any]
    recap: str
    status: Literal["held", "recapped", "agreed"]


DeedStatus = Literal["requested", "waitlisted", "off_waitlist", "confirmed"]
"""What an outcome leaves open: an advisor confirms it; they wait, or no longer; they will come."""


class Deed(TypedDict):
    """Something that was really done on this call."""

    outcome: Outcome
    status: NotRequired[DeedStatus]
    appointment_id: NotRequired[str]
    summary: str


class AlsoWanted(TypedDict):
    """A further wish of a sentence that held several.

    `route` is one of `nodes.understand.INTENTS`, `after` how many deeds there were when it was
    said; `now` marks the one that is being taken up in this turn.
    """

    route: str
    said: str
    after: int
    now: bool


class Unfinished(TypedDict):
    """What an earlier call from this number had come to when it was cut off.

    Nobody is told of it before they have said the same name.
    """

    name: str
    service_type: str | None
    vehicle: dict[str, Any] | None


class CallState(TypedDict):
    """One call as the checkpointer keeps it.

    `unsafe_cars` are the names under which the caller spoke of what must not be driven, as far as
    they named it; while `unsafe`, no car is booked that may be one of them.
    """

    messages: Annotated[list[AnyMessage], add_messages]
    topic: NotRequired[Topic]
    resume: NotRequired[Topic | None]
    access: NotRequired[Access]
    candidates: NotRequired[list[str]]
    customer_id: NotRequired[str]
    stated_name: NotRequired[str]
    failed_factors: NotRequired[int]
    numbers: NotRequired[list[str]]
    handles: NotRequired[dict[str, str]]
    drafts: NotRequired[dict[str, Draft]]
    offered: NotRequired[list[OfferedSlot]]
    looked: NotRequired[Looked | None]
    proposal: NotRequired[Proposal | None]
    unsafe: NotRequired[bool]
    unsafe_cars: NotRequired[list[str]]
    warned: NotRequired[bool]
    person_wanted: NotRequired[bool]
    opted_out: NotRequired[bool]
    transfer_to: NotRequired[str | None]
    transfers: NotRequired[int]
    deeds: NotRequired[list[Deed]]
    wishes: NotRequired[list[AlsoWanted]]
    unfinished: NotRequired[Unfinished | None]
    ended: NotRequired[bool]

"""What is told of a call that is over: numbers and words of our own, nothing that was said."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from langchain_core.messages import AIMessage

from api.call import Call
from api.outcomes import intent
from graph.models.profiles import RULEBOOK, profile_of
from graph.models.usage import ASKED, Usage, by_model
from nodes.variants import variants
from voice.timings import Timeline


@dataclass(frozen=True, slots=True)
class CallFacts:
    """One line of a call, from when it was opened.

    Attributes:
        trace_id: 128 bits, the same for all lines of a call; nobody finds the call by it who does
            not know its id.
        labels: What calls are told apart by.
        replies: What each answer of a vendor's model took, with the model's name.
        put_right: How often the guard stepped in, by the kind of claim.
        stood_in: How often a model answered that was not to be asked, by its name.
    """

    trace_id: int
    began_at: datetime
    ended_at: datetime
    labels: Mapping[str, str]
    timelines: tuple[Timeline, ...]
    replies: tuple[tuple[str, Usage], ...]
    put_right: Mapping[str, int]
    stood_in: Mapping[str, int]

    @property
    def failed(self) -> bool:
        """Whether the call came to nothing because something broke."""
        return self.labels["sophie.call.outcome"] == "failed"


def trace_id(call_sid: str) -> int:
    """The trace of a call."""
    return int.from_bytes(hashlib.sha256(f"trace:{call_sid}".encode()).digest()[:16], "big") or 1


def facts_of(call: Call, *, asked: frozenset[str], now: datetime) -> CallFacts:
    """What is told of a call whose line is closed.

    Args:
        call: The call; of its conversation only what this line has added counts.
        asked: The models that answer when nothing is wrong.
        now: When it ended.
    """
    new = [m for m in call.state["messages"][call.before :] if isinstance(m, AIMessage)]
    models = [(str(m.response_metadata.get(ASKED) or ""), m) for m in new]
    vendors = [(name, m) for name, m in models if _is_vendors(name)]
    return CallFacts(
        trace_id=trace_id(call.context.call_sid),
        began_at=call.line_at or call.opened_at,
        ended_at=now,
        labels=_labels(call),
        timelines=tuple(call.timelines),
        replies=tuple((name, use) for name, m in vendors for use in by_model([m]).values()),
        put_right=Counter(str(f) for m in new for f in _list(m.additional_kwargs.get("put_right"))),
        stood_in=Counter(name for name, _ in models if name and name not in asked),
    )


def _labels(call: Call) -> dict[str, str]:
    context, state = call.context, call.state
    return {
        "sophie.call.channel": context.channel,
        "sophie.call.type": context.call_type,
        "sophie.call.outcome": call.outcome or "failed",
        "sophie.call.intent": intent(state),
        "sophie.call.access": state.get("access", "unknown"),
        # A name that nobody has given an arm is not passed on: it may be anything.
        "sophie.variant": variants().named(context.variant).name,
    }


def _is_vendors(model: str) -> bool:
    return bool(model) and profile_of(model) is not RULEBOOK


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []

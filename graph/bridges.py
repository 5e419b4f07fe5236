"""What fits to be said while a tool takes its time. No line says what will come of it."""

from itertools import chain
from types import MappingProxyType

from graph.state import Topic

_MOMENT = ("One moment, please.", "Just a moment, please.")
_CALENDAR = ("Let me look at the calendar.", "One moment, I'm looking at the calendar.")
_CHECK = ("One moment, let me check that.", "Let me check that for you.")
_WRITES = ("One moment, I'm just entering that.", "Bear with me while I enter that.")

OF_TOOL = MappingProxyType(
    {
        "lookup_customer": _CHECK,
        "create_customer": _CHECK,
        "verify_identity": _CHECK,
        "decode_vin": ("One moment, I'm checking that VIN.", "Let me look up that VIN."),
        "check_recalls": ("Let me check for recalls.", "One moment, I'm checking for recalls."),
        "get_available_slots": _CALENDAR,
        "get_upcoming_appointments": _CALENDAR,
        "get_waitlist_offer": _CALENDAR,
        "book_appointment": _WRITES,
        "reschedule_appointment": _WRITES,
        "cancel_appointment": _WRITES,
        "confirm_appointment": _WRITES,
        "undo_cancellation": _WRITES,
        "join_waitlist": _WRITES,
        "leave_waitlist": _WRITES,
        "request_callback": _WRITES,
        "get_service_info": ("Let me look that up.", "One moment, let me look that up."),
    }
)

OF_TOPIC: MappingProxyType[Topic, tuple[str, ...]] = MappingProxyType(
    {"triage": _CHECK, "verify": _CHECK}
)
"""For a tool without words of its own, by the node in charge."""


LINES = tuple(dict.fromkeys(chain(_MOMENT, *OF_TOPIC.values(), *OF_TOOL.values())))
"""All of them."""


def bridge(tool: str, topic: Topic, turn: int) -> str:
    """A line for a tool that runs; from one turn to the next it is another one."""
    lines = OF_TOOL.get(tool) or OF_TOPIC.get(topic, _MOMENT)
    return lines[turn % len(lines)]

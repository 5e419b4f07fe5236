"""What a speaking node is told about the call, as data at the end of the request.

It stands last so that everything before it (persona, history) stays the same from turn to turn and
a vendor's prompt cache hits. Every value is fenced: what callers said is data, never instructions.
"""

from collections.abc import Sequence
from datetime import datetime

from langchain_core.messages import AnyMessage, HumanMessage

from graph.context import CallContext
from graph.state import CallState, OfferedSlot
from nodes import wishes
from nodes.handles import in_words, results
from shop.profile import hours
from shop.profile.shop import Shop
from shop.words import spoken

_UNFENCED = str.maketrans({"<": "‹", ">": "›"})


_STATUS = {"requested": "requested, an advisor confirms it", "waitlisted": "on the waiting list"}
"""What became of a wish that is not booked yet, however its outcome is called in the records."""

UNSAFE = "do not book that one in: offer a tow or a person; another car may be booked"
"""As `book_appointment` has it, so that nobody is asked for what will not be used."""


def fenced(value: object) -> str:
    """A value that cannot close the fence it stands in, on one line, of bounded length."""
    return " ".join(str(value).split()).translate(_UNFENCED)[:200]


def facts(topic: str, state: CallState, context: CallContext, *, shop: Shop, now: datetime) -> str:
    """The block of `key: value` lines between <call_facts> and </call_facts>."""
    lines = [
        ("task", topic),
        ("now", f"{spoken.day(now.date())}, {spoken.time(now)} ({now:%Y-%m-%dT%H:%M})"),
        ("shop", "open" if hours.is_open(shop, now) else "closed"),
        ("caller_number", context.caller_number or "withheld"),
        ("access", state.get("access", "unknown")),
        *_errand(topic, state, context),
        *_people(state),
        *_progress(state, shop),
    ]
    body = "\n".join(f"{key}: {fenced(value)}" for key, value in lines)
    return f"<call_facts>\n{body}\n</call_facts>"


def _errand(topic: str, state: CallState, context: CallContext) -> list[tuple[str, str]]:
    """What a call of ours is about, as long as nothing was said of it and a task hides it."""
    told = any(handle.startswith("a") for handle in state.get("handles", {}))
    if context.call_type != "outbound_reminder" or told or topic not in ("answer", "booking"):
        return []
    return [("call", "we ring to remind them: do that before the task above")]


def not_agreed(state: CallState) -> str:
    """What was read back to the caller before they spoke last and is still not agreed to; or ""."""
    before, since = _turns(state["messages"])
    for told, envelope in results(reversed(before)):
        if envelope.get("error") == "awaiting_assent":
            again = any(one.name == told.name for one, _ in results(since))
            return "" if again else str(envelope["data"]["read_back"])
    return ""


def _turns(messages: Sequence[AnyMessage]) -> tuple[Sequence[AnyMessage], Sequence[AnyMessage]]:
    """What led to the caller's last words, and what has come of them."""
    spoke = [at for at, one in enumerate(messages) if isinstance(one, HumanMessage)]
    first, last = [0, 0, *spoke][-2:]
    return messages[first:last], messages[last:]


def _when(slot: OfferedSlot) -> datetime:
    return datetime.fromisoformat(slot["starts_at"])


def _people(state: CallState) -> list[tuple[str, str]]:
    lines = []
    if name := state.get("stated_name"):
        proved = state.get("access") == "verified"
        lines.append(("verified_name" if proved else "caller_said_name", name))
    for handle in state.get("handles", {}):
        if handle.startswith("c"):
            lines.append(("customer_id", handle))
    words = in_words(state)
    for handle, draft in state.get("drafts", {}).items():
        fields = draft["fields"]
        if draft["kind"] == "customer":
            lines.append(("customer_id", f"{handle} {fields['first_name']} {fields['last_name']}"))
        else:
            words[handle] = f"{fields['year']} {fields['make']} {fields['model']}"
    for handle, told in words.items():
        kind = "appointment_id" if handle.startswith("a") else "vehicle_id"
        lines.append((kind, f"{handle} {told}"))
    return lines


def _progress(state: CallState, shop: Shop) -> list[tuple[str, str]]:
    lines = []
    for slot in sorted(state.get("offered", []), key=_when):
        local = _when(slot).astimezone(shop.zone)
        lines.append(("offered", f"{local.isoformat()} {slot['service_type']}"))
    if asked := not_agreed(state):
        lines.append(("not_agreed", asked))
    for deed in state.get("deeds", []):
        lines.append(
            ("done", f"{_STATUS.get(deed.get('status', ''), deed['outcome'])}: {deed['summary']}")
        )
    lines += [("also_wanted", wish) for wish in wishes.told(state)]
    if state.get("unsafe"):
        which = " or ".join(state.get("unsafe_cars", [])) or "not said which"
        lines.append(("unsafe_car", f"{which}: {UNSAFE}"))
    if failed := state.get("failed_factors"):
        lines.append(("failed_checks", str(failed)))
    return lines

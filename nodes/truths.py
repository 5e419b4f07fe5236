"""What is said, in code's words, in place of a claim that nothing supports. Pure."""

from collections.abc import Sequence

from nodes.ledger import Entry, Ledger, Moment
from nodes.verdict import Fault
from shop.words import spoken

UNKNOWN = "I'd have to check that."

FIXED: dict[Fault, str] = {
    "price": "you get the price in writing after we've inspected the car.",
    "plate": "could you tell me the plate once more?",
    "diagnosis": "I can't say over the phone what's wrong. A technician has to look at it.",
    "approved": "I can't approve any work. That's for you to decide, once you have the price.",
    "booked": "I haven't booked anything yet.",
    "moved": "I haven't moved anything yet.",
    "cancelled": "I haven't cancelled anything yet.",
    "requested": "I haven't put in any request yet.",
    "waiting": "you're not on our waiting list yet.",
    "tow": "no truck is on its way yet.",
    "callback": "I haven't passed that on yet.",
    "text": "I can't send texts or e-mails myself.",
    "eta": "I can't say how long the truck will take. The driver calls you on the way.",
}
"""What is true of a call on which nothing of the kind was done."""


def on_record(fault: Fault, record: Ledger) -> str | None:
    """What is true of a call on which something of the kind was done; None where nothing was."""
    match fault:
        case "booked" if entries := record.of("booked"):
            return _told(entries, "what's booked is {}.", "your {} on")
        case "booked" | "requested" if entries := record.of("requested"):
            asked = "what I've put in is a request for {}. An advisor will confirm it."
            return _told(entries, asked, "{} on")
        case "moved" if entries := record.of("moved"):
            return _told(entries, "{}.", "your {} is now on", "it's now on")
        case "cancelled" if entries := record.of("cancelled"):
            return _told(entries, "what's cancelled is {}.", "your {} on")
    return None


def _told(entries: Sequence[Entry], sentence: str, service: str, nameless: str = "") -> str:
    known = [
        f"{service.format(one.service) if one.service else nameless} {_when(one.moment)}".strip()
        for one in entries
        if one.moment
    ]
    return sentence.format(spoken.all_of(known)) if known else UNKNOWN


def _when(moment: Moment) -> str:
    day, clock = moment
    return f"{spoken.day(day)} at {spoken.time(clock)}"

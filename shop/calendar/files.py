"""An appointment as an iCalendar file, for the customer's own calendar. Pure.

The file publishes the appointment (RFC 5546, 3.2.1) rather than inviting to it: an invitation must
name whoever is invited, and would have their program answer the shop by e-mail. One UID and a
rising SEQUENCE let a later file replace an earlier one, and a cancelled appointment's file remove
it. Times are in UTC, which every program shows in its own zone and which needs no VTIMEZONE.
"""

from icalendar import Calendar, Event, vCalAddress, vText, vUri

from shop.calendar.rows import Row
from shop.profile.shop import Shop

MEDIA_TYPE = "text/calendar"

_PRODUCT = "-//Bart's Automotive//Sophie//EN"


def calendar_file(row: Row, shop: Shop) -> bytes:
    """The file, in UTF-8 with folded lines. It names the car and the shop, and no person."""
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method(row))
    calendar.add_component(_event(row, shop))
    written: bytes = calendar.to_ical()
    return written


def method(row: Row) -> str:
    """What the file does to an earlier one."""
    return "CANCEL" if row.cancelled else "PUBLISH"


def _event(row: Row, shop: Shop) -> Event:
    event = Event()
    event.add("uid", str(row.id))
    event.add("sequence", row.revision)
    event.add("dtstamp", row.updated_at)
    event.add("last-modified", row.updated_at)
    event.add("dtstart", row.starts_at)
    event.add("dtend", row.ends_at)
    event.add("status", _status(row))
    event.add("summary", f"{row.service.capitalize()} at {shop.name}")
    event.add("description", _description(row, shop))
    event.add("location", shop.address)
    event.add("organizer", _organizer(shop))
    event.add("url", vUri(f"tel:{shop.phone}"))
    event.add("transp", "OPAQUE")
    return event


def _status(row: Row) -> str:
    if row.cancelled:
        return "CANCELLED"
    waits = row.staff_confirmation_needed and row.status == "scheduled"
    return "TENTATIVE" if waits else "CONFIRMED"


def _description(row: Row, shop: Shop) -> str:
    lines = [f"{row.year} {row.make} {row.model}"]
    if _status(row) == "TENTATIVE":
        lines.append("An advisor will call you to confirm this.")
    lines.append(f"To change or cancel: {shop.phone}")
    return "\n".join(lines)


def _organizer(shop: Shop) -> vCalAddress:
    """The shop by its telephone number: it answers no mail."""
    organizer = vCalAddress(f"tel:{shop.phone}")
    organizer.params["CN"] = vText(shop.name)
    return organizer

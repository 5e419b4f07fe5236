"""Appointments as events, and what events mean to the schedule. Pure.

An event's id is made from its appointment's: `sophie` and the 128 bits of the UUID in base32hex.
Trying again can therefore never make a second event, and an event of which nothing but the id is
left still says whose it was. Two installations do not collide in one calendar, as their UUIDs do
not; a copy of an installation must have another calendar, or none.
"""

import base64
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import phonenumbers

from shop.calendar.google_events import OWNER, Event, EventBody
from shop.calendar.rows import Row
from shop.calendar.titles import Whom, concerned
from shop.profile.shop import Shop

_PREFIX = "sophie"
_ID = re.compile(_PREFIX + "[0-9a-v]{26}")
_REVISION, _WRITTEN, _BAY, _TECHNICIAN = "revision", "written", "bay", "technician"

# https://developers.google.com/workspace/calendar/api/v3/reference/colors
_TANGERINE, _BANANA, _BASIL, _GRAPHITE, _TOMATO = "6", "5", "10", "8", "11"
_COLORS = {
    "confirmed": _BASIL,
    "in_progress": _BANANA,
    "completed": _GRAPHITE,
    "no_show": _TOMATO,
}
_LONGEST = 1000
_BUSY_NEVER = ("birthday", "workingLocation")


@dataclass(frozen=True, slots=True)
class Ours:
    """The event of an appointment.

    Attributes:
        revision: The one that was written into it last; None if it no longer says.
        moved: Whether somebody else has given it other times since.
    """

    appointment_id: UUID
    event: Event
    revision: int | None
    moved: bool


@dataclass(frozen=True, slots=True)
class Block:
    """An event that keeps somebody or something from being booked."""

    event_id: str
    starts_at: datetime
    ends_at: datetime
    whom: tuple[Whom, ...]


@dataclass(frozen=True, slots=True)
class Nothing:
    """An event that keeps nobody from anything, or no longer does."""

    event_id: str


def event_id(appointment_id: UUID) -> str:
    """The id of an appointment's event, always the same."""
    return _PREFIX + base64.b32hexencode(appointment_id.bytes).decode().rstrip("=").lower()


def appointment_of(event_id: str) -> UUID | None:
    """Whose event an id is, if it is one of ours."""
    if not _ID.fullmatch(event_id):
        return None
    found = UUID(bytes=base64.b32hexdecode(event_id.removeprefix(_PREFIX).upper() + "======"))
    return found if _id_is(event_id, found) else None


def _id_is(text: str, appointment_id: UUID) -> bool:
    """The last character has bits to spare, so several texts decode to one UUID."""
    return text == event_id(appointment_id)


def body(row: Row, shop: Shop) -> EventBody:
    """The event that an appointment should have. Nobody is invited to it."""
    tentative = row.staff_confirmation_needed and row.status == "scheduled"
    private = {
        OWNER: str(row.id),
        _REVISION: str(row.revision),
        _WRITTEN: _span(row.starts_at, row.ends_at),
        _BAY: row.bay,
    }
    if row.technician is not None:
        private[_TECHNICIAN] = row.technician
    return EventBody(
        id=event_id(row.id),
        summary=_line(f"{row.service.capitalize()}: {_vehicle(row)} ({row.last_name})"),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        zone=shop.zone,
        private=private,
        description=_description(row),
        location=_line(f"Bay {row.bay}"),
        status="tentative" if tentative else "confirmed",
        color_id=_TANGERINE if tentative else _COLORS.get(row.status),
    )


def agrees(event: Event, row: Row) -> bool:
    """Whether an event shows just this state of an appointment, with nothing edited."""
    found = interpret_own(event)
    if row.cancelled or event.cancelled:
        return row.cancelled and event.cancelled
    return found is not None and found.revision == row.revision and not found.moved


def interpret(event: Event, shop: Shop) -> Ours | Block | Nothing:
    """What an event in the shop's calendar means."""
    return interpret_own(event) or block(event, shop)


def interpret_own(event: Event) -> Ours | None:
    """What has become of an event of ours; None if it is somebody else's."""
    owner = appointment_of(event.id)
    if owner is None:
        return None
    revision = event.private.get(_REVISION, "")
    moved = not event.cancelled and event.private.get(_WRITTEN) != _span_of(event)
    known = revision.isascii() and revision.isdecimal() and len(revision) < 10
    return Ours(owner, event, int(revision) if known else None, moved)


def block(event: Event, shop: Shop) -> Block | Nothing:
    """What an event of somebody else's keeps from being booked."""
    starts_at, ends_at = event.starts_at, event.ends_at
    if (
        event.cancelled
        or event.transparent
        or event.declined
        or event.kind in _BUSY_NEVER
        or starts_at is None
        or ends_at is None
        or starts_at >= ends_at
    ):
        return Nothing(event.id)
    return Block(event.id, starts_at, ends_at, _whom(event, shop))


def _whom(event: Event, shop: Shop) -> tuple[Whom, ...]:
    """A copy of an event of ours, or one whose record is gone, concerns its bay and technician."""
    bays, people = {bay.name for bay in shop.bays}, {one.name for one in shop.technicians}
    bay, technician = event.private.get(_BAY), event.private.get(_TECHNICIAN)
    if event.private.get(OWNER) and bay in bays:
        return (Whom(bay, technician if technician in people else None),)
    return concerned(event.summary, shop)


def _span_of(event: Event) -> str:
    if event.starts_at is None or event.ends_at is None:
        return ""
    return _span(event.starts_at, event.ends_at)


def _span(starts_at: datetime, ends_at: datetime) -> str:
    return "/".join(at.astimezone(UTC).isoformat() for at in (starts_at, ends_at))


def _description(row: Row) -> str:
    lines = [f"Call back: {row.first_name} {row.last_name}, {_number(row.phone)}"]
    if row.concerns:
        lines.append(f"Concerns: {row.concerns}")
    if row.technician:
        lines.append(f"Technician: {row.technician}")
    if row.staff_confirmation_needed:
        lines.append("An advisor has to confirm this to the customer.")
    lines.append("Move or delete this event to move or cancel the appointment.")
    return "\n".join(_line(line) for line in lines)


def _vehicle(row: Row) -> str:
    return f"{row.year} {row.make} {row.model}"


def _number(phone: str) -> str:
    parsed = phonenumbers.parse(phone)
    style = phonenumbers.PhoneNumberFormat
    national = parsed.country_code == 1
    return phonenumbers.format_number(parsed, style.NATIONAL if national else style.INTERNATIONAL)


def _line(text: str) -> str:
    """One line. Calendars show descriptions as HTML, and callers' words must not become any."""
    words = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return words.replace("<", "‹").replace(">", "›")[:_LONGEST]

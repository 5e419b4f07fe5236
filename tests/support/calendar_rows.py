"""An appointment as a calendar is told of it, and its event."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from shop.calendar.events import body
from shop.calendar.google_events import Event, read_event, written
from shop.calendar.rows import Row
from tests.support.front import SHOP

NINE = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ROW = Row(
    id=UUID("00112233-4455-6677-8899-aabbccddeeff"),
    revision=3,
    starts_at=NINE,
    ends_at=NINE + HOUR,
    status="scheduled",
    service="oil change",
    year=2018,
    make="Honda",
    model="Civic",
    bay="A1",
    technician="Kevin Brown",
    staff_confirmation_needed=False,
    updated_at=NINE - 20 * HOUR,
    first_name="Daniel",
    last_name="Brooks",
    phone="+12175550131",
    concerns="It rattles\nwhen cold.",
)


def event(row: Row = ROW, **changed: Any) -> Event:
    """The row's event as it would be read back."""
    found = read_event(written(body(row, SHOP)) | {"etag": '"1"'}, SHOP.zone)
    return replace(found, **changed)

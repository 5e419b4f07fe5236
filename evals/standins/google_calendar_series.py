"""The single instances of a recurring event (RFC 5545, 3.8.5), as Google Calendar names them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr  # type: ignore[import-untyped]  # the library has no types

from evals.standins.google_calendar_wire import Json, instant

_FAR = timedelta(days=730)


def instances(
    series: Json, zone: ZoneInfo, since: datetime | None, until: datetime | None
) -> Iterator[Json]:
    """What takes place in the window, as events of their own; without an end, for two years.

    Clock times stay what they are where summer time begins or ends.
    """
    start = series["start"]
    length = instant(series["end"], zone) - instant(start, zone)
    whole_days = "date" in start
    zone = ZoneInfo(start["timeZone"]) if start.get("timeZone") else zone
    first = instant(start, zone).astimezone(zone).replace(tzinfo=None)
    until = until or first.replace(tzinfo=zone).astimezone(UTC) + _FAR
    days = date.fromisoformat(series["end"]["date"]) - first.date() if whole_days else None
    for local in rrulestr("\n".join(series["recurrence"]), dtstart=first, ignoretz=True):
        at = local.replace(tzinfo=zone).astimezone(UTC)
        if at >= until:
            return
        if since is not None and at + length <= since:
            continue
        yield _instance(series, local, at, days, length, zone)


def _instance(
    series: Json,
    local: datetime,
    at: datetime,
    days: timedelta | None,
    length: timedelta,
    zone: ZoneInfo,
) -> Json:
    if days is not None:
        start = {"date": local.date().isoformat()}
        end = {"date": (local.date() + days).isoformat()}
        name = f"{local:%Y%m%d}"
    else:
        start = {"dateTime": at.astimezone(zone).isoformat(), "timeZone": zone.key}
        end = {"dateTime": (at + length).astimezone(zone).isoformat(), "timeZone": zone.key}
        name = f"{at:%Y%m%dT%H%M%SZ}"
    kept = {key: value for key, value in series.items() if key != "recurrence"}
    own = {"id": f"{series['id']}_{name}", "recurringEventId": series["id"]}
    return kept | own | {"start": start, "end": end, "originalStartTime": start}

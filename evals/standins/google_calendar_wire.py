"""What the stand-in for Google Calendar refuses, in Google's words and shape, and its times.

https://developers.google.com/workspace/calendar/api/guides/errors. Reasons that page does not
list are marked where they are used: they are from what people report to have seen.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from starlette.responses import JSONResponse, Response

Json = dict[str, Any]

DAY = timedelta(days=1)


class ApiError(Exception):
    """A refusal of the Calendar API."""

    def __init__(
        self,
        status: int,
        reason: str,
        message: str,
        *,
        domain: str = "global",
        parameter: str | None = None,
        header: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"domain": domain, "reason": reason, "message": message}
        if parameter is not None:
            self.error |= {"locationType": "parameter", "location": parameter}
        if header is not None:
            self.error |= {"locationType": "header", "location": header}

    def response(self, **headers: str) -> Response:
        """The answer that says so."""
        error = {
            "errors": [self.error],
            "code": self.status,
            "message": self.error["message"],
        }
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return JSONResponse({"error": error}, self.status, named)


def unauthorized() -> ApiError:
    """The access token is not, or no longer, one of ours."""
    return ApiError(401, "authError", "Invalid Credentials", header="Authorization")


def not_found() -> ApiError:
    """No such thing, or none that may be seen."""
    return ApiError(404, "notFound", "Not Found")


def deleted() -> ApiError:
    """It has been deleted before."""
    return ApiError(410, "deleted", "Resource has been deleted")


def duplicate() -> ApiError:
    """An event's id is taken, be it by a deleted event."""
    return ApiError(409, "duplicate", "The requested identifier already exists.")


def changed() -> ApiError:
    """The ETag in If-Match is not the resource's."""
    return ApiError(412, "conditionNotMet", "Precondition Failed", header="If-Match")


def sync_token_gone() -> ApiError:
    """The changes since then are not kept any more."""
    return ApiError(
        410,
        "fullSyncRequired",
        "Sync token is no longer valid, a full sync is required.",
        domain="calendar",
        parameter="syncToken",
    )


def empty_range(parameter: str = "timeMax") -> ApiError:
    """An end that does not come after its start."""
    message = "The specified time range is empty."
    return ApiError(400, "timeRangeEmpty", message, domain="calendar", parameter=parameter)


def required(message: str) -> ApiError:
    """Something is not there."""
    return ApiError(400, "required", message)


def invalid(message: str, parameter: str | None = None) -> ApiError:
    """Something is not as it must be."""
    return ApiError(400, "invalid", message, parameter=parameter)


def rfc3339(text: str, parameter: str) -> datetime:
    """Read a time, whose offset is mandatory."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ApiError(400, "badRequest", "Bad Request", parameter=parameter) from None
    if at.tzinfo is None:
        raise ApiError(400, "badRequest", "Bad Request", parameter=parameter)
    return at.astimezone(UTC)


def stamp(at: datetime) -> str:
    """A time as Google writes it for itself: UTC, to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def instant(point: Json, zone: ZoneInfo) -> datetime:
    """The moment an event starts or ends; whole days begin at midnight of the calendar's zone."""
    if "date" in point:
        midnight = datetime.combine(date.fromisoformat(point["date"]), time(), zone)
        return midnight.astimezone(UTC)
    at = datetime.fromisoformat(point["dateTime"])
    if at.tzinfo is None:
        at = at.replace(tzinfo=ZoneInfo(point["timeZone"]))
    return at.astimezone(UTC)


def shown(point: Json, zone: ZoneInfo, calendar_zone: ZoneInfo) -> Json:
    """A start or an end as it is answered, in the zone that was asked for."""
    if "date" in point:
        return {"date": point["date"]}
    at = instant(point, calendar_zone).astimezone(zone)
    name = point.get("timeZone", calendar_zone.key)
    return {"dateTime": at.isoformat().replace("+00:00", "Z"), "timeZone": name}

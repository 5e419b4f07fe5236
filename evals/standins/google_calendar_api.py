"""The methods of the Calendar API that the stand-in serves.

https://developers.google.com/workspace/calendar/api/v3/reference.
"""

import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from evals.standins.google_calendar_book import Book
from evals.standins.google_calendar_list import busy_times, listed
from evals.standins.google_calendar_oauth import Tokens
from evals.standins.google_calendar_push import Channels
from evals.standins.google_calendar_script import GoogleCalendarScript
from evals.standins.google_calendar_wire import (
    ApiError,
    Json,
    empty_range,
    invalid,
    not_found,
    required,
    rfc3339,
    stamp,
    unauthorized,
)
from shop.clock import Clock

ROOT = "/calendar/v3"

_MOST_CALENDARS = 50
_MINUTE = timedelta(minutes=1)
_CHALLENGE = 'Bearer realm="https://accounts.google.com/", error="invalid_token"'


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request that was served or refused, and its answer. Tokens are not kept.

    Attributes:
        method: The API's name for it, such as "calendar.events.insert".
        if_match: The ETag it depended on.
    """

    method: str
    path: dict[str, str]
    query: dict[str, str]
    body: Any
    if_match: str | None
    status: int
    answer: Any


_Served = Callable[[Request, Json], Json | None]


class Api:
    """One account's calendars, served.

    Attributes:
        books: The calendars by their ids.
        exchanges: What was asked and answered, in order.
    """

    def __init__(
        self, script: GoogleCalendarScript, tokens: Tokens, channels: Channels, clock: Clock
    ) -> None:
        self._script = script
        self._tokens = tokens
        self._channels = channels
        self._clock = clock
        self._served: deque[datetime] = deque()
        self.exchanges: list[Exchange] = []
        self.books = {
            name: Book(name, ZoneInfo(zone), writable=name not in script.read_only)
            for name, zone in script.calendars.items()
        }

    def routes(self) -> list[Route]:
        """Where each method is."""
        events = f"{ROOT}/calendars/{{calendarId}}/events"
        event = f"{events}/{{eventId}}"
        return [
            self._route(events, "POST", "events.insert", self._insert),
            self._route(events, "GET", "events.list", self._list),
            self._route(f"{events}/watch", "POST", "events.watch", self._watch),
            self._route(event, "GET", "events.get", self._get),
            self._route(event, "PUT", "events.update", self._update),
            self._route(event, "PATCH", "events.patch", self._patch),
            self._route(event, "DELETE", "events.delete", self._delete),
            self._route(f"{ROOT}/freeBusy", "POST", "freebusy.query", self._free_busy),
            self._route(f"{ROOT}/channels/stop", "POST", "channels.stop", self._stop),
        ]

    def _route(self, path: str, verb: str, name: str, serve_it: _Served) -> Route:
        async def endpoint(request: Request) -> Response:
            return await self._answered(request, f"calendar.{name}", serve_it)

        return Route(path, endpoint, methods=[verb])

    async def _answered(self, request: Request, method: str, serve_it: _Served) -> Response:
        raw = await request.body()
        asked: Any = None
        answer: Response
        try:
            self._check_token(request)
            self._check_rate()
            asked = _parsed(raw)
            found = serve_it(request, asked if isinstance(asked, dict) else {})
            answer = Response(status_code=204) if found is None else JSONResponse(found)
        except ApiError as refusal:
            challenge = {"www_authenticate": _CHALLENGE} if refusal.status == 401 else {}
            answer = refusal.response(**challenge)
        self.exchanges.append(
            Exchange(
                method,
                dict(request.path_params),
                dict(request.query_params),
                asked,
                request.headers.get("if-match"),
                answer.status_code,
                json.loads(bytes(answer.body)) if answer.body else None,
            )
        )
        return answer

    def _check_token(self, request: Request) -> None:
        if not self._tokens.good(request.headers.get("authorization", "")):
            raise unauthorized()

    def _check_rate(self) -> None:
        now = self._clock()
        while self._served and self._served[0] <= now - _MINUTE:
            self._served.popleft()
        if self._script.per_minute is not None and len(self._served) >= self._script.per_minute:
            raise ApiError(403, "rateLimitExceeded", "Rate Limit Exceeded", domain="usageLimits")
        self._served.append(now)

    def _insert(self, request: Request, asked: Json) -> Json:
        book = self._written_to(request)
        made = book.insert(asked, by=self._tokens.account, now=self._clock())
        self.notify(book)
        return made

    def _list(self, request: Request, _: Json) -> Json:
        book = self.book(request.path_params["calendarId"])
        asked, largest = dict(request.query_params), self._script.page_size
        return listed(book, asked, largest_page=largest, now=self._clock())

    def _get(self, request: Request, _: Json) -> Json:
        book = self.book(request.path_params["calendarId"])
        return book.resource(book.get(request.path_params["eventId"]))

    def _update(self, request: Request, asked: Json) -> Json:
        book = self._written_to(request)
        event_id, if_match = request.path_params["eventId"], request.headers.get("if-match")
        updated = book.replace(event_id, asked, if_match=if_match, now=self._clock())
        self.notify(book)
        return updated

    def _patch(self, request: Request, asked: Json) -> Json:
        book = self._written_to(request)
        event_id, if_match = request.path_params["eventId"], request.headers.get("if-match")
        patched = book.patch(event_id, asked, if_match=if_match, now=self._clock())
        self.notify(book)
        return patched

    def _delete(self, request: Request, _: Json) -> None:
        book = self._written_to(request)
        event_id, if_match = request.path_params["eventId"], request.headers.get("if-match")
        book.delete(event_id, if_match=if_match, now=self._clock())
        self.notify(book)

    def _free_busy(self, _: Request, asked: Json) -> Json:
        for name in ("timeMin", "timeMax"):
            if not asked.get(name):
                raise required(f"Missing {name} parameter.")
        since, until = (rfc3339(asked[name], name) for name in ("timeMin", "timeMax"))
        if until <= since:
            raise empty_range()
        wanted = [str(item.get("id")) for item in asked.get("items") or []]
        most = min(asked.get("calendarExpansionMax", _MOST_CALENDARS), _MOST_CALENDARS)
        many = len(wanted) > most
        return {
            "kind": "calendar#freeBusy",
            "timeMin": stamp(since),
            "timeMax": stamp(until),
            "calendars": {name: self._busy(name, since, until, many=many) for name in wanted},
        }

    def _busy(self, name: str, since: datetime, until: datetime, *, many: bool) -> Json:
        reason = self._script.untold.get(name)
        if many:
            reason = "tooManyCalendarsRequested"
        elif name not in self.books and name != "primary":
            reason = "notFound"
        if reason is not None:
            # Busy is there and empty: whoever does not look at the errors takes it for free.
            return {"errors": [{"domain": "global", "reason": reason}], "busy": []}
        return {"busy": busy_times(self.book(name), since, until)}

    def _watch(self, request: Request, asked: Json) -> Json:
        book = self.book(request.path_params["calendarId"])
        return self._channels.watch(book.id, asked, _uri(book))

    def _stop(self, _: Request, asked: Json) -> None:
        self._channels.stop(asked)

    def _written_to(self, request: Request) -> Book:
        updates = request.query_params.get("sendUpdates", "none")
        if updates not in ("all", "externalOnly", "none"):
            raise invalid(f"Invalid value '{updates}'.", "sendUpdates")
        return self.book(request.path_params["calendarId"])

    def book(self, calendar_id: str) -> Book:
        """A calendar; "primary" is the first.

        Raises:
            ApiError: There is none of this id.
        """
        if calendar_id == "primary":
            return next(iter(self.books.values()))
        if calendar_id not in self.books:
            raise not_found()
        return self.books[calendar_id]

    def notify(self, book: Book) -> None:
        """Tell of a change on every channel that watches the calendar."""
        self._channels.changed(book.id, _uri(book))


def _uri(book: Book) -> str:
    name = quote(book.id, safe="@")
    return f"https://www.googleapis.com/calendar/v3/calendars/{name}/events?alt=json"


def _parsed(raw: bytes) -> Any:
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError:
        raise ApiError(400, "parseError", "Parse Error") from None

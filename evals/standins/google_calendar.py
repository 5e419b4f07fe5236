"""A stand-in for Google Calendar v3 and its token endpoint on loopback.

    async with GoogleCalendarStandIn(script).running() as url:
        ...
        stand_in.staff().moves(event_id, start)

    python -m evals.standins.google_calendar --port 8084 --script calendars.toml

Written from https://developers.google.com/workspace/calendar/api and apart from the service's own
reading of it; the tests hold each request and each answer against Google's discovery document.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from evals.standins import serve
from evals.standins.google_calendar_api import ROOT, Api, Exchange
from evals.standins.google_calendar_faults import Fault, Faults
from evals.standins.google_calendar_oauth import Tokens
from evals.standins.google_calendar_push import Channels
from evals.standins.google_calendar_script import CALENDAR, GoogleCalendarScript
from evals.standins.google_calendar_staff import Staff
from evals.standins.google_calendar_wire import Json
from evals.standins.script import load
from shop.clock import Clock

__all__ = ["CALENDAR", "Exchange", "Fault", "GoogleCalendarScript", "GoogleCalendarStandIn"]

PORT = 8084
_TOKEN = "/token"  # noqa: S105 - a path


class GoogleCalendarStandIn:
    """One Google account with its calendars.

    Attributes:
        app: Both services.
        tokens: The token endpoint's side; knows the credentials.
        channels: The notification channels.
        exchanges: What was asked and answered, in order.
        faults: What requests meet; more can be put in at any time.
        token_faults: The same for token requests.
    """

    def __init__(
        self,
        script: GoogleCalendarScript | None = None,
        *,
        clock: Clock = lambda: datetime.now(UTC),
        public_url: str | None = None,
        reach: str | None = None,
    ) -> None:
        """Notifications for an address under `public_url` go to `reach`."""
        self.script = script or GoogleCalendarScript()
        self._clock = clock
        self.tokens = Tokens(clock, timedelta(seconds=self.script.token_lasts_s))
        self.channels = Channels(clock, public_url, reach)
        self._api = Api(self.script, self.tokens, self.channels, clock)
        self.exchanges = self._api.exchanges
        routes = [*self._api.routes(), Route(_TOKEN, self._token, methods=["POST"])]
        self.faults = Faults(Starlette(routes=routes), ROOT, self.script.faults)
        self.token_faults = Faults(self.faults, _TOKEN, self.script.token_faults)
        self.app: ASGIApp = self.token_faults

    @asynccontextmanager
    async def running(self, port: int = 0) -> AsyncIterator[str]:
        """Serve on loopback; yields the base URL. The token endpoint is `/token` there."""
        async with self.channels.open(), serve.serve(self.app, port=port) as url:
            yield url

    def staff(self, calendar_id: str | None = None) -> Staff:
        """The people who work in a calendar; without an id, in the first."""
        book = self._api.book(calendar_id or "primary")
        return Staff(book, self._clock, lambda: self._api.notify(book))

    def events(self, calendar_id: str | None = None) -> list[Json]:
        """The events that are on a calendar now, in the order they were first written."""
        book = self._api.book(calendar_id or "primary")
        return [book.resource(kept) for kept in book.all() if kept.event["status"] != "cancelled"]

    def expire_sync_tokens(self) -> None:
        """Whoever reads on must read everything again."""
        for book in self._api.books.values():
            book.version += 1
            book.oldest = book.version

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        return self.tokens.grant(form, audience=str(request.url))


def main() -> None:
    """Serve from the command line, and say what to put into `.env`."""
    options = serve.parser("google_calendar", port=PORT)
    options.add_argument("--public-url", default="https://shop.example")
    options.add_argument("--reach", default="http://127.0.0.1:8000", help="where the service is")
    args = options.parse_args()
    try:
        script = load(args.script, GoogleCalendarScript)
    except (OSError, ValueError) as exc:
        raise SystemExit(f"the script cannot be used: {exc}") from exc
    stand_in = GoogleCalendarStandIn(script, public_url=args.public_url, reach=args.reach)
    tokens = stand_in.tokens
    settings = (
        f"GOOGLE_BASE_URL={{url}}\nGOOGLE_TOKEN_URL={{url}}{_TOKEN}\n"
        f"GOOGLE_CALENDAR_ID={next(iter(script.calendars))}\n"
        f"GOOGLE_CLIENT_ID={tokens.client_id}\nGOOGLE_CLIENT_SECRET={tokens.client_secret}\n"
        f"GOOGLE_REFRESH_TOKEN={tokens.refresh_token}\nPUBLIC_URL={args.public_url}"
    )
    around = stand_in.channels.open()
    name = "Google Calendar"
    serve.run(stand_in.app, name=name, port=args.port, settings=settings, around=around)


if __name__ == "__main__":
    main()

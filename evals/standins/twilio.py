"""A stand-in for Twilio: it calls the service as Twilio does, and answers its REST requests.

    async with StandInTwilio(auth_token="…", public_url="https://shop.example", reach=url) as it:
        async with it.call() as call:
            await call.quiet(600)
            call.say(ulaw)

`python -m evals.standins.twilio --port 8200` runs the REST side alone; a call is then placed with
Twilio's own request, `POST …/Calls.json` with `Url`, `From` and `To`.
"""

import base64
import secrets
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from types import TracebackType
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from evals.standins.serve import parser, run, serve
from evals.standins.twilio_call import CallEnded, PhoneCall
from evals.standins.twilio_carrier import Carrier, Plan
from evals.standins.twilio_stream import Event, Faults

__all__ = ["CallEnded", "CallUpdate", "Event", "Faults", "PhoneCall", "StandInTwilio"]

PORT = 8200
CALLER = "+12175550142"
CALLED = "+12175550100"
_ERRORS = {401: 20003, 404: 20404, 429: 20429, 500: 20500}
_URL_MISSING, _NOT_IN_PROGRESS = 21205, 21220


@dataclass(frozen=True, slots=True)
class CallUpdate:
    """A REST request to change a live call."""

    call_sid: str
    status: str | None
    twiml: str | None


class StandInTwilio:
    """One account: places calls, and takes REST requests about them.

    Attributes:
        app: The REST side.
        updates: The requests to change calls, in order.
        failures: Statuses to answer the next REST requests with, instead of serving them.
    """

    def __init__(
        self,
        *,
        auth_token: str | None = None,
        account_sid: str | None = None,
        public_url: str | None = None,
        reach: str | None = None,
        failures: Iterable[int] = (),
    ) -> None:
        """See `Carrier`; without `public_url` the service is known under `reach`."""
        self.account_sid = account_sid or "AC" + secrets.token_hex(16)
        self._carrier = Carrier(self.account_sid, auth_token, public_url, reach)
        self._base = (public_url or reach or "").rstrip("/")
        self._calls: dict[str, PhoneCall] = {}
        self.updates: list[CallUpdate] = []
        self.failures = deque(failures)
        account = f"/2010-04-01/Accounts/{self.account_sid}"
        self.app = Starlette(
            routes=[
                Route(f"{account}/Calls.json", self._create, methods=["POST"]),
                Route(f"{account}/Calls/{{call_sid}}.json", self._update, methods=["POST"]),
            ]
        )

    async def __aenter__(self) -> "StandInTwilio":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for call in self._calls.values():
            call.hang_up()
        for call in self._calls.values():
            await call.over()

    @asynccontextmanager
    async def serving(self, port: int = 0) -> AsyncIterator[str]:
        """Serve the REST side on loopback; yields its base URL."""
        async with serve(self.app, port=port) as url:
            yield url

    def call(
        self,
        *,
        caller: str = CALLER,
        path: str = "/twilio/voice",
        status_path: str | None = "/twilio/status",
        faults: Faults | None = None,
        pace: float = 1.0,
        call_sid: str | None = None,
    ) -> PhoneCall:
        """A call to the service, which rings when it is entered; see `Plan`."""
        plan = Plan(
            voice_url=self._base + path,
            status_url=self._base + status_path if status_path else None,
            caller=caller,
            called=CALLED,
            faults=faults or Faults(),
            pace=pace,
        )
        return self._placed(plan if call_sid is None else replace(plan, call_sid=call_sid))

    def _placed(self, plan: Plan) -> PhoneCall:
        call = PhoneCall(self._carrier, plan)
        self._calls[call.call_sid] = call
        return call

    async def _create(self, request: Request) -> Response:
        if (refused := self._refused(request)) is not None:
            return refused
        fields = await _form(request)
        if not {"Url", "From", "To"} <= fields.keys():
            return _error(400, _URL_MISSING)
        call = self._placed(
            Plan(fields["Url"], fields.get("StatusCallback"), fields["From"], fields["To"])
        )
        call.begin()
        return JSONResponse(self._resource(call, "queued"), status_code=201)

    async def _update(self, request: Request) -> Response:
        if (refused := self._refused(request)) is not None:
            return refused
        call = self._calls.get(request.path_params["call_sid"])
        if call is None:
            return _error(404, _ERRORS[404])
        fields = await _form(request)
        update = CallUpdate(call.call_sid, fields.get("Status"), fields.get("Twiml"))
        self.updates.append(update)
        if call.ended:
            return _error(400, _NOT_IN_PROGRESS)
        if update.twiml is not None:
            call.redirect(update.twiml)
        elif update.status in ("completed", "canceled"):
            call.hang_up()
        return JSONResponse(self._resource(call, update.status or "in-progress"))

    def _refused(self, request: Request) -> Response | None:
        if self.failures:
            status = self.failures.popleft()
            return _error(status, _ERRORS.get(status, 20001))
        token = self._carrier.auth_token
        basic = base64.b64encode(f"{self.account_sid}:{token}".encode()).decode()
        given = request.headers.get("authorization", "")
        if token is not None and not secrets.compare_digest(given, f"Basic {basic}"):
            return _error(401, _ERRORS[401])
        return None

    def _resource(self, call: PhoneCall, status: str) -> dict[str, str]:
        return {"sid": call.call_sid, "account_sid": self.account_sid, "status": status}


async def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))


def _error(status: int, code: int) -> Response:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return JSONResponse(
        {"code": code, "message": "refused by the stand-in", "more_info": more, "status": status},
        status_code=status,
    )


def main() -> None:
    """Serve the REST side until interrupted, and say what to put into `.env`."""
    options = parser("twilio", PORT)
    options.add_argument("--public-url", default="https://shop.example")
    options.add_argument("--reach", default="http://127.0.0.1:8000", help="where the service is")
    arguments = options.parse_args()
    token = secrets.token_hex(16)
    account = StandInTwilio(
        auth_token=token, public_url=arguments.public_url, reach=arguments.reach
    )
    settings = (
        f"TWILIO_BASE_URL={{url}}\nTWILIO_ACCOUNT_SID={account.account_sid}\n"
        f"TWILIO_AUTH_TOKEN={token}\nPUBLIC_URL={arguments.public_url}"
    )
    run(account.app, name="Twilio", port=arguments.port, settings=settings)


if __name__ == "__main__":
    main()

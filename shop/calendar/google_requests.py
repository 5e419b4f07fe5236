"""One request to Google: paced, with a token, tried again where that helps, and its errors named.

What each error means: https://developers.google.com/workspace/calendar/api/guides/errors.
"""

import asyncio
import random
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from shop.calendar import errors
from shop.calendar.credentials import AccessTokens, decoded
from shop.calendar.retry import Pace, Policy, retry_after
from shop.clock import Clock

Json = Mapping[str, Any]

_ROOT = "/calendar/v3"
_SOON = {"rateLimitExceeded", "userRateLimitExceeded"}
_LATE = {"quotaExceeded", "dailyLimitExceeded"}


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked. `path` comes from `path()`; `etag` makes it depend on the event's state."""

    method: str
    path: str
    params: Mapping[str, str]
    body: Json | None = None
    etag: str | None = None


def path(*parts: str) -> str:
    """The address of a resource, whatever is in the ids."""
    return "/".join((_ROOT, *(quote(part, safe="") for part in parts)))


@dataclass(frozen=True, slots=True)
class Requests:
    """Sends requests for one account. See `GoogleCalendar` for the fields."""

    base_url: str
    client: httpx.AsyncClient
    credentials: AccessTokens
    clock: Clock
    sleep: Callable[[float], Awaitable[None]]
    rng: random.Random
    policy: Policy
    pace: Pace

    async def send(self, request: Request) -> Json:
        """Send a request until it is served or refused, or time is up.

        Raises:
            CalendarError: It was not served.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        attempt = 1
        while True:
            try:
                return await self._attempt(request, began + self.policy.budget_s)
            except errors.Transient as failure:
                spent = loop.time() - began
                wait = self.policy.wait(failure, attempt=attempt, spent_s=spent, rng=self.rng)
                if wait is None:
                    raise
            await self.sleep(wait)
            attempt += 1

    async def _attempt(self, request: Request, until: float) -> Json:
        now = asyncio.get_running_loop().time()
        wait = self.pace.wait(now, most_s=until - now)
        if wait is None:
            full = "more requests are waiting here than a minute has room for"
            raise errors.RateLimited(full, documented=False)
        if wait > 0:
            await self.sleep(wait)
        token = await self.credentials.current()
        answer = await self._ask(request, token, until)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            token = await self.credentials.instead_of(token)
            answer = await self._ask(request, token, until)
        if answer.is_success:
            return _object(answer)
        raise self._error(answer, request)

    async def _ask(self, request: Request, token: str, until: float) -> httpx.Response:
        most_s = min(self.policy.attempt_s, until - asyncio.get_running_loop().time())
        headers = {"authorization": f"Bearer {token}"}
        if request.etag is not None:
            headers["if-match"] = request.etag
        try:
            async with asyncio.timeout(most_s):
                return await self.client.request(
                    request.method,
                    self.base_url.rstrip("/") + request.path,
                    params=request.params,
                    json=request.body,
                    headers=headers,
                )
        except (TimeoutError, httpx.RequestError) as error:
            # The cause holds the request, and so the token and the customer.
            raise errors.Unreachable(f"no answer: {type(error).__name__}") from None

    def _error(self, answer: httpx.Response, request: Request) -> errors.CalendarError:
        status, reason = answer.status_code, _reason(answer)
        said = f"HTTP {status}, {reason or 'no reason'}, to {request.method}"
        wait = retry_after(answer.headers.get("retry-after"), self.clock())
        if status == httpx.codes.TOO_MANY_REQUESTS or (status == 403 and reason in _SOON | _LATE):
            soon = reason not in _LATE
            return errors.RateLimited(said, retry_after=wait, documented=soon)
        if answer.is_server_error:
            return errors.ServerTrouble(said, retry_after=wait)
        if status in (400, 410) and "syncToken" in request.params:
            return errors.SyncTokenGone(said)
        kind = _BY_STATUS.get(status)
        if kind is not None:
            return kind(said)
        if answer.is_client_error:
            return errors.BadRequest(said)
        return errors.CalendarGarbled(said)


_BY_STATUS: Mapping[int, type[errors.CalendarError]] = {
    401: errors.NotAllowed,
    403: errors.NotAllowed,
    404: errors.Missing,
    409: errors.CalendarConflict,
    410: errors.Missing,
    412: errors.Changed,
}


def _reason(answer: httpx.Response) -> str | None:
    """Google's word for it. Nothing else of the answer is let out: it may name people."""
    try:
        reason = decoded(answer)["error"]["errors"][0]["reason"]
    except (TypeError, LookupError):
        return None
    known = isinstance(reason, str) and re.fullmatch("[A-Za-z]{1,40}", reason)
    return reason if known else None


def _object(answer: httpx.Response) -> Json:
    if answer.status_code == httpx.codes.NO_CONTENT:
        return {}
    found = decoded(answer)
    if not isinstance(found, dict):
        raise errors.CalendarGarbled("an answer that is not a JSON object")
    return found

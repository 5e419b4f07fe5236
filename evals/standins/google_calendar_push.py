"""Notification channels: a POST without a body whenever a watched calendar changes.

https://developers.google.com/workspace/calendar/api/guides/push.
"""

import asyncio
import re
import secrets
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from urllib.parse import urlsplit

import httpx

from evals.standins.google_calendar_wire import ApiError, Json, invalid
from shop.clock import Clock

WEEK = timedelta(days=7)

_ID = re.compile(r"[A-Za-z0-9\-_+/=]{1,64}")
_LONGEST_TOKEN = 256
_AGAIN = {500, 502, 503, 504}
_TRIES = 4
_FIRST_WAIT_S = 0.05


@dataclass(slots=True)
class _Channel:
    id: str
    token: str | None
    address: str
    calendar_id: str
    resource_id: str
    expires_at: datetime
    number: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """A notification that was tried. `status` is None where nobody answered."""

    channel_id: str
    state: str
    number: int
    status: int | None


class Channels:
    """The channels of one account.

    Attributes:
        deliveries: Every try, in order.
    """

    def __init__(self, clock: Clock, public_url: str | None, reach: str | None) -> None:
        """An address under `public_url` is reached under `reach` instead."""
        self._clock = clock
        self._public_url = public_url
        self._reach = reach
        self._channels: dict[str, _Channel] = {}
        self._resources: dict[str, str] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._client: httpx.AsyncClient | None = None
        self.deliveries: list[Delivery] = []

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Within this, notifications are sent; a change at any other time is not notified."""
        async with httpx.AsyncClient(timeout=10, verify=_certificates()) as self._client:
            try:
                yield
            finally:
                self._client = None
                tasks = list(self._tasks)
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def settled(self) -> None:
        """Wait until every notification so far was tried to the end."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    def watch(self, calendar_id: str, asked: Json, uri: str) -> Json:
        """Open a channel, and notify of that first."""
        self._check(asked)
        now = self._clock()
        try:
            lasts = _lasts(asked, now)
        except (TypeError, ValueError, OverflowError):
            raise invalid("Invalid expiration.") from None
        resource_id = self._resources.setdefault(calendar_id, secrets.token_urlsafe(20))
        channel = _Channel(
            asked["id"],
            asked.get("token"),
            asked["address"],
            calendar_id,
            resource_id,
            now + min(lasts, 4 * WEEK),
        )
        self._channels[channel.id] = channel
        self._notify(channel, "sync", uri)
        answer: Json = {
            "kind": "api#channel",
            "id": channel.id,
            "resourceId": resource_id,
            "resourceUri": uri,
            "expiration": str(int(channel.expires_at.timestamp() * 1000)),
        }
        return answer | ({"token": channel.token} if channel.token is not None else {})

    def stop(self, asked: Json) -> None:
        """Close a channel."""
        channel = self._channels.get(str(asked.get("id")))
        if channel is None or channel.resource_id != asked.get("resourceId"):
            message = f"Channel '{asked.get('id')}' not found for project 'stand-in'"
            raise ApiError(404, "notFound", message)
        del self._channels[channel.id]

    def changed(self, calendar_id: str, uri: str) -> None:
        """Notify of a change, on every channel that has not expired."""
        now = self._clock()
        for channel in self._channels.values():
            if channel.calendar_id == calendar_id and now < channel.expires_at:
                self._notify(channel, "exists", uri)

    def _check(self, asked: Json) -> None:
        if asked.get("type") not in ("web_hook", "webhook"):
            raise invalid("Unknown channel type")
        if not _ID.fullmatch(str(asked.get("id", ""))):
            raise ApiError(400, "channelIdInvalid", "Invalid channel id")
        if asked["id"] in self._channels:
            raise ApiError(400, "channelIdNotUnique", f"Channel id {asked['id']} not unique")
        if urlsplit(str(asked.get("address", ""))).scheme != "https":
            message = f"WebHook callback must be HTTPS: {asked.get('address')}"
            raise ApiError(400, "push.webhookUrlNotHttps", message)
        if len(str(asked.get("token", ""))) > _LONGEST_TOKEN:
            raise invalid("The channel token is too long.")

    def _notify(self, channel: _Channel, state: str, uri: str) -> None:
        client = self._client
        if client is None:
            return
        # The documentation says of the numbers only that they grow.
        channel.number += 1 if state == "sync" else 1 + secrets.randbelow(3)
        headers = {
            "x-goog-channel-id": channel.id,
            "x-goog-channel-expiration": format_datetime(channel.expires_at, usegmt=True),
            "x-goog-resource-id": channel.resource_id,
            "x-goog-resource-uri": uri,
            "x-goog-resource-state": state,
            "x-goog-message-number": str(channel.number),
            "user-agent": "APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)",
        }
        if channel.token is not None:
            headers["x-goog-channel-token"] = channel.token
        delivery = self._deliver(client, self._address(channel.address), headers)
        task = asyncio.get_running_loop().create_task(delivery)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(
        self, client: httpx.AsyncClient, address: str, headers: dict[str, str]
    ) -> None:
        for tried in range(_TRIES):
            try:
                status = (await client.post(address, headers=headers)).status_code
            except httpx.HTTPError:
                status = None
            self.deliveries.append(
                Delivery(
                    headers["x-goog-channel-id"],
                    headers["x-goog-resource-state"],
                    int(headers["x-goog-message-number"]),
                    status,
                )
            )
            if status not in _AGAIN:
                return
            await asyncio.sleep(_FIRST_WAIT_S * 2**tried)

    def _address(self, address: str) -> str:
        if self._public_url is None or self._reach is None:
            return address
        asked, public, real = map(urlsplit, (address, self._public_url, self._reach))
        if asked.netloc != public.netloc:
            return address
        return asked._replace(scheme=real.scheme, netloc=real.netloc).geturl()


@cache
def _certificates() -> ssl.SSLContext:
    """Read once; each reading takes a tenth of a second."""
    return ssl.create_default_context()


def _lasts(asked: Json, now: datetime) -> timedelta:
    if asked.get("expiration") is not None:
        return datetime.fromtimestamp(int(asked["expiration"]) / 1000, UTC) - now
    return timedelta(seconds=int((asked.get("params") or {}).get("ttl", WEEK.total_seconds())))

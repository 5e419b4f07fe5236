"""The channels on which Google notifies us that a calendar has changed.

https://developers.google.com/workspace/calendar/api/guides/push. A channel ends after a week, and a
new one is opened before the old one is closed, so that no change goes unheard. What comes on a
channel says only that there is something to read.
"""

import hmac
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import uuid4

from shop.calendar.connected import Connected
from shop.calendar.errors import CalendarError, Refused
from shop.desks.records import Conn

PATH = "/calendar/notifications"
"""Where notifications come to, under the service's public address."""

LASTS = timedelta(days=7)
RENEWED = timedelta(days=1)
"""How long before its end a channel is followed by another."""


@dataclass(frozen=True, slots=True)
class Known:
    """A channel that somebody may notify on."""

    id: str
    resource_id: str
    token: str = field(repr=False)

    def is_from(self, *, token: str, resource_id: str) -> bool:
        """Whether a notification is from whom the channel was opened with."""
        right = hmac.compare_digest(token.encode(), self.token.encode())
        # The first one may come before it was said what is being watched.
        return right and self.resource_id in ("", resource_id)


@dataclass(frozen=True, slots=True)
class Channels(Connected):
    """Keeps one channel open, or none where we have no public address.

    Attributes:
        public_url: Under which the outside world reaches the service, over HTTPS.
    """

    public_url: str | None = field(kw_only=True)

    @property
    def address(self) -> str | None:
        """Where notifications are to be sent."""
        return None if self.public_url is None else self.public_url + PATH

    async def renew(self) -> bool:
        """Open a channel if none lasts long enough, and close what is not needed any more.

        Returns:
            Whether there is a channel.

        Raises:
            CalendarError: None could be opened, or an old one could not be closed.
            RecordsUnavailable: The records cannot be reached.
        """
        current = await self._current()
        if current is None and self.address is not None:
            current = await self._open(self.address)
        await self._close_others(current)
        return current is not None

    async def _current(self) -> str | None:
        async with self._records() as conn:
            rows = await conn.execute(
                """
                SELECT id FROM calendar_channels
                 WHERE calendar_id = %s AND address = %s AND resource_id <> '' AND expires_at > %s
                 ORDER BY expires_at DESC LIMIT 1
                """,
                [self.calendar_id, self.address, self._now + RENEWED],
            )
            row = await rows.fetchone()
        return None if row is None else str(row[0])

    async def _open(self, address: str) -> str:
        channel_id, token = uuid4().hex, secrets.token_urlsafe(32)
        async with self._records() as conn:
            # Before it is asked for: the first notification may come before the answer.
            await conn.execute(
                """
                INSERT INTO calendar_channels
                       (id, calendar_id, resource_id, token, expires_at, address)
                VALUES (%s, %s, '', %s, %s, %s)
                """,
                [channel_id, self.calendar_id, token, self._now + LASTS, address],
            )
        try:
            opened = await self.calendar.watch(
                self.calendar_id, channel_id=channel_id, address=address, token=token, ttl=LASTS
            )
        except CalendarError:
            # It may have been opened all the same. Nothing is known to close it by; it expires.
            await self._forget(channel_id)
            raise
        async with self._records() as conn:
            await conn.execute(
                "UPDATE calendar_channels SET resource_id = %s, expires_at = %s WHERE id = %s",
                [opened.resource_id, opened.expires_at, channel_id],
            )
        return channel_id

    async def _close_others(self, current: str | None) -> None:
        async with self._records() as conn:
            rows = await conn.execute(
                """
                SELECT id, resource_id, expires_at FROM calendar_channels
                 WHERE id IS DISTINCT FROM %s
                """,
                [current],
            )
            others = await rows.fetchall()
        for channel_id, resource_id, expires_at in others:
            if resource_id and expires_at > self._now:
                with suppress(Refused):  # another account's: it ends by itself
                    await self.calendar.stop(channel_id, resource_id)
            await self._forget(channel_id)

    async def _forget(self, channel_id: str) -> None:
        async with self._records() as conn:
            await conn.execute("DELETE FROM calendar_channels WHERE id = %s", [channel_id])


async def known(conn: Conn, channel_id: str) -> Known | None:
    """A channel of ours by its id."""
    rows = await conn.execute(
        "SELECT id, resource_id, token FROM calendar_channels WHERE id = %s", [channel_id]
    )
    row = await rows.fetchone()
    return None if row is None else Known(*row)

"""The technicians' own calendars: of these only the busy times are read."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shop.calendar.blocks import Blocks
from shop.calendar.connected import Connected
from shop.calendar.errors import Refused
from shop.calendar.events import Block
from shop.calendar.titles import Whom
from shop.desks.records import Conn
from shop.schedule import slots

_PIECE = timedelta(days=28)
"""Busy times are asked for in pieces: of a long time Google tells none."""


@dataclass(frozen=True, slots=True)
class Technicians(Connected):
    """Keeps technicians from being booked while their own calendars say that they are busy."""

    async def read(self) -> bool:
        """Read every technician's calendar that can be; returns whether there is any.

        What cannot be read stays as busy as it was.

        Raises:
            CalendarError: One of them cannot be, though the others may have been.
            RecordsUnavailable: The records cannot be reached.
        """
        theirs = self._theirs()
        refused: Refused | None = None
        for calendar_id, names in theirs.items():
            try:
                await self._read(calendar_id, names)
            except Refused as error:
                refused = error
        if refused is not None:
            raise refused
        return bool(theirs)

    def _theirs(self) -> dict[str, list[str]]:
        """Whose calendars there are. Several people may have one together."""
        found: dict[str, list[str]] = {}
        for one in self.shop.technicians:
            if one.calendar is not None and one.calendar != self.calendar_id:
                found.setdefault(one.calendar, []).append(one.name)
        return found

    async def _read(self, calendar_id: str, names: list[str]) -> None:
        last = slots.last_day(self.shop, self._now) + timedelta(days=1)
        until = datetime.combine(last, datetime.min.time(), tzinfo=self.shop.zone)
        since, spans = self._now, set()
        while since < until:
            piece = min(since + _PIECE, until)
            busy = await self.calendar.busy([calendar_id], since, piece)
            spans |= set(busy[calendar_id])
            since = piece
        whom = tuple(Whom(technician=name) for name in names)
        blocks = [
            Block(starts_at.isoformat(), starts_at, ends_at, whom)
            for starts_at, ends_at in sorted(spans)
            if starts_at < ends_at
        ]

        async def write(conn: Conn) -> None:
            await Blocks(conn, self.shop).replace(calendar_id, blocks)

        await self._write(write)

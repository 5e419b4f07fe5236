"""Reading the shop's calendar: what staff did to appointments, and when nobody is to be booked.

Only what has changed is read, by the sync token of the last reading. Once a day, and whenever the
token is no longer good, everything is: the window of what matters moves on with the days.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from shop.calendar.blocks import Blocks
from shop.calendar.connected import Connected
from shop.calendar.edits import Edits
from shop.calendar.errors import SyncTokenGone
from shop.calendar.events import Block, Nothing, Ours, block, event_id, interpret, interpret_own
from shop.calendar.google import Changes
from shop.calendar.google_events import Event
from shop.calendar.judging import Verdict, judge
from shop.calendar.outbox import Outbox
from shop.calendar.rows import load
from shop.desks.records import Conn
from shop.profile.shop import Shop
from shop.schedule import slots, taken

WHOLE_EVERY = timedelta(hours=24)
"""How often everything is read."""

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Position:
    """How far a calendar has been read."""

    sync_token: str | None
    whole_at: datetime | None

    @property
    def first(self) -> bool:
        """Whether it has never been read."""
        return self.whole_at is None


@dataclass(frozen=True, slots=True)
class Reading(Connected):
    """Reads one calendar. For one process at a time."""

    async def connect(self) -> None:
        """Note that this is the shop's calendar, and no other is.

        Raises:
            RecordsUnavailable: The records cannot be reached.
        """
        theirs = [one.calendar for one in self.shop.technicians if one.calendar is not None]

        async def write(conn: Conn) -> None:
            await Blocks(conn, self.shop).keep_only([self.calendar_id, *theirs])
            await conn.execute(
                "DELETE FROM calendar_reading WHERE calendar_id <> %s", [self.calendar_id]
            )
            await conn.execute(
                "INSERT INTO calendar_reading (calendar_id) VALUES (%s) ON CONFLICT DO NOTHING",
                [self.calendar_id],
            )

        await self._write(write)

    async def read(self) -> bool:
        """Read what has changed, and follow it; returns whether everything was read.

        What was followed stays so if this ends half-way, and is met again by the next reading.

        Raises:
            CalendarError: It cannot be read now.
            RecordsUnavailable: The records cannot be reached.
        """
        async with self._records() as conn:
            position = await position_of(conn, self.calendar_id)
        whole_at = position.whole_at
        fresh = whole_at is not None and self._now < whole_at + WHOLE_EVERY
        token = position.sync_token if fresh else None
        try:
            changes = await self._changes(token)
        except SyncTokenGone:
            token, changes = None, await self._changes(None)
        meant = await self._follow(changes.events)
        if token is None:
            read = {event.id for event in changes.events}
            meant |= await self._find_missing(read, first=position.first)
        await self._keep(changes.sync_token, meant, whole=token is None)
        return token is None

    def window(self) -> tuple[datetime, datetime]:
        """The days that matter: from yesterday until the schedule is no longer open."""
        today = self._now.astimezone(self.shop.zone).date()
        return taken.bounds(self.shop, today - _DAY, slots.last_day(self.shop, self._now) + _DAY)

    async def _changes(self, token: str | None) -> Changes:
        since, until = self.window()
        return await self.calendar.changes(
            self.calendar_id, sync_token=token, since=since, until=until
        )

    async def _follow(self, events: Collection[Event]) -> dict[str, Block | Nothing]:
        """Follow what was done to our events; returns what the others mean, by their ids."""
        meanings = [interpret(event, self.shop) for event in events]
        others = {one.event_id: one for one in meanings if not isinstance(one, Ours)}
        ours = [one for one in meanings if isinstance(one, Ours)]
        async with self._records() as conn:
            rows = await load(conn, [one.appointment_id for one in ours])
        verdicts = {
            one.event.id: judge(one, rows.get(one.appointment_id), self._now) for one in ours
        }
        verdicts |= await self._take_all(
            [one for one in ours if verdicts[one.event.id] not in (Verdict.NOTHING, Verdict.BLOCK)]
        )
        for one in ours:
            blocks = verdicts[one.event.id] is Verdict.BLOCK
            others[one.event.id] = block(one.event, self.shop) if blocks else Nothing(one.event.id)
        return others

    async def _take_all(self, edited: Collection[Ours]) -> dict[str, Verdict]:
        """Follow all edits; what has no room yet once more when others have made some."""
        found: dict[str, Verdict] = {}
        waiting, patient = list(edited), True
        while waiting:
            for one in waiting:
                found[one.event.id] = await self._take(one, patient=patient)
            later = [one for one in waiting if found[one.event.id] is Verdict.LATER]
            patient = len(later) < len(waiting)
            waiting = later
        return found

    async def _take(self, ours: Ours, *, patient: bool) -> Verdict:
        edits = Edits(self.pool, self.profile, self.clock, live=self.live)
        if not ours.event.cancelled or ours.revision is not None:
            return await edits.take(ours, patient=patient)
        # Nothing but its id is left, so it may have been deleted from an older revision: what the
        # records said before it is looked at again must still be so afterwards.
        async with self._records() as conn:
            before = (await load(conn, [ours.appointment_id])).get(ours.appointment_id)
        event = await self.calendar.get(self.calendar_id, ours.event.id)
        now = None if event is None else interpret_own(event)
        if now is None or before is None:
            return Verdict.NOTHING
        return await edits.take(now, patient=patient, only_if=before)

    async def _find_missing(
        self, read: Collection[str], *, first: bool
    ) -> dict[str, Block | Nothing]:
        """Look for events that should have been read and were not.

        Those of a calendar that is new to us are to be written. Others are looked up one by one:
        only what is known to have been deleted is cancelled.
        """
        async with self._records() as conn:
            shown = await Outbox(conn).shown(*self.window())
        missing = [one for one in shown if event_id(one) not in read]
        if first:
            there, gone = [], missing
        else:
            found = {
                one: await self.calendar.get(self.calendar_id, event_id(one)) for one in missing
            }
            there = [event for event in found.values() if event is not None]
            gone = [one for one, event in found.items() if event is None]
        async with self._records() as conn:
            await Outbox(conn).put_back(dict.fromkeys(gone))
        return await self._follow(there)

    async def _keep(
        self, sync_token: str, meant: Mapping[str, Block | Nothing], *, whole: bool
    ) -> None:
        since, until = self.window()
        blocked = [
            one
            for one in meant.values()
            if isinstance(one, Block) and one.starts_at < until and one.ends_at > since
        ]

        async def write(conn: Conn) -> None:
            blocks = Blocks(conn, self.shop)
            if whole:
                await blocks.replace(self.calendar_id, blocked)
            else:
                await blocks.remove(self.calendar_id, list(meant))
                await blocks.put(self.calendar_id, blocked)
            await _move_on(conn, self.calendar_id, sync_token, now=self._now, whole=whole)

        await self._write(write)


async def disconnect(conn: Conn, shop: Shop) -> int:
    """Note that the shop has no calendar; returns how many blocks of one are forgotten."""
    await conn.execute("DELETE FROM calendar_reading")
    return await Blocks(conn, shop).keep_only([])


async def position_of(conn: Conn, calendar_id: str) -> Position:
    """How far a calendar has been read."""
    rows = await conn.execute(
        "SELECT sync_token, whole_at FROM calendar_reading WHERE calendar_id = %s", [calendar_id]
    )
    row = await rows.fetchone()
    return Position(*row) if row else Position(None, None)


async def _move_on(
    conn: Conn, calendar_id: str, sync_token: str, *, now: datetime, whole: bool
) -> None:
    await conn.execute(
        """
        INSERT INTO calendar_reading (calendar_id, sync_token, read_at, whole_at)
        VALUES (%(id)s, %(token)s, %(now)s, %(now)s)
        ON CONFLICT (calendar_id) DO UPDATE
           SET sync_token = EXCLUDED.sync_token, read_at = EXCLUDED.read_at,
               whole_at = CASE WHEN %(whole)s THEN EXCLUDED.whole_at
                               ELSE calendar_reading.whole_at END
        """,
        {"id": calendar_id, "token": sync_token, "now": now, "whole": whole},
    )

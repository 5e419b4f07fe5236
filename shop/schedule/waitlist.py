"""Who waits for a time, and who is offered one that comes free.

    waiting ──a time is freed──► offered ──booked──────────► booked
       │                            ├──not answered in time──► expired
       └──leaves, or days are gone  └──declined──────────────► withdrawn

First come, first served: a freed time goes to whoever has waited longest of those it fits. It is
held for them, and staff are asked to ring them; what they do not take goes to the next. Who
declines a time leaves the list, and joins again at its end.

The days come before the entries in the order of locks (see `shop.schedule.taken`).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID, uuid4

from psycopg import AsyncConnection, errors

from shop.audit import Audit
from shop.calls.callbacks import Callback, Callbacks
from shop.errors import (
    BadValue,
    BeyondHorizon,
    InThePast,
    OutsideHours,
    TooMany,
    WrongState,
)
from shop.profile.catalog import Service
from shop.profile.shop import Shop
from shop.schedule import slots, taken
from shop.schedule.freed import Freed, held_until, part_of, service_of
from shop.schedule.holds import WAITLIST, Holds
from shop.schedule.slots import Slot
from shop.schedule.waitrows import Entries, Entry
from shop.words import spoken
from shop.words.times import Part

MOST_WAITING = 3
"""How many wishes one number may have on the list."""


def holder_of(entry_id: UUID) -> str:
    """The holder of the time that an entry is offered."""
    return f"{WAITLIST}{entry_id}"


def check_wish(shop: Shop, service: Service, wish: Entry, *, now: datetime) -> None:
    """Refuse to wait for what cannot come.

    Raises:
        BadValue: The last day is before the first.
        InThePast, BeyondHorizon, OutsideHours: No car is taken in for that then.
    """
    today = now.astimezone(shop.zone).date()
    if wish.first_day > wish.last_day:
        raise BadValue("Between which days would suit you?", field="last_day")
    if wish.last_day < today:
        raise InThePast("Those days have already gone.")
    last = min(wish.last_day, slots.last_day(shop, now))
    first = max(wish.first_day, today)
    if first > last:
        raise BeyondHorizon("Our schedule isn't open that far ahead yet.")
    days = [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]
    starts = (s for day in days for s in slots.bookable_starts(shop, service, day, now=now))
    if not any(wish.part in (None, part_of(shop, start)) for start in starts):
        raise OutsideHours("We don't take cars in for that then.")


@dataclass(frozen=True, slots=True)
class Waitlist:
    """The waiting list, in a transaction that the caller owns.

    Attributes:
        call_sid: The call on which it happens; None for what happens between calls.
    """

    conn: AsyncConnection[Any]
    shop: Shop
    now: datetime
    call_sid: str | None = None

    async def join(self, wish: Entry) -> UUID:
        """Let somebody wait, unless they wait for just that already; returns their entry's id.

        Raises:
            TooMany: The number waits for enough.
            UnknownService, BadValue, TimeRefused: What is wished for cannot come.
        """
        check_wish(self.shop, self.shop.catalog.find(wish.service_type), wish, now=self.now)
        await self._entries.keep_number(wish.phone)
        known = await self._entries.open(wish.phone)
        same = next((one.id for one in known if _wish(one) == _wish(wish)), None)
        if same is not None:
            return same
        if len(known) >= MOST_WAITING:
            raise TooMany("You're on our waiting list for as many times as I can take down.")
        await self._entries.add(wish)
        await self._audit.note("create", "waitlist", wish.id)
        return wish.id

    async def leave(self, entry_id: UUID) -> None:
        """Somebody waits no longer; what they were offered goes to the next.

        Raises:
            NotFound: There is no such entry.
            WrongState: It is closed already.
        """
        entry = await self._keep(entry_id)
        if entry.status not in ("waiting", "offered"):
            raise WrongState("You're not on our waiting list for that any more.")
        await self._close(entry, "withdrawn")

    async def expire(self, entry_id: UUID) -> bool:
        """Pass a time on that was not answered for; False if it has been answered meanwhile."""
        entry = await self._keep(entry_id)
        expires_at = entry.offer_expires_at
        if entry.status != "offered" or expires_at is None or expires_at > self.now:
            return False
        await self._close(entry, "expired")
        return True

    async def expire_gone(self) -> int:
        """Close the wishes whose days have gone; returns how many there were."""
        today = self.now.astimezone(self.shop.zone).date()
        gone = await self._entries.expire_before(today, now=self.now)
        for entry_id in gone:
            await self._audit.note("expired", "waitlist", entry_id)
        return len(gone)

    async def taken(self, entry_id: UUID) -> None:
        """Somebody has booked what they were offered. For the transaction of the booking."""
        await self._entries.close(entry_id, "booked", now=self.now)
        await Holds(self.conn).release(holder_of(entry_id))
        await Callbacks(self.conn).settle(entry_id, now=self.now)
        await self._audit.note("booked", "waitlist", entry_id)

    async def answered(self, holder: str) -> None:
        """The same, for whoever the time was held for; nothing if that is nobody on the list."""
        if holder.startswith(WAITLIST):
            await self.taken(UUID(holder.removeprefix(WAITLIST)))

    async def freed(self, starts_at: datetime, ends_at: datetime) -> list[Entry]:
        """Offer a stretch of time that has come free; returns who was offered some of it.

        For the transaction that frees it, once it is free there. What is around it and free too
        counts, so that a longer service can be offered over the edges.
        """
        days = slots.days_of(self.shop, starts_at, ends_at)
        if not await self._entries.any_wait(days):
            return []
        span = taken.bounds(self.shop, days[0], days[-1])
        found = await taken.read(self.conn, self.shop, span, now=self.now, locking=days)
        freed = Freed(self.shop, self.now, days, starts_at, ends_at, list(found.busy))
        offered = []
        for entry in await self._entries.hold_waiting(days):
            slot = freed.first_for(entry)
            if slot is not None:
                freed.take(slot)
                await self._offer(entry, slot)
                offered.append(await self._entries.get(entry.id))
        return offered

    async def _offer(self, entry: Entry, slot: Slot) -> None:
        expires_at = held_until(self.shop, slot, self.now)
        assert expires_at is not None, "it was offered for there being time to ring"
        await self._entries.offer(entry.id, slot.starts_at, now=self.now, expires_at=expires_at)
        await Holds(self.conn).add(holder_of(entry.id), [slot], now=self.now, expires_at=expires_at)
        times = {"starts_at": slot.starts_at.isoformat(), "expires_at": expires_at.isoformat()}
        await self._audit.note("offer", "waitlist", entry.id, times)
        await self._ask_to_ring(entry, slot, expires_at)

    async def _ask_to_ring(self, entry: Entry, slot: Slot, expires_at: datetime) -> None:
        service = self.shop.catalog.find(slot.service_key)
        when = spoken.moment(slot.starts_at, self.shop.zone)
        until = spoken.moment(expires_at, self.shop.zone)
        callback = Callback(
            id=uuid4(),
            phone=entry.phone,
            name=entry.name,
            topic="waitlist",
            summary=f"A time came free for {spoken.a(service.name)}: {when}. Held until {until}.",
            urgency="normal",
            status="open",
            created_at=self.now,
        )
        await Callbacks(self.conn).add(callback, call_sid=entry.call_sid, waitlist_entry=entry.id)
        await self._audit.note("create", "callbacks", callback.id)

    async def _keep(self, entry_id: UUID) -> Entry:
        """An entry that nobody else can change, with the days of its offer locked before it."""
        seen = await self._entries.get(entry_id)
        days = slots.days_of(self.shop, *self._offered_span(seen)) if _is_offered(seen) else ()
        if days:
            await taken.lock_days(self.conn, self.shop, days)
        kept = await self._entries.get(entry_id, hold=True)
        if _is_offered(kept) and kept.offer_starts_at != seen.offer_starts_at:
            # Going on would lock the day after the entry, against the order of locks.
            raise errors.SerializationFailure("the entry was offered a time at this moment")
        return kept

    async def _close(self, entry: Entry, status: Literal["expired", "withdrawn"]) -> None:
        await self._entries.close(entry.id, status, now=self.now)
        await self._audit.note(status, "waitlist", entry.id)
        if _is_offered(entry):
            await Holds(self.conn).release(holder_of(entry.id))
            await Callbacks(self.conn).settle(entry.id, now=self.now)
            await self.freed(*self._offered_span(entry))

    def _offered_span(self, entry: Entry) -> tuple[datetime, datetime]:
        assert entry.offer_starts_at is not None, "only asked of who was offered something"
        service = service_of(self.shop, entry)
        minutes = service.minutes if service else self.shop.grid_minutes
        return entry.offer_starts_at, entry.offer_starts_at + timedelta(minutes=minutes)

    @property
    def _entries(self) -> Entries:
        return Entries(self.conn)

    @property
    def _audit(self) -> Audit:
        return Audit(self.conn, self.call_sid, self.now)


def _is_offered(entry: Entry) -> bool:
    return entry.status == "offered"


def _wish(entry: Entry) -> tuple[str, date, date, Part | None]:
    return entry.service_type, entry.first_day, entry.last_day, entry.part

"""The part of the desk that keeps the waiting list."""

from dataclasses import dataclass
from datetime import date
from functools import partial
from uuid import UUID, uuid4

from shop.desks.records import Conn
from shop.desks.vehicles import VehicleDesk
from shop.effects import Effects
from shop.people import phone as phones
from shop.people.customers import Customers
from shop.schedule.waitlist import Waitlist
from shop.schedule.waitrows import Entries, Entry
from shop.words import said
from shop.words.times import Part


@dataclass(frozen=True, slots=True)
class WaitDesk(VehicleDesk):
    """Who waits for a time that is not free."""

    async def join_waitlist(  # noqa: PLR0913 - a wish has as many parts
        self,
        *,
        call_sid: str,
        key: str,
        phone: str,
        service_key: str,
        first_day: date,
        last_day: date,
        part: Part | None = None,
        name: str | None = None,
        customer_id: UUID | None = None,
    ) -> Entry:
        """Let somebody wait for a time on one of some days.

        Raises:
            TooMany: The number waits for enough.
            BadValue, TimeRefused, NotFound: What is wished for cannot come.
        """
        wish = Entry(
            id=uuid4(),
            call_sid=call_sid,
            customer_id=customer_id,
            phone=phones.normalize(phone),
            name=said.optional(name, most=100),
            service_type=self.shop.catalog.find(service_key).key,
            first_day=first_day,
            last_day=last_day,
            part=part,
            created_at=self._now,
        )

        async def join(conn: Conn) -> UUID:
            if customer_id is not None:
                await Customers(conn).hold(customer_id)
            return await self._waitlist(conn, call_sid).join(wish)

        async def write(conn: Conn) -> Entry:
            effects = Effects(conn)
            made = await effects.once(call_sid, key, "join_waitlist", {}, lambda: join(conn))
            entry = await Entries(conn).get(made)
            if entry.status in ("waiting", "offered"):
                return entry
            # They have left the list since, or the days have gone: this is a new wish.
            again = await join(conn)
            await effects.record(call_sid, key, {"id": str(again)})
            return await Entries(conn).get(again)

        return await self._write(write)

    async def leave_waitlist(self, *, call_sid: str, key: str, entry_id: UUID) -> None:
        """Wait no longer, or decline what was offered; that goes to the next.

        Raises:
            NotFound, WrongState: Nobody waits there.
        """

        async def leave(conn: Conn) -> UUID:
            await self._waitlist(conn, call_sid).leave(entry_id)
            return entry_id

        async def write(conn: Conn) -> None:
            await Effects(conn).once(call_sid, key, "leave_waitlist", {}, lambda: leave(conn))

        await self._write(write)

    async def waiting(self, phone: str) -> list[Entry]:
        """What a number waits for or is offered, the oldest wish first."""
        number = phones.normalize(phone)
        async with self._records() as conn:
            return await Entries(conn).open(number)

    async def offers(self, phone: str) -> list[Entry]:
        """What is held for a number now. Booking it with `holder_of` its id takes it over."""
        return [
            entry
            for entry in await self.waiting(phone)
            if entry.status == "offered"
            and entry.offer_expires_at is not None
            and entry.offer_expires_at > self._now
        ]

    async def pass_on_offers(self) -> int:
        """Pass on what was not answered in time, and close what can no longer come.

        To be done every half minute or so, in any number of processes; returns how many entries it
        closed. Each is a transaction of its own, so that no day is locked for long.
        """

        async def close_gone(conn: Conn) -> int:
            return await self._waitlist(conn, None).expire_gone()

        async def expire(conn: Conn, entry_id: UUID) -> bool:
            return await self._waitlist(conn, None).expire(entry_id)

        async with self._records() as conn:
            unanswered = await Entries(conn).unanswered(now=self._now)
        passed_on = [
            await self._write(partial(expire, entry_id=entry_id)) for entry_id in unanswered
        ]
        return sum(passed_on) + await self._write(close_gone)

    def _waitlist(self, conn: Conn, call_sid: str | None) -> Waitlist:
        return Waitlist(conn, self.shop, self._now, call_sid)

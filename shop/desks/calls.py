"""The part of the desk that keeps what happens on calls."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Unpack
from uuid import UUID

from shop.audit import Audit
from shop.calls.holding import is_elsewhere
from shop.calls.logs import CallEnd, CallLog, Calls, CallStart, Parted
from shop.calls.turns import Turns, TurnTimes
from shop.calls.usage import ModelUse, ModelUses
from shop.desks.asks import AskDesk
from shop.desks.records import Conn
from shop.people.attempts import Attempts
from shop.people.customers import Customers
from shop.schedule.holds import Holds
from shop.words import said

RING_BACK = timedelta(minutes=10)
"""How long after a call that was cut off the next one from its number may be its other half."""


@dataclass(frozen=True, slots=True)
class CallDesk(AskDesk):
    """Calls, and who has tried on them to prove who they are."""

    async def record_verification(
        self, *, call_sid: str, customer_id: UUID | None, factor: str, passed: bool
    ) -> None:
        """Note that somebody tried to prove who they are."""

        async def write(conn: Conn) -> None:
            await Attempts(conn).add(
                call_sid=call_sid,
                customer_id=customer_id,
                factor=factor,
                passed=passed,
                now=self._now,
            )
            action = "verify" if passed else "fail_to_verify"
            audit = Audit(conn, call_sid, self._now)
            await audit.note(action, "customers", customer_id, {"factor": factor})

        await self._write(write)

    async def verification_locked(self, customer_id: UUID) -> bool:
        """Whether too many attempts at this customer have failed lately, on any call."""
        async with self._records() as conn:
            return await Attempts(conn).locked(customer_id, now=self._now)

    async def open_call(self, call_sid: str, **start: Unpack[CallStart]) -> None:
        """Begin the record of a call, or take it up after a break.

        From now on no other process writes for it, and what one was writing is written.
        """
        async with self._records() as conn:
            await Calls(conn).open(call_sid, said.storable(start), now=self._now)

    async def part(self, call_sid: str, how: Parted) -> None:
        """Write down that a conversation is over, before its line closes: it is not begun again."""
        async with self._records() as conn:
            await Calls(conn).part(call_sid, how, now=self._now)

    async def parted(self, call_sid: str) -> Parted | None:
        """How a conversation came to its end, in whatever process; None while it goes on."""
        async with self._records() as conn:
            return await Calls(conn).parted(call_sid)

    async def goes_on_elsewhere(self, call_sid: str) -> bool:
        """Whether another process has taken a call up that was this one's."""
        async with self._records() as conn:
            return await is_elsewhere(conn, call_sid)

    async def close_call(self, call_sid: str, **end: Unpack[CallEnd]) -> bool:
        """Finish the record of a call; False if it was finished already, and stays as it is.

        What was held for the call is free again, unless it goes on in another process.
        """
        now = self._now
        end = said.storable(end)

        async def write(conn: Conn) -> bool:
            closed = await Calls(conn).close(call_sid, end, now=now)
            if closed:
                await ModelUses(conn).put(call_sid, end.get("models", []))
                await Turns(conn).put(call_sid, end.get("turns", []))
            customer_id = end.get("customer_id")
            if closed and customer_id is not None:
                await Customers(conn).touch(customer_id, now.astimezone(self.shop.zone).date())
            if closed or not await is_elsewhere(conn, call_sid):
                # After the customer, as a booking that is still under way has it.
                await Holds(conn).release(call_sid)
            return closed

        return await self._write(write)

    async def broken_off(self, phone: str, *, but: str) -> str | None:
        """The call that ended without result at this number in the last minutes, if any.

        Args:
            phone: In E.164.
            but: The call that is asking.
        """
        async with self._records() as conn:
            return await Calls(conn).broken_off(phone, since=self._now - RING_BACK, but=but)

    async def call(self, call_sid: str) -> CallLog | None:
        """The record of a call, if there is one."""
        async with self._records() as conn:
            return await Calls(conn).get(call_sid)

    async def turns(self, call_sid: str) -> list[TurnTimes]:
        """How long the caller waited on each turn of a call, in order."""
        async with self._records() as conn:
            return await Turns(conn).of(call_sid)

    async def models_used(self, day: date) -> list[ModelUse]:
        """What language models took on the closed calls that began on a day of the shop's."""
        begin = datetime.combine(day, time.min, self.shop.zone)
        end = datetime.combine(day + timedelta(days=1), time.min, self.shop.zone)
        async with self._records() as conn:
            return await ModelUses(conn).between(begin, end)

    async def sweep(self, stale_after: timedelta) -> int:
        """Close the records that killed processes left open; returns how many there were."""
        async with self._records() as conn:
            return await Calls(conn).sweep(stale_after=stale_after, now=self._now)

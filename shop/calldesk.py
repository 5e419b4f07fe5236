"""The part of the desk that keeps what happens on calls and what people are asked to do."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Unpack
from uuid import UUID, uuid4

from shop import phone as phones
from shop.attempts import Attempts
from shop.callbacks import Callback, Callbacks, TowRequest, Urgency, said
from shop.calls import CallEnd, CallLog, Calls, CallStart
from shop.customers import Customers
from shop.effects import Effects
from shop.records import Conn, Records


@dataclass(frozen=True, slots=True)
class CallDesk(Records):
    """Calls, call-backs, tow requests, and who has tried to prove who they are."""

    async def request_callback(
        self,
        *,
        call_sid: str,
        key: str,
        phone: str,
        topic: str,
        summary: str,
        name: str | None = None,
        urgency: Urgency = "normal",
    ) -> Callback:
        """Have somebody ring back."""
        asked = Callback(
            id=uuid4(),
            phone=phones.normalize(phone),
            name=name,
            topic=said(topic, "What is it about?", name="topic"),
            summary=" ".join(summary.split())[:500],
            urgency=urgency,
            status="open",
            created_at=self._now,
        )

        async def write(conn: Conn) -> Callback:
            callbacks = Callbacks(conn)
            made = await Effects(conn).once(
                call_sid, key, "callback", {}, lambda: callbacks.add(asked, call_sid=call_sid)
            )
            return await callbacks.get(made)

        return await self._write(write)

    async def request_tow(
        self,
        *,
        call_sid: str,
        key: str,
        phone: str,
        location: str,
        problem: str,
        vehicle: str | None = None,
        safe: bool | None = None,
    ) -> TowRequest:
        """Have a car fetched."""
        asked = TowRequest(
            id=uuid4(),
            phone=phones.normalize(phone),
            location=said(location, "Where is the car?", name="location"),
            problem=said(problem, "What's wrong with the car?", name="problem"),
            vehicle=vehicle,
            safe=safe,
            status="open",
            created_at=self._now,
        )

        async def write(conn: Conn) -> TowRequest:
            callbacks = Callbacks(conn)
            made = await Effects(conn).once(
                call_sid, key, "tow", {}, lambda: callbacks.add_tow(asked, call_sid=call_sid)
            )
            return await callbacks.get_tow(made)

        return await self._write(write)

    async def opt_out(self, *, call_sid: str, key: str, phone: str) -> None:
        """Never call a number again. Needs no ledger: asking twice changes nothing."""
        number = phones.normalize(phone)

        async def write(conn: Conn) -> None:
            await Callbacks(conn).opt_out(number, call_sid=call_sid, now=self._now)

        await self._write(write)

    async def record_verification(
        self, *, call_sid: str, customer_id: UUID | None, factor: str, passed: bool
    ) -> None:
        """Note that somebody tried to prove who they are."""
        async with self._records() as conn:
            await Attempts(conn).add(
                call_sid=call_sid,
                customer_id=customer_id,
                factor=factor,
                passed=passed,
                now=self._now,
            )

    async def verification_locked(self, customer_id: UUID) -> bool:
        """Whether too many attempts at this customer have failed lately, on any call."""
        async with self._records() as conn:
            return await Attempts(conn).locked(customer_id, now=self._now)

    async def open_call(self, call_sid: str, **start: Unpack[CallStart]) -> None:
        """Begin the record of a call; the same call may be opened again after a break."""
        async with self._records() as conn:
            await Calls(conn).open(call_sid, start, now=self._now)

    async def close_call(self, call_sid: str, **end: Unpack[CallEnd]) -> bool:
        """Finish the record of a call; False if it was finished already, and stays as it is."""
        now = self._now

        async def write(conn: Conn) -> bool:
            closed = await Calls(conn).close(call_sid, end, now=now)
            customer_id = end.get("customer_id")
            if closed and customer_id is not None:
                await Customers(conn).touch(customer_id, now.astimezone(self.shop.zone).date())
            return closed

        return await self._write(write)

    async def call(self, call_sid: str) -> CallLog | None:
        """The record of a call, if there is one."""
        async with self._records() as conn:
            return await Calls(conn).get(call_sid)

    async def sweep(self, stale_after: timedelta) -> int:
        """Close the records that killed processes left open; returns how many there were."""
        async with self._records() as conn:
            return await Calls(conn).sweep(stale_after=stale_after, now=self._now)

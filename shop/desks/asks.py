"""The part of the desk that keeps what people are asked to do, and what callers agreed to."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from shop.audit import Audit
from shop.calls.callbacks import Callback, Callbacks, TowRequest, Urgency
from shop.desks.records import Conn, Records
from shop.effects import Effects
from shop.people import phone as phones
from shop.people.consents import Channel, Consent, Consents, Purpose
from shop.people.customers import Customers
from shop.words import said


@dataclass(frozen=True, slots=True)
class AskDesk(Records):
    """Call-backs, tow requests, consents, and who must not be called."""

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
            name=said.optional(name, most=100),
            topic=said.needed(topic, "What is it about?", name="topic"),
            summary=said.optional(summary) or "",
            urgency=urgency,
            status="open",
            created_at=self._now,
        )

        async def add(conn: Conn) -> UUID:
            made = await Callbacks(conn).add(asked, call_sid=call_sid)
            await Audit(conn, call_sid, self._now).note("create", "callbacks", made)
            return made

        async def write(conn: Conn) -> Callback:
            made = await Effects(conn).once(call_sid, key, "callback", {}, lambda: add(conn))
            return await Callbacks(conn).get(made)

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
            location=said.needed(location, "Where is the car?", name="location"),
            problem=said.needed(problem, "What's wrong with the car?", name="problem"),
            vehicle=said.optional(vehicle, most=100),
            safe=safe,
            status="open",
            created_at=self._now,
        )

        async def add(conn: Conn) -> UUID:
            made = await Callbacks(conn).add_tow(asked, call_sid=call_sid)
            await Audit(conn, call_sid, self._now).note("create", "tow_requests", made)
            return made

        async def write(conn: Conn) -> TowRequest:
            made = await Effects(conn).once(call_sid, key, "tow", {}, lambda: add(conn))
            return await Callbacks(conn).get_tow(made)

        return await self._write(write)

    async def record_consent(self, *, call_sid: str, key: str, consent: Consent) -> UUID:
        """Write down what somebody said when asked whether they may be contacted or recorded.

        Raises:
            BadValue: The number cannot be one, or nothing was put to them.
            NotFound: There is no such customer.
        """
        new = consent.cleaned()

        async def add(conn: Conn) -> UUID:
            if new.customer_id is not None:
                await Customers(conn).hold(new.customer_id)
            made = await Consents(conn).add(new, call_sid=call_sid, now=self._now)
            details = {"channel": new.channel, "purpose": new.purpose, "granted": new.granted}
            await Audit(conn, call_sid, self._now).note("create", "consents", made, details)
            return made

        async def write(conn: Conn) -> UUID:
            return await Effects(conn).once(call_sid, key, "consent", {}, lambda: add(conn))

        return await self._write(write)

    async def may_contact(self, phone: str, channel: Channel, purpose: Purpose) -> bool:
        """Whether a number may be contacted in this way for this: only after a yes that stands."""
        number = phones.normalize(phone)
        async with self._records() as conn:
            return await Consents(conn).allow(number, channel, purpose)

    async def opt_out(self, *, call_sid: str, key: str, phone: str) -> None:
        """Never contact a number again. Needs no ledger: asking twice changes nothing."""
        number = phones.normalize(phone)

        async def write(conn: Conn) -> None:
            consents = Consents(conn)
            entry, new = await consents.opt_out(number, call_sid=call_sid, now=self._now)
            withdrawn = await consents.withdraw(number, call_sid=call_sid, now=self._now)
            customers = await Customers(conn).stop_reminding(number)
            if new or withdrawn or customers:
                details = {
                    "consents": [str(one) for one in withdrawn],
                    "customers": [str(one) for one in customers],
                }
                await Audit(conn, call_sid, self._now).note("opt_out", "opt_outs", entry, details)

        await self._write(write)

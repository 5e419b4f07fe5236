"""Customers, and what is on file about them."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from shop.cars.vehicles import Vehicle, Vehicles
from shop.errors import BadValue, NotFound
from shop.people import address, filecache, phone
from shop.words import said, spoken

_COLUMNS = """id, phone, email, first_name, last_name, date_of_birth, street_address, city, state,
              zip_code, customer_since, preferred_contact_method, preferred_service_advisor,
              preferred_appointment_time, receive_reminders"""
_MOST = 10
"""More people than this on one number or name are not told apart on a call."""


@dataclass(frozen=True, slots=True)
class Customer:
    """A person on file. Its repr holds nothing personal, so it can be logged."""

    id: UUID
    phone: str = field(repr=False)
    email: str | None = field(repr=False)
    first_name: str = field(repr=False)
    last_name: str = field(repr=False)
    date_of_birth: date | None = field(repr=False)
    street_address: str | None = field(repr=False)
    city: str | None = field(repr=False)
    state: str | None = field(repr=False)
    zip_code: str | None = field(repr=False)
    customer_since: date | None = field(default=None, repr=False)
    preferred_contact_method: str = "phone"
    preferred_service_advisor: str | None = None
    preferred_appointment_time: str | None = None
    receive_reminders: bool = True


@dataclass(frozen=True, slots=True)
class CustomerFile:
    """A customer with their cars and the last thing that was done to one of them."""

    customer: Customer
    vehicles: tuple[Vehicle, ...]
    last_service: str | None = None
    last_service_date: date | None = None


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """A person as they introduced themselves."""

    first_name: str = field(repr=False)
    last_name: str = field(repr=False)
    phone: str = field(repr=False)
    email: str | None = field(default=None, repr=False)
    street_address: str | None = field(default=None, repr=False)
    city: str | None = field(default=None, repr=False)
    state: str | None = field(default=None, repr=False)
    zip_code: str | None = field(default=None, repr=False)

    def cleaned(self) -> "NewCustomer":
        """The same person as they are written down.

        Raises:
            BadValue: A name, the number or a part of an address cannot be right.
        """
        return replace(
            self,
            first_name=_name(self.first_name, "first"),
            last_name=_name(self.last_name, "last"),
            phone=phone.normalize(self.phone),
            email=_if_given(address.email, self.email),
            street_address=_if_given(address.street, self.street_address),
            city=_if_given(address.city, self.city),
            state=_if_given(address.state, self.state),
            zip_code=_if_given(address.zip_code, self.zip_code),
        )


def _name(text: str, which: str) -> str:
    question = f"What's your {which} name?"
    words = said.short(text, question, name=f"{which}_name", most=50)
    if not any(c.isalpha() for c in words):
        raise BadValue(question, field=f"{which}_name")
    return words


def _if_given(clean: Callable[[str], str], text: str | None) -> str | None:
    return clean(text) if text is not None and text.strip() else None


class Customers:
    """The customers table. The caller owns the connection and so the transaction."""

    def __init__(self, conn: AsyncConnection[Any]) -> None:
        self._conn = conn

    async def by_phone(self, number: str) -> list[Customer]:
        """Everybody who is reached at a number in E.164."""
        return await self._select("phone = %s", [number])

    async def by_name(self, first: str | None, last: str) -> list[Customer]:
        """Everybody of a name, in any case."""
        if first is None:
            return await self._select("lower(last_name) = lower(%s)", [said.line(last)])
        return await self._select(
            "lower(last_name) = lower(%s) AND lower(first_name) = lower(%s)",
            [said.line(last), said.line(first)],
        )

    async def file(self, customer_id: UUID) -> CustomerFile:
        """One customer's file.

        Raises:
            NotFound: There is no such customer.
        """
        found = await self.files(await self._select("id = %s", [customer_id]))
        if not found:
            raise NotFound("I can't find that customer.")
        return found[0]

    async def files(self, customers: Sequence[Customer]) -> list[CustomerFile]:
        """The files of these customers, in their order."""
        ids = [customer.id for customer in customers]
        if not ids:
            return []
        vehicles = await Vehicles(self._conn).owned_by(ids)
        last = await self._last_services(ids)
        return [
            CustomerFile(
                customer,
                tuple(v for v in vehicles if v.customer_id == customer.id),
                *last.get(customer.id, (None, None)),
            )
            for customer in customers
        ]

    async def same(self, new: NewCustomer) -> UUID | None:
        """Who of that name is already on file under that number, and keeps them from doubling.

        Holds the number until the transaction ends, so that two calls cannot both find nobody.
        """
        await self._conn.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('customer ' || %s, 0))", [new.phone]
        )
        rows = await self._conn.execute(
            """
            SELECT id FROM customers
             WHERE phone = %s AND lower(first_name) = lower(%s) AND lower(last_name) = lower(%s)
             ORDER BY created_at, id
             LIMIT 1
            """,
            [new.phone, new.first_name, new.last_name],
        )
        row = await rows.fetchone()
        return row[0] if row else None

    async def add(self, new: NewCustomer, *, today: date) -> tuple[UUID, bool]:
        """Write a cleaned customer down.

        An e-mail address that somebody else has is left out, for staff to sort out; the second
        value says that this happened.
        """
        filecache.changed(new.phone)
        rows = await self._conn.execute(
            """
            INSERT INTO customers (phone, email, first_name, last_name, street_address, city, state,
                                   zip_code, customer_since, last_contact_date, receive_promotions)
            SELECT %(phone)s, CASE WHEN NOT taken THEN %(email)s::text END, %(first_name)s,
                   %(last_name)s, %(street_address)s, %(city)s, %(state)s, %(zip_code)s, %(today)s,
                   %(today)s, false
              FROM (SELECT EXISTS (SELECT FROM customers WHERE email = %(email)s::text)) AS e(taken)
            RETURNING id, email
            """,
            {**asdict(new), "today": today},
        )
        row = await rows.fetchone()
        assert row is not None
        return row[0], row[1] != new.email

    async def hold(self, customer_id: UUID) -> None:
        """Keep others from booking for this customer until the transaction ends.

        Raises:
            NotFound: There is no such customer.
        """
        rows = await self._conn.execute(
            "SELECT 1 FROM customers WHERE id = %s FOR NO KEY UPDATE", [customer_id]
        )
        if await rows.fetchone() is None:
            raise NotFound("I can't find that customer.")

    async def touch(self, customer_id: UUID, today: date) -> None:
        """Note that there was a call with the customer."""
        await self._conn.execute(
            "UPDATE customers SET last_contact_date = %s WHERE id = %s", [today, customer_id]
        )

    async def stop_reminding(self, number: str) -> list[UUID]:
        """Nobody under a number wants to be reminded or told of offers; the ids of who did."""
        filecache.changed(number)
        rows = await self._conn.execute(
            """
            UPDATE customers SET receive_reminders = false, receive_promotions = false
             WHERE phone = %s AND (receive_reminders OR receive_promotions)
            RETURNING id
            """,
            [number],
        )
        return [changed for (changed,) in await rows.fetchall()]

    async def _select(self, where: str, values: Sequence[object]) -> list[Customer]:
        async with self._conn.cursor(row_factory=class_row(Customer)) as cur:
            await cur.execute(
                f"SELECT {_COLUMNS} FROM customers WHERE {where} ORDER BY created_at, id LIMIT %s",
                [*values, _MOST],
            )
            return await cur.fetchall()

    async def _last_services(self, ids: list[UUID]) -> dict[UUID, tuple[str, date]]:
        rows = await self._conn.execute(
            """
            SELECT DISTINCT ON (v.customer_id) v.customer_id, h.services_performed, h.service_date
              FROM service_history h
              JOIN vehicles v ON v.id = h.vehicle_id
             WHERE v.customer_id = ANY(%s)
             ORDER BY v.customer_id, h.service_date DESC, h.id
            """,
            [ids],
        )
        return {
            customer_id: (spoken.all_of(services), on)
            for customer_id, services, on in await rows.fetchall()
        }

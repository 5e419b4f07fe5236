"""Who a booking is for and which car: found on file, or written down."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from shop.audit import Audit
from shop.cars.vehicles import NewVehicle, Vehicles
from shop.errors import NotAllowed
from shop.people.customers import Customers, NewCustomer
from shop.profile.shop import Shop


@dataclass(frozen=True, slots=True)
class OnFile:
    """Customers and cars, in a transaction that the caller owns."""

    conn: AsyncConnection[Any]
    shop: Shop
    audit: Audit

    async def customer(self, who: UUID | NewCustomer) -> UUID:
        """The customer's id; somebody of that name and number who is on file is not doubled.

        Nobody else can book for them until the transaction ends.
        """
        customers = Customers(self.conn)
        if isinstance(who, UUID):
            await customers.hold(who)
            return who
        new = who.cleaned()
        known = await customers.same(new)
        if known is not None:
            await customers.hold(known)
            return known
        today = self.audit.now.astimezone(self.shop.zone).date()
        made, email_taken = await customers.add(new, today=today)
        await self.audit.note("create", "customers", made, {"email_taken": email_taken})
        return made

    async def vehicle(self, what: UUID | NewVehicle, customer_id: UUID) -> UUID:
        """The id of the customer's car; one that is described as on file is not doubled.

        Raises:
            NotAllowed: It is somebody else's.
        """
        vehicles = Vehicles(self.conn)
        if isinstance(what, UUID):
            if (await vehicles.get(what)).customer_id != customer_id:
                raise NotAllowed("I don't have that car for you.")
            return what
        new = what.cleaned(this_year=self.audit.now.year)
        known = await vehicles.like(new, customer_id)
        if known is not None:
            return known
        made, vin_taken = await vehicles.add(new, customer_id)
        await self.audit.note("create", "vehicles", made, {"vin_taken": vin_taken})
        return made

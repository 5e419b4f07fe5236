"""The part of the desk that knows who is on file."""

from dataclasses import dataclass
from uuid import UUID

from shop.calldesk import CallDesk
from shop.customers import CustomerFile, Customers


@dataclass(frozen=True, slots=True)
class CustomerDesk(CallDesk):
    """Customers' files."""

    async def callers(self, phone: str) -> list[CustomerFile]:
        """Everybody on file under a number in E.164; two people may share one."""
        async with self._records() as conn:
            customers = Customers(conn)
            return await customers.files(await customers.by_phone(phone))

    async def file(self, customer_id: UUID) -> CustomerFile:
        """One customer's file; NotFound if there is none."""
        async with self._records() as conn:
            return await Customers(conn).file(customer_id)

    async def find_by_name(self, first: str | None, last: str) -> list[CustomerFile]:
        """Everybody of a name. Only ever used to check who is calling, never to tell."""
        async with self._records() as conn:
            customers = Customers(conn)
            return await customers.files(await customers.by_name(first, last))

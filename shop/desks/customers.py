"""The part of the desk that knows who is on file."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from shop.audit import Audit
from shop.cars.due import Due, DueServices
from shop.desks.calls import CallDesk
from shop.desks.records import Conn
from shop.people.customers import CustomerFile, Customers
from shop.people.filecache import FileCache, forgetting

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class CustomerDesk(CallDesk):
    """Customers' files.

    Attributes:
        files: Where files are remembered; without it every question goes to the database.
    """

    files: FileCache | None = field(default=None, kw_only=True)

    async def callers(self, phone: str) -> list[CustomerFile]:
        """Everybody on file under a number in E.164; two people may share one."""
        if self.files is None:
            return await self._callers(phone)
        return list(await self.files.get(phone, lambda: self._callers(phone)))

    async def file(self, customer_id: UUID) -> CustomerFile:
        """One customer's file; NotFound if there is none."""
        async with self._records() as conn:
            return await Customers(conn).file(customer_id)

    async def due(self, customer_id: UUID) -> list[Due]:
        """What a customer's cars are due for and not booked in for."""
        today = self._now.astimezone(self.shop.zone).date()
        async with self._records() as conn:
            return await DueServices(conn).of(customer_id, today=today)

    async def find_by_name(self, first: str | None, last: str) -> list[CustomerFile]:
        """Everybody of a name. Only ever used to check who is calling, never to tell."""
        async with self._records() as conn:
            customers = Customers(conn)
            return await customers.files(await customers.by_name(first, last))

    async def disclosed(
        self, *, call_sid: str, entity: str, records: Sequence[UUID], what: Sequence[str]
    ) -> None:
        """Note which fields of which records of a table the caller is being told."""

        async def write(conn: Conn) -> None:
            await Audit(conn, call_sid, self._now).disclosed(entity, records, what)

        if records:
            await self._write(write)

    async def _callers(self, phone: str) -> list[CustomerFile]:
        async with self._records() as conn:
            customers = Customers(conn)
            return await customers.files(await customers.by_phone(phone))

    async def _write(self, work: Callable[[Conn], Awaitable[_T]]) -> _T:
        if self.files is None:
            return await CallDesk._write(self, work)
        with forgetting(self.files):
            return await CallDesk._write(self, work)

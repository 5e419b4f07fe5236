"""Cars and whose they are."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from shop.cars import vin
from shop.errors import BadValue, NotFound
from shop.people import filecache
from shop.words import said, spelled

_COLUMNS = """id, customer_id, vin, license_plate, year, make, model, trim, color,
              is_primary_vehicle, current_mileage"""
OLDEST = 1950
_FARTHEST = 999_999  # miles; odometers have six places
_LONGEST_PLATE = 10  # states print eight at most; spaces and hyphens are not kept


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A car on file."""

    id: UUID
    customer_id: UUID
    vin: str | None = field(repr=False)
    license_plate: str | None = field(repr=False)
    year: int
    make: str
    model: str
    trim: str | None = None
    color: str | None = None
    is_primary_vehicle: bool = False
    current_mileage: int | None = None


@dataclass(frozen=True, slots=True)
class NewVehicle:
    """A car as a caller described it."""

    year: int
    make: str
    model: str
    color: str | None = None
    license_plate: str | None = field(default=None, repr=False)
    vin: str | None = field(default=None, repr=False)
    trim: str | None = None
    current_mileage: int | None = None

    def cleaned(self, *, this_year: int) -> "NewVehicle":
        """The same car as it is written down.

        Raises:
            BadValue: Something about it cannot be right.
        """
        if not OLDEST <= self.year <= this_year + 1:
            raise BadValue("What year is the car?", field="year")
        if self.current_mileage is not None and not 0 <= self.current_mileage <= _FARTHEST:
            raise BadValue("About how many miles does it have on it?", field="current_mileage")
        said_vin = said.line(self.vin) if self.vin else ""
        color = said.optional(self.color, most=30)
        return replace(
            self,
            make=said.short(self.make, "What make is the car?", name="make", most=40),
            model=said.short(self.model, "What model is the car?", name="model", most=40),
            color=color.lower() if color else None,
            license_plate=_plate(self.license_plate),
            vin=vin.check(vin.clean(said_vin)).vin if said_vin else None,
            trim=said.optional(self.trim, most=40),
        )


def _plate(text: str | None) -> str | None:
    found = spelled.characters(said.line(text)) if text else ""
    if len(found) > _LONGEST_PLATE:
        raise BadValue("What's on the license plate?", field="license_plate")
    return found or None


class Vehicles:
    """The vehicles table. The caller owns the connection and so the transaction."""

    def __init__(self, conn: AsyncConnection[Any]) -> None:
        self._conn = conn

    async def get(self, vehicle_id: UUID) -> Vehicle:
        """One car.

        Raises:
            NotFound: There is none under that id.
        """
        async with self._conn.cursor(row_factory=class_row(Vehicle)) as cur:
            await cur.execute(f"SELECT {_COLUMNS} FROM vehicles WHERE id = %s", [vehicle_id])
            found = await cur.fetchone()
        if found is None:
            raise NotFound("I can't find that car.")
        return found

    async def owned_by(self, customer_ids: Sequence[UUID]) -> list[Vehicle]:
        """The cars these customers drive now, the main one first."""
        async with self._conn.cursor(row_factory=class_row(Vehicle)) as cur:
            await cur.execute(
                f"""
                SELECT {_COLUMNS}
                  FROM vehicles
                 WHERE customer_id = ANY(%s) AND status = 'active'
                 ORDER BY customer_id, is_primary_vehicle DESC, year DESC, id
                """,
                [list(customer_ids)],
            )
            return await cur.fetchall()

    async def like(self, described: NewVehicle, customer_id: UUID) -> UUID | None:
        """The customer's car that a description can only mean, if there is exactly one."""
        owned = await self.owned_by([customer_id])
        if described.vin and any(v.vin == described.vin for v in owned):
            return next(v.id for v in owned if v.vin == described.vin)
        same = [v for v in owned if _matches(v, described)]
        return same[0].id if len(same) == 1 else None

    async def add(self, vehicle: NewVehicle, customer_id: UUID) -> tuple[UUID, bool]:
        """Write a cleaned car down.

        A VIN that is on another active car is left out: who is right is for staff to find out, and
        the caller must not learn that it is on file. The second value says that this happened.
        """
        filecache.changed(customer_id)
        taken = await self._vin_taken(vehicle.vin)
        rows = await self._conn.execute(
            """
            INSERT INTO vehicles (customer_id, vin, license_plate, year, make, model, trim, color,
                                  current_mileage, is_primary_vehicle)
            VALUES (%(customer_id)s, %(vin)s, %(license_plate)s, %(year)s, %(make)s, %(model)s,
                    %(trim)s, %(color)s, %(current_mileage)s,
                    NOT EXISTS (SELECT FROM vehicles
                                 WHERE customer_id = %(customer_id)s AND status = 'active'))
            RETURNING id
            """,
            {
                "customer_id": customer_id,
                "vin": None if taken else vehicle.vin,
                "license_plate": vehicle.license_plate,
                "year": vehicle.year,
                "make": vehicle.make,
                "model": vehicle.model,
                "trim": vehicle.trim,
                "color": vehicle.color,
                "current_mileage": vehicle.current_mileage,
            },
        )
        row = await rows.fetchone()
        assert row is not None
        return row[0], taken

    async def _vin_taken(self, number: str | None) -> bool:
        if number is None:
            return False
        rows = await self._conn.execute(
            "SELECT 1 FROM vehicles WHERE vin = %s AND status = 'active'", [number]
        )
        return await rows.fetchone() is not None


def _matches(vehicle: Vehicle, described: NewVehicle) -> bool:
    if (vehicle.year, vehicle.make.casefold(), vehicle.model.casefold()) != (
        described.year,
        described.make.casefold(),
        described.model.casefold(),
    ):
        return False
    pairs = (
        (vehicle.color, described.color),
        (vehicle.license_plate, described.license_plate),
        (vehicle.vin, described.vin),
    )
    return all(not a or not b or _bare(a) == _bare(b) for a, b in pairs)


def _bare(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())

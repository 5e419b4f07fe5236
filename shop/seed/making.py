"""Makes up a shop's records. Pure: the same seed and day always make the same rows.

Shares follow a real shop's: most customers own one car, most appointments are past, one in seven
did not happen.
"""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from shop.cars import vin
from shop.profile.catalog import Service
from shop.profile.hours import windows
from shop.profile.shop import Shop
from shop.schedule import slots
from shop.schedule.slots import Busy, Place
from shop.seed.data import (
    AREA_CODES,
    COLORS,
    FIRST_NAMES,
    LAST_NAMES,
    MAKES,
    PLACES,
    REASONS,
    STREETS,
    WEIGHTS,
)

Row = dict[str, Any]

_PAST_DAYS = 730
_YEARS = "ABCDEFGHJKLMNPR"  # the model years 2010 to 2024
_LINES = range(200, 10_000)  # 555-01XX is left to the demo callers


@dataclass(frozen=True, slots=True)
class Size:
    """How much to make."""

    customers: int = 10_000
    vehicles: int = 16_000
    appointments: int = 8_000


@dataclass(slots=True)
class Rows:
    """What was made, by table."""

    customers: list[Row] = field(default_factory=list)
    vehicles: list[Row] = field(default_factory=list)
    appointments: list[Row] = field(default_factory=list)
    service_history: list[Row] = field(default_factory=list)


class NoRoom(Exception):
    """The schedule cannot hold so many appointments. The text says what to do."""


class Maker:
    """Makes the rows of one seed, around what is on the schedule already."""

    def __init__(
        self,
        shop: Shop,
        *,
        today: date,
        seed: int,
        bays: Mapping[str, int],
        technicians: Mapping[str, int],
        busy: Iterable[Busy],
    ) -> None:
        self._shop = shop
        self._today = today
        self._rng = random.Random(seed)  # noqa: S311 - made-up data, not a secret
        self._bays = bays
        self._technicians = technicians
        self._taken: dict[date, list[Busy]] = {}
        self._starts = cache(lambda service, day: tuple(slots.starts(shop, service, day)))
        for one in busy:
            self._take(one)

    def make(self, size: Size) -> Rows:
        """All rows of a size.

        Raises:
            NoRoom: There are more appointments than the shop has hours.
        """
        rows = Rows()
        rows.customers = self._customers(size.customers)
        rows.vehicles = self._vehicles(rows.customers, size.vehicles)
        self._appointments(rows, size.appointments)
        return rows

    def _customers(self, count: int) -> list[Row]:
        rng = self._rng
        numbers = rng.sample(range(len(AREA_CODES) * len(_LINES)), count)
        made = []
        for n, number in enumerate(numbers, start=1):
            area, line = divmod(number, len(_LINES))
            first, last = rng.choice(FIRST_NAMES), rng.choice(LAST_NAMES)
            city, zip_code = rng.choice(PLACES)
            email = f"{first}.{last}.{n}@example.com".lower() if rng.random() < 0.6 else None
            made.append(
                {
                    "id": self._id(),
                    "phone": f"+1{AREA_CODES[area]}555{_LINES[line]:04d}",
                    "email": email,
                    "preferred_contact_method": self._one({"phone": 70, "email": 20, "text": 10}),
                    "first_name": first,
                    "last_name": last,
                    "date_of_birth": self._today - timedelta(days=rng.randint(18 * 366, 85 * 365)),
                    "street_address": f"{rng.randint(1, 2999)} {rng.choice(STREETS)}",
                    "city": city,
                    "state": "IL",
                    "zip_code": zip_code,
                    "customer_since": self._today - timedelta(days=rng.randint(_PAST_DAYS, 4400)),
                    "customer_type": self._one({"retail": 85, "fleet": 5, "referral": 10}),
                    "preferred_service_advisor": rng.choice(self._shop.advisors or (None,)),
                    "last_service_date": None,
                }
            )
        return made

    def _vehicles(self, customers: list[Row], count: int) -> list[Row]:
        """One car for everybody, a second for some, and a third for some of those."""
        more = count - len(customers)
        thirds = more // 4
        owners = [*customers]
        several = self._rng.sample(customers, max(0, more - thirds))
        owners += several + several[:thirds]
        seen: set[UUID] = set()
        made = []
        for serial, owner in enumerate(owners, start=1):
            made.append(self._vehicle(owner, serial, is_primary=owner["id"] not in seen))
            seen.add(owner["id"])
        return made

    def _vehicle(self, owner: Row, serial: int, *, is_primary: bool) -> Row:
        rng = self._rng
        make = rng.choice(list(MAKES))
        prefix, models = MAKES[make]
        year = rng.randint(2010, 2024)
        age = max(1, self._today.year - year)
        code = _YEARS[year - 2010]
        number = f"{prefix}0{code}{rng.choice('ABCEHKLMNPRSTUVWY')}{serial:06d}"
        letters = rng.choice("ABCDEFGHJKLMNPRSTUVWXYZ") + rng.choice("ABCDEFGHJKLMNPRSTUVWXYZ")
        return {
            "id": self._id(),
            "customer_id": owner["id"],
            "vin": f"{number[:8]}{vin.check_digit(number)}{number[9:]}",
            "license_plate": f"{letters} {serial:05d}",
            "year": year,
            "make": make,
            "model": rng.choice(models),
            "color": rng.choice(COLORS),
            "current_mileage": age * rng.randint(10_000, 15_000),
            "is_primary_vehicle": is_primary,
            "last_service_date": None,
            "last_service_mileage": None,
        }

    def _appointments(self, rows: Rows, count: int) -> None:
        """Seventy in a hundred are done, fifteen are ahead, fifteen did not happen."""
        ahead = missed = round(count * 0.15)
        past_days = self._working_days(-_PAST_DAYS, -1)
        days_ahead = self._working_days(1, self._shop.horizon_days)
        cars = self._cars(rows.vehicles, count)
        for n in range(count):
            car = cars[n % len(cars)]
            if n < ahead:
                status = self._one({"scheduled": 70, "confirmed": 30})
                self._appointment(rows, car, days_ahead, status)
            elif n < ahead + missed:
                status = self._one({"cancelled": 70, "no_show": 30})
                self._appointment(rows, car, past_days, status)
            else:
                self._appointment(rows, car, past_days, "completed")

    def _cars(self, vehicles: list[Row], count: int) -> list[Row]:
        """Mostly main cars, so that some six in ten customers have a history."""
        main = [car for car in vehicles if car["is_primary_vehicle"]]
        others = [car for car in vehicles if not car["is_primary_vehicle"]]
        few = min(len(others), count // 10)
        cars = self._rng.sample(others, few)
        cars += self._rng.sample(main, min(len(main), count - few))
        return self._rng.sample(cars, len(cars))

    def _appointment(self, rows: Rows, car: Row, days: list[date], status: str) -> None:
        rng = self._rng
        service = self._shop.catalog.find(self._one(WEIGHTS))
        place, starts_at = self._place(service, days)
        ends_at = starts_at + timedelta(minutes=service.minutes)
        low, high = service.price or (10_000, 60_000)
        row = {
            "id": self._id(),
            "customer_id": car["customer_id"],
            "vehicle_id": car["id"],
            "scheduled_at": starts_at,
            "duration_minutes": service.minutes,
            "service_type": service.key,
            "service_category": service.category,
            "service_description": service.name,
            "actual_cost": rng.randint(low, high) // 100 if status == "completed" else None,
            "status": status,
            "staff_confirmation_needed": not service.auto_book and status == "scheduled",
            "cancellation_reason": rng.choice(REASONS) if status == "cancelled" else None,
            "cancelled_at": starts_at - timedelta(hours=rng.randint(1, 72))
            if status == "cancelled"
            else None,
            "assigned_technician": place.technician and self._technicians[place.technician],
            "service_bay": self._bays[place.bay],
            "booking_method": self._one({"phone": 60, "online": 25, "walk_in": 15}),
            "booked_by": rng.choice(self._shop.advisors or ("front desk",)),
            "completed_at": ends_at if status == "completed" else None,
        }
        if status not in ("cancelled", "no_show"):
            self._take(Busy(place.bay, starts_at, ends_at, place.technician))
        rows.appointments.append(row)
        if status == "completed":
            rows.service_history.append(self._history(row, car, service))

    def _history(self, appointment: Row, car: Row, service: Service) -> Row:
        on = appointment["scheduled_at"].astimezone(self._shop.zone).date()
        mileage = max(0, car["current_mileage"] - (self._today - on).days * 30)
        if car["last_service_date"] is None or car["last_service_date"] < on:
            car["last_service_date"], car["last_service_mileage"] = on, mileage
        return {
            "id": self._id(),
            "vehicle_id": car["id"],
            "appointment_id": appointment["id"],
            "service_date": on,
            "mileage": mileage,
            "services_performed": [service.name],
            "total_cost": appointment["actual_cost"],
            "next_service_type": "oil_change",
            "next_service_due_date": on + timedelta(days=180),
            "next_service_due_mileage": mileage + 6000,
        }

    def _place(self, service: Service, days: list[date]) -> tuple[Place, datetime]:
        for _ in range(500):
            day = self._rng.choice(days)
            found = self._starts(service, day)
            if not found:
                continue
            start = self._rng.choice(found)
            place = slots.place(self._shop, service, start, self._taken.get(day, ()))
            if place is not None:
                return place, start
        raise NoRoom("the schedule is full; ask for fewer appointments (--appointments)")

    def _take(self, busy: Busy) -> None:
        for day in slots.days_of(self._shop, busy.starts_at, busy.ends_at):
            self._taken.setdefault(day, []).append(busy)

    def _working_days(self, first: int, last: int) -> list[date]:
        days = (self._today + timedelta(days=n) for n in range(first, last + 1))
        return [day for day in days if windows(self._shop, day)]

    def _one(self, weights: dict[str, int]) -> str:
        return self._rng.choices(list(weights), weights=list(weights.values()))[0]

    def _id(self) -> UUID:
        return UUID(int=self._rng.getrandbits(128), version=4)

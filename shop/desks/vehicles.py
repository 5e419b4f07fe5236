"""The part of the desk that finds out about cars."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TypeVar

from shop.cars import makers
from shop.cars import vin as vins
from shop.cars.lookups import Kept, Lookups
from shop.cars.nhtsa import VinDecoding, Vpic
from shop.cars.recalls import UNREACHABLE, RecallFindings, Recalls
from shop.cars.vehicles import OLDEST
from shop.desks.customers import CustomerDesk
from shop.errors import (
    BadValue,
    RecallsUnavailable,
    RecordsUnavailable,
    VehicleDataUnavailable,
)
from shop.words import said

_T = TypeVar("_T")

VIN_KEPT = timedelta(days=7)
RECALLS_KEPT = timedelta(days=1)
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class VehicleDesk(CustomerDesk):
    """What is known of any car, whoever owns it.

    Attributes:
        recall_registry: The list of recalls; without one there is never an answer.
    """

    vpic: Vpic
    recall_registry: Recalls | None = field(default=None, kw_only=True)

    async def decode_vin(self, text: str) -> VinDecoding:
        """What car a VIN belongs to: kept for a week, and asked of the registry after that.

        While the registry does not answer, what it said before still holds; failing that, maker
        and year are worked out from the number (`source` is "number", and `model` None).

        Raises:
            BadValue: The text says which rule a wrong number breaks.
            VehicleDataUnavailable: Nothing is known at all.
        """
        checked = vins.check(vins.clean(text))
        kept = await self._kept(lambda lookups: lookups.vin(checked.vin))
        if kept is not None and kept.fresh(self._now, VIN_KEPT):
            found = kept.found
        else:
            found = await self._asked_vin(checked.vin, kept)
        return replace(found, warnings=(*checked.warnings, *found.warnings))

    async def recalls(self, make: str, model: str, year: int) -> RecallFindings:
        """The recall campaigns of a model; kept for a day.

        While the list does not answer, an old one that warns still warns; an old one with nothing
        on it clears nothing.

        Raises:
            BadValue: Make, model or year cannot be right.
            RecallsUnavailable: The list does not answer, or does not have the model.
        """
        if not OLDEST <= year <= self._now.year + 1:
            raise BadValue("What year is the car?", field="year")
        of = (
            said.short(make, "What make is the car?", name="make", most=_LONGEST_NAME).upper(),
            said.short(model, "What model is the car?", name="model", most=_LONGEST_NAME).upper(),
            year,
        )
        kept = await self._kept(lambda lookups: lookups.recalls(*of))
        if kept is not None and kept.fresh(self._now, RECALLS_KEPT):
            return RecallFindings(kept.found, kept.fetched_at)
        try:
            return await self._asked_recalls(of)
        except RecallsUnavailable:
            if kept is None or not kept.found:
                raise
            return RecallFindings(kept.found, kept.fetched_at, outdated=True)

    async def _asked_vin(self, vin: str, kept: Kept[VinDecoding] | None) -> VinDecoding:
        try:
            found = await self.vpic.decode(vin)
        except VehicleDataUnavailable:
            if kept is not None:
                days = (self._now - kept.fetched_at).days
                aged = f"the registry does not answer; this is what it said {days} days ago"
                return replace(kept.found, warnings=(aged,))
            found = makers.from_number(vin, this_year=self._now.year)
            if found.make is None:
                raise
            return found
        if found.definite:
            await self._keep(lambda lookups: lookups.keep_vin(found, now=self._now))
        return found

    async def _asked_recalls(self, of: tuple[str, str, int]) -> RecallFindings:
        if self.recall_registry is None:
            raise RecallsUnavailable(UNREACHABLE)
        found = await self.recall_registry.find(*of)
        await self._keep(lambda lookups: lookups.keep_recalls(*of, found, now=self._now))
        return RecallFindings(found, self._now)

    async def _kept(self, read: Callable[[Lookups], Awaitable[_T | None]]) -> _T | None:
        """A memory that cannot be read is none: without records the outside is asked."""
        with suppress(RecordsUnavailable):
            async with self._records() as conn:
                return await read(Lookups(conn))
        return None

    async def _keep(self, write: Callable[[Lookups], Awaitable[None]]) -> None:
        """What cannot be kept was still found out."""
        with suppress(RecordsUnavailable):
            async with self._records() as conn:
                await write(Lookups(conn))

"""Words that this caller is likely to say, for the recogniser. Nothing of it is ever said aloud."""

import json
import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

from langchain_core.messages import ToolMessage

from graph.state import CallState
from shop.desk import Desk
from shop.errors import ShopError

logger = logging.getLogger(__name__)


CarsOnFile = Callable[[str], Awaitable[tuple[str, ...]]]
"""Makes and models of the cars of a customer, by their id."""


def cars_on_file(desk: Desk) -> CarsOnFile:
    """Look cars up in the shop's records; none while those are out of reach."""

    async def look_up(customer_id: str) -> tuple[str, ...]:
        try:
            file = await desk.file(UUID(customer_id))
        except ShopError as error:
            logger.warning("a caller's cars could not be looked up: %s", error.code)
            return ()
        return tuple(dict.fromkeys(f"{car.make} {car.model}" for car in file.vehicles))

    return look_up


@dataclass(slots=True)
class Vocabulary:
    """What one caller is likely to say, who may become known while they speak."""

    cars_on_file: CarsOnFile | None = None
    _owner: str = ""
    _on_file: tuple[str, ...] = ()

    async def learn(self, state: CallState) -> None:
        """A caller who is recognized will speak of their own cars."""
        owner = state.get("customer_id")
        if owner and owner != self._owner and self.cars_on_file is not None:
            self._owner, self._on_file = owner, await self.cars_on_file(owner)

    def words(self, state: CallState) -> tuple[str, ...]:
        """The cars spoken of, then those on file."""
        return tuple(dict.fromkeys((*cars(state), *self._on_file)))


def cars(state: CallState) -> tuple[str, ...]:
    """Makes and models of the cars that were spoken of on this call; the newest come first."""
    described = [*_drafted(state), *_told(state)]
    return tuple(dict.fromkeys(reversed([name for name in described if name])))


def _drafted(state: CallState) -> Iterator[str]:
    for draft in state.get("drafts", {}).values():
        if draft["kind"] == "vehicle":
            fields = draft["fields"]
            yield f"{fields.get('make') or ''} {fields.get('model') or ''}".strip()


def _told(state: CallState) -> Iterator[str]:
    for message in state["messages"]:
        if isinstance(message, ToolMessage) and '"vehicles"' in str(message.content):
            data = json.loads(str(message.content)).get("data") or {}
            for told in data.get("vehicles", []):
                yield _without_year(str(told.get("vehicle") or ""))


def _without_year(vehicle: str) -> str:
    """A year is said in words, "twenty nineteen Honda Civic"; names begin with a capital."""
    words = vehicle.split()
    while words and (words[0].islower() or words[0].isdecimal()):
        words.pop(0)
    return " ".join(words)

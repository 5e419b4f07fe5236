"""What the shop does, and what it usually costs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from shop.errors import UnknownService

Category = Literal["maintenance", "repair", "inspection", "recall"]

Visit = Literal["wait", "drop_off", "either"]
"""Whether the owner of the car waits for it, leaves it, or may do as they like."""


@dataclass(frozen=True, slots=True)
class Service:
    """One line of the catalogue.

    Attributes:
        name: As it is said inside a sentence.
        price: Usual range in cents; None where nothing can be said before inspection.
        auto_book: Whether a booking stands without an advisor's confirmation.
        mentioned: Whether it is named when a caller asks what the shop does.
    """

    key: str
    name: str
    minutes: int
    category: Category
    aliases: tuple[str, ...] = ()
    price: tuple[int, int] | None = None
    auto_book: bool = True
    visit: Visit = "either"
    mentioned: bool = True

    @property
    def drop_off(self) -> bool:
        """Whether the car is always left rather than waited for."""
        return self.visit == "drop_off"


@dataclass(frozen=True)
class Catalog:
    """Every service, in the order they are named to callers."""

    services: tuple[Service, ...]

    def find(self, text: str) -> Service:
        """The service that a key, a name or an alias means; case, hyphens and articles are free.

        Raises:
            UnknownService: There is none; the text names what there is.
        """
        words = plain(text)
        found = self._by_words.get(words) or self._by_words.get(words.removesuffix("s"))
        if found is None:
            known = ", ".join(service.name for service in self.services if service.mentioned)
            raise UnknownService(f"I don't have that service. What we do is: {known}.")
        return found

    @cached_property
    def _by_words(self) -> Mapping[str, Service]:
        return {words: s for s in self.services for words in ways_to_say(s)}


def ways_to_say(service: Service) -> set[str]:
    """Every normalised wording that means the service."""
    return {plain(text) for text in (service.key, service.name, *service.aliases)}


def plain(text: str) -> str:
    """A wording in lower case, without articles, hyphens and other signs."""
    words = re.sub(r"[^a-z0-9]+", " ", text.casefold()).split()
    return " ".join(word for word in words if word not in ("a", "an", "the", "my"))

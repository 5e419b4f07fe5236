"""Whom an event in the shop's calendar concerns, by the beginning of its title. Pure."""

import re
from dataclasses import dataclass

from shop.profile.shop import Shop

_MORE = re.compile(r"\s*(?:[,;&+/]|and\b)\s*", re.IGNORECASE)
_BAY = re.compile(r"bays?\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Whom:
    """A bay, a technician, both; with neither, the whole shop."""

    bay: str | None = None
    technician: str | None = None


EVERYBODY = Whom()


def concerned(title: str, shop: Shop) -> tuple[Whom, ...]:
    """The bays and technicians a title begins with; the whole shop if it begins otherwise.

    "A1: lift repair" is a bay, "Bays A1 and A2: painting" are two, "Tom Anderson off" is a
    technician, and so is "Tom off" where there is one Tom.
    """
    names = _names(shop)
    found: list[Whom] = []
    rest = title.strip()
    while one := _first(rest, names):
        name, rest = one
        found.append(names[name])
        more = _MORE.match(rest)
        if more is None:
            break
        rest = rest[more.end() :]
    return tuple(dict.fromkeys(found)) or (EVERYBODY,)


def _first(text: str, names: dict[str, Whom]) -> tuple[str, str] | None:
    """The name a text begins with, and what comes after it."""
    bay = _BAY.match(text)
    text = text[bay.end() :] if bay else text
    folded = text.casefold()
    for name in names:
        after = folded[len(name) :]
        if folded.startswith(name) and not after[:1].isalnum():
            return name, text[len(name) :]
    return None


def _names(shop: Shop) -> dict[str, Whom]:
    """Every name somebody may write, the longest first."""
    people = [one.name for one in shop.technicians]
    first = [name.split()[0].casefold() for name in people]
    names = {
        short: Whom(technician=name)
        for short, name in zip(first, people, strict=True)
        if first.count(short) == 1
    }
    names |= {name.casefold(): Whom(technician=name) for name in people}
    names |= {bay.name.casefold(): Whom(bay=bay.name) for bay in shop.bays}
    return dict(sorted(names.items(), key=lambda item: -len(item[0])))

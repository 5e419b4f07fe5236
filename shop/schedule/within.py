"""Which of a day's free times are told to somebody, by what they said of the time. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from typing import Literal

from shop.profile.shop import Shop
from shop.schedule import slots
from shop.schedule.slots import Slot

Order = Literal["first", "last"]


@dataclass(frozen=True, slots=True)
class Within:
    """A stretch of the day, on the shop's clock.

    Attributes:
        since: The earliest start that suits.
        until: The first start that is too late.
        order: Whether the first or the last of it are wanted most.
        only: Nothing outside of it will do; else what is nearest to it is better than nothing.
    """

    since: time | None = None
    until: time | None = None
    order: Order | None = None
    only: bool = False

    def holds(self, moment: time) -> bool:
        """Whether a start suits."""
        after = self.since is None or moment >= self.since
        return after and (self.until is None or moment < self.until)


ANY_TIME = Within()


@dataclass(frozen=True, slots=True)
class Choice:
    """Some free times of many.

    Attributes:
        more: There are others that would suit as well.
        met: They are within what was wished.
    """

    slots: tuple[Slot, ...] = ()
    more: bool = False
    met: bool = True


def choose(
    free: Sequence[Slot], within: Within, *, near: time | None, shop: Shop, limit: int
) -> Choice:
    """The free times to tell: at most `limit`, the nearest to a wished time first."""
    suiting = [slot for slot in free if within.holds(_clock(slot, shop))]
    if suiting:
        return Choice(_some(suiting, within, near, shop, limit), len(suiting) > limit)
    if within.only or not free:
        return Choice(met=not free)
    edge = within.since or within.until or near
    chosen = _some(free, ANY_TIME, edge, shop, limit)
    return Choice(chosen, len(free) > limit, met=False)


def _some(
    free: Sequence[Slot], within: Within, near: time | None, shop: Shop, limit: int
) -> tuple[Slot, ...]:
    if within.order == "first":
        return tuple(free[:limit])
    if within.order == "last":
        return tuple(free[-limit:])
    if near is not None:
        return slots.nearest(free, near, shop=shop, limit=limit)
    return slots.spread(free, limit)


def _clock(slot: Slot, shop: Shop) -> time:
    return slot.starts_at.astimezone(shop.zone).time()

"""A turn that is thought through before it is certain that the caller has finished.

    early end of turn ─► run ── words ──► kept back ──┬─ end of turn: real ─► said, done, stored
                          └─ effect? waits for "real" └─ they speak on:      forgotten

Reading is free; whatever writes, discloses or tells somebody waits for `until_real`. The turn
stands in a context variable, as the mouth does, so a node or tool asks without being handed it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, field

from graph.state import CallState


class NotKept(Exception):
    """What a tentative turn took for given is so no longer; the turn has to be thought again."""


@dataclass(slots=True)
class Tentative:
    """One turn of which nobody knows yet whether it will be real.

    Attributes:
        real: Set once it is.
        said: The caller's words, with what is to be remembered before them, where the turn began
            before they were spoken.
        pledges: What must be done, and succeed, before any of its words are said.
    """

    real: asyncio.Event = field(default_factory=asyncio.Event)
    said: asyncio.Future[CallState] | None = None
    pledges: list[Callable[[], Awaitable[None]]] = field(default_factory=list)

    async def redeem(self) -> None:
        """Do what was pledged, then let the effects happen.

        Raises:
            NotKept: A pledge cannot be kept any more; nothing of the turn may be used.
        """
        while self.pledges:
            await self.pledges.pop(0)()
        self.real.set()


_turn: ContextVar[Tentative | None] = ContextVar("tentative_turn", default=None)


def think_ahead(turn: Tentative) -> None:
    """Make what is started from this task part of a turn that is not real yet."""
    _turn.set(turn)


def tentative() -> Tentative | None:
    """The current turn, while it is not real; None for one that is."""
    turn = _turn.get()
    return turn if turn is not None and not turn.real.is_set() else None


async def words_to_come() -> CallState | None:
    """The words that the current turn has yet to hear; None where it began with them."""
    turn = _turn.get()
    return await turn.said if turn is not None and turn.said is not None else None


async def until_real() -> None:
    """Wait until the current turn is real. A turn that never is, is cancelled here."""
    turn = _turn.get()
    if turn is not None:
        await turn.real.wait()

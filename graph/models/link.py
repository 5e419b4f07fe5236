"""One model of a chain: how patiently it is waited for, and when it is left alone."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AnyMessage

from graph.models.errors import ModelError
from graph.models.tokens import ROUGH, Counter

REST_S = 20.0
"""How long a model that has failed is passed over, unless its server says how long."""

_LONGEST_REST_S = 120.0

Fit = Callable[[list[AnyMessage], Counter], list[AnyMessage]]
"""Makes a request fit for a model, such as by cutting what is too long."""


def whole(request: list[AnyMessage], counter: Counter) -> list[AnyMessage]:
    """The request as it is."""
    return request


@dataclass(slots=True)
class Link:
    """One model and how much patience it is given.

    After a failure it rests. When the rest is over one request tries it, and all the others pass
    it over until that one has got an answer: a vendor that comes back is not run over.

    Attributes:
        first_token_s: How long it may take to begin, in seconds.
        stall_s: How long it may pause once it has begun, in seconds.
        local: It is part of this process: no vendor, no bill, no limits.
        counter: Counts in its tokens.
        fit: What is done to a request before this model gets it.
    """

    name: str
    model: BaseChatModel
    first_token_s: float = 8.0
    stall_s: float = 3.0
    local: bool = False
    counter: Counter = ROUGH
    fit: Fit = whole
    _rests_until: float = field(default=float("-inf"), repr=False)
    _doubted: bool = field(default=False, repr=False)
    _tried: bool = field(default=False, repr=False)
    _broken_off: int = field(default=0, repr=False)

    @property
    def rests(self) -> bool:
        """Whether it has failed lately, and nobody else should try it now."""
        return self._tried or asyncio.get_running_loop().time() < self._rests_until

    def begin(self) -> bool:
        """Somebody asks it. Whether that is the one request which finds out how it is."""
        tries = self._doubted and not self._tried
        self._tried = self._tried or tries
        return tries

    def doubt(self) -> bool:
        """It failed quickly and may do better. Whether it is you who asks once more: nobody else.

        Whoever else sees it fail goes on to the next model meanwhile.
        """
        mine = not self.rests
        self._doubted = self._doubted or mine
        return mine

    def answered(self) -> None:
        """It has begun to answer the request that was to find out."""
        self._doubted = False
        self._rests_until = float("-inf")

    def left(self) -> None:
        """The request that was to find out how it is has ended, with or without an answer."""
        self._tried = False

    def finished(self) -> None:
        """An answer has come to its end."""
        self._broken_off = 0

    def broke_off(self, error: ModelError) -> None:
        """It stopped in the middle. Once happens to the best; twice running, it rests."""
        self._broken_off += 1
        if self._broken_off > 1:
            self.failed(error)

    def failed(self, error: ModelError) -> None:
        """It gave no answer: pass it over for a while."""
        seconds = REST_S if error.rest_s is None else error.rest_s
        if seconds > 0:
            self._doubted = True
            now = asyncio.get_running_loop().time()
            self._rests_until = now + min(seconds, _LONGEST_REST_S)

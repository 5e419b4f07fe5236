"""Keeps requests within what a vendor has said it will take.

The headers (`x-ratelimit-remaining-requests`, `-tokens`, `-limit-…`, `-reset-…`) are described at
https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers; servers that send none
are not limited.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from graph.models.errors import Overloaded

LONGEST_WAIT_S = 1.0
"""How long a request waits for its turn. After that another model is the quicker answer."""

_PARTS = re.compile(r"(\d+(?:\.\d+)?)(ms|d|h|m|s)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def seconds(duration: str) -> float | None:
    """A duration as the headers write it ("1s", "6m0s", "20ms"), in seconds; None if it is none."""
    parts = _PARTS.findall(duration)
    if not parts or "".join(number + unit for number, unit in parts) != duration:
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


@dataclass(slots=True)
class Window:
    """What is left of one limit until it is whole again. Times are those of the event loop."""

    left: float = float("inf")
    limit: float = float("inf")
    whole_at: float = float("-inf")

    def note(self, headers: Mapping[str, str], kind: str, now: float) -> None:
        """Believe the server; a header that cannot be read changes nothing."""
        try:
            left = float(headers[f"x-ratelimit-remaining-{kind}"])
            limit = float(headers.get(f"x-ratelimit-limit-{kind}", "inf"))
        except (KeyError, ValueError):
            return
        reset = seconds(headers.get(f"x-ratelimit-reset-{kind}", ""))
        if reset is not None:
            self.left, self.limit, self.whole_at = left, limit, now + reset

    def wait_s(self, wanted: float, now: float) -> float:
        """How long until so much may be taken, in seconds."""
        if now >= self.whole_at:
            self.left = self.limit
        # More than the whole limit can never be had: the server may say so itself.
        return 0.0 if self.left >= min(wanted, self.limit) else self.whole_at - now


@dataclass(slots=True)
class Limits:
    """One model's share of its vendor: so many requests and tokens, so many at a time.

    Waiting is in the order of asking and never longer than a caller bears.

    Attributes:
        gate: Shared by the models of one server; entered for as long as an answer streams.
    """

    gate: asyncio.Semaphore
    longest_wait_s: float = LONGEST_WAIT_S
    _requests: Window = field(default_factory=Window)
    _tokens: Window = field(default_factory=Window)

    def note(self, headers: Mapping[str, str]) -> None:
        """Read what an answer says is left."""
        now = asyncio.get_running_loop().time()
        self._requests.note(headers, "requests", now)
        self._tokens.note(headers, "tokens", now)

    @asynccontextmanager
    async def turn(self, tokens: int) -> AsyncIterator[None]:
        """Wait until a request of about so many tokens may go, and hold its place.

        Raises:
            Overloaded: It would take too long.
        """
        await self._enter()
        try:
            await self._allowance(tokens)
            yield
        finally:
            self.gate.release()

    async def _enter(self) -> None:
        try:
            async with asyncio.timeout(self.longest_wait_s):
                await self.gate.acquire()
        except TimeoutError:
            message = "too many requests are under way"
            raise Overloaded(message, rest_s=0.0, of_server=True) from None

    async def _allowance(self, tokens: int) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + self.longest_wait_s
        while wait := self._wait_s(tokens, loop.time()):
            if loop.time() + wait > until:
                raise Overloaded("its rate limit is used up", rest_s=wait)
            await asyncio.sleep(wait)
        # Taken before the answer says so: others ask meanwhile.
        self._requests.left -= 1
        self._tokens.left -= tokens

    def _wait_s(self, tokens: int, now: float) -> float:
        return max(0.0, self._requests.wait_s(1, now), self._tokens.wait_s(tokens, now))

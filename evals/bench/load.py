"""How many calls at once a process carries, and what each of them costs."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from math import inf

from evals.bench.figures import Spread, percentile, spread
from evals.bench.host import Served
from evals.bench.ledger import Ledger, hops, now
from evals.bench.phone import PATIENCE_S, Phone, TurnLost, calling

CYCLE_S = 5.0
"""How often a caller speaks under load: faster than people do, so that a level is soon measured."""

LIMIT_MS = 100.0
ATTEMPTS = 2
"""How often a level may fail: once may be a neighbour's doing."""

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Level:
    """Some calls at once.

    Attributes:
        calls: How many.
        added: The turns' own times in ms, as far as they were answered.
        slowest: The 95th percentile of all turns, those that were lost being the slowest.
        alive: How many of them had not ended.
        lost: Turns that were begun and got no answer, or none that can be followed.
        gaps: Silences within a reply that an ear notices.
        cpu_s_per_call_minute: The target's CPU, its database's not included.
        core_busy: How much of its core was in use by anybody, from 0 to 1: what is far beyond the
            target's own share is its database's, or a neighbour's.
        rss_mb: The target's memory at the end.
        rig_lag_ms: How late this program itself woke up; it should be small beside `added`.
    """

    calls: int
    alive: int
    added: Spread | None
    slowest: float | None
    lost: int
    gaps: int
    cpu_s_per_call_minute: float | None
    core_busy: float | None
    rss_mb: float | None
    rig_lag_ms: Spread | None

    @property
    def passed(self) -> bool:
        """Whether the limit was kept."""
        if self.added is None or self.slowest is None or self.alive < self.calls or self.gaps:
            return False
        return self.slowest <= LIMIT_MS


async def ramp(
    target: Served, ledger: Ledger, levels: list[int], step_s: float, tell: Tell
) -> list[Level]:
    """More and more calls that all talk, until their own time passes the limit twice."""
    found: list[Level] = []
    async with AsyncExitStack() as stack:
        crowd = Crowd(target, ledger)
        stack.push_async_callback(crowd.aclose)
        for calls in levels:
            await crowd.grow(stack, calls)
            for _ in range(ATTEMPTS):
                found.append(await crowd.measure(step_s))
                tell(_shown(found[-1]))
                if found[-1].passed:
                    break
            else:
                break
    return found


def _shown(level: Level) -> str:
    if level.added is None:
        return f"  {level.calls} calls: no turn was answered"
    return f"  {level.calls} calls: added p50 {level.added.p50:.1f} p95 {level.added.p95:.1f} ms"


class Crowd:
    """Callers who all talk, each at its own time."""

    def __init__(self, target: Served, ledger: Ledger) -> None:
        self._target, self._ledger = target, ledger
        self._phones: list[Phone] = []
        self._talking: list[asyncio.Task[None]] = []
        self._done: list[tuple[float, float | None]] = []
        self._begun: dict[int, float] = {}

    async def grow(self, stack: AsyncExitStack, calls: int) -> None:
        """More callers, placed evenly over the time in which each of them speaks once."""
        more = calls - len(self._phones)
        for _ in range(more):
            call = calling(self._target.url, self._ledger, webhook=self._target.webhook)
            phone = await stack.enter_async_context(call)
            self._phones.append(phone)
            self._talking.append(asyncio.create_task(self._talk(phone)))
            await asyncio.sleep(min(0.2, CYCLE_S / more))
        # Who is never greeted is lost turn by turn; that is told with the level.
        greeted = (phone.answered() for phone in self._phones)
        await asyncio.gather(*greeted, return_exceptions=True)

    async def measure(self, step_s: float) -> Level:
        """What happens within so many seconds from now."""
        gaps = sum(phone.gaps for phone in self._phones)
        before, began = self._target.reading(), now()
        lag = await _lag_over(step_s)
        after, took_s = self._target.reading(), now() - began
        dry = sum(phone.gaps for phone in self._phones) - gaps
        alive = sum(not phone.over for phone in self._phones)
        turns = await self._turns_of(began, began + took_s)
        answered = [added for added in turns if added is not None]
        cpu = busy = None
        if before is not None and after is not None:
            cpu = (after.cpu_s - before.cpu_s) * 60 / took_s / max(1, alive)
            if before.core_busy_s is not None and after.core_busy_s is not None:
                busy = (after.core_busy_s - before.core_busy_s) / took_s
        return Level(
            calls=len(self._phones),
            alive=alive,
            added=spread(answered),
            slowest=percentile([inf if one is None else one for one in turns], 95)
            if turns
            else None,
            lost=len(turns) - len(answered),
            gaps=dry,
            cpu_s_per_call_minute=cpu,
            core_busy=busy,
            rss_mb=after.rss_mb if after else None,
            rig_lag_ms=spread(lag),
        )

    async def _turns_of(self, begin: float, end: float) -> list[float | None]:
        """The own times of the turns begun in between, once each has been answered or lost."""
        waited_s = 0.0
        while any(begin <= at < end for at in self._begun.values()) and waited_s < PATIENCE_S + 1:
            await asyncio.sleep(0.1)
            waited_s += 0.1
        found = [added for at, added in self._done if begin <= at < end]
        left = sum(begin <= at < end for at in self._begun.values())
        return [*found, *[None] * left]

    async def _talk(self, phone: Phone) -> None:
        loop = asyncio.get_running_loop()
        with suppress(TurnLost):
            await phone.answered()
        due = loop.time()
        while not phone.over:
            due += CYCLE_S
            self._begun[id(phone)] = began = now()
            measured = None
            with suppress(TurnLost):
                measured = hops(await phone.turn("chat"), unasked=not self._target.flushes)
            self._done.append((began, None if measured is None else measured.added))
            del self._begun[id(phone)]
            await asyncio.sleep(max(0.0, due - loop.time()))

    async def aclose(self) -> None:
        """Let everybody stop talking."""
        for task in self._talking:
            task.cancel()
        await asyncio.gather(*self._talking, return_exceptions=True)


async def _lag_over(step_s: float) -> list[float]:
    """How late a timer of 10 ms is, again and again, in ms."""
    loop = asyncio.get_running_loop()
    end, lags = loop.time() + step_s, []
    while (began := loop.time()) < end:
        await asyncio.sleep(0.01)
        lags.append((loop.time() - began - 0.01) * 1000)
    return lags

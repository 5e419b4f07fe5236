"""How many calls at once a process carries, and what each of them costs."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from evals.bench.figures import Spread, spread
from evals.bench.host import Served
from evals.bench.ledger import Ledger, hops, now
from evals.bench.phone import Phone, TurnLost, calling

CYCLE_S = 5.0
"""How often a caller speaks under load: faster than people do, so that a level is soon measured."""

LIMIT_MS = 100.0
ATTEMPTS = 2
"""How often a level may fail: once may be a neighbour's doing."""

MOST_LOST = 0.05

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Level:
    """Some calls at once.

    Attributes:
        calls: How many.
        added: The turns' own times in ms.
        lost: Turns that got no answer.
        gaps: How often a reply ran dry.
        cpu_s_per_call_minute: The target's CPU, its database's not included.
        core_busy: How much of its core was in use by anybody, from 0 to 1: what is far beyond the
            target's own share is its database's, or a neighbour's.
        rss_mb: The target's memory at the end.
        rig_lag_ms: How late this program itself woke up; it should be small beside `added`.
    """

    calls: int
    added: Spread | None
    lost: int
    gaps: int
    cpu_s_per_call_minute: float | None
    core_busy: float | None
    rss_mb: float | None
    rig_lag_ms: Spread | None

    @property
    def passed(self) -> bool:
        """Whether the limit was kept."""
        if self.added is None:
            return False
        return self.added.p95 <= LIMIT_MS and self.lost <= MOST_LOST * self.added.count


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
        self._added: list[float] = []
        self._lost = 0

    async def grow(self, stack: AsyncExitStack, calls: int) -> None:
        """More callers, placed evenly over the time in which each of them speaks once."""
        more = calls - len(self._phones)
        for _ in range(more):
            call = calling(self._target.url, self._ledger, webhook=self._target.webhook)
            phone = await stack.enter_async_context(call)
            self._phones.append(phone)
            self._talking.append(asyncio.create_task(self._talk(phone)))
            await asyncio.sleep(min(0.2, CYCLE_S / more))
        await asyncio.gather(*(phone.answered() for phone in self._phones))

    async def measure(self, step_s: float) -> Level:
        """What happens within so many seconds from now."""
        self._added, self._lost = [], 0
        gaps = sum(phone.gaps for phone in self._phones)
        before, began = self._target.reading(), now()
        lag = await _lag_over(step_s)
        after, took_s = self._target.reading(), now() - began
        cpu = busy = None
        if before is not None and after is not None:
            cpu = (after.cpu_s - before.cpu_s) * 60 / took_s / len(self._phones)
            if before.core_busy_s is not None and after.core_busy_s is not None:
                busy = (after.core_busy_s - before.core_busy_s) / took_s
        return Level(
            calls=len(self._phones),
            added=spread(self._added),
            lost=self._lost,
            gaps=sum(phone.gaps for phone in self._phones) - gaps,
            cpu_s_per_call_minute=cpu,
            core_busy=busy,
            rss_mb=after.rss_mb if after else None,
            rig_lag_ms=spread(lag),
        )

    async def _talk(self, phone: Phone) -> None:
        loop = asyncio.get_running_loop()
        await phone.answered()
        due = loop.time()
        while not phone.over:
            due += CYCLE_S
            try:
                turn = await phone.turn("chat")
            except TurnLost:
                self._lost += 1
                continue
            if (measured := hops(turn, unasked=not self._target.flushes)) is not None:
                self._added.append(measured.added)
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

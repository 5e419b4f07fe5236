"""A run of the voice evals: the calls in real time, and beside them what needs no real time."""

import asyncio
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from evals.arms import Turns
from evals.suite import Progress
from evals.voice.drills import drills
from evals.voice.effects import effects
from evals.voice.hold import HeldCall, held
from evals.voice.lateness import TOO_LATE_MS, Lateness
from evals.voice.measures import Effects, Measure, measures
from evals.voice.observed import Observed
from evals.voice.plans import Chosen
from evals.worlds.databases import Databases, own_server
from nodes.variants import CONTROL
from shop.profile.shop import load_shop
from voice.manners import Manners

_APART_S = 0.25
"""Calls begin one after another, so that not all are answered in the same moment."""


@dataclass(frozen=True, slots=True)
class Virtual:
    """What was tried without real time."""

    drills: tuple[Observed, ...]
    effects: Effects


@dataclass(frozen=True, slots=True)
class VoiceRun:
    """Everything one run has seen.

    Attributes:
        when: When it was over.
        seconds: How long it took.
        arm: Whose turn settings it was held with.
    """

    when: datetime
    seconds: float
    seed: int
    calls: tuple[HeldCall, ...]
    virtual: Virtual
    arm: str = CONTROL

    @property
    def in_virtual_time(self) -> list[Measure]:
        """The measures by the clock that jumps."""
        return measures(self.virtual.drills, "virtual time", self.virtual.effects)

    @property
    def of_the_service(self) -> list[Measure]:
        """The measures of the calls that were held over the whole service."""
        return measures([call.observed for call in self.calls], "whole service")

    @property
    def late_ms(self) -> float:
        """How late this machine was at worst during a call."""
        return max((call.late_ms for call in self.calls), default=0.0)

    @property
    def broken(self) -> list[str]:
        """Every budget and every call that fails the run, in a line each."""
        found = [
            f"{one.name}, {source}: {one.shown}, budget {one.budget}"
            for source, told in (
                ("virtual time", self.in_virtual_time),
                ("whole service", self.of_the_service),
            )
            for one in told
            if one.broken
        ]
        found += _needless(self.virtual.drills)
        found += [
            f"{call.observed.name}: {why}" for call in self.calls for why in call.observed.wrong
        ]
        return [*found, *self.virtual.effects.wrong]


def _needless(drills: Sequence[Observed]) -> list[str]:
    """For what the floor was given up though nobody wanted it."""
    names = [
        drill.name
        for drill in drills
        if any(one.gave_up and one.kind != "cuts in" for one in drill.intrusions)
    ]
    return [f"yielded needlessly in: {', '.join(dict.fromkeys(names))}"] if names else []


def in_virtual_time(seed: int, turns: Turns | None = None) -> Virtual:
    """The drills and the interrupted bookings; for a process of their own."""
    usual = Manners()
    drilled = drills(seed, manners=turns.manners(usual) if turns is not None else usual)
    return Virtual(tuple(drilled), asyncio.run(_effects(seed)))


async def _effects(seed: int) -> Effects:
    async with own_server() as server:
        return await effects(Databases(server, load_shop()), seed=seed)


async def run(
    chosen: Sequence[Chosen], seed: int, progress: Progress, turns: Turns | None = None
) -> VoiceRun:
    """Hold the calls at once, while another process does what needs no real time.

    Raises:
        PostgresUnavailable: There is no database server to be had.
    """
    loop = asyncio.get_running_loop()
    began = loop.time()
    # A process of its own, since it would keep the calls from being answered in time.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as beside:
        virtual = loop.run_in_executor(beside, in_virtual_time, seed, turns)
        async with own_server() as server:
            calls = await _calls(chosen, Databases(server, load_shop()), progress, turns)
        seen = await virtual
    return VoiceRun(datetime.now(UTC), loop.time() - began, seed, calls, seen)


async def _calls(
    chosen: Sequence[Chosen], databases: Databases, progress: Progress, turns: Turns | None
) -> tuple[HeldCall, ...]:
    """All calls at once; then those again, one by one, for which this machine was too late."""
    lateness = Lateness()
    told = partial(_told, databases=databases, turns=turns, lateness=lateness, progress=progress)
    watching = asyncio.create_task(lateness.watch())
    try:
        tasks = []
        async with asyncio.TaskGroup() as group:
            for one in chosen:
                tasks.append(group.create_task(told(one)))
                await asyncio.sleep(_APART_S)
        calls = [task.result() for task in tasks]
        for at, call in enumerate(calls):
            if call.broken and call.late_ms > TOO_LATE_MS:
                progress.total += 1
                again = await told(call.chosen)
                calls[at] = replace(again, tries=2)
        return tuple(calls)
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def _told(
    one: Chosen,
    *,
    databases: Databases,
    turns: Turns | None,
    lateness: Lateness,
    progress: Progress,
) -> HeldCall:
    began = asyncio.get_running_loop().time()
    call = replace(await held(one, databases, turns), late_ms=lateness.worst_ms(began))
    came_out = (
        "all is well" if not call.broken else next(iter(call.observed.wrong), "over a budget")
    )
    progress.tell(one.plan.name, came_out, good=not call.broken)
    return call

"""Holds many calls at once: the suite as it is, and again with noise."""

import asyncio
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from evals.checks.run import Run
from evals.converse import Hearing, Side
from evals.curve import Curve, Noisy, cost
from evals.listening import Listener
from evals.noise import DISFLUENCIES, disfluent, misheard
from evals.play import Result, Sophie, Trial, play
from evals.scenario import Scenario
from evals.worlds.databases import Databases

AT_ONCE = 4
MOST_NOISY = 24
"""Scenarios that are held again with each kind of noise."""

_WIDE = 30


@dataclass(slots=True)
class Progress:
    """A bar on standard error, or a line for each call where that is no terminal."""

    total: int
    done: int = 0
    failed: int = 0

    def tell(self, name: str, came_out: str, *, good: bool) -> None:
        """One more call is over."""
        self.done += 1
        self.failed += not good
        if sys.stderr.isatty():
            full = _WIDE * self.done // max(self.total, 1)
            bar = "█" * full + "░" * (_WIDE - full)
            wrong = f", {self.failed} did not pass" if self.failed else ""
            end = "\n" if self.done == self.total else ""
            sys.stderr.write(f"\r\x1b[K{bar} {self.done}/{self.total}{wrong}  {name}{end}")
        else:
            sys.stderr.write(f"  {name} {came_out}\n")
        sys.stderr.flush()


@dataclass(slots=True)
class Stage:
    """Where calls are held, some at once."""

    databases: Databases
    progress: Progress
    side: Side = field(default_factory=Side)
    _turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def suite(
        self, sophies: Sequence[Sophie], scenarios: Sequence[Scenario], trials: int
    ) -> list[list[Result]]:
        """Every scenario, `trials` times with each of `sophies`; a list of results for each.

        The arms take turns within a scenario, so that a slow minute hits them all.
        """
        held: dict[tuple[int, int], list[asyncio.Task[Trial]]] = {}
        async with asyncio.TaskGroup() as group:
            for at, scenario in enumerate(scenarios):
                for number in range(1, trials + 1):
                    for arm, sophie in enumerate(sophies):
                        task = group.create_task(self._one(scenario, number, sophie))
                        held.setdefault((arm, at), []).append(task)
        return [
            [
                Result(scenario, tuple(task.result() for task in held[arm, at]))
                for at, scenario in enumerate(scenarios)
            ]
            for arm in range(len(sophies))
        ]

    async def _one(self, scenario: Scenario, number: int, sophie: Sophie) -> Trial:
        async with self._turn:
            trial = await play(scenario, number, sophie, self.databases, self.side)
        came_out = "passed" if trial.passed else "did not pass"
        self.progress.tell(scenario.id, f"{came_out} ({trial.seconds:.1f} s)", good=trial.passed)
        return trial

    async def noisy(
        self, sophie: Sophie, results: Sequence[Result], rates: Sequence[int], seed: int
    ) -> Curve:
        """The calls of `results` again, at word error rates in percent and with disfluencies.

        Only those that passed, with one caller who answers: who says fixed words hears nothing.
        """
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(
                    self._noisy(sophie, result, name, make(f"{seed}:{name}:{result.scenario.id}"))
                )
                for name, make in _conditions(rates)
                for result in bearable(results)
            ]
        return Curve(tuple(task.result() for task in tasks))

    async def _noisy(self, sophie: Sophie, result: Result, name: str, hearing: Hearing) -> Noisy:
        quiet = quiet_run(result)
        side = Side(lambda script: Listener.over(script, quiet), hearing)
        async with self._turn:
            trial = await play(result.scenario, 1, sophie, self.databases, side)
        if trial.run is None:
            why = tuple(w for finding in trial.findings for w in finding.why)
            found = Noisy(result.scenario.id, name, "WRONG", ("it broke", *why), quiet)
        else:
            kind, why = cost(result.scenario, quiet, trial.run, self.databases.shop)
            found = Noisy(result.scenario.id, name, kind, why, trial.run)
        self.progress.tell(f"{found.scenario} ({name})", found.cost, good=found.cost != "WRONG")
        return found


def bearable(results: Sequence[Result]) -> list[Result]:
    """Those whose caller listens and whose call passed on a quiet line; of many, some of all kinds.

    More of them would take minutes and tell the same.
    """
    found = [
        one
        for one in results
        if one.scenario.caller.facts is not None
        and one.scenario.redials is None
        and one.passed == len(one.trials)
        and one.trials[0].run is not None
    ]
    return found[:: -(-len(found) // MOST_NOISY) or 1]


def quiet_run(result: Result) -> Run:
    """The call without noise."""
    run = result.trials[0].run
    assert run is not None  # `bearable` has seen to it
    return run


def conditions(rates: Sequence[int]) -> list[str]:
    """What the conditions are called."""
    return [name for name, _ in _conditions(rates)]


def _conditions(rates: Sequence[int]) -> list[tuple[str, Callable[[str], Hearing]]]:
    heard = [(f"{rate} % of words", partial(misheard, rate / 100)) for rate in rates]
    return [*heard, *((kind, partial(disfluent, kind)) for kind in DISFLUENCIES)]

"""One trial: a fresh demo shop, a caller, Sophie; what was said, done and left behind."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC
from typing import Literal

from langchain_core.language_models import BaseChatModel

from api.calls import Calls
from api.core import agent_maker
from evals.afterwards import on_file, rows, steps, texts
from evals.checks.caller import misbehaved
from evals.checks.judge import judge
from evals.checks.run import Finding, Run
from evals.converse import Side, Talked, converse
from evals.model_caller import CallerFailed
from evals.records import differences, snapshot
from evals.scenario import Scenario
from evals.worlds.databases import Databases
from evals.worlds.outside import Outside, outside
from graph.build import Resources
from nodes.variants import CONTROL, Variants, variants
from shop.faults import describe

Verdict = Literal["passed", "failed", "failed as expected", "passed by surprise"]

_BROKE = "trial"
_CALLER = "caller"
_MOST_TRIES = 3
_PLAIN = Side()


@dataclass(frozen=True, slots=True)
class Sophie:
    """Who is tried: any chat model, everything else being the real thing.

    Attributes:
        first_token_s: How long the model may take to begin, in seconds.
        arm: Which of `variants` the calls are answered with.
    """

    model: BaseChatModel
    name: str
    first_token_s: float = 8.0
    arm: str = CONTROL
    variants: Variants = field(default_factory=variants)


@dataclass(frozen=True, slots=True)
class Trial:
    """One try of a scenario. No `run` means that it broke, which is a failure like any other.

    Attributes:
        invalid: Why earlier tries did not count: what the caller did wrong in them.
    """

    scenario: Scenario
    number: int
    run: Run | None
    findings: tuple[Finding, ...]
    seconds: float
    invalid: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every rule that decides holds."""
        return all(finding.harmless for finding in self.findings)

    @property
    def wrote_wrongly(self) -> bool:
        """Whether it left records that nobody expected; one that is missing is none."""
        told = (
            why for finding in self.findings if finding.check == "records" for why in finding.why
        )
        return any(why.startswith("unexpected: ") for why in told)

    @property
    def broke(self) -> bool:
        """Whether it could not be held or judged at all."""
        return any(finding.check == _BROKE for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Result:
    """All tries of a scenario."""

    scenario: Scenario
    trials: tuple[Trial, ...]

    @property
    def passed(self) -> int:
        """How many tries passed."""
        return sum(trial.passed for trial in self.trials)

    @property
    def verdict(self) -> Verdict:
        """Passed only if every try did. What is expected to fail must do so at least once.

        A try that broke is no failure that anybody expected.
        """
        good = self.passed == len(self.trials)
        if any(trial.broke for trial in self.trials):
            return "failed"
        if self.scenario.expected_to_fail is not None:
            return "passed by surprise" if good else "failed as expected"
        return "passed" if good else "failed"

    @property
    def wrong(self) -> bool:
        """Whether somebody has to look at it."""
        return self.verdict in ("failed", "passed by surprise")


async def play(
    scenario: Scenario,
    number: int,
    sophie: Sophie,
    databases: Databases,
    side: Side = _PLAIN,
) -> Trial:
    """Hold the call and judge it. An exception is a failed trial, never a missing one.

    A caller who said what their script does not hold, or could not speak at all, makes a try void.
    It is held again, at most twice; a caller who never does their part is a failure too.
    """
    void: list[str] = []
    for _ in range(_MOST_TRIES):
        trial = await _try(scenario, number, sophie, databases, side)
        wrong = _amiss(scenario, trial)
        if not wrong:
            return replace(trial, invalid=tuple(void))
        void.append("; ".join(wrong))
    findings = (one for one in trial.findings if one.check != _CALLER)
    return replace(trial, findings=(*findings, Finding(_CALLER, tuple(wrong))), invalid=tuple(void))


def _amiss(scenario: Scenario, trial: Trial) -> list[str]:
    """What the caller did wrong."""
    if trial.run is not None:
        return list(misbehaved(scenario, trial.run))
    return [why for one in trial.findings if one.check == _CALLER for why in one.why]


async def _try(
    scenario: Scenario, number: int, sophie: Sophie, databases: Databases, side: Side
) -> Trial:
    loop = asyncio.get_running_loop()
    began = loop.time()
    run: Run | None = None
    try:
        run = await _hold(scenario, sophie, databases, side)
        findings = judge(scenario, run, databases.shop)
    except CallerFailed as error:
        findings = [Finding(_CALLER, (str(error),))]
    except Exception as error:
        # All people in a trial are made up, so the words of the error may be shown.
        findings = [Finding(_BROKE, (f"{describe(error)}: {error}",))]
    return Trial(scenario, number, run, tuple(findings), loop.time() - began)


async def _hold(scenario: Scenario, sophie: Sophie, databases: Databases, side: Side) -> Run:
    now = scenario.now.astimezone(UTC)
    async with AsyncExitStack() as stack:
        dsn = await stack.enter_async_context(databases.demo(now))
        around = outside(scenario, dsn, databases.shop, lambda: now, sophie.model)
        world = await stack.enter_async_context(around)
        desk = world.desk
        resources = Resources(
            world.model,
            desk,
            can_transfer=scenario.can_transfer,
            first_token_s=sophie.first_token_s,
            standbys=world.standbys,
            variants=sophie.variants,
        )
        maker = await agent_maker(resources, world.checkpoints)
        calls = Calls(desk, maker, sophie.name, capacity=1)
        return await _watched(scenario, calls, world, side, sophie.arm)


async def _watched(scenario: Scenario, calls: Calls, world: Outside, side: Side, arm: str) -> Run:
    pool = world.people.pool
    before = await snapshot(pool)
    scripts = [one for one in (scenario.caller, scenario.redials) if one is not None]
    held: list[Talked] = [
        await converse(scenario, script, calls, world, side, arm) for script in scripts
    ]
    after = await snapshot(pool)
    last = held[-1].call
    logs, sid = await rows(pool, "call_logs"), last.context.call_sid
    usage = [one.call.agent.usage for one in held]
    return Run(
        lines=tuple(line for one in held for line in one.lines),
        differences=tuple(differences(before, after)),
        columns={table: list(columns) for table, columns in after.columns.items()},
        logs=tuple(sorted(logs, key=lambda log: bool(log["call_sid"] == sid))),
        proofs=tuple(row["passed"] for row in await rows(pool, "verification_attempts")),
        transferred_to=last.state.get("transfer_to"),
        texts=tuple(await texts(pool, after.columns)),
        failed_turns=sum(one.failed_turns for one in held),
        prompt_tokens=sum(one.prompt_tokens for one in usage),
        completion_tokens=sum(one.completion_tokens for one in usage),
        steps=tuple(step for one in held for step in steps(one.call.state["messages"])),
        topics=tuple(topic for one in held for topic in one.topics),
        on_file=tuple(on_file(before)),
    )

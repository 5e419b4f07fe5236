"""One trial: a fresh demo shop, a caller, Sophie; what was said, done and left behind."""

import asyncio
import re
import uuid
from collections.abc import Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Literal

import httpx
from langchain_core.language_models import BaseChatModel
from psycopg import sql
from psycopg.rows import dict_row

from api.calls import Call, Calls
from api.core import agent_maker
from evals.callers import caller_of
from evals.checks import Finding, Line, Run, judge
from evals.records import differences, snapshot
from evals.scenario import CallerScript, During, Scenario
from evals.standins.nhtsa import NhtsaStandIn
from evals.worlds.changes import REGISTRY, alter, appointments_locked, take
from evals.worlds.databases import Databases
from graph.build import Resources
from graph.context import CallContext
from graph.speech import Failed, ToolStarted, Words
from shop.cars.nhtsa import Vpic
from shop.db import Pool, open_pool
from shop.desk import Desk
from shop.faults import describe

Verdict = Literal["passed", "failed", "failed as expected", "passed by surprise"]

_NOWHERE = "http://127.0.0.1:9"
_LONGEST_TURN_S = 120.0
_BROKE = "trial"
_READABLE = re.compile(rb"[ -~]{4,}")
"""Words inside the checkpointer's binary form."""


@dataclass(frozen=True, slots=True)
class Sophie:
    """Who is tried: any chat model, everything else being the real thing.

    Attributes:
        first_token_s: How long the model may take to begin, in seconds.
    """

    model: BaseChatModel
    name: str
    first_token_s: float = 8.0


@dataclass(frozen=True, slots=True)
class Trial:
    """One try of a scenario. No `run` means that it broke, which is a failure like any other."""

    scenario: Scenario
    number: int
    run: Run | None
    findings: tuple[Finding, ...]
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether every rule holds."""
        return all(finding.passed for finding in self.findings)

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


async def play(scenario: Scenario, number: int, sophie: Sophie, databases: Databases) -> Trial:
    """Hold the call and judge it. An exception is a failed trial, never a missing one."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    run: Run | None = None
    try:
        run = await _hold(scenario, sophie, databases)
        findings = judge(scenario, run, databases.shop.zone)
    except Exception as error:
        # All people in a trial are made up, so the words of the error may be shown.
        findings = [Finding(_BROKE, (f"{describe(error)}: {error}",))]
    return Trial(scenario, number, run, tuple(findings), loop.time() - began)


async def _hold(scenario: Scenario, sophie: Sophie, databases: Databases) -> Run:
    now = scenario.now.astimezone(UTC)
    async with AsyncExitStack() as stack:
        dsn = await stack.enter_async_context(databases.demo(now))
        pool = await stack.enter_async_context(open_pool(dsn))
        await alter(pool, scenario.world)
        http = await stack.enter_async_context(httpx.AsyncClient())
        registry = _NOWHERE
        if scenario.registry:
            registry = await stack.enter_async_context(NhtsaStandIn(REGISTRY).running())
        desk = Desk(pool, databases.shop, lambda: now, Vpic(registry, http))
        resources = Resources(
            sophie.model,
            desk,
            can_transfer=scenario.can_transfer,
            first_token_s=sophie.first_token_s,
        )
        maker = await agent_maker(resources, pool)
        calls = Calls(desk, maker, sophie.name, capacity=1)
        before = await snapshot(pool)
        call, lines, failed = await _converse(scenario, scenario.caller, calls, pool)
        if scenario.redials is not None:
            call, more, again = await _converse(scenario, scenario.redials, calls, pool)
            lines, failed = [*lines, *more], failed + again
        after = await snapshot(pool)
        logs, sid = await _rows(pool, "call_logs"), call.context.call_sid
        return Run(
            lines=tuple(lines),
            differences=tuple(differences(before, after)),
            columns={table: list(columns) for table, columns in after.columns.items()},
            logs=tuple(sorted(logs, key=lambda log: bool(log["call_sid"] == sid))),
            proofs=tuple(row["passed"] for row in await _rows(pool, "verification_attempts")),
            transferred_to=call.state.get("transfer_to"),
            texts=tuple(await _texts(pool, after.columns)),
            failed_turns=failed,
            prompt_tokens=call.agent.usage.prompt_tokens,
            completion_tokens=call.agent.usage.completion_tokens,
        )


async def _converse(
    scenario: Scenario, script: CallerScript, calls: Calls, pool: Pool
) -> tuple[Call, list[Line], int]:
    context = CallContext(
        call_sid=f"eval-{scenario.id}-{uuid.uuid4().hex}",
        caller_number=script.number,
        call_type=scenario.call_type,
        channel="phone",
    )
    call = await calls.open(context)
    lines = [Line("sophie", call.agent.greeting)]
    try:
        failed = await _talk(call, scenario, script, lines, pool)
    finally:
        await calls.end(context.call_sid)
    return call, lines, failed


async def _talk(
    call: Call, scenario: Scenario, script: CallerScript, lines: list[Line], pool: Pool
) -> int:
    """Take turns until somebody ends the call; returns how many turns failed."""
    caller = caller_of(script)
    failed = number = 0
    while not call.agent.finished:
        words = caller.says(lines[-1].text)
        if words is None:
            break
        number += 1
        lines.append(Line("caller", words))
        async with AsyncExitStack() as stack:
            now = [one for one in scenario.during if one.turn == number]
            for one in now:
                if one.at is not None:
                    await take(pool, one.at)
                if one.what == "records_locked":
                    await stack.enter_async_context(appointments_locked(pool))
            line, broke, gone = await _turn(call, words, now)
        lines.append(line)
        failed += broke
        if gone:
            break
    return failed


async def _turn(call: Call, words: str, during: Sequence[During]) -> tuple[Line, bool, bool]:
    """One answer as far as it was listened to, whether it failed, and whether the caller went."""
    deaf = {one.tool: one for one in during if one.tool is not None}
    said, tools, failed, gone = "", [], False, False
    async with asyncio.timeout(_LONGEST_TURN_S):
        async with aclosing(call.agent.turn(words)) as events:
            async for event in events:
                if isinstance(event, Words):
                    said += event.text
                failed = failed or isinstance(event, Failed)
                if isinstance(event, ToolStarted):
                    tools.append(event.name)
                    if event.name in deaf:
                        call.agent.heard(said)
                        gone = deaf[event.name].what == "hangs_up"
                        break
        await call.agent.settled()
    return Line("sophie", said.strip(), tuple(tools)), failed, gone


async def _rows(pool: Pool, table: str) -> list[dict[str, Any]]:
    async with pool.connection() as conn, conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table)))
        return await cursor.fetchall()


async def _texts(pool: Pool, tables: Any) -> list[tuple[str, str, str]]:
    """All text that is kept anywhere, in whatever form."""
    found = []
    for table in tables:
        for row in await _rows(pool, table):
            found += [
                (table, column, text) for column, value in row.items() for text in _strings(value)
            ]
    return found


def _strings(value: Any) -> Sequence[str]:
    match value:
        case str():
            return [value]
        case bytes():
            return [text.decode() for text in _READABLE.findall(value)]
        case dict():
            return _strings([*value, *value.values()])
        case list():
            return [text for item in value for text in _strings(item)]
        case _:
            return []

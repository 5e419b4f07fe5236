"""`make bench`: how much time the service itself adds to a telephone call, and what the shop takes.

It states numbers and judges none of them; see `docs/performance.md`.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from langchain_core.utils.function_calling import convert_to_openai_tool

from evals.bench import load, stages
from evals.bench.alone import graph_alone
from evals.bench.host import Cores, NotStarted, Served, free_port, machine, process
from evals.bench.ledger import Ledger, now
from evals.bench.peers.environment import HERE as PEERS
from evals.bench.peers.environment import NoEnvironment, environment
from evals.bench.phone import TurnLost
from evals.bench.report import Results, as_json, table
from evals.bench.shop import ShopShare, measure_shop
from evals.bench.shop_arms import Turns
from evals.bench.stages import Share
from evals.bench.vendors import Vendors, vendors
from nodes.persona import build_system_prompt
from shop.profile.shop import load_shop
from tools.registry import TOOL_SCHEMAS


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured."""

    share: Share
    floor_turns: int
    typed_calls: int
    alone_calls: int
    levels: tuple[int, ...]
    step_s: float
    shop: ShopShare


LEVELS = (5, 10, 20, 30, 40, 50, 60, 80, 100, 120, 140, 160, 200)
FULL = Plan(
    Share(turns=45, tool_turns=20, interruptions=8), 8, 4, 6, LEVELS, 10.0,
    ShopShare(reads=Turns(rounds=7, each=60), writes=Turns(rounds=7, each=30), rushes=10),
)  # fmt: skip
QUICK = Plan(
    Share(turns=10, tool_turns=4, interruptions=2), 4, 1, 2, (5, 20), 6.0,
    ShopShare(reads=Turns(rounds=3, each=30), writes=Turns(rounds=3, each=10), rushes=3),
)  # fmt: skip
TURNS = 25


def tell(line: str) -> None:
    """Say how far it is."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


@dataclass(frozen=True, slots=True)
class Stage:
    """Where calls are measured.

    Attributes:
        pipecat: The interpreter that has it, if it is measured.
    """

    folder: Path
    cores: Cores
    pipecat: Path | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is measured beside the shop.

    Attributes:
        calls: Telephone calls at all.
        floor_load: How many calls the floor carries, too.
        kept: Where results and a peer's environment are kept.
        pipecat: The same on Pipecat.
    """

    kept: Path
    calls: bool = True
    floor_load: bool = False
    pipecat: bool = False


async def measure(plan: Plan, folder: Path, wanted: Wanted) -> Results:
    """The whole run, or the shop's part of it.

    Raises:
        NotStarted: The service or the floor did not come up.
        TurnLost: A call was not taken.
    """
    began, load_before = now(), os.getloadavg()[0]
    tell("the shop alone")
    # Before anything is bound to a core: the shop and its database share what there is.
    shop = await measure_shop(plan.shop, folder / "shop")
    peer = await _pipecat(wanted) if wanted.pipecat else None
    cores = Cores.choose() if wanted.calls else Cores(None, None)
    results = Results(machine(), cores.served is not None, load_before, shop=shop)
    if wanted.calls:
        await _calls(results, plan, Stage(folder, cores, peer), floor_load=wanted.floor_load)
    results.took_s = now() - began
    return results


async def _pipecat(wanted: Wanted) -> Path | None:
    """The interpreter that has Pipecat, if it can be had."""
    tell("Pipecat's environment (the first time it is fetched, which takes a minute)")
    try:
        return await environment("pipecat", wanted.kept)
    except NoEnvironment as error:
        tell(f"without Pipecat: {error}")
        return None


async def _calls(results: Results, plan: Plan, stage: Stage, *, floor_load: bool) -> None:
    ledger = Ledger()
    tell("starting the stand-ins, the floor and the service")
    async with vendors(ledger) as found, _all(found, stage) as targets:
        service, floor, *peers = targets
        for target in targets:
            await stages.warmed(target, ledger)
        tell("the floor alone")
        results.floor_first = await stages.floor_only(floor, ledger, plan.floor_turns)
        tell("single calls, taking turns")
        results.service, results.floor = await stages.beside(service, floor, ledger, plan.share)
        for peer in peers:
            results.pipecat, again = await stages.beside(peer, floor, ledger, plan.share)
            results.floor.take(again)
        tell(f"typed calls of {TURNS} turns")
        results.typed_ms = await stages.growth(service, ledger, calls=plan.typed_calls, turns=TURNS)
        tell("the graph and its checkpoints alone")
        results.alone = await graph_alone(
            stage.folder / "data", calls=plan.alone_calls, turns=TURNS
        )
        levels = list(plan.levels)
        tell("the service, more and more calls")
        results.service_levels = await load.ramp(service, ledger, levels, plan.step_s, tell)
        if floor_load:
            tell("the floor, more and more calls")
            results.floor_levels = await load.ramp(floor, ledger, levels, plan.step_s, tell)
        for peer in peers:
            tell("Pipecat, more and more calls")
            results.pipecat_levels = await load.ramp(peer, ledger, levels, plan.step_s, tell)
        tell("the floor alone, again")
        results.floor_last = await stages.floor_only(floor, ledger, plan.floor_turns)


@asynccontextmanager
async def _all(found: Vendors, stage: Stage) -> AsyncIterator[list[Served]]:
    """The service, the floor, and Pipecat if there is one, each a process."""
    outside = {
        "OPENAI_API_KEY": "bench",
        "OPENAI_BASE_URL": found.openai,
        "DEEPGRAM_API_KEY": "bench",
        "DEEPGRAM_BASE_URL": found.deepgram,
        "NHTSA_BASE_URL": found.nhtsa,
    }
    own = {"DATA_DIR": str(stage.folder / "data"), "MAX_CALLS": "1000"}
    request = stage.folder / "request.json"
    request.write_bytes(orjson.dumps(_request()))
    asks = ("--request", str(request))
    async with AsyncExitStack() as stack:

        async def started(name: str, command: tuple[str, ...], *, webhook: bool) -> Served:
            port = free_port()
            if webhook:
                settings = outside | own | {"PORT": str(port)}
            else:
                settings, command = outside, (*command, *asks, "--port", str(port))
            running = process(
                name, command, port=port, webhook=webhook, settings=settings,
                folder=stage.folder, cores=stage.cores,
            )  # fmt: skip
            return await stack.enter_async_context(running)

        here = (sys.executable, "-m")
        targets = [
            await started("service", (*here, "api"), webhook=True),
            await started("floor", (*here, "evals.bench.floor"), webhook=False),
        ]
        if stage.pipecat is not None:
            peer = (str(stage.pipecat), str(PEERS / "pipecat_call.py"))
            pipecat = await started("pipecat", peer, webhook=False)
            # It leaves the beginning to the voice, which the stand-in's does only when told to.
            targets.append(replace(pipecat, flushes=False))
        yield targets


def _request() -> dict[str, Any]:
    """What the floor asks the model with: as much as the service does."""
    prompt = build_system_prompt("inbound_general", shop=load_shop())
    return {
        "model": "gpt-4o",
        "stream": True,
        "stream_options": {"include_usage": True},
        "tools": [convert_to_openai_tool(schema) for schema in TOOL_SCHEMAS],
        "messages": [{"role": "system", "content": prompt}],
    }


def main() -> int:
    """Read the command line, measure, print the table and leave the JSON."""
    options = argparse.ArgumentParser(prog="python -m evals.bench", description=__doc__)
    options.add_argument(
        "--quick",
        action="store_true",
        help="less of each: three to five minutes instead of fifteen",
    )
    options.add_argument(
        "--floor-load", action="store_true", help="also find out how many calls the floor carries"
    )
    options.add_argument(
        "--no-pipecat", action="store_true", help="leave out the comparison with Pipecat"
    )
    options.add_argument("--shop-only", action="store_true", help="no calls: about a minute")
    options.add_argument("--out", type=Path, default=Path(".data/bench"))
    given = options.parse_args()
    plan = QUICK if given.quick else FULL
    try:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            results = _run(plan, Path(folder), given)
    except (NotStarted, TurnLost) as error:
        sys.stderr.write(f"the benchmark stopped: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    kept = given.out / f"{datetime.now(UTC):%Y%m%d-%H%M%S}.json"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(orjson.dumps(as_json(results), option=orjson.OPT_INDENT_2))
    sys.stdout.write(f"\n{table(results)}\n\nall samples: {kept}\n")
    return 0


def _run(plan: Plan, folder: Path, given: argparse.Namespace) -> Results:
    calls = not given.shop_only
    wanted = Wanted(given.out, calls, given.floor_load, calls and not given.no_pipecat)
    with asyncio.Runner(loop_factory=_loop) as runner:
        return runner.run(measure(plan, folder, wanted))


def _loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


if __name__ == "__main__":
    sys.exit(main())

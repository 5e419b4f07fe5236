"""`python -m evals`: hold the calls of `evals/datasets` and judge what became of the records."""

import asyncio
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from api.process import harden

harden()

from api import parts  # noqa: E402 - the environment must be set before LangGraph is first imported
from api.core import utc_now  # noqa: E402
from api.settings import Settings, SettingsRefused, read_settings  # noqa: E402
from evals import experiments, flakes, report  # noqa: E402
from evals.play import Result, Sophie, Trial, play  # noqa: E402
from evals.scenario import Scenario, ScenariosRefused, choose, load_scenarios  # noqa: E402
from evals.worlds.databases import Databases, own_server  # noqa: E402
from shop.postgres.errors import PostgresUnavailable  # noqa: E402
from shop.profile.shop import load_shop  # noqa: E402

_AT_ONCE = 4
_TURNS_OF_FACTS = 8
_REQUESTS_A_TURN = 1.6
"""Requests to a model for each turn of the caller: one to speak, more where tools are used."""


async def _run(
    settings: Settings, scenarios: Sequence[Scenario], trials: int
) -> tuple[list[Result], float]:
    """Every scenario, some at once; results come in the order of the datasets."""
    began = asyncio.get_running_loop().time()
    async with AsyncExitStack() as stack:
        model, *_ = await stack.enter_async_context(parts.chat_models(settings))
        sophie = Sophie(model, parts.model_name(settings), settings.openai_first_token_s)
        server = await stack.enter_async_context(own_server())
        databases = Databases(server, load_shop())
        turn = asyncio.Semaphore(_AT_ONCE)

        async def one(scenario: Scenario, number: int) -> Trial:
            async with turn:
                trial = await play(scenario, number, sophie, databases)
            came_out = "passed" if trial.passed else "did not pass"
            _tell(f"  {scenario.id} {came_out} ({trial.seconds:.1f} s)")
            return trial

        async with asyncio.TaskGroup() as group:
            tasks = [
                [group.create_task(one(scenario, n + 1)) for n in range(trials)]
                for scenario in scenarios
            ]
    results = [
        Result(scenario, tuple(task.result() for task in tried))
        for scenario, tried in zip(scenarios, tasks, strict=True)
    ]
    return results, asyncio.get_running_loop().time() - began


def _announce(settings: Settings, scenarios: Sequence[Scenario], trials: int) -> None:
    name = parts.model_name(settings)
    _tell(f"{len(scenarios)} scenarios, {trials} trial(s) each, with {name}")
    if settings.openai_api_key is not None:
        turns = sum(
            _TURNS_OF_FACTS if s.caller.replies is None else len(s.caller.replies) + 1
            for s in scenarios
        )
        requests = round(turns * trials * _REQUESTS_A_TURN)
        _tell(f"a live model: expect about {requests} paid requests. Ctrl-C stops.")


def _show(results: Sequence[Result], folder: Path, seconds: float) -> None:
    shown = [report.table(results)]
    shown += [report.details(result) for result in results if result.wrong]
    shown += [report.summary(results, seconds), f"report: {folder / 'report.md'}"]
    sys.stdout.write("\n\n".join(shown) + "\n")


def _arguments() -> Namespace:
    parser = ArgumentParser(prog="make evals", description="Hold calls and judge the records.")
    parser.add_argument("--tag", action="append", default=[], help="only with this tag or split")
    parser.add_argument("--id", action="append", default=[], help="only this scenario")
    parser.add_argument("--trials", type=int, default=1, choices=range(1, 51), metavar="1-50")
    return parser.parse_args()


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def main() -> int:
    """0 if all is as expected; 1 if a scenario failed or passed by surprise; 2 if nothing ran."""
    if sys.argv[1:2] == ["flakes"]:
        return flakes.main(sys.argv[2:])
    if sys.argv[1:2] == ["langsmith"]:
        return experiments.main(sys.argv[2:])
    args = _arguments()
    try:
        settings = read_settings()
        scenarios = choose(load_scenarios(), tags=args.tag, ids=args.id)
        if not scenarios:
            raise ScenariosRefused("no scenario has both that tag and that id")
        _announce(settings, scenarios, args.trials)
        results, seconds = asyncio.run(_run(settings, scenarios, args.trials))
    except (ScenariosRefused, SettingsRefused, PostgresUnavailable) as refused:
        _tell(str(refused))
        return 2
    except KeyboardInterrupt:
        _tell("stopped")
        return 130
    folder = settings.data_dir / "evals" / f"{utc_now():%Y%m%dT%H%M%SZ}-{os.getpid()}"
    report.write(folder, results, model=parts.model_name(settings), seconds=seconds)
    if settings.openai_api_key is not None:
        _tell(f"{report.tokens(results):,} tokens were used")
    _show(results, folder, seconds)
    return 1 if any(result.wrong for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())

"""`python -m evals langsmith`: the scenarios as a data set of LangSmith, the trials as experiments.

LangSmith is a place to look at results; the datasets and verdicts of this folder are what counts.
Without LANGSMITH_API_KEY nothing is sent, and no text leaves with a person in it.
"""

import asyncio
import sys
from argparse import ArgumentParser
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, redirect_stdout
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from langsmith import Client, aevaluate, tracing_context
from langsmith.evaluation import EvaluationResult
from langsmith.schemas import Example, Run
from langsmith.utils import LangSmithError

from api import parts
from api.settings import Settings, SettingsRefused, read_settings
from evals.masking import Mask
from evals.play import Sophie, Trial, play
from evals.scenario import Scenario, ScenariosRefused, choose, load_scenarios
from evals.synchronise import example_id, synchronise
from evals.worlds.databases import Databases, own_server
from shop.postgres.errors import PostgresUnavailable
from shop.profile.shop import load_shop

Json = dict[str, Any]

_AT_ONCE = 4
_LAST_WORDS_S = 30.0


class MaskedClient(Client):
    """Says of a commit only which it is; the library would add who wrote it and where it lies."""

    def create_project(self, *args: Any, **kwargs: Any) -> Any:
        """Begin an experiment."""
        return super().create_project(*args, **_anonymous(kwargs))

    def update_project(self, *args: Any, **kwargs: Any) -> Any:
        """Change what is said about an experiment."""
        return super().update_project(*args, **_anonymous(kwargs))


def _anonymous(fields: Json) -> Json:
    metadata = dict(fields.get("metadata") or {})
    git = metadata.pop("git", None) or {}
    metadata["commit"] = git.get("commit")
    return {**fields, "metadata": metadata}


@asynccontextmanager
async def client_of(settings: Settings, mask: Mask) -> AsyncIterator[Client]:
    """A client that masks all texts; on the way out everything is sent and its threads end.

    Raises:
        SettingsRefused: There is no key.
    """
    if settings.langsmith_api_key is None:
        raise SettingsRefused(
            "LANGSMITH_API_KEY is not set, so nothing was sent: set it, or use `make evals`, which"
            " needs nothing"
        )
    client = MaskedClient(
        api_url=settings.langsmith_endpoint,
        api_key=settings.langsmith_api_key.get_secret_value(),
        anonymizer=mask,
        omit_traced_runtime_info=True,
    )
    try:
        yield client
    finally:
        await asyncio.to_thread(_close, client)


@dataclass(frozen=True, slots=True)
class Stage:
    """What trials need; `scenarios` by the ids of their examples."""

    sophie: Sophie
    databases: Databases
    scenarios: dict[str, Scenario]

    async def hold(self, inputs: Json) -> Json:
        """One trial of the scenario that an example names."""
        scenario = self.scenarios[inputs["scenario"]]
        # What the graph does inside is not traced: its steps hold what callers say.
        with tracing_context(enabled=False):
            return _outputs(await play(scenario, 1, self.sophie, self.databases))


def _outputs(trial: Trial) -> Json:
    run = trial.run
    return {
        "passed": trial.passed,
        "findings": {one.check: list(one.why) for one in trial.findings},
        "outcome": [log["outcome"] for log in run.logs] if run else [],
        "changes": [str(one) for one in run.differences] if run else [],
        "transcript": [f"{line.who}: {line.text}" for line in run.lines] if run else [],
        "tools": list(run.tools) if run else [],
        "tokens": run.prompt_tokens + run.completion_tokens if run else 0,
    }


def _judged(mask: Mask) -> Callable[[Run, Example], Json]:
    """Every rule of `evals/checks` as feedback of its own, and the verdict."""

    def checks(run: Run, example: Example) -> Json:
        found = run.outputs or {"passed": False, "findings": {"trial": ["it broke"]}}
        results = [{"key": "passed", "score": float(found["passed"])}]
        results += [
            {"key": check, "score": float(not why), "comment": mask("; ".join(why)) or None}
            for check, why in found["findings"].items()
        ]
        return {"results": results}

    return checks


def _every_time(runs: list[Run], examples: list[Example]) -> EvaluationResult:
    """The share of scenarios that passed each time they were tried (pass^k)."""
    verdicts: dict[UUID, bool] = {}
    for run, example in zip(runs, examples, strict=True):
        passed = bool((run.outputs or {}).get("passed"))
        verdicts[example.id] = verdicts.get(example.id, True) and passed
    return EvaluationResult(key="passed_every_time", score=sum(verdicts.values()) / len(verdicts))


async def experiment(
    client: Client, stage: Stage, dataset: UUID, trials: int, mask: Mask
) -> tuple[str, int, int]:
    """Hold the calls as an experiment. Its name, how many trials passed, and of how many."""
    ids = [example_id(one) for one in stage.scenarios.values()]
    examples = await asyncio.to_thread(lambda: list(client.list_examples(dataset, example_ids=ids)))
    chosen = [one for one in examples if one.id in set(ids)]
    with redirect_stdout(sys.stderr):  # the library tells of the address by itself
        results = await aevaluate(
            cast(Callable[[Json], Awaitable[Json]], stage.hold),
            data=chosen,
            evaluators=[_judged(mask)],
            summary_evaluators=[_every_time],
            experiment_prefix=f"sophie-{stage.sophie.name}",
            metadata={"model": stage.sophie.name, "trials": trials},
            max_concurrency=_AT_ONCE,
            num_repetitions=trials,
            client=client,
            disable_evaluator_tracing=True,
        )
    rows = [row async for row in results]
    passed = sum(bool((row["run"].outputs or {}).get("passed")) for row in rows)
    return results.experiment_name, passed, len(rows)


async def _run(settings: Settings, chosen: Sequence[Scenario], trials: int) -> str:
    """Synchronise, and hold the calls unless there are to be no trials. What came of it."""
    everything = load_scenarios()
    mask = Mask.over(everything)
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(client_of(settings, mask))
        done = await asyncio.to_thread(synchronise, client, everything, mask)
        if not trials:
            return str(done)
        model, *_ = await stack.enter_async_context(parts.chat_models(settings))
        server = await stack.enter_async_context(own_server())
        sophie = Sophie(model, parts.model_name(settings), settings.openai_first_token_s)
        scenarios = {one.id: one for one in chosen}
        stage = Stage(sophie, Databases(server, load_shop()), scenarios)
        name, passed, held = await experiment(client, stage, done.dataset, trials, mask)
    return f"{done}\nexperiment {name}: {passed} of {held} trials passed"


def _close(client: Client) -> None:
    client.flush(timeout=_LAST_WORDS_S)
    client.close(timeout=_LAST_WORDS_S)


def main(arguments: Sequence[str]) -> int:
    """0 if it was sent, whatever the verdicts; 2 if it was not, with a line that says why."""
    parser = ArgumentParser(prog="python -m evals langsmith", description="Show it in LangSmith.")
    parser.add_argument("--tag", action="append", default=[], help="only with this tag or split")
    parser.add_argument("--id", action="append", default=[], help="only this scenario")
    parser.add_argument(
        "--trials", type=int, default=1, choices=range(51), metavar="0-50",
        help="0 only synchronises the data set",
    )  # fmt: skip
    args = parser.parse_args(arguments)
    try:
        chosen = choose(load_scenarios(), tags=args.tag, ids=args.id)
        said = asyncio.run(_run(read_settings(), chosen, args.trials))
    except (ScenariosRefused, SettingsRefused, PostgresUnavailable, LangSmithError) as refused:
        sys.stderr.write(f"{refused}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
        return 130
    sys.stdout.write(f"{said}\n")
    return 0

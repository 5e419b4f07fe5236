"""`python -m evals record`: hold calls with the configured model, and keep those that pass.

What is kept is played again by `make test` without a model: the same lines of the caller and the
same replies must leave the same records, whatever becomes of graph, tools and SQL.
"""

import asyncio
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk
from langchain_core.messages.ai import add_ai_message_chunks
from langchain_core.runnables import Runnable, RunnableConfig

from api import parts
from api.settings import Settings, SettingsRefused, read_settings
from evals.choosing import add_budget, add_choice, chosen
from evals.estimate import BudgetRefused, estimate, within
from evals.models import Front, FrontModel, Says
from evals.play import Sophie, Trial, play
from evals.replay import FOLDER, Replay, turn_of
from evals.scenario import CallerScript, Scenario, ScenariosRefused
from evals.worlds.databases import Databases, own_server
from shop.postgres.errors import PostgresUnavailable
from shop.profile.shop import load_shop


@dataclass(slots=True)
class Tape:
    """What a model has said: each reply, and in which of the caller's turns."""

    said: list[tuple[int, Says]] = field(default_factory=list)


class TapedModel(FrontModel):
    """Another model, of which every reply is kept."""

    tape: Tape

    @property
    def _llm_type(self) -> str:
        return "taped"

    @property
    def model_name(self) -> str:
        """The name of the model behind it."""
        return str(getattr(self.inner, "model_name", None) or type(self.inner).__name__)

    def front(self, bound: Runnable[Any, Any]) -> Runnable[Any, Any]:
        """Taped as well."""
        return _Taped(bound, self.tape)


class _Taped(Front):
    def __init__(self, inner: Runnable[Any, Any], tape: Tape) -> None:
        super().__init__(inner)
        self._tape = tape

    async def astream(
        self, input: Any, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Any]:
        chunks: list[AIMessageChunk] = []
        async for chunk in self.inner.astream(input, config, **kwargs):
            chunks.append(chunk)
            yield chunk
        whole = add_ai_message_chunks(*chunks)
        calls = [(call["name"], call["args"]) for call in whole.tool_calls]
        self._tape.said.append((turn_of(input), Says(text=whole.text, calls=calls)))


async def recorded(
    scenario: Scenario, model: BaseChatModel, name: str, databases: Databases
) -> Replay | Trial:
    """Hold the call; a recording of it if it passed, else the trial."""
    tape = Tape()
    trial = await play(scenario, 1, Sophie(TapedModel(inner=model, tape=tape), name), databases)
    if trial.run is None or not trial.passed:
        return trial
    opening, *others = (line.meant or line.text for line in trial.run.lines if line.who == "caller")
    caller = CallerScript(number=scenario.caller.number, opening=opening, replies=others)
    fixed = scenario.model_copy(update={"caller": caller})
    return Replay(fixed, tuple(reply for _, reply in tape.said), tuple(at for at, _ in tape.said))


async def _run(settings: Settings, scenarios: Sequence[Scenario], args: Namespace) -> list[str]:
    told = []
    async with AsyncExitStack() as stack:
        model, *_ = await stack.enter_async_context(parts.chat_models(settings))
        server = await stack.enter_async_context(own_server())
        databases = Databases(server, load_shop())
        for scenario in scenarios:
            found = await recorded(scenario, model, parts.model_name(settings), databases)
            if isinstance(found, Replay):
                told.append(f"{scenario.id}: {found.write(args.into)}")
            else:
                broken = ", ".join(one.check for one in found.findings if one.why)
                told.append(f"{scenario.id}: not kept, it did not pass ({broken})")
    return told


def main(arguments: Sequence[str]) -> int:
    """0 if every call was kept; 1 if one did not pass; 2 if nothing was held."""
    parser = ArgumentParser(prog="python -m evals record", description="Keep calls that pass.")
    add_choice(parser)
    add_budget(parser)
    parser.add_argument("--into", type=Path, default=FOLDER, metavar="FOLDER")
    parser.add_argument("--again", action="store_true", help="replace recordings that are there")
    args = parser.parse_args(arguments)
    try:
        settings = read_settings()
        scenarios = chosen(args)
        _refuse(settings, scenarios, args)
        told = asyncio.run(_run(settings, scenarios, args))
    except (ScenariosRefused, SettingsRefused, PostgresUnavailable, BudgetRefused) as refused:
        sys.stderr.write(f"{refused}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
        return 130
    sys.stdout.write("\n".join(told) + "\n")
    return 1 if any("not kept" in line for line in told) else 0


def _refuse(settings: Settings, scenarios: Sequence[Scenario], args: Namespace) -> None:
    """Say what stands in the way before anything is paid.

    Raises:
        SettingsRefused: There is no model.
        ScenariosRefused: A scenario cannot be recorded, or would replace a recording.
        BudgetRefused: It would cost more than allowed.
    """
    if settings.openai_api_key is None:
        raise SettingsRefused("record needs OPENAI_API_KEY: the rulebook needs no recordings")
    for one in scenarios:
        if one.redials is not None:
            raise ScenariosRefused(f"{one.id}: a caller who rings twice cannot be recorded")
        if (args.into / f"{one.id}.json").exists() and not args.again:
            raise ScenariosRefused(f"{one.id} is recorded in {args.into}: --again replaces it")
    if args.budget is not None:
        within(args.budget, [estimate(settings.openai_model, scenarios, 1)])

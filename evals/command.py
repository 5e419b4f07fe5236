"""The run itself: hold the calls, with noise if asked for, and leave the report."""

import asyncio
import os
import shutil
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from api import parts
from api.core import utc_now
from api.settings import Settings, SettingsRefused, read_settings
from evals.baselines import against, read_baseline, regressed, same_rules
from evals.casting import Casting, CastRefused, add_casting, callers, casting
from evals.checks.judge import GRADER, signature
from evals.choosing import add_budget, add_choice, chosen, rates
from evals.estimate import BudgetRefused, estimate, within
from evals.held import About, Held
from evals.keeping import keep
from evals.play import Sophie
from evals.report import words
from evals.report.page import page
from evals.routes import confusion
from evals.scenario import Scenario, ScenariosRefused
from evals.stored import RunRefused, Tally, store, tally
from evals.suite import Progress, Stage, bearable, conditions
from evals.worlds.databases import Databases, own_server
from shop.postgres.errors import PostgresUnavailable
from shop.profile.shop import load_shop

_LATEST = "report.html"


def main(arguments: Sequence[str]) -> int:
    """0 if all is as expected; 1 if something is not, or is worse than --against; 2: not run."""
    args = _arguments(arguments)
    try:
        settings = read_settings()
        scenarios = chosen(args)
        then = read_baseline(args.against) if args.against else None
        if then is not None:
            same_rules(Tally("this run", "", GRADER, signature(), {}), then)
        who = casting(settings, args)
        _announce(settings, scenarios, who, args)
        held = asyncio.run(_run(settings, scenarios, who, args))
        folder = _leave(settings, held, args.html)
    except (
        ScenariosRefused, SettingsRefused, PostgresUnavailable, RunRefused, BudgetRefused,
        CastRefused, OSError,
    ) as refused:  # fmt: skip
        _tell(str(refused))
        return 2
    except KeyboardInterrupt:
        _tell("stopped")
        return 130
    if settings.openai_api_key is not None:
        _tell(f"{words.tokens(held.results):,} tokens were used")
    _show(held, folder)
    return 1 if _compared(held, then) or held.wrong else 0


async def _run(
    settings: Settings, scenarios: Sequence[Scenario], who: Casting, args: Namespace
) -> Held:
    began = asyncio.get_running_loop().time()
    async with AsyncExitStack() as stack:
        model, *_ = await stack.enter_async_context(parts.chat_models(settings))
        sophie = Sophie(model, parts.model_name(settings), settings.openai_first_token_s)
        server = await stack.enter_async_context(own_server())
        databases = Databases(server, load_shop())
        speaking = await stack.enter_async_context(callers(settings, who))
        progress = Progress(len(scenarios) * args.trials)
        stage = Stage(databases, progress, speaking.side)
        (results,) = await stage.suite([sophie], scenarios, args.trials)
        curve = None
        if args.noise is not None:
            stage.progress = Progress(len(bearable(results)) * len(conditions(args.noise)))
            curve = await stage.noisy(sophie, results, args.noise, args.seed)
    seconds = asyncio.get_running_loop().time() - began
    name = parts.model_name(settings)
    if who.model is not None:
        _tell(f"{speaking.used.total_tokens:,} tokens were used by the callers")
    about = About(name, utc_now(), seconds, args.trials, GRADER, signature(), who.name)
    return Held(about, results, curve)


def _announce(
    settings: Settings, scenarios: Sequence[Scenario], who: Casting, args: Namespace
) -> None:
    name = parts.model_name(settings)
    _tell(f"{len(scenarios)} scenarios, {args.trials} trial(s) each, with {name}")
    if settings.openai_api_key is None:
        return
    noisy = len(conditions(args.noise)) if args.noise is not None else 0
    expected = [
        estimate(name, scenarios, args.trials + noisy),
        *who.estimate(scenarios, args.trials),
    ]
    for one in expected:
        _tell(f"a live model: {one}. Ctrl-C stops.")
    if args.budget is not None:
        _tell(f"the budget is ${args.budget:.2f} (--budget)")
        within(args.budget, expected)


def _leave(settings: Settings, held: Held, html: Path | None) -> Path:
    home = settings.data_dir / "evals"
    folder = home / f"{held.about.when:%Y%m%dT%H%M%SZ}-{os.getpid()}"
    folder.mkdir(parents=True)
    store(folder, held)
    keep(folder, held)
    (folder / "report.md").write_text(words.markdown(held), encoding="utf-8")
    written = folder / _LATEST
    written.write_text(page(held, confusion()), encoding="utf-8")
    shutil.copyfile(written, html or home / _LATEST)
    return folder


def _show(held: Held, folder: Path) -> None:
    shown = [words.table(held.results)]
    shown += [words.details(result) for result in held.results if result.wrong]
    shown.append("\n".join(words.figures(held)))
    shown += [words.summary(held.results, held.about.seconds), f"report: {folder / _LATEST}"]
    sys.stdout.write("\n\n".join(shown) + "\n")


def _compared(held: Held, then: Tally | None) -> bool:
    """Whether something passes less often than in the baseline; all differences are told."""
    if then is None:
        return False
    now = tally(held, "this run")
    told = against(now, then) or ["every scenario passes as often"]
    sys.stdout.write(f"\nagainst {then.name}:\n" + "".join(f"  {line}\n" for line in told))
    return bool(regressed(now, then))


def _arguments(arguments: Sequence[str]) -> Namespace:
    parser = ArgumentParser(prog="python -m evals", description="Hold calls, judge the records.")
    add_choice(parser)
    add_budget(parser)
    add_casting(parser)
    parser.add_argument("--trials", type=int, default=1, choices=range(1, 51), metavar="1-50")
    parser.add_argument("--noise", type=rates, metavar="5,10,20", help="and at these word errors")
    parser.add_argument(
        "--seed", type=int, default=1, help="of the noise, or of who gets which persona"
    )
    parser.add_argument("--against", metavar="BASELINE", help="tell what differs from it")
    parser.add_argument("--html", type=Path, metavar="PATH", help="where the page is written too")
    return parser.parse_args(arguments)


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()

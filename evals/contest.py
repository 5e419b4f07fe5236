"""`python -m evals compare`: two or more arms on the same calls, or two stored runs."""

import asyncio
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from api import parts
from api.settings import Settings, SettingsRefused, read_settings
from evals.arms import Arm, ArmRefused, read_arm
from evals.baselines import read_baseline, same_rules
from evals.choosing import add_budget, add_choice, chosen
from evals.compare import compare, holm, smallest_detectable, word
from evals.estimate import BudgetRefused, estimate, within
from evals.play import Result, Sophie
from evals.reliability import reliability
from evals.scenario import Scenario, ScenariosRefused
from evals.stored import RunRefused, Tally
from evals.suite import Progress, Stage
from evals.worlds.databases import Databases, own_server
from nodes.variants import variants
from shop.postgres.errors import PostgresUnavailable
from shop.profile.shop import load_shop


def main(arguments: Sequence[str]) -> int:
    """0 if the arms were compared, whatever came out; 2 if not, with a line that says why."""
    args = _arguments(arguments)
    try:
        if all(_is_run(name) for name in args.arms):
            said = _stored([read_baseline(name) for name in args.arms])
        else:
            said = _live(args)
    except (
        ScenariosRefused, SettingsRefused, PostgresUnavailable, ArmRefused, BudgetRefused,
        RunRefused,
    ) as refused:  # fmt: skip
        _tell(str(refused))
        return 2
    except KeyboardInterrupt:
        _tell("stopped")
        return 130
    sys.stdout.write(f"{said}\n")
    return 0


def _is_run(name: str) -> bool:
    return Path(name, "run.json").is_file()


def _live(args: Namespace) -> str:
    settings = read_settings()
    scenarios = chosen(args)
    prompts = variants()
    arms = {name: read_arm(name, prompts, settings) for name in args.arms}
    if len(arms) < len(args.arms):
        raise ArmRefused("an arm is named twice: name different ones")
    smallest = smallest_detectable(len(scenarios), args.trials)
    _tell(
        f"{len(scenarios)} scenarios, {args.trials} trial(s) each, {len(arms)} arms: a difference "
        f"below {smallest * 100:.1f} points will probably not be found (95 % sure, power 80 %)"
    )
    _afford(settings, arms, scenarios, args)
    held = asyncio.run(_hold(settings, arms, scenarios, args.trials))
    lines = [_verdicts(held, args.trials)]
    return "\n".join([*lines, "", *(_second(name, results) for name, results in held.items())])


def _afford(
    settings: Settings, arms: Mapping[str, Arm], scenarios: Sequence[Scenario], args: Namespace
) -> None:
    """Tell what it will cost, and refuse what costs too much, before anything is spent."""
    wanted = [arm.settings(settings) for arm in arms.values()]
    expected = [
        estimate(one.openai_model, scenarios, args.trials)
        for one in wanted
        if one.openai_api_key is not None
    ]
    for one in expected:
        _tell(f"a live model: {one}")
    if expected and args.budget is not None:
        _tell(f"the budget is ${args.budget:.2f} (--budget)")
        within(args.budget, expected)


async def _hold(
    settings: Settings, arms: Mapping[str, Arm], scenarios: Sequence[Scenario], trials: int
) -> dict[str, list[Result]]:
    async with AsyncExitStack() as stack:
        sophies = []
        for arm in arms.values():
            own = arm.settings(settings)
            model, *_ = await stack.enter_async_context(parts.chat_models(own))
            limit = own.openai_first_token_s
            sophies.append(Sophie(model, parts.model_name(own), limit, arm=arm.prompt))
        server = await stack.enter_async_context(own_server())
        progress = Progress(len(scenarios) * trials * len(sophies))
        held = await Stage(Databases(server, load_shop()), progress).suite(
            sophies, scenarios, trials
        )
    return dict(zip(arms, held, strict=True))


def _verdicts(held: Mapping[str, Sequence[Result]], trials: int) -> str:
    return verdicts({n: [one.passed for one in rs] for n, rs in held.items()}, trials)


def verdicts(passes: Mapping[str, Sequence[int]], trials: int) -> str:
    """Each arm against the first, in words and numbers."""
    (control, base), *others = passes.items()
    found = [compare(base, arm, trials) for _, arm in others]
    counted = holm([one.p for one in found])
    lines = []
    for (name, _), one, p in zip(others, found, counted, strict=True):
        low, high = (100 * end for end in one.interval)
        lines.append(
            f"{name} against {control}: {word(one, p)}. {one.difference * 100:+.1f} points of "
            f"pass rate (95 %: {low:+.1f} to {high:+.1f}), p = {p:.3f}, {one.scenarios} scenarios; "
            f"smallest detectable {one.detectable * 100:.1f} points"
        )
    return "\n".join(lines)


def _second(name: str, results: Sequence[Result]) -> str:
    """What is looked at besides: it decides nothing."""
    found = reliability(results)
    runs = [trial.run for one in results for trial in one.trials if trial.run is not None]
    turns = sum(line.who == "sophie" for run in runs for line in run.lines) / max(len(runs), 1)
    tokens = sum(run.prompt_tokens + run.completion_tokens for run in runs)
    reliable = ", ".join(f"pass^{k} {rate:.1%}" for k, rate in found.every.items())
    return (
        f"{name}: passed {found.trials}; {reliable}; wrong writes {found.wrong_writes}; "
        f"{turns:.1f} turns a call, {tokens:,} tokens"
    )


def _stored(tallies: Sequence[Tally]) -> str:
    """Runs that were held before, on the scenarios all of them have.

    Raises:
        RunRefused: Other rules, no scenario in common, or not the same number of trials.
    """
    first, *others = tallies
    for other in others:
        same_rules(other, first)
    ids = [id_ for id_ in first.counts if all(id_ in one.counts for one in others)]
    numbers = {one.counts[id_][1] for one in tallies for id_ in ids}
    if len(numbers) != 1:
        raise RunRefused(
            "the runs have no scenario in common, or not the same number of trials of each: hold "
            "them with the same --trials"
        )
    passes = {one.name: [one.counts[id_][0] for id_ in ids] for one in tallies}
    return verdicts(passes, numbers.pop())


def _arguments(arguments: Sequence[str]) -> Namespace:
    parser = ArgumentParser(
        prog="python -m evals compare", description="Try arms on the same calls; first the control."
    )
    parser.add_argument("arms", nargs="+", help="files of evals/variants, or folders of runs")
    add_choice(parser)
    add_budget(parser)
    parser.add_argument("--trials", type=int, default=4, choices=range(1, 51), metavar="1-50")
    args = parser.parse_args(arguments)
    if len(args.arms) < 2:
        parser.error(f"{args.arms[0]!r} alone cannot be compared: name at least two arms")
    return args


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()

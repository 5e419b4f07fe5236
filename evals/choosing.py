"""What the commands of the evals have in common: which scenarios, and arguments that are read."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace

from evals.scenario import DATASETS, Scenario, ScenariosRefused, choose, load_scenarios

_MOST_NOISE = 50


def add_choice(parser: ArgumentParser) -> None:
    """The options by which scenarios are chosen."""
    parser.add_argument("--suite", action="append", default=[], help="only this file of datasets")
    parser.add_argument("--tag", action="append", default=[], help="only with this tag or split")
    parser.add_argument("--id", action="append", default=[], help="only this scenario")


def add_budget(parser: ArgumentParser) -> None:
    """The most that a live model may cost."""
    parser.add_argument(
        "--budget", type=dollars, default=5.0, metavar="USD", help="a live model's cap, or none"
    )


def chosen(args: Namespace) -> list[Scenario]:
    """The scenarios that were asked for.

    Raises:
        ScenariosRefused: There are none, or a name is not known.
    """
    scenarios = load_scenarios()
    if args.suite:
        files = {path.stem: path for path in sorted(DATASETS.glob("*.jsonl"))}
        for unknown in (name for name in args.suite if name not in files):
            raise ScenariosRefused(f"there is no suite {unknown!r}; there are {', '.join(files)}")
        text = "\n".join(files[name].read_text(encoding="utf-8") for name in args.suite)
        scenarios = [one for one in scenarios if f'"{one.id}"' in text]
    scenarios = choose(scenarios, tags=args.tag, ids=args.id)
    if not scenarios:
        raise ScenariosRefused("no scenario has all of that suite, tag and id: leave one out")
    return scenarios


def rates(text: str) -> list[int]:
    """Word error rates in percent, such as "5,10,20".

    Raises:
        ArgumentTypeError: It is something else.
    """
    try:
        found = [int(part) for part in text.split(",")]
    except ValueError:
        found = [-1]
    if not all(0 <= rate <= _MOST_NOISE for rate in found):
        raise ArgumentTypeError(
            f"{text!r}: give word error rates in percent from 0 to {_MOST_NOISE}, such as 5,10,20"
        )
    return found


def dollars(text: str) -> float | None:
    """An amount in US dollars, or "none".

    Raises:
        ArgumentTypeError: It is neither.
    """
    if text == "none":
        return None
    try:
        amount = float(text)
    except ValueError:
        amount = -1.0
    if not 0 <= amount < float("inf"):
        raise ArgumentTypeError(f"{text!r}: give an amount in US dollars, such as 2.50, or none")
    return amount

"""`python -m evals`: hold the calls of `evals/datasets` and judge what became of the records."""

import sys
from collections.abc import Callable, Mapping, Sequence

from api.process import harden

harden()

from evals import command, contest, experiments, flakes, recording, upkeep  # noqa: E402 - harden comes first
from evals.voice import audio  # noqa: E402 - the same
from evals.voice import command as voice  # noqa: E402 - the same

COMMANDS: Mapping[str, Callable[[Sequence[str]], int]] = {
    "run": command.main,
    "checks": upkeep.checks,
    "baseline": upkeep.baseline,
    "regrade": upkeep.regrade,
    "compare": contest.main,
    "flakes": flakes.main,
    "langsmith": experiments.main,
    "record": recording.main,
    "voice": voice.main,
    "audio": audio.main,
}


def main(arguments: Sequence[str]) -> int:
    """Whatever the command returns; without one the calls are held."""
    first = arguments[0] if arguments else ""
    if first in COMMANDS:
        return COMMANDS[first](arguments[1:])
    if first and not first.startswith("-"):
        sys.stderr.write(f"there is no command {first!r}; there are {', '.join(COMMANDS)}\n")
        return 2
    return command.main(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

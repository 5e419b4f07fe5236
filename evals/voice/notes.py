"""What a caller of a drill writes down."""

import random
from dataclasses import dataclass, field

from evals.voice.observed import Cut, Intrusion, Observed, Turn
from evals.voice.virtual_line import VirtualLine

BREAK_MS = 300.0
"""How long Sophie has been silent before a caller speaks who does not cut in."""


@dataclass
class Notes:
    """The notes of one call."""

    turns: list[Turn] = field(default_factory=list)
    intrusions: list[Intrusion] = field(default_factory=list)
    cuts: list[Cut] = field(default_factory=list)

    def observed(self, name: str, line: VirtualLine) -> Observed:
        """The call, once it is over."""
        return Observed(
            name,
            turns=tuple(self.turns),
            intrusions=tuple(self.intrusions),
            cuts=tuple(self.cuts),
            sophie=tuple(line.sophie),
            caller=tuple(line.spoke),
            ended_ms=max(spell.end_ms for spell in [*line.sophie, *line.spoke]),
        )


def chance(*names: object) -> random.Random:
    """A generator that gives the same for the same names."""
    return random.Random(":".join(map(str, names)))  # noqa: S311 - it decides nothing secret

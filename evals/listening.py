"""A caller who listens: who says no when what is read back is not what they said.

Only such a caller makes noise a fair trial. What is read back is held against everything that was
said on a quiet line, so it needs the same call without noise first.
"""

import re
from dataclasses import dataclass

from evals.callers import Caller, caller_of
from evals.checks.run import Run
from evals.checks.speech import in_figures
from evals.scenario import CallerScript
from graph.expect import Expectation, expectation

NO = "No, that's not right"
_MOST_NOS = 2
_DAY = re.compile(r"\b(?:\d+|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b")
_SPELLED = re.compile(r"(?<=\b\d) (?=\d\b)")
_WORK = re.compile(r"\b(?:brake|oil|tire|rotation|inspection|battery|engine|alignment)s?\b")
_PROPER = re.compile(r"(?<=[a-z,:] )(?!AM\b|PM\b|I\b)[A-Z][\w']*(?: [A-Z][\w']*)*")
_FACTS: tuple[tuple[re.Pattern[str], tuple[Expectation, ...]], ...] = (
    (re.compile(r"\d|day$"), ("date_time",)),
    (_WORK, ("service",)),
    (re.compile(""), ("name", "vehicle")),
)
"""Which facts are said again if something like this is not right."""


def named(text: str) -> set[str]:
    """What can be misheard in a read-back: numbers, days, services, and names of all kinds."""
    figures = _SPELLED.sub("", in_figures(text))
    proper = (word for found in _PROPER.findall(text) for word in found.lower().split())
    return {*_DAY.findall(figures), *_WORK.findall(figures), *proper}


@dataclass(slots=True)
class Listener:
    """Says what `caller` says, but does not agree to what they did not say.

    Attributes:
        quiet: What the caller named, and what they agreed to, in the same call on a quiet line.
    """

    caller: Caller
    script: CallerScript
    quiet: frozenset[str]
    said_no: int = 0

    @classmethod
    def over(cls, script: CallerScript, quiet: Run) -> "Listener":
        """Somebody who knows how the call goes when nothing is misheard."""
        words = (
            line.text
            for line in quiet.lines
            if line.who == "caller" or expectation(line.text) == "yes_no"
        )
        known = frozenset(name for text in words for name in named(text))
        return cls(caller_of(script), script, known)

    async def says(self, reply: str) -> str | None:
        """No to a wrong read-back; the third time they hang up. Else what the caller says."""
        wrong = named(reply) - self.quiet if expectation(reply) == "yes_no" else set()
        if not wrong:
            return await self.caller.says(reply)
        if self.said_no == _MOST_NOS:
            return None
        self.said_no += 1
        again = (self._again(one) for one in sorted(wrong))
        return ". ".join(dict.fromkeys([NO, *(words for words in again if words)]))

    def _again(self, wrong: str) -> str | None:
        facts = self.script.facts or {}
        kinds = next(kinds for pattern, kinds in _FACTS if pattern.search(wrong))
        for answer in (facts[kind] for kind in kinds if kind in facts):
            return answer if isinstance(answer, str) else answer[-1]
        return None

"""Callers without a model: what they say depends on the scenario and on Sophie's words alone."""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Protocol

from evals.scenario import CallerScript, Reaction
from graph.expect import Expectation, expectation

UNKNOWN = "I don't know that."
REFUSAL = "I'd rather not say."
GOOD_BYE = "No, that's all. Goodbye."
_PATIENCE = 3

_NAMED: dict[Expectation, tuple[str, ...]] = {
    "birth_date": ("birth", "born"),
    "plate": ("plate",),
    "address": ("zip", "street", "address"),
    "vin": ("vin",),
    "service": ("service",),
}
"""How a fact is called in a question that offers several to choose from."""


class Caller(Protocol):
    """Somebody on the line."""

    async def says(self, reply: str) -> str | None:
        """What comes after Sophie's words; None hangs up."""
        ...


def caller_of(script: CallerScript) -> Caller:
    """The kind of caller a script asks for."""
    if script.replies is not None:
        return ReplayCaller([script.opening, *script.replies])
    return FactCaller(script)


@dataclass(slots=True)
class ReplayCaller:
    """Says the same words in the same order, then hangs up."""

    lines: list[str]
    _next: int = 0

    async def says(self, reply: str) -> str | None:
        """The next line."""
        if self._next >= len(self.lines):
            return None
        self._next += 1
        return self.lines[self._next - 1]


@dataclass(slots=True)
class FactCaller:
    """Answers what Sophie asks for, one thing a turn, from a table; the same every time.

    Gives up after three answers that tell nothing with no fact between them, after answering the
    same words three times, or when the call drags on.
    """

    script: CallerScript
    _turns: int = 0
    _blank: int = 0
    _heard: Counter[str] = field(default_factory=Counter)
    _asked: Counter[Expectation] = field(default_factory=Counter)
    _reacted: list[Reaction] = field(default_factory=list)
    _wanted: int = 0
    _leaving: bool = False

    async def says(self, reply: str) -> str | None:
        """The opening first, then a reaction, an answer, the next wish or a good-bye."""
        self._turns += 1
        if self._turns == 1:
            return self.script.opening
        self._heard[reply] += 1
        if self._leaving or self._turns > self.script.turns or self._fed_up(reply):
            return None
        return self._reaction(reply) or self._answer(expectation(reply), reply)

    def _fed_up(self, reply: str) -> bool:
        return self._blank >= _PATIENCE or self._heard[reply] > _PATIENCE

    def _reaction(self, reply: str) -> str | None:
        for reaction in self.script.reactions:
            if reaction not in self._reacted and reaction.hears.casefold() in reply.casefold():
                self._reacted.append(reaction)
                return reaction.says
        return None

    def _offered(self, reply: str) -> str | None:
        """An answer to a question that leaves the choice, such as "your birth date or plate?"."""
        facts, question = self.script.facts or {}, _last_question(reply)
        for kind, words in _NAMED.items():
            if kind in facts and any(word in question for word in words):
                return self._answer(kind)
        return None

    def _answer(self, asked: Expectation, reply: str = "") -> str:
        facts = self.script.facts or {}
        if asked == "open" and (offered := self._offered(reply)) is not None:
            return offered
        if asked in self.script.refuses:
            self._blank += 1
            return REFUSAL
        answers = facts.get(asked)
        if answers is not None:
            self._blank = 0
            given = [answers] if isinstance(answers, str) else answers
            at = min(self._asked[asked], len(given) - 1)
            self._asked[asked] += 1
            return given[at]
        if asked == "yes_no":
            return "Yes, please."
        if asked == "open":
            return self._next_wish()
        self._blank += 1
        return UNKNOWN

    def _next_wish(self) -> str:
        if self._wanted < len(self.script.wants):
            self._wanted += 1
            return self.script.wants[self._wanted - 1]
        self._leaving = True
        return GOOD_BYE


def _last_question(reply: str) -> str:
    sentences = re.split(r"(?<=[.?!])\s+", reply.casefold())
    return next((one for one in reversed(sentences) if one.endswith("?")), "")

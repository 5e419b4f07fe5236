"""A caller who is a language model: closer to people than a table of facts, never twice the same.

The script stays what it is: the model is told its facts, wishes and refusals, says the opening as
it stands, and is held to it by `evals.checks.caller`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, cast

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    AnyMessage,
    HumanMessage,
    SystemMessage,
)
from langchain_core.messages.ai import add_ai_message_chunks

from evals.callers import Caller, caller_of
from evals.scenario import CallerScript
from graph.models.usage import Usage
from shop.faults import describe

FOLDER = Path(__file__).parent / "personas"
PERSONAS = ("brief", "rambling", "impatient", "hesitant", "hard_of_hearing", "second_language")

HANG_UP: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "hang_up",
        "description": "Say your last words, if any, and end the call.",
        "parameters": {
            "type": "object",
            "properties": {"last_words": {"type": "string"}},
            "required": ["last_words"],
            "additionalProperties": False,
        },
    },
}
_SILENCE = "(She says nothing.)"


class CallerFailed(Exception):
    """The caller's model did not do its part; the trial says nothing about Sophie."""


@dataclass(slots=True)
class Cast:
    """Finds somebody to speak for each script.

    Attributes:
        personas: Of which each script gets one, always the same with the same seed.
        used: Tokens of all its callers.
    """

    model: BaseChatModel
    personas: tuple[str, ...] = PERSONAS
    seed: int = 1
    used: Usage = field(default_factory=Usage)

    def __call__(self, script: CallerScript) -> Caller:
        """A model for a script of facts; fixed words are said as they are."""
        if script.replies is not None:
            return caller_of(script)
        persona = Random(f"{self.seed}:{script.number}:{script.opening}").choice(self.personas)  # noqa: S311 - a draw that can be repeated
        return ModelCaller(self, script, persona)


@dataclass(slots=True)
class ModelCaller:
    """Plays one script as one persona."""

    cast: Cast
    script: CallerScript
    persona: str
    _talk: list[AnyMessage] = field(default_factory=list)
    _turns: int = 0
    _leaving: bool = False

    async def says(self, reply: str) -> str | None:
        """What the model answers; None once it has hung up, or the call drags on.

        Raises:
            CallerFailed: The model failed, or said nothing.
        """
        self._turns += 1
        if self._leaving or self._turns > self.script.turns:
            return None
        self._talk.append(HumanMessage(reply or _SILENCE))
        words = self.script.opening if self._turns == 1 else await self._answer()
        if not words:
            return None
        self._talk.append(AIMessage(words))
        return words

    async def _answer(self) -> str:
        answer = await self._asked()
        left = [call for call in answer.tool_calls if call["name"] == "hang_up"]
        words = answer.text.strip()
        if left:
            self._leaving = True
            return words or str(left[0]["args"].get("last_words", "")).strip()
        if not words:
            raise CallerFailed("the caller's model neither spoke nor hung up")
        return words

    async def _asked(self) -> AIMessageChunk:
        model = self.cast.model.bind_tools([HANG_UP])
        chunks: list[AIMessageChunk] = []
        try:
            async for chunk in model.astream([SystemMessage(instructions(self)), *self._talk]):
                chunks.append(cast(AIMessageChunk, chunk))
        except Exception as error:
            raise CallerFailed(f"the caller's model failed: {describe(error)}") from error
        if not chunks:
            raise CallerFailed("the caller's model answered with nothing")
        whole = add_ai_message_chunks(*chunks)
        took = whole.usage_metadata
        if took is not None:
            self.cast.used += Usage(took["input_tokens"], took["output_tokens"], replies=1)
        return whole


def instructions(caller: ModelCaller) -> str:
    """All that the model is told before the call begins."""
    parts = [_text("caller"), "# Who you are", _text(caller.persona), *_facts(caller.script)]
    return "\n".join(parts)


def _facts(script: CallerScript) -> Iterator[str]:
    yield "\n# Your facts"
    yield f"- Why you call: {script.opening}"
    if script.number:
        yield f"- You call from {script.number}."
    for kind, answers in (script.facts or {}).items():
        given = [answers] if isinstance(answers, str) else answers
        yield f"- {_ASKED.get(kind, kind)}: {', and asked again: '.join(given)}"
    for want in script.wants:
        yield f"- Another wish, once the one before is done: {want}"
    for reaction in script.reactions:
        yield f'- Once, when she says something like "{reaction.hears}", say: {reaction.says}'
    for kind in script.refuses:
        yield f"- You will not tell: {_ASKED.get(kind, kind)}"


_ASKED = {
    "name": "Your name",
    "phone": "Your telephone number",
    "birth_date": "Your date of birth",
    "address": "Your address",
    "vehicle": "Your car",
    "vin": "Your car's VIN",
    "plate": "Your license plate",
    "service": "What the car needs",
    "date_time": "When you want to come",
    "yes_no": "Asked for a yes or a no",
    "location": "Where the car is",
    "open": "Asked anything else",
}
"""What the keys of facts are called in the instructions."""


def _text(name: str) -> str:
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8").strip()

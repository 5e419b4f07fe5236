"""Calls with their lines fixed on both sides, and the model that says Sophie's.

Each file of `evals/replays` holds one: a scenario whose caller says fixed lines, and under each
line the replies that a model once gave, request by request.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import orjson
from langchain_core.messages import BaseMessage, HumanMessage
from langchain_core.runnables import Runnable

from evals.models import Says, ScriptedModel
from evals.scenario import Scenario

FOLDER = Path(__file__).parent / "replays"


class Outdated(Exception):
    """A recorded reply uses a tool that is not offered any more; the call is to be held again."""


@dataclass(frozen=True, slots=True)
class Replay:
    """One such call.

    Attributes:
        replies: The model's, in order.
        asked: In which of the caller's turns each of them was asked for, the first being 1.
    """

    scenario: Scenario
    replies: tuple[Says, ...]
    asked: tuple[int, ...]

    @classmethod
    def read(cls, file: Path) -> Self:
        """A file's keys are those of a scenario, with `number` and `turns` for its `caller`."""
        line: dict[str, Any] = orjson.loads(file.read_bytes())
        turns, number = line.pop("turns"), line.pop("number")
        opening, *others = (turn["caller"] for turn in turns)
        caller = {"number": number, "opening": opening, "replies": others}
        made = [
            (at, Says.model_validate(reply))
            for at, turn in enumerate(turns, start=1)
            for reply in turn["model"]
        ]
        return cls(
            Scenario.model_validate_json(orjson.dumps({**line, "caller": caller})),
            tuple(reply for _, reply in made),
            tuple(at for at, _ in made),
        )

    def write(self, folder: Path) -> Path:
        """Keep it under its scenario's id."""
        caller = self.scenario.caller
        lines = [caller.opening, *(caller.replies or ())]
        made = list(zip(self.asked, self.replies, strict=True))
        turns = [
            {
                "caller": words,
                "model": [
                    reply.model_dump(mode="json", exclude_defaults=True)
                    for turn, reply in made
                    if turn == at
                ],
            }
            for at, words in enumerate(lines, start=1)
        ]
        line = self.scenario.model_dump(mode="json", exclude_defaults=True, exclude={"caller"})
        content = {**line, "number": caller.number, "turns": turns}
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{self.scenario.id}.json"
        file.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2) + b"\n")
        return file


class RecordedModel(ScriptedModel):
    """Says what a model once said, as long as the tools it used are still offered."""

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | Any],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[Any, Any]:
        """Itself: a recording needs no schemas.

        Raises:
            Outdated: One that it will use is not among them.
        """
        offered = {tool["function"]["name"] for tool in tools if isinstance(tool, dict)}
        for name, _ in (call for reply in self.replies for call in reply.calls):
            if name not in offered:
                raise Outdated(f"no tool {name!r} is offered: hold the call again with `record`")
        return self


def turn_of(request: Sequence[BaseMessage]) -> int:
    """In which of the caller's turns a request is made."""
    return sum(isinstance(message, HumanMessage) for message in request)

"""Carries out what the model asks for: check the arguments, ask first, do, say.

Every answer is an envelope: {"success": true, "data": …, "message": …} or
{"success": false, "error": <stable code>, "message": <a sentence fit to be spoken>}.
"""

import logging
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from graph.state import CallState, Proposal
from shop.errors import ShopError
from shop.faults import describe
from shop.words.redact import cleaned
from tools.calling import Answer, Arguments, OnCall, Tool, Wish
from tools.registry import TOOLS
from tools.repeats import answered

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class ToolRouter:
    """The tools of one call. `call.state` is kept up to date, `update` is what changed in it."""

    call: OnCall
    update: dict[str, Any]

    @classmethod
    def on(cls, call: OnCall) -> "ToolRouter":
        """Start with nothing changed."""
        return cls(call, {})

    async def execute(self, function_name: str, /, **kwargs: Any) -> dict[str, Any]:
        """Run one tool by name and return its envelope. Never raises for what a model may do."""
        answer = await self._answer(function_name, kwargs)
        self._remember(TOOLS.get(function_name), answer.update)
        return answer.envelope()

    def _remember(self, tool: Tool | None, update: dict[str, Any]) -> None:
        looked = self.call.state.get("looked")
        if looked is not None and tool is not None and tool.propose is not None:
            # What is held for the call may be another time now.
            update = {"looked": {**looked, "answer": None}, **update}
        self.update.update(update)
        state: CallState = {**self.call.state, **update}  # type: ignore[typeddict-item]  # keys come from tools
        self.call = replace(self.call, state=state)

    async def _answer(self, name: str, kwargs: dict[str, Any]) -> Answer:
        tool = TOOLS.get(name)
        if tool is None:
            return Answer("I can't do that.", error="unknown_tool")
        try:
            arguments = tool.arguments.model_validate(kwargs)
        except ValidationError as error:
            return Answer(_mend(error), error="bad_arguments")
        try:
            return await self._run(tool, arguments)
        except ShopError as error:
            return Answer(str(error), error=error.code, update=self._agreement_spent())
        except Exception as error:
            logger.error("%s failed: %s", name, describe(error))
            return Answer(
                "I'm sorry, I couldn't do that just now. I can have someone call you back.",
                error="unavailable",
                update=self._agreement_spent(),
            )

    def _agreement_spent(self) -> dict[str, Any]:
        """A yes is good for one try: what is tried again is read back again."""
        held = self.call.state.get("proposal")
        return {"proposal": None} if held is not None and held["status"] == "agreed" else {}

    async def _run(self, tool: Tool, arguments: Arguments) -> Answer:
        if tool.propose is None:
            messages = self.call.state["messages"]
            known = answered(tool, arguments, messages) if tool.lasting else None
            return known or await tool.run(arguments, self.call)
        held = self.call.state.get("proposal")
        # A handle may stand for something else by now: what counts is whether the words that the
        # caller agreed to are still the words for this wish.
        wish = await tool.propose(arguments, self.call)
        if isinstance(wish, Answer):
            return replace(wish, update={**self._agreement_spent(), **wish.update})
        if wish.agreed and held is None:
            return await tool.run(arguments, self.call)
        agreed = held is not None and held["status"] == "agreed" and _is(held, tool, arguments)
        if agreed and held is not None and held["recap"] == wish.recap:
            answer = await tool.run(arguments, self.call)
            return replace(answer, update={"proposal": None, **answer.update})
        if held is not None and held["status"] == "held" and held["key"] != wish.key:
            return Answer(
                "One thing at a time: the caller is first asked to agree to the other one.",
                error="one_at_a_time",
            )
        return _hold(wish, tool, arguments)


def _is(held: Proposal, tool: Tool, arguments: Arguments) -> bool:
    return held["tool"] == tool.name and held["args"] == arguments.model_dump(mode="json")


def _hold(wish: Wish, tool: Tool, arguments: Arguments) -> Answer:
    proposal = Proposal(
        key=wish.key,
        tool=tool.name,
        args=arguments.model_dump(mode="json"),
        recap=wish.recap,
        status="held",
    )
    return Answer(
        "Not done yet: the caller is being asked to agree.",
        {"read_back": wish.recap},
        error="awaiting_assent",
        update={"proposal": proposal},
    )


_MOST_FAULTS = 5
_LONGEST_PLACE = 60


def _where(place: tuple[int | str, ...]) -> str:
    """The argument that is wrong; a model can make up names of any length."""
    return cleaned(".".join(map(str, place))[:_LONGEST_PLACE]) or "arguments"


def _mend(error: ValidationError) -> str:
    """What was wrong with the arguments, without repeating a value."""
    faults = [f"{_where(e['loc'])}: {e['msg']}" for e in error.errors()[:_MOST_FAULTS]]
    return f"Call it again with these mended: {'; '.join(faults)}."

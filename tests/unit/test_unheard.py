"""Who was gone before they heard that it was done is rung."""

from typing import Any

import orjson
import pytest
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage

from api.unheard import unheard
from graph.state import CallState

TOLD = "You're booked: oil change on Tuesday at ten."


def _tool(name: str, message: str, *, ok: bool = True) -> ToolMessage:
    told = orjson.dumps({"success": ok, "message": message}).decode()
    return ToolMessage(told, name=name, tool_call_id="1", status="success" if ok else "error")


def _said(text: str, missed: str = "") -> AIMessage:
    more: dict[str, Any] = {"interrupted": True, "unheard": missed} if missed else {}
    return AIMessage(text, additional_kwargs=more)


BOOKED = _tool("book_appointment", TOLD)


@pytest.mark.parametrize(
    ("after_the_yes", "missed"),
    [
        ([BOOKED], TOLD),
        ([BOOKED, _said("", TOLD)], TOLD),
        ([BOOKED, _said("You're", " booked: oil change on Tuesday at ten.")], TOLD),
        ([BOOKED, _said(TOLD, " Anything else?")], None),
        ([BOOKED, _said(TOLD)], None),
        ([_tool("book_appointment", "That time has gone.", ok=False)], None),
        ([_tool("get_service_info", "We open at eight.")], None),
        ([], None),
    ],
    ids=[
        "nothing was said", "nothing was heard", "a word was heard", "only the rest was missed",
        "all was heard", "it was refused", "nothing was done", "nothing happened",
    ],
)  # fmt: skip
def test_what_was_done_and_not_heard(after_the_yes: list[AnyMessage], missed: str | None) -> None:
    state = CallState(messages=[AIMessage("Shall I?"), HumanMessage("yes"), *after_the_yes])
    assert unheard(state) == missed


@pytest.mark.parametrize(
    ("later", "missed"),
    [
        (["bye", "We'll see you then."], TOLD),
        (["hold on a second", "Of course, take your time."], TOLD),
        (["is it booked?", "Yes, you're booked for Tuesday at ten."], None),
        (["what was that?", "You're all set for Tuesday.", "bye", "Goodbye."], None),
        (["bye"], TOLD),
    ],
    ids=["a good-bye", "patience", "it is named", "it is named, turns ago", "nothing more"],
)
def test_what_was_not_heard_is_not_forgotten_with_the_turn(
    later: list[str], missed: str | None
) -> None:
    spoken: list[AnyMessage] = [
        AIMessage(text) if n % 2 else HumanMessage(text) for n, text in enumerate(later)
    ]
    begun: list[AnyMessage] = [HumanMessage("yes"), BOOKED, _said("", TOLD)]
    assert unheard(CallState(messages=[*begun, *spoken])) == missed


def test_all_that_was_not_heard_is_told_together() -> None:
    moved = "Moved: your oil change is on Wednesday."
    state = CallState(
        messages=[
            HumanMessage("yes"),
            BOOKED,
            HumanMessage("on Wednesday, and yes"),
            _tool("reschedule_appointment", moved),
        ]
    )
    assert unheard(state) == f"{TOLD} {moved}"
    assert unheard(CallState(messages=[])) is None

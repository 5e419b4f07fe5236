"""A cheaper model answers only where nothing hangs on the answer."""

from typing import Any, cast

import pytest
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage

from graph.models.simple import is_simple
from graph.state import CallState, Topic

SMALL = [
    "hello", "Hi, good morning.", "yes", "No, thank you.", "Thanks, that's all.", "okay, bye",
    "What are your hours?", "when do you open on Saturday", "are you open today?",
    "Where are you located?", "how late are you there",
]  # fmt: skip

NOT_SMALL = [
    "I need an oil change",
    "yes, book it for Tuesday",
    "what time is my appointment",
    "are you open, and can I bring my car in today",
    "my brakes are gone, where are you",
    "I smell smoke. are you open?",
    "yes but I want to speak to a person",
    "are you open on Saturday because I would like to know whether you could look at my engine",
    "my name is Ada Byron",
    "nine",
    "",
]


def state(said: str, *after: AnyMessage, **known: Any) -> CallState:
    messages = [AIMessage("How can I help?"), HumanMessage(said), *after]
    return cast(CallState, {"messages": messages, **known})


@pytest.mark.parametrize("said", SMALL)
def test_small_talk_and_the_shops_hours_are_simple(said: str) -> None:
    assert is_simple("answer", state(said))


@pytest.mark.parametrize("said", NOT_SMALL)
def test_whatever_may_be_more_is_not(said: str) -> None:
    assert not is_simple("answer", state(said))


@pytest.mark.parametrize("topic", ["booking", "modify", "verify", "triage", "escalate", "close"])
def test_no_turn_on_another_topic_is_simple(topic: Topic) -> None:
    assert not is_simple(topic, state("yes"))


@pytest.mark.parametrize(
    "known",
    [
        {"proposal": {"status": "recapped"}},
        {"drafts": {"c1": {}}},
        {"offered": [{}]},
        {"unsafe": True},
        {"person_wanted": True},
        {"transfer_to": "advisor"},
        {"resume": "booking"},
    ],
    ids=lambda known: next(iter(known)),
)
def test_no_turn_is_simple_while_something_is_under_way(known: dict[str, Any]) -> None:
    assert not is_simple("answer", state("yes", **known))


@pytest.mark.parametrize(("tool", "simple"), [("get_service_info", True), ("tow", False)])
def test_a_turn_stays_simple_while_it_only_looks_up_the_shop(tool: str, simple: bool) -> None:
    call = {"name": tool, "args": {}, "id": "1", "type": "tool_call"}
    asked = AIMessage("", tool_calls=[call])
    assert is_simple("answer", state("what are your hours", asked)) is simple

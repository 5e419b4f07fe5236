"""The rulebook as a chat model: the shapes a vendor's model has, and no surprise on any input."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.messages.ai import add_ai_message_chunks

from graph.models.rulebook.model import RulebookModel
from tools.registry import TOOL_SCHEMAS, TOOLS

GREETING = "This is Sophie, the shop's automated assistant. How can I help you today?"


def request(*history: BaseMessage, task: str = "booking", facts: str = "") -> list[BaseMessage]:
    """A request as the graph makes it."""
    block = (
        f"<call_facts>\ntask: {task}\nnow: Monday (2026-11-23T10:00)\nshop: open\n"
        f"caller_number: +12175550142\naccess: unknown\n{facts}\n</call_facts>"
    )
    return [SystemMessage("You are Sophie."), *history, SystemMessage(f"# Your task\n{block}")]


def bound(**kwargs: Any) -> Any:
    return RulebookModel().bind_tools(TOOL_SCHEMAS, **kwargs)


@pytest.mark.anyio
async def test_words_are_streamed_one_by_one_and_the_last_chunk_counts_them() -> None:
    asked = request(AIMessage(GREETING), HumanMessage("I need an oil change"))
    chunks = [chunk async for chunk in bound().astream(asked)]
    words = [chunk.text for chunk in chunks if chunk.text]
    assert "".join(words) == "An oil change, sure. What's your first and last name?"
    assert len(words) == 10
    last = [chunk for chunk in chunks if chunk.chunk_position == "last"]
    assert len(last) == 1
    assert last[0].response_metadata == {"finish_reason": "stop", "model_name": "rulebook"}
    assert last[0].usage_metadata["output_tokens"] == len("".join(words)) // 4


@pytest.mark.anyio
async def test_a_tool_call_is_streamed_as_a_chunk_and_is_whole() -> None:
    asked = request(
        AIMessage("What's your first and last name?"),
        HumanMessage("oil change for daniel brooks, my name is daniel brooks"),
    )
    chunks: list[AIMessageChunk] = [chunk async for chunk in bound().astream(asked)]
    whole = add_ai_message_chunks(*chunks)
    assert [(c["name"], c["args"], c["id"]) for c in whole.tool_calls] == [
        ("create_customer", {"first_name": "Daniel", "last_name": "Brooks"}, "rb0")
    ]
    assert whole.response_metadata["finish_reason"] == "tool_calls"


@pytest.mark.anyio
async def test_asking_once_gives_what_streaming_gives() -> None:
    asked = request(AIMessage(GREETING), HumanMessage("what are your hours"), task="answer")
    whole = await bound().ainvoke(asked)
    pieces = add_ai_message_chunks(*[chunk async for chunk in bound().astream(asked)])
    assert whole.tool_calls == pieces.tool_calls
    assert whole.usage_metadata == pieces.usage_metadata
    assert whole.tool_calls[0]["args"] == {"topic": "hours"}


@pytest.mark.anyio
async def test_tool_call_ids_are_never_used_twice() -> None:
    def call(id_: str) -> AIMessage:
        return AIMessage(
            "",
            tool_calls=[{"name": "get_service_info", "args": {}, "id": id_, "type": "tool_call"}],
        )

    done = ToolMessage('{"success": true, "data": {}, "message": "We are open."}', tool_call_id="a")
    history = [HumanMessage("hi"), call("rb7"), done, call("agreed-3"), HumanMessage("your hours?")]
    reply = await bound().ainvoke(request(*history, task="answer"))
    assert reply.tool_calls[0]["id"] == "rb8"


@pytest.mark.anyio
async def test_told_to_speak_it_calls_no_tool() -> None:
    asked = request(AIMessage(GREETING), HumanMessage("what are your hours"), task="answer")
    reply = await bound(tool_choice="none").ainvoke(asked)
    assert not reply.tool_calls
    assert reply.text


@pytest.mark.anyio
async def test_a_tool_that_is_not_bound_is_not_called() -> None:
    one = [schema for schema in TOOL_SCHEMAS if schema["function"]["name"] == "book_tow"]
    asked = request(AIMessage(GREETING), HumanMessage("what are your hours"), task="answer")
    reply = await RulebookModel().bind_tools(one).ainvoke(asked)
    assert not reply.tool_calls
    assert reply.text


def test_it_is_async_only_and_says_so() -> None:
    with pytest.raises(NotImplementedError, match="ainvoke or astream"):
        bound().invoke(request(HumanMessage("hi")))


def test_it_names_itself() -> None:
    model = RulebookModel()
    assert (model._llm_type, model.model_name) == ("rulebook", "rulebook")


WORDS = st.sampled_from(
    [
        "yes",
        "no",
        "i",
        "need",
        "an",
        "oil",
        "change",
        "my",
        "name",
        "is",
        "daniel",
        "brooks",
        "honda",
        "civic",
        "two",
        "thousand",
        "eighteen",
        "next",
        "tuesday",
        "at",
        "ten",
        "in",
        "the",
        "morning",
        "cancel",
        "move",
        "appointment",
        "tow",
        "truck",
        "how",
        "much",
        "brakes",
        "hours",
        "where",
        "call",
        "me",
        "back",
        "62701",
        "main",
        "street",
        "plate",
        "a",
        "b",
        "c",
        "1",
        "2",
        "3",
        "the",
        "first",
        "one",
        "never",
        "mind",
        "thanks",
        "bye",
        "person",
        "february",
        "thirtieth",
        "2018",
        "+12175550199",
        "what",
        "smoke",
        "nothing",
        "1HGCM82633A004352",
        "sunday",
    ]
)
SAID = st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=14).map(" ".join))
TASKS = st.sampled_from(["answer", "booking", "modify", "verify", "triage", "escalate", "", "x"])
SLOT = {"start_time": "2026-11-24T10:00:00-06:00", "spoken": "ten AM"}
APPOINTMENT = {
    "appointment_id": "a1",
    "service_type": "oil_change",
    "service": "oil change",
    "vehicle": "2018 Honda Civic",
    "start_time": "2026-11-26T09:00:00-06:00",
    "spoken": "Thursday at nine AM",
}
DATA: dict[str, dict[str, Any]] = {
    "create_customer": {"customer_id": "c1"},
    "create_vehicle": {"vehicle_id": "v1", "year": 2018, "make": "Honda", "model": "Civic"},
    "get_available_slots": {"date": "2026-11-24", "slots": [SLOT], "wished_time_free": True},
    "get_upcoming_appointments": {
        "appointments": [APPOINTMENT, {**APPOINTMENT, "appointment_id": "a2"}]
    },
    "verify_identity": {
        "customer_id": "c1",
        "vehicles": [
            {"vehicle_id": "v1", "vehicle": "twenty eighteen Honda Civic"},
            {"vehicle_id": "v2", "vehicle": "twenty fifteen Toyota Tacoma", "color": "Blue"},
        ],
    },
    "decode_vin": {"year": 2003, "make": "Honda", "model": "Accord"},
}
REFUSALS = st.sampled_from(
    ["", "awaiting_assent", "bad_value", "not_allowed", "unavailable", "slot_taken", "interrupted",
     "bad_arguments", "not_matched", "attempts_spent", "unknown_service", "nobody_available"]
)  # fmt: skip
RUBBISH = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["[]", "null", '{"data": 3}', '{"success": true, "data": {"slots": 5}}']),
)


@st.composite
def turns(draw: st.DrawFn) -> list[BaseMessage]:
    """A caller's words, and perhaps a tool that was called for them."""
    history: list[BaseMessage] = [HumanMessage(draw(SAID))]
    if draw(st.booleans()):
        name = draw(st.sampled_from(sorted(TOOLS)))
        call = {"name": name, "args": {"date": draw(SAID)}, "id": "t", "type": "tool_call"}
        history.append(AIMessage("", tool_calls=[call]))
        error = draw(REFUSALS)
        envelope = {"success": not error, "data": DATA.get(name, {}), "message": draw(SAID)}
        told = json.dumps({**envelope, **({"error": error} if error else {})})
        history.append(ToolMessage(draw(st.one_of(st.just(told), RUBBISH)), tool_call_id="t"))
    if draw(st.booleans()):
        history.append(AIMessage(draw(st.one_of(SAID, QUESTIONS))))
    return history


QUESTIONS = st.sampled_from(
    [
        "What's your first and last name?",
        "And your last name?",
        "What year, make and model is your car?",
        "What year is it?",
        "What day would you like to come in?",
        "Which would you like?",
        "So that's an oil change. Shall I book it?",
        "What's your date of birth, or your license plate?",
        "And the ZIP code?",
        "Where is the car?",
        "What is it about?",
        "I can have someone call you back. Would you like that?",
        "Is that right?",
        "Anything else I can help with?",
    ]
)
FACTS = st.sampled_from(
    ["", "customer_id: c1", "customer_id: c1 Daniel Brooks\nvehicle_id: v1 2018 Honda Civic",
     "access: verified\ncustomer_id: c1", "unsafe_car: yes", "failed_checks: 2", "now: never",
     "offered: 2026-11-24T10:00:00-06:00 oil_change\noffered:  \noffered: nonsense x"]
)  # fmt: skip


@pytest.mark.anyio
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(task=TASKS, facts=FACTS, talk=st.lists(turns(), min_size=0, max_size=5))
async def test_any_history_gets_words_or_a_valid_tool_call(
    task: str, facts: str, talk: list[list[BaseMessage]]
) -> None:
    history = [message for turn in talk for message in turn]
    reply = await bound().ainvoke(request(*history, task=task, facts=facts))
    assert reply.text.strip() or reply.tool_calls
    for call in reply.tool_calls:
        TOOLS[call["name"]].arguments.model_validate(call["args"])

"""What went wrong in an earlier telephone receptionist, tried on this one.

Each test is named for a defect that was found there. Where it takes a database or a line to show
it, the test that does is named instead, and it must be there.
"""

import re
from datetime import datetime
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx2
import openai
import orjson
import pytest
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    AnyMessage,
    HumanMessage,
    ToolCall,
    ToolMessage,
)

from api.twilio.signature import sign, valid
from evals.models import Says, ScriptedModel
from graph.history import as_heard, repair
from graph.models.chain import ModelChain
from graph.models.errors import ModelError
from graph.models.link import Link
from graph.models.usage import estimate
from nodes.assent import assent
from nodes.talk import MAX_TOOL_STEPS, spent
from nodes.understand import understand
from shop.cars import vin
from shop.faults import describe
from shop.people import phone
from shop.people.customers import Customer, CustomerFile
from shop.people.verification import matches
from shop.profile.shop import load_shop
from shop.schedule import slots
from tools.registry import TOOL_SCHEMAS, TOOLS

pytestmark = pytest.mark.anyio

TESTS = Path(__file__).parents[1]


async def test_each_tool_runs_its_own_function_and_not_the_last_one_of_a_loop() -> None:
    """B1: handlers closed over the loop's variable."""
    assert len({tool.run for tool in TOOLS.values()}) == len(TOOLS)
    assert all(tool.name == name for name, tool in TOOLS.items())


def test_a_stream_without_usage_is_counted_all_the_same() -> None:
    """B2: no usage in streaming, and a crash on a chunk without choices."""
    counted = estimate([HumanMessage("what does it cost?")], "About eighty dollars.")
    assert counted["input_tokens"] > 0
    assert counted["output_tokens"] > 0
    assert counted["total_tokens"] == counted["input_tokens"] + counted["output_tokens"]


def test_no_tool_is_described_twice() -> None:
    """B3: registering a tool again doubled its schema."""
    names = [schema["function"]["name"] for schema in TOOL_SCHEMAS]
    assert len(names) == len(set(names)) == len(TOOLS)


def test_a_tool_result_is_never_without_its_call_nor_a_call_without_its_result() -> None:
    """B4 and B5: trimming orphaned results; parallel calls were kept as separate messages."""
    calls = [ToolCall(name="decode_vin", args={}, id=one) for one in ("a", "b")]
    trimmed: list[AnyMessage] = [
        ToolMessage("{}", tool_call_id="gone"),
        AIMessage("", tool_calls=calls),
        HumanMessage("hello?"),
        ToolMessage("{}", tool_call_id="b"),
    ]
    mended = repair(trimmed)
    assert [m.type for m in mended] == ["ai", "tool", "tool", "human"]
    assert [m.tool_call_id for m in mended if isinstance(m, ToolMessage)] == ["a", "b"]


def test_what_the_caller_never_heard_is_not_remembered_as_said() -> None:
    """B6: text that was never spoken stayed in the history."""
    (kept,) = as_heard([AIMessage("You're booked for Tuesday.", id="1")], "You're booked")
    assert kept.text == "You're booked"
    assert kept.additional_kwargs["unheard"] == " for Tuesday."


async def test_a_stream_that_fails_before_its_first_word_is_tried_again_and_never_after() -> None:
    """B7: a retry around an async generator never retried."""

    async def told(*replies: Says) -> str:
        link = Link("model", ScriptedModel(replies=list(replies)), 5.0, 5.0)
        chain = ModelChain((link,)).bind_tools([])
        said = ""
        try:
            async for chunk in chain.astream([HumanMessage("hi")]):
                assert isinstance(chunk, AIMessageChunk)
                said += chunk.text
        except ModelError:
            said += " (broke)"
        return said

    request = httpx2.Request("POST", "http://127.0.0.1/v1/chat/completions")
    lost = openai.APIStatusError("no", response=httpx2.Response(503, request=request), body=None)
    assert await told(Says(fails=lost), Says(text="Whole.")) == "Whole."
    assert await told(Says(text="Half", fails=lost), Says(text="Whole.")) == "Half (broke)"


def test_the_words_of_an_exception_reach_neither_caller_nor_log() -> None:
    """B8 and B15: raw exception text was spoken, and telephone numbers were logged."""
    try:
        raise KeyError("+12175550142 Maria Lopez")
    except KeyError as error:
        said = describe(error)
    assert said.startswith("KeyError at test_defects.py:")
    assert "Maria" not in said
    assert "0142" not in said


def test_a_turn_runs_out_of_tools_whatever_the_model_wants() -> None:
    """B9: unbounded recursion."""
    one = [AIMessage("", tool_calls=[{"name": "decode_vin", "args": {}, "id": "1"}])]
    assert not spent([HumanMessage("hi"), *one * (MAX_TOOL_STEPS - 1)])
    assert spent([HumanMessage("hi"), *one * MAX_TOOL_STEPS])
    assert not spent([*one * MAX_TOOL_STEPS, HumanMessage("and now?")])


@pytest.mark.parametrize(
    ("file", "test"),
    [
        ("integration/test_calendar_outbox.py", "what_is_booked_moved_cancelled_and_brought_back"),
        ("integration/test_calendar_outbox.py", "a_process_that_dies_between_telling_and_noting"),
        ("integration/test_shop_contention.py", "fifty_want_one_time"),
        ("unit/test_voice_call.py", "a_cough_pauses_the_reply_and_not_a_word_is_lost_or_doubled"),
        ("integration/test_agent.py", "turns_of_one_call_never_overlap"),
        ("call/test_twilio_security.py", "a_webhook_without_a_right_signature_opens_nothing"),
        ("call/test_service.py", ""),
    ],
    ids=[
        "B10: a booking appears in the calendar",
        "B10: a failure leaves no event without a booking",
        "B11: a time is given once",
        "B12: two replies never sound at once",
        "B12: two turns never run at once",
        "B16: an unsigned webhook opens nothing",
        "B22: the conversation is what answers the service's calls",
    ],
)
def test_what_it_takes_records_or_a_line_to_show_is_tried_elsewhere(file: str, test: str) -> None:
    assert re.search(rf"def test_{test}", (TESTS / file).read_text(encoding="utf-8"))


def test_nothing_notes_a_reminder_that_nobody_heard() -> None:
    """B19: a reminder counted as given when the number was dialled. Nothing here notes one yet."""
    root = TESTS.parent
    folders = ("api", "graph", "nodes", "tools", "voice", "shop")
    sources = [file for folder in folders for file in (root / folder).rglob("*.py")]
    writes = re.compile(r"reminder_sent\s*=\s*(?:true|%)", re.I)
    assert [f.name for f in sources if writes.search(f.read_text(encoding="utf-8"))] == []


def test_one_number_is_one_number_however_it_is_said() -> None:
    """B13: numbers were kept as they came, and looked up exactly."""
    said = ("(217) 555-0142", "217.555.0142", "+1 217 555 0142", "two one seven 555 0142")
    assert {phone.normalize(one) for one in said} == {"+12175550142"}


def test_a_slot_is_at_the_shops_own_hour_on_both_sides_of_a_clock_change() -> None:
    """B14: local times were stamped as UTC."""
    shop = load_shop()
    service = shop.catalog.find("oil_change")
    for day, offset in (("2026-10-30", "-0500"), ("2026-11-03", "-0600")):
        begins = datetime.fromisoformat(f"{day}T10:00:00").replace(tzinfo=shop.zone)
        assert begins.strftime("%z") == offset
        assert shop.zone == ZoneInfo("America/Chicago")
        assert slots.place(shop, service, begins, ()) is not None


def test_a_request_that_is_not_signed_is_not_let_in() -> None:
    """B16: no signature was checked."""
    url, params, token = "https://shop.example/incoming", [("CallSid", "CA1")], "secret"
    right = sign(url, params, token)
    assert valid(url, params, token, right)
    for wrong in (None, "", right[:-2], sign(url, params, "another"), sign(url, [], token)):
        assert not valid(url, params, token, wrong)


@pytest.mark.parametrize("stated", ["", " ", "anything", "0142"])
@pytest.mark.parametrize("factor", ["birth_date", "address", "plate", "vin", "last_service", ""])
def test_nothing_proves_who_somebody_is_whose_file_is_empty(factor: str, stated: str) -> None:
    """B17: verification always passed, and empty equalled empty."""
    nobody = Customer(
        id=uuid4(),
        phone="+12175550142",
        email=None,
        first_name="Maria",
        last_name="Lopez",
        date_of_birth=None,
        street_address="",
        city=None,
        state=None,
        zip_code="",
    )
    assert not matches(factor, stated, CustomerFile(nobody, ()))


@pytest.mark.parametrize(
    ("words", "intent"),
    [
        ("I need an oil change", "book"),
        ("I can't make it to my appointment", "modify"),
        ("I need to cancel my oil change", "modify"),
        ("let me talk to a person", "human"),
    ],
)
def test_a_caller_who_asked_a_question_first_may_want_anything_next(
    words: str, intent: str
) -> None:
    """B18: the first guess at what a caller wants stuck."""
    assert understand(words, topic="answer", asked="open").intent == intent


def test_a_made_up_car_number_that_does_not_add_up_is_noticed() -> None:
    """B20: nearly all numbers of the test data were invalid, and nobody noticed."""
    assert vin.adds_up("1HGCM82633A004352")
    assert not vin.adds_up("1HGCM82633A123456")
    assert vin.year_of("1HGBH41JXMN109186") == 1991


@pytest.mark.parametrize(
    ("words", "meaning"),
    [
        ("that's incorrect", "no"),
        ("that's not right", "no"),
        ("noon is fine", "yes"),
        ("no problem, that works", "yes"),
        ("I know", "unclear"),
        ("book it... wait, no, Thursday", "unclear"),
    ],
)
def test_yes_and_no_are_not_looked_for_inside_other_words(words: str, meaning: str) -> None:
    """B21: "incorrect" was a yes and "noon" a no."""
    agreed = datetime(2026, 11, 24, 12, tzinfo=ZoneInfo("America/Chicago"))
    now = agreed.replace(day=23)
    heard = assent(words, agreed=agreed, now=now)
    assert heard == meaning if meaning == "yes" else heard != "yes"


def test_nothing_a_model_reads_holds_the_words_of_python() -> None:
    """B8 and B22: tools told of what was to come later; here every tool that is described runs."""
    text = orjson.dumps(TOOL_SCHEMAS).decode()
    assert not re.search(r"Traceback|TODO|not implemented|coming soon|Feature \d", text, re.I)
    assert all(callable(tool.run) for tool in TOOLS.values())

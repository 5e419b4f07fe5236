"""What models took: tokens counted, added up, priced, and stopped at a day's end."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import tiktoken
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langchain_core.messages.ai import InputTokenDetails, UsageMetadata

from graph.models.meter import Meter
from graph.models.profiles import profile_of
from graph.models.tokens import FILES, ROUGH, Counter, cache_folder, counter, is_here
from graph.models.usage import Usage, by_model, cost, estimate, total
from tools.registry import TOOL_SCHEMAS

BYTES = tiktoken.Encoding(
    "bytes",
    pat_str=r"[\s\S]",
    mergeable_ranks={bytes([n]): n for n in range(256)},
    special_tokens={"<|endoftext|>": 256},
)
"""A tokenizer of the library's that needs no file: each byte is a token."""


def reply(model: str, asked: int, made: int, cached: int = 0) -> AIMessage:
    usage = UsageMetadata(
        input_tokens=asked,
        output_tokens=made,
        total_tokens=asked + made,
        input_token_details=InputTokenDetails(cache_read=cached),
    )
    return AIMessage("Yes.", usage_metadata=usage, response_metadata={"asked": model})


CALL: list[AnyMessage] = [
    AIMessage("How can I help?"),
    HumanMessage("hello"),
    reply("gpt-4o", 1000, 20, 600),
    reply("gpt-4o-mini", 1100, 10),
    reply("gpt-4o", 1000, 30, 900),
]


def test_a_calls_usage_is_told_for_each_model_that_was_asked() -> None:
    assert by_model(CALL) == {
        "gpt-4o": Usage(2000, 50, 1500, 2),
        "gpt-4o-mini": Usage(1100, 10, 0, 1),
    }


def test_a_calls_usage_is_the_sum_over_its_models() -> None:
    assert total(CALL) == Usage(3100, 60, 1500, 3)
    assert total(CALL).total_tokens == 3160
    assert total([]) == Usage()


def test_a_message_that_names_no_model_counts_as_unknown() -> None:
    nameless = reply("", 10, 5)
    assert by_model([nameless]) == {"unknown": Usage(10, 5, 0, 1)}


def test_the_share_of_cached_prompt_tokens_is_told() -> None:
    assert total(CALL).cached_share == pytest.approx(1500 / 3100)
    assert Usage().cached_share is None


def test_counts_that_cannot_be_are_put_right() -> None:
    """The records refuse them, and the call's record would be lost with them."""
    assert by_model([reply("m", 10, 5, 99)]) == {"m": Usage(10, 5, 10, 1)}
    assert by_model([reply("m", -1, -1, -1)]) == {"m": Usage(0, 0, 0, 1)}


def test_cached_tokens_cost_what_the_vendor_takes_for_them() -> None:
    """gpt-4o: 2.50, 1.25 and 10.00 dollars a million."""
    assert Usage(2000, 50, 1500).cost_micros("gpt-4o") == round(500 * 2.5 + 1500 * 1.25 + 500)


def test_a_call_costs_what_its_models_cost_together_and_nothing_is_guessed() -> None:
    used = by_model(CALL)
    assert cost(used) == sum(each.cost_micros(name) or 0 for name, each in used.items())
    assert cost({**used, "somebody-elses": Usage(1, 1)}) is None
    assert cost({"rulebook": Usage(5000, 50)}) == 0
    assert cost({}) == 0


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("gpt-4o-2024-08-06", "gpt-4o"),
        ("gpt-4o-mini", "gpt-4o-mini"),
        ("gpt-4.1-mini-2025-04-14", "gpt-4.1-mini"),
        ("gpt-4.1-nano", "gpt-4.1-nano"),
        ("mistral-large", ""),
    ],
)
def test_a_model_is_priced_as_its_nearest_family(model: str, family: str) -> None:
    assert profile_of(model).prefix == family


# Counting


def test_texts_are_about_a_token_for_four_letters_without_the_tokenizers_file() -> None:
    assert not ROUGH.exact
    assert [ROUGH.text(text) for text in ("", "a", "abcd", "abcde")] == [0, 1, 1, 2]


def test_texts_are_counted_exactly_with_the_tokenizers_file() -> None:
    exact = Counter(BYTES)
    assert exact.exact
    assert exact.text("hello") == 5


@pytest.mark.parametrize("text", ["<|endoftext|>", "half a character: \ud83d"])
def test_whatever_callers_say_can_be_counted(text: str) -> None:
    assert Counter(BYTES).text(text) >= len(text)


def test_a_message_takes_more_than_its_words() -> None:
    call = {"name": "find", "args": {"day": "Tuesday"}, "id": "1", "type": "tool_call"}
    exact = Counter(BYTES)
    assert exact.message(HumanMessage("hello")) == 5 + 3
    asked = exact.message(AIMessage("", tool_calls=[call]))
    assert asked > len("find") + len('{"day":"Tuesday"}')
    assert exact.request([HumanMessage("hello")], tools=7) == 5 + 3 + 3 + 7


def test_tools_are_a_large_part_of_every_request() -> None:
    assert ROUGH.tools([]) == 0
    assert 1000 < ROUGH.tools(TOOL_SCHEMAS) < 10_000
    assert ROUGH.tools(TOOL_SCHEMAS[:1]) < ROUGH.tools(TOOL_SCHEMAS[:2])


def test_a_choice_of_words_is_counted() -> None:
    def tool(**kind: object) -> dict[str, object]:
        properties = {"kind": {"type": "string", **kind}}
        return {"function": {"name": "t", "parameters": {"properties": properties}}}

    assert ROUGH.tools([tool(enum=["oil", "brakes"])]) > ROUGH.tools([tool()])


def test_a_reply_cut_short_is_estimated_with_its_tools() -> None:
    request = [HumanMessage("hello there")]
    alone, armed = estimate(request, "Yes."), estimate(request, "Yes.", tools=500)
    assert armed["input_tokens"] == alone["input_tokens"] + 500
    assert armed["total_tokens"] == armed["input_tokens"] + 1


# The tokenizer's file


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The library's cache, empty."""
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    counter.cache_clear()
    return tmp_path


def test_without_the_file_tokens_are_estimated_and_nothing_is_fetched(folder: Path) -> None:
    """Any step outside this machine fails the test: see conftest."""
    assert counter("o200k_base") is ROUGH
    assert list(folder.iterdir()) == []


def test_a_damaged_file_is_left_alone_and_not_fetched_anew(folder: Path) -> None:
    name = "fb374d419588a4632f3f557e76b4b70aebbca790"
    (folder / name).write_bytes(b"IQ== 0\n")
    assert counter("o200k_base") is ROUGH
    assert (folder / name).read_bytes() == b"IQ== 0\n"


def test_an_unknown_tokenizer_is_estimated(folder: Path) -> None:
    assert cache_folder() == folder
    assert not is_here("o999k_base")


def test_the_file_is_the_one_the_library_asks_for() -> None:
    source = Path(tiktoken.__file__).parent.parent / "tiktoken_ext" / "openai_public.py"
    text = source.read_text(encoding="utf-8")
    for address, digest in FILES.values():
        assert address in text
        assert digest in text


def test_the_cache_is_where_the_library_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TIKTOKEN_CACHE_DIR", raising=False)
    monkeypatch.setenv("DATA_GYM_CACHE_DIR", "/somewhere")
    assert cache_folder() == Path("/somewhere")
    monkeypatch.delenv("DATA_GYM_CACHE_DIR")
    assert cache_folder().name == "data-gym-cache"


# The day's end


class Hands:
    """A clock whose hands are turned."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)  # eleven at night in Springfield

    def __call__(self) -> datetime:
        return self.now


def test_a_meter_begins_anew_at_the_shops_midnight() -> None:
    hands = Hands()
    meter = Meter(hands, ZoneInfo("America/Chicago"), most=100)
    meter.note(Usage(90, 9))
    assert not meter.spent
    meter.note(Usage(1, 0))
    assert meter.spent
    hands.now += timedelta(hours=1)
    assert (meter.tokens, meter.spent) == (0, False)


def test_a_meter_without_an_end_is_never_spent() -> None:
    meter = Meter(Hands(), ZoneInfo("America/Chicago"))
    meter.note(Usage(10**9, 0))
    assert not meter.spent

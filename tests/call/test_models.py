"""What callers notice of their model's troubles, and what the owner is told it took."""

import asyncio
from typing import Any

import pytest

from evals.standins.openai import Fault, OpenAIScript, OpenAIStandIn, Reply, ToolCall
from evals.standins.openai_rulebook import answer
from tests.support.service import BOOKING, Service, a_service

pytestmark = pytest.mark.anyio

HOURS = "what are your hours"
SLOTS = ToolCall("get_available_slots", {"service_type": "oil_change"})


@pytest.fixture(scope="module")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """The loop the service runs on."""
    return "asyncio", {"use_uvloop": True}


def saying(*replies: Reply) -> OpenAIStandIn:
    return OpenAIStandIn(OpenAIScript(replies=replies))


def words(events: list[dict[str, Any]]) -> str:
    return "".join(event["text"] for event in events if event["type"] == "content_delta")


def kinds(events: list[dict[str, Any]]) -> set[str]:
    return {event["type"] for event in events}


async def usage(service: Service) -> dict[str, Any]:
    answer = await service.http.get("/v1/usage")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


# An answer that is not whole: what was let through stays, what was held back is never said


LONG = "We change the oil. We also look at the filter"
ENDED = [
    (
        Reply(text=f"{LONG} and", finish_reason="length"),
        f"{LONG} … I had better stop there. Shall I go on?",
    ),
    (
        Reply(text="We do that.", finish_reason="length"),
        "We do that. I had better stop there. Shall I go on?",
    ),
    (
        Reply(text="We do.", tool_calls=(SLOTS,), fault=Fault("truncated_arguments")),
        "We do. I had better stop there. Shall I go on?",
    ),
    (
        Reply(text="Sure. You're booked for tomorrow at", finish_reason="length"),
        "Sure. I had better stop there. Shall I go on?",
    ),
    (
        Reply(text="To do that", finish_reason="content_filter"),
        "To do … I'm sorry, I can't say more about that. What can I do for your car?",
    ),
    (
        Reply(text="To do that", refusal="I can't help with that."),
        "To do … I'm sorry, I can't say more about that. What can I do for your car?",
    ),
]


@pytest.mark.parametrize(
    ("reply", "heard"),
    ENDED,
    ids=[
        "length in a sentence", "length after one", "length in a tool call", "length in a claim",
        "filtered", "refused",
    ],
)  # fmt: skip
async def test_an_answer_that_is_ended_early_gets_a_way_on(
    dsn: str, reply: Reply, heard: str
) -> None:
    model = saying(reply, Reply(text="Of course."))
    async with a_service(dsn, model=model) as service:
        call_id = await service.open()
        events = await service.say(call_id, "tell me about it")
        assert words(events) == heard
        assert "error" not in kinds(events)
        assert "tool_call" not in kinds(events)
        assert words(await service.say(call_id, "go on please")) == "Of course."
        remembered = model.requests[1].body["messages"]
        assert heard in [entry["content"] for entry in remembered]
        shown = await service.shown(call_id)
    assert shown["usage"]["completion_tokens"] > 0
    assert shown["cost_usd"] > 0


# Nothing was said: somebody else answers, and nobody apologises


SILENT = {
    "an empty answer": Reply(),
    "a filtered answer": Reply(finish_reason="content_filter"),
    "a refusal": Reply(refusal="I can't help with that."),
    "a cut tool call": Reply(tool_calls=(SLOTS,), fault=Fault("truncated_arguments")),
    "a tool call that stalls": Reply(tool_calls=(SLOTS,), fault=Fault("stall_inside")),
    "a line that drops in a tool call": Reply(tool_calls=(SLOTS,), fault=Fault("drop")),
    "a stalled head": Reply(fault=Fault("stall_head")),
    "a stalled stream": Reply(text="No.", fault=Fault("stall_inside", after_chunks=1)),
    "a rate limit": Reply(fault=Fault("rate_limited", retry_after_s=30)),
    "a spent quota": Reply(fault=Fault("quota")),
    "a wrong key": Reply(fault=Fault("unauthorized")),
    "an overloaded server": Reply(fault=Fault("overloaded")),
    "a broken server": Reply(fault=Fault("server_error")),
    "nonsense": Reply(text="No.", fault=Fault("malformed_chunk", after_chunks=0)),
}


@pytest.mark.parametrize("reply", SILENT.values(), ids=SILENT)
async def test_where_the_model_says_nothing_the_rulebook_answers_in_the_same_turn(
    dsn: str, reply: Reply
) -> None:
    model = OpenAIStandIn(OpenAIScript(default=reply))
    patience: dict[str, Any] = {"openai_first_token_s": 0.3, "openai_stall_s": 0.3}
    async with a_service(dsn, model=model, **patience) as service:
        call_id = await service.open()
        events = await service.say(call_id, "I need an oil change")
        assert "first and last name" in words(events)
        assert "sorry" not in words(events).lower()
        assert "error" not in kinds(events)
        assert 1 <= len(model.requests) <= 2


async def test_two_answers_that_break_off_are_not_excused_in_the_same_words(dsn: str) -> None:
    model = OpenAIStandIn(OpenAIScript(default=Reply(text="This is so", fault=Fault("drop"))))
    async with a_service(dsn, model=model) as service:
        call_id = await service.open()
        said = [words(await service.say(call_id, "I need an oil change")) for _ in range(3)]
    assert "Could you say that again?" in said[0]
    assert "call you back?" in said[1]
    assert "first and last name" in said[2]


async def test_a_vendor_out_of_reach_is_stood_in_for(dsn: str) -> None:
    key, nowhere = "sk-secret-key", "http://127.0.0.1:9/v1"
    async with a_service(dsn, openai_api_key=key, openai_base_url=nowhere) as service:
        call_id = await service.open()
        assert "first and last name" in words(await service.say(call_id, "I need an oil change"))


# Limits


async def test_a_server_that_asks_for_time_gets_it(dsn: str) -> None:
    model = saying(Reply(fault=Fault("rate_limited", retry_after_s=30)), Reply(text="Never."))
    async with a_service(dsn, model=model) as service:
        call_id = await service.open()
        for _ in range(2):
            assert words(await service.say(call_id, HOURS)) not in ("", "Never.")
    assert len(model.requests) == 1


async def test_a_limit_that_is_used_up_is_not_run_into(dsn: str) -> None:
    used_up = {
        "x-ratelimit-limit-requests": "1",
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "30s",
    }
    model = saying(Reply(text="Hello.", headers=used_up), Reply(text="Never."))
    async with a_service(dsn, model=model) as service:
        call_id = await service.open()
        assert words(await service.say(call_id, "hello")) == "Hello."
        assert "first and last name" in words(await service.say(call_id, "I need an oil change"))
    assert len(model.requests) == 1


async def test_more_calls_at_once_than_the_server_takes_are_answered_by_the_rules(dsn: str) -> None:
    model = OpenAIStandIn(OpenAIScript(default=Reply(text="A long story.", ttft_ms=60_000)))
    async with a_service(
        dsn, model=model, openai_concurrency=1, openai_first_token_s=30
    ) as service:
        first, second = [await service.open() for _ in range(2)]
        waiting = asyncio.create_task(service.say(first, "hello"))
        await service.until(lambda: len(model.requests) == 1)
        answered = words(await service.say(second, "I need an oil change"))
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    assert "first and last name" in answered
    assert len(model.requests) == 1


async def test_a_caller_who_cuts_in_gives_the_place_to_the_next(dsn: str) -> None:
    endless = Reply(text="word " * 500, gap_ms=20)
    model = saying(endless, Reply(text="Hello."))
    async with a_service(dsn, model=model, openai_concurrency=1) as service:
        first, second = [await service.open() for _ in range(2)]
        async with service.turn(first, "hello") as events:
            await anext(events)
        await model.requests[0].done.wait()
        assert words(await service.say(second, "hello")) == "Hello."


# A cheaper model


async def test_small_talk_goes_to_the_cheaper_model_and_is_counted_for_it(dsn: str) -> None:
    model = OpenAIStandIn(OpenAIScript(default=Reply(text="Certainly.")))
    async with a_service(dsn, model=model, openai_simple_model="gpt-4o-mini") as service:
        call_id = await service.open()
        for said in ("hello", "I need an oil change", "yes"):
            await service.say(call_id, said)
        models = (await usage(service))["models"]
    assert [one.body["model"] for one in model.requests] == ["gpt-4o-mini", "gpt-4o", "gpt-4o"]
    assert {name: took["replies"] for name, took in models.items()} == {
        "gpt-4o": 2,
        "gpt-4o-mini": 1,
    }


async def test_the_cheaper_model_has_the_same_models_behind_it(dsn: str) -> None:
    model = saying(Reply(fault=Fault("rate_limited")), Reply(text="Hello from the other one."))
    async with a_service(dsn, model=model, openai_simple_model="gpt-4o-mini") as service:
        call_id = await service.open()
        assert words(await service.say(call_id, "hello")) == "Hello from the other one."
    assert [one.body["model"] for one in model.requests] == ["gpt-4o-mini", "gpt-4o"]


# What it took


async def test_the_days_usage_is_that_of_its_calls_live_and_over(dsn: str) -> None:
    async with a_service(dsn, model=OpenAIStandIn(answer=answer)) as service:
        over, live = [await service.open() for _ in range(2)]
        for said in BOOKING[:3]:
            await service.say(over, said)
        await service.say(live, HOURS)
        await service.http.delete(f"/v1/calls/{over}")
        told = await usage(service)
        calls = [(await service.shown(call_id)) for call_id in (over, live)]
        log = await service.log(over)
    for key in ("prompt_tokens", "cached_tokens", "completion_tokens", "total_tokens"):
        assert told[key] == sum(call["usage"][key] for call in calls)
        assert told["models"]["gpt-4o"][key] == told[key]
    # Each is rounded to a millionth of a dollar, and so is their sum.
    assert told["cost_usd"] == pytest.approx(sum(call["cost_usd"] for call in calls), abs=2e-6)
    assert log.cost_micros == pytest.approx(calls[0]["cost_usd"] * 1_000_000)
    assert (told["day"], told["daily_tokens"], told["spent"]) == ("2026-11-23", None, False)


async def test_most_of_a_calls_prompt_tokens_come_from_the_vendors_cache(dsn: str) -> None:
    async with a_service(dsn, model=OpenAIStandIn(answer=answer)) as service:
        call_id = await service.open()
        for said in BOOKING:
            await service.say(call_id, said)
        assert (await usage(service))["cached_share"] > 0.7


async def test_nothing_taken_is_told_as_nothing(dsn: str) -> None:
    async with a_service(dsn) as service:
        told = await usage(service)
    assert (told["total_tokens"], told["cached_share"], told["models"]) == (0, None, {})


async def test_usage_is_for_those_who_may_read_calls(dsn: str) -> None:
    async with a_service(dsn, api_token="let-me-in") as service:
        assert (await service.http.get("/v1/usage")).status_code == 401
        shown = await service.http.get("/v1/usage", headers={"authorization": "Bearer let-me-in"})
        assert shown.status_code == 200


async def test_after_the_days_tokens_the_rulebook_answers_also_after_a_restart(dsn: str) -> None:
    model = OpenAIStandIn(OpenAIScript(default=Reply(text="From the vendor.")))
    for first in (True, False):
        async with a_service(dsn, model=model, openai_daily_tokens=100) as service:
            call_id = await service.open()
            said = [words(await service.say(call_id, "I need an oil change")) for _ in range(2)]
            told = await usage(service)
        assert (said[0] == "From the vendor.") is first
        assert said[1] != "From the vendor."
        assert told["spent"]
    assert len(model.requests) == 1


# Long calls


async def test_a_long_call_is_shortened_and_every_request_is_taken(dsn: str) -> None:
    model = OpenAIStandIn(answer=answer)
    async with a_service(dsn, model=model, openai_history_tokens=1000) as service:
        call_id = await service.open()
        for said in BOOKING[:4]:
            await service.say(call_id, said)
        for turn in range(12):
            await service.say(call_id, f"{HOURS}, I ask for the {turn}th time, please tell me")
    assert {one.outcome for one in model.requests} == {"answered"}
    last = model.requests[-1].body["messages"]
    assert len(last) < 30
    assert "<earlier>" in last[1]["content"]
    assert "caller: " in last[1]["content"]

"""Calls typed over HTTP: what is refused, what streams when, and what is left of a call."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import groupby
from typing import Any

import pytest

from evals.standins.openai import Fault, OpenAIScript, OpenAIStandIn, Reply, ToolCall
from evals.standins.openai_wire import finish
from tests.conftest import Databases
from tests.support.conversation import rows
from tests.support.service import AUTH_TOKEN, BOOKING, PUBLIC_URL, Clock, Service, a_service

pytestmark = pytest.mark.anyio

SHAPES = {
    "content_delta": {"type", "text"},
    "tool_call": {"type", "name", "arguments", "call_id"},
    "tool_result": {"type", "result", "call_id"},
    "error": {"type", "message"},
    "done": {"type", "finish_reason", "usage"},
}
COUNTING = " ".join(f"word{letter}" for letter in "abcdefghijklmnopqrst")


@pytest.fixture(scope="module")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """The loop the service runs on."""
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(scope="module")
async def service(databases: Databases, migrated: str) -> AsyncIterator[Service]:
    """One service for the tests that leave nothing behind that another could notice."""
    name = databases.create(migrated)
    async with a_service(databases.server.dsn(name)) as opened:
        yield opened
    databases.drop(name)


def _model(*replies: Reply, gap_ms: int = 0) -> OpenAIStandIn:
    return OpenAIStandIn(OpenAIScript(replies=replies, gap_ms=gap_ms))


def _words(events: list[dict[str, Any]]) -> str:
    return "".join(event["text"] for event in events if event["type"] == "content_delta")


# What is taken and what is refused


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("217-555-0163", "+12175550163"),
        ("(217) 555-0163", "+12175550163"),
        ("217.555.0163", "+12175550163"),
        ("1 217 555 0163", "+12175550163"),
        ("+1 (217) 555-0163", "+12175550163"),
        ("2175550163", "+12175550163"),
        ("", None),
        ("  ", None),
    ],
)
async def test_a_callers_number_is_normalised(
    service: Service, given: str, kept: str | None
) -> None:
    call_id = await service.open(caller_number=given)
    await service.http.delete(f"/v1/calls/{call_id}")
    assert (await service.log(call_id)).caller_phone == kept


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ('{"caller_number": "pizza"}', "caller_number"),
        ('{"caller_number": "12345"}', "caller_number"),
        ('{"caller_number": "+1 999 999 99999"}', "caller_number"),
        ('{"caller_number": 7}', "caller_number"),
        ('{"caller_number": "%s"}' % ("2" * 61), "caller_number"),
        ('{"caller_name": "Ada"}', "caller_name"),
        ('{"call_type": "outbound_sales"}', "call_type"),
        ('{"variant": "A B"}', "variant"),
        ('{"caller_number": ', "body"),
        ("[]", "body"),
        ("", "body"),
        ("\x00", "body"),
    ],
    ids=[
        "words for a number", "too short a number", "too long a number", "no text for a number",
        "an endless number", "an unknown field", "an unknown type", "a malformed variant",
        "half a body", "a list", "nothing", "binary",
    ],
)  # fmt: skip
async def test_a_malformed_opening_is_refused_by_its_field(
    service: Service, body: str, field: str
) -> None:
    headers = {"content-type": "application/json"}
    answer = await service.http.post("/v1/calls", content=body, headers=headers)
    assert answer.status_code == 422
    faults = answer.json()["detail"]
    assert [fault["field"] for fault in faults] == [field]
    assert all(set(fault) == {"field", "message"} and fault["message"] for fault in faults)
    assert not service.calls.live


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "   "}, "text"),
        ({"text": "x" * 2001}, "text"),
        ({}, "text"),
        ({"text": "hi", "role": "system"}, "role"),
    ],
    ids=["no words", "blanks", "too many words", "no text", "an unknown field"],
)
async def test_a_malformed_turn_is_refused_by_its_field(
    service: Service, body: dict[str, str], field: str
) -> None:
    call_id = await service.open()
    answer = await service.http.post(f"/v1/calls/{call_id}/turns", json=body)
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["detail"]] == [field]
    assert (await service.http.delete(f"/v1/calls/{call_id}")).status_code == 200


@pytest.mark.parametrize("path", ["/v1/calls", "/v1/calls/any/turns", "/twilio/voice", "/nothing"])
@pytest.mark.parametrize("announced", [True, False], ids=["announced", "in chunks"])
async def test_too_large_a_body_is_refused(service: Service, path: str, announced: bool) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(70):
            yield b"x" * 1024

    body = b"x" * 70 * 1024 if announced else chunks()
    answer = await service.http.post(path, content=body)
    # Nobody reads a body that is sent to no route.
    assert answer.status_code == (404 if path == "/nothing" and not announced else 413)


async def test_an_unknown_call_is_not_found(service: Service) -> None:
    turn = await service.http.post("/v1/calls/nobody/turns", json={"text": "hello"})
    shown = await service.http.get("/v1/calls/nobody")
    ended = await service.http.delete("/v1/calls/nobody")
    assert [a.status_code for a in (turn, shown, ended)] == [404] * 3
    assert turn.json() == {"detail": "there is no call 'nobody'"}


async def test_beyond_the_limit_lines_are_busy(dsn: str) -> None:
    async with a_service(dsn, max_calls=1) as service:
        first = await service.open()
        refused = await service.http.post("/v1/calls", json={})
        assert refused.status_code == 503
        assert "busy" in refused.json()["detail"]
        await service.http.delete(f"/v1/calls/{first}")
        await service.open()


async def test_records_out_of_reach_open_no_call(dsn: str) -> None:
    async with a_service(dsn) as service:
        await service.pool.close()
        refused = await service.http.post("/v1/calls", json={})
        assert refused.status_code == 503
        assert not service.calls.live
        health = await service.http.get("/health")
        assert (health.status_code, health.json()["status"]) == (503, "unavailable")


# One turn


async def test_a_turn_is_told_in_exactly_the_five_shapes(dsn: str) -> None:
    model = _model(
        Reply(text="Let me look.", tool_calls=(ToolCall("get_service_info", {"topic": "hours"}),)),
        Reply(text="We open at eight."),
        Reply(text=COUNTING, fault=Fault("drop", after_chunks=8)),
    )
    async with a_service(dsn, model=model) as service:
        call_id = await service.open()
        told = await service.say(call_id, "when do you open")
        failed = await service.say(call_id, "and on Sunday")
    for event in [*told, *failed]:
        assert set(event) == SHAPES[event["type"]]
    kinds = [kind for kind, _ in groupby(event["type"] for event in told)]
    assert kinds == ["content_delta", "tool_call", "tool_result", "content_delta", "done"]
    called, answered = (event for event in told if event["type"].startswith("tool_"))
    assert called["name"] == "get_service_info"
    assert json.loads(called["arguments"]) == {"topic": "hours"}
    assert called["call_id"] == answered["call_id"]
    assert json.loads(answered["result"])["success"] is True
    assert told[-1]["finish_reason"] == "stop"
    kinds = [event["type"] for event in failed]
    assert kinds[0] == "content_delta"
    assert kinds[-3:] == ["error", "content_delta", "done"]
    assert "sorry" in _words(failed)


async def test_usage_is_what_the_model_reported(dsn: str) -> None:
    look = Reply(tool_calls=(ToolCall("get_service_info", {"topic": "hours"}),))
    replies = (look, Reply(text="We open at eight."), Reply(text="You are welcome."))
    model = _model(*replies)
    async with a_service(dsn, model=model) as service:
        call_id = await service.open()
        done = [
            (await service.say(call_id, text))[-1] for text in ("when", "and what about it then")
        ]
        shown = await service.shown(call_id)
        await service.http.delete(f"/v1/calls/{call_id}")
        log = await service.log(call_id)
    asked = [captured.body for captured in model.requests]
    told = [finish(r, b, created=0).usage for r, b in zip(replies, asked, strict=True)]
    prompts = [usage["prompt_tokens"] for usage in told]
    said = [usage["completion_tokens"] for usage in told]
    assert [event["usage"] for event in done] == [
        {"prompt_tokens": prompts[0] + prompts[1], "completion_tokens": said[0] + said[1]},
        {"prompt_tokens": prompts[2], "completion_tokens": said[2]},
    ]
    assert shown["usage"]["total_tokens"] == sum(prompts) + sum(said)
    assert (log.prompt_tokens, log.completion_tokens) == (sum(prompts), sum(said))
    assert log.cost_micros > 0
    assert log.cost_micros == pytest.approx(shown["cost_usd"] * 1_000_000)


async def test_words_leave_as_the_model_makes_them(dsn: str) -> None:
    stalled = Fault("stall_inside", after_chunks=6)
    model = _model(Reply(text=COUNTING, fault=stalled), Reply(text=COUNTING, gap_ms=15))
    async with a_service(dsn, model=model) as service:
        call_id = await service.open()
        async with service.turn(call_id, "count") as events:
            # The model says no more than this, so nobody can have waited for the end.
            first = [(await anext(events))["text"] for _ in range(4)]
            assert model.requests[0].outcome == "open"
        assert "".join(first).split() == COUNTING.split()[:4]
        outcomes = []
        async with service.turn(call_id, "again") as events:
            async for event in events:
                outcomes.append((event["type"], model.requests[1].outcome))
    assert outcomes.count(("content_delta", "open")) == 19  # the last word waits for its end
    assert outcomes[-1] == ("done", "answered")


async def test_whoever_leaves_in_the_middle_closes_the_models_stream_not_the_call(
    dsn: str,
) -> None:
    model = _model(
        Reply(text=COUNTING, fault=Fault("stall_inside", after_chunks=8)), Reply(text="Here I am.")
    )
    async with a_service(dsn, model=model) as service:
        call_id = await service.open()
        async with service.turn(call_id, "count") as events:
            for _ in range(3):  # of seven: some are on their way when the client leaves
                await anext(events)
        await asyncio.wait_for(model.requests[0].done.wait(), 5)
        assert model.requests[0].outcome == "abandoned"
        assert _words(await service.say(call_id, "are you there")) == "Here I am."
        said = [entry["content"] for entry in model.requests[1].body["messages"]]
        cut = next(text for text in said if text and text.startswith("worda "))
        assert COUNTING.startswith(cut)
        assert cut != COUNTING
        shown = await service.shown(call_id)
        assert {"role": "assistant", "text": cut} in shown["transcript"]


async def test_a_reply_cut_short_has_an_estimated_usage(dsn: str) -> None:
    model = _model(Reply(text=COUNTING, fault=Fault("stall_inside", after_chunks=12)))
    async with a_service(dsn, model=model) as service:
        call_id = await service.open()
        async with service.turn(call_id, "count") as events:
            for _ in range(10):
                await anext(events)
        await asyncio.wait_for(model.requests[0].done.wait(), 20)
        await service.http.delete(f"/v1/calls/{call_id}")
        cut = (await service.shown(call_id))["transcript"][-1]["text"]
        log = await service.log(call_id)
    reported = finish(Reply(text=cut), model.requests[0].body, created=0).usage
    assert reported["completion_tokens"] / 3 < log.completion_tokens
    assert log.completion_tokens < reported["completion_tokens"] * 3
    assert reported["prompt_tokens"] / 3 < log.prompt_tokens < reported["prompt_tokens"] * 3
    assert log.cost_micros > 0


async def test_two_turns_at_once_are_served_one_after_the_other(dsn: str) -> None:
    model = _model(Reply(text="First.", gap_ms=20), Reply(text="Second."))
    async with a_service(dsn, model=model) as service:
        call_id = await service.open()
        told = await asyncio.gather(service.say(call_id, "one"), service.say(call_id, "two"))
        transcript = (await service.shown(call_id))["transcript"]
    assert sorted(_words(events) for events in told) == ["First.", "Second."]
    assert [line["role"] for line in transcript] == [
        "assistant", "caller", "assistant", "caller", "assistant",
    ]  # fmt: skip
    assert [m["role"] for m in model.requests[1].body["messages"]].count("assistant") == 2


async def test_a_turn_that_waited_until_the_call_was_over_says_so(dsn: str) -> None:
    model = _model(Reply(text="First of all.", gap_ms=20), Reply(text="Second."))
    async with a_service(dsn, model=model) as service:
        call_id = await service.open()
        async with service.turn(call_id, "one") as events:
            await anext(events)
            ending = asyncio.create_task(service.http.delete(f"/v1/calls/{call_id}"))
            lock = service.calls.live[call_id].turn
            await service.until(lambda: len(lock._waiters or ()) == 1)
            late = asyncio.create_task(service.say(call_id, "two"))
            rest = [event["type"] async for event in events]
        assert rest[-1] == "done"
        assert (await ending).status_code == 200
        assert [event["type"] for event in await late] == ["error", "done"]
    assert len(model.requests) == 1


# A whole call


async def test_a_booking_is_shown_and_written_down_once(dsn: str) -> None:
    async with a_service(dsn) as service:
        answer = await service.http.post(
            "/v1/calls", json={"caller_number": "(217) 555-0163", "variant": "b"}
        )
        call_id, greeting = answer.json()["call_id"], answer.json()["greeting"]
        assert "automated assistant" in greeting
        for text in BOOKING[:-1]:
            await service.say(call_id, text)
        shown = await service.shown(call_id)
        assert shown["status"] == "live"
        assert shown["transcript"][0] == {"role": "assistant", "text": greeting}
        assert [t["text"] for t in shown["transcript"] if t["role"] == "caller"] == list(
            BOOKING[:-1]
        )
        assert (shown["access"], shown["intent"], shown["outcome"]) == ("unknown", "booking", None)
        assert (shown["variant"], shown["model"], shown["channel"]) == ("b", "rulebook", "text")
        assert shown["usage"]["total_tokens"] > 0
        assert shown["cost_usd"] == 0
        (made,) = shown["appointments"]
        assert (made["service_type"], made["status"]) == ("oil_change", "scheduled")
        assert made["scheduled_at"] == "2026-11-24T10:00:00-06:00"
        ended = await service.http.delete(f"/v1/calls/{call_id}")
        assert ended.json() == {"call_id": call_id, "outcome": "appointment_booked"}
        again = await service.http.delete(f"/v1/calls/{call_id}")
        turn = await service.http.post(f"/v1/calls/{call_id}/turns", json={"text": "hello"})
        assert [again.status_code, turn.status_code] == [404, 404]
        assert turn.json() == {"detail": f"call {call_id!r} is over"}
        over = await service.shown(call_id)
        assert (over["status"], over["outcome"]) == ("over", "appointment_booked")
        logs = await rows(service.pool, "call_logs")
        assert [(log["call_sid"], log["outcome"]) for log in logs] == [
            (call_id, "appointment_booked")
        ]
        assert logs[0]["appointment_id"] == made["id"]
        await service.nothing_open()


async def test_a_known_caller_who_proves_who_they_are_moves_an_appointment(dsn: str) -> None:
    async with a_service(dsn) as service:
        call_id = await service.open(caller_number="217 555 0142")
        for text in ("I need to move my appointment", "Maria Lopez", "April 12, 1985"):
            await service.say(call_id, text)
        assert (await service.shown(call_id))["access"] == "verified"
        await service.say(call_id, "next Monday at two")
        await service.say(call_id, "yes please")
        assert (await service.shown(call_id))["appointments"]
        ended = await service.http.delete(f"/v1/calls/{call_id}")
    assert ended.json()["outcome"] == "appointment_rescheduled"


async def test_a_call_nobody_speaks_on_is_hung_up(dsn: str) -> None:
    clock = Clock()
    async with a_service(dsn, clock=clock) as service:
        idle = await service.open()
        clock.now += timedelta(minutes=14)
        busy = await service.open()
        slept: list[float] = []

        async def sleep(seconds: float) -> None:
            slept.append(seconds)
            if len(slept) == 3:
                await asyncio.Event().wait()
            clock.now += timedelta(seconds=seconds)

        watching = asyncio.create_task(service.calls.end_idle(longer_than_s=900, sleep=sleep))
        assert (await service.log(idle)).outcome == "abandoned"
        await service.until(lambda: len(slept) == 3)
        assert list(service.calls.live) == [busy]
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def test_calls_under_way_are_written_down_when_the_service_stops(dsn: str) -> None:
    async with a_service(dsn) as service:
        call_id = await service.open()
        await service.say(call_id, "I need an oil change")
    async with a_service(dsn) as service:
        assert (await service.log(call_id)).outcome == "abandoned"


async def test_a_telephone_call_is_seen_but_not_touched(dsn: str) -> None:
    async with a_service(dsn) as service, service.twilio.call(pace=4) as call:
        await call.until(lambda: call.call_sid in service.calls.live)
        assert (await service.shown(call.call_sid))["channel"] == "phone"
        turn = await service.http.post(f"/v1/calls/{call.call_sid}/turns", json={"text": "hi"})
        ended = await service.http.delete(f"/v1/calls/{call.call_sid}")
        assert [turn.status_code, ended.status_code] == [409, 409]
        assert call.call_sid in service.calls.live


async def test_a_broken_part_shows_nothing_of_itself(
    dsn: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_service(dsn) as service:
        call_id = await service.open(caller_number="217 555 0163")
        await service.say(call_id, "my name is Daniel Brooks")
        await service.pool.close()
        told = await service.say(call_id, "do I have an appointment")
        assert told[-1]["type"] == "done"
        shown = repr(told) + caplog.text
        assert not any(word in shown for word in ("psycopg", "Traceback", "5550163", "Brooks"))


# Who may, and what is told to anybody


@pytest.mark.parametrize(
    "headers",
    [{"host": "evil.example"}, {"x-forwarded-for": "203.0.113.9"}, {"forwarded": "for=1.2.3.4"}],
    ids=["a rebound name", "a proxy", "a standard proxy"],
)
async def test_without_a_token_only_this_machine_may_call(
    service: Service, headers: dict[str, str]
) -> None:
    answer = await service.http.post("/v1/calls", json={}, headers=headers)
    assert answer.status_code == 403
    assert "API_TOKEN" in answer.json()["detail"]
    assert (await service.http.get("/v1/calls/any", headers=headers)).status_code == 403


async def test_with_a_token_whoever_has_it_may_call(dsn: str) -> None:
    async with a_service(dsn, api_token="open-sesame") as service:
        elsewhere = {"host": "sophie.example", "x-forwarded-for": "203.0.113.9"}
        given = [{}, {"authorization": "Bearer no"}, {"authorization": "Bearer open-sesame"}]
        answers = [
            await service.http.post("/v1/calls", json={}, headers={**elsewhere, **token})
            for token in given
        ]
        health = await service.http.get("/health", headers=elsewhere)
    assert [answer.status_code for answer in answers] == [401, 401, 201]
    assert health.status_code == 200


async def test_health_names_the_parts_and_no_secret(dsn: str) -> None:
    model = _model()
    async with a_service(dsn, model=model, twilio=True, api_token="open-sesame") as service:
        health = (await service.http.get("/health")).json()
        about = (await service.http.get("/")).json()
        settings = service.app.state.settings
    assert (health["status"], health["database"], health["calls"]) == ("ok", "ok", 0)
    assert health["parts"]["model"] == "gpt-4o"
    assert "Deepgram" in health["parts"]["voice"]
    assert PUBLIC_URL in health["parts"]["phone"]
    assert about["name"] == "Sophie"
    told = repr(health) + repr(settings)
    assert not any(secret in told for secret in ("secret-key", AUTH_TOKEN, "open-sesame", dsn))

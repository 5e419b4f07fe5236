"""What leaves for a collector, read where it arrives: every turn, and nothing that was said."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from api import timeline
from api.telemetry.facts import trace_id
from evals.standins.openai import OpenAIScript, OpenAIStandIn
from evals.standins.openai_rulebook import answer as rulebook
from evals.standins.otlp import CollectorStandIn, attributes
from tests.support.service import BOOKING, PATIENCE_S, Service, a_caller, a_service
from voice.timings import HOPS

pytestmark = pytest.mark.anyio

OUR_WORDS = {
    "abandoned", "appointment_booked", "booking", "answer", "close", "unknown", "recognized",
    "inbound_general", "phone", "text", "control", "none", "adopted", "dropped", "input", "output",
    "call", "invoke_agent", "invoke_agent Sophie", "Sophie", "chat", "openai", "gpt-4o", "sophie",
    "endpointing", "thinking", "phrasing", "voicing", "sending", "playing", "speaking",
    "early_begun", "early_dropped", "interrupted",
}  # fmt: skip
"""All texts that may stand for something in a span or a metric."""

_CONVERSATION = re.compile(r"[0-9a-f]{32}")


@pytest.fixture(scope="module")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """The loop the service runs on."""
    return "asyncio", {"use_uvloop": True}


@asynccontextmanager
async def watched(dsn: str, collector: CollectorStandIn, **more: Any) -> AsyncIterator[Service]:
    async with (
        collector.running() as url,
        a_service(dsn, otel_exporter_otlp_endpoint=url, **more) as service,
    ):
        yield service


def _told(collector: CollectorStandIn) -> Iterator[tuple[str, object]]:
    """Every attribute that arrived, whatever it is of, but for the resource's."""
    for span in collector.spans:
        for one in (span.attributes, *(event.attributes for event in span.events)):
            yield from attributes(one).items()
    for metric in collector.metrics.values():
        for point in getattr(metric, metric.WhichOneof("data") or "").data_points:
            yield from attributes(point.attributes).items()


def _texts(collector: CollectorStandIn) -> set[str]:
    """Every text in what arrived that is no name of an attribute or a metric."""
    texts = {value for _, value in _told(collector) if isinstance(value, str)}
    for span in collector.spans:
        texts |= {span.name, span.status.message, *(event.name for event in span.events)}
    return texts - {""}


def _names(collector: CollectorStandIn) -> set[str]:
    """What things are called in what arrived."""
    resource = {str(one) for pair in collector.resource.items() for one in pair}
    described = {f"{name} {one.description}" for name, one in collector.metrics.items()}
    return {name for name, _ in _told(collector)} | resource | described


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"[a-z0-9']+", text.lower()) if len(word) > 2}


async def test_a_call_arrives_turn_by_turn_and_without_a_word_of_it(dsn: str) -> None:
    collector = CollectorStandIn()
    model = OpenAIStandIn(OpenAIScript(), answer=rulebook)
    more = {"otel_exporter_otlp_headers": "Authorization=Bearer%20the-key"}
    async with watched(dsn, collector, model=model, twilio=True, **more) as service:
        async with a_caller(service) as caller:
            for text in BOOKING[:-1]:
                await caller.say(text)
            caller.speak(BOOKING[-1])
            await caller.call.over()
        log = await service.log(caller.call_id)
        turns = await service.calls.desk.turns(caller.call_id)
        await service.nothing_open()

    assert collector.headers["authorization"] == "Bearer the-key"
    assert collector.resource["service.name"] == "sophie"
    assert {span.trace_id for span in collector.spans} == {
        trace_id(caller.call_id).to_bytes(16, "big")
    }
    (call,) = [span for span in collector.spans if span.name == "call"]
    told = attributes(call.attributes)
    assert told["sophie.call.outcome"] == "appointment_booked"
    assert told["gen_ai.usage.input_tokens"] == log.prompt_tokens
    drawn = [span for span in collector.spans if span.parent_span_id == call.span_id]
    assert [attributes(one.attributes)["sophie.turn.number"] for one in drawn] == [1, 2, 3, 4, 5, 6]
    assert [row["turn"] for row in turns] == [1, 2, 3, 4, 5, 6]
    assert all(row["first_frame_ms"] is not None for row in turns)
    assert "gen_ai.client.token.usage" in collector.metrics

    assert {one for one in _texts(collector) if not _CONVERSATION.fullmatch(one)} <= OUR_WORDS
    everything = b"\n".join(collector.bodies).decode("latin-1").lower()
    said = _words(" ".join(line["text"] for line in log.transcript))
    ours = _words(" ".join(OUR_WORDS | _names(collector)))
    assert said & _words(everything) <= ours
    for secret in (caller.call_id, "2175550163", "5550163", "daniel", "brooks", "civic", "oil"):
        assert secret.lower() not in everything


async def test_an_operator_can_have_the_turns_of_a_call_drawn(
    dsn: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", dsn)
    async with a_service(dsn, twilio=True) as service:
        async with a_caller(service) as caller:
            await caller.say("when do you open")
        await service.log(caller.call_id)
    drawn = [await asyncio.to_thread(timeline.main, given) for given in ([caller.call_id], ["no"])]
    told = capsys.readouterr()
    assert drawn == [0, 1]
    head, opened, _, turn, *hops = told.out.splitlines()
    assert head == f"call {caller.call_id}, trace {trace_id(caller.call_id):032x}"
    assert opened == "line opened 2026-11-23 09:00:00 CST"
    assert turn.startswith("turn 1, ")
    drawn_hops = [hop.split()[0] for hop in hops]
    assert drawn_hops == [name for name, _, _ in HOPS if name in drawn_hops]
    assert {"thinking", "voicing", "sending", "playing", "speaking"} <= set(drawn_hops)
    assert told.err.startswith("no turn of that call is written down")
    assert timeline.main([]) == 2


@pytest.mark.parametrize("collector", ["dead", "mute", "refusing", "overloaded"])
async def test_no_call_suffers_from_a_collector_that(dsn: str, collector: str) -> None:
    stand_in = CollectorStandIn(status={"refusing": 400, "overloaded": 503}.get(collector, 200))
    if collector == "mute":
        stand_in.answers.clear()
    async with stand_in.running() as url, asyncio.timeout(PATIENCE_S):
        if collector == "dead":
            with socket.socket() as nobody:
                nobody.bind(("127.0.0.1", 0))
                url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        async with a_service(dsn, otel_exporter_otlp_endpoint=url) as service:
            for _ in range(3):
                call_id = await service.open()
                await service.say(call_id, "when do you open")
                await service.http.delete(f"/v1/calls/{call_id}")
                assert (await service.log(call_id)).outcome == "information_provided"
    assert not stand_in.spans

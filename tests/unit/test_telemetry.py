"""Spans and metrics made from a call that is over."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langchain_core.messages.ai import UsageMetadata
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from api.call import Call
from api.telemetry.facts import CallFacts, facts_of, trace_id
from api.telemetry.measures import Measures
from api.telemetry.spans import CallIds, draw_call
from graph.agent import GraphAgent
from graph.context import CallContext
from graph.models.usage import Usage
from graph.state import CallState
from voice.timings import Timeline

pytestmark = pytest.mark.anyio

BEGAN = datetime(2026, 11, 23, 15, tzinfo=UTC)
HOPS = ("endpointing", "thinking", "phrasing", "voicing", "sending", "playing", "speaking")
PLAIN = Timeline(
    turn=1,
    caller_stopped=1000.0,
    early_begun=900.0,
    early_dropped=950.0,
    turn_committed=1200.0,
    first_token=1300.0,
    first_clause=1310.0,
    first_voice_byte=1400.0,
    first_frame=1400.5,
    first_mark_played=1510.0,
    last_mark_played=3000.0,
    interrupted=2950.0,
    fillers=2,
)
AHEAD = replace(
    PLAIN, turn=2, early_begun=1050.0, early_adopted=True, early_dropped=None, interrupted=None
)
FACTS = CallFacts(
    trace_id=trace_id("CA1"),
    began_at=BEGAN,
    ended_at=BEGAN + timedelta(seconds=60),
    labels={
        "sophie.call.channel": "phone",
        "sophie.call.outcome": "appointment_booked",
        "sophie.variant": "control",
    },
    timelines=(PLAIN, AHEAD),
    replies=(("gpt-4o", Usage(1000, 20)), ("gpt-4o", Usage(1100, 30))),
    put_right={"time": 1},
    stood_in={"rulebook": 1},
)


async def spans_of(facts: CallFacts) -> tuple[ReadableSpan, ...]:
    kept, ids = InMemorySpanExporter(), CallIds()
    provider = TracerProvider(id_generator=ids, shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(kept))
    await draw_call(provider.get_tracer("test"), ids, facts)
    provider.shutdown()
    return kept.get_finished_spans()


def within(parent: ReadableSpan, spans: Iterable[ReadableSpan]) -> list[ReadableSpan]:
    assert parent.context is not None
    number = parent.context.span_id
    return [span for span in spans if span.parent is not None and span.parent.span_id == number]


def milliseconds(span: ReadableSpan) -> tuple[float, float]:
    """When it began and ended, since the call began."""
    zero = int(BEGAN.timestamp()) * 10**9
    return ((span.start_time or 0) - zero) / 1e6, ((span.end_time or 0) - zero) / 1e6


async def test_a_call_holds_its_turns_and_a_turn_its_hops() -> None:
    spans = await spans_of(FACTS)
    (call,) = [span for span in spans if span.parent is None]
    assert call.context is not None
    assert call.context.trace_id == trace_id("CA1")
    assert (call.name, milliseconds(call)) == ("call", (0.0, 60_000.0))
    first, second = within(call, spans)
    assert (first.name, milliseconds(first)) == ("invoke_agent Sophie", (1000.0, 3000.0))
    for turn, timeline in ((first, PLAIN), (second, AHEAD)):
        hops = within(turn, spans)
        assert [hop.name for hop in hops] == list(HOPS)
        for hop, (_, begin, end) in zip(hops, timeline.hops, strict=True):
            assert milliseconds(hop) == pytest.approx((begin, end))
    assert [event.name for event in first.events] == ["early_begun", "early_dropped", "interrupted"]
    assert first.attributes is not None
    assert second.attributes is not None
    assert first.attributes["gen_ai.operation.name"] == "invoke_agent"
    assert [turn["sophie.turn.early"] for turn in (first.attributes, second.attributes)] == [
        "dropped",
        "adopted",
    ]
    assert call.attributes is not None
    assert call.attributes["gen_ai.usage.input_tokens"] == 2100
    assert call.attributes["sophie.call.fallbacks"] == 1
    assert len(spans) == 1 + 2 * (1 + len(HOPS))


async def test_a_call_that_failed_is_marked_as_one() -> None:
    failed = replace(FACTS, labels={**FACTS.labels, "sophie.call.outcome": "failed"})
    (call,) = [span for span in await spans_of(failed) if span.parent is None]
    assert not call.status.is_ok
    (call,) = [span for span in await spans_of(FACTS) if span.parent is None]
    assert call.status.is_ok


async def measured(*calls: CallFacts, live: int = 0) -> dict[str, list[Any]]:
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader], shutdown_on_exit=False)
    measures = Measures(provider.get_meter("test"))
    measures.live = range(live)
    for facts in calls:
        await measures.add(facts)
    data: Any = reader.get_metrics_data()
    provider.shutdown()
    (scope,) = data.resource_metrics[0].scope_metrics
    return {metric.name: list(metric.data.data_points) for metric in scope.metrics}


async def test_every_hop_and_every_intervention_is_counted() -> None:
    found = await measured(FACTS, FACTS, live=3)
    hops = {point.attributes["sophie.hop"]: point for point in found["sophie.turn.hop.duration"]}
    assert set(hops) == set(HOPS)
    assert all(point.count == 4 for point in hops.values())
    assert hops["endpointing"].sum == pytest.approx(4 * 0.2)
    (response,) = found["sophie.turn.response.duration"]
    assert (response.count, response.sum) == (4, pytest.approx(4 * 0.4005))
    sums = {
        name: sum(point.value for point in points)
        for name, points in found.items()
        if hasattr(points[0], "value")
    }
    assert sums == {
        "sophie.calls": 2,
        "sophie.calls.live": 3,
        "sophie.turn.early": 4,
        "sophie.turn.interruptions": 2,
        "sophie.turn.fillers": 8,
        "sophie.guard.interventions": 2,
        "sophie.model.fallbacks": 2,
    }
    tokens = {
        point.attributes["gen_ai.token.type"]: (point.count, point.sum)
        for point in found["gen_ai.client.token.usage"]
    }
    assert tokens == {"input": (4, 4200), "output": (4, 100)}


def a_call(*messages: AnyMessage, before: int = 0, variant: str = "control") -> Call:
    context = CallContext(call_sid="CA1", channel="phone", variant=variant)
    agent = GraphAgent(None, None, context, "Hello.")  # type: ignore[arg-type]  # is not asked
    agent.state = CallState(messages=list(messages))
    return Call(agent, BEGAN, BEGAN, resumed=False, before=before, outcome="abandoned")


def reply(model: str, **marks: Any) -> AIMessage:
    usage = UsageMetadata(input_tokens=100, output_tokens=5, total_tokens=105)
    return AIMessage(
        "Yes.",
        additional_kwargs=marks,
        response_metadata={"asked": model},
        usage_metadata=usage,
    )


def test_only_what_this_line_has_added_is_told() -> None:
    said: list[AnyMessage] = [
        reply("gpt-4o", put_right=["price"]),
        HumanMessage("hello"),
        reply("gpt-4o", put_right=["time", "time"]),
        reply("rulebook"),
    ]
    facts = facts_of(a_call(*said, before=1), asked=frozenset({"gpt-4o"}), now=BEGAN)
    assert facts.replies == (("gpt-4o", Usage(100, 5, 0, 1)),)
    assert dict(facts.put_right) == {"time": 2}
    assert dict(facts.stood_in) == {"rulebook": 1}


def test_a_variant_that_nobody_has_made_is_not_told() -> None:
    facts = facts_of(a_call(variant="maria-lopez"), asked=frozenset(), now=BEGAN)
    assert facts.labels["sophie.variant"] == "control"


def test_the_trace_of_a_call_is_the_same_for_each_of_its_lines() -> None:
    assert trace_id("CA1") == trace_id("CA1") != trace_id("CA2")
    assert 0 < trace_id("CA1") < 2**128

"""The trace of a call, made from its timelines when it is over.

    call ─┬─ invoke_agent Sophie ─┬─ endpointing      one for each turn, and in it
          │                       ├─ thinking         one for each hop (voice/timings.py)
          │                       └─ …
          └─ …

Names and attributes that begin with `gen_ai.` are OpenTelemetry's own:
https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-agent-spans/
"""

import asyncio
from datetime import datetime, timedelta

from opentelemetry.context import Context
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer, set_span_in_context

from api.telemetry.facts import CallFacts
from voice.timings import Timeline

AGENT = "Sophie"

_NS = 1_000_000
_EVENTS = ("early_begun", "early_dropped", "interrupted")


class CallIds(RandomIdGenerator):
    """Ids of spans at random, those of traces given."""

    trace: int = 1

    def generate_trace_id(self) -> int:
        """The trace that was given."""
        return self.trace


async def draw_call(tracer: Tracer, ids: CallIds, facts: CallFacts) -> None:
    """Make the spans of a call. Other calls go on in between: a turn takes a fraction of a ms."""
    ids.trace = facts.trace_id
    began = _ns(facts.began_at)
    root = tracer.start_span("call", Context(), SpanKind.SERVER, _of_call(facts), start_time=began)
    if facts.failed:
        root.set_status(Status(StatusCode.ERROR))
    for timeline in facts.timelines:
        await asyncio.sleep(0)
        _draw_turn(tracer, root, timeline, facts, began)
    root.end(max(began, _ns(facts.ended_at)))


def _draw_turn(
    tracer: Tracer, root: Span, timeline: Timeline, facts: CallFacts, began: int
) -> None:
    hops = list(timeline.hops)
    begin = min([timeline.caller_stopped or 0.0, *(start for _, start, _ in hops)])
    end = max([timeline.turn_committed or begin, *(stop for _, _, stop in hops)])
    attributes: dict[str, str | int] = {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": AGENT,
        "gen_ai.conversation.id": f"{facts.trace_id:032x}",
        "sophie.variant": facts.labels["sophie.variant"],
        "sophie.turn.number": timeline.turn,
        "sophie.turn.early": early(timeline),
        "sophie.turn.interrupted": timeline.interrupted is not None,
        "sophie.turn.fillers": timeline.fillers,
    }
    turn = tracer.start_span(
        f"invoke_agent {AGENT}",
        set_span_in_context(root, Context()),
        attributes=attributes,
        start_time=began + round(begin * _NS),
    )
    for event in _EVENTS:
        if (at_ms := timeline.at(event)) is not None:
            turn.add_event(event, timestamp=began + round(at_ms * _NS))
    for name, start, stop in hops:
        hop = tracer.start_span(
            name, set_span_in_context(turn, Context()), start_time=began + round(start * _NS)
        )
        hop.end(began + round(stop * _NS))
    turn.end(began + round(end * _NS))


def early(timeline: Timeline) -> str:
    """What became of a reply that was begun before the turn was known to have ended."""
    if timeline.early_adopted:
        return "adopted"
    return "none" if timeline.early_dropped is None else "dropped"


def _of_call(facts: CallFacts) -> dict[str, str | int]:
    return {
        **facts.labels,
        "gen_ai.conversation.id": f"{facts.trace_id:032x}",
        "gen_ai.usage.input_tokens": sum(use.prompt_tokens for _, use in facts.replies),
        "gen_ai.usage.output_tokens": sum(use.completion_tokens for _, use in facts.replies),
        "sophie.call.turns": len(facts.timelines),
        "sophie.call.put_right": sum(facts.put_right.values()),
        "sophie.call.fallbacks": sum(facts.stood_in.values()),
    }


def _ns(moment: datetime) -> int:
    since = moment - datetime.fromtimestamp(0, moment.tzinfo)
    return since // timedelta(microseconds=1) * 1000

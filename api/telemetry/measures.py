"""The measures of all calls: how long callers waited, and how often something stepped in.

`gen_ai.client.token.usage` and its buckets are OpenTelemetry's own:
https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/
"""

import asyncio
from collections.abc import Iterable, Sized

from opentelemetry.metrics import CallbackOptions, Meter, Observation

from api.telemetry.facts import CallFacts
from api.telemetry.spans import early
from voice.timings import Timeline

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2, 2, 4, 10)
_TOKENS = tuple(4**power for power in range(14))


class Measures:
    """Adds up calls that are over.

    Attributes:
        live: The calls under way, to be counted when somebody looks.
    """

    def __init__(self, meter: Meter) -> None:
        self.live: Sized = ()
        self._calls = meter.create_counter("sophie.calls", "{call}")
        meter.create_observable_up_down_counter("sophie.calls.live", [self._count], "{call}")
        self._response = meter.create_histogram(
            "sophie.turn.response.duration",
            "s",
            "From when the caller stopped to the first frame.",
            explicit_bucket_boundaries_advisory=_SECONDS,
        )
        self._hop = meter.create_histogram(
            "sophie.turn.hop.duration", "s", explicit_bucket_boundaries_advisory=_SECONDS
        )
        self._early = meter.create_counter("sophie.turn.early", "{turn}")
        self._interruptions = meter.create_counter("sophie.turn.interruptions", "{turn}")
        self._fillers = meter.create_counter("sophie.turn.fillers", "{filler}")
        self._put_right = meter.create_counter("sophie.guard.interventions", "{claim}")
        self._stood_in = meter.create_counter("sophie.model.fallbacks", "{reply}")
        self._tokens = meter.create_histogram(
            "gen_ai.client.token.usage", "{token}", explicit_bucket_boundaries_advisory=_TOKENS
        )

    async def add(self, facts: CallFacts) -> None:
        """Count a call that is over. Other calls go on in between."""
        variant = {"sophie.variant": facts.labels["sophie.variant"]}
        kinds = ("sophie.call.channel", "sophie.call.outcome", "sophie.variant")
        self._calls.add(1, {kind: facts.labels[kind] for kind in kinds})
        for timeline in facts.timelines:
            self._add_turn(timeline, variant)
            await asyncio.sleep(0)
        for claim, times in facts.put_right.items():
            self._put_right.add(times, {"sophie.guard.claim": claim, **variant})
        for model, times in facts.stood_in.items():
            self._stood_in.add(times, {"gen_ai.request.model": model})
        for model, use in facts.replies:
            told = {
                "gen_ai.operation.name": "chat",
                "gen_ai.provider.name": "openai",
                "gen_ai.request.model": model,
            }
            self._tokens.record(use.prompt_tokens, {"gen_ai.token.type": "input", **told})
            self._tokens.record(use.completion_tokens, {"gen_ai.token.type": "output", **told})

    def _add_turn(self, timeline: Timeline, variant: dict[str, str]) -> None:
        for name, begin, end in timeline.hops:
            self._hop.record((end - begin) / 1000, {"sophie.hop": name, **variant})
        stopped, frame = timeline.caller_stopped, timeline.first_frame
        if stopped is not None and frame is not None:
            self._response.record(max(0.0, frame - stopped) / 1000, variant)
        self._early.add(1, {"sophie.turn.early": early(timeline)})
        self._interruptions.add(int(timeline.interrupted is not None), variant)
        self._fillers.add(timeline.fillers, variant)

    def _count(self, _: CallbackOptions) -> Iterable[Observation]:
        yield Observation(len(self.live))

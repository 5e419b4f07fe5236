"""What was measured, as JSON and as a table. Pure."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

from evals.bench.alone import Alone
from evals.bench.figures import Spread, percentile, slope, spread, times
from evals.bench.ledger import Kind
from evals.bench.load import Level
from evals.bench.shop import ShopResults
from evals.bench.shop_report import shop_json, shop_table
from evals.bench.stages import Delays, Talks

_HOPS = (
    ("carry", "caller's last frame → recogniser's end of turn"),
    ("ask", "end of turn → model request"),
    ("tool", "tool call → next model request"),
    ("speak", "first clause's last token → voice asked"),
    ("play", "first voice byte → first frame"),
)


_PLAIN: tuple[tuple[Kind, str], ...] = (
    ("short", "turn without tools"),
    ("tool", "turn with one tool"),
)
_EARLY: tuple[tuple[Kind, str], ...] = (
    ("early", "early turn without tools"),
    ("early tool", "early, one tool"),
)


@dataclass(slots=True)
class Results:
    """One run. What was not measured is none or empty."""

    machine: dict[str, str]
    pinned: bool
    load_before: float
    service: Talks = field(default_factory=Talks)
    floor: Talks = field(default_factory=Talks)
    floor_first: Spread | None = None
    floor_last: Spread | None = None
    typed_ms: list[list[float]] = field(default_factory=list)
    alone: Alone = field(default_factory=Alone)
    service_levels: list[Level] = field(default_factory=list)
    floor_levels: list[Level] = field(default_factory=list)
    pipecat: Talks | None = None
    pipecat_levels: list[Level] = field(default_factory=list)
    shop: ShopResults | None = None
    took_s: float = 0.0

    @property
    def heard(self) -> bool:
        """Whether any call was held; if not, only the shop was measured."""
        return bool(self.service.delays)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table; numbers in the unit that the name gives."""

    name: str
    service: Spread | None
    floor: Spread | None = None
    pipecat: Spread | None = None


Measure = Callable[[Talks], list[float]]


def rows(results: Results) -> list[Row]:
    """All that is compared with the floor, and with Pipecat where it was measured."""
    found = []
    for kind, title in _PLAIN:
        found.append(_row(results, f"{title}: added, ms", _of(kind, lambda it: it.added)))
        for hop, called in _HOPS:
            if hop != "tool" or kind == "tool":
                found.append(_row(results, f"    {called}", _of(kind, partial(_hop, name=hop))))
    for kind, title in _EARLY:
        found.append(_row(results, f"{title}: added, ms", _of(kind, lambda it: it.added)))
        found.append(_row(results, "    since the early end", _of(kind, lambda it: it.since_hint)))
    found += [
        _row(results, "start → first audio, ms", lambda it: it.greeted_ms),
        _row(results, "start of turn → clear, ms", lambda it: it.clear_ms),
        _row(results, "caller's first frame → clear, ms", lambda it: it.fell_silent_ms),
        Row(
            "graph alone → first token, ms (floor: the model)",
            spread(results.alone.agent),
            spread(results.alone.model),
        ),
        Row("    graph and checkpoint add", spread(results.alone.added)),
    ]
    return found


def _row(results: Results, name: str, measure: Measure) -> Row:
    peer = spread(measure(results.pipecat)) if results.pipecat is not None else None
    return Row(name, spread(measure(results.service)), spread(measure(results.floor)), peer)


def _of(kind: Kind, measure: Callable[[Delays], list[float]]) -> Measure:
    return lambda talks: measure(talks.delays.get(kind, Delays()))


def _hop(delays: Delays, *, name: str) -> list[float]:
    return [getattr(turn, name) for turn in delays.hops]


def by_turn(calls_ms: list[list[float]]) -> dict[str, float | None]:
    """How what a turn takes grows with the conversation, in ms.

    The first turn of a call is left out of the slope: it alone looks up whose number it is.
    """
    if not calls_ms:
        return {"turn_2": None, "last_turn": None, "ms_per_turn": None}
    medians = [percentile(turn, 50) for turn in zip(*calls_ms, strict=True)]
    points = [(float(number), took) for number, took in enumerate(medians, 1)][1:]
    return {"turn_2": points[0][1], "last_turn": points[-1][1], "ms_per_turn": slope(points)}


def per_call_mb(levels: list[Level]) -> float | None:
    """How much memory each further call takes, while the limit is kept."""
    kept = [at for at in levels if at.passed]
    return slope([(float(at.calls), at.rss_mb) for at in kept if at.rss_mb is not None])


def most_calls(levels: list[Level]) -> int | None:
    """The highest level within the limit."""
    return max((at.calls for at in levels if at.passed), default=None)


def table(results: Results) -> str:
    """The run for reading."""
    cores = "one core each for service and rig" if results.pinned else "cores shared"
    lines = [
        f"{results.machine['cpu']}; Python {results.machine['python']}; {cores};"
        f" load before {results.load_before:.1f}; {results.took_s:.0f} s",
    ]
    if results.heard:
        lines += ["", *_calls(results)]
    if results.shop is not None:
        lines += ["", shop_table(results.shop)]
    return "\n".join(lines)


def _calls(results: Results) -> list[str]:
    lines = [
        f"{'':<50}{'p50':>8}{'p95':>8}{'floor':>8}{'p95':>8}{'times':>7}"
        f"{'Pipecat':>8}{'p95':>8}{'n':>6}",
        *(_line(row) for row in rows(results)),
        "",
        _grown("typed turn → model request", results.typed_ms),
        _grown("graph alone → first token, added", results.alone.grown),
        _grown("the same, thought ahead", results.alone.early),
        *_lost(results),
    ]
    loaded = (
        ("service", results.service_levels),
        ("floor", results.floor_levels),
        ("Pipecat", results.pipecat_levels),
    )
    for name, levels in loaded:
        if levels:
            lines += ["", *_levels(name, levels)]
    return [*lines, "", _noise(results)]


def _line(row: Row) -> str:
    ours, bare = row.service, row.floor
    return (
        f"{row.name:<50}{_pair(ours)}{_pair(bare)}"
        f"{_number(times(ours, bare)):>7}{_pair(row.pipecat)}{ours.count if ours else 0:>6}"
    )


def _pair(found: Spread | None) -> str:
    return f"{'-':>8}{'-':>8}" if found is None else f"{found.p50:8.1f}{found.p95:8.1f}"


def _levels(name: str, levels: list[Level]) -> list[str]:
    head = f"{name + ', added with calls':<26}{'p50':>8}{'p95':>8}{'turns':>7}{'lost':>6}"
    head += f"{'dry':>6}{'CPU s/call-min':>16}{'core busy %':>13}{'MB':>8}{'rig lag p95':>13}"
    lines = [head]
    for at in levels:
        lag = at.rig_lag_ms.p95 if at.rig_lag_ms else None
        lines.append(
            f"{at.calls:<26}{_pair(at.added)}"
            f"{at.added.count if at.added else 0:>7}{at.lost:>6}{at.gaps:>6}"
            f"{_number(at.cpu_s_per_call_minute, 2):>16}"
            f"{_percent(at.core_busy):>13}{_number(at.rss_mb):>8}{_number(lag):>13}"
        )
    best, memory = most_calls(levels), per_call_mb(levels)
    lines.append(f"most calls within the limit: {best or '-'}; MB a call: {_number(memory, 2)}")
    return lines


def _noise(results: Results) -> str:
    first, last = _pair(results.floor_first), _pair(results.floor_last)
    return f"noise: the floor alone, p50 and p95, at the begin{first}, at the end{last} ms"


def _grown(name: str, calls_ms: list[list[float]]) -> str:
    found = by_turn(calls_ms)
    return (
        f"{name}: turn 2 {_number(found['turn_2'])} ms, last turn {_number(found['last_turn'])} ms,"
        f" {_number(found['ms_per_turn'], 3)} ms a turn"
    )


def _lost(results: Results) -> list[str]:
    """Turns that got no answer: what is measured of the others is then no whole picture."""
    talks = {"service": results.service, "floor": results.floor, "Pipecat": results.pipecat}
    lost = {
        name: sum(delays.lost for delays in found.delays.values())
        for name, found in talks.items()
        if found is not None
    }
    uncleared = {name: found.not_cleared for name, found in talks.items() if found is not None}
    return [
        *[f"turns without an answer: {name} {count}" for name, count in lost.items() if count],
        *[f"interruptions not cleared: {name} {n}" for name, n in uncleared.items() if n],
    ]


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share * 100:.0f}"


def _number(value: float | None, digits: int = 1) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def as_json(results: Results) -> dict[str, Any]:
    """Everything, samples included."""
    kept = asdict(results)
    kept["rows"] = [asdict(row) for row in rows(results)]
    kept["typed"] = by_turn(results.typed_ms)
    kept["grown"] = by_turn(results.alone.grown)
    kept["grown_early"] = by_turn(results.alone.early)
    kept["most_calls"] = most_calls(results.service_levels)
    kept["mb_per_call"] = per_call_mb(results.service_levels)
    kept["shop"] = shop_json(results.shop) if results.shop else None
    return kept

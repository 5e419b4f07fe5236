"""The measures of speech, each by itself with its budget: there is no score over them all.

The budgets are those of docs/evals-voice.md, which also says how each measure is taken.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from evals.bench.figures import percentile
from evals.reliability import Share
from evals.voice.observed import Intrusion, Observed, Turn
from evals.voice.words import Errors

Source = Literal["virtual time", "whole service"]
"""Where it was measured: by a clock that jumps, or through sockets as fast as this machine is."""

OWN_MS = 60.0
FRAME_MS = 20.0
YIELD_WITHIN_MS = 2000.0
YIELD_RATE = 0.98
DEAD_AIR_MS = 4000.0
WORDS_OFF = 1
FEWEST = 10
"""A rate of fewer events says nothing and is not shown."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure of one source.

    Attributes:
        shown: The number in words.
        kept: Whether the budget is; none where there is no budget, or nothing was seen.
        events: How many events it is of.
        decides: Whether the run fails by it. Times of this machine never do.
    """

    name: str
    shown: str
    budget: str
    kept: bool | None
    events: int
    decides: bool

    @property
    def broken(self) -> bool:
        """Whether the run fails by it."""
        return self.decides and self.kept is False


@dataclass(frozen=True, slots=True)
class Effects:
    """How often a write was interrupted, and how often it was then done exactly once."""

    once: int
    tried: int
    wrong: tuple[str, ...] = ()


def measures(
    observed: Sequence[Observed], source: Source, effects: Effects | None = None
) -> list[Measure]:
    """All measures of what was seen in one place, in the order they are told."""
    timed = source == "virtual time"
    turns = [turn for one in observed for turn in one.turns]
    intrusions = [one for call in observed for one in call.intrusions]
    return [
        *_latency(turns),
        _own(turns, decides=timed),
        *_yields([one for one in intrusions if one.kind == "cuts in"], decides=timed),
        *_false_yields([one for one in intrusions if one.kind != "cuts in"]),
        _count("agent interrupts", sum(one.talked_over for one in observed), len(turns), "0"),
        _answered(turns),
        _dead_air([one.dead_air_ms for one in observed], decides=timed),
        _heard_truth(observed),
        *([] if effects is None else [_effects(effects)]),
        *_words(observed),
    ]


def _latency(turns: Sequence[Turn]) -> Iterator[Measure]:
    for kind, said in (
        ("plain", "response latency"),
        ("tool", "response latency, tool turns"),
        ("bridged", "response latency, bridged by a filler"),
    ):
        waits = [t.response_ms for t in turns if t.kind == kind and t.response_ms is not None]
        yield Measure(said, _spread(waits), "none: mostly the stand-ins' own time", None,
                      len(waits), decides=False)  # fmt: skip


def _own(turns: Sequence[Turn], *, decides: bool) -> Measure:
    own = [t.own_ms for t in turns if t.own_ms is not None and t.kind != "bridged"]
    kept = percentile(own, 95) <= OWN_MS if own else None
    budget = f"p95 ≤ {OWN_MS:.0f} ms"
    return Measure("our own part of it", _spread(own), budget, kept, len(own), decides)


def _yields(cuts: Sequence[Intrusion], *, decides: bool) -> Iterator[Measure]:
    silent = [one.silent_ms for one in cuts if one.silent_ms is not None]
    kept = max(silent) <= FRAME_MS if silent else None
    budget = f"≤ {FRAME_MS:.0f} ms, one frame"
    yield Measure("yield latency", _spread(silent), budget, kept, len(silent), decides)
    gave = sum(one.silent_ms is not None and one.silent_ms <= YIELD_WITHIN_MS and one.gave_up
               for one in cuts)  # fmt: skip
    share = Share(gave, len(cuts))
    enough = share.rate >= YIELD_RATE if cuts else None
    yield Measure("yield rate", _rate(share), f"≥ {YIELD_RATE:.0%}", enough, len(cuts), True)


def _false_yields(others: Sequence[Intrusion]) -> Iterator[Measure]:
    yield _count("false yield", sum(one.gave_up for one in others), len(others), "0")
    paused = [one.paused_ms for one in others if not one.gave_up]
    yield Measure("pause for such a sound", _spread(paused), "none", None, len(paused), False)


def _answered(turns: Sequence[Turn]) -> Measure:
    share = Share(sum(turn.answered_ms is not None for turn in turns), len(turns))
    kept = share.count == share.total if turns else None
    return Measure("response rate", _rate(share), "100 %", kept, len(turns), decides=True)


def _dead_air(gaps: Sequence[float], *, decides: bool) -> Measure:
    longest = max(gaps, default=None)
    shown = "nothing seen" if longest is None else f"{longest / 1000:.2f} s"
    kept = None if longest is None else longest <= DEAD_AIR_MS
    budget = f"≤ {DEAD_AIR_MS / 1000:.0f} s"
    return Measure("dead air, the longest", shown, budget, kept, len(gaps), decides)


def _heard_truth(observed: Sequence[Observed]) -> Measure:
    off = [abs(cut.played - cut.kept) for call in observed for cut in call.cuts]
    shown = f"at most {max(off)} word(s) off" if off else "nothing seen"
    kept = max(off) <= WORDS_OFF if off else None
    return Measure("heard truth", shown, f"≤ {WORDS_OFF} word", kept, len(off), decides=True)


def _effects(effects: Effects) -> Measure:
    shown = f"{effects.once} of {effects.tried} exactly once"
    kept = effects.once == effects.tried if effects.tried else None
    name, tried = "effects under interruption", effects.tried
    return Measure(name, shown, "exactly once", kept, tried, decides=True)


def _words(observed: Sequence[Observed]) -> Iterator[Measure]:
    errors = sum((one.errors for one in observed), Errors())
    if not errors.words:
        return
    yield _count("words lost on the way to the agent", errors.wrong, errors.words, "0")
    total, lost = errors.entities.total(), errors.lost.total()
    told = (f"{kind} {_rate(Share(errors.lost[kind], n))}" for kind, n in errors.entities.items())
    shown = "; ".join(told) or "nothing seen"
    kept = lost == 0 if total else None
    yield Measure("and names, numbers and times", shown, "0", kept, total, decides=True)


def _count(name: str, count: int, total: int, budget: str) -> Measure:
    kept = count == 0 if total else None
    return Measure(name, _rate(Share(count, total)), budget, kept, total, decides=True)


def _rate(share: Share) -> str:
    if share.total < FEWEST:
        return f"{share.count} of {share.total}, too few for a rate"
    return f"{share.rate:.1%} ({share.count} of {share.total})"


def _spread(times: Sequence[float]) -> str:
    if not times:
        return "nothing seen"
    times = [max(0.0, round(time, 1)) for time in times]
    if len(times) < FEWEST:
        return f"{percentile(times, 50):,.0f} ms in the middle of {len(times)}, too few for a p95"
    return f"p50 {percentile(times, 50):,.0f} ms, p95 {percentile(times, 95):,.0f} ms"

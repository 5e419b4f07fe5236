"""How long one caller waited, and for what: as it is kept, and as it is drawn.

A row per turn, a bar per hop. Time runs from when the caller stopped; a bar before it is work done
ahead, on the guess that the turn would end there.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from typing import Any, cast

from shop.calls.turns import TurnTimes
from voice.timings import Timeline

_COLUMNS = {
    "committed_ms": "turn_committed",
    "early_begun_ms": "early_begun",
    "early_dropped_ms": "early_dropped",
    "first_token_ms": "first_token",
    "first_clause_ms": "first_clause",
    "first_voice_ms": "first_voice_byte",
    "first_frame_ms": "first_frame",
    "first_mark_ms": "first_mark_played",
    "last_mark_ms": "last_mark_played",
    "interrupted_ms": "interrupted",
}
"""What the records call the points of a turn."""

_WIDTH = 48
_LASTS = "speaking"
"""As long as the reply itself, so it has no bar beside hops of milliseconds."""


def as_rows(line_at: datetime, timelines: Sequence[Timeline]) -> list[TurnTimes]:
    """The turns of a line as they are kept: milliseconds since the caller stopped."""
    return [_row(line_at, one) for one in timelines]


def as_timeline(row: TurnTimes) -> Timeline:
    """A turn that was kept, on a clock that begins when the caller stopped."""
    values = cast(dict[str, Any], row)
    points = {point: values[column] for column, point in _COLUMNS.items()}
    return Timeline(
        turn=row["turn"],
        caller_stopped=0.0,
        early_adopted=row["early_adopted"],
        fillers=row["fillers"],
        **points,
    )


def drawn(rows: Sequence[TurnTimes], zone: tzinfo) -> Iterator[str]:
    """The lines of the picture, in the shop's time."""
    line_at: datetime | None = None
    for row in rows:
        if row["line_at"] != line_at:
            line_at = row["line_at"]
            yield f"line opened {line_at.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"
        yield ""
        yield from _turn(row)


def _row(line_at: datetime, timeline: Timeline) -> TurnTimes:
    stopped = timeline.caller_stopped or 0.0
    points = {column: timeline.at(point) for column, point in _COLUMNS.items()}
    since = {name: None if at is None else round(at - stopped, 1) for name, at in points.items()}
    row: dict[str, Any] = {
        "line_at": line_at,
        "turn": timeline.turn,
        "stopped_ms": stopped,
        "early_adopted": timeline.early_adopted,
        "fillers": timeline.fillers,
        **since,
    }
    return cast(TurnTimes, row)


def _turn(row: TurnTimes) -> Iterator[str]:
    timeline = as_timeline(row)
    hops = list(timeline.hops)
    bars = [hop for hop in hops if hop[0] != _LASTS]
    begin = min((start for _, start, _ in bars), default=0.0)
    each = max(max((end for _, _, end in bars), default=0.0) - begin, 1.0) / _WIDTH
    yield f"turn {row['turn']}, {row['stopped_ms'] / 1000:.1f} s: {', '.join(_said(row))}"
    for name, start, end in hops:
        left = round((start - begin) / each)
        bar = "" if name == _LASTS else " " * left + "█" * max(1, round((end - start) / each))
        yield f"  {name:<12}{bar:<{_WIDTH + 1}} {end - start:>9,.1f} ms"


def _said(row: TurnTimes) -> Iterator[str]:
    frame = row["first_frame_ms"]
    yield "nothing was heard" if frame is None else f"heard after {frame:,.1f} ms"
    if row["early_begun_ms"] is not None:
        begun = f"{row['early_begun_ms']:,.1f} ms"
        yield f"made ahead from {begun}" if row["early_adopted"] else f"begun in vain at {begun}"
    if row["fillers"]:
        yield f"{row['fillers']} bridged the wait"
    if row["interrupted_ms"] is not None:
        yield f"cut short at {row['interrupted_ms']:,.1f} ms"

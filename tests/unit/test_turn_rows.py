"""The timeline of a turn as it is kept and drawn."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from api.turns import as_rows, as_timeline, drawn
from voice.timings import Timeline

LINE_AT = datetime(2026, 11, 23, 15, 0, 5, tzinfo=UTC)
CHICAGO = ZoneInfo("America/Chicago")
AHEAD = Timeline(
    turn=1,
    caller_stopped=1000.0,
    early_begun=900.0,
    early_adopted=True,
    turn_committed=1120.0,
    first_token=1000.0,
    first_clause=1020.0,
    first_voice_byte=1100.0,
    first_frame=1120.5,
    first_mark_played=1230.5,
    last_mark_played=3230.5,
)
SILENT = Timeline(turn=2, caller_stopped=5000.0, turn_committed=5100.0, fillers=1)


def test_a_turn_is_kept_in_milliseconds_since_its_caller_stopped() -> None:
    row, silent = as_rows(LINE_AT, [AHEAD, SILENT])
    assert row == {
        "line_at": LINE_AT,
        "turn": 1,
        "stopped_ms": 1000.0,
        "committed_ms": 120.0,
        "early_begun_ms": -100.0,
        "early_dropped_ms": None,
        "early_adopted": True,
        "first_token_ms": 0.0,
        "first_clause_ms": 20.0,
        "first_voice_ms": 100.0,
        "first_frame_ms": 120.5,
        "first_mark_ms": 230.5,
        "last_mark_ms": 2230.5,
        "interrupted_ms": None,
        "fillers": 0,
    }
    assert (silent["committed_ms"], silent["first_frame_ms"], silent["fillers"]) == (100.0, None, 1)


def test_what_was_kept_has_the_same_hops() -> None:
    for timeline, row in zip([AHEAD, SILENT], as_rows(LINE_AT, [AHEAD, SILENT]), strict=True):
        stopped = timeline.caller_stopped or 0.0
        kept = [
            (name, begin + stopped, end + stopped) for name, begin, end in as_timeline(row).hops
        ]
        assert kept == list(timeline.hops)


def test_each_hop_has_a_bar_and_work_done_ahead_begins_before_zero() -> None:
    lines = list(drawn(as_rows(LINE_AT, [AHEAD, SILENT]), CHICAGO))
    assert lines[0] == "line opened 2026-11-23 09:00:05 CST"
    assert lines[2] == "turn 1, 1.0 s: heard after 120.5 ms, made ahead from -100.0 ms"
    bars = {line.split()[0]: line for line in lines[3:10]}
    assert list(bars) == [
        "endpointing", "thinking", "phrasing", "voicing", "sending", "playing", "speaking",
    ]  # fmt: skip
    assert bars["thinking"].index("█") < bars["endpointing"].index("█")
    assert "█" not in bars["speaking"]
    assert bars["speaking"].endswith("2,000.0 ms")
    assert lines[11] == "turn 2, 5.0 s: nothing was heard, 1 bridged the wait"
    assert max(map(len, lines)) <= 80

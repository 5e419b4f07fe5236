"""Where speech begins and ends, from probabilities alone."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice.local.endpoint import LONGEST_MS, Edge, Endpointer, silence_for
from voice.local.vad import WINDOW_MS
from voice.ports import Expectation

QUIET, MAYBE, LOUD = 0.05, 0.42, 0.95


def edges(probabilities: Sequence[float], silence_ms: int = 500) -> list[Edge]:
    endpointer = Endpointer(silence_ms)
    return [edge for p in probabilities if (edge := endpointer.push(p)) is not None]


@pytest.mark.parametrize(
    ("windows", "expected"),
    [
        ([QUIET] * 50, []),
        ([QUIET] * 5 + [LOUD] + [QUIET] * 50, []),
        ([QUIET] * 5 + [LOUD, QUIET, LOUD] + [QUIET] * 50, []),
        ([MAYBE] * 50, []),
        ([QUIET] * 5 + [LOUD] * 2, [Edge("began", 160)]),
        (
            [QUIET] * 5 + [LOUD] * 10 + [QUIET] * 16,
            [Edge("began", 160), Edge("ended", 480)],
        ),
        ([LOUD] * 10 + [QUIET] * 15 + [LOUD] + [QUIET] * 15, [Edge("began", 0)]),
        ([LOUD] * 10 + [QUIET, MAYBE] * 40, [Edge("began", 0)]),
        (
            ([LOUD] * 3 + [QUIET] * 20) * 2,
            [Edge("began", 0), Edge("ended", 96), Edge("began", 736), Edge("ended", 832)],
        ),
    ],
    ids=[
        "silence is nothing",
        "one likely window is a click",
        "clicks that do not follow each other are not speech",
        "what is never likely does not begin speech",
        "two likely windows begin it, where the first began",
        "half a second of silence ends it, where the last likely window ended",
        "a shorter pause does not end it",
        "what is not unlikely goes on",
        "speech may begin again",
    ],
)
def test_edges(windows: list[float], expected: list[Edge]) -> None:
    assert edges(windows) == expected


@pytest.mark.parametrize(
    ("expected", "silence_ms"),
    [("open", 500), ("yes_no", 500), ("date_time", 500), ("phone", 1000), ("vin", 1000)],
    ids=["free speech", "yes or no", "a day", "dictated digits", "a dictated number"],
)
def test_dictation_may_pause_for_longer(expected: Expectation, silence_ms: int) -> None:
    assert silence_for(expected) == silence_ms


def test_speech_without_end_is_cut() -> None:
    found = edges([LOUD] * (2 * LONGEST_MS // WINDOW_MS))
    assert [edge.kind for edge in found[:3]] == ["began", "ended", "began"]
    assert found[1].at_ms == LONGEST_MS


@given(st.lists(st.floats(0, 1), max_size=400))
def test_edges_alternate_in_order_of_time(windows: list[float]) -> None:
    found = edges(windows)
    assert [edge.kind for edge in found] == ["began", "ended"] * (len(found) // 2) + ["began"] * (
        len(found) % 2
    )
    times = [edge.at_ms for edge in found]
    assert times == sorted(times)

"""The timeline of each turn, taken from whole calls in virtual time."""

import asyncio

import pytest

from tests.unit.test_voice_call import PATIENT, OnTheLine, on_the_line, virtually
from voice.events import CallerTurn, EarlyTurn, Interim, Resumed, SpeechStarted
from voice.manners import Manners
from voice.timings import HOPS, Timeline

REPLY = "We open at eight. We close at six."
ALL = ("endpointing", "thinking", "phrasing", "voicing", "sending", "playing", "speaking")


def early(line: OnTheLine, text: str) -> None:
    line.hear(SpeechStarted(0), Interim(text, 0), EarlyTurn(text, 0))


def last(line: OnTheLine) -> Timeline:
    return line.call.timelines[-1]


def hops(timeline: Timeline) -> dict[str, float]:
    return {name: end - begin for name, begin, end in timeline.hops}


def test_a_turn_has_every_point_in_order() -> None:
    async def scenario() -> None:
        async with on_the_line(REPLY) as line:
            line.agent.thinks_s = 0.3
            line.hear(SpeechStarted(0), Interim("hours", 0), CallerTurn("hours", 400))
            await asyncio.sleep(4)
            turn = last(line)
            points = [turn.at(begin) for _, begin, _ in HOPS] + [turn.last_mark_played]
            assert all(point is not None for point in points)
            assert points == sorted(points, key=lambda point: point or 0.0)
            took = hops(turn)
            assert tuple(took) == ALL
            assert took["endpointing"] == pytest.approx(600, abs=1)
            assert took["thinking"] == pytest.approx(300, abs=1)
            assert sum(took.values()) == pytest.approx(
                (turn.last_mark_played or 0) - (turn.caller_stopped or 0), abs=1
            )
            assert (turn.early_begun, turn.early_dropped, turn.interrupted) == (None, None, None)
            assert (turn.fillers, turn.early_adopted) == (0, False)

    virtually(scenario)


def test_a_reply_made_ahead_is_told_from_one_that_was_not() -> None:
    async def scenario() -> None:
        async with on_the_line(REPLY, REPLY) as line:
            line.agent.thinks_s = 0.3
            early(line, "hours")
            await asyncio.sleep(0.8)
            line.hear(CallerTurn("hours", 0))
            await asyncio.sleep(4)
            turn = last(line)
            assert turn.early_adopted
            assert turn.early_begun == pytest.approx(1000, abs=1)
            assert turn.early_dropped is None
            assert turn.turn_committed == pytest.approx(1800, abs=1)
            assert hops(turn)["thinking"] == pytest.approx(300, abs=1)
            line.said("and the address")
            await asyncio.sleep(4)
            assert not last(line).early_adopted
            assert last(line).early_begun is None

    virtually(scenario)


def test_a_reply_made_ahead_in_vain_is_noted_with_the_turn_it_was_for() -> None:
    async def scenario() -> None:
        async with on_the_line(REPLY) as line:
            early(line, "hours")
            await asyncio.sleep(0.4)
            line.hear(Resumed(0), Interim("hours on sunday", 0))
            await asyncio.sleep(0.4)
            line.hear(CallerTurn("hours on sunday", 0))
            await asyncio.sleep(4)
            assert len(line.call.timelines) == 1
            assert not last(line).early_adopted
            assert last(line).early_begun == pytest.approx(1000, abs=1)
            assert last(line).early_dropped == pytest.approx(1400, abs=1)

    virtually(scenario)


def test_a_reply_that_is_cut_short_is_interrupted_when_it_fell_silent() -> None:
    async def scenario() -> None:
        async with on_the_line(REPLY, "Sure.") as line:
            line.said("hours")
            await asyncio.sleep(0.7)
            line.hear(SpeechStarted(0))
            await asyncio.sleep(0.3)
            line.hear(Interim("wait", 0), CallerTurn("wait", 0))
            await asyncio.sleep(2)
            first, second = line.call.timelines
            assert first.interrupted == pytest.approx(1700, abs=1)
            assert second.interrupted is None

    virtually(scenario)


def test_a_cough_interrupts_nothing() -> None:
    async def scenario() -> None:
        async with on_the_line(REPLY) as line:
            line.said("hours")
            await asyncio.sleep(0.7)
            line.hear(SpeechStarted(0))
            await asyncio.sleep(6)
            assert last(line).interrupted is None

    virtually(scenario)


def test_what_bridges_a_wait_is_counted_and_what_ends_a_silence_is_no_part_of_a_turn() -> None:
    async def scenario() -> None:
        async with on_the_line(REPLY, manners=Manners(silence_s=3.0, filler_s=1.0)) as line:
            line.agent.thinks_s = 3.0
            line.said("hours")
            await asyncio.sleep(6)
            assert last(line).fillers == 1
            assert "voicing" not in hops(last(line))
            played = last(line).last_mark_played
            await asyncio.sleep(4)
            assert line.agent.asides
            assert last(line).last_mark_played == played

    virtually(scenario)


def test_a_greeting_that_is_spoken_over_belongs_to_no_turn() -> None:
    async def scenario() -> None:
        async with on_the_line(REPLY, manners=PATIENT) as line:
            assert line.call.timelines == []
            line.said("hours")
            await asyncio.sleep(4)
            assert last(line).interrupted is None

    virtually(scenario)

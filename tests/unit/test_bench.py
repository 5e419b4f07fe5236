"""The benchmark's arithmetic, and what it makes of stamps and of the kernel's files."""

from math import inf

import pytest

from evals.bench.figures import Spread, percentile, slope, spread, times
from evals.bench.host import busy_seconds, cpu_seconds, resident_mb
from evals.bench.ledger import EARLY_MS, Kind, Ledger, Request, Turn, hops, kind_of, last_word, word
from evals.bench.load import Level
from evals.bench.phone import Gaps
from evals.bench.report import Results, as_json, by_turn, most_calls, per_call_mb, table
from evals.bench.shop import ShopResults
from evals.bench.shop_arms import Arm, Multiple, Timed, Turns, in_turns, multiple
from evals.bench.shop_report import shop_table
from evals.bench.shop_rush import BARE, NAIVE, OURS, Rush
from evals.bench.shop_single import COMMIT, ROW
from evals.bench.stages import Delays
from evals.bench.vendors import answer

KINDS: list[Kind] = ["short", "story", "tool", "typed", "chat"]


@pytest.mark.parametrize(
    ("samples", "percent", "expected"),
    [
        pytest.param([7.0], 95, 7.0, id="one sample is every percentile"),
        pytest.param([3.0, 1.0, 2.0], 50, 2.0, id="the order of samples does not matter"),
        pytest.param([1.0, 2.0], 50, 1.5, id="between two samples it interpolates"),
        pytest.param([0.0, 10.0], 95, 9.5, id="also near the end"),
        pytest.param([1.0, 2.0, 3.0], 0, 1.0, id="nought is the least"),
        pytest.param([1.0, 2.0, 3.0], 100, 3.0, id="a hundred is the most"),
    ],
)
def test_percentiles(samples: list[float], percent: float, expected: float) -> None:
    assert percentile(samples, percent) == pytest.approx(expected)


def test_a_percentile_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one sample"):
        percentile([], 50)


def test_a_percentile_beyond_a_hundred_is_refused() -> None:
    with pytest.raises(ValueError, match="from 0 to 100, not 101"):
        percentile([1.0], 101)


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        pytest.param([(1, 5.0), (2, 7.0), (3, 9.0)], 2.0, id="a line has its own slope"),
        pytest.param([(1, 5.0), (2, 5.0)], 0.0, id="what does not grow has none"),
        pytest.param([(2, 1.0), (2, 9.0)], None, id="one x tells nothing"),
        pytest.param([(1, 1.0)], None, id="neither does one point"),
    ],
)
def test_slopes(points: list[tuple[float, float]], expected: float | None) -> None:
    assert slope(points) == (None if expected is None else pytest.approx(expected))


def test_multiples_of_the_floor_need_a_floor() -> None:
    assert times(Spread(6, 9, 1), Spread(2, 3, 1)) == 3
    assert times(Spread(6, 9, 1), None) is None
    assert times(None, Spread(2, 3, 1)) is None
    assert times(Spread(6, 9, 1), Spread(0, 0, 1)) is None
    assert spread([]) is None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("number", [0, 1, 15, 16, 65_535, 16**5 - 1])
def test_a_turn_is_found_by_its_word(kind: Kind, number: int) -> None:
    named = word(number, kind)
    assert last_word(f"Earlier {word(3, 'short')}. Now {named}.".encode()) == named
    assert kind_of(named) == kind
    assert named.isalpha()


def test_a_lost_turn_is_slower_than_any_other() -> None:
    assert percentile([20.0] * 20 + [inf], 95) == 20.0
    assert percentile([20.0] * 36 + [inf] * 4, 95) == inf


def test_no_two_turns_share_a_word() -> None:
    ledger = Ledger()
    turns = [ledger.open("short", 1) for _ in range(600)]
    assert all(ledger.find(turn.word.encode()) is turn for turn in turns)
    assert ledger.find(b"no word of ours") is None


def test_words_run_out_with_a_message() -> None:
    with pytest.raises(ValueError, match="not for 1048576"):
        word(16**5, "short")


def a_turn(*requests: Request) -> Turn:
    turn = Turn("zzaaaaaa", 1, requests=[*requests])
    turn.said, turn.ended, turn.flushed, turn.voiced, turn.heard = 0.995, 1.0, 2.0, 2.1, 2.15
    return turn


def test_the_vendors_time_is_no_hop() -> None:
    found = hops(a_turn(Request(1.010, 1.980)))
    assert found is not None
    shown = [found.carry, found.ask, found.tool, found.speak, found.play]
    assert shown == pytest.approx([5, 10, 0, 20, 50])
    assert found.added == pytest.approx(85)


def test_a_hint_that_came_too_soon_gains_no_more_than_was_meant() -> None:
    turn = a_turn(Request(0.850, 1.980))
    turn.said, turn.hinted = 0.798, 0.8
    found = hops(turn)
    assert found is not None
    assert found.since_hint == pytest.approx(120)
    assert found.added == pytest.approx(2 + 120 - EARLY_MS)


def test_each_tool_is_counted_between_its_requests() -> None:
    requests = Request(1.0, 1.3), Request(1.31, 1.6), Request(1.65, 2.0)
    found = hops(a_turn(*requests))
    assert found is not None
    assert found.tool == pytest.approx(60)


@pytest.mark.parametrize(
    "turn",
    [
        pytest.param(a_turn(), id="the model was never asked"),
        pytest.param(a_turn(Request(1.0)), id="the model never answered"),
        pytest.param(Turn("zzaaaaaa", 1, requests=[Request(1.0, 1.1)]), id="nothing was heard"),
    ],
)
def test_a_turn_not_seen_whole_is_not_measured(turn: Turn) -> None:
    assert hops(turn) is None


def test_the_kernels_files_are_read() -> None:
    stat = "42 (a (b) c) S 1 42 42 0 -1 0 9 9 9 9 150 50 0 0 20 0 4 0 100 1 1"
    assert cpu_seconds(stat, 100) == 2.0
    assert resident_mb("VmPeak:\t  9 kB\nVmRSS:\t  2048 kB\n") == 2.0
    assert resident_mb("Name:\tgone\n") == 0.0
    machine = "cpu 9 9 9 9 9 9 9 9\ncpu0 1 1 1 1 1 1 1 1\ncpu1 100 20 30 900 900 5 15 30 0 0\n"
    assert busy_seconds(machine, 1, 100) == 2.0
    assert busy_seconds(machine, None, 100) is None


@pytest.mark.anyio
@pytest.mark.parametrize("kind", KINDS)
async def test_the_model_ends_its_first_clause_with_the_turns_word(kind: Kind) -> None:
    named = word(5, kind)
    asked = {"role": "user", "content": f"Well {named}"}
    reply = await answer({"messages": [asked]})
    if kind == "tool":
        (call,) = reply.tool_calls
        used = {"role": "assistant", "content": None, "tool_calls": [_as_sent(call.name)]}
        told = {"role": "tool", "tool_call_id": "call-1", "content": "{}"}
        reply = await answer({"messages": [asked, used, told]})
    assert not reply.tool_calls
    assert named in reply.text
    if kind != "typed":
        assert reply.text.endswith(f"{named}.")
        assert reply.text.count(".") == 1


def _as_sent(name: str) -> dict[str, object]:
    return {"id": "call-1", "type": "function", "function": {"name": name, "arguments": "{}"}}


def a_level(
    calls: int, slowest: float | None, *, lost: int = 0, gaps: int = 0, alive: int | None = None
) -> Level:
    added = None if slowest is None else Spread(20, min(slowest, 90), 40)
    there = calls if alive is None else alive
    return Level(calls, there, added, slowest, lost, gaps, 0.5, 0.2, 100 + calls * 0.5, None)


@pytest.mark.parametrize(
    ("level", "passed"),
    [
        pytest.param(a_level(5, 100), True, id="at the limit is within it"),
        pytest.param(a_level(5, 100.1), False, id="over the limit"),
        pytest.param(a_level(5, inf, lost=3), False, id="quick, but turns were lost"),
        pytest.param(a_level(5, 20, lost=1), True, id="one turn of many was lost"),
        pytest.param(a_level(5, 20, gaps=1), False, id="quick, but a reply ran dry"),
        pytest.param(a_level(5, 20, alive=4), False, id="quick, but a call has ended"),
        pytest.param(a_level(5, None), False, id="nothing was answered"),
    ],
)
def test_levels(level: Level, passed: bool) -> None:
    assert level.passed is passed


def test_memory_is_the_growth_from_level_to_level() -> None:
    levels = [a_level(5, 20), a_level(10, 30), a_level(20, 150)]
    assert per_call_mb(levels) == pytest.approx(0.5)
    assert most_calls(levels) == 10
    assert most_calls([]) is None


def test_growth_leaves_out_the_first_turn() -> None:
    found = by_turn([[90.0, 5.0, 6.0, 7.0], [80.0, 5.0, 6.0, 7.0]])
    assert found == {"turn_2": 5.0, "last_turn": 7.0, "ms_per_turn": pytest.approx(1.0)}
    assert by_turn([])["ms_per_turn"] is None


def test_a_run_is_shown_and_kept_whatever_is_missing() -> None:
    machine = {"cpu": "a fast one", "python": "3.11"}
    results = Results(machine, pinned=False, load_before=0.5)
    assert "cores shared" in table(results)
    measured = hops(a_turn(Request(1.010, 1.980)))
    assert measured is not None
    results.service.delays["short"] = Delays([measured])
    results.service_levels = [a_level(5, 20)]
    shown = table(results)
    assert "most calls within the limit: 5" in shown
    assert "85.0" in shown
    kept = as_json(results)
    assert kept["most_calls"] == 5
    assert kept["service"]["delays"]["short"]["hops"][0]["ask"] == pytest.approx(10)


@pytest.mark.anyio
async def test_arms_take_turns_and_the_first_do_not_count() -> None:
    done: list[str] = []

    def arm(name: str) -> Arm:
        async def do(number: int) -> None:
            done.append(f"{name}{number}")

        return do

    arms = {"a": arm("a"), "b": arm("b")}
    found = await in_turns(arms, Turns(rounds=2, each=2, warm_up=1), after=arm("-"))
    assert " ".join(done) == "a0 b0 -0 a1 b1 -1 a2 b2 -2 a3 b3 -3 a4 b4 -4"
    assert {name: [len(one) for one in timed.rounds] for name, timed in found.items()} == {
        "a": [2, 2],
        "b": [2, 2],
    }


def test_a_multiple_is_the_median_of_the_rounds_with_its_range() -> None:
    ours, peer = Timed([[2.0], [9.0, 9.0], [8.0]]), Timed([[1.0], [3.0, 3.0], [2.0]])
    assert multiple(ours, peer) == Multiple(3.0, 2.0, 4.0)


@pytest.mark.parametrize(
    ("ours", "peer"),
    [
        pytest.param(Timed(), Timed(), id="nothing was measured"),
        pytest.param(Timed([[1.0]]), Timed(), id="the other was not"),
        pytest.param(Timed([[1.0]]), Timed([[0.0]]), id="the other took no time"),
    ],
)
def test_no_multiple_without_something_to_compare(ours: Timed, peer: Timed) -> None:
    assert multiple(ours, peer) is None


def a_rush(ms: float, wall_s: float, **outcomes: int) -> Rush:
    return Rush(Timed([[ms, ms * 2], [ms, ms * 3]]), [wall_s, wall_s], outcomes)


def test_a_rush_is_summed_over_its_rounds() -> None:
    rush = a_rush(5.0, 0.5, won=1, refused=3)
    assert (rush.slowest, rush.a_second, rush.won_a_second) == (15.0, 4.0, 1.0)
    assert (Rush().slowest, Rush().a_second, Rush().won_a_second) == (None, None, None)


def test_the_shop_is_shown_beside_what_it_is_compared_with() -> None:
    results = ShopResults(
        lookups={ROW: Timed([[0.2]]), "first time": Timed([[0.5]])},
        writes={COMMIT: Timed([[0.3]]), "book": Timed([[3.0]])},
        rushes={
            "one time": {
                OURS: a_rush(20.0, 0.1, won=2, refused=2),
                NAIVE: a_rush(10.0, 0.4, won=1, deadlock=3),
                BARE: a_rush(1.0, 0.1, won=4),
            }
        },
    )
    shown = shop_table(results)
    assert "10,000 customers" in shown
    assert "2.5" in next(line for line in shown.splitlines() if "first time" in line)
    assert "10" in next(line for line in shown.splitlines() if "    book" in line).split()
    assert "takes 2 (2–2) times the median of naive insert, the slowest 2" in shown
    whole = Results({"cpu": "a fast one", "python": "3.11"}, False, 0.1, shop=results)
    assert "turn without tools" not in table(whole)
    kept = as_json(whole)["shop"]
    assert kept["lookups"]["first time"]["times"]["middle"] == 2.5
    assert kept["rushes"]["one time"][NAIVE]["outcomes"] == {"won": 1, "deadlock": 3}


def test_what_was_not_measured_of_the_shop_is_left_out() -> None:
    assert "at once" not in shop_table(ShopResults())
    assert as_json(Results({"cpu": "", "python": ""}, False, 0.0))["shop"] is None


@pytest.mark.parametrize(
    ("heard_ms", "gaps"),
    [
        ([(0, 1600)], 0),
        ([(0, 800), (790, 800)], 0),
        ([(0, 800), (1000, 800)], 1),
        ([(0, 800), (2800, 800)], 1),
        ([(0, 400), (600, 600), (1500, 600)], 2),
        ([(0, 800)], 1),
    ],
    ids=[
        "whole", "in two pieces", "200 ms late", "2 s late", "late twice", "never ends",
    ],
)  # fmt: skip
def test_a_silence_within_a_reply_is_one_gap(heard_ms: list[tuple[int, int]], gaps: int) -> None:
    """Each piece: when it comes, and how long it is, in ms since the first."""
    found, pending_ms = Gaps(), 0
    found.begin(1600)
    for now_ms in range(0, 4000, 20):
        pending_ms += sum(ms for at_ms, ms in heard_ms if now_ms <= at_ms < now_ms + 20)
        found.tick(silent=not pending_ms)
        pending_ms = max(0, pending_ms - 20)
    assert found.count == gaps

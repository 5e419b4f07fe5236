"""Numbers of the evals against values that are known from elsewhere or from counting by hand."""

import math
from itertools import product

import pytest

from evals.compare import (
    Comparison,
    bootstrap,
    compare,
    holm,
    sign_flip,
    smallest_detectable,
    word,
)
from evals.contest import verdicts
from evals.reliability import pass_all, pass_any, wilson


@pytest.mark.parametrize(
    ("passed", "trials", "k", "every", "some"),
    [
        (8, 8, 4, 1.0, 1.0),
        (0, 8, 1, 0.0, 0.0),
        (6, 8, 1, 0.75, 0.75),
        (6, 8, 2, 15 / 28, 27 / 28),
        (2, 4, 2, 1 / 6, 5 / 6),
        (3, 4, 4, 0.0, 1.0),
    ],
)
def test_of_k_calls_all_or_one_go_well(
    passed: int, trials: int, k: int, every: float, some: float
) -> None:
    assert pass_all(passed, trials, k) == pytest.approx(every)
    assert pass_any(passed, trials, k) == pytest.approx(some)


@pytest.mark.parametrize("k", [0, 5])
def test_more_calls_than_were_held_say_nothing(k: int) -> None:
    with pytest.raises(ValueError, match=f"4 trials say nothing of {k} at once"):
        pass_all(4, 4, k)


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    [  # Newcombe, Statistics in Medicine 17 (1998), table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_as_published(count: int, total: int, low: float, high: float) -> None:
    assert wilson(count, total) == pytest.approx((low, high), abs=5e-5)


def test_of_nothing_anything_may_be_true() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(
    "differences", [[1, 1, 1, 1, 1, 1], [2, -1, 3, 0, 1], [0, 0], [4, -4, 1, 1, 1, 2, -1], []]
)
def test_flipping_signs_is_what_counting_every_flip_gives(differences: list[int]) -> None:
    sums = [
        abs(sum(sign * one for sign, one in zip(signs, differences, strict=True)))
        for signs in product((1, -1), repeat=len(differences))
    ]
    expected = sum(one >= abs(sum(differences)) for one in sums) / len(sums)
    assert sign_flip(differences) == pytest.approx(expected)


def test_six_scenarios_that_all_differ_one_way_are_no_chance() -> None:
    assert sign_flip([1] * 6) == pytest.approx(2 / 64)
    assert sign_flip([1] * 5) > 0.05


def test_the_interval_is_the_same_for_the_same_seed_and_holds_the_mean() -> None:
    values = [0.0, 0.25, -0.25, 0.5, 0.25, 0.0, 0.25, 0.0]
    low, high = bootstrap(values, seed=3)
    assert (low, high) == bootstrap(values, seed=3)
    assert low < sum(values) / len(values) < high
    # About twice the standard error of the mean on each side.
    assert high - low == pytest.approx(2 * 1.96 * 0.2165 / math.sqrt(8), rel=0.15)


def test_the_smallest_difference_is_that_of_the_textbook() -> None:
    # 1.95996 + 0.84162 standard errors of a difference of 160 pairs that pass with 85 %.
    assert smallest_detectable(40, 4) == pytest.approx(0.1118, abs=1e-4)
    assert smallest_detectable(80, 8) < smallest_detectable(80, 4) < smallest_detectable(40, 4)


def test_several_tests_share_the_error_by_holm() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


@pytest.mark.parametrize(
    ("scenarios", "difference", "detectable", "p", "said"),
    [
        (40, 0.2, 0.1, 0.01, "better"),
        (40, -0.2, 0.1, 0.01, "worse"),
        (40, 0.02, 0.1, 0.6, "no difference found"),
        (40, 0.02, 0.2, 0.6, "not enough data"),
        (5, 1.0, 0.1, 0.0625, "not enough data"),
    ],
)
def test_the_verdict_is_one_of_four_words(
    scenarios: int, difference: float, detectable: float, p: float, said: str
) -> None:
    assert word(Comparison(scenarios, difference, (0.0, 0.0), p, detectable), p) == said


def test_arms_that_were_not_held_on_the_same_calls_are_not_compared() -> None:
    with pytest.raises(ValueError, match="the same scenarios"):
        compare([1, 2], [1], 2)


def test_each_arm_is_told_against_the_first() -> None:
    passes = {"control": [4] * 40, "broken": [0] * 20 + [4] * 20, "same": [4] * 40}
    broken, same = verdicts(passes, 4).splitlines()
    assert broken.startswith("broken against control: worse. -50.0 points")
    assert same.startswith("same against control: no difference found. +0.0 points")

"""What counts as a verdict that changed, and what little evidence allows to be said."""

import pytest

from evals.flakes import flakiness, upper_limit


def test_verdicts_that_never_change_are_no_alarm_even_when_they_are_failures() -> None:
    found = flakiness([{"H01": True, "H02": False}] * 3)
    assert (found.reruns, found.verdicts, found.changed, found.rate) == (3, 6, {}, 0.0)


def test_a_verdict_that_differs_from_the_usual_one_is_counted_and_named() -> None:
    found = flakiness([{"H01": True, "H02": True}, {"H01": True, "H02": False}, {"H01": True}])
    assert found.changed == {"H02": 2}
    assert found.rate == pytest.approx(2 / 6)
    assert "H02: 2 changed" in str(found)


def test_nothing_to_compare_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one rerun"):
        flakiness([])


@pytest.mark.parametrize(
    ("seen", "tries", "limit"),
    [
        pytest.param(0, 100, 1 - 0.05 ** (1 / 100), id="none of a hundred: the rule of three"),
        pytest.param(1, 10, 0.3942, id="one of ten, as in the published tables"),
        pytest.param(4, 4, 1.0, id="all of them"),
    ],
)
def test_the_upper_limit_is_exact(seen: int, tries: int, limit: float) -> None:
    assert upper_limit(seen, tries) == pytest.approx(limit, abs=1e-4)

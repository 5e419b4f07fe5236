"""What callers want: rules and weights together, on sentences that neither was made from."""

import numpy as np
import pytest

from deploy.train_routes import Utterance, digest, judged, read, share_right
from nodes.learned import ROUTES, WEIGHTS, learned

KNOWN, HELD_OUT = read("train"), read("held_out")
MUST = [u for u in (*KNOWN, *HELD_OUT) if u.route in ("emergency", "human")]


def test_there_is_enough_to_judge_by() -> None:
    assert len(KNOWN) + len(HELD_OUT) > 3000
    assert len(HELD_OUT) > 100
    assert {u.route for u in HELD_OUT} == set(ROUTES)


def test_nothing_held_out_was_learned_from() -> None:
    assert not {(u.said.lower(), u.topic) for u in KNOWN} & {
        (u.said.lower(), u.topic) for u in HELD_OUT
    }


def test_the_weights_are_no_older_than_the_sentences() -> None:
    with np.load(WEIGHTS) as kept:
        assert str(kept["learned_from"]) == digest(), "run python -m deploy.train_routes"


def test_more_than_nine_in_ten_held_out_sentences_are_understood() -> None:
    assert share_right(HELD_OUT) > 0.9


def test_nearly_everything_that_was_learned_is_known() -> None:
    assert share_right(KNOWN) > 0.97


@pytest.mark.parametrize("route", ["emergency", "human"])
def test_what_must_never_be_missed_is_not(route: str) -> None:
    missed = [u.said for u in MUST if u.route == route and not _served(u)]
    assert not missed


def _served(utterance: Utterance) -> bool:
    """People in danger come first, whoever else was asked for."""
    return judged(utterance) in (utterance.route, "emergency")


def test_the_likelihoods_add_up() -> None:
    likely = learned().weigh("i need an oil change", topic="answer", asked="open", ruled="book")
    assert list(likely) == list(ROUTES)
    assert sum(likely.values()) == pytest.approx(1)
    assert max(likely, key=lambda route: likely[route]) == "book"

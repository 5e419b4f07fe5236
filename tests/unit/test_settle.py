"""What counts as agreement to a cancellation that was read back."""

from datetime import UTC, datetime

import pytest

from graph.state import Proposal
from nodes.intent import settle

RECAP = "So I'll cancel your oil change on Tuesday. Shall I?"
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("answer", "agreed"),
    [
        ("yes, cancel it", True),
        ("cancel it please", True),
        ("I just don't need it any more, so yes, cancel it", True),
        ("yes, I can't make it", True),
        ("I don't need it any more", False),
        ("I can't make it", False),
        ("no, don't cancel it", False),
        ("I can't make it, but wait, don't cancel", False),
        ("yes but move it instead", False),
    ],
)
def test_a_reason_is_no_refusal_and_no_yes(answer: str, agreed: bool) -> None:
    proposal = Proposal(
        key="cancel", tool="cancel_appointment", args={}, recap=RECAP, status="recapped"
    )
    assert (settle(proposal, answer, RECAP, now=NOW) is not None) is agreed

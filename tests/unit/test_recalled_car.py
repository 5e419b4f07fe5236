"""A car that must stand because of a recall may be driven once a dealer has mended it."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from langchain_core.messages import AIMessage, HumanMessage

from graph.state import CallState
from nodes.intent import IntentNode

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
WARNED = AIMessage("Stop driving it until a dealer has checked it. Anything else I can help with?")


async def _unsafe_after(words: str) -> bool:
    node = IntentNode(lambda: NOW, ZoneInfo("America/Chicago"))
    state = CallState(
        messages=[HumanMessage("any recalls on my Accord?"), WARNED, HumanMessage(words)],
        unsafe=True,
        unsafe_cars=["honda accord"],
    )
    return bool({**state, **await node(state)}["unsafe"])


@pytest.mark.parametrize(
    "words",
    [
        "The dealer already fixed that, book me an oil change",
        "that recall has been taken care of",
        "Oh, the recall was done in June. I need an oil change.",
        "I had that recall repaired last year",
    ],
)
async def test_what_a_dealer_has_mended_may_be_booked(words: str) -> None:
    assert not await _unsafe_after(words)


@pytest.mark.parametrize(
    "words",
    [
        "I'll get it fixed at the dealer, book me in anyway",
        "the recall hasn't been done",
        "Has the recall been done already?",
        "the dealer could not get it fixed",
        "once the dealer has it fixed I can come",
        "it's fixed",
        "the brakes don't work at all, the dealer already fixed them",
        "book me in for Tuesday at ten",
    ],
)
async def test_what_may_not_be_mended_still_must_stand(words: str) -> None:
    assert await _unsafe_after(words)

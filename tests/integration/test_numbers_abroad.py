"""A model that asks for a call to a number overseas is refused by the tool itself."""

from collections.abc import AsyncIterator

import pytest
from langchain_core.messages import HumanMessage

from graph.context import CallContext
from graph.state import CallState
from shop.db import Pool
from tests.support.front import Front, opened, shop_with
from tools.calling import OnCall
from tools.router import ToolRouter

pytestmark = pytest.mark.anyio

LONDON = "+44 20 7946 0958"
ASKING = {
    "a call back": ("request_callback", {"topic": "the bill", "summary": "Too high"}),
    "a tow truck": ("book_tow", {"location": "Main and Fifth", "problem": "It won't start"}),
}


@pytest.fixture
async def front(pool: Pool) -> AsyncIterator[Front]:
    """A shop with one bay."""
    async with opened(pool, shop_with(1)) as found:
        yield found


@pytest.mark.parametrize(
    ("tool", "wish"), [pytest.param(*asked, id=name) for name, asked in ASKING.items()]
)
async def test_nobody_overseas_is_rung(front: Front, tool: str, wish: dict[str, str]) -> None:
    said = CallState(messages=[HumanMessage(f"call me at {LONDON}")])
    context = CallContext(call_sid="CA1", caller_number="+12175550131")
    call = ToolRouter.on(OnCall("CA1", context, said, front.desk, False))
    refused = await call.execute(tool, **wish, phone_number=LONDON)
    assert refused["success"] is False
    assert "US and Canada" in refused["message"]
    assert call.call.state.get("proposal") is None
    home = await call.execute(tool, **wish)
    assert home["error"] == "awaiting_assent"

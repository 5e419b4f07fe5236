"""A caller who agrees to a booking, in a process that may die of it.

Also a program: `python -m tests.support.hands` is the warm process of `tests/support/crashing.py`
with one more deed: the turn of a call in which the caller says yes.
"""

from collections.abc import Mapping

from api.core import agent_maker
from graph.agent import GraphAgent
from graph.build import Resources
from graph.context import CallContext
from graph.models.rulebook.model import RulebookModel
from graph.speech import Words
from shop.desk import Desk
from tests.support import crashing
from tests.support.conversation import STRANGER
from tests.support.deeds import DEEDS

AGREE = "agree on the telephone"
YES = "yes please"
UNTIL_THE_YES = (
    "I need an oil change",
    "my name is Ada Byron",
    "a 2018 Honda Civic",
    "tomorrow at ten",
)


async def an_agent(desk: Desk, call_sid: str) -> GraphAgent:
    """Sophie on one call, as far as its checkpoint has come."""
    maker = await agent_maker(Resources(RulebookModel(), desk), desk.pool)
    agent = maker(CallContext(call_sid=call_sid, caller_number=STRANGER, channel="phone"))
    await agent.resume()
    return agent


async def say(agent: GraphAgent, text: str) -> str:
    """Say something; returns the whole reply."""
    words = [event.text async for event in agent.turn(text) if isinstance(event, Words)]
    await agent.settled()
    return "".join(words)


async def _agree(desk: Desk, given: Mapping[str, str]) -> str:
    return await say(await an_agent(desk, given["call"]), YES)


if __name__ == "__main__":
    DEEDS[AGREE] = _agree
    crashing.main()

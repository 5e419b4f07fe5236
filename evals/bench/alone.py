"""The graph and its checkpoints in this process: what they add to a model's first token."""

import gc
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from langchain_core.messages import BaseMessage

from api.core import agent_maker, open_records, utc_now
from api.settings import Settings
from evals.bench.ledger import now
from evals.models import Says, ScriptedModel
from graph.agent import GraphAgent
from graph.build import Resources
from graph.context import CallContext
from shop.db import open_pool

_SAYS = "Certainly and I will see to it that somebody here looks at it this week as you ask me."
_ASKS = "Well, I hear a noise from the front of the car whenever it rains and I wonder about that."


@dataclass(slots=True)
class Alone:
    """Times to the first token, in ms; one of each for every turn, taken in turns.

    Attributes:
        grown: What the agent took beyond the model, for each call turn after turn.
        early: The same in calls of which every turn is thought ahead and then confirmed.
    """

    model: list[float] = field(default_factory=list)
    agent: list[float] = field(default_factory=list)
    grown: list[list[float]] = field(default_factory=list)
    early: list[list[float]] = field(default_factory=list)

    @property
    def added(self) -> list[float]:
        """What the agent took beyond the model, pair by pair."""
        return [agent - model for agent, model in zip(self.agent, self.model, strict=True)]


async def graph_alone(data_dir: Path, *, calls: int, turns: int) -> Alone:
    """Hold calls of so many turns with a model that answers at once.

    Args:
        data_dir: Where the embedded PostgreSQL is; one that runs there already is joined.
        calls: How many calls; the first is a rehearsal and does not count.
        turns: Turns of each.
    """
    # Nothing of a developer's own `.env` may reach the measurement.
    settings = Settings(data_dir=data_dir, _env_file=None)
    settings = settings.model_copy(update={"database_url": None})
    model = ScriptedModel(replies=[])
    found = Alone()
    async with open_records(settings, utc_now) as records, open_pool(records.dsn) as pool:
        maker = await agent_maker(Resources(model, records.desk), pool)
        gc.collect()
        gc.freeze()
        try:
            for number in range(calls + 1):
                for ahead in (False, True):
                    agent = maker(CallContext(call_sid=f"bench-{now():.6f}", caller_number=""))
                    await agent.resume()
                    await _call(agent, model, turns, found if number else Alone(), ahead=ahead)
                    await agent.aclose()
        finally:
            gc.unfreeze()
    return found


async def _call(
    agent: GraphAgent, model: ScriptedModel, turns: int, found: Alone, *, ahead: bool
) -> None:
    added = []
    for _ in range(turns):
        model.replies[:] = [Says(text=_SAYS), Says(text=_SAYS)]
        model.requests.clear()
        took = await (_confirmed(agent) if ahead else _first_word(agent.respond(_ASKS)))
        await agent.settled()
        bare = await _first_chunk(model, model.requests[-1])
        added.append(took - bare)
        if not ahead:
            found.agent.append(took)
            found.model.append(bare)
    (found.early if ahead else found.grown).append(added)


async def _confirmed(agent: GraphAgent) -> float:
    took = await _first_word(agent.ahead(_ASKS))
    if not await agent.confirm():
        raise RuntimeError("a turn thought ahead does not hold, though nothing came between")
    return took


async def _first_word(speech: AsyncGenerator[str, None]) -> float:
    began = now()
    async with aclosing(speech) as words:
        await anext(words)
        took = (now() - began) * 1000
        async for _ in words:
            pass
    return took


async def _first_chunk(model: ScriptedModel, request: list[BaseMessage]) -> float:
    began, took = now(), 0.0
    with suppress(StopAsyncIteration):
        chunks = model.astream(request)
        await anext(chunks)
        took = (now() - began) * 1000
        async for _ in chunks:
            pass
    return took

"""A whole conversation on real records: the graph, the tools, PostgreSQL, and a model of choice."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
from langchain_core.language_models import BaseChatModel
from psycopg import sql

from api.core import AgentMaker, agent_maker
from graph.agent import GraphAgent
from graph.build import Resources
from graph.context import CallContext
from graph.models.rulebook.model import RulebookModel
from graph.speech import AgentEvent, ToolEnded, ToolStarted, Words
from shop.cars.nhtsa import Vpic
from shop.clock import Clock
from shop.db import Pool
from shop.desk import Desk
from shop.profile.shop import load_shop
from shop.seed.demo import load_demo

MONDAY_MORNING = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
"""Nine o'clock in Springfield, and the shop is open."""

MARIA = "+12175550142"
STRANGER = "+12175550163"


@dataclass
class Conversation:
    """One call, as a caller who types would have it."""

    agent: GraphAgent
    pool: Pool
    events: list[AgentEvent] = field(default_factory=list)

    async def say(self, text: str) -> str:
        """Say something; returns the whole reply."""
        self.events = [event async for event in self.agent.turn(text)]
        await self.agent.settled()
        return "".join(event.text for event in self.events if isinstance(event, Words))

    async def say_all(self, *texts: str) -> list[str]:
        """Say one thing after another; returns the replies."""
        return [await self.say(text) for text in texts]

    @property
    def tools(self) -> list[str]:
        """The tools of the last turn."""
        return [event.name for event in self.events if isinstance(event, ToolStarted)]

    @property
    def results(self) -> list[str]:
        """The envelopes of the last turn."""
        return [event.result for event in self.events if isinstance(event, ToolEnded)]

    async def rows(self, table: str) -> list[dict[str, Any]]:
        """A table as it stands, in the order of its making."""
        return await rows(self.pool, table)


async def rows(pool: Pool, table: str) -> list[dict[str, Any]]:
    """A table as it stands."""
    query = sql.SQL("SELECT to_jsonb(t) FROM {} t ORDER BY created_at").format(
        sql.Identifier(table)
    )
    async with pool.connection() as connection:
        found = await (await connection.execute(query)).fetchall()
    return [row[0] for row in found]


@asynccontextmanager
async def a_desk(pool: Pool, clock: Clock) -> AsyncIterator[Desk]:
    """The shop with its demo customers."""
    shop = load_shop()
    await load_demo(pool, shop, clock)
    async with httpx.AsyncClient() as http:
        yield Desk(pool, shop, clock, Vpic("http://127.0.0.1:9", http))


async def answering(
    desk: Desk,
    pool: Pool,
    model: BaseChatModel | None = None,
    *,
    can_transfer: bool = False,
    first_token_s: float = 8.0,
) -> AgentMaker:
    """Sophie, ready for calls."""
    resources = Resources(
        model or RulebookModel(), desk, can_transfer=can_transfer, first_token_s=first_token_s
    )
    return await agent_maker(resources, pool)


@asynccontextmanager
async def a_call(
    pool: Pool,
    *,
    caller: str = STRANGER,
    model: BaseChatModel | None = None,
    now: datetime = MONDAY_MORNING,
    can_transfer: bool = False,
    call_sid: str = "CA-test",
) -> AsyncIterator[Conversation]:
    """One call to the demo shop."""
    async with a_desk(pool, lambda: now) as desk:
        maker = await answering(desk, pool, model, can_transfer=can_transfer)
        context = CallContext(call_sid=call_sid, caller_number=caller, channel="phone")
        conversation = Conversation(maker(context), pool)
        yield conversation
        await conversation.agent.aclose()

"""The same conversation for LangGraph Studio and the development server.

This is the composition root for that one purpose: resources are opened from the environment on
first use and kept for the process, because the server asks for the graph on many requests. It lies
here and not beside the graph because opening things is this folder's business.
"""

import asyncio
from contextlib import AsyncExitStack

import httpx
from langgraph.graph import StateGraph

from api import parts
from api.app import utc_now
from api.settings import read_settings
from graph.build import Resources, build_graph
from graph.context import CallContext
from graph.state import CallState
from shop.db import migrate, open_pool
from shop.demo import load_demo
from shop.desk import Desk
from shop.nhtsa import Vpic

Graph = StateGraph[CallState, CallContext, CallState, CallState]

_opening = asyncio.Lock()
_graph: list[Graph] = []
_stack = AsyncExitStack()


async def receptionist() -> Graph:
    """The graph named in langgraph.json; uncompiled, so that the server brings its own saver."""
    async with _opening:
        if not _graph:
            _graph.append(await _build())
    return _graph[0]


async def _build() -> Graph:
    settings = await asyncio.to_thread(read_settings)
    shop = await asyncio.to_thread(parts.profile, settings)
    dsn, own = await _stack.enter_async_context(parts.database(settings))
    await migrate(dsn)
    pool = await _stack.enter_async_context(open_pool(dsn))
    if own:
        await load_demo(pool, shop, utc_now)
    http = await _stack.enter_async_context(httpx.AsyncClient())
    model = await _stack.enter_async_context(parts.chat_model(settings))
    desk = Desk(pool, shop, utc_now, Vpic(settings.nhtsa_base_url, http))
    return build_graph(Resources(model, desk))

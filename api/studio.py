"""The same conversation for LangGraph Studio and the development server.

Resources are opened from the environment on first use and kept for the process, because the server
asks for the graph on many requests. It lies here and not beside the graph because opening things
is this folder's business.
"""

import asyncio
from contextlib import AsyncExitStack

from langgraph.graph import StateGraph

from api import parts
from api.core import open_records, utc_now
from api.settings import read_settings
from graph.build import Resources, build_graph
from graph.context import CallContext
from graph.state import CallState
from nodes.variants import variants

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
    await asyncio.to_thread(variants)  # so that the graph finds them read
    records = await _stack.enter_async_context(open_records(settings, utc_now))
    model, *standbys = await _stack.enter_async_context(parts.chat_models(settings))
    return build_graph(Resources(model, records.desk, standbys=tuple(standbys)))

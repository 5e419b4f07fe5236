"""Traces of calls for LangSmith: which steps a turn took and how long, and nothing that was said.

Off unless asked for. What callers say cannot be told from the rest by looking at it (a name is a
word like any other), so nothing is searched for and cut out: only what is known to be ours is kept.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, get_args
from uuid import uuid4

from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.tracers.langchain import LangChainTracer
from langsmith import Client

from api.settings import Settings
from graph.agent import GraphAgent
from graph.context import CallContext, CallType, Channel
from graph.expect import Expectation
from graph.state import Access, CallState, Outcome, Topic
from nodes.variants import variants
from tools.registry import TOOL_SCHEMAS, TOOLS

MakeAgent = Callable[[CallContext], GraphAgent]

_LAST_WORDS_S = 5.0
"""How long a process that ends waits until its last traces are out."""

_COUNTS = frozenset(
    (
        "failed_factors", "input_tokens", "langgraph_step", "lc", "ls_max_tokens",
        "ls_temperature", "output_tokens", "total_tokens", "transfers",
    )
)  # fmt: skip
"""Keys whose numbers are ours; every other number might be a telephone's."""

_SETTINGS = frozenset(
    ("langgraph_node", "ls_integration", "ls_model_name", "ls_model_type", "ls_provider")
)
"""Keys whose texts come from the settings or the graph."""

_VARIANT = "variant"

_KEYS = frozenset(
    (
        *CallState.__annotations__, *AIMessage.model_fields, *ToolMessage.model_fields,
        *_COUNTS, *_SETTINGS, _VARIANT, "args", "chunk_position", "conversation_id", "error",
        "finish_reason", "generation_info", "generations", "input", "kwargs", "llm_output",
        "message", "output", "run", "text", "update",
    )
)  # fmt: skip

_PARAMETERS = frozenset(
    name
    for schema in TOOL_SCHEMAS
    for name in schema["function"]["parameters"].get("properties", {})
)
"""Keys of what a model asks a tool for. Others are its own invention, from whatever it was told."""

_WORDS = frozenset(
    (
        *TOOLS, *get_args(Outcome), *get_args(Expectation), *get_args(CallType),
        *get_args(Channel), *get_args(Topic), *get_args(Access),
        "AIMessage", "AIMessageChunk", "ChatGeneration", "ChatGenerationChunk",
        "HumanMessage", "SystemMessage", "ToolMessage", "ai", "constructor", "human", "langchain",
        "langchain_core", "messages", "schema", "stop", "success", "system", "tool",
        "tool_call", "tool_calls",
    )
)  # fmt: skip
"""Values that come from our own code, whoever calls."""

_OWN_ID = re.compile(r"trace-[0-9a-f]{32}")
_RAISED = re.compile(r"[A-Za-z_.]+(?=\()")


@asynccontextmanager
async def tracing(settings: Settings) -> AsyncIterator[Callable[[MakeAgent], MakeAgent]]:
    """What to put around a maker of agents; it changes nothing unless traces are wanted.

    On the way out the last traces are sent and the client's threads end.
    """
    if not settings.langsmith_trace_calls or settings.langsmith_api_key is None:
        yield lambda make: make
        return
    client = VeiledClient(
        api_url=settings.langsmith_endpoint,
        api_key=settings.langsmith_api_key.get_secret_value(),
        anonymizer=veiled,
        omit_traced_runtime_info=True,
    )
    try:
        yield partial(_traced, client, settings.langsmith_project)
    finally:
        await asyncio.to_thread(_close, client)


class VeiledClient(Client):
    """Sends of a run what `veiled` leaves.

    What the library does not show to an `anonymizer` is dropped: the model's settings and its
    serialised form, tags and events.
    """

    def create_run(self, *args: Any, **kwargs: Any) -> None:
        """Send the beginning of a step."""
        super().create_run(*args, **_stripped(kwargs))

    def update_run(self, *args: Any, **kwargs: Any) -> None:
        """Send the end of a step."""
        super().update_run(*args, **_stripped(kwargs))


def veiled(value: Any) -> Any:
    """JSON with the same shape and none of the caller's words, names or numbers."""
    return _veiled(value, "", _KEYS)


def _veiled(value: Any, key: str, known: frozenset[str]) -> Any:
    match value:
        case dict():
            return dict(_entries(value, known))
        case list() | tuple():
            return [_veiled(one, key, known) for one in value]
        case bool() | None:
            return value
        case int() | float():
            return value if key in _COUNTS else "[number]"
        case _:
            return _word(str(value), key)


def _word(text: str, key: str) -> str:
    if text in _WORDS or key in _SETTINGS or _OWN_ID.fullmatch(text):
        return text
    if key == _VARIANT and text in variants().arms:
        return text
    raised = _RAISED.match(text) if key == "error" else None
    return raised.group() if raised else f"[{len(text)} characters]"


def _entries(value: Mapping[Any, Any], known: frozenset[str]) -> Iterator[tuple[str, Any]]:
    for number, (name, inner) in enumerate(value.items(), start=1):
        key = str(name)
        inside = _PARAMETERS if key == "args" else known
        if key in known:
            yield key, _veiled(inner, key, inside)
        else:
            yield f"entry {number}", _veiled(inner, "", inside)


def _stripped(fields: dict[str, Any]) -> dict[str, Any]:
    kept = {**fields, "serialized": None, "tags": None, "events": None}
    extra = fields.get("extra") or {}
    kept["extra"] = {"metadata": extra.get("metadata") or {}}
    return {name: value for name, value in kept.items() if value is not None}


def _traced(client: Client, project: str, make: MakeAgent) -> MakeAgent:
    def watched(context: CallContext) -> GraphAgent:
        agent = make(context)
        # LangSmith shows the turns of one conversation together; the call's own id stays here.
        own_id = {"conversation_id": f"trace-{uuid4().hex}"}
        tracer = LangChainTracer(project_name=project, client=client, metadata=own_id)
        agent.graph = agent.graph.with_config(callbacks=[tracer])
        agent.listens = False
        return agent

    return watched


def _close(client: Client) -> None:
    client.flush(timeout=_LAST_WORDS_S)
    client.close(timeout=_LAST_WORDS_S)

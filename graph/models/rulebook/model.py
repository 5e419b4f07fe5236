"""A chat model that is a book of rules: no key, no network, no memory between two requests."""

import re
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import orjson
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, message_chunk_to_message
from langchain_core.messages.ai import UsageMetadata, add_ai_message_chunks
from langchain_core.messages.tool import ToolCallChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from graph.models.rulebook.moves import Call, Move
from graph.models.rulebook.request import read
from graph.models.rulebook.think import think

_WORDS = re.compile(r"\s*\S+\s*")
_OWN_ID = re.compile(r"rb(\d+)")
_CHARS_PER_TOKEN = 4


class RulebookModel(BaseChatModel):
    """Answers by rules from the same messages and tools that a language model gets.

    It is deterministic and is never passed off as a language model. Async only.
    """

    model_name: str = "rulebook"

    @property
    def _llm_type(self) -> str:
        return "rulebook"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model_name": self.model_name}

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Let it call these tools and no others; with `tool_choice="none"` it can only speak."""
        formatted = [convert_to_openai_tool(tool) for tool in tools]
        return self.bind(tools=formatted, tool_choice=tool_choice, **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        raise NotImplementedError("the rulebook model is async only: use ainvoke or astream")

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        first, *rest = _reply(messages, **kwargs)
        whole = message_chunk_to_message(add_ai_message_chunks(first, *rest))
        return ChatResult(generations=[ChatGeneration(message=whole)])

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        for message in _reply(messages, **kwargs):
            chunk = ChatGenerationChunk(message=message)
            if run_manager is not None:
                await run_manager.on_llm_new_token(message.text, chunk=chunk)
            yield chunk


def _reply(
    messages: list[BaseMessage],
    *,
    tools: Sequence[dict[str, Any]] = (),
    tool_choice: str | None = None,
    **_: Any,
) -> list[AIMessageChunk]:
    """The whole reply in the pieces a vendor would stream it in: words, tool call, usage."""
    bound = [] if tool_choice == "none" else [tool["function"]["name"] for tool in tools]
    move = think(read(messages, frozenset(bound)))
    chunks = [AIMessageChunk(content=word) for word in _WORDS.findall(move.text)]
    arguments = ""
    if isinstance(move, Call):
        arguments = orjson.dumps(move.args).decode()
        name, call_id = move.name, _next_id(messages)
        call = ToolCallChunk(name=name, args=arguments, id=call_id, index=0, type="tool_call_chunk")
        chunks.append(AIMessageChunk(content="", tool_call_chunks=[call]))
    return [*chunks, _last_chunk(messages, move, arguments)]


def _last_chunk(messages: list[BaseMessage], move: Move, arguments: str) -> AIMessageChunk:
    asked = sum(len(message.text) for message in messages) // _CHARS_PER_TOKEN
    said = (len(move.text) + len(arguments)) // _CHARS_PER_TOKEN
    return AIMessageChunk(
        content="",
        usage_metadata=UsageMetadata(
            input_tokens=asked, output_tokens=said, total_tokens=asked + said
        ),
        response_metadata={
            "finish_reason": "tool_calls" if isinstance(move, Call) else "stop",
            "model_name": "rulebook",
        },
        chunk_position="last",
    )


def _next_id(messages: list[BaseMessage]) -> str:
    """An id that no earlier tool call of the history has."""
    ids = [c["id"] or "" for m in messages if isinstance(m, AIMessage) for c in m.tool_calls]
    own = [int(found[1]) + 1 for id_ in ids if (found := _OWN_ID.fullmatch(id_))]
    return f"rb{max([len(ids), *own])}"

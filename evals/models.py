"""Chat models that say what they are told: for tests of everything around the model."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable, RunnableConfig
from pydantic import BaseModel, Field, PrivateAttr


class Says(BaseModel):
    """One reply of a scripted model: words, tool calls, or a failure.

    Attributes:
        text: Streamed word by word.
        calls: Tool names and arguments.
        gap_s: Waited before each word, and before the first.
        fails: Raised after the words.
    """

    model_config = {"arbitrary_types_allowed": True}

    text: str = ""
    calls: list[tuple[str, dict[str, Any]]] = Field(default_factory=list)
    gap_s: float = 0.0
    fails: Exception | None = None


class ScriptSpent(Exception):
    """The model was asked once more than the script has replies."""


class ScriptedModel(BaseChatModel):
    """Gives its replies in order and keeps the requests it was asked with."""

    replies: list[Says]
    requests: list[list[BaseMessage]] = Field(default_factory=list)
    closed_streams: int = 0
    _calls: int = PrivateAttr(default=0)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | Any],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[Any, Any]:
        """Itself: a script needs no schemas."""
        return self

    def _generate(self, *args: Any, **kwargs: Any) -> ChatResult:
        raise TypeError("scripted models stream only")

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        self.requests.append(messages)
        if not self.replies:
            raise ScriptSpent
        reply = self.replies.pop(0)
        finished = False
        try:
            for at, word in enumerate(reply.text.split(" ") if reply.text else []):
                await asyncio.sleep(reply.gap_s)
                yield _chunk(word if at == 0 else f" {word}")
            if reply.fails is not None:
                raise reply.fails
            for index, (name, args) in enumerate(reply.calls):
                self._calls += 1
                yield _call(index, name, args, f"call-{self._calls}")
            yield _last("tool_calls" if reply.calls else "stop")
            finished = True
        finally:
            self.closed_streams += not finished


def _chunk(text: str) -> ChatGenerationChunk:
    return ChatGenerationChunk(message=AIMessageChunk(content=text))


def _call(index: int, name: str, args: dict[str, Any], call_id: str) -> ChatGenerationChunk:
    part = tool_call_chunk(name=name, args=json.dumps(args), id=call_id, index=index)
    return ChatGenerationChunk(message=AIMessageChunk(content="", tool_call_chunks=[part]))


def _last(reason: str) -> ChatGenerationChunk:
    usage = {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}
    message = AIMessageChunk(
        content="",
        usage_metadata=usage,
        response_metadata={"finish_reason": reason},
        chunk_position="last",
    )
    return ChatGenerationChunk(message=message)


class FrontModel(BaseChatModel):
    """In front of another model, which is asked with its tools bound and streams."""

    inner: BaseChatModel

    def front(self, bound: Runnable[Any, Any]) -> Runnable[Any, Any]:
        """What is asked instead of the model behind it, once that knows its tools."""
        raise TypeError(f"{type(self).__name__} does not say what it does")

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | Any],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[Any, Any]:
        """The model behind it with these tools, and this one in front of it."""
        options = {"tool_choice": tool_choice} if tool_choice is not None else {}
        return self.front(self.inner.bind_tools(tools, **options, **kwargs))

    def _generate(self, *args: Any, **kwargs: Any) -> ChatResult:
        raise TypeError("it streams only")

    async def _astream(self, *args: Any, **kwargs: Any) -> AsyncIterator[ChatGenerationChunk]:
        raise TypeError("it is asked with its tools bound")
        yield


class Front(Runnable[Any, Any]):
    """What stands in front of a bound model; says only how it streams."""

    def __init__(self, inner: Runnable[Any, Any]) -> None:
        self.inner = inner

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        raise TypeError("it streams only")

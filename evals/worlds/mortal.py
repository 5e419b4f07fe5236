"""A language model whose vendor fails when it is told to."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable, RunnableConfig

from graph.models.errors import Broke, ModelError, Overloaded, Refused, Stalled, Unreachable

_FAULTS: Mapping[str, Callable[[], ModelError]] = {
    "unreachable": lambda: Unreachable("nobody is there"),
    "overloaded": lambda: Overloaded("over its rate limit", rest_s=20.0),
    "refuses": lambda: Refused(401),
    "stalls": lambda: Stalled("it does not begin"),
    "breaks_off": lambda: Broke("it stopped in the middle of a word"),
}


@dataclass(slots=True)
class Health:
    """How a vendor is doing: a way to fail, or None."""

    fault: str | None = None


class MortalModel(BaseChatModel):
    """Another model behind a vendor of its own; `health` says whether it answers.

    It is never taken for a part of this process, even if the model behind it is.
    """

    inner: BaseChatModel
    health: Health
    model_name: str = "a vendor's model"

    @property
    def _llm_type(self) -> str:
        return "mortal"

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | Any],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[Any, Any]:
        """The model behind it with these tools, as mortal as itself."""
        bound = self.inner.bind_tools(tools, tool_choice=tool_choice, **kwargs)
        return _Mortal(bound, self.health)

    def _generate(self, *args: Any, **kwargs: Any) -> ChatResult:
        raise TypeError("a mortal model streams only")

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        raise TypeError("a mortal model is asked with its tools bound")
        yield


class _Mortal(Runnable[Any, Any]):
    def __init__(self, inner: Runnable[Any, Any], health: Health) -> None:
        self._inner = inner
        self._health = health

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        raise TypeError("a mortal model streams only")

    async def astream(
        self, input: Any, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Any]:
        """Its words, up to where the vendor fails; only words are broken off, no tool call."""
        fault = self._health.fault
        if fault is not None and fault != "breaks_off":
            raise _FAULTS[fault]()
        async for chunk in self._inner.astream(input, config, **kwargs):
            yield chunk
            if fault is not None and chunk.text.strip():
                raise _FAULTS[fault]()

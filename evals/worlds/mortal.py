"""A language model whose vendor fails when it is told to."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from langchain_core.runnables import Runnable, RunnableConfig

from evals.models import Front, FrontModel
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


class MortalModel(FrontModel):
    """Another model behind a vendor of its own; `health` says whether it answers.

    It is never taken for a part of this process, even if the model behind it is.
    """

    health: Health
    model_name: str = "a vendor's model"

    @property
    def _llm_type(self) -> str:
        return "mortal"

    def front(self, bound: Runnable[Any, Any]) -> Runnable[Any, Any]:
        """As mortal as itself."""
        return _Mortal(bound, self.health)


class _Mortal(Front):
    def __init__(self, inner: Runnable[Any, Any], health: Health) -> None:
        super().__init__(inner)
        self._health = health

    async def astream(
        self, input: Any, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Any]:
        """Its words, up to where the vendor fails; only words are broken off, no tool call."""
        fault = self._health.fault
        if fault is not None and fault != "breaks_off":
            raise _FAULTS[fault]()
        async for chunk in self.inner.astream(input, config, **kwargs):
            yield chunk
            if fault is not None and chunk.text.strip():
                raise _FAULTS[fault]()

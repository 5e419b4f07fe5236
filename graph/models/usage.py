"""What models took: the vendor's own count where it came, an estimate where a stream was cut."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from langchain_core.messages import AIMessage, AnyMessage
from langchain_core.messages.ai import UsageMetadata

from graph.models.profiles import profile_of
from graph.models.tokens import ROUGH, Counter

ASKED = "asked"
"""Where a reply's metadata says which model of the chain made it."""

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one turn, one call or one day.

    Attributes:
        cached_tokens: Those of the prompt that the vendor had in its cache.
        replies: How many answers these tokens are.
    """

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    replies: int = 0

    @property
    def total_tokens(self) -> int:
        """Prompt and completion together."""
        return self.prompt_tokens + self.completion_tokens

    @property
    def cached_share(self) -> float | None:
        """Which part of the prompts the vendor had in its cache; None where nothing was asked."""
        return self.cached_tokens / self.prompt_tokens if self.prompt_tokens else None

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.cached_tokens + other.cached_tokens,
            self.replies + other.replies,
        )

    def cost_micros(self, model: str) -> int | None:
        """What this cost with a model, in millionths of a dollar; None where no price is known."""
        return profile_of(model).cost_micros(
            self.prompt_tokens, self.completion_tokens, self.cached_tokens
        )


def count(text: str) -> int:
    """About how many tokens a text is."""
    return ROUGH.text(text)


def usage_of(metadata: UsageMetadata) -> Usage:
    """One reply's usage as the library tells it; what no count can be is put right."""
    asked, said = max(0, metadata["input_tokens"]), max(0, metadata["output_tokens"])
    cached = metadata.get("input_token_details", {}).get("cache_read") or 0
    return Usage(asked, said, min(max(0, cached), asked), 1)


def estimate(
    request: Sequence[AnyMessage], text: str, counter: Counter = ROUGH, *, tools: int = 0
) -> UsageMetadata:
    """The usage of a request whose stream was closed before the vendor told it.

    `tools` is what the counter has said of the schemas that were sent along.
    """
    prompt, said = counter.request(request, tools=tools), counter.text(text)
    return UsageMetadata(input_tokens=prompt, output_tokens=said, total_tokens=prompt + said)


def by_model(messages: Iterable[AnyMessage]) -> dict[str, Usage]:
    """What the model requests behind these messages took, for each model that was asked."""
    used: dict[str, Usage] = {}
    for message in messages:
        if isinstance(message, AIMessage) and message.usage_metadata is not None:
            told = message.response_metadata
            model = str(told.get(ASKED) or told.get("model_name") or UNKNOWN)
            used[model] = used.get(model, Usage()) + usage_of(message.usage_metadata)
    return used


def total(messages: Iterable[AnyMessage]) -> Usage:
    """What all model requests behind these messages took."""
    return sum(by_model(messages).values(), Usage())


def cost(used: dict[str, Usage]) -> int | None:
    """What this cost together, in millionths of a dollar; None where a price is not known."""
    costs = [usage.cost_micros(model) for model, usage in used.items()]
    known = [each for each in costs if each is not None]
    return sum(known) if len(known) == len(costs) else None

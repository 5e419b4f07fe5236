"""Token counts: the vendor's where it sent them, an estimate where a stream was cut short."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from langchain_core.messages import AIMessage, AnyMessage
from langchain_core.messages.ai import UsageMetadata

CHARS_PER_TOKEN = 4
"""The usual rule of thumb for English; used only where no exact count exists."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one turn or one call."""

    prompt_tokens: int = 0
    completion_tokens: int = 0

    @property
    def total_tokens(self) -> int:
        """Both together."""
        return self.prompt_tokens + self.completion_tokens


def count(text: str) -> int:
    """About how many tokens a text is."""
    return -(-len(text) // CHARS_PER_TOKEN)


def estimate(request: Sequence[AnyMessage], text: str) -> UsageMetadata:
    """The usage of a request whose stream was closed before the vendor reported it."""
    prompt = sum(count(message.text) for message in request)
    said = count(text)
    return UsageMetadata(input_tokens=prompt, output_tokens=said, total_tokens=prompt + said)


def total(messages: Iterable[AnyMessage]) -> Usage:
    """What all model requests behind these messages cost."""
    prompt = said = 0
    for message in messages:
        if isinstance(message, AIMessage) and message.usage_metadata is not None:
            prompt += message.usage_metadata["input_tokens"]
            said += message.usage_metadata["output_tokens"]
    return Usage(prompt, said)

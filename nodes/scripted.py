"""Words that code says, where a model's wording is not wanted."""

from uuid import uuid4

from langchain_core.messages import AIMessage

from graph.speech import mouth


def say(text: str) -> AIMessage:
    """Speak a sentence now; returns the message to remember."""
    mouth().say(text)
    return AIMessage(text, id=f"said-{uuid4().hex}")

"""The vendor's prompt cache: which beginning of a request it has seen before.

Rules: https://platform.openai.com/docs/guides/prompt-caching (from 1024 tokens on, in steps of 128;
tools stand before the messages).
"""

import json
from dataclasses import dataclass, field
from typing import Any

_LEAST = 1024
_STEP = 128
_CHARS_PER_TOKEN = 4


@dataclass(slots=True)
class PromptCache:
    """Beginnings of earlier requests, message by message. Nothing is ever forgotten."""

    _known: set[int] = field(default_factory=set)

    def hit(self, request: dict[str, Any]) -> int:
        """How many prompt tokens of a request are known; from now on all of them are."""
        parts = [request["model"], request.get("tools") or [], *request["messages"]]
        letters = known = mark = 0
        for part in parts:
            text = json.dumps(part)
            letters += len(text)
            mark = hash((mark, text))
            if mark in self._known:
                known = letters
            self._known.add(mark)
        tokens = known // _CHARS_PER_TOKEN
        return tokens - tokens % _STEP if tokens >= _LEAST else 0

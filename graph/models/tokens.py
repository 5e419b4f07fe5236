"""How many tokens a request is: exact where the tokenizer's file is on this machine, else about.

`tiktoken` fetches its file from the network the first time, which must never happen while somebody
is on the line: the file is only used if it lies in the library's cache already (`make tokens`).
"""

import hashlib
import logging
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import orjson
import tiktoken
from langchain_core.messages import AIMessage, AnyMessage

logger = logging.getLogger(__name__)

CHARS_PER_TOKEN = 4
"""The usual rule of thumb for English."""

FILES = {
    "o200k_base": (
        "https://openaipublic.blob.core.windows.net/encodings/o200k_base.tiktoken",
        "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    ),
}
"""Where `tiktoken` has its files from, which names them in its cache, and their SHA-256."""

# https://cookbook.openai.com/examples/how_to_count_tokens_with_tiktoken, sections 6 and 7.
_PER_MESSAGE = 3
_PER_REPLY = 3
_PER_TOOL = 7
_PER_PROPERTIES = 3
_PER_PROPERTY = 3
_PER_ENUM = -3
_PER_CHOICE = 3
_AFTER_TOOLS = 12
_PER_CALL = 3
"""Not published; of the order of a message's."""


@dataclass(frozen=True, slots=True)
class Counter:
    """Counts for one family of models.

    Attributes:
        encoding: Its tokenizer; None where the file is not here.
    """

    encoding: tiktoken.Encoding | None = None

    @property
    def exact(self) -> bool:
        """Whether texts are counted as the vendor counts them."""
        return self.encoding is not None

    def text(self, text: str) -> int:
        """Tokens of a text."""
        return _of(self.encoding, text)

    def message(self, message: AnyMessage) -> int:
        """Tokens of one message of a request, with what the format adds."""
        tokens = _PER_MESSAGE + self.text(str(message.text))
        if isinstance(message, AIMessage):
            for call in message.tool_calls:
                arguments = orjson.dumps(call["args"], default=str).decode("utf-8", "replace")
                tokens += _PER_CALL + self.text(call["name"]) + self.text(arguments)
        return tokens

    def request(self, messages: Iterable[AnyMessage], *, tools: int = 0) -> int:
        """Tokens of a whole request; `tools` is what `self.tools` has said of its schemas."""
        return _PER_REPLY + tools + sum(self.message(message) for message in messages)

    def tools(self, schemas: Sequence[Mapping[str, Any]]) -> int:
        """Tokens of the tools a request names."""
        if not schemas:
            return 0
        return _AFTER_TOOLS + sum(self._tool(schema["function"]) for schema in schemas)

    def _tool(self, function: Mapping[str, Any]) -> int:
        tokens = _PER_TOOL + self.text(f"{function['name']}:{function.get('description', '')}")
        properties = function.get("parameters", {}).get("properties", {})
        if properties:
            tokens += _PER_PROPERTIES
        for name, field in properties.items():
            described = f"{name}:{field.get('type', '')}:{field.get('description', '')}"
            tokens += _PER_PROPERTY + self.text(described)
            if choices := field.get("enum"):
                tokens += _PER_ENUM + sum(_PER_CHOICE + self.text(str(one)) for one in choices)
        return tokens


ROUGH = Counter()
"""Counts by the rule of thumb."""


@lru_cache(maxsize=20_000)
def _of(encoding: tiktoken.Encoding | None, text: str) -> int:
    if encoding is None:
        return -(-len(text) // CHARS_PER_TOKEN)
    # What callers say is text, whatever special token it may spell.
    return len(encoding.encode_ordinary(text.encode("utf-8", "replace").decode()))


@cache
def counter(encoding: str) -> Counter:
    """The counter of a tokenizer, by its name. Reads a file of megabytes once: not on a call."""
    if not is_here(encoding):
        logger.info("tokens are estimated: %s is not in tiktoken's cache", encoding)
        return ROUGH
    return Counter(tiktoken.get_encoding(encoding))


def is_here(encoding: str) -> bool:
    """Whether the tokenizer's file is in the library's cache, and whole."""
    if encoding not in FILES:
        return False
    try:
        return is_whole(encoding, file_of(encoding).read_bytes())
    except OSError:
        return False


def file_of(encoding: str) -> Path:
    """Where the library looks for a tokenizer's file."""
    address = FILES[encoding][0].encode()
    return cache_folder() / hashlib.sha1(address, usedforsecurity=False).hexdigest()


def is_whole(encoding: str, content: bytes) -> bool:
    """Whether this is the tokenizer's file as it was published."""
    return hashlib.sha256(content).hexdigest() == FILES[encoding][1]


def cache_folder() -> Path:
    """Where `tiktoken` keeps its files, by its own rules."""
    named = os.environ.get("TIKTOKEN_CACHE_DIR", os.environ.get("DATA_GYM_CACHE_DIR"))
    return Path(named) if named is not None else Path(tempfile.gettempdir()) / "data-gym-cache"

"""Replies of the stand-in model, and the shapes they travel in.

Shapes: https://platform.openai.com/docs/api-reference/chat/object and …/chat/streaming.
"""

import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict

from evals.standins.script import STRICT

Json = dict[str, Any]
FinishReason = Literal["stop", "length", "tool_calls", "content_filter"]
FaultKind = Literal[
    "unauthorized", "forbidden", "rate_limited", "quota", "server_error", "overloaded",
    "stall_head", "stall_first_token", "stall_inside", "drop", "malformed_chunk",
    "truncated_arguments",
]  # fmt: skip

FINGERPRINT = "fp_standin0000"
PIECE = re.compile(r"\s*\S+\s*$|\s*\S+")


@dataclass(frozen=True, slots=True)
class Fault:
    """One way for a request to go wrong.

    Attributes:
        kind: What goes wrong.
        after_chunks: For faults inside a stream, how many chunks arrive first.
        for_ms: How long a stall lasts; without it, until the client gives up.
        retry_after_s: For `rate_limited`, the Retry-After header.
        keep_alive: Send an SSE comment every 100 ms of a stall, as some proxies do.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    kind: FaultKind
    after_chunks: int = 3
    for_ms: int | None = None
    retry_after_s: float = 1.0
    keep_alive: bool = False


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool the model asks for. Arguments given as text are sent as they are, valid or not."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    name: str
    arguments: Json | str
    id: str | None = None

    @property
    def text(self) -> str:
        """The arguments as the wire carries them."""
        return self.arguments if isinstance(self.arguments, str) else json.dumps(self.arguments)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model answers to one request.

    Attributes:
        text: What it says.
        refusal: What it says instead of an answer, in the field of its own that OpenAI has for it.
        tool_calls: What it asks for, after what it says.
        finish_reason: Why it stops; worked out from the rest where not given.
        match: Answers only when the caller's last text matches this regular expression.
        after_tool: Answers only the result of a tool whose name matches this expression.
        fault: What goes wrong on the way.
        ttft_ms: Milliseconds before the first token; the script's where not given.
        gap_ms: Milliseconds between tokens; the script's where not given.
        headers: Headers of the answer, beside the usual or in their place.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    text: str = ""
    refusal: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    finish_reason: FinishReason | None = None
    match: str | None = None
    after_tool: str | None = None
    fault: Fault | None = None
    ttft_ms: int | None = None
    gap_ms: int | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def pieces(self) -> list[str]:
        """The text in token-sized pieces that join to it exactly."""
        return PIECE.findall(self.text) or ([self.text] if self.text else [])


@dataclass(frozen=True, slots=True)
class Finished:
    """A reply cut to what the request allows, ready for the wire."""

    id: str
    model: str
    created: int
    pieces: tuple[str, ...]
    calls: tuple[Json, ...]
    reason: FinishReason
    usage: Json
    refusal: str | None = None

    @property
    def text(self) -> str | None:
        """The whole text, or nothing where there is none."""
        return "".join(self.pieces) or None


def finish(reply: Reply, request: Json, *, created: int, cached: int = 0) -> Finished:
    """Fit a reply to a request: its token limit, its usage, ids for its tool calls.

    `cached` is how many of the prompt's tokens the vendor has seen before.
    """
    limit = request.get("max_completion_tokens") or request.get("max_tokens")
    pieces = reply.pieces
    cut = limit is not None and len(pieces) > limit
    if cut:
        pieces = pieces[:limit]
    calls = () if cut else tuple(_call(call, reply.fault) for call in reply.tool_calls)
    shortened = cut or (reply.fault is not None and reply.fault.kind == "truncated_arguments")
    natural: FinishReason = "length" if shortened else "tool_calls" if calls else "stop"
    said = sum(_tokens(call["function"]["arguments"]) for call in calls) + len(pieces)
    return Finished(
        id=f"chatcmpl-{uuid.uuid4().hex}",
        model=request["model"],
        created=created,
        pieces=tuple(pieces),
        calls=calls,
        reason=reply.finish_reason or natural,
        usage=_usage(
            _tokens(json.dumps([request["messages"], request.get("tools")])), said, cached
        ),
        refusal=reply.refusal,
    )


def _call(call: ToolCall, fault: Fault | None) -> Json:
    text = call.text
    if fault is not None and fault.kind == "truncated_arguments":
        text = text[: len(text) // 2]
    call_id = call.id or f"call_{uuid.uuid4().hex[:24]}"
    return {
        "id": call_id,
        "type": "function",
        "function": {"name": call.name, "arguments": text},
    }


def _tokens(text: str) -> int:
    return max(1, len(text) // 4)


def _usage(prompt: int, completion: int, cached: int) -> Json:
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": min(cached, prompt), "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def whole(answer: Finished) -> Json:
    """The answer as one `chat.completion` object."""
    message: Json = {
        "role": "assistant",
        "content": answer.text,
        "refusal": answer.refusal,
        "annotations": [],
    }
    if answer.calls:
        message["tool_calls"] = list(answer.calls)
    choice = {
        "index": 0,
        "message": message,
        "logprobs": None,
        "finish_reason": answer.reason,
    }
    return _envelope(answer, "chat.completion") | {"choices": [choice], "usage": answer.usage}


def chunks(answer: Finished, *, with_usage: bool) -> Iterator[Json]:
    """The answer as `chat.completion.chunk` objects: role, text, tool calls, reason, usage."""
    base = _envelope(answer, "chat.completion.chunk")
    if with_usage:
        base["usage"] = None
    first = {"role": "assistant", "content": "" if answer.pieces else None, "refusal": None}
    yield base | {"choices": [_choice(first)]}
    for piece in answer.pieces:
        yield base | {"choices": [_choice({"content": piece})]}
    for piece in PIECE.findall(answer.refusal or ""):
        yield base | {"choices": [_choice({"refusal": piece})]}
    for index, call in enumerate(answer.calls):
        for delta in _call_deltas(index, call):
            yield base | {"choices": [_choice({"tool_calls": [delta]})]}
    yield base | {"choices": [_choice({}, answer.reason)]}
    if with_usage:
        yield base | {"choices": [], "usage": answer.usage}


def _call_deltas(index: int, call: Json) -> Iterator[Json]:
    name, arguments = call["function"]["name"], call["function"]["arguments"]
    head = {"name": name, "arguments": ""}
    yield {"index": index, "id": call["id"], "type": "function", "function": head}
    for start in range(0, len(arguments), 7):
        yield {"index": index, "function": {"arguments": arguments[start : start + 7]}}


def _choice(delta: Json, reason: FinishReason | None = None) -> Json:
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}


def _envelope(answer: Finished, kind: str) -> Json:
    return {
        "id": answer.id,
        "object": kind,
        "created": answer.created,
        "model": answer.model,
        "service_tier": "default",
        "system_fingerprint": FINGERPRINT,
    }

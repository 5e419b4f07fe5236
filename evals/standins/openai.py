"""A stand-in for OpenAI's chat completions: the wire format on loopback, with scripted faults.

python -m evals.standins.openai --port 8081 --script replies.toml
"""

import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import ConfigDict
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from evals.standins import serve
from evals.standins.openai_cache import PromptCache
from evals.standins.openai_checks import Refusal, check
from evals.standins.openai_delivery import Captured, Delivery, Pace, headers
from evals.standins.openai_wire import Fault, Reply, ToolCall, finish
from evals.standins.script import STRICT, Lines, load

__all__ = ["Captured", "Fault", "ModelCard", "OpenAIScript", "OpenAIStandIn", "Reply", "ToolCall"]

Json = dict[str, Any]
Answer = Callable[[Json], Awaitable[Reply]]

NOTHING_SCRIPTED = Reply(text="This is the stand-in model. Its script has no reply for that.")
REFUSALS = {
    "unauthorized": Refusal(
        "Incorrect API key provided.", code="invalid_api_key", status=401
    ),
    "forbidden": Refusal("Country, region, or territory not supported.", status=403),
    "rate_limited": Refusal(
        "Rate limit reached for requests. Please try again later.",
        code="rate_limit_exceeded",
        status=429,
        type="requests",
    ),
    "quota": Refusal(
        "You exceeded your current quota, please check your plan and billing details.",
        code="insufficient_quota",
        status=429,
        type="insufficient_quota",
    ),
    "server_error": Refusal(
        "The server had an error while processing your request.", status=500, type="server_error"
    ),
    "overloaded": Refusal(
        "The engine is currently overloaded, please try again later.",
        status=503,
        type="server_error",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ModelCard:
    """A model the stand-in has. `shutdown_date` is left out of the listing where it is "absent"."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    id: str
    shutdown_date: str | None = None


# Dates: https://platform.openai.com/docs/deprecations
MODELS = (
    ModelCard("gpt-4o", "2027-01-14"),
    ModelCard("gpt-4o-mini", "2027-01-14"),
    ModelCard("gpt-4.1", "2027-01-14"),
    ModelCard("gpt-4.1-mini", "2027-01-14"),
    ModelCard("gpt-6-luna"),
    ModelCard("gpt-standin", "absent"),
)


@dataclass(frozen=True, slots=True)
class OpenAIScript:
    """What the stand-in answers.

    Attributes:
        replies: Chosen by `Lines`: the first that matches, else the next in order.
        default: The reply when none fits.
        models: The models there are; any other is refused with 404.
        ttft_ms: Milliseconds before the first token of every reply.
        gap_ms: Milliseconds between its tokens.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    replies: tuple[Reply, ...] = ()
    default: Reply = NOTHING_SCRIPTED
    models: tuple[ModelCard, ...] = MODELS
    ttft_ms: int = 0
    gap_ms: int = 0


class OpenAIStandIn:
    """Answers `/v1/chat/completions` and `/v1/models`.

    Args:
        script: Replies and faults.
        answer: Answers instead of the script: gets the request body, gives the reply.
    """

    def __init__(self, script: OpenAIScript | None = None, *, answer: Answer | None = None) -> None:
        self.script = script or OpenAIScript()
        self.requests: list[Captured] = []
        self._lines = Lines(self.script.replies)
        self._answer = answer
        self._cache = PromptCache()
        self.app = Starlette(
            routes=[
                Route("/v1/chat/completions", self._chat, methods=["POST"]),
                Route("/v1/models", self._models),
                Route("/v1/models/{model}", self._model),
            ]
        )

    @asynccontextmanager
    async def running(self, port: int = 0) -> AsyncIterator[str]:
        """Serve on loopback; yields the base URL an OpenAI client takes, ending in `/v1`."""
        async with serve.serve(self.app, port=port) as url:
            yield f"{url}/v1"

    async def _models(self, request: Request) -> Response:
        if _key(request) is None:
            return _refused(_no_key())
        listed = [_card(card) for card in self.script.models]
        return JSONResponse({"object": "list", "data": listed}, headers=headers())

    async def _model(self, request: Request) -> Response:
        if _key(request) is None:
            return _refused(_no_key())
        for card in self.script.models:
            if card.id == request.path_params["model"]:
                return JSONResponse(_card(card), headers=headers())
        return _refused(_no_model(request.path_params["model"]))

    async def _chat(self, request: Request) -> Response:
        raw = await request.body()
        try:
            body = json.loads(raw)
        except ValueError:
            body = raw.decode("utf-8", "replace")
        captured = Captured(body)
        self.requests.append(captured)
        refusal = _no_key() if _key(request) is None else self._refusal(body)
        if refusal is not None:
            captured.close("refused")
            return _refused(refusal)
        reply = await self._reply(body)
        if reply.fault is not None and reply.fault.kind in REFUSALS:
            captured.close("refused")
            return _refused(REFUSALS[reply.fault.kind], retry_after_s=reply.fault.retry_after_s)
        cached = self._cache.hit(body)
        answer = finish(reply, body, created=int(time.time()), cached=cached)
        return Delivery(captured, body, self._paced(reply), answer)

    def _refusal(self, body: object) -> Refusal | None:
        refusal = check(body)
        if refusal is not None or not isinstance(body, dict):
            return refusal
        if body["model"] not in {card.id for card in self.script.models}:
            return _no_model(body["model"])
        return None

    async def _reply(self, body: Json) -> Reply:
        if self._answer is not None:
            return await self._answer(body)
        text, tool = last_said(body["messages"])
        return self._lines.choose(text=text, tool=tool) or self.script.default

    def _paced(self, reply: Reply) -> Pace:
        ttft = self.script.ttft_ms if reply.ttft_ms is None else reply.ttft_ms
        gap = self.script.gap_ms if reply.gap_ms is None else reply.gap_ms
        return Pace(ttft / 1000, gap / 1000, reply.fault, reply.headers)


def last_said(messages: list[Json]) -> tuple[str, str | None]:
    """The caller's last text, and the tool whose result ends the conversation, if one does."""
    names = {
        call["id"]: call["function"]["name"]
        for entry in messages
        for call in entry.get("tool_calls") or ()
    }
    talk = [entry for entry in messages if entry["role"] not in ("system", "developer")]
    text = next((_text(entry) for entry in reversed(talk) if entry["role"] == "user"), "")
    if talk and talk[-1]["role"] == "tool":
        return text, names[talk[-1]["tool_call_id"]]
    return text, None


def _text(entry: Json) -> str:
    content = entry["content"]
    if isinstance(content, str):
        return content
    return " ".join(part.get("text", "") for part in content)


def _refused(refusal: Refusal, *, retry_after_s: float = 1.0) -> Response:
    named = headers()
    if refusal.code == "rate_limit_exceeded":
        named |= {
            "retry-after": f"{retry_after_s:g}",
            "retry-after-ms": str(round(retry_after_s * 1000)),
            "x-ratelimit-remaining-requests": "0",
        }
    return JSONResponse(refusal.body(), status_code=refusal.status, headers=named)


def _key(request: Request) -> str | None:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key if scheme.lower() == "bearer" and key.strip() else None


def _no_key() -> Refusal:
    message = (
        "You didn't provide an API key. You need to provide your API key in an Authorization "
        "header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY)."
    )
    return Refusal(message, status=401)


def _no_model(model: str) -> Refusal:
    message = f"The model '{model}' does not exist or you do not have access to it."
    return Refusal(message, code="model_not_found", status=404)


def _card(card: ModelCard) -> Json:
    listed: Json = {"id": card.id, "object": "model", "created": 1715367049, "owned_by": "system"}
    if card.shutdown_date != "absent":
        listed["shutdown_date"] = card.shutdown_date
    return listed


def _rulebook() -> Answer:
    # Imported only when asked for: the libraries under it take a second that no test should pay.
    from evals.standins.openai_rulebook import answer

    return answer


def main() -> None:
    """Serve from the command line."""
    parser = serve.parser("openai", port=8081)
    parser.add_argument(
        "--rulebook", action="store_true", help="answer by the rulebook, at the script's pace"
    )
    args = parser.parse_args()
    try:
        script = load(args.script, OpenAIScript)
        stand_in = OpenAIStandIn(script, answer=_rulebook() if args.rulebook else None)
    except (OSError, ValueError) as exc:
        raise SystemExit(f"the script cannot be used: {exc}") from exc
    settings = "OPENAI_BASE_URL={url}/v1 OPENAI_API_KEY=anything"
    serve.run(stand_in.app, name="OpenAI", port=args.port, settings=settings)


if __name__ == "__main__":
    main()

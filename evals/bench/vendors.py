"""The stand-ins of the model, the recogniser and the voice, stamping what passes through them.

Each stand-in is wrapped at its ASGI border, so it is the same program that the tests use.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from evals.bench.ledger import EARLY_MS, Kind, Ledger, Request, Turn, kind_of, last_word, now
from evals.bench.peers.linear import Linear
from evals.standins import serve
from evals.standins.deepgram import DeepgramScript, DeepgramStandIn
from evals.standins.nhtsa import NhtsaStandIn
from evals.standins.openai import OpenAIScript, OpenAIStandIn, Reply, ToolCall, last_said

FIRST_TOKEN_MS, TOKEN_MS, VOICE_MS, WORD_MS = 300, 20, 80, 100

_SHORT = "Let me see about {word}."
_CHAT = "Let me have a look at what we have got for you this week and at {word}."
_STORY = "It is a long tale and " * 6 + "at its end is {word}."
_TYPED = "I see what you mean about {word} and somebody here will be glad to look at it soon."
_SAYS: dict[Kind, str] = {"chat": _CHAT, "story": _STORY, "typed": _TYPED}


@dataclass(frozen=True, slots=True)
class Vendors:
    """Where the stand-ins are."""

    openai: str
    deepgram: str
    nhtsa: str


@asynccontextmanager
async def vendors(ledger: Ledger) -> AsyncIterator[Vendors]:
    """Serve all stand-ins for as long as the block runs."""
    model = OpenAIStandIn(OpenAIScript(ttft_ms=FIRST_TOKEN_MS, gap_ms=TOKEN_MS), answer=answer)
    speech = DeepgramStandIn(
        DeepgramScript(hears="verbatim", voice_delay_ms=VOICE_MS, word_ms=WORD_MS)
    )
    async with AsyncExitStack() as stack:
        openai = await stack.enter_async_context(serve.serve(_Asked(model.app, ledger)))
        deepgram = await stack.enter_async_context(serve.serve(_Spoken(Linear(speech.app), ledger)))
        nhtsa = await stack.enter_async_context(NhtsaStandIn().running())
        yield Vendors(f"{openai}/v1", deepgram, nhtsa)


async def answer(body: dict[str, Any]) -> Reply:
    """What the model says to a turn, by the word in it."""
    text, tool = last_said(body["messages"])
    named = last_word(text.encode())
    if named is None:
        return Reply(text="I am here.")
    kind = kind_of(named)
    if kind in ("tool", "early tool") and tool is None:
        return Reply(tool_calls=(ToolCall("get_service_info", {"topic": "address"}),))
    text = _SAYS.get(kind, _SHORT).format(word=named)
    return Reply(text=text, ttft_ms=0, gap_ms=0) if kind == "typed" else Reply(text=text)


def reply_ms(kind: Kind) -> float | None:
    """How long the reply to a turn is to be heard; none where nobody hears it to its end."""
    return len(_CHAT.split()) * WORD_MS if kind == "chat" else None


class _Asked:
    """Stamps the requests to the model and the token that ends the first clause."""

    def __init__(self, app: ASGIApp, ledger: Ledger) -> None:
        self._app, self._ledger = app, ledger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        turn: Turn | None = None
        request: Request | None = None
        clause_end = b""

        async def received() -> Message:
            nonlocal body, turn, request, clause_end
            message = await receive()
            if message["type"] == "http.request" and request is None:
                body += message.get("body", b"")
                if not message.get("more_body", False):
                    at = now()
                    turn = self._ledger.find(body)
                    if turn is not None:
                        request = Request(at)
                        turn.requests.append(request)
                        clause_end = f'{turn.word}."'.encode()
            return message

        async def sent(message: Message) -> None:
            # A clause is out with its full stop, a tool call only with the end of the answer.
            if request is not None and request.released is None:
                data = message.get("body", b"")
                over = message["type"] == "http.response.body" and not message.get("more_body")
                if over or (clause_end in data):
                    request.released = now()
            await send(message)

        await self._app(scope, received, sent)


class _Spoken:
    """Stamps starts and ends of turns, what the voice is told, and its first audio."""

    def __init__(self, app: ASGIApp, ledger: Ledger) -> None:
        self._app, self._ledger = app, ledger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].endswith("/listen"):
            await self._app(scope, receive, self._listening(scope, send))
        else:
            await self._speaking(scope, receive, send)

    def _listening(self, scope: Scope, send: Send) -> Send:
        tag = parse_qs(scope["query_string"].decode()).get("tag", [""])[0].removeprefix("call:")

        async def sent(message: Message) -> None:
            text = message.get("text")
            if text and '"EndOfTurn"' in text:
                turn = self._ledger.find(text.encode())
                if turn is not None:
                    if kind_of(turn.word) in ("early", "early tool"):
                        turn.hinted = now()
                        hint = text.replace('"EndOfTurn"', '"EagerEndOfTurn"')
                        await send({**message, "text": hint})
                        await asyncio.sleep(EARLY_MS / 1000)
                    turn.ended = now()
            elif text and '"StartOfTurn"' in text:
                self._ledger.begun[tag] = now()
            await send(message)

        return sent

    async def _speaking(self, scope: Scope, receive: Receive, send: Send) -> None:
        turn: Turn | None = None

        async def received() -> Message:
            nonlocal turn
            message = await receive()
            text = message.get("text") or ""
            if '"Speak"' in text:
                found = self._ledger.find(text.encode())
                if found is not None and found.told is None:
                    found.told = now()
                turn = found or turn
            elif '"Flush"' in text and turn is not None and turn.flushed is None:
                turn.flushed = now()
            return message

        async def sent(message: Message) -> None:
            audio = message.get("bytes")
            if audio and turn is not None and turn.flushed and turn.voiced is None:
                turn.voiced = now()
            await send(message)

        await self._app(scope, received, sent)

"""When what passed the service's borders in one call, by the loop's clock.

Each stand-in, and the service itself, is wrapped at its ASGI border, so they are the same programs
as in the tests.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from evals.voice.observed import Part, PartKind

_TOLD = re.compile(rb'"content": ?"[^"]|"tool_calls"')


@dataclass(slots=True)
class Wait:
    """Something that was asked for, and when the first of it came; none while it has not."""

    asked: float
    came: float | None = None


@dataclass(slots=True)
class Stamps:
    """What one call has seen so far. Seconds of the loop's clock.

    Attributes:
        began: The recogniser told that the caller makes a sound.
        ended: It told the end of a turn.
        model: Requests to the model, until its first word or tool call.
        voice: Requests to the voice, until its first sound.
        sent: Audio left the service for the telephone.
        cleared: The telephone was told to fall silent.
    """

    began: list[float] = field(default_factory=list)
    ended: list[float] = field(default_factory=list)
    model: list[Wait] = field(default_factory=list)
    voice: list[Wait] = field(default_factory=list)
    sent: list[float] = field(default_factory=list)
    cleared: list[float] = field(default_factory=list)

    def parts(self, ended: float, heard: float) -> list[Part]:
        """What was waited for between an end of turn and the first audio; seconds times 1000."""
        model = [_part("model", one, ended, heard) for one in self.model]
        voice = [_part("voice", one, ended, heard) for one in self.voice]
        found: list[Part] = []
        until = ended * 1000
        for part in sorted([*model, *voice], key=lambda part: part.start_ms):
            if part.end_ms <= max(until, part.start_ms):
                continue
            if part.start_ms > until:
                found.append(Part("own", until, part.start_ms))
            found.append(Part(part.kind, max(part.start_ms, until), part.end_ms))
            until = part.end_ms
        return [*found, Part("own", until, heard * 1000)] if heard * 1000 > until else found


def _part(kind: PartKind, wait: Wait, since: float, until: float) -> Part:
    """A wait within a window; of no length where it is not in it."""
    start = min(max(wait.asked, since), until)
    end = start if wait.came is None else min(max(wait.came, start), until)
    return Part(kind, start * 1000, end * 1000)


def own_ms(parts: Sequence[Part]) -> float:
    """How much of a wait was the service's own."""
    return sum(part.end_ms - part.start_ms for part in parts if part.kind == "own")


class StampedModel:
    """The model's stand-in: requests, and the first word or call of each answer."""

    def __init__(self, app: ASGIApp, stamps: Stamps) -> None:
        self._app, self._stamps = app, stamps

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not scope["path"].endswith("/chat/completions"):
            await self._app(scope, receive, send)
            return
        wait: Wait | None = None

        async def received() -> Message:
            nonlocal wait
            message = await receive()
            if wait is None and not message.get("more_body", False):
                wait = Wait(_now())
                self._stamps.model.append(wait)
            return message

        async def sent(message: Message) -> None:
            body = message.get("body", b"")
            if wait is not None and wait.came is None:
                wait.came = _now() if _TOLD.search(body) else None
            await send(message)

        await self._app(scope, received, sent)


class StampedSpeech:
    """The recogniser's and the voice's stand-in: sounds, ends of turn, clauses and their audio."""

    def __init__(self, app: ASGIApp, stamps: Stamps) -> None:
        self._app, self._stamps = app, stamps

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        stamps = self._stamps
        waiting: list[Wait] = []

        async def received() -> Message:
            message = await receive()
            text = message.get("text") or ""
            if '"Flush"' in text:
                waiting.append(Wait(_now()))
                stamps.voice.append(waiting[-1])
            elif '"Clear"' in text:
                waiting.clear()
            return message

        async def sent(message: Message) -> None:
            text = message.get("text") or ""
            if '"StartOfTurn"' in text or '"TurnResumed"' in text:
                stamps.began.append(_now())
            elif '"EndOfTurn"' in text:
                stamps.ended.append(_now())
            elif waiting and message.get("bytes"):
                waiting[0].came = waiting[0].came or _now()
            elif waiting and '"Flushed"' in text:
                waiting.pop(0)
            await send(message)

        await self._app(scope, received, sent)


class StampedService:
    """The service under test: audio and orders to fall silent, as they leave for the telephone."""

    def __init__(self, app: ASGIApp, stamps: Stamps) -> None:
        self._app, self._stamps = app, stamps

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sent(message: Message) -> None:
            text = message.get("text") or ""
            if text.startswith('{"event":"media"'):
                self._stamps.sent.append(_now())
            elif text.startswith('{"event":"clear"'):
                self._stamps.cleared.append(_now())
            await send(message)

        await self._app(scope, receive, sent)


def _now() -> float:
    return asyncio.get_running_loop().time()

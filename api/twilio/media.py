"""The media socket: one caller's audio in, what the caller hears out."""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from fastapi import APIRouter
from starlette.websockets import WebSocket, WebSocketDisconnect

from api.twilio import frames
from api.twilio.dialing import DialOutcome
from api.twilio.gate import MEDIA, Gate
from api.twilio.line import SocketLine
from api.twilio.lines import LineTaken, Seat
from api.twilio.ports import IncomingCall, LiveCall, Phone
from api.twilio.tokens import TokenRefused
from shop.faults import describe

_log = logging.getLogger(__name__)

# https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1
_NORMAL, _UNSUPPORTED, _REFUSED, _TOO_BIG, _FAILED = 1000, 1003, 1008, 1009, 1011
_GRACE_S = 2.0
_MOST_BAD_FRAMES = 100


class NotIntroduced(Exception):
    """The socket has not said in time which call it belongs to."""


@dataclass(slots=True)
class _Incoming:
    """What the other side sends; bad messages are skipped, up to a limit."""

    socket: WebSocket
    bad: int = 0

    async def frame(self) -> frames.Frame | None:
        """The next message; none when the socket has gone.

        Raises:
            BadFrame: It is far too big, or there have been too many bad ones.
        """
        while True:
            message = await self.socket.receive()
            if message["type"] == "websocket.disconnect":
                return None
            try:
                return frames.decode(message.get("text") or message.get("bytes") or b"")
            except frames.BadFrame as exc:
                self.bad += 1
                if exc.too_big or self.bad > _MOST_BAD_FRAMES:
                    raise


def media_routes(phone: Phone) -> APIRouter:
    """`WS /twilio/media` alone; `twilio_routes` includes it."""
    sockets = _MediaSocket(phone, Gate(phone.public_url, phone.auth_token))
    router = APIRouter()

    @router.websocket(MEDIA)
    async def media(socket: WebSocket) -> None:
        await sockets.serve(socket)

    return router


@dataclass(frozen=True, slots=True)
class _MediaSocket:
    """Serves media streams. Nothing is opened for a socket before its call is proved genuine."""

    phone: Phone
    gate: Gate

    async def serve(self, socket: WebSocket) -> None:
        """Carry one stream from its upgrade to its end; whatever goes wrong stays inside."""
        if not self.gate.admits(socket):
            await socket.close()  # not accepted yet, so the upgrade is answered with 403
            return
        await socket.accept()
        code = await self._serve(socket)
        try:
            async with asyncio.timeout(_GRACE_S):
                await socket.close(code)
        except (RuntimeError, WebSocketDisconnect, TimeoutError):
            return  # it is closed already, or the other side no longer reads

    async def _serve(self, socket: WebSocket) -> int:
        incoming = _Incoming(socket)
        call_sid = "-"
        try:
            introduced = await self._introduced(incoming)
            if introduced is None:
                return _NORMAL
            call, stream_sid = introduced
            call_sid = call.call_sid
            async with self.phone.lines.seat(call_sid, resumed=call.resumed) as seat:
                await self._carry(incoming, SocketLine(socket.send_text, stream_sid), call, seat)
        except WebSocketDisconnect:
            return _NORMAL
        except frames.BadFrame as exc:
            _log.warning("media socket of call %s closed: %s", call_sid, exc)
            return _TOO_BIG if exc.too_big else _UNSUPPORTED
        except (NotIntroduced, TokenRefused, LineTaken) as exc:
            _log.warning("media socket of call %s refused: %s", call_sid, _why(exc))
            return _REFUSED
        except Exception as exc:  # one call's failure must not reach the server or another call
            _log.error("call %s failed: %s", call_sid, describe(exc))
            return _FAILED
        return _NORMAL

    async def _introduced(self, incoming: _Incoming) -> tuple[IncomingCall, str] | None:
        """Which call this is and its stream's sid; none if the socket went away before saying."""
        started = await self._started(incoming)
        if started is None:
            return None
        claims = await self.phone.tokens.verify(
            started.parameters.get("token", ""), started.call_sid
        )
        streams = int(claims["streams"])
        call = IncomingCall(
            call_sid=started.call_sid,
            caller_number=claims["from"],
            called_number=claims["to"],
            resumed=streams > 0,
            transfer=cast(DialOutcome, claims["transfer"]) if claims["transfer"] else None,
            dialed_url=self.gate.dialed_url(incoming.socket, again=streams + 1),
            whisper_url=self.gate.whisper_url(incoming.socket),
        )
        return call, started.stream_sid

    async def _started(self, incoming: _Incoming) -> frames.Started | None:
        try:
            async with asyncio.timeout(self.phone.start_patience_s):
                while True:
                    frame = await incoming.frame()
                    if isinstance(frame, frames.Started):
                        return frame
                    if frame is None or isinstance(frame, frames.Stopped):
                        return None
        except TimeoutError:
            raise NotIntroduced from None

    async def _carry(
        self, incoming: _Incoming, line: SocketLine, call: IncomingCall, seat: Seat
    ) -> None:
        live = await self.phone.open_call(call)
        try:
            if not seat.superseded:
                await _converse(incoming, line, live, seat)
        finally:
            await live.aclose()


async def _converse(incoming: _Incoming, line: SocketLine, live: LiveCall, seat: Seat) -> None:
    """Listen, write and talk until the caller goes, the conversation ends, or either fails."""
    listening = asyncio.create_task(_listen(incoming, live))
    writing = asyncio.create_task(line.write())
    talking = asyncio.create_task(live.run(line))
    tasks = (talking, listening, writing)
    seat.cut = listening.cancel
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if not listening.done():
            await _wind_up(line, talking=talking, listening=listening, writing=writing)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    _raise_first(tasks)


async def _wind_up(
    line: SocketLine,
    *,
    talking: asyncio.Task[None],
    listening: asyncio.Task[None],
    writing: asyncio.Task[None],
) -> None:
    """After `hang_up` let the conversation end by itself; after its end send what it left."""
    if not talking.done() and not _failed(writing):
        await _either(talking, listening)
    if talking.done() and not _failed(talking) and not writing.done():
        line.hang_up()
        await _either(writing, listening)


async def _either(*tasks: asyncio.Task[None]) -> None:
    await asyncio.wait(tasks, timeout=_GRACE_S, return_when=asyncio.FIRST_COMPLETED)


def _failed(task: asyncio.Task[None]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


def _raise_first(tasks: Iterable[asyncio.Task[None]]) -> None:
    for task in tasks:
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error


async def _listen(incoming: _Incoming, live: LiveCall) -> None:
    while True:
        match await incoming.frame():
            case frames.Media(ulaw):
                live.audio(ulaw)
            case frames.Mark(name):
                live.marked(name)
            case frames.Digit(digit):
                live.digit(digit)
            case None | frames.Stopped():
                return


def _why(refusal: Exception) -> str:
    return refusal.reason if isinstance(refusal, TokenRefused) else type(refusal).__name__

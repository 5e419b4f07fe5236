"""One connection to the stand-in's `/v1/listen` or `/v2/listen`."""

import asyncio
import json
import uuid
from typing import Any, NoReturn

from starlette.websockets import WebSocket

from evals.standins.deepgram_dialects import Dialect, Flux, Nova
from evals.standins.deepgram_wire import Connection, DeepgramScript, Json, ListenFault
from evals.standins.hearing import BYTES_PER_MS, Began, Hearing

STEP = 20 * BYTES_PER_MS


class Listening:
    """Hears one connection's audio, says what it heard, and fails as it is told."""

    def __init__(
        self,
        socket: WebSocket,
        script: DeepgramScript,
        connection: Connection,
        dialect: Dialect,
        hearing: Hearing,
        fault: ListenFault | None,
    ) -> None:
        self._socket = socket
        self._script = script
        self._connection = connection
        self._dialect = dialect
        self._hearing = hearing
        self._fault = fault
        self._in_turn = False
        self._muted = False
        self._answering: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Serve until either side closes."""
        try:
            await self._fail_if_due()
            if self._fault is not None and self._fault.kind == "unknown_messages":
                await self._say({"type": "Weather", "outlook": "fair"})
                await self._say({"nothing": "here"})
            await self._say(*self._dialect.opened())
            while True:
                message = await self._receive()
                if message["type"] == "websocket.disconnect" or not await self._take(message):
                    return
        except _Over:
            return
        finally:
            if self._answering is not None:
                self._answering.cancel()
                await asyncio.gather(self._answering, return_exceptions=True)

    async def _receive(self) -> dict[str, Any]:
        try:
            async with asyncio.timeout(self._script.idle_ms / 1000):
                return dict(await self._socket.receive())
        except TimeoutError:
            reason = "Deepgram did not receive audio data or a text message within the timeout"
            await self._close(1011, f"{reason} window. See https://dpgr.am/net0001")

    async def _take(self, message: dict[str, Any]) -> bool:
        audio = message.get("bytes")
        if audio:
            await self._connection.note(audio)
            await self._hear(audio)
            return True
        try:
            control = json.loads(message.get("text") or "")
        except ValueError:
            control = {}
        await self._connection.note(control)
        return await self._control(control)

    async def _hear(self, audio: bytes) -> None:
        for start in range(0, len(audio), STEP):
            if self._muted:
                return  # what nobody is told was not heard, so another connection may hear it
            for cue in self._hearing.feed(audio[start : start + STEP]):
                self._in_turn = isinstance(cue, Began) or self._in_turn
                await self._say(*self._dialect.cue(cue))
            await self._fail_if_due()
        await self._say(*self._dialect.passed(self._now))

    async def _control(self, message: Json) -> bool:
        kind = message.get("type")
        if self._muted:
            return kind != "CloseStream"
        if kind == "Configure":
            await self._configure(message)
        elif kind == "ForceEndTurn" or (kind == "Finalize" and isinstance(self._dialect, Nova)):
            for cue in self._hearing.end():
                await self._say(*self._dialect.cue(cue))
        elif kind == "CloseStream":
            await self._say(*self._dialect.closing(self._now))
            await self._socket.close()
            return False
        elif isinstance(self._dialect, Flux):
            # Flux has no KeepAlive, and an unknown message ends the stream.
            text = "could not parse the client message"
            await self._say(self._dialect.fatal("UNPARSABLE_CLIENT_MESSAGE", text))
            await self._close(1008, "UNPARSABLE_CLIENT_MESSAGE")
        elif kind != "KeepAlive":
            text = "could not parse the client message"
            await self._say({"type": "Error", "variant": "SchemaError", "description": text})
        return True

    async def _configure(self, message: Json) -> None:
        if self._fault is not None and self._fault.kind == "no_ack":
            return
        if self._answering is not None and not self._answering.done():
            await self._refuse("CONFIGURE_ALREADY_PENDING", "another Configure is still pending")
            return
        if self._fault is not None and self._fault.kind == "refuse_change":
            self._fault = None
            await self._refuse("INVALID_CONFIGURE", "scripted")
            return
        self._answering = asyncio.create_task(self._answer(message))

    async def _refuse(self, code: str, why: str) -> None:
        await self._say(
            {
                "type": "ConfigureFailure",
                "request_id": str(uuid.uuid4()),
                "sequence_id": 0,
                "code": code,
                "description": why,
            }
        )

    async def _answer(self, message: Json) -> None:
        await asyncio.sleep(self._script.configure_delay_ms / 1000)
        await self._say(self._dialect.configured(message))

    async def _fail_if_due(self) -> None:
        fault = self._fault
        if fault is None or self._now < fault.after_ms or (fault.in_turn and not self._in_turn):
            return
        if fault.kind == "silent":
            self._muted = True
        elif fault.kind == "stop_reading":
            await asyncio.Event().wait()
        elif fault.kind == "says":
            self._fault = None
            await self._socket.send_text(fault.text)
        elif fault.kind == "close":
            await self._close(fault.code, "NET-0000")
        elif fault.kind == "error":
            if isinstance(self._dialect, Flux):
                await self._say(self._dialect.fatal("INTERNAL_SERVER_ERROR", "scripted"))
            else:
                await self._say({"type": "Error", "variant": "Scripted", "description": "scripted"})
            await self._close(1011, "NET-0000")

    @property
    def _now(self) -> int:
        return len(self._connection.audio) // BYTES_PER_MS

    async def _say(self, *messages: Json) -> None:
        for message in messages:
            if not self._muted:
                await self._socket.send_text(json.dumps(message))

    async def _close(self, code: int, reason: str) -> NoReturn:
        await self._socket.close(code, reason)
        raise _Over


class _Over(Exception):
    """The stand-in has closed the connection."""

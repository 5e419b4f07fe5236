"""The stand-in's `/v1/speak`: text in, a tone as long as the text would take out.

Protocol: https://developers.deepgram.com/docs/tts-ws-flush, …/tts-ws-clear. Audio is made on
Flush only; the real service may start a long text before that.
"""

import asyncio
import json
import uuid
from collections import deque
from collections.abc import AsyncIterator

from starlette.websockets import WebSocket, WebSocketDisconnect

from evals.standins.deepgram_wire import Connection, DeepgramScript, Json, SpeakFault
from evals.standins.hearing import BYTES_PER_MS
from evals.standins.verbatim import verbatim

# At most 20 flushes in 60 s; more are answered with a warning (…/docs/tts-ws-flush, Limits).
FLUSHES = 20
WINDOW_S = 60.0
# A 200 Hz square wave, 31 dB below full scale, in mu-law.
TONE = b"\xcf" * 20 + b"\x4f" * 20


class Speaking:
    """One connection to `/v1/speak`."""

    def __init__(
        self,
        socket: WebSocket,
        script: DeepgramScript,
        connection: Connection,
        fault: SpeakFault | None,
    ) -> None:
        self._socket = socket
        self._script = script
        self._connection = connection
        self._fault = fault
        self._text: list[str] = []
        self._work: asyncio.Queue[str] = asyncio.Queue()
        self._making: asyncio.Task[None] | None = None
        self._flushes: deque[float] = deque()
        self._flushed = 0
        self._sequence = 0

    async def run(self) -> None:
        """Serve until either side closes."""
        await self._send(
            type="Metadata",
            request_id=str(uuid.uuid4()),
            model_name=self._connection.query.get("model", ["aura-2-thalia-en"])[0],
            model_version="standin",
            model_uuid=str(uuid.UUID(int=0)),
        )
        if self._has("unknown_messages"):
            await self._send(type="Weather", outlook="fair")
            await self._send(nothing="here")
        self._making = asyncio.create_task(self._voice())
        try:
            await self._read()
        finally:
            await self._stop()

    async def _read(self) -> None:
        async for message in _messages(self._socket):
            await self._connection.note(message)
            if self._has("stop_reading"):
                await asyncio.Event().wait()
            if message.get("type") == "Speak":
                self._text.append(message["text"])
            elif message.get("type") == "Flush":
                await self._flush()
            elif message.get("type") == "Clear":
                await self._clear()
            elif message.get("type") == "Close":
                await self._work.join()
                await self._socket.close()
                return

    async def _flush(self) -> None:
        now = asyncio.get_running_loop().time()
        while self._flushes and now - self._flushes[0] >= WINDOW_S:
            self._flushes.popleft()
        if len(self._flushes) >= FLUSHES:
            await self._send(
                type="Warning",
                code="EXCESSIVE_FLUSH",
                description="No more flushes are processed until the 60 second window has passed.",
            )
            return
        self._flushes.append(now)
        self._work.put_nowait("".join(self._text))
        self._text.clear()

    async def _clear(self) -> None:
        self._text.clear()
        await self._stop()
        self._work = asyncio.Queue()
        # Audio already on its way when the message came in still arrives before the answer.
        await self._socket.send_bytes(TONE * 4)
        if not self._has("no_cleared"):
            await self._send(type="Cleared", sequence_id=self._next())
        self._making = asyncio.create_task(self._voice())

    async def _voice(self) -> None:
        while True:
            text = await self._work.get()
            await self._say(text)
            self._flushed += 1
            self._work.task_done()

    async def _say(self, text: str) -> None:
        await asyncio.sleep(self._script.voice_delay_ms / 1000)
        if self._has("stall"):
            await asyncio.Event().wait()
        if self._has("says") and self._fault is not None:
            await self._socket.send_text(self._fault.text)
        audio = self._audio(text)
        size = self._script.chunk_ms * BYTES_PER_MS
        for number, start in enumerate(range(0, len(audio), size)):
            if self._fault is not None and number == self._fault.after_chunks:
                await self._break()
            await self._socket.send_bytes(audio[start : start + size])
            await asyncio.sleep(self._script.gap_ms / 1000)
        await self._send(type="Flushed", sequence_id=self._next())

    async def _break(self) -> None:
        if self._has("stall_inside"):
            await asyncio.Event().wait()
        if self._has("close") and self._fault is not None:
            await self._socket.close(self._fault.code, "NET-0000")
            await asyncio.Event().wait()

    def _audio(self, text: str) -> bytes:
        length = len(text.split()) * self._script.word_ms * BYTES_PER_MS
        tone = (TONE * (length // len(TONE) + 1))[:length]
        return verbatim(text) + tone if self._script.speaks == "verbatim" and text else tone

    def _has(self, kind: str) -> bool:
        fault = self._fault
        return fault is not None and fault.kind == kind and self._flushed >= fault.after_flushes

    def _next(self) -> int:
        self._sequence += 1
        return self._sequence - 1

    async def _send(self, **message: object) -> None:
        await self._socket.send_text(json.dumps(message))

    async def _stop(self) -> None:
        if self._making is not None:
            self._making.cancel()
            await asyncio.gather(self._making, return_exceptions=True)


async def _messages(socket: WebSocket) -> AsyncIterator[Json]:
    try:
        while True:
            message = json.loads(await socket.receive_text())
            yield message
    except WebSocketDisconnect:
        return
    except (ValueError, KeyError):
        await socket.close(1008, "DATA-0000")

"""The floor: the same telephone call with no framework and no shop, as small as it can be.

Twilio's frames to the recogniser as they are, the model over one HTTP client, its first clause to
the voice, the voice's bytes to the telephone as they are. No history repair, no database, no
pacing, no recovery: what is left is what Python, uvicorn and the sockets cost.
"""

import argparse
import asyncio
import base64
import gc
import json
import os
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

_ENDS = (".", "?", "!")
_GREETING = (b"\x90" * 20 + b"\x10" * 20) * 40
_KEY = {"authorization": "Token floor"}
_TOOL_SAYS = '{"success":true,"data":{},"message":"We are on Main Street."}'


class Floor:
    """One call."""

    def __init__(self, socket: WebSocket, app: FastAPI, messages: list[dict[str, Any]]) -> None:
        self._socket, self._app, self._messages = socket, app, messages
        self._stream_sid = ""
        self._answering: asyncio.Task[None] | None = None
        self._early: str | None = None
        self._real = asyncio.Event()
        self._real.set()

    async def run(self) -> None:
        """Carry the call until the telephone hangs up."""
        call_sid = await self._started()
        deepgram: str = self._app.state.deepgram
        query = f"model=flux-general-en&encoding=mulaw&sample_rate=8000&tag=call:{call_sid}"
        speak = "model=aura-2-thalia-en&encoding=mulaw&sample_rate=8000"
        async with (
            connect(
                f"{deepgram}/v2/listen?{query}",
                additional_headers=_KEY,
                compression=None,
                proxy=None,
            ) as ears,
            connect(
                f"{deepgram}/v1/speak?{speak}",
                additional_headers=_KEY,
                compression=None,
                proxy=None,
            ) as voice,
        ):
            tasks = [
                asyncio.create_task(self._hear(ears, voice)),
                asyncio.create_task(self._speak(voice)),
            ]
            try:
                await self._play(_GREETING)
                await self._listen(ears)
            finally:
                for task in [*tasks, *([self._answering] if self._answering else [])]:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _started(self) -> str:
        while True:
            message = orjson.loads(await self._socket.receive_text())
            if message["event"] == "start":
                self._stream_sid = message["streamSid"]
                return str(message["start"]["callSid"])

    async def _listen(self, ears: ClientConnection) -> None:
        while True:
            message = orjson.loads(await self._socket.receive_text())
            if message["event"] == "media":
                await ears.send(base64.b64decode(message["media"]["payload"]))

    async def _hear(self, ears: ClientConnection, voice: ClientConnection) -> None:
        async for text in ears:
            event = orjson.loads(text)
            if event.get("event") == "StartOfTurn":
                await self._stop(voice)
            elif event.get("event") == "EagerEndOfTurn":
                self._early = event["transcript"]
                self._real.clear()
                self._answering = asyncio.create_task(self._answer(self._early, voice))
            elif event.get("event") == "EndOfTurn":
                early, self._early = self._early, None
                self._real.set()
                if early is None:
                    self._answering = asyncio.create_task(self._answer(event["transcript"], voice))

    async def _stop(self, voice: ClientConnection) -> None:
        await self._send({"event": "clear", "streamSid": self._stream_sid})
        if self._answering is not None and not self._answering.done():
            self._answering.cancel()
            await voice.send('{"type":"Clear"}')

    async def _speak(self, voice: ClientConnection) -> None:
        async for message in voice:
            if isinstance(message, bytes):
                await self._real.wait()
                await self._play(message)

    async def _play(self, ulaw: bytes) -> None:
        payload = base64.b64encode(ulaw).decode()
        await self._send(
            {"event": "media", "streamSid": self._stream_sid, "media": {"payload": payload}}
        )

    async def _send(self, message: dict[str, Any]) -> None:
        await self._socket.send_text(orjson.dumps(message).decode())

    async def _answer(self, text: str, voice: ClientConnection) -> None:
        self._messages.append({"role": "user", "content": text})
        clause = ""
        calls: dict[int, dict[str, Any]] = {}
        while True:
            said = ""
            async with aclosing(self._deltas()) as deltas:
                async for delta in deltas:
                    token = delta.get("content") or ""
                    said, clause = said + token, clause + token
                    for call in delta.get("tool_calls") or ():
                        _gather(calls, call)
                    if clause.endswith(_ENDS):
                        await _voice(voice, clause)
                        clause = ""
            if not calls:
                break
            self._messages += _carried_out(list(calls.values()))
            calls = {}
        if clause:
            await _voice(voice, clause)
        self._messages.append({"role": "assistant", "content": said})

    async def _deltas(self) -> AsyncGenerator[dict[str, Any], None]:
        state = self._app.state
        body = orjson.dumps({**state.request, "messages": [*state.prompt, *self._messages]})
        headers = {"authorization": "Bearer floor", "content-type": "application/json"}
        url = f"{state.openai}/chat/completions"
        async with state.http.stream("POST", url, content=body, headers=headers) as answer:
            async for line in answer.aiter_lines():
                if line.startswith("data: {"):
                    for choice in orjson.loads(line[6:])["choices"]:
                        yield choice["delta"]


def _gather(calls: dict[int, dict[str, Any]], delta: dict[str, Any]) -> None:
    """Put the pieces of a tool call together."""
    call = calls.setdefault(delta["index"], {"type": "function", "function": {"arguments": ""}})
    if "id" in delta:
        call["id"], call["function"]["name"] = delta["id"], delta["function"]["name"]
    call["function"]["arguments"] += delta["function"].get("arguments", "")


def _carried_out(calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
    results = [{"role": "tool", "tool_call_id": c["id"], "content": _TOOL_SAYS} for c in calls]
    return [{"role": "assistant", "content": None, "tool_calls": calls}, *results]


async def _voice(voice: ClientConnection, clause: str) -> None:
    await voice.send(json.dumps({"type": "Speak", "text": f"{clause.strip()} "}))
    await voice.send('{"type":"Flush"}')


def create_app(request: dict[str, Any]) -> FastAPI:
    """The floor. `request` is what every request to the model holds, its prompt included."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        limits = httpx.Limits(max_connections=None, keepalive_expiry=240)
        async with httpx.AsyncClient(limits=limits, timeout=30, trust_env=False) as http:
            app.state.http = http
            app.state.openai = os.environ["OPENAI_BASE_URL"]
            app.state.deepgram = os.environ["DEEPGRAM_BASE_URL"].replace("http", "ws", 1)
            app.state.prompt = request.pop("messages")
            app.state.request = request
            yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.websocket("/twilio/media")
    async def media(socket: WebSocket) -> None:
        await socket.accept()
        try:
            await Floor(socket, app, []).run()
        except (WebSocketDisconnect, ConnectionClosed):
            return

    return app


def main() -> None:
    """Serve, with the settings that the service's own server has."""
    options = argparse.ArgumentParser(prog="python -m evals.bench.floor", description=__doc__)
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--request", type=Path, required=True, help="JSON of a model request")
    given = options.parse_args()
    app = create_app(orjson.loads(given.request.read_bytes()))
    gc.collect()
    gc.freeze()  # as the service does
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=given.port,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_max_size=64 * 1024,
        access_log=False,
        log_level="warning",
    )


if __name__ == "__main__":
    main()

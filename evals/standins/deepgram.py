"""A stand-in for Deepgram: listening (Flux and Nova) and speaking (Aura) on loopback.

python -m evals.standins.deepgram --port 8082 --script caller.toml
"""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from evals.standins import serve
from evals.standins.deepgram_dialects import BadRequest, Flux, Nova
from evals.standins.deepgram_listen import Listening
from evals.standins.deepgram_speak import Speaking
from evals.standins.deepgram_wire import (
    PATIENCE_S,
    Connection,
    DeepgramScript,
    ListenFault,
    ListenFaultKind,
    SpeakFault,
    SpeakFaultKind,
)
from evals.standins.dictated import DictatedHearing
from evals.standins.hearing import (
    EnergyHearing,
    Hearing,
    TimedHearing,
    Utterance,
    Utterances,
)
from evals.standins.script import load
from evals.standins.verbatim import VerbatimHearing, verbatim

__all__ = [
    "Connection",
    "DeepgramScript",
    "DeepgramStandIn",
    "ListenFault",
    "ListenFaultKind",
    "SpeakFault",
    "SpeakFaultKind",
    "Utterance",
    "verbatim",
]

FaultT = TypeVar("FaultT", ListenFault, SpeakFault)


class DeepgramStandIn:
    """Serves `/v1/listen`, `/v2/listen` and `/v1/speak`, and remembers every connection."""

    def __init__(self, script: DeepgramScript | None = None) -> None:
        self.script = script or DeepgramScript()
        self.listening: list[Connection] = []
        self.speaking: list[Connection] = []
        self.refused: list[int] = []
        self._callers: dict[str, Utterances] = {}
        self._speakers: set[WebSocket] = set()
        self._arrived = asyncio.Condition()
        self.app = Starlette(
            routes=[
                WebSocketRoute("/v1/listen", self._listen(Nova)),
                WebSocketRoute("/v2/listen", self._listen(Flux)),
                WebSocketRoute("/v1/speak", self._speak),
            ]
        )

    @asynccontextmanager
    async def running(
        self, port: int = 0, *, receive_buffer: int | None = None
    ) -> AsyncIterator[str]:
        """Serve on loopback; yields the base URL, such as `http://127.0.0.1:49152`."""
        async with serve.serve(self.app, port=port, receive_buffer=receive_buffer) as url:
            yield url

    async def listener(self, number: int = 0) -> Connection:
        """Wait for a listening connection, counted from 0."""
        return await self._wait(self.listening, number)

    async def speaker(self, number: int = 0) -> Connection:
        """Wait for a speaking connection, counted from 0."""
        return await self._wait(self.speaking, number)

    async def close_speakers(self) -> None:
        """End every speaking connection there is, as an idle limit does."""
        for socket in list(self._speakers):
            await socket.close(1011, "NET-0001")

    async def _wait(self, kept: list[Connection], number: int) -> Connection:
        async with asyncio.timeout(PATIENCE_S), self._arrived:
            await self._arrived.wait_for(lambda: len(kept) > number)
        return kept[number]

    def _listen(
        self, dialect: Callable[[dict[str, list[str]]], Flux | Nova]
    ) -> Callable[[WebSocket], Awaitable[None]]:
        async def listen(socket: WebSocket) -> None:
            number = len(self.listening)
            fault = _nth(self.script.listen_faults, number)
            connection = await self._keep(self.listening, socket)
            try:
                if await self._accepted(socket, fault):
                    speech = dialect(connection.query)
                    await socket.accept()
                    await self._serve(socket, connection, speech, fault)
            except BadRequest as exc:
                await self._refuse(socket, 400, "INVALID_QUERY_PARAMETER", str(exc))
            except WebSocketDisconnect:
                return
            finally:
                connection.closed.set()

        return listen

    async def _serve(
        self,
        socket: WebSocket,
        connection: Connection,
        dialect: Flux | Nova,
        fault: ListenFault | None,
    ) -> None:
        hearing = self._hearing(connection, dialect)
        await Listening(socket, self.script, connection, dialect, hearing, fault).run()

    async def _speak(self, socket: WebSocket) -> None:
        fault = _nth(self.script.speak_faults, len(self.speaking))
        connection = await self._keep(self.speaking, socket)
        try:
            if await self._accepted(socket, fault):
                await socket.accept()
                self._speakers.add(socket)
                await Speaking(socket, self.script, connection, fault).run()
        except WebSocketDisconnect:
            return
        finally:
            self._speakers.discard(socket)
            connection.closed.set()

    async def _keep(self, kept: list[Connection], socket: WebSocket) -> Connection:
        names = socket.query_params
        query = {name: names.getlist(name) for name in names}
        connection = Connection(socket.url.path, query)
        kept.append(connection)
        async with self._arrived:
            self._arrived.notify_all()
        return connection

    async def _accepted(self, socket: WebSocket, fault: ListenFault | SpeakFault | None) -> bool:
        scheme, _, key = socket.headers.get("authorization", "").partition(" ")
        if scheme.lower() not in {"token", "bearer"} or not key.strip():
            await self._refuse(socket, 401, "INVALID_AUTH", "Invalid credentials.")
            return False
        if fault is not None and fault.kind == "refuse":
            await self._refuse(socket, fault.status, "SCRIPTED", "The script refuses this.")
            return False
        if fault is not None and fault.kind == "stall_handshake":
            await asyncio.Event().wait()
        return True

    async def _refuse(self, socket: WebSocket, status: int, code: str, message: str) -> None:
        self.refused.append(status)
        request_id = str(uuid.uuid4())
        body = {"err_code": code, "err_msg": message, "request_id": request_id}
        headers = {"dg-error": message, "dg-request-id": request_id}
        await socket.send_denial_response(JSONResponse(body, status_code=status, headers=headers))

    def _hearing(self, connection: Connection, dialect: Flux | Nova) -> Hearing:
        if self.script.hears == "verbatim":
            return VerbatimHearing()
        tag = connection.query.get("tag", [str(uuid.uuid4())])[0]
        caller = self._callers.setdefault(tag, Utterances(self.script.utterances))
        if self.script.hears == "timed":
            return TimedHearing(caller)
        silence_ms = self.script.silence_ms
        eager_ms = self.script.eager_ms if dialect.eager else None
        if self.script.hears == "dictated":
            return DictatedHearing(
                caller,
                silence_ms=silence_ms,
                eager_ms=eager_ms,
                sureness=lambda: dialect.sureness,
            )
        return EnergyHearing(caller, silence_ms=silence_ms, eager_ms=eager_ms)


def _nth(faults: tuple[FaultT | None, ...], number: int) -> FaultT | None:
    return faults[number] if number < len(faults) else None


def main() -> None:
    """Serve from the command line."""
    args = serve.parser("deepgram", port=8082).parse_args()
    try:
        stand_in = DeepgramStandIn(load(args.script, DeepgramScript))
    except (OSError, ValueError) as exc:
        raise SystemExit(f"the script cannot be used: {exc}") from exc
    settings = "DEEPGRAM_BASE_URL={url} DEEPGRAM_API_KEY=anything"
    serve.run(stand_in.app, name="Deepgram", port=args.port, settings=settings)


if __name__ == "__main__":
    main()

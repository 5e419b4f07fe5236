"""Lets clients that speak 16-bit samples talk to stand-ins that know mu-law alone.

Which of the two a stream holds is in its address; whoever asks for mu-law is let through as is.
"""

from urllib.parse import parse_qs, urlencode

import numpy as np
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from voice.ulaw import decode, encode


class Linear:
    """Translates at the border of an app: mu-law inside, what the client asked for outside."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        query = parse_qs(scope.get("query_string", b"").decode())
        if query.get("encoding") != ["linear16"]:
            await self._app(scope, receive, send)
            return
        inside = urlencode({**query, "encoding": ["mulaw"]}, doseq=True).encode()

        async def received() -> Message:
            message = await receive()
            samples = message.get("bytes")
            if not samples:
                return message
            return {**message, "bytes": encode(np.frombuffer(samples, np.int16))}

        async def sent(message: Message) -> None:
            ulaw = message.get("bytes")
            await send({**message, "bytes": decode(ulaw).tobytes()} if ulaw else message)

        await self._app({**scope, "query_string": inside}, received, sent)

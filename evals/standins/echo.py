"""The telephone routes with nobody behind them: every call hears a tone, then itself.

The floor that a real conversation's speed is measured against, and what the routes are tried with.
Keys are commands: 1 hangs up, 2 fails, 3 clears what is being played, 4 ends the conversation with
a last word, 5 says something long, 6 hangs up and goes on.
"""

import asyncio
import math
import secrets
from datetime import UTC, datetime

from fastapi import FastAPI
from pydantic import SecretStr

from api.twilio.ports import CallStatus, Dialed, IncomingCall, Phone
from api.twilio.tokens import MemoryLedger, StreamTokens
from api.twilio.webhook import twilio_routes
from evals.standins.twilio_tape import is_loud
from shop.clock import Clock
from shop.people import phone
from voice.ports import Line


def tone(ms: int, code: int = 0x90) -> bytes:
    """A square wave of mu-law, loud and 200 Hz, of so many milliseconds."""
    period = bytes([code]) * 20 + bytes([code ^ 0x80]) * 20
    return (period * math.ceil(ms / 5))[: ms * 8]


GREETING = tone(200)
LONG = tone(3_000)


class EchoFailed(Exception):
    """What key 2 raises. Its text stands for something that must not be logged."""


class EchoCall:
    """One call. What it was given and how it ended is kept to be looked at."""

    def __init__(self, incoming: IncomingCall) -> None:
        self.incoming = incoming
        self.audio_bytes = 0
        self.marks: list[str] = []
        self.digits: list[str] = []
        self.ended = False
        self.cancelled = False
        self.closed = asyncio.Event()
        self.times_closed = 0
        self._line: Line | None = None
        self._end = asyncio.get_running_loop().create_future()

    def audio(self, ulaw: bytes) -> None:
        self.audio_bytes += len(ulaw)
        if self._line is not None and is_loud(ulaw):
            self._line.play(ulaw)

    def marked(self, name: str) -> None:
        self.marks.append(name)

    def digit(self, digit: str) -> None:
        self.digits.append(digit)
        line = self._line
        if line is None:
            return
        match digit:
            case "1":
                line.hang_up()
                self._end.set_result(None)
            case "2":
                self._end.set_exception(EchoFailed(self.incoming.caller_number))
            case "3":
                line.clear()
            case "4":
                line.play(tone(20))
                line.mark("last word")
                self._end.set_result(None)
            case "5":
                line.play(LONG)
                line.mark("long")
            case "6":
                self.ended = True
                line.hang_up()

    async def run(self, line: Line) -> None:
        self._line = line
        line.play(GREETING)
        line.mark("greeting")
        try:
            await self._end
            self.ended = True
        except asyncio.CancelledError:
            self.cancelled = True
            raise

    async def aclose(self) -> None:
        self.times_closed += 1
        self._line = None
        self.closed.set()


class EchoDesk:
    """Opens echo calls and remembers them."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.calls: list[EchoCall] = []
        self.statuses: list[CallStatus] = []
        self.dials: list[Dialed] = []
        self.clock = clock or (lambda: datetime.now(UTC))
        self.tokens = StreamTokens(secrets.token_bytes(32), MemoryLedger(), self.clock)
        self.refuse_to_open = False

    async def open_call(self, incoming: IncomingCall) -> EchoCall:
        """A new call.

        Raises:
            EchoFailed: `refuse_to_open` is set.
        """
        if self.refuse_to_open:
            raise EchoFailed(incoming.caller_number)
        call = EchoCall(incoming)
        self.calls.append(call)
        return call

    async def status(self, status: CallStatus) -> None:
        """Note what became of a call."""
        self.statuses.append(status)

    async def dialed(self, news: Dialed) -> None:
        """Note how ringing a person ended."""
        self.dials.append(news)

    async def is_over(self, call_sid: str) -> bool:
        """Whether a call of this id ended by itself."""
        mine = [call for call in self.calls if call.incoming.call_sid == call_sid]
        return any(call.ended for call in mine)

    async def last_words(self, call_sid: str) -> str | None:
        """None: the stream of a call is always opened again."""
        return None

    def app(
        self,
        *,
        public_url: str | None = None,
        auth_token: str | None = None,
        most_calls: int = 50,
        start_patience_s: float = 5.0,
    ) -> FastAPI:
        """The telephone routes in front of this desk."""
        desk_phone = Phone(
            public_url=public_url,
            auth_token=SecretStr(auth_token) if auth_token else None,
            clock=self.clock,
            tokens=self.tokens,
            open_call=self.open_call,
            status=self.status,
            dialed=self.dialed,
            is_over=self.is_over,
            last_words=self.last_words,
            normalise=phone.normalize,
            most_calls=most_calls,
            start_patience_s=start_patience_s,
        )
        app = FastAPI()
        app.include_router(twilio_routes(desk_phone))
        return app

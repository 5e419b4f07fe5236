"""A caller: speaks and listens in 20 ms frames as Twilio does, and stamps what it hears.

Leaner than `evals.standins.twilio`, which records and judges everything: here a hundred of them
must fit on one core beside the stand-ins.
"""

import asyncio
import base64
import secrets
import xml.etree.ElementTree as ET
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from evals.bench.ledger import Kind, Ledger, Turn, kind_of, now
from evals.bench.vendors import reply_ms
from evals.standins.twilio_carrier import Plan
from evals.standins.twilio_stream import frames_of
from evals.standins.twilio_tape import Playout
from evals.standins.twilio_wire import FRAME_BYTES, FRAME_MS, SILENCE, StreamMessages
from evals.standins.verbatim import verbatim

CALLER, CALLED = "+12175550163", "+12175550100"
QUIET_MS = 300
PATIENCE_S = 10.0
_ACCOUNT = "AC" + "0" * 32
GAP_MS = 60
"""So much silence within a reply is heard."""

SPEAKS_MS = 600
"""How long a caller speaks before the words are made out: a short answer."""

_SAYS = "Well {word}"
_LONG_SAYS = " and so on" * 320
_FRAME_S = FRAME_MS / 1000


class TurnLost(Exception):
    """A turn got no answer; the message says how far it came."""


@dataclass(slots=True)
class Gaps:
    """Counts a reply's silences that an ear notices; one that is cut off has one at its end.

    Attributes:
        count: Over all replies whose length is known.
    """

    count: int = 0
    _due_ms: float = 0.0
    _dry_ms: int = 0

    def begin(self, reply_ms: float | None) -> None:
        """A reply begins to be heard, and is to be heard for so long; none where it may be cut."""
        self._due_ms, self._dry_ms = reply_ms or 0.0, 0

    def tick(self, *, silent: bool) -> None:
        """A frame's time has passed."""
        if not silent:
            self._due_ms -= FRAME_MS
            self._dry_ms = 0
        elif self._due_ms > FRAME_MS:
            self._dry_ms += FRAME_MS
            self.count += self._dry_ms == GAP_MS


@dataclass(slots=True)
class Phone:
    """One call.

    Attributes:
        call_sid: The call's id.
        greeted_ms: From `start` to the first audio; none before that.
        cleared: When the service last threw its audio away.
        gaps: How often a reply ran dry before its end.
        late_frames: Frames this program sent more than a frame late: its own weakness.
    """

    call_sid: str
    _socket: Any
    _messages: StreamMessages
    _ledger: Ledger
    greeted_ms: float | None = None
    cleared: float | None = None
    late_frames: int = 0
    over: bool = False
    _turn: Turn | None = None
    _turns: int = 0
    _started: float = 0.0
    _playout: Playout = field(default_factory=Playout)
    _saying: deque[bytes] = field(default_factory=deque)
    _quiet_ms: int = 0
    _gaps: Gaps = field(default_factory=Gaps)
    _hesitating: int = 0
    _ticked: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def gaps(self) -> int:
        """How many silences within a reply an ear has noticed."""
        return self._gaps.count

    async def turn(self, kind: Kind) -> Turn:
        """Say something once it is quiet, and wait for the first of the answer.

        Raises:
            TurnLost: No answer came, or the call is over.
        """
        await self._until(QUIET_MS)
        return await self._say(kind, _SAYS)

    async def interrupt(self) -> tuple[float, float] | None:
        """Speak into a long answer.

        Returns:
            From the recogniser's start of turn to `clear`, and from the caller's first frame to
            `clear`, in ms; none where the service cleared nothing.

        Raises:
            TurnLost: There was no answer to speak into, or none to the interruption.
        """
        await self.turn("story")
        await asyncio.sleep(0.6)
        self.cleared = None
        turn = await self._say("short", _SAYS + _LONG_SAYS)
        begun = self._ledger.begun.get(self.call_sid)
        if self.cleared is None or begun is None or turn.spoke is None:
            return None
        return (self.cleared - begun) * 1000, (self.cleared - turn.spoke) * 1000

    async def _say(self, kind: Kind, words: str) -> Turn:
        self._turns += 1
        turn = self._turn = self._ledger.open(kind, self._turns)
        # The service may collect frames before it passes them on; each is to be the first once.
        self._hesitating = self._turns % 4
        self._saying.extend(frames_of(verbatim(words.format(word=turn.word), for_ms=SPEAKS_MS)))
        try:
            async with asyncio.timeout(PATIENCE_S):
                await turn.done.wait()
        except TimeoutError:
            raise TurnLost(_how_far(turn)) from None
        return turn

    async def answered(self) -> float:
        """Wait for the first of the greeting; returns how long it took from `start`, in ms.

        Raises:
            TurnLost: There was none.
        """
        await self._until(0)
        assert self.greeted_ms is not None
        return self.greeted_ms

    async def _until(self, quiet_ms: int) -> None:
        try:
            async with asyncio.timeout(30):
                while self.greeted_ms is None or self._quiet_ms < quiet_ms:
                    if self.over:
                        raise TurnLost("the service ended the call")
                    self._ticked.clear()
                    await self._ticked.wait()
        except TimeoutError:
            raise TurnLost("the service never stopped speaking") from None

    async def run(self, parameters: dict[str, str]) -> None:
        """Carry the call; cancelled when it is to end."""
        await self._socket.send(self._messages.connected())
        self._started = now()
        await self._socket.send(self._messages.start(parameters))
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._speak())
                both.create_task(self._listen())
        except* ConnectionClosed:
            self.over = True
            self._ticked.set()

    async def _speak(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            # On an absolute schedule: a late frame is made up for and does not delay the next.
            due += _FRAME_S
            await asyncio.sleep(max(0.0, due - loop.time()))
            self.late_frames += loop.time() - due > _FRAME_S
            await self._tick()

    async def _tick(self) -> None:
        speaking = bool(self._saying) and not self._hesitating
        self._hesitating -= bool(self._hesitating)
        said = self._saying.popleft() if speaking else SILENCE
        await self._socket.send(self._messages.media(said))
        if speaking and self._turn is not None:
            self._turn.said = now()
            self._turn.spoke = self._turn.spoke or self._turn.said
        self._quiet_ms = 0 if self._playout.pending_ms else self._quiet_ms + FRAME_MS
        self._gaps.tick(silent=not self._playout.pending_ms)
        _, marks = self._playout.play()
        for name in marks:
            await self._socket.send(self._messages.mark(name))
        self._ticked.set()

    async def _listen(self) -> None:
        async for message in self._socket:
            told = orjson.loads(message)
            match told["event"]:
                case "media":
                    self._hear(base64.b64decode(told["media"]["payload"]))
                case "mark":
                    self._playout.mark(told["mark"]["name"])
                case "clear":
                    self.cleared = self.cleared or now()
                    for name in self._playout.clear():
                        await self._socket.send(self._messages.mark(name))
        self.over = True
        self._ticked.set()

    def _hear(self, ulaw: bytes) -> None:
        turn = self._turn
        if turn is not None and turn.heard is None and turn.voiced is not None:
            turn.heard = now()
            self._gaps.begin(reply_ms(kind_of(turn.word)))
            turn.done.set()
        if self.greeted_ms is None:
            self.greeted_ms = (now() - self._started) * 1000
        if not self._playout.pending_ms and len(ulaw) < FRAME_BYTES:
            ulaw = ulaw.ljust(FRAME_BYTES, b"\xff")
        self._playout.add(ulaw)


def _how_far(turn: Turn) -> str:
    for name in ("said", "ended", "requests", "flushed", "voiced"):
        if not getattr(turn, name):
            return f"a turn was not answered: it has no {name!r}"
    return "a turn was not answered: its voice never reached the telephone"


@asynccontextmanager
async def calling(url: str, ledger: Ledger, *, webhook: bool) -> AsyncIterator[Phone]:
    """A call to a service, or to the floor, which has no webhook; it is hung up at the end.

    Raises:
        TurnLost: The service did not take the call.
    """
    plan = Plan(f"{url}/twilio/voice", None, CALLER, CALLED)
    stream, parameters = f"{url}/twilio/media".replace("http", "ws", 1), {"callSid": plan.call_sid}
    if webhook:
        stream, parameters = await _ask(plan)
    messages = StreamMessages(
        stream_sid="MZ" + secrets.token_hex(16), call_sid=plan.call_sid, account_sid=_ACCOUNT
    )
    async with connect(stream, compression=None, proxy=None, max_size=None) as socket:
        phone = Phone(plan.call_sid, socket, messages, ledger)
        running = asyncio.create_task(phone.run(parameters))
        try:
            yield phone
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def _ask(plan: Plan) -> tuple[str, dict[str, str]]:
    """What the webhook's TwiML says to connect to."""
    async with httpx.AsyncClient(trust_env=False, timeout=15) as client:
        answer = await client.post(plan.voice_url, data=plan.form(_ACCOUNT, "ringing"))
    stream = ET.fromstring(answer.text).find("Connect/Stream") if answer.is_success else None  # noqa: S314 - written by the service that is being measured
    if stream is None:
        raise TurnLost(f"the webhook did not connect the call: status {answer.status_code}")
    parameters = {p.attrib["name"]: p.attrib["value"] for p in stream.findall("Parameter")}
    return stream.attrib["url"], parameters

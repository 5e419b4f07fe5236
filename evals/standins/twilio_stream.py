"""The handset's end of one media stream, in real time."""

import asyncio
import contextlib
import heapq
import itertools
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from evals.standins.twilio_tape import Playout, Tape, is_loud
from evals.standins.twilio_wire import (
    FRAME_BYTES,
    FRAME_MS,
    SILENCE,
    Audio,
    Cleared,
    MarkAsked,
    StreamMessages,
    Told,
    Violation,
    read,
)

GARBAGE: tuple[str | bytes, ...] = (
    b"\x00\xff\xfe",
    "{",
    "[]",
    '{"event": 7}',
    '{"event": "dance"}',
    '{"event": "media"}',
    '{"event": "media", "media": {"payload": "%%%", "timestamp": "0"}}',
    '{"event": "dtmf", "dtmf": {"digit": "ninety"}}',
    '{"event": "mark"}',
    '{"event": "connected"}',
)


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong on a call. Times are milliseconds since the call was answered.

    Attributes:
        bad_signature: The requests that are signed with a wrong key.
        unsigned: The requests that are not signed at all.
        token: What is sent in the place of the stream's token.
        lose_marks: The first so many marks never come back.
        mark_delay_ms: Marks come back so much later than they were played.
        drop_at_ms: The socket is torn off, without a word, at these times.
        garbage_every_ms: A message of `garbage` is sent every so often, also before `start`.
        no_start: The stream never says what it is.
    """

    bad_signature: frozenset[Literal["voice", "media", "status", "dial"]] = frozenset()
    unsigned: frozenset[Literal["voice", "media", "status", "dial"]] = frozenset()
    token: str | None = None
    lose_marks: int = 0
    mark_delay_ms: int = 0
    drop_at_ms: tuple[int, ...] = ()
    garbage_every_ms: int = 0
    garbage: tuple[str | bytes, ...] = GARBAGE
    no_start: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, in milliseconds since the call was answered."""

    at_ms: int
    kind: str
    detail: str = ""


@dataclass(slots=True)
class Handset:
    """What outlives a single stream: the caller's mouth, ear and memory."""

    pace: float = 1.0
    faults: Faults = field(default_factory=Faults)
    tape: Tape = field(default_factory=Tape)
    events: list[Event] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    saying: deque[bytes] = field(default_factory=deque)
    digits: deque[str] = field(default_factory=deque)
    started_s: float = 0.0
    heard_ms: int | None = None
    """When the agent was last audible."""
    since_ms: int | None = None
    """Since when the agent has been speaking; none until it answers the caller."""
    said_ms: int | None = None
    """When the caller was last audible."""
    marks_lost: int = 0
    drops: int = 0
    drop_asked: bool = False
    ticked: asyncio.Event = field(default_factory=asyncio.Event)

    def answered(self) -> None:
        """The call begins now."""
        self.started_s = asyncio.get_running_loop().time()

    @property
    def now_ms(self) -> int:
        """Milliseconds since the call was answered, at the pace of the call."""
        return round((asyncio.get_running_loop().time() - self.started_s) * 1000 * self.pace)

    def note(self, kind: str, detail: str = "") -> None:
        """Put something on the time line."""
        self.events.append(Event(self.now_ms, kind, detail))

    def tick(self) -> None:
        """Wake whoever waits for time to pass."""
        self.ticked.set()
        self.ticked.clear()

    def next_said(self) -> bytes:
        """The caller's next 20 ms."""
        return self.saying.popleft() if self.saying else SILENCE

    def listen(self, said: bytes, heard: bytes) -> None:
        """Note who can be heard."""
        now_ms = self.now_ms
        if is_loud(said):
            self.said_ms, self.since_ms = now_ms, None
        elif is_loud(heard) and self.since_ms is None:
            self.since_ms = now_ms
        if is_loud(heard):
            if self.heard_ms is None:
                self.note("first audio")
            self.heard_ms = now_ms

    def must_drop(self) -> bool:
        """Whether to tear the socket off: once for each time that is given, or when asked to."""
        if self.drop_asked:
            self.drop_asked = False
            return True
        due = sum(at_ms <= self.now_ms for at_ms in self.faults.drop_at_ms)
        dropped, self.drops = self.drops, max(self.drops, due)
        return due > dropped


class Stream:
    """Plays one stream until the service closes it, the caller goes, or a fault tears it off."""

    def __init__(
        self, socket: ClientConnection, messages: StreamMessages, handset: Handset
    ) -> None:
        self._socket = socket
        self._messages = messages
        self._handset = handset
        self._playout = Playout()
        self._late_marks: list[tuple[int, int, str]] = []
        self._order = itertools.count()

    @property
    def pending_ms(self) -> int:
        """How much of the agent's audio is still to be played."""
        return self._playout.pending_ms

    async def run(self, parameters: dict[str, str], gone: Callable[[], bool]) -> None:
        """Carry the stream; `gone` says when the carrier ends it."""
        receiving = asyncio.create_task(self._receive())
        try:
            await self._introduce(parameters)
            await self._play(receiving, gone)
        except ConnectionClosed:
            pass  # the service closed it in the middle of a frame; noted below
        finally:
            receiving.cancel()
            await asyncio.gather(receiving, return_exceptions=True)
        self._handset.note("stream closed", str(self._socket.close_code or ""))

    async def _introduce(self, parameters: dict[str, str]) -> None:
        faults = self._handset.faults
        await self._socket.send(self._messages.connected())
        if faults.garbage_every_ms:
            for message in faults.garbage:
                await self._socket.send(message)
        if not faults.no_start:
            await self._socket.send(self._messages.start(parameters))
            self._handset.note("start")

    async def _play(self, receiving: asyncio.Task[None], gone: Callable[[], bool]) -> None:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        step_s = FRAME_MS / 1000 / self._handset.pace
        for tick in itertools.count(1):
            # On an absolute schedule: a late tick is made up for and does not delay the next.
            await asyncio.sleep(max(0.0, begun + tick * step_s - loop.time()))
            if receiving.done():
                return
            if gone():
                await self._socket.send(self._messages.stop())
                await self._socket.close()
                return
            if self._handset.must_drop():
                self._handset.note("socket dropped")
                self._socket.transport.abort()
                return
            await self._tick(tick)

    async def _tick(self, tick: int) -> None:
        handset = self._handset
        said = handset.next_said()
        heard, marks = self._playout.play()
        handset.tape.add(said, heard)
        handset.listen(said, heard)
        if not handset.faults.no_start:
            await self._socket.send(self._messages.media(said))
        while handset.digits:
            await self._socket.send(self._messages.dtmf(handset.digits.popleft()))
        for name in marks:
            handset.note("mark played", name)
            due = tick + handset.faults.mark_delay_ms // FRAME_MS
            heapq.heappush(self._late_marks, (due, next(self._order), name))
        while self._late_marks and self._late_marks[0][0] <= tick:
            await self._return(heapq.heappop(self._late_marks)[2])
        await self._garbage(tick)
        handset.tick()

    async def _garbage(self, tick: int) -> None:
        faults = self._handset.faults
        every = faults.garbage_every_ms // FRAME_MS
        if every and tick % every == 0:
            await self._socket.send(faults.garbage[(tick // every) % len(faults.garbage)])

    async def _return(self, mark: str) -> None:
        if self._handset.marks_lost < self._handset.faults.lose_marks:
            self._handset.marks_lost += 1
            self._handset.note("mark lost", mark)
            return
        await self._socket.send(self._messages.mark(mark))

    async def _receive(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for message in self._socket:
                told = read(message, stream_sid=self._messages.stream_sid)
                await self._take(told)

    async def _take(self, told: Told) -> None:
        match told:
            case Audio(ulaw):
                self._playout.add(ulaw)
            case MarkAsked(name):
                self._playout.mark(name)
            case Cleared():
                dropped_ms = self._playout.pending_ms
                self._handset.note("clear", f"{dropped_ms} ms dropped")
                for name in self._playout.clear():
                    await self._return(name)
            case Violation(what):
                self._handset.violations.append(what)
                self._handset.note("violation", what)


def frames_of(ulaw: bytes) -> list[bytes]:
    """Audio cut into 20 ms frames, the last one filled up with silence."""
    cut = [ulaw[at : at + FRAME_BYTES] for at in range(0, len(ulaw), FRAME_BYTES)]
    return [frame.ljust(FRAME_BYTES, b"\xff") for frame in cut]
